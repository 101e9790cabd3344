// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "source/totals.h"

static uint64_t ticks_to_ns(uint64_t ticks, uint64_t hz)
{
	return hz ? (unsigned __int128)ticks * 1000000000 / hz : 0;
}

/* Differences of sums that wrap are right as long as less than 2^32 were added in between. */
static void widen_hist(const __u32 *now, __u32 *last, uint64_t *sum)
{
	int b;

	for (b = 0; b < S2_HIST_BUCKETS; b++) {
		sum[b] += (__u32)(now[b] - last[b]);
		last[b] = now[b];
	}
}

static void sum_cell(const struct totals_input *in, struct row_hist *h, struct vm_cell *cell,
		     int type, int level)
{
	__u32 hist[S2_HIST_BUCKETS] = {};
	const struct s2_cell *c;
	uint64_t ticks = 0;
	int cpu, i;

	for (cpu = 0; cpu < in->nr_cpus; cpu++) {
		c = &in->aggs[cpu].cell[type][level];
		for (i = 0; i < S2_ACCESS__MAX; i++)
			cell->n[i] += c->n[i];
		for (i = 0; i < S2_HIST_BUCKETS; i++)
			hist[i] += c->hist[i];
		ticks += c->ticks;
	}
	cell->ns = ticks_to_ns(ticks, in->counter_hz);
	widen_hist(hist, h->last[type][level], h->sum[type][level]);
	memcpy(cell->hist, h->sum[type][level], sizeof(cell->hist));
}

static void copy_row(const struct s2_vm_row *r, struct vm_totals *t)
{
	memcpy(t->reason, r->reason, sizeof(t->reason));
	t->slots_accepted = r->slots_accepted;
	t->slots_rejected = r->slots_rejected;
	memcpy(t->unmap_n, r->unmap_n, sizeof(t->unmap_n));
	memcpy(t->unmap_bytes, r->unmap_bytes, sizeof(t->unmap_bytes));
	memcpy(t->cmo_n, r->cmo_n, sizeof(t->cmo_n));
	memcpy(t->cmo_bytes, r->cmo_bytes, sizeof(t->cmo_bytes));
}

void totals__sum(struct vm_totals *t, const struct totals_input *in, struct row_hist *h)
{
	int type, level, cpu, i;

	memset(t, 0, sizeof(*t));
	for (type = 0; type < S2_CELL_ROWS; type++)
		for (level = 0; level < S2_LEVEL__MAX; level++)
			sum_cell(in, h, &t->cell[type][level], type, level);
	for (cpu = 0; cpu < in->nr_cpus; cpu++)
		for (i = 0; i < S2_OUTCOME__MAX; i++)
			t->outcome[i] += in->aggs[cpu].outcome[i];
	copy_row(in->row, t);
}

uint64_t totals__seen(const struct vm_totals *t)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < S2_OUTCOME__MAX; i++)
		n += t->outcome[i];
	return n;
}
