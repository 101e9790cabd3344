// SPDX-License-Identifier: GPL-2.0-only
#include "source/totals.h"

#include <string.h>

static uint64_t ticks_to_ns(uint64_t ticks, uint64_t hz)
{
	return hz ? (unsigned __int128)ticks * 1000000000 / hz : 0;
}

/* Differences of wrapping sums are correct as long as less than 2^32 was added in between. */
static void widen_hist(const __u32 *now, __u32 *last, __u64 *sum)
{
	int b;

	for (b = 0; b < S2_HIST_BUCKETS; b++) {
		sum[b] += (__u32)(now[b] - last[b]);
		last[b] = now[b];
	}
}

static void sum_cell(const struct totals_input *in, struct row_totals *r, int type, int level)
{
	struct s2_cell_total *cell = &r->totals.cell[type][level];
	__u32 hist[S2_HIST_BUCKETS] = {};
	const struct s2_cell *c;
	uint64_t ticks = 0;
	int cpu, i;

	memset(cell->n, 0, sizeof(cell->n));
	for (cpu = 0; cpu < in->nr_cpus; cpu++) {
		c = &in->aggs[cpu].cell[type][level];
		for (i = 0; i < S2_ACCESS__MAX; i++)
			cell->n[i] += c->n[i];
		for (i = 0; i < S2_HIST_BUCKETS; i++)
			hist[i] += c->hist[i];
		ticks += c->ticks;
	}
	cell->ns = ticks_to_ns(ticks, in->counter_hz);
	widen_hist(hist, r->hist[type][level], cell->hist);
}

static void sum_outcomes(const struct totals_input *in, struct s2_totals *t)
{
	int cpu, i;

	memset(t->outcome, 0, sizeof(t->outcome));
	for (cpu = 0; cpu < in->nr_cpus; cpu++)
		for (i = 0; i < S2_OUTCOME__MAX; i++)
			t->outcome[i] += in->aggs[cpu].outcome[i];
}

static void copy_counts(const struct s2_vm_counts *c, struct s2_totals *t)
{
	memcpy(t->reason, c->reason, sizeof(t->reason));
	t->slots_accepted = c->slots_accepted;
	t->slots_rejected = c->slots_rejected;
	memcpy(t->unmap_n, c->unmap_n, sizeof(t->unmap_n));
	memcpy(t->unmap_bytes, c->unmap_bytes, sizeof(t->unmap_bytes));
	memcpy(t->cmo_n, c->cmo_n, sizeof(t->cmo_n));
	memcpy(t->cmo_bytes, c->cmo_bytes, sizeof(t->cmo_bytes));
}

bool totals__update(struct row_totals *r, uint32_t vm, const struct totals_input *in)
{
	struct s2_totals before = r->totals;
	bool is_new = r->vm != vm;
	int type, level;

	for (type = 0; type < S2_CELL_ROWS; type++)
		for (level = 0; level < S2_LEVEL__MAX; level++)
			sum_cell(in, r, type, level);
	sum_outcomes(in, &r->totals);
	copy_counts(in->counts, &r->totals);
	r->vm = vm;
	return is_new || memcmp(&before, &r->totals, sizeof(before));
}
