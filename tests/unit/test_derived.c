// SPDX-License-Identifier: GPL-2.0-only
/* Figures derived from the totals of a VM. */
#include "unit.h"

#include "events.h"
#include "model/model.h"

static struct model *model;
static struct s2_ev_totals totals;

static void take_host(uint32_t page_size, uint64_t counter_hz)
{
	struct s2_ev_host host = new_host(0, 1);

	host.page_size = page_size;
	host.counter_hz = counter_hz;
	assert_int_equal(model__take(model, &host.h), 0);
}

/* A VM with `totals`, on a host whose ticks are nanoseconds. */
static const struct vm *take_totals(void)
{
	assert_int_equal(model__take(model, &totals.h), 0);
	return model__vm(model, 0);
}

static int begin(void **state)
{
	(void)state;
	model = model__new(NULL);
	totals = new_totals(1, 1);
	take_host(4096, 1000000000);
	return 0;
}

static int end(void **state)
{
	(void)state;
	model__free(model);
	return 0;
}

static void levels_follow_the_page_size(void **state)
{
	static const struct {
		uint32_t page;
		uint64_t pmd, pud;
	} rows[] = {
		{ 4096, MIB(2), GIB(1) },
		{ 16384, MIB(32), GIB(64) },
		{ 65536, MIB(512), GIB(4096) },
		{ 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		take_host(rows[i].page, 1);
		assert_int_equal(model__level_bytes(model, S2_LEVEL_PAGE), rows[i].page);
		assert_int_equal(model__level_bytes(model, S2_LEVEL_PMD), rows[i].pmd);
		assert_int_equal(model__level_bytes(model, S2_LEVEL_PUD), rows[i].pud);
	}
}

/* Every count differs in a digit of its own. */
static void mappings_are_summed(void **state)
{
	const struct vm *vm;
	uint64_t n = 1;

	(void)state;
	for (int l = 0; l < S2_LEVEL__MAX; l++)
		for (int a = 0; a < S2_ACCESS__MAX; a++, n *= 10)
			totals.totals.cell[S2_MEMTYPE_NORMAL_NC][l].n[a] = n;
	totals.totals.cell[S2_MEMTYPE_NORMAL][S2_LEVEL_PUD].n[S2_ACCESS_EXEC] = 7;
	vm = take_totals();
	assert_int_equal(vm__mappings(vm, S2_MEMTYPE_NORMAL_NC), 111111111);
	assert_int_equal(vm__mappings(vm, S2_MEMTYPE_NORMAL), 7);
	assert_int_equal(vm__mappings(vm, S2_MEMTYPE_DEVICE_nGnRE), 0);
	assert_int_equal(vm__mappings_at(vm, S2_MEMTYPE_NORMAL_NC, S2_LEVEL_PAGE), 111);
	assert_int_equal(vm__mappings_at(vm, S2_MEMTYPE_NORMAL_NC, S2_LEVEL_PMD), 111000);
	assert_int_equal(vm__mappings_at(vm, S2_MEMTYPE_NORMAL_NC, S2_LEVEL_PUD), 111000000);
	assert_int_equal(vm__mappings_by(vm, S2_MEMTYPE_NORMAL_NC, S2_ACCESS_READ), 1001001);
	assert_int_equal(vm__mappings_by(vm, S2_MEMTYPE_NORMAL_NC, S2_ACCESS_WRITE), 10010010);
	assert_int_equal(vm__mappings_by(vm, S2_MEMTYPE_NORMAL_NC, S2_ACCESS_EXEC), 100100100);
	assert_int_equal(vm__bytes(model, vm, S2_MEMTYPE_NORMAL_NC),
			 111 * KIB(4) + 111000 * MIB(2) + 111000000 * GIB(1));
	assert_int_equal(vm__bytes(model, vm, S2_MEMTYPE_NORMAL), GIB(7));
}

static void the_mean_is_over_every_decision(void **state)
{
	struct s2_cell_total *first = &totals.totals.cell[0][0],
			     *last = &totals.totals.cell[S2_CELL_OTHER][S2_LEVEL_PUD];
	const struct vm *vm = take_totals();

	(void)state;
	assert_int_equal(vm__mean_ns(vm), 0);
	first->ns = 3000;
	first->n[S2_ACCESS_READ] = 2;
	last->ns = 7000;
	last->n[S2_ACCESS_EXEC] = 6;
	take_totals();
	assert_int_equal(vm__mean_ns(vm), 1250);
	last->n[S2_ACCESS_EXEC]++;
	take_totals();
	assert_int_equal(vm__mean_ns(vm), 1111);
}

static const struct vm *with_buckets(int low, uint64_t n_low, int high, uint64_t n_high)
{
	totals = new_totals(1, 1);
	totals.totals.cell[S2_MEMTYPE_NORMAL][S2_LEVEL_PAGE].hist[low] += n_low;
	totals.totals.cell[S2_CELL_OTHER][S2_LEVEL_PUD].hist[high] += n_high;
	return take_totals();
}

static void quantiles_are_interpolated_in_their_bucket(void **state)
{
	const struct vm *vm = with_buckets(10, 100, 10, 0);

	(void)state;
	assert_int_equal(vm__quantile_ns(model, vm, 0.5), 1536);
	assert_int_equal(vm__quantile_ns(model, vm, 0.25), 1280);
	assert_int_equal(vm__quantile_ns(model, vm, 1.0), 2048);
	assert_int_equal(vm__quantile_ns(model, vm, 0.0), 1024);
	vm = with_buckets(10, 99, 20, 1);
	assert_int_equal(vm__quantile_ns(model, vm, 0.99), 2048);
	assert_int_equal(vm__quantile_ns(model, vm, 0.995), (1 << 20) + (1 << 19));
	assert_int_equal(vm__quantile_ns(model, vm, 1.0), 2 << 20);
	vm = with_buckets(0, 10, 0, 0);
	assert_int_equal(vm__quantile_ns(model, vm, 0.5), 1);
	assert_int_equal(vm__quantile_ns(model, vm, 1.0), 2);
	vm = with_buckets(31, 10, 31, 0);
	assert_int_equal(vm__quantile_ns(model, vm, 1.0), 1ULL << 32);
	vm = with_buckets(1, 10, 1, 0);
	assert_int_equal(vm__quantile_ns(model, vm, 0.0), 2);
}

static void quantiles_need_faults_and_a_clock(void **state)
{
	const struct vm *vm = take_totals();

	(void)state;
	assert_int_equal(vm__quantile_ns(model, vm, 0.99), 0);
	vm = with_buckets(10, 100, 10, 0);
	take_host(4096, 62500000); /* 16 ns a tick */
	assert_int_equal(vm__quantile_ns(model, vm, 0.5), 1536 * 16);
	take_host(4096, 0);
	assert_int_equal(vm__quantile_ns(model, vm, 0.5), 0);
}

static void ticks_are_rounded_to_nanoseconds(void **state)
{
	(void)state;
	take_host(4096, 400000000); /* 2.5 ns a tick */
	assert_int_equal(model__ticks_ns(model, 0), 0);
	assert_int_equal(model__ticks_ns(model, 1), 3);
	assert_int_equal(model__ticks_ns(model, 2), 5);
	assert_int_equal(model__ticks_ns(model, 0.1), 0);
	assert_int_equal(model__ticks_ns(model, 1e9), 2500000000ULL);
}

static void the_histogram_is_over_all_cells(void **state)
{
	uint64_t hist[S2_HIST_BUCKETS], want[S2_HIST_BUCKETS] = { 0 };
	const struct vm *vm;
	uint64_t n = 1;

	(void)state;
	for (int t = 0; t < S2_CELL_ROWS; t++)
		for (int l = 0; l < S2_LEVEL__MAX; l++)
			for (int b = 0; b < S2_HIST_BUCKETS; b++, n++) {
				totals.totals.cell[t][l].hist[b] = n * n;
				want[b] += n * n;
			}
	vm = take_totals();
	vm__histogram(vm, hist);
	assert_memory_equal(hist, want, sizeof(hist));
}

#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(levels_follow_the_page_size),	      T(mappings_are_summed),
		T(the_mean_is_over_every_decision),   T(quantiles_are_interpolated_in_their_bucket),
		T(quantiles_need_faults_and_a_clock), T(ticks_are_rounded_to_nanoseconds),
		T(the_histogram_is_over_all_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
