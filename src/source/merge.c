// SPDX-License-Identifier: GPL-2.0-only
#include "source/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

static void take(void *ctx, const struct s2_event *ev)
{
	struct merge *m = ctx;
	const struct array bytes = { (void **)&m->bytes, &m->used, &m->room, 1, SIZE_MAX };
	const struct array entries = { (void **)&m->entries, &m->nr, &m->max, sizeof(*m->entries),
				       SIZE_MAX };

	if (!array__reserve(&bytes, 0, ev->len) || !array__reserve(&entries, 0, 1)) {
		m->failed = true;
		return;
	}
	memcpy(m->bytes + m->used, ev, ev->len);
	m->entries[m->nr++] = (struct merge_entry){ .ts_ns = ev->ts_ns, .at = m->used };
	m->used += ev->len;
}

struct event_sink merge__sink(struct merge *m)
{
	return (struct event_sink){ .ctx = m, .take = take };
}

static int by_place(const void *a, const void *b)
{
	const struct merge_entry *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static int by_time(const void *a, const void *b)
{
	const struct merge_entry *x = a, *y = b;

	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	return by_place(a, b);
}

static const struct s2_event *event_at(const struct merge *m, const struct merge_entry *e)
{
	return (const struct s2_event *)(m->bytes + e->at);
}

/* Kept events move to the front, in order of arrival. */
static void keep_from(struct merge *m, size_t first)
{
	struct merge_entry *e = m->entries;
	size_t i, len;

	m->nr -= first;
	if (m->nr) {
		memmove(e, e + first, m->nr * sizeof(*e));
		qsort(e, m->nr, sizeof(*e), by_place);
	}
	m->used = 0;
	for (i = 0; i < m->nr; i++) {
		len = event_at(m, &e[i])->len;
		memmove(m->bytes + m->used, m->bytes + e[i].at, len);
		e[i].at = m->used;
		m->used += len;
	}
}

int merge__flush(struct merge *m, uint64_t until_ns, const struct event_sink *out)
{
	bool failed = m->failed;
	size_t n = 0;

	if (m->nr)
		qsort(m->entries, m->nr, sizeof(*m->entries), by_time);
	while (n < m->nr && m->entries[n].ts_ns <= until_ns)
		event_sink__take(out, event_at(m, &m->entries[n++]));
	keep_from(m, n);
	m->failed = false;
	return failed ? -ENOMEM : (int)n;
}

void merge__free(struct merge *m)
{
	free(m->bytes);
	free(m->entries);
	memset(m, 0, sizeof(*m));
}
