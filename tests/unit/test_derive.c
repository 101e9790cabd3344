// SPDX-License-Identifier: GPL-2.0-only
/* Figures derived from the totals of a VM. */
#include "unit.h"

#include "fixture.h"

static void levels_follow_the_page_size(void **state)
{
	static const struct {
		uint32_t page;
		uint64_t pmd, pud;
	} cases[] = {
		{ 4096, 2 << 20, 1 << 30 },
		{ 16384, 32 << 20, 64ULL << 30 },
		{ 65536, 512 << 20, 4ULL << 40 },
	};

	(void)state;
	for (size_t i = 0; i < NR(cases); i++) {
		struct host_facts host = { .page_size = cases[i].page };
		struct model *m = model__new();

		model__set_host(m, &host);
		assert_int_equal(model__level_bytes(m, S2_LEVEL_PAGE), cases[i].page);
		assert_int_equal(model__level_bytes(m, S2_LEVEL_PMD), cases[i].pmd);
		assert_int_equal(model__level_bytes(m, S2_LEVEL_PUD), cases[i].pud);
		model__free(m);
	}
}

static void mappings_are_summed(void **state)
{
	struct model *m = fixture__model();
	const struct vm *vm = model__vm(m, 0);

	(void)state;
	assert_int_equal(vm__mappings(vm, S2_MEMTYPE_NORMAL), 512);
	assert_int_equal(vm__mappings_at(vm, S2_MEMTYPE_NORMAL, S2_LEVEL_PMD), 512);
	assert_int_equal(vm__mappings_at(vm, S2_MEMTYPE_NORMAL, S2_LEVEL_PAGE), 0);
	assert_int_equal(vm__mappings_by(vm, S2_MEMTYPE_NORMAL, S2_ACCESS_WRITE), 500);
	assert_int_equal(vm__bytes(m, vm, S2_MEMTYPE_NORMAL), 1ULL << 30);
	assert_int_equal(vm__bytes(m, vm, S2_MEMTYPE_NORMAL_NC), 5 * 4096);
	assert_int_equal(vm__mappings(vm, S2_MEMTYPE_DEVICE_nGnRE), 0);
	assert_int_equal(vm__faults(vm), 520);
	assert_int_equal(vm__rejections(vm), 4); /* 3 faults and a memslot */
	model__free(m);
}

static void the_mean_is_over_every_decision(void **state)
{
	struct model *m = fixture__model();

	(void)state;
	assert_int_equal(vm__mean_ns(model__vm(m, 0)), (512 * 3000 + 5 * 1000 + 3 * 1000) / 520);
	assert_int_equal(vm__mean_ns(model__vm_get(m, 2, 0)), 0);
	model__free(m);
}

static struct vm *with_buckets(struct model *m, int low, uint64_t n_low, int high, uint64_t n_high)
{
	struct vm *vm = model__vm_get(m, 1, 1);
	struct vm_totals t = { 0 };

	t.cell[S2_MEMTYPE_NORMAL][S2_LEVEL_PAGE].hist[low] += n_low;
	t.cell[S2_CELL_OTHER][S2_LEVEL_PMD].hist[high] += n_high;
	vm__set_totals(vm, &t);
	return vm;
}

static void quantiles_are_interpolated_in_their_bucket(void **state)
{
	struct model *m = fixture__empty(); /* 1 tick is 1 ns */
	struct vm *vm = with_buckets(m, 10, 100, 10, 0);

	(void)state;
	assert_int_equal(vm__quantile_ns(m, vm, 0.5), 1536);
	assert_int_equal(vm__quantile_ns(m, vm, 1.0), 2048);
	assert_int_equal(vm__quantile_ns(m, vm, 0.0), 1024);
	vm = with_buckets(m, 10, 99, 20, 1);
	assert_int_equal(vm__quantile_ns(m, vm, 0.99), 2048);
	assert_in_range(vm__quantile_ns(m, vm, 0.995), 1 << 20, 2 << 20);
	vm = with_buckets(m, 0, 10, 0, 0);
	assert_int_equal(vm__quantile_ns(m, vm, 0.5), 1);
	vm = with_buckets(m, 31, 10, 31, 0);
	assert_int_equal(vm__quantile_ns(m, vm, 1.0), 1ULL << 32);
	model__free(m);
}

static void quantiles_need_faults_and_a_clock(void **state)
{
	struct host_facts host = fixture_host;
	struct model *m = fixture__empty();
	struct vm *vm = model__vm_get(m, 1, 1);

	(void)state;
	assert_int_equal(vm__quantile_ns(m, vm, 0.99), 0);
	vm = with_buckets(m, 10, 100, 10, 0);
	host.counter_hz = 62500000; /* 16 ns a tick */
	model__set_host(m, &host);
	assert_int_equal(vm__quantile_ns(m, vm, 0.5), 1536 * 16);
	host.counter_hz = 0;
	model__set_host(m, &host);
	assert_int_equal(vm__quantile_ns(m, vm, 0.5), 0);
	model__free(m);
}

static void the_histogram_is_over_all_cells(void **state)
{
	uint64_t hist[S2_HIST_BUCKETS];
	struct model *m = fixture__model();

	(void)state;
	vm__histogram(model__vm(m, 0), hist);
	for (int b = 0; b < S2_HIST_BUCKETS; b++)
		assert_int_equal(hist[b], b == 11 ? 512 : b == 9 ? 8 : 0);
	model__free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_follow_the_page_size),
		cmocka_unit_test(mappings_are_summed),
		cmocka_unit_test(the_mean_is_over_every_decision),
		cmocka_unit_test(quantiles_are_interpolated_in_their_bucket),
		cmocka_unit_test(quantiles_need_faults_and_a_clock),
		cmocka_unit_test(the_histogram_is_over_all_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
