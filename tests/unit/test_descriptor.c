// SPDX-License-Identifier: GPL-2.0-only
/* What descriptors of stage-2 tables mean, and ranges of them. */
#include "unit.h"

#include <string.h>

#include "model/descriptor.h"

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
	assert_int_equal(level__shift(12, 3), 12);
	assert_int_equal(level__shift(12, 2), 21);
	assert_int_equal(level__shift(12, 1), 30);
	assert_int_equal(level__shift(14, 3), 14);
	assert_int_equal(level__shift(14, 2), 25);
	assert_int_equal(level__shift(16, 3), 16);
	assert_int_equal(level__shift(16, 2), 29);
}

/* 512 blocks of 2 MiB at 1 GiB, output from 5 GiB on. */
static const struct s2_walk_range some_blocks = {
	.ipa = 1ULL << 30,
	.desc = 0x140000000ULL | RW | 6 << 2 | S2_DESC_VALID,
	.leaves = 512,
	.level = 2 + 1,
};

static struct s2_ev_mapped decode(struct s2_walk_range raw, uint64_t attrs, enum s2_walk_oa oa)
{
	const struct table_geometry g = { 12, oa, FACT_YES };
	struct s2_ev_mapped m;

	memset(&m, 0xff, sizeof(m));
	m.nested = 3;
	mapped__decode(&m, &raw, attrs, &g);
	return m;
}

static void a_range_is_decoded(void **state)
{
	struct s2_ev_mapped m = decode(some_blocks, S2_DESC_ALL_ATTRS, S2_OA_48);

	(void)state;
	assert_int_equal(m.ipa, 1 << 30);
	assert_int_equal(m.size, 1 << 30);
	assert_int_equal(m.leaves, 512);
	assert_int_equal(m.leaf_shift, 21);
	assert_int_equal(m.pa, 0x140000000ULL);
	assert_int_equal(m.pa_contiguous, 1);
	assert_int_equal(m.memtype, S2_MEMTYPE_NORMAL);
	assert_int_equal(m.prot, S2_PROT_R | S2_PROT_W | S2_PROT_PX | S2_PROT_UX);
	assert_int_equal(m.own_ipa, S2_NO_IPA);
	assert_int_equal(m.in_host, FACT_UNKNOWN);
	assert_int_equal(m.nested, 3);
}

/* Bits of the address below the size of a block have another meaning there. */
static void a_block_is_aligned(void **state)
{
	struct s2_walk_range raw = some_blocks;

	(void)state;
	raw.desc |= 0x10000;
	assert_int_equal(decode(raw, S2_DESC_ALL_ATTRS, S2_OA_48).pa, 0x140000000ULL);
}

static void permissions_may_be_unknown(void **state)
{
	struct s2_walk_range raw = some_blocks;

	(void)state;
	assert_int_equal(decode(raw, S2_DESC_TYPE_ATTRS, S2_OA_48).prot, S2_NO_PROT);
	assert_int_equal(decode(raw, S2_DESC_TYPE_ATTRS, S2_OA_48).memtype, S2_MEMTYPE_NORMAL);
	assert_int_equal(decode(raw, S2_DESC_ALL_ATTRS, S2_OA_HYP).prot, S2_NO_PROT);
	assert_int_equal(decode(raw, S2_DESC_ALL_ATTRS, S2_OA_HYP).memtype, S2_MEMTYPE_NORMAL);
	raw.desc &= ~S2_DESC_MEMATTR;
	assert_int_equal(decode(raw, S2_DESC_ALL_ATTRS, S2_OA_HYP).memtype, S2_MEMTYPE_NONE);
}

static void a_range_is_split(void **state)
{
	struct s2_ev_mapped m = decode(some_blocks, S2_DESC_ALL_ATTRS, S2_OA_48), part;

	(void)state;
	mapped__split(&m, &part, 6 << 20);
	assert_int_equal(part.ipa, 1 << 30);
	assert_int_equal(part.size, 6 << 20);
	assert_int_equal(part.leaves, 3);
	assert_int_equal(part.pa, 0x140000000ULL);
	assert_int_equal(m.ipa, (1 << 30) + (6 << 20));
	assert_int_equal(m.size, (1 << 30) - (6 << 20));
	assert_int_equal(m.leaves, 509);
	assert_int_equal(m.pa, 0x140600000ULL);
	mapped__split(&m, &part, m.size);
	assert_int_equal(part.leaves, 509);
	assert_int_equal(m.size, 0);
}

/* Only the first address is known of scattered memory: none behind it is made up. */
static void no_address_is_made_up(void **state)
{
	struct s2_walk_range raw = some_blocks;
	struct s2_ev_mapped m, part;

	(void)state;
	raw.scattered = 1;
	m = decode(raw, S2_DESC_ALL_ATTRS, S2_OA_48);
	assert_int_equal(m.pa_contiguous, 0);
	mapped__split(&m, &part, 2 << 20);
	assert_int_equal(part.pa, 0x140000000ULL);
	assert_int_equal(part.pa_contiguous, 1); /* a single leaf is */
	assert_int_equal(m.pa, S2_NO_PA);
	assert_int_equal(m.leaves, 511);
}

/* A leaf counts once, where it begins. */
static void a_leaf_may_be_cut(void **state)
{
	struct s2_walk_range raw = some_blocks;
	struct s2_ev_mapped m, part;

	(void)state;
	raw.leaves = 1;
	m = decode(raw, S2_DESC_ALL_ATTRS, S2_OA_48);
	mapped__split(&m, &part, 4096);
	assert_int_equal(part.leaves, 1);
	mapped__split(&m, &part, 4096);
	assert_int_equal(part.leaves, 0);
	assert_int_equal(m.leaves, 0);
	assert_int_equal(m.size, (2 << 20) - 8192);
}

static struct s2_ev_mapped pages(uint64_t ipa, uint64_t pa, uint64_t leaves)
{
	return (struct s2_ev_mapped){ .ipa = ipa,
				      .size = leaves << 12,
				      .leaves = leaves,
				      .leaf_shift = 12,
				      .pa = pa,
				      .pa_contiguous = 1,
				      .own_ipa = S2_NO_IPA };
}

/* 4 pages, 4 that lie behind them in the host, 2 that are mapped twice, and a hole. */
static void fill_pa_index(struct pa_index *x)
{
	const struct s2_ev_mapped own[] = {
		pages(0x80000, 0x14000, 4), pages(0x40000, 0x10000, 4), pages(0xa0000, 0x18000, 2),
		pages(0xb0000, 0x18000, 2), pages(0xc0000, 0x20000, 1),
	};
	struct s2_ev_mapped scattered = pages(0xd0000, 0x30000, 2);

	scattered.pa_contiguous = 0;
	assert_int_equal(pa_index__add(x, &scattered), 0);
	for (size_t i = 0; i < NR(own); i++)
		assert_int_equal(pa_index__add(x, &own[i]), 0);
	pa_index__sort(x);
	assert_int_equal(x->nr, 5);
}

static void nested_ranges_are_found_by_pa(void **state)
{
	struct s2_ev_mapped m = pages(0x1000, 0x12000, 20), part;
	static const struct {
		uint64_t ipa, leaves, own_ipa;
	} want[] = {
		{ 0x1000, 2, 0x42000 },	  { 0x3000, 4, 0x80000 },
		{ 0x7000, 2, S2_NO_IPA }, /* mapped twice */
		{ 0x9000, 6, S2_NO_IPA }, /* not mapped any more */
		{ 0xf000, 1, 0xc0000 },	  { 0x10000, 5, S2_NO_IPA },
	};
	struct pa_index x = { 0 };

	(void)state;
	fill_pa_index(&x);
	for (size_t i = 0; i < NR(want); i++) {
		assert_true(mapped__cut_by_pa(&m, &part, &x));
		assert_int_equal(part.ipa, want[i].ipa);
		assert_int_equal(part.leaves, want[i].leaves);
		assert_int_equal(part.own_ipa, want[i].own_ipa);
	}
	assert_false(mapped__cut_by_pa(&m, &part, &x));
	pa_index__free(&x);
}

/* More than the index has room for at first, every other page; then one over all of them. */
static void the_index_grows(void **state)
{
	struct pa_index x = { 0 };
	struct s2_ev_mapped part, m;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		m = pages(i << 13, (1 << 30) + ((i * 7 % 1000) << 13), 1);
		assert_int_equal(pa_index__add(&x, &m), 0);
	}
	pa_index__sort(&x);
	assert_int_equal(x.nr, 1000);
	for (uint64_t i = 0; i < 1000; i++) {
		m = pages(0, (1 << 30) + ((i * 7 % 1000) << 13), 1);
		assert_true(mapped__cut_by_pa(&m, &part, &x));
		assert_int_equal(part.own_ipa, i << 13);
	}
	m = pages(1 << 30, 1 << 30, 2000);
	assert_int_equal(pa_index__add(&x, &m), 0);
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
	const struct s2_ev_mapped own[] = { pages(0x40000, 0x10000, 4), pages(0x50000, 0x12000, 8),
					    pages(0x60000, 0x18000, 1) };
	static const uint64_t leaves[] = { 2, 6, 1, 7 };
	struct s2_ev_mapped m = pages(0x1000, 0x10000, 16), part;
	struct pa_index x = { 0 };

	(void)state;
	for (size_t i = 0; i < NR(own); i++)
		assert_int_equal(pa_index__add(&x, &own[i]), 0);
	pa_index__sort(&x);
	for (size_t i = 0; i < NR(own); i++)
		assert_true(x.entries[i].twice);
	for (size_t i = 0; i < NR(leaves); i++) {
		assert_true(mapped__cut_by_pa(&m, &part, &x));
		assert_int_equal(part.leaves, leaves[i]);
		assert_int_equal(part.own_ipa, S2_NO_IPA);
	}
	assert_false(mapped__cut_by_pa(&m, &part, &x));
	pa_index__free(&x);
}

/* With nothing known, and where addresses do not follow one another, it stays in one piece. */
static void nested_ranges_may_stay_unknown(void **state)
{
	struct s2_ev_mapped m = pages(0x1000, 0x12000, 20), part;
	struct pa_index x = { 0 };

	(void)state;
	assert_true(mapped__cut_by_pa(&m, &part, &x));
	assert_int_equal(part.leaves, 20);
	assert_false(mapped__cut_by_pa(&m, &part, &x));
	fill_pa_index(&x);
	m = pages(0x1000, 0x12000, 20);
	m.pa_contiguous = 0;
	part = (struct s2_ev_mapped){ 0 };
	assert_true(mapped__cut_by_pa(&m, &part, &x));
	assert_int_equal(part.leaves, 20);
	assert_int_equal(part.own_ipa, S2_NO_IPA);
	assert_false(mapped__cut_by_pa(&m, &part, &x));
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
		cmocka_unit_test(a_block_is_aligned),
		cmocka_unit_test(permissions_may_be_unknown),
		cmocka_unit_test(a_range_is_split),
		cmocka_unit_test(no_address_is_made_up),
		cmocka_unit_test(a_leaf_may_be_cut),
		cmocka_unit_test(nested_ranges_are_found_by_pa),
		cmocka_unit_test(the_index_grows),
		cmocka_unit_test(memory_mapped_twice_tells_nothing),
		cmocka_unit_test(nested_ranges_may_stay_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
