// SPDX-License-Identifier: GPL-2.0-only
/* What descriptors of stage-2 tables mean, and ranges of them. */
#include "unit.h"

#include <string.h>

#include "model/ranges.h"

#define XN(bits) ((uint64_t)(bits) << 53)
#define RW	 (S2_DESC_READ | S2_DESC_WRITE)

static void types_follow_memattr_and_fwb(void **state)
{
	static const struct {
		unsigned int memattr;
		enum s2_memtype type[3]; /* FWB unknown, no, yes */
	} cases[] = {
		{ 0x1,
		  { S2_MEMTYPE_DEVICE_nGnRE, S2_MEMTYPE_DEVICE_nGnRE, S2_MEMTYPE_DEVICE_nGnRE } },
		{ 0x5, { S2_MEMTYPE_NORMAL_NC, S2_MEMTYPE_NORMAL_NC, S2_MEMTYPE_NORMAL_NC } },
		{ 0x6, { S2_MEMTYPE_NORMAL, S2_MEMTYPE_NONE, S2_MEMTYPE_NORMAL } },
		{ 0xf, { S2_MEMTYPE_NORMAL, S2_MEMTYPE_NORMAL, S2_MEMTYPE_NONE } },
		{ 0x0, { S2_MEMTYPE_NONE, S2_MEMTYPE_NONE, S2_MEMTYPE_NONE } },
		{ 0x7, { S2_MEMTYPE_NONE, S2_MEMTYPE_NONE, S2_MEMTYPE_NONE } },
	};

	(void)state;
	for (size_t i = 0; i < NR(cases); i++)
		for (int fwb = FACT_UNKNOWN; fwb <= FACT_YES; fwb++)
			assert_int_equal(
				desc__type((uint64_t)cases[i].memattr << 2 | ~0x3cULL, fwb),
				cases[i].type[fwb + 1]);
}

static void permissions_follow_s2ap_and_xn(void **state)
{
	static const struct {
		uint64_t desc;
		unsigned int prot;
	} cases[] = {
		{ RW | XN(0), S2_PROT_R | S2_PROT_W | S2_PROT_PX | S2_PROT_UX },
		{ RW | XN(1), S2_PROT_R | S2_PROT_W | S2_PROT_UX },
		{ RW | XN(2), S2_PROT_R | S2_PROT_W },
		{ RW | XN(3), S2_PROT_R | S2_PROT_W | S2_PROT_PX },
		{ S2_DESC_READ | XN(2), S2_PROT_R },
		{ XN(2), 0 },
	};

	(void)state;
	for (size_t i = 0; i < NR(cases); i++)
		assert_int_equal(desc__prot(cases[i].desc), cases[i].prot);
}

/* Each is all ones but where the address lies: attributes must not leak into it. */
static void addresses_follow_the_granule(void **state)
{
	static const struct {
		struct table_geometry g;
		uint64_t desc, pa;
	} cases[] = {
		{ { 12, S2_OA_48, FACT_YES }, 0xffff000140001fff, 0x140001000 },
		{ { 14, S2_OA_48, FACT_YES }, 0xffff000140007fff, 0x140004000 },
		/* Bits 9:8 of the descriptor are bits 51:50 of the address. */
		{ { 12, S2_OA_52_LPA2, FACT_YES }, 0xfffc000140001dff, 0x4000140001000 },
		{ { 12, S2_OA_52_LPA2, FACT_YES }, 0x00030001400013ff, 0xf000140001000 },
		{ { 14, S2_OA_52_LPA2, FACT_YES }, 0x0002000140004200, 0xa000140004000 },
		/* Bits 15:12 are bits 51:48. */
		{ { 16, S2_OA_52_LPA, FACT_YES }, 0xffff00014001afff, 0xa000140010000 },
		/* The highest bit of an address is part of it, the one above is not. */
		{ { 12, S2_OA_48, FACT_YES }, 0x0001800000000fff, 0x800000000000 },
		{ { 12, S2_OA_52_LPA2, FACT_YES }, 0x0006000000000000, 0x2000000000000 },
		{ { 16, S2_OA_52_LPA, FACT_YES }, 0x0001800000000fff, 0x800000000000 },
		{ { 12, S2_OA_HYP, FACT_YES }, 0x0018000140001fff, 0x8000140001000 },
	};

	(void)state;
	for (size_t i = 0; i < NR(cases); i++)
		assert_int_equal(desc__pa(cases[i].desc, &cases[i].g), cases[i].pa);
}

static void levels_have_sizes(void **state)
{
	(void)state;
	assert_int_equal(level__size(12, 3), 4096);
	assert_int_equal(level__size(12, 2), 2 << 20);
	assert_int_equal(level__size(12, 1), 1 << 30);
	assert_int_equal(level__size(14, 3), 16384);
	assert_int_equal(level__size(14, 2), 32 << 20);
	assert_int_equal(level__size(16, 3), 65536);
	assert_int_equal(level__size(16, 2), 512 << 20);
}

static const struct table_geometry grace = { 12, S2_OA_48, FACT_YES };

/* 512 blocks of 2 MiB at 1 GiB, output from 5 GiB on. */
static struct map_range blocks(bool scattered)
{
	const struct s2_walk_range raw = {
		.ipa = 1ULL << 30,
		.desc = 0x140000000ULL | RW | 6 << 2 | S2_DESC_VALID,
		.leaves = 512,
		.level = 2 + 1,
		.scattered = scattered,
	};
	struct map_range r;

	memset(&r, 0x55, sizeof(r)); /* callers do not clear it */
	range__decode(&r, &raw, &grace, -1);
	return r;
}

static void a_range_is_decoded(void **state)
{
	struct map_range r = blocks(false);

	(void)state;
	assert_int_equal(r.size, 1 << 30);
	assert_int_equal(r.leaf_size, 2 << 20);
	assert_int_equal(r.pa, 0x140000000ULL);
	assert_true(r.pa_contiguous);
	assert_int_equal(r.type, S2_MEMTYPE_NORMAL);
	assert_int_equal(r.prot, S2_PROT_R | S2_PROT_W | S2_PROT_PX | S2_PROT_UX);
	assert_int_equal(r.nested, -1);
	assert_int_equal(r.slot, RANGE_NO_SLOT);
	assert_int_equal(r.slot_flags, 0);
	assert_int_equal(r.hva, 0);
	assert_int_equal(r.own_ipa, RANGE_NO_IPA);
	assert_int_equal(r.ipa_is_pa, FACT_NO);
	assert_int_equal(r.in_host, FACT_UNKNOWN);
	assert_int_equal(r.vma.start, 0);
	assert_int_equal(r.vma.attr, S2_VMA_UNKNOWN);
}

static void a_range_has_the_type_of_its_leaves(void **state)
{
	const struct s2_walk_range raw = { .desc = 5 << 2 | S2_DESC_VALID,
					   .leaves = 1,
					   .level = 4 };
	struct map_range r;

	(void)state;
	range__decode(&r, &raw, &grace, 1);
	assert_int_equal(r.type, S2_MEMTYPE_NORMAL_NC);
	assert_int_equal(r.nested, 1);
}

/* Of memory that the hypervisor owns only the type is told, by a bit pattern of its own. */
static void a_range_of_the_hypervisor_is_decoded(void **state)
{
	static const struct table_geometry hyp = { 12, S2_OA_HYP, FACT_YES };
	struct s2_walk_range raw = {
		.ipa = 0x40000000, .desc = 0x140000000 | 0x4, .leaves = 1, .level = 4
	};
	struct map_range r;

	(void)state;
	range__decode(&r, &raw, &hyp, -1);
	assert_int_equal(r.type, S2_MEMTYPE_NORMAL);
	assert_int_equal(r.prot, RANGE_NO_PROT);
	assert_int_equal(r.pa, 0x140000000);
	raw.desc = 0x140000000;
	range__decode(&r, &raw, &hyp, -1);
	assert_int_equal(r.type, S2_MEMTYPE_NONE);
}

static void ipa_equals_pa_only_all_over(void **state)
{
	struct s2_walk_range raw = { .ipa = 0x140000000ULL,
				     .desc = 0x140000000ULL | RW | 6 << 2 | S2_DESC_VALID,
				     .leaves = 2,
				     .level = 4 };
	struct map_range r;

	(void)state;
	range__decode(&r, &raw, &grace, -1);
	assert_int_equal(r.ipa_is_pa, FACT_YES);
	raw.scattered = 1;
	range__decode(&r, &raw, &grace, -1);
	assert_int_equal(r.ipa_is_pa, FACT_NO);
}

static void parts_know_their_own_addresses(void **state)
{
	struct map_range r = blocks(false), part;

	(void)state;
	r.ipa = r.pa;
	r.hva = 0x8000000000;
	r.pa_contiguous = true;
	range__split(&r, &part, 4 << 20);
	assert_int_equal(part.ipa_is_pa, FACT_YES);
	assert_int_equal(part.hva, 0x8000000000);
	assert_int_equal(part.leaves, 2);
	assert_int_equal(r.ipa_is_pa, FACT_YES);
	assert_int_equal(r.hva, 0x8000400000);
	assert_int_equal(r.pa, 0x140400000);
	assert_int_equal(r.leaves, 510);

	r = blocks(true);
	range__split(&r, &part, 4 << 20); /* two leaves may lie anywhere */
	assert_false(part.pa_contiguous);
}

/* In any order: sorting is part of it. */
static const struct s2_walk_slot some_slots[] = {
	{ .base_gfn = 0x60000, .npages = 0x10000, .hva = 0x9000000000, .id = 7, .flags = 1 },
	{ .base_gfn = 0x40000, .npages = 0x10000, .hva = 0x8000000000, .id = 3 },
};

static void ranges_end_where_memslots_do(void **state)
{
	struct s2_walk_slot slots[NR(some_slots)];
	struct map_range r = blocks(false), part;
	static const struct {
		int slot;
		uint32_t flags;
		uint64_t ipa, size, pa, hva;
	} want[] = {
		{ 3, 0, 0x40000000, 0x10000000, 0x140000000, 0x8000000000 },
		{ RANGE_NO_SLOT, 0, 0x50000000, 0x10000000, 0x150000000, 0 },
		{ 7, 1, 0x60000000, 0x10000000, 0x160000000, 0x9000000000 },
		{ RANGE_NO_SLOT, 0, 0x70000000, 0x10000000, 0x170000000, 0 },
	};

	(void)state;
	memcpy(slots, some_slots, sizeof(slots));
	slots__sort(slots, NR(slots));
	for (size_t i = 0; i < NR(want); i++) {
		assert_true(range__cut(&r, &part, slots, NR(slots), 12));
		assert_int_equal(part.slot, want[i].slot);
		assert_int_equal(part.slot_flags, want[i].flags);
		assert_int_equal(part.ipa, want[i].ipa);
		assert_int_equal(part.size, want[i].size);
		assert_int_equal(part.leaves, want[i].size >> 21);
		assert_int_equal(part.pa, want[i].pa);
		assert_int_equal(part.hva, want[i].hva);
	}
	assert_false(range__cut(&r, &part, slots, NR(slots), 12));
	/* Those beyond the number of them are not looked at. */
	r = blocks(false);
	r.ipa = 0x60000000;
	assert_true(range__cut(&r, &part, slots, 1, 12));
	assert_int_equal(part.slot, RANGE_NO_SLOT);
}

/* Where the walk resumed in the middle of a memslot, and of many. */
static void a_range_may_begin_inside_a_memslot(void **state)
{
	struct s2_walk_slot slots[9];
	struct map_range part;

	(void)state;
	for (size_t i = 0; i < NR(slots); i++)
		slots[i] = (struct s2_walk_slot){ .base_gfn = 0x40000 + i * 0x4000,
						  .npages = 0x4000,
						  .hva = i == 4 ? 0 : 0x8000000000 + (i << 32),
						  .id = i };
	for (size_t i = 0; i < NR(slots); i++) {
		struct map_range r = blocks(false);

		r.ipa += i * 0x4000000 + 0x200000;
		assert_true(range__cut(&r, &part, slots, NR(slots), 12));
		assert_int_equal(part.slot, i);
		assert_int_equal(part.size, 0x4000000 - 0x200000);
		assert_int_equal(part.hva, i == 4 ? 0 : 0x8000200000 + (i << 32));
	}
}

/* Only the first address is known of scattered memory: none behind it is made up. */
static void no_address_is_made_up(void **state)
{
	struct map_range r = blocks(true), part;

	(void)state;
	range__split(&r, &part, 2 << 20);
	assert_int_equal(part.pa, 0x140000000ULL);
	assert_true(part.pa_contiguous); /* a single leaf is */
	assert_int_equal(r.pa, RANGE_NO_PA);
	assert_int_equal(r.ipa_is_pa, FACT_UNKNOWN);
	assert_int_equal(r.leaves, 511);
}

static void without_memslots_nothing_is_cut(void **state)
{
	struct map_range r = blocks(false), part;

	(void)state;
	assert_true(range__cut(&r, &part, NULL, 0, 12));
	assert_int_equal(part.size, 1 << 30);
	assert_int_equal(part.slot, RANGE_NO_SLOT);
	assert_false(range__cut(&r, &part, NULL, 0, 12));
}

static void totals_add_up(void **state)
{
	const struct s2_walk_stats stats = { 512, 3, 2, 1, 4 };
	struct map_range r = blocks(false);
	struct map_totals t = {};

	(void)state;
	r.in_host = FACT_NO;
	totals__add_range(&t, &r, 12);
	totals__add_walk(&t, &stats);
	/* A shadow table maps again what is counted already. */
	r.in_host = FACT_UNKNOWN;
	r.nested = 0;
	totals__add_range(&t, &r, 12);
	totals__add_range(&t, &r, 12);
	totals__add_walk(&t, &stats);
	assert_int_equal(t.ranges, 3);
	assert_int_equal(t.bytes[S2_MEMTYPE_NORMAL], 1 << 30);
	assert_int_equal(t.leaves_at[S2_LEVEL_PMD], 1536);
	assert_int_equal(t.strays, 1);
	assert_int_equal(t.leaves, 1024);
	assert_int_equal(t.tables, 6);
	assert_int_equal(t.changed, 4);
	assert_int_equal(t.dropped, 2);
	assert_int_equal(t.unreadable, 8);
	assert_int_equal(t.lost, 10);
}

static void leaves_are_counted_at_their_level(void **state)
{
	static const struct {
		uint32_t page_shift;
		uint64_t leaf_size;
		enum s2_level level;
	} cases[] = {
		{ 12, 4096, S2_LEVEL_PAGE },	 { 12, 2 << 20, S2_LEVEL_PMD },
		{ 12, 1 << 30, S2_LEVEL_PUD },	 { 16, 65536, S2_LEVEL_PAGE },
		{ 16, 512 << 20, S2_LEVEL_PMD }, { 14, 32 << 20, S2_LEVEL_PMD },
	};

	(void)state;
	for (size_t i = 0; i < NR(cases); i++) {
		struct map_range r = { .leaves = 3, .leaf_size = cases[i].leaf_size };
		struct map_totals t = {};

		totals__add_range(&t, &r, cases[i].page_shift);
		for (enum s2_level level = 0; level < S2_LEVEL__MAX; level++)
			assert_int_equal(t.leaves_at[level], level == cases[i].level ? 3 : 0);
	}
}

static void what_is_mapped_is_told_of_a_vm(void **state)
{
	struct map_totals t = { .lost = 7 };
	struct vm_mapped mapped;

	(void)state;
	for (int i = 0; i < S2_MEMTYPE__MAX; i++)
		t.bytes[i] = 100 + i;
	for (int i = 0; i < S2_LEVEL__MAX; i++)
		t.leaves_at[i] = 200 + i;
	memset(&mapped, 0x55, sizeof(mapped));
	totals__mapped(&t, 12345, &mapped);
	assert_int_equal(mapped.ts_ns, 12345);
	assert_int_equal(mapped.lost, 7);
	assert_memory_equal(mapped.bytes, t.bytes, sizeof(t.bytes));
	assert_memory_equal(mapped.leaves_at, t.leaves_at, sizeof(t.leaves_at));
}

static struct map_range own_range(uint64_t ipa, uint64_t pa, uint64_t leaves, int slot)
{
	return (struct map_range){ .ipa = ipa,
				   .size = leaves << 12,
				   .leaves = leaves,
				   .leaf_size = 4096,
				   .pa = pa,
				   .pa_contiguous = true,
				   .nested = -1,
				   .slot = slot,
				   .slot_flags = 0x10 + slot,
				   .hva = 0xffff00000000 + ipa,
				   .own_ipa = RANGE_NO_IPA };
}

/* 4 pages in slot 1, 4 behind them in slot 2, 2 that are mapped twice, and a hole. */
static void fill_pa_index(struct pa_index *x)
{
	const struct map_range own[] = {
		own_range(0x80000, 0x14000, 4, 2), own_range(0x40000, 0x10000, 4, 1),
		own_range(0xa0000, 0x18000, 2, 3), own_range(0xb0000, 0x18000, 2, 3),
		own_range(0xc0000, 0x20000, 1, 4),
	};
	struct map_range scattered = own_range(0xd0000, 0x30000, 2, 5);

	scattered.pa_contiguous = false;
	assert_int_equal(pa_index__add(x, &scattered), 0);
	for (size_t i = 0; i < NR(own); i++)
		assert_int_equal(pa_index__add(x, &own[i]), 0);
	pa_index__sort(x);
	assert_int_equal(x->nr, 5);
}

static void nested_ranges_are_found_by_pa(void **state)
{
	struct map_range r = own_range(0x1000, 0x12000, 20, RANGE_NO_SLOT), part;
	static const struct {
		uint64_t ipa, leaves, own_ipa;
		int slot;
	} want[] = {
		{ 0x1000, 2, 0x42000, 1 },
		{ 0x3000, 4, 0x80000, 2 },
		{ 0x7000, 2, RANGE_NO_IPA, RANGE_NO_SLOT }, /* mapped twice */
		{ 0x9000, 6, RANGE_NO_IPA, RANGE_NO_SLOT }, /* not mapped any more */
		{ 0xf000, 1, 0xc0000, 4 },
		{ 0x10000, 5, RANGE_NO_IPA, RANGE_NO_SLOT },
	};
	struct pa_index x = { 0 };

	(void)state;
	fill_pa_index(&x);
	r.hva = r.slot_flags = 0;
	for (size_t i = 0; i < NR(want); i++) {
		assert_true(range__cut_by_pa(&r, &part, &x));
		assert_int_equal(part.ipa, want[i].ipa);
		assert_int_equal(part.leaves, want[i].leaves);
		assert_int_equal(part.own_ipa, want[i].own_ipa);
		assert_int_equal(part.slot, want[i].slot);
		assert_int_equal(part.slot_flags,
				 want[i].slot == RANGE_NO_SLOT ? 0 : 0x10 + want[i].slot);
		assert_int_equal(part.hva, want[i].slot == RANGE_NO_SLOT
						   ? 0
						   : 0xffff00000000 + want[i].own_ipa);
	}
	assert_false(range__cut_by_pa(&r, &part, &x));
	pa_index__free(&x);
}

/* More than the index has room for at first, every other page; then one over all of them. */
static void the_index_grows(void **state)
{
	struct pa_index x = { 0 };
	struct map_range part, r;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		r = own_range(i << 13, (1 << 30) + ((i * 7 % 1000) << 13), 1, i);
		assert_int_equal(pa_index__add(&x, &r), 0);
	}
	pa_index__sort(&x);
	assert_int_equal(x.nr, 1000);
	for (uint64_t i = 0; i < 1000; i++) {
		r = own_range(0, (1 << 30) + ((i * 7 % 1000) << 13), 1, RANGE_NO_SLOT);
		assert_true(range__cut_by_pa(&r, &part, &x));
		assert_int_equal(part.own_ipa, i << 13);
		assert_int_equal(part.slot, i);
	}
	r = own_range(1 << 30, 1 << 30, 2000, RANGE_NO_SLOT);
	assert_int_equal(pa_index__add(&x, &r), 0);
	pa_index__sort(&x);
	for (size_t i = 0; i < x.nr; i++)
		assert_true(x.entries[i].twice);
	pa_index__free(&x);
	assert_int_equal(x.nr, 0);
	assert_int_equal(x.room, 0);
	assert_null(x.entries);
}

/* Where memory is mapped more than once, no place can be told. */
static void memory_mapped_twice_tells_nothing(void **state)
{
	const struct map_range own[] = { own_range(0x40000, 0x10000, 4, 1),
					 own_range(0x50000, 0x12000, 8, 2),
					 own_range(0x60000, 0x18000, 1, 3) };
	static const uint64_t leaves[] = { 2, 6, 1, 7 };
	struct map_range r = own_range(0x1000, 0x10000, 16, RANGE_NO_SLOT), part;
	struct pa_index x = { 0 };

	(void)state;
	for (size_t i = 0; i < NR(own); i++)
		assert_int_equal(pa_index__add(&x, &own[i]), 0);
	pa_index__sort(&x);
	for (size_t i = 0; i < NR(own); i++)
		assert_true(x.entries[i].twice);
	for (size_t i = 0; i < NR(leaves); i++) {
		assert_true(range__cut_by_pa(&r, &part, &x));
		assert_int_equal(part.leaves, leaves[i]);
		assert_int_equal(part.own_ipa, RANGE_NO_IPA);
	}
	assert_false(range__cut_by_pa(&r, &part, &x));
	pa_index__free(&x);
}

/* Memory without an address in the VMM stays without one. */
static void nested_ranges_need_no_hva(void **state)
{
	struct map_range own = own_range(0x40000, 0x10000, 4, 1), r, part;
	struct pa_index x = { 0 };

	(void)state;
	own.hva = 0;
	assert_int_equal(pa_index__add(&x, &own), 0);
	r = own_range(0x1000, 0x11000, 2, RANGE_NO_SLOT);
	assert_true(range__cut_by_pa(&r, &part, &x));
	assert_int_equal(part.own_ipa, 0x41000);
	assert_int_equal(part.hva, 0);
	pa_index__free(&x);
}

/* With nothing known, and where addresses do not follow one another, it stays in one piece. */
static void nested_ranges_may_stay_unknown(void **state)
{
	struct map_range r = own_range(0x1000, 0x12000, 20, RANGE_NO_SLOT), part;
	struct pa_index x = { 0 };

	(void)state;
	assert_true(range__cut_by_pa(&r, &part, &x));
	assert_int_equal(part.leaves, 20);
	assert_false(range__cut_by_pa(&r, &part, &x));
	fill_pa_index(&x);
	r = own_range(0x1000, 0x12000, 20, RANGE_NO_SLOT);
	r.pa_contiguous = false;
	assert_true(range__cut_by_pa(&r, &part, &x));
	assert_int_equal(part.leaves, 20);
	assert_int_equal(part.own_ipa, RANGE_NO_IPA);
	pa_index__free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_follow_memattr_and_fwb),
		cmocka_unit_test(permissions_follow_s2ap_and_xn),
		cmocka_unit_test(addresses_follow_the_granule),
		cmocka_unit_test(levels_have_sizes),
		cmocka_unit_test(a_range_is_decoded),
		cmocka_unit_test(a_range_has_the_type_of_its_leaves),
		cmocka_unit_test(a_range_of_the_hypervisor_is_decoded),
		cmocka_unit_test(ipa_equals_pa_only_all_over),
		cmocka_unit_test(parts_know_their_own_addresses),
		cmocka_unit_test(ranges_end_where_memslots_do),
		cmocka_unit_test(a_range_may_begin_inside_a_memslot),
		cmocka_unit_test(no_address_is_made_up),
		cmocka_unit_test(without_memslots_nothing_is_cut),
		cmocka_unit_test(totals_add_up),
		cmocka_unit_test(leaves_are_counted_at_their_level),
		cmocka_unit_test(what_is_mapped_is_told_of_a_vm),
		cmocka_unit_test(nested_ranges_are_found_by_pa),
		cmocka_unit_test(the_index_grows),
		cmocka_unit_test(memory_mapped_twice_tells_nothing),
		cmocka_unit_test(nested_ranges_need_no_hva),
		cmocka_unit_test(nested_ranges_may_stay_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
