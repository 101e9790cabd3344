// SPDX-License-Identifier: GPL-2.0-only
#include "stage/stage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "stage/stage_priv.h"

/* In the order that events pass them. */
static const struct stage_ops *const ops[] = { &stage_complete, &stage_identify, &stage_locate };

#define NR_STAGES (sizeof(ops) / sizeof(ops[0]))

struct stages {
	struct stage stage[NR_STAGES];
};

void stage__pass(struct stage *st, struct s2_event *ev)
{
	if (st->next)
		st->next->ops->take(st->next, ev);
	else
		event_sink__take(&st->out, ev);
}

/* Events in a ring are in memory that only the kernel may write. */
static void stages__take(void *ctx, const struct s2_event *ev)
{
	struct stages *s = ctx;
	union {
		struct s2_event h;
		struct s2_ev_totals largest;
	} copy;

	if (ev->len > sizeof(copy))
		return;
	memcpy(&copy, ev, ev->len);
	s->stage[0].ops->take(&s->stage[0], &copy.h);
}

static int stage__init(struct stage *st, const struct stage_ops *stage_ops)
{
	st->ops = stage_ops;
	st->state = calloc(1, stage_ops->state_size);
	if (!st->state)
		return -ENOMEM;
	return stage_ops->init ? stage_ops->init(st->state) : 0;
}

struct stages *stages__new(const struct event_sink *out)
{
	struct stages *s = calloc(1, sizeof(*s));

	for (size_t i = 0; s && i < NR_STAGES; i++) {
		s->stage[i].next = i + 1 < NR_STAGES ? &s->stage[i + 1] : NULL;
		s->stage[i].out = *out;
		if (stage__init(&s->stage[i], ops[i])) {
			stages__free(s);
			errno = ENOMEM;
			return NULL;
		}
	}
	return s;
}

void stages__free(struct stages *s)
{
	for (size_t i = 0; s && i < NR_STAGES; i++) {
		if (s->stage[i].state && s->stage[i].ops->fini)
			s->stage[i].ops->fini(s->stage[i].state);
		free(s->stage[i].state);
	}
	free(s);
}

struct event_sink stages__sink(struct stages *s)
{
	return (struct event_sink){ s, stages__take };
}

/* Per-VM notes */

static struct vm_note *note_at(const struct vm_notes *n, size_t i)
{
	return (struct vm_note *)(n->notes + i * n->size);
}

/* Index of the first note whose VM is not below `vm`; notes are sorted. */
static size_t note_from(const struct vm_notes *n, uint32_t vm)
{
	size_t low = 0, high = n->nr, mid;

	if (n->last < n->nr && note_at(n, n->last)->vm == vm)
		return n->last;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (note_at(n, mid)->vm < vm)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void *vm_notes__find(struct vm_notes *n, uint32_t vm)
{
	size_t i = note_from(n, vm);

	if (i == n->nr || note_at(n, i)->vm != vm)
		return NULL;
	n->last = i;
	return note_at(n, i);
}

static struct array notes_array(struct vm_notes *n)
{
	return (struct array){ (void **)&n->notes, &n->nr, &n->room, n->size, SIZE_MAX };
}

void *vm_notes__get(struct vm_notes *n, uint32_t vm)
{
	struct vm_note *note = vm_notes__find(n, vm);
	const struct array a = notes_array(n);
	size_t i = note_from(n, vm);

	if (note || !array__reserve(&a, 0, 1))
		return note;
	array__splice(&a, i, 0, 1);
	note = note_at(n, i);
	memset(note, 0, n->size);
	note->vm = vm;
	n->last = i;
	return note;
}

void vm_notes__drop(struct vm_notes *n, uint32_t vm)
{
	const struct array a = notes_array(n);

	if (vm_notes__find(n, vm))
		array__splice(&a, n->last, 1, 0);
}

void vm_notes__free(struct vm_notes *n)
{
	free(n->notes);
	n->notes = NULL;
	n->nr = n->room = 0;
}
