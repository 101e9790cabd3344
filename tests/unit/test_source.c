// SPDX-License-Identifier: GPL-2.0-only
/* The pure parts of the live source: totals, enums of the kernel. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include <bpf/btf.h>

#include "model/event.h"
#include "source/kmap.h"
#include "source/totals.h"

/* Totals */

#define MHZ 1000000ULL

static struct s2_agg aggs[2];
static struct s2_vm_counts counts;
static struct row_totals row;

static bool update(uint32_t vm)
{
	const struct totals_input in = { aggs, NR(aggs), 100 * MHZ, &counts };

	return totals__update(&row, vm, &in);
}

static int reset_totals(void **state)
{
	(void)state;
	memset(aggs, 0, sizeof(aggs));
	memset(&counts, 0, sizeof(counts));
	memset(&row, 0, sizeof(row));
	return 0;
}

/* Counters are indexed by the kernel's encodings. */
enum { RAW_EXEC = 0, RAW_READ = 4, RAW_READ_S1PTW = 6, RAW_NORMAL_NC = 2 };

static void cpus_are_summed(void **state)
{
	struct s2_cell *a = &aggs[0].cell[RAW_NORMAL_NC][S2_LEVEL_PMD];
	struct s2_cell *b = &aggs[1].cell[RAW_NORMAL_NC][S2_LEVEL_PMD];
	const struct s2_cell_total *t = &row.totals.cell[S2_MEMTYPE_NORMAL_NC][S2_LEVEL_PMD];

	(void)state;
	a->n[RAW_EXEC] = 3;
	b->n[RAW_EXEC] = 4;
	b->n[RAW_READ] = 2;
	b->n[RAW_READ_S1PTW] = 3;
	a->ticks = 100;
	b->ticks = 150;
	a->hist[9] = 2;
	a->hist[0] = 6;
	b->hist[9] = 1;
	b->hist[S2_HIST_BUCKETS - 1] = 7;
	aggs[0].outcome[S2_OUTCOME_MAPPED] = 7;
	aggs[1].outcome[S2_OUTCOME_MAPPED] = 5;
	aggs[1].outcome[S2_OUTCOME_ACCESS_FLAG] = 1;
	assert_true(update(1));
	assert_int_equal(t->n[S2_ACCESS_READ], 5);
	assert_int_equal(t->n[S2_ACCESS_WRITE], 0);
	assert_int_equal(t->n[S2_ACCESS_EXEC], 7);
	assert_int_equal(t->ns, 2500);
	assert_int_equal(t->hist[9], 3);
	assert_int_equal(t->hist[0], 6);
	assert_int_equal(t->hist[S2_HIST_BUCKETS - 1], 7);
	assert_int_equal(row.totals.outcome[S2_OUTCOME_MAPPED], 12);
	assert_int_equal(totals__decisions(&row.totals, UINT32_MAX), 13);
	assert_int_equal(row.totals.cell[S2_MEMTYPE_NORMAL_NC][S2_LEVEL_PAGE].ns, 0);
}

/* Read twice, nothing counts twice; and the kernel's 32 bits may wrap in between. */
static void buckets_are_widened(void **state)
{
	__u32 *hist = aggs[0].cell[S2_CELL_OTHER][0].hist;
	__u64 *outcomes = aggs[0].outcome;

	(void)state;
	hist[3] = 0xfffffff0;
	outcomes[S2_OUTCOME_RETRIED]++;
	update(1);
	update(1);
	assert_int_equal(row.totals.cell[S2_CELL_OTHER][0].hist[3], 0xfffffff0);
	hist[3] += 0x20;
	outcomes[S2_OUTCOME_RETRIED]++;
	update(1);
	assert_int_equal(row.totals.cell[S2_CELL_OTHER][0].hist[3], 0x100000010ULL);
}

static void changes_are_noticed(void **state)
{
	(void)state;
	assert_true(update(1)); /* new, and all zero */
	assert_false(update(1));
	aggs[1].outcome[S2_OUTCOME_RETRIED]++;
	assert_true(update(1));
	assert_false(update(1));
	counts.cmo_bytes[S2_CMO_ICACHE_INVAL][1] = 4096;
	assert_true(update(1));
	assert_false(update(1));
	assert_true(update(2));
}

/* The other CPU's stores may become visible in another order. */
static void late_stores_are_read(void **state)
{
	struct s2_cell *cell = &aggs[1].cell[S2_CELL_OTHER][0];

	(void)state;
	aggs[1].outcome[S2_OUTCOME_RETRIED]++;
	assert_true(update(1));
	cell->n[RAW_READ]++;
	assert_true(update(1));
	assert_int_equal(row.totals.cell[S2_CELL_OTHER][0].n[S2_ACCESS_READ], 1);
	assert_false(update(1));
}

static void rare_counts_are_copied(void **state)
{
	(void)state;
	counts.reason[S2_REASON_NO_VMA] = 2;
	counts.slots_accepted = 3;
	counts.slots_rejected = 4;
	counts.unmap_n[S2_UNMAP_MEMSLOT] = 5;
	counts.unmap_bytes[S2_UNMAP_MEMSLOT] = 6;
	counts.protect_n[S2_PROTECT_SPLIT] = 8;
	counts.protect_bytes[S2_PROTECT_WRITE] = 9;
	counts.cmo_n[S2_CMO_DCACHE_CLEAN_INVAL][0] = 7;
	counts.cmo_bytes[S2_CMO_DCACHE_CLEAN_INVAL][1] = 8;
	update(1);
	assert_int_equal(row.totals.reason[S2_REASON_NO_VMA], 2);
	assert_int_equal(row.totals.slots_accepted, 3);
	assert_int_equal(row.totals.slots_rejected, 4);
	assert_int_equal(row.totals.unmap_n[S2_UNMAP_MEMSLOT], 5);
	assert_int_equal(row.totals.unmap_bytes[S2_UNMAP_MEMSLOT], 6);
	assert_int_equal(row.totals.protect_n[S2_PROTECT_SPLIT], 8);
	assert_int_equal(row.totals.protect_bytes[S2_PROTECT_WRITE], 9);
	assert_int_equal(row.totals.cmo_n[S2_CMO_DCACHE_CLEAN_INVAL][0], 7);
	assert_int_equal(row.totals.cmo_bytes[S2_CMO_DCACHE_CLEAN_INVAL][1], 8);
}

/* Enums of the kernel */

static void enumerators_are_found_by_name(void **state)
{
	struct btf *btf = btf__new_empty();
	struct s2_kmap map = {};

	(void)state;
	btf__add_enum(btf, "kvm_mr_change", 4);
	btf__add_enum_value(btf, "KVM_MR_DELETE", 0);
	btf__add_enum_value(btf, "KVM_MR_FLAGS_ONLY", 1);
	btf__add_enum_value(btf, "KVM_MR_SOMETHING_NEW", 2);
	btf__add_enum_value(btf, "KVM_MR_FAR_TOO_LARGE", 1000);
	kmap__fill(&map, btf);
	assert_int_equal(map.change[0], S2_SLOT_DELETE);
	assert_int_equal(map.change[1], S2_SLOT_FLAGS_ONLY);
	assert_int_equal(map.change[2], S2_SLOT__MAX);
	assert_int_equal(map.change[3], S2_SLOT__MAX);
	btf__free(btf);
}

/* pahole writes an enum in another way when a value needs 64 bits. */
static void wide_enums_are_found(void **state)
{
	struct btf *btf = btf__new_empty();
	uint64_t value = 0;

	(void)state;
	btf__add_enum64(btf, "kvm_pgtable_prot", 8, false);
	btf__add_enum64_value(btf, "KVM_PGTABLE_PROT_NORMAL_NC", 32);
	btf__add_enum64_value(btf, "KVM_PGTABLE_PROT_SW0", 1ULL << 55);
	btf__add_enum(btf, "narrow", 4);
	btf__add_enum_value(btf, "NARROW_ONE", 1);
	assert_true(kmap__value(btf, "kvm_pgtable_prot", "KVM_PGTABLE_PROT_NORMAL_NC", &value));
	assert_int_equal(value, 32);
	assert_true(kmap__value(btf, "kvm_pgtable_prot", "KVM_PGTABLE_PROT_SW0", &value));
	assert_int_equal(value, 1ULL << 55);
	assert_false(kmap__value(btf, "kvm_pgtable_prot", "KVM_PGTABLE_PROT_NORMAL", &value));
	assert_true(kmap__value(btf, "narrow", "NARROW_ONE", &value));
	assert_int_equal(value, 1);
	assert_false(kmap__value(btf, "none", "NARROW_ONE", &value));
	btf__free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(cpus_are_summed, reset_totals),
		cmocka_unit_test_setup(buckets_are_widened, reset_totals),
		cmocka_unit_test_setup(changes_are_noticed, reset_totals),
		cmocka_unit_test_setup(late_stores_are_read, reset_totals),
		cmocka_unit_test_setup(rare_counts_are_copied, reset_totals),
		cmocka_unit_test(enumerators_are_found_by_name),
		cmocka_unit_test(wide_enums_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
