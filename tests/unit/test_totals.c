// SPDX-License-Identifier: GPL-2.0-only
/* Sums over CPUs of what the programs count. */
#include "unit.h"

#include <string.h>

#include "source/totals.h"

#define CPUS 3

/* What every CPU has counted is a number of its own, so that nothing can stand in for another. */
static uint64_t distinct(int cpu, int type, int level, int i)
{
	return 1 + i + 100 * level + 1000 * type + 100000ULL * cpu;
}

static uint64_t over_cpus(int type, int level, int i)
{
	uint64_t sum = 0;

	for (int cpu = 0; cpu < CPUS; cpu++)
		sum += distinct(cpu, type, level, i);
	return sum;
}

static void fill(struct s2_agg *aggs, struct s2_vm_row *row)
{
	memset(aggs, 0, CPUS * sizeof(*aggs));
	memset(row, 0, sizeof(*row));
	for (int cpu = 0; cpu < CPUS; cpu++) {
		for (int type = 0; type < S2_CELL_ROWS; type++)
			for (int level = 0; level < S2_LEVEL__MAX; level++) {
				struct s2_cell *c = &aggs[cpu].cell[type][level];

				for (int i = 0; i < S2_ACCESS__MAX; i++)
					c->n[i] = distinct(cpu, type, level, i);
				for (int i = 0; i < S2_HIST_BUCKETS; i++)
					c->hist[i] = distinct(cpu, type, level, 40 + i);
				c->ticks = distinct(cpu, type, level, 80);
			}
		for (int i = 0; i < S2_OUTCOME__MAX; i++)
			aggs[cpu].outcome[i] = distinct(cpu, 9, 9, i);
	}
	for (int i = 0; i < S2_REASON__MAX; i++)
		row->reason[i] = 1000 + i;
	for (int i = 0; i < S2_UNMAP__MAX; i++) {
		row->unmap_n[i] = 2000 + i;
		row->unmap_bytes[i] = 3000 + i;
	}
	for (int i = 0; i < S2_CMO__MAX * 2; i++) {
		row->cmo_n[i / 2][i % 2] = 4000 + i;
		row->cmo_bytes[i / 2][i % 2] = 5000 + i;
	}
	row->slots_accepted = 6000;
	row->slots_rejected = 7000;
}

static void check_cell(const struct vm_cell *cell, int type, int level)
{
	for (int i = 0; i < S2_ACCESS__MAX; i++)
		assert_int_equal(cell->n[i], over_cpus(type, level, i));
	for (int i = 0; i < S2_HIST_BUCKETS; i++)
		assert_int_equal(cell->hist[i], over_cpus(type, level, 40 + i));
	assert_int_equal(cell->ns, 4 * over_cpus(type, level, 80));
}

static void every_cpu_counts(void **state)
{
	struct row_hist h = { 0 };
	struct s2_agg aggs[CPUS];
	struct s2_vm_row row;
	const struct totals_input in = { aggs, CPUS, 250000000, &row };
	struct vm_totals t;
	uint64_t seen = 0;

	(void)state;
	fill(aggs, &row);
	memset(&t, 0x55, sizeof(t));
	totals__sum(&t, &in, &h);
	for (int type = 0; type < S2_CELL_ROWS; type++)
		for (int level = 0; level < S2_LEVEL__MAX; level++)
			check_cell(&t.cell[type][level], type, level);
	for (int i = 0; i < S2_OUTCOME__MAX; i++) {
		assert_int_equal(t.outcome[i], over_cpus(9, 9, i));
		seen += t.outcome[i];
	}
	assert_int_equal(totals__seen(&t), seen);
	/* Counted once for the VM, not by CPU. */
	assert_memory_equal(t.reason, row.reason, sizeof(t.reason));
	assert_memory_equal(t.unmap_n, row.unmap_n, sizeof(t.unmap_n));
	assert_memory_equal(t.unmap_bytes, row.unmap_bytes, sizeof(t.unmap_bytes));
	assert_memory_equal(t.cmo_n, row.cmo_n, sizeof(t.cmo_n));
	assert_memory_equal(t.cmo_bytes, row.cmo_bytes, sizeof(t.cmo_bytes));
	assert_int_equal(t.slots_accepted, row.slots_accepted);
	assert_int_equal(t.slots_rejected, row.slots_rejected);
}

/* Buckets of the kernel have 32 bits, those of the model 64: on each CPU, and as a sum. */
static void histograms_outlive_a_wrap(void **state)
{
	struct row_hist h = { 0 };
	struct s2_agg aggs[2] = { 0 };
	struct s2_vm_row row = { 0 };
	const struct totals_input in = { aggs, 2, 1000000000, &row };
	__u32 *one = &aggs[0].cell[1][2].hist[S2_HIST_BUCKETS - 1];
	__u32 *two = &aggs[1].cell[1][2].hist[S2_HIST_BUCKETS - 1];
	static const struct {
		__u32 one, two;
		uint64_t sum;
	} reads[] = {
		{ 0xfffffff0, 0, 0xfffffff0 },		 /* near the end */
		{ 0x00000010, 0, 0x100000010 },		 /* one CPU wrapped */
		{ 0x00000010, 0, 0x100000010 },		 /* nothing happened */
		{ 0x80000010, 0x7fffffff, 0x20000000f }, /* only the sum does */
		{ 0x80000010, 0xfffffffe, 0x28000000e },
	};
	struct vm_totals t;

	(void)state;
	for (size_t i = 0; i < NR(reads); i++) {
		*one = reads[i].one;
		*two = reads[i].two;
		totals__sum(&t, &in, &h);
		assert_int_equal(t.cell[1][2].hist[S2_HIST_BUCKETS - 1], reads[i].sum);
		assert_int_equal(t.cell[1][2].hist[0], 0);
		assert_int_equal(t.cell[0][2].hist[S2_HIST_BUCKETS - 1], 0);
	}
}

/* Of a counter of 1 GHz and less, for centuries; without its frequency there is no time. */
static void ticks_become_nanoseconds(void **state)
{
	static const struct {
		uint64_t ticks, hz, ns;
	} cases[] = {
		{ 1, 1000000000, 1 },
		{ 3, 24000000, 125 },
		{ 1ULL << 60, 500000000, 1ULL << 61 },
		{ 1000, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < NR(cases); i++) {
		struct row_hist h = { 0 };
		struct s2_agg agg = { 0 };
		struct s2_vm_row row = { 0 };
		const struct totals_input in = { &agg, 1, cases[i].hz, &row };
		struct vm_totals t;

		agg.cell[0][0].ticks = cases[i].ticks;
		totals__sum(&t, &in, &h);
		assert_int_equal(t.cell[0][0].ns, cases[i].ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cpu_counts),
		cmocka_unit_test(histograms_outlive_a_wrap),
		cmocka_unit_test(ticks_become_nanoseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
