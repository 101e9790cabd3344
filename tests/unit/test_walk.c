// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk itself (bpf/walk.bpf.c), over tables that the test makes: granules,
 * address layouts and races that no host at hand has, or not when one looks.
 */
#include "unit.h"

#include <stdlib.h>

#include "model/descriptor.h"
#include "walk_kernel_stub.h"

#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wcast-function-type"
#pragma GCC diagnostic ignored "-Waddress"
#pragma GCC diagnostic ignored "-Wunused-function"
#define const /* the loader's constants are the test's to set */
#include "../../bpf/walk.bpf.c"
#undef const

#define NORMAL (S2_DESC_VALID | 6ULL << 2 | S2_DESC_READ | S2_DESC_WRITE)
#define PAGE   (NORMAL | S2_DESC_TABLE)
#define XN_ALL (2ULL << 53)

/* Where "physical" memory begins in this process. */
static char *memory;
static size_t used;
#define MEMORY_SIZE (64U << 20)

static struct kvm_pgtable pgt;
static struct kvm_memslots memslots;
static struct kvm vm;
/* Nothing can be read from here. */
static struct list_head poison;

/* Called before each read of a table or more; may be NULL. */
static void (*meanwhile)(void);

long bpf_probe_read_kernel(void *dst, __u32 size, const void *src)
{
	if (!src || src == &poison)
		return -14;
	memcpy(dst, src, size);
	if (meanwhile && size > sizeof(__u64))
		meanwhile();
	return 0;
}

void *bpf_rdonly_cast(const void *obj, __u32 type)
{
	(void)type;
	return (void *)obj;
}

static __u64 *new_tables(int nr)
{
	size_t size = (size_t)nr << page_shift;
	char *at = memory + used;

	assert_true(used + size <= MEMORY_SIZE);
	used += size;
	memset(at, 0, size);
	return (__u64 *)at;
}

/* Physical addresses begin at 1 GiB: they are no offsets. */
static __u64 pa_of(const void *va)
{
	return (1ULL << 30) + ((const char *)va - memory);
}

static __u64 table_desc(const void *va)
{
	return pa_of(va) | S2_DESC_VALID | S2_DESC_TABLE;
}

static void make_vm(int shift, int ia_bits, int start, int pgds, bool lpa2)
{
	if (!memory)
		memory = aligned_alloc(65536, MEMORY_SIZE);
	used = 0;
	meanwhile = NULL;
	page_shift = shift;
	can_cast = false;
	pgt = (struct kvm_pgtable){ .ia_bits = ia_bits,
				    .start_level = start,
				    .pgd = new_tables(pgds) };
	memset(&vm, 0, sizeof(vm));
	vm.arch.mmu = (struct kvm_s2_mmu){ pa_of(pgt.pgd), &pgt, lpa2 ? 1ULL << 32 : 0 };
	vm.userspace_pid = 42;
	vm.memslots[0] = &memslots;
	vm_list.next = &vm.vm_list;
	vm.vm_list.next = &vm_list;
}

static __u64 wanted_attrs = S2_DESC_ALL_ATTRS;

/* Walks it as src/source/tables.c does; how many ranges there are. */
static unsigned int walk_vm(bool split_pa)
{
	ask = (struct s2_walk_ask){ (__u64)&vm, wanted_attrs, -1, split_pa };
	begin(NULL);
	while (state == S2_WALK_MORE)
		go_on(NULL);
	return nr_ranges;
}

static void assert_range(unsigned int i, __u64 ipa, __u64 leaves, int level)
{
	assert_true(i < nr_ranges);
	assert_int_equal(ranges[i].ipa, ipa);
	assert_int_equal(ranges[i].leaves, leaves);
	assert_int_equal((int)ranges[i].level - 1, level);
}

static void fill(__u64 *table, unsigned int first, unsigned int nr, __u64 desc, __u64 step)
{
	for (unsigned int i = 0; i < nr; i++)
		table[first + i] = desc + i * step;
}

static __u64 *below(__u64 *table, unsigned int idx)
{
	__u64 *child = new_tables(1);

	table[idx] = table_desc(child);
	return child;
}

/* 40 bits of IPA, 4 KiB: from level 1 on, in two tables that follow one another. */
static void first_tables_are_concatenated(void **unused)
{
	__u64 *pgd, *l2, *l3;

	(void)unused;
	make_vm(12, 40, 1, 2, false);
	pgd = pgt.pgd;
	l2 = below(pgd, 1023);
	l3 = below(l2, 511);
	l3[511] = 0x80000000 | PAGE;
	pgd[3] = 0x100000000 | NORMAL;
	assert_int_equal(walk_vm(false), 2);
	assert_range(0, 3ULL << 30, 1, 1);
	assert_range(1, (1ULL << 40) - 4096, 1, 3);
	assert_int_equal(state, S2_WALK_DONE);
	assert_int_equal(stats.leaves, 2);
	assert_int_equal(info.pid, 42);
}

/* One range goes on from table to table, whichever way they are compared. */
static void ranges_are_merged_over_tables(void **unused)
{
	__u64 *l2;

	(void)unused;
	for (int cast = 0; cast < 2; cast++) {
		make_vm(12, 39, 1, 1, false);
		can_cast = cast;
		l2 = below(pgt.pgd, 1);
		for (int i = 0; i < 16; i++)
			fill(below(l2, i), 0, 512, (0x80000000 + i * 0x200000) | PAGE, 4096);
		assert_int_equal(walk_vm(false), 1);
		assert_range(0, 1 << 30, 16 * 512, 3);
		assert_false(ranges[0].scattered);
		assert_int_equal(stats.tables, 18);
		assert_int_equal(stats.changed, 0);
	}
}

static void a_range_ends_where_it_differs(void **unused)
{
	__u64 *l2, *l3;

	(void)unused;
	for (int cast = 0; cast < 2; cast++) {
		make_vm(12, 39, 1, 1, false);
		can_cast = cast;
		l2 = below(pgt.pgd, 0);
		fill(below(l2, 0), 0, 512, 0x80000000 | PAGE, 4096);
		l3 = below(l2, 1);
		fill(l3, 0, 512, 0x80200000 | PAGE, 4096);
		l3[100] |= XN_ALL;
		l3[101] ^= S2_DESC_WRITE;
		l3[300] = 0;
		l3[400] |= 1ULL << 10 | 1ULL << 52 | 1ULL << 55; /* AF, contiguous, software */
		assert_int_equal(walk_vm(false), 5);
		assert_range(0, 0, 512 + 100, 3);
		assert_range(1, (512 + 100) << 12, 1, 3);
		assert_range(2, (512 + 101) << 12, 1, 3);
		assert_range(3, (512 + 102) << 12, 198, 3);
		assert_range(4, (512 + 301) << 12, 211, 3);
		assert_int_equal(stats.leaves, 1023);
	}
}

/* Whatever their permissions, leaves of one type make one range if no more is asked for. */
static void a_coarse_range_ends_where_its_type_does(void **unused)
{
	__u64 *l2, *l3;

	(void)unused;
	wanted_attrs = S2_DESC_TYPE_ATTRS;
	for (int cast = 0; cast < 2; cast++) {
		make_vm(12, 39, 1, 1, false);
		can_cast = cast;
		l2 = below(pgt.pgd, 0);
		fill(below(l2, 0), 0, 512, 0x80000000 | PAGE, 4096);
		l3 = below(l2, 1);
		fill(l3, 0, 512, 0x80200000 | PAGE, 4096);
		l3[100] |= XN_ALL;
		l3[101] ^= S2_DESC_WRITE;
		l3[102] ^= 3 << 2; /* Normal to Normal-NC */
		assert_int_equal(walk_vm(false), 3);
		assert_range(0, 0, 512 + 102, 3);
		assert_range(1, (512 + 102) << 12, 1, 3);
		assert_range(2, (512 + 103) << 12, 409, 3);
	}
	wanted_attrs = S2_DESC_ALL_ATTRS;
}

static void scattered_memory_is_split_only_if_asked(void **unused)
{
	__u64 *l2, *l3;

	(void)unused;
	for (int cast = 0; cast < 2; cast++) {
		make_vm(12, 39, 1, 1, false);
		can_cast = cast;
		l2 = below(pgt.pgd, 0);
		fill(below(l2, 0), 0, 512, 0x80000000 | PAGE, 4096);
		l3 = below(l2, 1);
		fill(l3, 0, 512, 0x80200000 | PAGE, 4096);
		l3[77] = 0x90000000 | PAGE;
		assert_int_equal(walk_vm(false), 1);
		assert_true(ranges[0].scattered);
		assert_int_equal(walk_vm(true), 3);
		assert_range(0, 0, 512 + 77, 3);
		assert_range(1, (512 + 77) << 12, 1, 3);
		assert_range(2, (512 + 78) << 12, 434, 3);
		assert_false(ranges[0].scattered || ranges[1].scattered || ranges[2].scattered);
	}
}

/* 16 KiB: 2048 descriptors a table, blocks of 32 MiB; four chunks each. */
static void a_granule_of_16k(void **unused)
{
	__u64 *l2;

	(void)unused;
	make_vm(14, 47, 1, 1, false);
	l2 = below(pgt.pgd, 2);
	l2[3] = 0x80000000 | NORMAL;
	fill(below(l2, 4), 0, 2048, 0x100000000 | PAGE, 16384);
	assert_int_equal(walk_vm(false), 2);
	assert_range(0, (2ULL << 36) + (3ULL << 25), 1, 2);
	assert_range(1, (2ULL << 36) + (4ULL << 25), 2048, 3);
}

/* 64 KiB: 8192 descriptors a table, blocks of 512 MiB, PA bits 51:48 in 15:12. */
static void a_granule_of_64k(void **unused)
{
	struct table_geometry g = { 16, S2_OA_52_LPA, FACT_YES };
	struct s2_ev_mapped m;
	__u64 *l3;

	(void)unused;
	make_vm(16, 40, 2, 1, false);
	((__u64 *)pgt.pgd)[1] = 0x20000000 | 5 << 12 | NORMAL;
	l3 = below(pgt.pgd, 2);
	fill(l3, 8000, 192, 0x80000000 | PAGE, 65536);
	assert_int_equal(walk_vm(false), 2);
	assert_int_equal(info.oa, S2_OA_52_LPA);
	assert_range(0, 512 << 20, 1, 2);
	assert_range(1, (1024ULL << 20) + 8000 * 65536ULL, 192, 3);
	mapped__decode(&m, &ranges[0], S2_DESC_ALL_ATTRS, &g);
	assert_int_equal(m.pa, 5ULL << 48 | 0x20000000);
}

/* LPA2: a level more (-1), and PA bits 51:50 in 9:8. */
static void large_addresses_of_lpa2(void **unused)
{
	struct table_geometry g = { 12, S2_OA_52_LPA2, FACT_YES };
	struct s2_ev_mapped m;
	__u64 *l0, *l1;

	(void)unused;
	make_vm(12, 52, -1, 1, true);
	l0 = below(pgt.pgd, 15);
	l1 = below(l0, 511);
	l1[511] = 1ULL << 49 | 3 << 8 | NORMAL;
	assert_int_equal(walk_vm(false), 1);
	assert_int_equal(info.oa, S2_OA_52_LPA2);
	assert_range(0, (1ULL << 52) - (1ULL << 30), 1, 1);
	mapped__decode(&m, &ranges[0], S2_DESC_ALL_ATTRS, &g);
	assert_int_equal(m.pa, 7ULL << 49);
}

/* Races: what `meanwhile` does happens between the read of a table and the look back. */

static __u64 *the_l2;
static int countdown;

static void replace_by_block(void)
{
	if (!--countdown)
		the_l2[5] = 0x80000000 | NORMAL;
}

static void a_table_that_becomes_a_block(void **unused)
{
	(void)unused;
	make_vm(12, 39, 1, 1, false);
	the_l2 = below(pgt.pgd, 0);
	fill(below(the_l2, 5), 0, 512, 0x90000000 | PAGE, 4096);
	countdown = 3; /* the first table, that of level 2, that of level 3 */
	meanwhile = replace_by_block;
	assert_int_equal(walk_vm(false), 1);
	assert_range(0, 5 << 21, 1, 2);
	assert_int_equal(stats.changed, 1);
	assert_int_equal(stats.dropped, 0);
}

static void replace_again_and_again(void)
{
	if (--countdown > 0)
		return;
	the_l2[5] = table_desc(new_tables(1));
}

static void a_table_that_never_stays(void **unused)
{
	(void)unused;
	make_vm(12, 39, 1, 1, false);
	the_l2 = below(pgt.pgd, 0);
	below(the_l2, 5);
	the_l2[6] = 0x80000000 | NORMAL;
	countdown = 3;
	meanwhile = replace_again_and_again;
	assert_int_equal(walk_vm(false), 1);
	assert_range(0, 6 << 21, 1, 2);
	assert_int_equal(stats.dropped, 1);
	assert_int_equal(stats.changed, MAX_RETRIES + 1);
}

/* A table of level 2 goes while one of level 3 is read: the rest of it is lost, and told. */
static void free_upper_table(void)
{
	if (!--countdown)
		((__u64 *)pgt.pgd)[0] = 0;
}

static void a_table_above_that_goes(void **unused)
{
	(void)unused;
	make_vm(12, 39, 1, 1, false);
	the_l2 = below(pgt.pgd, 0);
	fill(below(the_l2, 0), 0, 512, 0x90000000 | PAGE, 4096);
	fill(below(the_l2, 1), 0, 512, 0x90200000 | PAGE, 4096);
	((__u64 *)pgt.pgd)[1] = 0xc0000000 | NORMAL;
	countdown = 4;
	meanwhile = free_upper_table;
	assert_int_equal(walk_vm(false), 2);
	assert_range(0, 0, 512, 3);
	assert_range(1, 1 << 30, 1, 1);
	assert_int_equal(stats.dropped, 1);
}

static void free_vm(void)
{
	if (!--countdown)
		vm.arch.mmu.pgt = NULL;
}

static void a_vm_that_goes(void **unused)
{
	(void)unused;
	make_vm(12, 39, 1, 1, false);
	the_l2 = below(pgt.pgd, 0);
	fill(below(the_l2, 0), 0, 512, 0x90000000 | PAGE, 4096);
	countdown = 3;
	meanwhile = free_vm;
	walk_vm(false);
	assert_int_equal(state, S2_WALK_GONE);
}

/* Every second page: more ranges than one run has room for. */
static void more_ranges_than_one_run_takes(void **unused)
{
	__u64 *l2, n = 0, next = 0;

	(void)unused;
	make_vm(12, 39, 1, 1, false);
	l2 = below(pgt.pgd, 0);
	for (int i = 0; i < 64; i++) {
		__u64 *l3 = below(l2, i);

		for (int j = 0; j < 512; j += 2)
			l3[j] = 0x80000000 | PAGE;
	}
	ask = (struct s2_walk_ask){ (__u64)&vm, S2_DESC_ALL_ATTRS, -1, false };
	begin(NULL);
	while (state == S2_WALK_MORE) {
		go_on(NULL);
		for (unsigned int i = 0; i < nr_ranges; i++, n++, next += 8192)
			assert_int_equal(ranges[i].ipa, next);
		nr_ranges = 0;
	}
	assert_int_equal(n, 64 * 256);
	assert_int_equal(stats.leaves, n);
}

static void memslots_are_read(void **unused)
{
	static struct kvm_memory_slot s[3];

	(void)unused;
	make_vm(12, 39, 1, 1, false);
	memset(&memslots, 0, sizeof(memslots));
	memslots.node_idx = 1;
	for (int i = 0; i < 3; i++)
		s[i] = (struct kvm_memory_slot){ .base_gfn = i, .npages = 1, .id = i };
	/* Two in one bucket. */
	memslots.id_hash[127].first = &s[2].id_node[1];
	memslots.id_hash[0].first = &s[0].id_node[1];
	s[0].id_node[1].next = &s[1].id_node[1];
	ask.kvm = (__u64)&vm;
	read_slots(NULL);
	assert_true(slots_whole);
	assert_int_equal(nr_slots, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(slots[i].id, i);
}

static void vms_are_listed(void **unused)
{
	(void)unused;
	make_vm(12, 39, 1, 1, false);
	list_vms(NULL);
	assert_true(list_whole);
	assert_int_equal(nr_vms, 1);
	assert_int_equal(vms[0], (__u64)&vm);
	vm.vm_list.next = &poison; /* it is being taken out: what follows is not known */
	list_vms(NULL);
	assert_false(list_whole);
}

/* A set of memslots as large as KVM allows, and more than that. */
static void the_most_memslots(void **unused)
{
	unsigned int nr = S2_WALK_MAX_SLOTS + 3;
	struct kvm_memory_slot *s = calloc(nr, sizeof(*s));

	(void)unused;
	make_vm(12, 39, 1, 1, false);
	memset(&memslots, 0, sizeof(memslots));
	for (unsigned int i = 0; i < nr; i++) {
		s[i].id_node[0].next = memslots.id_hash[i % 128].first;
		memslots.id_hash[i % 128].first = &s[i].id_node[0];
	}
	ask.kvm = (__u64)&vm;
	read_slots(NULL);
	assert_true(slots_whole);
	assert_int_equal(nr_slots, nr);
	free(s);
}

static void more_vms_than_there_is_room_for(void **unused)
{
	unsigned int nr = S2_WALK_MAX_VMS + 5;
	struct kvm *many = calloc(nr, sizeof(*many));

	(void)unused;
	for (unsigned int i = 0; i < nr; i++)
		many[i].vm_list.next = i + 1 < nr ? &many[i + 1].vm_list : &vm_list;
	vm_list.next = &many[0].vm_list;
	list_vms(NULL);
	assert_true(list_whole);
	assert_int_equal(nr_vms, nr);
	assert_int_equal(vms[S2_WALK_MAX_VMS - 1], (__u64)&many[S2_WALK_MAX_VMS - 1]);
	free(many);
}

/* What the hypervisor was asked to map: a balanced tree, as the kernel would have it. */
static struct pkvm_mapping asked[512];

static struct rb_node *plant(unsigned int first, unsigned int nr, struct rb_node *up)
{
	unsigned int middle = first + nr / 2;
	struct rb_node *node = &asked[middle].node;

	if (!nr)
		return NULL;
	node->__rb_parent_color = (unsigned long)up | (middle & 1);
	node->rb_left = plant(first, nr / 2, node);
	node->rb_right = plant(middle + 1, nr - nr / 2 - 1, node);
	return node;
}

/* Pages that follow one another, but for the 100th; the last is a block. */
static void make_protected_vm(unsigned int nr)
{
	static struct task_struct owner = { 77 };
	static struct mm_struct mm = { &owner };

	make_vm(12, 39, 1, 1, false);
	vm.mm = &mm;
	stub_has_pkvm = true;
	kvm_protected_mode_initialized = 1;
	for (unsigned int i = 0; i < nr; i++)
		asked[i] = (struct pkvm_mapping){ .gfn = 0x1000 + i,
						  .pfn = (i == 100 ? 0x90000 : 0x80000) + i,
						  .nr_pages = 1 };
	if (nr)
		asked[nr - 1] =
			(struct pkvm_mapping){ .gfn = 0x2000, .pfn = 0xa0000, .nr_pages = 512 };
	pgt.pkvm_mappings.rb_node = plant(0, nr, NULL);
}

static void end_protected_vm(void)
{
	stub_has_pkvm = false;
	kvm_protected_mode_initialized = 0;
}

static void what_pkvm_was_asked_for(void **unused)
{
	const struct table_geometry g = { 12, S2_OA_HYP, FACT_YES };
	struct s2_ev_mapped m;
	__u64 hash;

	(void)unused;
	make_protected_vm(201);
	asked[150].nc = 1;
	assert_int_equal(walk_vm(true), 6);
	assert_true(tree_whole);
	assert_int_equal(info.oa, S2_OA_HYP);
	assert_int_equal(info.tgid, 77);
	assert_range(0, 0x1000 << 12, 100, 3);
	assert_range(1, (0x1000 + 100) << 12, 1, 3);
	assert_range(2, (0x1000 + 101) << 12, 49, 3);
	assert_range(3, (0x1000 + 150) << 12, 1, 3);
	assert_range(4, (0x1000 + 151) << 12, 49, 3);
	assert_range(5, 0x2000 << 12, 1, 2);
	mapped__decode(&m, &ranges[5], S2_DESC_ALL_ATTRS, &g);
	assert_int_equal(m.pa, 0xa0000000);
	assert_int_equal(m.memtype, S2_MEMTYPE_NORMAL);
	assert_int_equal(m.prot, S2_NO_PROT);
	mapped__decode(&m, &ranges[3], S2_DESC_ALL_ATTRS, &g);
	assert_int_equal(m.memtype, S2_MEMTYPE_NONE);
	hash = tree_hash;
	walk_vm(false);
	assert_int_equal(tree_hash, hash);
	asked[7].pfn++;
	walk_vm(false);
	assert_int_not_equal(tree_hash, hash);
	end_protected_vm();
}

static void a_tree_may_be_empty(void **unused)
{
	(void)unused;
	make_protected_vm(0);
	assert_int_equal(walk_vm(false), 0);
	assert_int_equal(state, S2_WALK_DONE);
	assert_true(tree_whole);
	end_protected_vm();
}

/* It does not lead on, leads back, or round and round: that ends, and is told. */
static void a_tree_that_changes(void **unused)
{
	(void)unused;
	for (int how = 0; how < 4; how++) {
		make_protected_vm(201);
		if (how == 0)
			asked[60].node.__rb_parent_color = (unsigned long)&asked[3].node;
		else if (how == 1)
			asked[60].gfn = 3;
		else if (how == 2)
			asked[0].node.rb_left = &asked[100].node;
		else
			asked[60].nr_pages = 77;
		walk_vm(false);
		assert_int_equal(state, S2_WALK_DONE);
		assert_false(tree_whole);
	}
	end_protected_vm();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_tables_are_concatenated),
		cmocka_unit_test(ranges_are_merged_over_tables),
		cmocka_unit_test(a_range_ends_where_it_differs),
		cmocka_unit_test(a_coarse_range_ends_where_its_type_does),
		cmocka_unit_test(scattered_memory_is_split_only_if_asked),
		cmocka_unit_test(a_granule_of_16k),
		cmocka_unit_test(a_granule_of_64k),
		cmocka_unit_test(large_addresses_of_lpa2),
		cmocka_unit_test(a_table_that_becomes_a_block),
		cmocka_unit_test(a_table_that_never_stays),
		cmocka_unit_test(a_table_above_that_goes),
		cmocka_unit_test(a_vm_that_goes),
		cmocka_unit_test(more_ranges_than_one_run_takes),
		cmocka_unit_test(memslots_are_read),
		cmocka_unit_test(vms_are_listed),
		cmocka_unit_test(what_pkvm_was_asked_for),
		cmocka_unit_test(a_tree_may_be_empty),
		cmocka_unit_test(a_tree_that_changes),
		cmocka_unit_test(the_most_memslots),
		cmocka_unit_test(more_vms_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
