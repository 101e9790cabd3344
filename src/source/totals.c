// SPDX-License-Identifier: GPL-2.0-only
#include "source/totals.h"

#include <string.h>

static const uint8_t access_of_raw[S2_CELL_ACCESSES] = S2_ACCESS_OF_RAW;
static const uint8_t memtype_of_raw[S2_CELL_ROWS] = S2_MEMTYPE_OF_RAW;

static uint64_t ticks_to_ns(uint64_t ticks, uint64_t hz)
{
	return hz ? (unsigned __int128)ticks * 1000000000 / hz : 0;
}

static uint64_t agg_decisions(const struct s2_agg *agg)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < S2_AGG_OUTCOMES; i++)
		n += agg->outcome[i];
	return n;
}

static uint64_t count_decisions(const struct totals_input *in)
{
	uint64_t n = 0;
	uint32_t cpu;

	for (cpu = 0; cpu < in->nr_cpus; cpu++)
		n += agg_decisions(&in->aggs[cpu]);
	return n;
}

static void add_cell(struct s2_cell *sum, const struct s2_cell *c)
{
	int i;

	for (i = 0; i < S2_CELL_ACCESSES; i++)
		sum->n[i] += c->n[i];
	for (i = 0; i < S2_HIST_BUCKETS; i++)
		sum->hist[i] += c->hist[i];
	sum->ticks += c->ticks;
}

static void add_agg(struct s2_agg *sum, const struct s2_agg *agg)
{
	int type, level, i;

	for (i = 0; i < S2_AGG_OUTCOMES; i++)
		sum->outcome[i] += agg->outcome[i];
	for (type = 0; type < S2_CELL_ROWS; type++)
		for (level = 0; level < S2_LEVEL__MAX; level++)
			add_cell(&sum->cell[type][level], &agg->cell[type][level]);
}

/* A VM runs on few of the CPUs: the others have counted nothing. */
static void sum_cpus(const struct totals_input *in, struct s2_agg *sum)
{
	uint32_t cpu;

	memset(sum, 0, sizeof(*sum));
	for (cpu = 0; cpu < in->nr_cpus; cpu++)
		if (agg_decisions(&in->aggs[cpu]))
			add_agg(sum, &in->aggs[cpu]);
}

/* Differences of wrapping sums are correct as long as less than 2^32 was added in between. */
static void widen_cell(const struct s2_cell *sum, __u32 *last, uint64_t hz,
		       struct s2_cell_total *cell)
{
	int b;

	memset(cell->n, 0, sizeof(cell->n));
	for (b = 0; b < S2_CELL_ACCESSES; b++)
		cell->n[access_of_raw[b]] += sum->n[b];
	cell->ns = ticks_to_ns(sum->ticks, hz);
	for (b = 0; b < S2_HIST_BUCKETS; b++) {
		cell->hist[b] += (__u32)(sum->hist[b] - last[b]);
		last[b] = sum->hist[b];
	}
}

static void read_aggs(struct row_totals *r, const struct totals_input *in)
{
	struct s2_totals *t = &r->totals;
	struct s2_agg sum;
	int raw, level;

	sum_cpus(in, &sum);
	memcpy(t->outcome, sum.outcome, sizeof(t->outcome));
	for (raw = 0; raw < S2_CELL_ROWS; raw++)
		for (level = 0; level < S2_LEVEL__MAX; level++)
			widen_cell(&sum.cell[raw][level], r->hist[raw][level], in->counter_hz,
				   &t->cell[memtype_of_raw[raw]][level]);
}

static void copy_counts(const struct s2_vm_counts *c, struct s2_totals *t)
{
	memcpy(t->reason, c->reason, sizeof(t->reason));
	t->slots_accepted = c->slots_accepted;
	t->slots_rejected = c->slots_rejected;
	memcpy(t->unmap_n, c->unmap_n, sizeof(t->unmap_n));
	memcpy(t->unmap_bytes, c->unmap_bytes, sizeof(t->unmap_bytes));
	memcpy(t->protect_n, c->protect_n, sizeof(t->protect_n));
	memcpy(t->protect_bytes, c->protect_bytes, sizeof(t->protect_bytes));
	memcpy(t->cmo_n, c->cmo_n, sizeof(t->cmo_n));
	memcpy(t->cmo_bytes, c->cmo_bytes, sizeof(t->cmo_bytes));
}

/*
 * Every decision increments an outcome, so an unchanged sum of outcomes means that nothing was
 * counted. A CPU may make the outcome visible before the rest of that decision: after a change,
 * everything is read once more.
 */
bool totals__update(struct row_totals *r, uint32_t vm, const struct totals_input *in)
{
	uint64_t decisions = count_decisions(in);
	bool is_new = r->vm != vm, same = !is_new && decisions == r->decisions;
	struct s2_totals before;

	if (same && r->settled && !memcmp(&r->counts, in->counts, sizeof(r->counts)))
		return false;
	before = r->totals;
	if (!same || !r->settled)
		read_aggs(r, in);
	r->counts = *in->counts;
	copy_counts(&r->counts, &r->totals);
	r->settled = same;
	r->decisions = decisions;
	r->vm = vm;
	return is_new || memcmp(&before, &r->totals, sizeof(before));
}
