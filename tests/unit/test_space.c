// SPDX-License-Identifier: GPL-2.0-only
/* The address space of a VM: what events make of it. */
#include "unit.h"

#include <string.h>

#include "events.h"
#include "model/space.h"

#define NR_MAX 64

static const struct space_opts plain = { .max_regions = NR_MAX, .max_mappings = NR_MAX };
static const struct space_opts split = { .max_regions = NR_MAX,
					 .max_mappings = NR_MAX,
					 .split_pa = true };

static struct ipa_space space;

static int begin(void **state)
{
	(void)state;
	space__init(&space, &plain);
	return 0;
}

static int begin_split(void **state)
{
	(void)state;
	space__init(&space, &split);
	return 0;
}

static int end(void **state)
{
	(void)state;
	space__free(&space);
	return 0;
}

/* Takes any event structure. */
#define take(ev) space__take(&space, &(ev).h)

static void take_leaf(uint64_t ts_ns, uint64_t ipa, uint8_t shift, uint64_t pa)
{
	struct s2_ev_decision d = a_leaf(ts_ns, ipa, shift, pa);

	take(d);
}

static void take_leaf_of(uint64_t ts_ns, uint64_t ipa, uint16_t slot)
{
	struct s2_ev_decision d = a_leaf(ts_ns, ipa, PAGE_SHIFT, ipa);

	d.slot = slot;
	d.present |= S2_BIT(S2_F_SLOT);
	take(d);
}

static void take_unmap(uint64_t ts_ns, uint64_t ipa, uint64_t size)
{
	struct s2_ev_unmap u = an_unmap(ts_ns, ipa, size);

	take(u);
}

static void take_slot(uint64_t ts_ns, uint16_t slot, uint64_t ipa, uint64_t size, uint64_t hva)
{
	struct s2_ev_memslot m = a_slot(ts_ns, slot, ipa, size, hva);

	take(m);
}

static void take_survey(uint64_t ts_ns, enum s2_survey_step step)
{
	struct s2_ev_survey s = a_survey(ts_ns, step, S2_NO_NESTED);

	s.tgid = S2_VM_DESTROYED; /* where that would be, were it a VM's life */
	take(s);
}

static void take_range(uint64_t ts_ns, uint64_t ipa, uint64_t size)
{
	struct s2_ev_mapped m = a_range(ts_ns, ipa, size, ipa);

	take(m);
}

static void assert_region(size_t i, uint64_t ipa, uint64_t size, int32_t slot)
{
	assert_true(i < space.nr_regions);
	assert_int_equal(space.regions[i].ipa, ipa);
	assert_int_equal(space.regions[i].size, size);
	assert_int_equal(space.regions[i].slot, slot);
}

static void assert_mapping(size_t i, uint64_t ipa, uint64_t size, bool mapped)
{
	assert_true(i < space.nr_mappings);
	assert_int_equal(space.mappings[i].ipa, ipa);
	assert_int_equal(space.mappings[i].size, size);
	assert_int_equal(space.mappings[i].mapped, mapped);
}

/* Regions */

static void a_memslot_is_a_region(void **state)
{
	struct s2_ev_memslot m = a_slot(7, 3, MIB(16), MIB(8), MIB(512));
	const struct region *r;

	(void)state;
	m.flags = 2;
	take(m);
	assert_int_equal(space.nr_regions, 1);
	assert_region(0, MIB(16), MIB(8), 3);
	r = space__region(&space, MIB(16));
	assert_ptr_equal(r, &space.regions[0]);
	assert_int_equal(r->slot_flags, 2);
	assert_int_equal(r->hva, MIB(512));
	assert_int_equal(r->first_ns, 7);
	assert_int_equal(r->vma.end, 0);
	assert_int_equal(r->device.bar, -1);
	assert_ptr_equal(space__region(&space, MIB(24) - 1), r);
	assert_null(space__region(&space, MIB(24)));
	assert_null(space__region(&space, MIB(16) - 1));
	assert_null(space__region(&space, 0));
}

static void a_refused_memslot_is_none(void **state)
{
	struct s2_ev_memslot m = a_slot(7, 3, MIB(16), MIB(8), MIB(512));

	(void)state;
	take_leaf(1, MIB(16), PAGE_SHIFT, 0);
	m.ret = -22;
	take(m);
	assert_int_equal(space.nr_regions, 0);
	assert_mapping(0, MIB(16), KIB(4), true);
	m.ret = 0;
	m.size = 0;
	take(m);
	assert_int_equal(space.nr_regions, 0);
}

/* The VMA that KVM looked at covers the middle of the slot. */
static void a_memslot_is_cut_at_the_ends_of_its_vma(void **state)
{
	struct s2_ev_memslot m = a_slot(7, 3, MIB(16), MIB(8), MIB(512));
	const struct region *r;

	(void)state;
	m.vma_start = MIB(514);
	m.vma_end = MIB(516);
	m.vm_flags = 0x400;
	m.vma_attr = S2_VMA_NORMAL_NC;
	m.device.bar = 4;
	strcpy(m.device.bdf, "0000:01:00.0");
	take(m);
	assert_int_equal(space.nr_regions, 3);
	assert_region(0, MIB(16), MIB(2), 3);
	assert_region(1, MIB(18), MIB(2), 3);
	assert_region(2, MIB(20), MIB(4), 3);
	assert_int_equal(space.regions[0].vma.end, 0);
	assert_int_equal(space.regions[2].vma.end, 0);
	assert_int_equal(space.regions[2].device.bar, -1);
	assert_int_equal(space.regions[2].hva, MIB(516));
	r = &space.regions[1];
	assert_int_equal(r->hva, MIB(514));
	assert_int_equal(r->vma.start, MIB(514));
	assert_int_equal(r->vma.end, MIB(516));
	assert_int_equal(r->vma.flags, 0x400);
	assert_int_equal(r->vma.attr, S2_VMA_NORMAL_NC);
	assert_int_equal(r->device.bar, 4);
	assert_string_equal(r->device.bdf, "0000:01:00.0");
}

static void a_vma_beyond_the_memslot_covers_all_of_it(void **state)
{
	struct s2_ev_memslot m = a_slot(7, 3, MIB(16), MIB(8), MIB(512));

	(void)state;
	m.vma_start = MIB(500);
	m.vma_end = MIB(600);
	take(m);
	assert_int_equal(space.nr_regions, 1);
	assert_region(0, MIB(16), MIB(8), 3);
	assert_int_equal(space.regions[0].hva, MIB(512));
	assert_int_equal(space.regions[0].vma.start, MIB(500));
}

static void a_vma_outside_the_memslot_is_not_its(void **state)
{
	struct s2_ev_memslot m = a_slot(7, 3, MIB(16), MIB(8), MIB(512));

	(void)state;
	m.vma_start = MIB(520);
	m.vma_end = MIB(530);
	take(m);
	m.vma_start = MIB(500);
	m.vma_end = MIB(512);
	take(m);
	assert_int_equal(space.nr_regions, 1);
	assert_int_equal(space.regions[0].vma.end, 0);
}

static void an_address_at_the_end_of_all_wraps_nothing(void **state)
{
	struct s2_ev_memslot m = a_slot(7, 3, 1ULL << 56, 1ULL << 56, ~0ULL - 4095);

	(void)state;
	m.vma_start = 4096;
	m.vma_end = ~0ULL;
	take(m);
	assert_int_equal(space.nr_regions, 1);
	assert_region(0, 1ULL << 56, 1ULL << 56, 3);
	assert_int_equal(space.regions[0].vma.end, 0);
}

static void regions_stand_in_order(void **state)
{
	static const uint64_t at[] = { 8, 2, 20, 14, 5, 11, 17 };

	(void)state;
	for (size_t i = 0; i < NR(at); i++)
		take_slot(i, (uint16_t)i, MIB(at[i]), MIB(2), 0);
	assert_int_equal(space.nr_regions, NR(at));
	for (size_t i = 0; i < NR(at); i++) {
		assert_int_equal(space.regions[i].ipa, MIB(2 + 3 * i));
		assert_ptr_equal(space__region(&space, MIB(3 + 3 * i)), &space.regions[i]);
		assert_null(space__region(&space, MIB(4 + 3 * i)));
	}
}

static void a_region_fills_gaps_and_teaches_what_is_there(void **state)
{
	struct s2_ev_region r = a_region(9, S2_NO_SLOT, MIB(1), MIB(9), MIB(101));

	(void)state;
	take_slot(1, 1, MIB(2), MIB(2), MIB(102));
	take_slot(2, 2, MIB(6), MIB(2), 0);
	r.vma.start = MIB(90);
	r.vma.end = MIB(200);
	take(r);
	assert_int_equal(space.nr_regions, 5);
	assert_region(0, MIB(1), MIB(1), SPACE_NO_SLOT);
	assert_region(1, MIB(2), MIB(2), 1);
	assert_region(2, MIB(4), MIB(2), SPACE_NO_SLOT);
	assert_region(3, MIB(6), MIB(2), 2);
	assert_region(4, MIB(8), MIB(2), SPACE_NO_SLOT);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(space.regions[i].hva, space.regions[i].ipa + MIB(100));
		assert_int_equal(space.regions[i].vma.start, MIB(90));
	}
	assert_int_equal(space.regions[1].first_ns, 1);
	assert_int_equal(space.regions[4].first_ns, 9);
}

static void what_a_region_does_not_know_overwrites_nothing(void **state)
{
	struct s2_ev_region r = a_region(1, 4, MIB(1), MIB(2), MIB(7));

	(void)state;
	r.slot_flags = 1;
	r.vma = (struct s2_vma){ MIB(6), MIB(9), 0x400, S2_VMA_NORMAL_NC, {} };
	strcpy(r.device.bdf, "0000:01:00.0");
	r.device.bar = 2;
	take(r);
	r = a_region(2, S2_NO_SLOT, MIB(1), MIB(2), 0);
	r.slot_flags = 9;
	take(r);
	assert_int_equal(space.nr_regions, 1);
	assert_region(0, MIB(1), MIB(2), 4);
	assert_int_equal(space.regions[0].slot_flags, 1);
	assert_int_equal(space.regions[0].hva, MIB(7));
	assert_int_equal(space.regions[0].vma.end, MIB(9));
	assert_int_equal(space.regions[0].device.bar, 2);
	/* A device is known by its BAR alone, too. */
	r.device.bar = 0;
	take(r);
	assert_int_equal(space.regions[0].device.bar, 0);
	assert_string_equal(space.regions[0].device.bdf, "");
	/* A VMA without a device: memory of none. */
	r.device.bar = -1;
	r.vma.end = MIB(8);
	take(r);
	assert_int_equal(space.regions[0].device.bar, -1);
	assert_int_equal(space.regions[0].vma.end, MIB(8));
}

static void a_region_is_cut_where_another_begins_or_ends(void **state)
{
	struct s2_ev_region r = a_region(5, 1, MIB(12), MIB(4), MIB(62));

	(void)state;
	take_slot(1, 1, MIB(10), MIB(10), MIB(60));
	take_leaf(2, MIB(13), PAGE_SHIFT, 0);
	take_leaf(3, MIB(19), PAGE_SHIFT, 0);
	r.vma.end = MIB(66);
	r.vma.start = MIB(62);
	take(r);
	assert_int_equal(space.nr_regions, 3);
	assert_region(0, MIB(10), MIB(2), 1);
	assert_region(1, MIB(12), MIB(4), 1);
	assert_region(2, MIB(16), MIB(4), 1);
	assert_int_equal(space.regions[0].vma.end, 0);
	assert_int_equal(space.regions[1].vma.end, MIB(66));
	assert_int_equal(space.regions[2].vma.end, 0);
	assert_int_equal(space.regions[2].hva, MIB(66));
	/* What was counted stays with the first part, once. */
	assert_int_equal(space.regions[0].faults, 2);
	assert_int_equal(space.regions[1].faults, 0);
	assert_int_equal(space.regions[2].faults, 0);
	assert_int_equal(space.regions[2].first_ns, 1);
}

static void counts_are_not_doubled_by_a_split(void **state)
{
	struct s2_ev_region r = a_region(9, 1, MIB(14), MIB(2), 0);
	struct s2_ev_decision d = a_leaf(2, MIB(10), PAGE_SHIFT, 0);

	(void)state;
	take_slot(1, 1, MIB(10), MIB(10), 0);
	take(d);
	d.memtype = S2_MEMTYPE_NORMAL_NC;
	d.prot = S2_PROT_R;
	take(d);
	take_leaf(3, MIB(10), 14, 0);
	d = a_rejection(4, MIB(12));
	take(d);
	take_unmap(5, MIB(10), MIB(10));
	take(r);
	assert_int_equal(space.nr_regions, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(space.regions[i].faults, i ? 0 : 4);
		assert_int_equal(space.regions[i].rejections, i ? 0 : 1);
		assert_int_equal(space.regions[i].unmaps, i ? 0 : 1);
		assert_int_equal(space.regions[i].type_changes, i ? 0 : 2);
		assert_int_equal(space.regions[i].prot_changes, i ? 0 : 2);
		assert_int_equal(space.regions[i].size_changes, i ? 0 : 1);
	}
}

static void a_whole_memslot_is_nowhere_else(void **state)
{
	struct s2_ev_region r = a_region(5, 1, MIB(14), MIB(10), 0);

	(void)state;
	take_slot(1, 1, MIB(10), MIB(10), 0);
	take_slot(2, 2, MIB(40), MIB(10), 0);
	r.whole = 1;
	take(r);
	assert_int_equal(space.nr_regions, 2);
	assert_region(0, MIB(14), MIB(10), 1);
	assert_region(1, MIB(40), MIB(10), 2);
	/* What lies in it stays, with what was learned of it, up to its very ends. */
	take_leaf(3, MIB(15), PAGE_SHIFT, 0);
	r = a_region(6, 1, MIB(14), MIB(1), 0);
	take(r);
	r = a_region(6, 1, MIB(23), MIB(1), 0);
	take(r);
	assert_int_equal(space.nr_regions, 4);
	r = a_region(7, 1, MIB(14), MIB(10), 0);
	r.whole = 1;
	take(r);
	assert_int_equal(space.nr_regions, 4);
	/* A whole region of no known slot takes nothing away. */
	r = a_region(7, S2_NO_SLOT, MIB(60), MIB(1), 0);
	take(r);
	r = a_region(7, S2_NO_SLOT, MIB(70), MIB(1), 0);
	r.whole = 1;
	take(r);
	assert_region(4, MIB(60), MIB(1), SPACE_NO_SLOT);
	assert_int_equal(space.nr_regions, 6);
}

static void without_whole_the_rest_of_the_memslot_stays(void **state)
{
	struct s2_ev_region r = a_region(5, 1, MIB(14), MIB(10), 0);

	(void)state;
	take_slot(1, 1, MIB(10), MIB(10), 0);
	take(r);
	assert_int_equal(space.nr_regions, 3);
	assert_region(0, MIB(10), MIB(4), 1);
	assert_region(2, MIB(20), MIB(4), 1);
}

static void another_memslot_in_the_same_place_begins_anew(void **state)
{
	struct s2_ev_region r = a_region(5, 2, MIB(10), MIB(10), 0);

	(void)state;
	take_slot(1, 1, MIB(10), MIB(10), MIB(100));
	take_leaf(2, MIB(15), PAGE_SHIFT, 0);
	take(r);
	assert_int_equal(space.nr_regions, 1);
	assert_region(0, MIB(10), MIB(10), 2);
	assert_int_equal(space.regions[0].faults, 0);
	assert_int_equal(space.regions[0].hva, 0);
	assert_int_equal(space.regions[0].first_ns, 5);
}

static void other_memory_behind_the_same_memslot_begins_anew(void **state)
{
	struct s2_ev_region r = a_region(5, 1, MIB(10), MIB(10), MIB(200));

	(void)state;
	take_slot(1, 1, MIB(10), MIB(10), MIB(100));
	space.regions[0].device.bar = 4;
	take_leaf(2, MIB(15), PAGE_SHIFT, 0);
	take(r);
	assert_region(0, MIB(10), MIB(10), 1);
	assert_int_equal(space.regions[0].faults, 0);
	assert_int_equal(space.regions[0].hva, MIB(200));
	assert_int_equal(space.regions[0].device.bar, -1);
	/* The same memory, told of from another address on. */
	take_leaf(6, MIB(15), PAGE_SHIFT, 0);
	r = a_region(7, 1, MIB(8), MIB(12), MIB(198));
	take(r);
	assert_int_equal(space__region(&space, MIB(15))->faults, 1);
}

static void a_memslot_takes_the_place_of_what_was_there(void **state)
{
	(void)state;
	take_slot(1, 1, MIB(10), MIB(10), MIB(100));
	take_leaf(2, MIB(11), PAGE_SHIFT, 0);
	take_slot(3, 2, MIB(12), MIB(2), 0);
	assert_int_equal(space.nr_regions, 3);
	assert_region(0, MIB(10), MIB(2), 1);
	assert_region(1, MIB(12), MIB(2), 2);
	assert_region(2, MIB(14), MIB(6), 1);
	assert_int_equal(space.regions[1].hva, 0);
	assert_int_equal(space.regions[1].first_ns, 3);
	assert_int_equal(space.regions[2].hva, MIB(104));
	take_slot(4, 3, MIB(8), MIB(20), 0);
	assert_int_equal(space.nr_regions, 1);
	assert_region(0, MIB(8), MIB(20), 3);
	assert_int_equal(space.regions[0].faults, 0);
}

static void a_deleted_memslot_is_gone_and_unmapped(void **state)
{
	struct s2_ev_memslot m = a_slot(9, 1, 0, 0, 0);

	(void)state;
	take_slot(1, 1, MIB(10), MIB(2), 0);
	take_slot(2, 2, MIB(20), MIB(2), 0);
	take_leaf(3, MIB(10), PAGE_SHIFT, 0);
	take_leaf(3, MIB(12) - KIB(4), PAGE_SHIFT, 0);
	take_leaf(4, MIB(20), PAGE_SHIFT, 0);
	m.change = S2_SLOT_DELETE;
	take(m);
	assert_int_equal(space.nr_regions, 1);
	assert_region(0, MIB(20), MIB(2), 2);
	assert_mapping(0, MIB(10), KIB(4), false);
	assert_int_equal(space.mappings[0].ts_ns, 9);
	assert_mapping(1, MIB(12) - KIB(4), KIB(4), false);
	assert_mapping(2, MIB(20), KIB(4), true);
}

static void a_moved_memslot_is_elsewhere(void **state)
{
	struct s2_ev_memslot m = a_slot(9, 1, MIB(30), MIB(2), MIB(77));

	(void)state;
	take_slot(1, 1, MIB(10), MIB(2), MIB(77));
	take_leaf(3, MIB(10), PAGE_SHIFT, 0);
	m.change = S2_SLOT_MOVE;
	take(m);
	assert_int_equal(space.nr_regions, 1);
	assert_region(0, MIB(30), MIB(2), 1);
	assert_int_equal(space.regions[0].hva, MIB(77));
	assert_mapping(0, MIB(10), KIB(4), false);
}

static void flags_of_a_memslot_change_alone(void **state)
{
	struct s2_ev_memslot m = a_slot(9, 1, MIB(10), MIB(2), 0);

	(void)state;
	take_slot(1, 1, MIB(10), MIB(2), 0);
	take_slot(1, 2, MIB(12), MIB(2), 0);
	take_leaf(2, MIB(10), PAGE_SHIFT, 0);
	m.change = S2_SLOT_FLAGS_ONLY;
	m.flags = 1;
	take(m);
	assert_int_equal(space.nr_regions, 2);
	assert_int_equal(space.regions[0].slot_flags, 1);
	assert_int_equal(space.regions[1].slot_flags, 0);
	assert_int_equal(space.regions[0].faults, 1);
	assert_mapping(0, MIB(10), KIB(4), true);
}

static void decisions_outline_a_memslot_that_nobody_told_of(void **state)
{
	struct s2_ev_decision d = a_leaf(5, MIB(20), PMD_SHIFT, MIB(20));

	(void)state;
	d.slot = 3;
	d.hva = MIB(120) + KIB(8);
	d.present |= S2_BIT(S2_F_SLOT) | S2_BIT(S2_F_HVA);
	take(d);
	assert_int_equal(space.nr_regions, 1);
	assert_region(0, MIB(20), MIB(2), 3);
	assert_int_equal(space.regions[0].hva, MIB(120));
	assert_int_equal(space.regions[0].first_ns, 5);
	assert_int_equal(space.regions[0].device.bar, -1);
	/* Upwards, over a hole, and downwards. */
	d.ipa = MIB(30);
	d.hva = MIB(130);
	take(d);
	assert_region(0, MIB(20), MIB(12), 3);
	d.ipa = MIB(10);
	d.hva = 0;
	take(d);
	assert_int_equal(space.nr_regions, 1);
	assert_region(0, MIB(10), MIB(22), 3);
	assert_int_equal(space.regions[0].hva, MIB(110));
	assert_int_equal(space.regions[0].faults, 3);
	/* Inside, nothing changes. */
	d.ipa = MIB(24);
	take(d);
	assert_region(0, MIB(10), MIB(22), 3);
	assert_int_equal(space.regions[0].faults, 4);
}

static void a_fault_that_maps_nothing_outlines_a_page(void **state)
{
	struct s2_ev_decision d = a_rejection(5, MIB(20));

	(void)state;
	d.slot = 3;
	d.hva = MIB(120);
	d.present |= S2_BIT(S2_F_SLOT) | S2_BIT(S2_F_HVA);
	take(d);
	assert_region(0, MIB(20), KIB(4), 3);
	assert_int_equal(space.regions[0].hva, 0);
	assert_int_equal(space.regions[0].rejections, 1);
	assert_int_equal(space.nr_mappings, 0);
}

static void an_outline_stops_at_the_next_region(void **state)
{
	(void)state;
	take_slot(1, 1, MIB(20), MIB(2), 0);
	space.regions[0].vma.end = 1;
	take_leaf_of(2, MIB(10), 3);
	take_leaf_of(3, MIB(30), 3);
	assert_int_equal(space.nr_regions, 3);
	assert_region(0, MIB(10), KIB(4), 3);
	assert_region(1, MIB(20), MIB(2), 1);
	assert_region(2, MIB(30), KIB(4), 3);
	/* A block that would reach into it. */
	take_leaf_of(4, MIB(16), 3);
	assert_region(0, MIB(10), MIB(6) + KIB(4), 3);
	{
		struct s2_ev_decision d = a_leaf(5, MIB(18), 22, 0);

		d.slot = 3;
		d.present |= S2_BIT(S2_F_SLOT);
		take(d);
	}
	assert_region(0, MIB(10), MIB(10), 3);
	take_leaf_of(6, MIB(28), 3);
	assert_region(2, MIB(28), MIB(2) + KIB(4), 3);
	assert_int_equal(space.nr_regions, 3);
}

/* Where VMA or device are known, so are the ends: memory beside it need not be a device's. */
static void a_region_that_was_told_does_not_grow(void **state)
{
	struct s2_ev_region r = a_region(1, 3, MIB(10), MIB(2), 0);

	(void)state;
	r.device.bar = 2;
	take(r);
	take_leaf_of(2, MIB(12), 3);
	take_leaf_of(2, MIB(8), 3);
	assert_int_equal(space.nr_regions, 3);
	assert_region(0, MIB(8), KIB(4), 3);
	assert_region(1, MIB(10), MIB(2), 3);
	assert_region(2, MIB(12), KIB(4), 3);
	assert_int_equal(space.regions[0].device.bar, -1);
	assert_int_equal(space.regions[2].device.bar, -1);
	/* A VMA is as good. */
	r = a_region(3, 4, MIB(30), MIB(2), 0);
	r.vma.end = 1;
	take(r);
	take_leaf_of(4, MIB(32), 4);
	assert_region(4, MIB(32), KIB(4), 4);
}

static void a_region_learns_its_memslot_from_a_decision(void **state)
{
	struct s2_ev_region r = a_region(1, S2_NO_SLOT, MIB(10), MIB(2), MIB(50));

	(void)state;
	take(r);
	take_leaf(2, MIB(10), PAGE_SHIFT, 0);
	assert_int_equal(space.regions[0].slot, SPACE_NO_SLOT);
	take_leaf_of(2, MIB(11), 7);
	assert_int_equal(space.nr_regions, 1);
	assert_region(0, MIB(10), MIB(2), 7);
	assert_int_equal(space.regions[0].faults, 2);
	take_leaf_of(3, MIB(11), S2_NO_SLOT);
	assert_region(0, MIB(10), MIB(2), 7);
}

static void a_stale_memslot_gives_way(void **state)
{
	(void)state;
	take_slot(1, 1, MIB(10), MIB(2), 0);
	take_slot(1, 2, MIB(12), MIB(2), 0);
	take_leaf_of(2, MIB(11), 5);
	assert_int_equal(space.nr_regions, 2);
	assert_region(0, MIB(11), KIB(4), 5);
	assert_region(1, MIB(12), MIB(2), 2);
	assert_int_equal(space.regions[0].faults, 1);
}

static void faults_outside_regions_make_none(void **state)
{
	struct s2_ev_decision d = a_leaf(1, MIB(10), PAGE_SHIFT, 0);

	(void)state;
	d.slot = 3; /* not present */
	take(d);
	d.present |= S2_BIT(S2_F_SLOT);
	d.slot = S2_NO_SLOT;
	take(d);
	assert_int_equal(space.nr_regions, 0);
	assert_mapping(0, MIB(10), KIB(4), true);
}

/* Counts */

static void faults_and_their_times_are_counted(void **state)
{
	struct s2_ev_decision d;

	(void)state;
	take_slot(10, 1, MIB(10), MIB(2), 0);
	assert_int_equal(space.regions[0].last_ns, 0);
	for (int o = 0; o < S2_OUTCOME__MAX; o++) {
		d = a_rejection(20 + (uint64_t)o, MIB(10));
		d.outcome = (uint8_t)o;
		take(d);
	}
	assert_int_equal(space.regions[0].faults, S2_OUTCOME__MAX);
	assert_int_equal(space.regions[0].rejections, 3);
	assert_int_equal(space.regions[0].last_ns, 20 + S2_OUTCOME__MAX - 1);
	d.h.ts_ns = 5;
	take(d);
	assert_int_equal(space.regions[0].last_ns, 20 + S2_OUTCOME__MAX - 1);
	assert_int_equal(space.regions[0].first_ns, 10);
}

static void unmaps_count_where_they_reach(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < 4; i++)
		take_slot(1, i, MIB(10 + 2 * i), MIB(2), 0);
	take_unmap(5, MIB(12), MIB(4));
	assert_int_equal(space.regions[0].unmaps, 0);
	assert_int_equal(space.regions[0].last_ns, 0);
	assert_int_equal(space.regions[1].unmaps, 1);
	assert_int_equal(space.regions[1].last_ns, 5);
	assert_int_equal(space.regions[2].unmaps, 1);
	assert_int_equal(space.regions[3].unmaps, 0);
	take_unmap(4, MIB(12) - 1, 2);
	assert_int_equal(space.regions[0].unmaps, 1);
	assert_int_equal(space.regions[0].last_ns, 4);
	assert_int_equal(space.regions[1].unmaps, 2);
	assert_int_equal(space.regions[1].last_ns, 5);
	take_unmap(6, 0, UINT64_MAX);
	assert_int_equal(space.regions[3].unmaps, 1);
	take_unmap(7, UINT64_MAX, UINT64_MAX);
	assert_int_equal(space.regions[3].unmaps, 1);
}

static void changes_are_against_what_was_there_before(void **state)
{
	struct s2_ev_decision d = a_leaf(1, MIB(10), PAGE_SHIFT, 0);
	struct region *r;

	(void)state;
	take_slot(0, 1, MIB(10), MIB(2), 0);
	take(d);
	take(d);
	r = &space.regions[0];
	assert_int_equal(r->type_changes + r->size_changes + r->prot_changes, 0);
	d.memtype = S2_MEMTYPE_NORMAL_NC;
	take(d);
	assert_int_equal(r->type_changes, 1);
	assert_int_equal(r->size_changes + r->prot_changes, 0);
	d.prot = S2_PROT_R;
	take(d);
	assert_int_equal(r->prot_changes, 1);
	d.size_shift = PMD_SHIFT;
	take(d);
	assert_int_equal(r->size_changes, 1);
	assert_int_equal(r->type_changes, 1);
	/* What is not mapped any more is remembered for this. */
	take_unmap(2, MIB(10), MIB(2));
	d.memtype = S2_MEMTYPE_DEVICE_nGnRE;
	take(d);
	assert_int_equal(r->type_changes, 2);
}

static void what_is_not_known_has_not_changed(void **state)
{
	struct s2_ev_decision d = a_leaf(1, MIB(10), PAGE_SHIFT, 0);
	struct region *r;

	(void)state;
	take_slot(0, 1, MIB(10), MIB(2), 0);
	take(d);
	r = &space.regions[0];
	d.present &= ~S2_BIT(S2_F_PROT);
	d.prot = 0;
	take(d);
	assert_int_equal(space.mappings[0].prot, S2_NO_PROT);
	d.memtype = S2_MEMTYPE_NORMAL_NC;
	take(d);
	assert_int_equal(r->type_changes, 1);
	d.present |= S2_BIT(S2_F_PROT);
	take(d);
	assert_int_equal(r->prot_changes, 0);
	d.memtype = S2_MEMTYPE_NONE;
	take(d);
	d.memtype = S2_MEMTYPE_NORMAL;
	take(d);
	assert_int_equal(r->type_changes, 1);
}

/* Mappings */

static void a_leaf_is_mapped_as_it_was_decided(void **state)
{
	struct s2_ev_decision d = a_leaf(5, MIB(10), PMD_SHIFT, MIB(100));
	const struct mapping *m;

	(void)state;
	d.memtype = S2_MEMTYPE_NORMAL_NC;
	take(d);
	assert_int_equal(space.nr_mappings, 1);
	assert_mapping(0, MIB(10), MIB(2), true);
	m = space__mapping(&space, MIB(12) - 1);
	assert_ptr_equal(m, &space.mappings[0]);
	assert_int_equal(m->pa, MIB(100));
	assert_true(m->own_ipa == S2_NO_IPA);
	assert_int_equal(m->ts_ns, 5);
	assert_int_equal(m->nested, S2_NO_NESTED);
	assert_int_equal(m->type, S2_MEMTYPE_NORMAL_NC);
	assert_int_equal(m->prot, S2_PROT_R | S2_PROT_W);
	assert_int_equal(m->leaf_shift, PMD_SHIFT);
	assert_true(m->pa_contiguous);
	assert_int_equal(m->in_host, -1);
	assert_null(space__mapping(&space, MIB(12)));
	assert_null(space__mapping(&space, MIB(10) - 1));
	d.present &= ~S2_BIT(S2_F_PA);
	take(d);
	assert_true(space.mappings[0].pa == S2_NO_PA);
}

static void only_what_was_mapped_is(void **state)
{
	struct s2_ev_decision d = a_leaf(5, MIB(10), PMD_SHIFT, 0);

	(void)state;
	for (int o = 0; o < S2_OUTCOME__MAX; o++) {
		d.outcome = (uint8_t)o;
		if (o != S2_OUTCOME_MAPPED)
			take(d);
	}
	d.outcome = S2_OUTCOME_MAPPED;
	d.flags = S2_BIT(S2_DF_NESTED);
	take(d);
	d.flags = 0;
	d.size_shift = 0;
	take(d);
	assert_int_equal(space.nr_mappings, 0);
}

static void a_nested_fault_counts_where_its_memory_is(void **state)
{
	struct s2_ev_decision d = a_leaf(5, MIB(10), PMD_SHIFT, 0);

	(void)state;
	take_slot(1, 1, MIB(10), MIB(2), 0);
	d.flags = S2_BIT(S2_DF_NESTED);
	take(d);
	assert_int_equal(space.regions[0].faults, 1);
}

static void neighbours_that_agree_are_one(void **state)
{
	(void)state;
	take_leaf(1, KIB(8), PAGE_SHIFT, KIB(108));
	take_leaf(3, KIB(16), PAGE_SHIFT, KIB(116));
	assert_int_equal(space.nr_mappings, 2);
	take_leaf(2, KIB(12), PAGE_SHIFT, KIB(112));
	assert_int_equal(space.nr_mappings, 1);
	assert_mapping(0, KIB(8), KIB(12), true);
	assert_true(space.mappings[0].pa_contiguous);
	assert_int_equal(space.mappings[0].pa, KIB(108));
	assert_int_equal(space.mappings[0].ts_ns, 3);
	take_leaf(4, KIB(4), PAGE_SHIFT, KIB(104));
	take_leaf(4, KIB(20), PAGE_SHIFT, KIB(120));
	assert_int_equal(space.nr_mappings, 1);
	assert_mapping(0, KIB(4), KIB(20), true);
	assert_int_equal(space.mappings[0].pa, KIB(104));
}

static void neighbours_that_differ_are_two(void **state)
{
	struct s2_ev_decision d = a_leaf(1, KIB(8), PAGE_SHIFT, KIB(108));
	struct s2_ev_mapped range = a_range(1, KIB(32), KIB(4), KIB(132));

	(void)state;
	take(d);
	d.ipa = KIB(12);
	d.memtype = S2_MEMTYPE_NORMAL_NC;
	take(d);
	d.ipa = KIB(16);
	d.prot = S2_PROT_R;
	take(d);
	d.ipa = KIB(20);
	d.size_shift = 13;
	take(d);
	assert_int_equal(space.nr_mappings, 4);
	take(range);
	range.ipa = KIB(36);
	range.in_host = FACT_NO;
	take(range);
	range.ipa = KIB(40);
	range.own_ipa = KIB(40);
	take(range);
	range.ipa = KIB(44);
	range.own_ipa = KIB(48);
	take(range);
	assert_int_equal(space.nr_mappings, 8);
	range.ipa = KIB(48);
	range.own_ipa = KIB(52);
	take(range);
	assert_int_equal(space.nr_mappings, 8);
	range.ipa = KIB(52);
	range.own_ipa = S2_NO_IPA;
	take(range);
	assert_int_equal(space.nr_mappings, 9);
}

static void scattered_pages_are_one_but_not_contiguous(void **state)
{
	(void)state;
	take_leaf(1, KIB(8), PAGE_SHIFT, KIB(100));
	take_leaf(1, KIB(12), PAGE_SHIFT, KIB(300));
	take_leaf(1, KIB(16), PAGE_SHIFT, KIB(304));
	assert_int_equal(space.nr_mappings, 1);
	assert_false(space.mappings[0].pa_contiguous);
	assert_int_equal(space.mappings[0].pa, KIB(100));
	/* The first page alone is known again; of the others, it is not. */
	take_unmap(2, KIB(12), KIB(4));
	assert_int_equal(space.nr_mappings, 3);
	assert_true(space.mappings[0].pa_contiguous);
	assert_int_equal(space.mappings[0].pa, KIB(100));
	assert_true(space.mappings[2].pa == S2_NO_PA);
	assert_true(space.mappings[2].pa_contiguous);
	take_leaf(3, KIB(20), PAGE_SHIFT, KIB(400));
	assert_int_equal(space.nr_mappings, 3);
	assert_false(space.mappings[2].pa_contiguous);
}

static void pages_whose_pa_is_not_known_do_not_follow(void **state)
{
	(void)state;
	take_leaf(1, KIB(8), PAGE_SHIFT, S2_NO_PA);
	take_leaf(1, KIB(12), PAGE_SHIFT, S2_NO_PA + KIB(4));
	assert_int_equal(space.nr_mappings, 1);
	assert_false(space.mappings[0].pa_contiguous);
}

static void split_pa_keeps_what_does_not_follow_apart(void **state)
{
	(void)state;
	take_leaf(1, KIB(8), PAGE_SHIFT, KIB(100));
	take_leaf(1, KIB(12), PAGE_SHIFT, KIB(104));
	take_leaf(1, KIB(16), PAGE_SHIFT, KIB(300));
	assert_int_equal(space.nr_mappings, 2);
	assert_mapping(0, KIB(8), KIB(8), true);
	assert_mapping(1, KIB(16), KIB(4), true);
	/* What was mapped is not worth it. */
	take_unmap(2, KIB(8), KIB(12));
	assert_int_equal(space.nr_mappings, 1);
	assert_mapping(0, KIB(8), KIB(12), false);
}

static void a_page_in_a_range_splits_it(void **state)
{
	struct s2_ev_decision d = a_leaf(9, KIB(16), PAGE_SHIFT, KIB(900));

	(void)state;
	take_range(1, KIB(8), KIB(16));
	d.memtype = S2_MEMTYPE_NORMAL_NC;
	take(d);
	assert_int_equal(space.nr_mappings, 3);
	assert_mapping(0, KIB(8), KIB(8), true);
	assert_mapping(1, KIB(16), KIB(4), true);
	assert_mapping(2, KIB(20), KIB(4), true);
	assert_int_equal(space.mappings[1].type, S2_MEMTYPE_NORMAL_NC);
	assert_int_equal(space.mappings[0].pa, KIB(8));
	assert_int_equal(space.mappings[2].pa, KIB(20));
	assert_int_equal(space.mappings[2].ts_ns, 1);
	/* And back again: all is one. */
	d = a_leaf(10, KIB(16), PAGE_SHIFT, KIB(16));
	take(d);
	assert_int_equal(space.nr_mappings, 3);
	assert_int_equal(space.mappings[1].in_host, -1);
	take_range(11, KIB(16), KIB(4));
	assert_int_equal(space.nr_mappings, 1);
	assert_true(space.mappings[0].pa_contiguous);
	assert_mapping(0, KIB(8), KIB(16), true);
}

static void a_block_takes_the_place_of_its_pages(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 10; i++)
		take_leaf(i, MIB(2) + KIB(8) * i, PAGE_SHIFT, 0);
	take_leaf(9, MIB(4), PAGE_SHIFT, 0);
	assert_int_equal(space.nr_mappings, 11);
	take_leaf(20, MIB(2), PMD_SHIFT, 0);
	assert_int_equal(space.nr_mappings, 2);
	assert_mapping(0, MIB(2), MIB(2), true);
	assert_mapping(1, MIB(4), KIB(4), true);
	assert_int_equal(space.mappings[0].leaf_shift, PMD_SHIFT);
}

static void a_page_in_the_place_of_a_block_unmaps_the_block(void **state)
{
	(void)state;
	take_leaf(1, MIB(2), PMD_SHIFT, 0);
	take_leaf(1, MIB(4), PMD_SHIFT, MIB(2));
	take_leaf(1, MIB(6), PMD_SHIFT, MIB(4));
	take_leaf(2, MIB(5), PAGE_SHIFT, MIB(9));
	assert_int_equal(space.nr_mappings, 5);
	assert_mapping(0, MIB(2), MIB(2), true);
	assert_mapping(1, MIB(4), MIB(1), false);
	assert_mapping(2, MIB(5), KIB(4), true);
	assert_mapping(3, MIB(5) + KIB(4), MIB(1) - KIB(4), false);
	assert_mapping(4, MIB(6), MIB(2), true);
	assert_int_equal(space.mappings[1].ts_ns, 2);
	/* A page in the place of a page unmaps nothing else. */
	take_leaf(3, MIB(5) + KIB(4), PAGE_SHIFT, MIB(9) + KIB(4));
	assert_mapping(2, MIB(5), KIB(8), true);
}

static void a_part_of_a_block_unmaps_all_of_it(void **state)
{
	(void)state;
	for (uint64_t i = 1; i < 5; i++)
		take_leaf(1, MIB(2 * i), PMD_SHIFT, MIB(2 * i));
	assert_int_equal(space.nr_mappings, 1);
	take_unmap(2, MIB(6) - KIB(4), KIB(8));
	assert_int_equal(space.nr_mappings, 3);
	assert_mapping(0, MIB(2), MIB(2), true);
	assert_mapping(1, MIB(4), MIB(4), false);
	assert_mapping(2, MIB(8), MIB(2), true);
}

static void relaxing_changes_permissions_alone(void **state)
{
	struct s2_ev_decision d = a_leaf(9, KIB(16), PAGE_SHIFT, KIB(900));

	(void)state;
	take_slot(0, 1, 0, MIB(1), 0);
	take_range(1, KIB(8), KIB(16));
	d.outcome = S2_OUTCOME_RELAXED;
	d.memtype = S2_MEMTYPE_NONE;
	d.prot = S2_PROT_R;
	take(d);
	assert_int_equal(space.nr_mappings, 3);
	assert_mapping(1, KIB(16), KIB(4), true);
	assert_int_equal(space.mappings[1].type, S2_MEMTYPE_NORMAL);
	assert_int_equal(space.mappings[1].prot, S2_PROT_R);
	assert_int_equal(space.mappings[1].pa, KIB(16));
	assert_int_equal(space.mappings[1].ts_ns, 9);
	assert_int_equal(space.regions[0].prot_changes, 1);
	assert_int_equal(space.regions[0].type_changes, 0);
	/* Not known to be mapped, or not known what to. */
	d.present &= ~S2_BIT(S2_F_PROT);
	d.prot = 0;
	take(d);
	assert_int_equal(space.mappings[1].prot, S2_PROT_R);
	d.present |= S2_BIT(S2_F_PROT);
	d.ipa = KIB(64);
	take(d);
	assert_null(space__mapping(&space, KIB(64)));
	take_unmap(10, KIB(20), KIB(4));
	d.ipa = KIB(20);
	take(d);
	assert_int_equal(space__mapping(&space, KIB(20))->prot, S2_PROT_R | S2_PROT_W);
	assert_int_equal(space.regions[0].prot_changes, 1);
}

static void a_part_of_a_block_relaxes_all_of_it(void **state)
{
	struct s2_ev_decision d = a_leaf(9, MIB(5), PAGE_SHIFT, 0);

	(void)state;
	take_leaf(1, MIB(2), PMD_SHIFT, MIB(2));
	take_leaf(1, MIB(4), PMD_SHIFT, MIB(4));
	d.outcome = S2_OUTCOME_RELAXED;
	d.prot = S2_PROT_R;
	take(d);
	assert_int_equal(space.nr_mappings, 2);
	assert_mapping(1, MIB(4), MIB(2), true);
	assert_int_equal(space.mappings[1].prot, S2_PROT_R);
}

static void shadow_tables_are_not_the_vms_own(void **state)
{
	struct s2_ev_unmap u = an_unmap(2, 0, MIB(1));

	(void)state;
	take_slot(0, 1, 0, MIB(1), 0);
	take_leaf(1, KIB(8), PAGE_SHIFT, 0);
	u.nested = 0;
	take(u);
	assert_mapping(0, KIB(8), KIB(4), true);
	assert_int_equal(space.regions[0].unmaps, 0);
	u.nested = S2_NO_NESTED;
	take(u);
	assert_mapping(0, KIB(8), KIB(4), false);
	assert_int_equal(space.regions[0].unmaps, 1);
}

/* Of three MMUs that map the same pages, only the one that is named changes. */
static void changes_are_of_one_mmu(void **state)
{
	struct s2_ev_protect p = a_protection(2, S2_PROTECT_WRITE, 0, MIB(1));
	struct s2_ev_mapped m = a_range(1, KIB(8), KIB(8), 0);
	struct s2_ev_unmap u = an_unmap(3, KIB(8), KIB(4));

	(void)state;
	take_slot(0, 1, 0, MIB(1), 0);
	for (m.nested = S2_NO_NESTED; m.nested < 2; m.nested++)
		take(m);
	p.nested = 1;
	take(p);
	assert_int_equal(space.nr_mappings, 3);
	assert_int_equal(space.mappings[0].prot, S2_PROT_R | S2_PROT_W);
	assert_int_equal(space.mappings[1].prot, S2_PROT_R | S2_PROT_W);
	assert_int_equal(space.mappings[2].prot, S2_PROT_R);
	assert_int_equal(space.regions[0].prot_changes, 0);
	u.nested = 0;
	take(u);
	assert_int_equal(space.nr_mappings, 4);
	assert_mapping(0, KIB(8), KIB(8), true);
	assert_mapping(1, KIB(8), KIB(4), false);
	assert_mapping(2, KIB(12), KIB(4), true);
	assert_mapping(3, KIB(8), KIB(8), true);
}

static void protection_takes_writes_away(void **state)
{
	struct s2_ev_protect p = a_protection(9, S2_PROTECT_WRITE, MIB(4), MIB(3));

	(void)state;
	take_slot(0, 1, 0, MIB(6), 0);
	take_slot(0, 2, MIB(6), MIB(6), 0);
	take_slot(0, 3, MIB(12), MIB(6), 0);
	take_leaf(1, MIB(2), PMD_SHIFT, MIB(2));
	take_leaf(1, MIB(4), PMD_SHIFT, MIB(4));
	take_leaf(1, MIB(6), PMD_SHIFT, MIB(6)); /* half of it in the range: loses it as a whole */
	take_leaf(1, MIB(8), PMD_SHIFT, MIB(8));
	take_unmap(1, MIB(8), MIB(2));
	take(p);
	assert_int_equal(space.nr_mappings, 3);
	assert_mapping(0, MIB(2), MIB(2), true);
	assert_mapping(1, MIB(4), MIB(4), true);
	assert_int_equal(space.mappings[0].prot, S2_PROT_R | S2_PROT_W);
	assert_int_equal(space.mappings[1].prot, S2_PROT_R);
	assert_int_equal(space.mappings[1].ts_ns, 9);
	assert_int_equal(space.mappings[1].leaf_shift, PMD_SHIFT);
	assert_int_equal(space.mappings[2].prot, S2_PROT_R | S2_PROT_W); /* no longer mapped */
	assert_int_equal(space.regions[0].prot_changes, 1);
	assert_int_equal(space.regions[1].prot_changes, 1);
	assert_int_equal(space.regions[2].prot_changes, 0);
	p.h.ts_ns = 10;
	take(p); /* once more: nothing is left to take away */
	assert_int_equal(space.mappings[1].ts_ns, 9);
	assert_int_equal(space.regions[0].prot_changes, 1);
	assert_int_equal(space.regions[0].size_changes, 0);
}

static void protection_keeps_what_is_not_known(void **state)
{
	struct s2_ev_protect p = a_protection(9, S2_PROTECT_WRITE, 0, MIB(1));
	struct s2_ev_mapped m = a_range(1, KIB(8), KIB(8), 0);

	(void)state;
	m.prot = S2_NO_PROT;
	take(m);
	take(p);
	assert_int_equal(space.mappings[0].prot, S2_NO_PROT);
}

static void a_split_makes_pages_of_blocks(void **state)
{
	struct s2_ev_protect p = a_protection(9, S2_PROTECT_SPLIT, MIB(4), KIB(4));

	(void)state;
	take_slot(0, 1, 0, MIB(16), 0);
	take_leaf(1, MIB(2), PMD_SHIFT, MIB(2));
	take_leaf(1, MIB(4), PMD_SHIFT, MIB(4));
	take(p);
	assert_int_equal(space.nr_mappings, 2);
	assert_mapping(1, MIB(4), MIB(2), true);
	assert_int_equal(space.mappings[0].leaf_shift, PMD_SHIFT);
	assert_int_equal(space.mappings[1].leaf_shift, PAGE_SHIFT);
	assert_int_equal(space.mappings[1].pa, MIB(4));
	assert_int_equal(space.mappings[1].prot, S2_PROT_R | S2_PROT_W);
	assert_int_equal(space.regions[0].size_changes, 1);
	assert_int_equal(space.regions[0].prot_changes, 0);
	/* From now on, a page goes alone. */
	take_unmap(10, MIB(5), KIB(4));
	assert_int_equal(space.nr_mappings, 4);
	assert_mapping(2, MIB(5), KIB(4), false);
	take(p);
	assert_int_equal(space.regions[0].size_changes, 1);
}

static void a_protection_ends_where_all_ends(void **state)
{
	struct s2_ev_protect p = a_protection(2, S2_PROTECT_WRITE, KIB(8), UINT64_MAX);

	(void)state;
	take_leaf(1, 0, PAGE_SHIFT, 0);
	take_leaf(1, 1ULL << 56, 55, 0);
	take(p);
	assert_int_equal(space.mappings[0].prot, S2_PROT_R | S2_PROT_W);
	assert_int_equal(space.mappings[1].prot, S2_PROT_R);
	p.ipa = UINT64_MAX;
	take(p);
	p.ipa = p.size = 0;
	take(p);
	assert_int_equal(space.mappings[0].prot, S2_PROT_R | S2_PROT_W);
}

static void an_unmap_of_all_reaches_everything(void **state)
{
	(void)state;
	take_leaf(1, 0, PAGE_SHIFT, 0);
	take_leaf(1, (1ULL << 56), 55, 0);
	take_unmap(2, 0, UINT64_MAX);
	assert_int_equal(space.nr_mappings, 2);
	assert_mapping(0, 0, KIB(4), false);
	assert_mapping(1, 1ULL << 56, 1ULL << 55, false);
	assert_int_equal(space.mappings[1].ts_ns, 2);
	/* What is down already keeps its time. */
	take_unmap(3, 0, UINT64_MAX);
	assert_int_equal(space.mappings[1].ts_ns, 2);
}

static void an_unmap_ends_where_it_ends(void **state)
{
	(void)state;
	take_range(1, KIB(8), KIB(16));
	take_unmap(2, KIB(4), KIB(8));
	take_unmap(2, KIB(20), KIB(20));
	assert_int_equal(space.nr_mappings, 3);
	assert_mapping(0, KIB(8), KIB(4), false);
	assert_mapping(1, KIB(12), KIB(8), true);
	assert_mapping(2, KIB(20), KIB(4), false);
	take_unmap(3, KIB(4), 0);
	take_unmap(3, KIB(16), 0);
	take_unmap(3, KIB(24), KIB(4));
	assert_mapping(1, KIB(12), KIB(8), true);
	take_unmap(3, KIB(12), KIB(8));
	assert_int_equal(space.nr_mappings, 1);
	assert_mapping(0, KIB(8), KIB(16), false);
}

static void a_vm_that_ends_maps_nothing(void **state)
{
	struct s2_ev_vm vm = new_vm(1, 5);

	(void)state;
	for (int e = 0; e < S2_VM__MAX; e++) {
		bool over = e == S2_VM_DESTROYED || e == S2_VM_RETIRED;

		take_slot(1, 1, 0, MIB(1), 0);
		take_leaf(1, KIB(8), PAGE_SHIFT, 0);
		vm.event = (uint8_t)e;
		take(vm);
		assert_int_equal(space.nr_mappings, over ? 0 : 1);
		assert_int_equal(space.nr_regions, 1);
	}
	assert_null(space__mapping(&space, KIB(8)));
}

/* Surveys */

static void what_a_survey_does_not_tell_is_not_mapped(void **state)
{
	(void)state;
	for (uint64_t i = 1; i < 8; i++)
		take_leaf(i, KIB(8) * i, PAGE_SHIFT, 0);
	take_survey(50, S2_SURVEY_BEGIN);
	take_range(50, KIB(16), KIB(4));
	take_range(50, KIB(32), KIB(4));
	assert_mapping(0, KIB(8), KIB(4), false);
	assert_mapping(1, KIB(16), KIB(4), true);
	assert_mapping(2, KIB(24), KIB(4), false);
	assert_mapping(3, KIB(32), KIB(4), true);
	assert_mapping(4, KIB(40), KIB(4), true);
	take_survey(60, S2_SURVEY_END);
	for (size_t i = 4; i < 7; i++)
		assert_mapping(i, KIB(8) * (i + 1), KIB(4), false);
	assert_int_equal(space.mappings[6].ts_ns, 50);
	assert_int_equal(space.mappings[0].ts_ns, 50);
	assert_false(space.surveying);
}

static void a_survey_tells_what_is_there(void **state)
{
	struct s2_ev_mapped m = a_range(50, MIB(2), MIB(4), MIB(70));
	const struct mapping *is;

	(void)state;
	m.leaf_shift = PMD_SHIFT;
	m.memtype = S2_MEMTYPE_DEVICE_nGnRE;
	m.prot = S2_NO_PROT;
	m.pa_contiguous = 0;
	m.in_host = FACT_NO;
	take(m);
	is = space__mapping(&space, MIB(2));
	assert_non_null(is);
	assert_mapping(0, MIB(2), MIB(4), true);
	assert_int_equal(is->pa, MIB(70));
	assert_int_equal(is->ts_ns, 50);
	assert_int_equal(is->leaf_shift, PMD_SHIFT);
	assert_int_equal(is->type, S2_MEMTYPE_DEVICE_nGnRE);
	assert_int_equal(is->prot, S2_NO_PROT);
	assert_false(is->pa_contiguous);
	assert_int_equal(is->in_host, FACT_NO);
	m.size = 0;
	m.ipa = MIB(32);
	take(m);
	assert_int_equal(space.nr_mappings, 1);
}

static void what_was_decided_since_is_newer_than_a_survey(void **state)
{
	struct s2_ev_decision d = a_leaf(60, KIB(16), PAGE_SHIFT, 0);

	(void)state;
	d.memtype = S2_MEMTYPE_NORMAL_NC;
	take_leaf(10, KIB(32), PAGE_SHIFT, 0);
	take_survey(50, S2_SURVEY_BEGIN);
	take(d);
	d.ipa = KIB(40);
	take(d);
	d.ipa = KIB(8);
	take(d);
	d.ipa = KIB(24);
	d.h.ts_ns = 50;
	take(d);
	take_unmap(61, KIB(32), KIB(4));
	take_range(50, KIB(12), KIB(24));
	take_survey(50, S2_SURVEY_END);
	assert_int_equal(space.nr_mappings, 6);
	assert_mapping(0, KIB(8), KIB(4), true);
	assert_mapping(1, KIB(12), KIB(4), true);
	assert_int_equal(space.mappings[1].pa, KIB(12));
	assert_int_equal(space.mappings[2].type, S2_MEMTYPE_NORMAL_NC);
	/* What was decided at the very time at which reading began is older. */
	assert_mapping(3, KIB(20), KIB(12), true);
	assert_int_equal(space.mappings[3].type, S2_MEMTYPE_NORMAL);
	assert_int_equal(space.mappings[3].pa, KIB(20));
	assert_mapping(4, KIB(32), KIB(4), false);
	assert_mapping(5, KIB(40), KIB(4), true);
}

static void what_was_unmapped_since_stays_so(void **state)
{
	(void)state;
	take_leaf(10, KIB(32), PAGE_SHIFT, 0);
	take_survey(50, S2_SURVEY_BEGIN);
	take_unmap(61, KIB(32), KIB(4));
	take_range(50, KIB(28), KIB(12));
	take_survey(50, S2_SURVEY_END);
	assert_mapping(0, KIB(28), KIB(4), true);
	assert_mapping(1, KIB(32), KIB(4), false);
	assert_mapping(2, KIB(36), KIB(4), true);
	assert_int_equal(space.mappings[2].pa, KIB(36));
}

static void a_survey_that_is_given_up_tells_nothing_of_the_rest(void **state)
{
	(void)state;
	take_leaf(1, KIB(8), PAGE_SHIFT, 0);
	take_leaf(1, KIB(64), PAGE_SHIFT, 0);
	take_survey(50, S2_SURVEY_BEGIN);
	take_survey(51, S2_SURVEY_GONE);
	take_range(50, KIB(32), KIB(4));
	take_survey(52, S2_SURVEY_END);
	for (size_t i = 0; i < 3; i++)
		assert_true(space.mappings[i].mapped);
	assert_int_equal(space.nr_mappings, 3);
}

static void ranges_out_of_order_unmap_nothing_that_was_told(void **state)
{
	(void)state;
	take_survey(50, S2_SURVEY_BEGIN);
	take_range(50, KIB(32), KIB(4));
	take_range(50, KIB(8), KIB(4));
	take_range(50, KIB(64), KIB(4));
	take_survey(50, S2_SURVEY_END);
	assert_int_equal(space.nr_mappings, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(space.mappings[i].mapped);
}

static void each_mmu_is_surveyed_by_itself(void **state)
{
	struct s2_ev_survey begin_nested = a_survey(60, S2_SURVEY_BEGIN, 2),
			    end_nested = a_survey(61, S2_SURVEY_END, 2),
			    end_other = a_survey(61, S2_SURVEY_END, 1);
	struct s2_ev_mapped n = a_range(60, KIB(16), KIB(8), KIB(16));

	(void)state;
	take_leaf(1, KIB(8), PAGE_SHIFT, 0);
	n.nested = 1;
	take(n);
	n.nested = 2;
	take(n);
	assert_int_equal(space.nr_mappings, 3);
	assert_int_equal(space.mappings[1].nested, 1);
	assert_null(space__mapping(&space, KIB(16)));
	/* The own tables, and those of another nested MMU, stand. */
	begin_nested.h.ts_ns = 70;
	take(begin_nested);
	n.nested = 1;
	n.ipa = KIB(64);
	take(n);
	n.nested = 2;
	n.ipa = KIB(20);
	n.size = KIB(4);
	n.pa = KIB(20);
	n.h.ts_ns = 70;
	take(n);
	take(end_other);
	take(end_nested);
	assert_int_equal(space.nr_mappings, 5);
	assert_mapping(0, KIB(8), KIB(4), true);
	assert_mapping(1, KIB(16), KIB(8), true);
	assert_mapping(2, KIB(64), KIB(8), true);
	assert_mapping(3, KIB(16), KIB(4), false);
	assert_mapping(4, KIB(20), KIB(4), true);
	/* Nor does an unmap of the VM's own reach into them. */
	take_unmap(90, 0, UINT64_MAX);
	assert_mapping(0, KIB(8), KIB(4), false);
	assert_mapping(4, KIB(20), KIB(4), true);
}

/* Going through it */

static struct span next(struct space_cursor *c)
{
	struct span span;

	memset(&span, 0x5a, sizeof(span));
	assert_true(space__next(&space, c, &span));
	return span;
}

static void spans_are_cut_at_regions(void **state)
{
	struct space_cursor c = {};
	struct span span;

	(void)state;
	take_slot(1, 1, KIB(16), KIB(8), MIB(1));
	take_slot(1, 2, KIB(24), KIB(8), 0);
	take_range(2, KIB(8), KIB(32));
	take_leaf(2, KIB(80), PAGE_SHIFT, KIB(96));
	take_unmap(3, KIB(80), KIB(4));
	take_leaf(4, KIB(96), PAGE_SHIFT, KIB(100));
	span = next(&c);
	assert_int_equal(span.ipa, KIB(8));
	assert_int_equal(span.size, KIB(8));
	assert_null(span.region);
	assert_int_equal(span.hva, 0);
	assert_int_equal(span.pa, KIB(8));
	assert_int_equal(span.leaves, 2);
	assert_int_equal(span.ipa_is_pa, 1);
	assert_true(span.pa_contiguous);
	assert_ptr_equal(span.mapping, &space.mappings[0]);
	span = next(&c);
	assert_int_equal(span.ipa, KIB(16));
	assert_int_equal(span.size, KIB(8));
	assert_ptr_equal(span.region, &space.regions[0]);
	assert_int_equal(span.hva, MIB(1));
	assert_int_equal(span.pa, KIB(16));
	span = next(&c);
	assert_int_equal(span.ipa, KIB(24));
	assert_ptr_equal(span.region, &space.regions[1]);
	assert_int_equal(span.hva, 0);
	span = next(&c);
	assert_int_equal(span.ipa, KIB(32));
	assert_int_equal(span.size, KIB(8));
	assert_null(span.region);
	span = next(&c);
	assert_int_equal(span.ipa, KIB(96));
	assert_int_equal(span.size, KIB(4));
	assert_int_equal(span.ipa_is_pa, 0);
	assert_ptr_equal(span.mapping, &space.mappings[2]);
	assert_false(space__next(&space, &c, &span));
	assert_false(space__next(&space, &c, &span));
}

static void a_span_inside_a_region_knows_its_hva(void **state)
{
	struct space_cursor c = {};
	struct span span;

	(void)state;
	take_slot(1, 1, KIB(16), KIB(64), MIB(1));
	take_range(2, KIB(32), KIB(8));
	span = next(&c);
	assert_int_equal(span.hva, MIB(1) + KIB(16));
	assert_int_equal(span.size, KIB(8));
}

static void leaves_count_where_they_begin(void **state)
{
	struct s2_ev_mapped m = a_range(2, MIB(2), MIB(4), MIB(2));
	struct space_cursor c = {};
	struct span span;

	(void)state;
	m.leaf_shift = PMD_SHIFT;
	take(m);
	take_slot(1, 1, MIB(3), MIB(2), 0);
	span = next(&c);
	assert_int_equal(span.size, MIB(1));
	assert_int_equal(span.leaves, 1);
	span = next(&c);
	assert_int_equal(span.size, MIB(2));
	assert_int_equal(span.leaves, 1);
	assert_int_equal(span.pa, MIB(3));
	span = next(&c);
	assert_int_equal(span.size, MIB(1));
	assert_int_equal(span.leaves, 0);
	assert_false(space__next(&space, &c, &span));
}

static void ipa_is_pa_where_all_of_it_is_known(void **state)
{
	struct s2_ev_mapped m = a_range(2, MIB(2), KIB(16), MIB(2));
	struct space_cursor c = {};
	struct span span;

	(void)state;
	m.pa_contiguous = 0;
	take(m);
	m.ipa = MIB(4);
	m.pa = S2_NO_PA;
	take(m);
	take_slot(1, 1, MIB(2) + KIB(4), MIB(8), 0);
	span = next(&c); /* one page: its address is known */
	assert_int_equal(span.ipa_is_pa, 1);
	assert_true(span.pa_contiguous);
	span = next(&c);
	assert_int_equal(span.ipa_is_pa, -1);
	assert_true(span.pa == S2_NO_PA);
	assert_false(span.pa_contiguous);
	span = next(&c);
	assert_int_equal(span.ipa_is_pa, -1);
	/* Scattered, beginning where it should. */
	m.ipa = m.pa = MIB(64);
	take(m);
	assert_int_equal(next(&c).ipa_is_pa, 0);
}

static void nested_spans_come_last_and_lie_where_their_memory_is(void **state)
{
	struct s2_ev_mapped m = a_range(2, KIB(0), KIB(16), MIB(2));
	struct space_cursor c = {};
	struct span span;

	(void)state;
	m.nested = 0;
	m.own_ipa = MIB(8) - KIB(8);
	take(m);
	m.nested = 1;
	m.own_ipa = S2_NO_IPA;
	take(m);
	take_slot(1, 1, MIB(8), MIB(1), MIB(32));
	take_leaf(3, MIB(8), PAGE_SHIFT, 0);
	assert_int_equal(next(&c).ipa, MIB(8));
	span = next(&c);
	assert_int_equal(span.ipa, 0);
	assert_int_equal(span.size, KIB(8));
	assert_null(span.region);
	span = next(&c);
	assert_int_equal(span.ipa, KIB(8));
	assert_int_equal(span.size, KIB(8));
	assert_int_equal(span.hva, MIB(32));
	assert_int_equal(span.pa, MIB(2) + KIB(8));
	assert_int_equal(span.region->slot, 1);
	span = next(&c);
	assert_int_equal(span.mapping->nested, 1);
	assert_int_equal(span.size, KIB(16));
	assert_null(span.region);
	assert_int_equal(span.hva, 0);
	assert_false(space__next(&space, &c, &span));
}

static void a_nested_piece_lies_where_its_memory_is(void **state)
{
	struct s2_ev_mapped m = a_range(2, KIB(0), KIB(16), MIB(2));

	(void)state;
	m.nested = 3;
	m.own_ipa = MIB(8);
	take(m);
	m.ipa = KIB(4);
	m.size = KIB(4);
	m.memtype = S2_MEMTYPE_NORMAL_NC;
	m.own_ipa = S2_NO_IPA;
	m.h.ts_ns = 3;
	take(m);
	assert_int_equal(space.nr_mappings, 3);
	assert_int_equal(space.mappings[0].own_ipa, MIB(8));
	assert_true(space.mappings[1].own_ipa == S2_NO_IPA);
	assert_int_equal(space.mappings[2].own_ipa, MIB(8) + KIB(8));
}

/* Bounds */

static void there_is_room_for_so_many_regions(void **state)
{
	struct s2_ev_region r;

	(void)state;
	for (uint16_t i = 0; i < NR_MAX; i++)
		take_slot(i, i, MIB(2 * i), MIB(1), MIB(1000 + 2 * i));
	assert_int_equal(space.nr_regions, NR_MAX);
	assert_int_equal(space.truncated, 0);
	take_slot(99, 500, MIB(1000), MIB(1), 0);
	assert_int_equal(space.nr_regions, NR_MAX);
	assert_int_equal(space.truncated, 1);
	take_leaf_of(99, MIB(1200), 600);
	assert_int_equal(space.truncated, 2);
	assert_non_null(space__mapping(&space, MIB(1200)));
	/* What cannot be told apart is left as it is. */
	r = a_region(99, S2_NO_SLOT, MIB(4) + KIB(8), KIB(8), 0);
	r.device.bar = 4;
	take(r);
	assert_int_equal(space.truncated, 3);
	r = a_region(99, S2_NO_SLOT, MIB(3), MIB(1) + KIB(8), 0);
	r.device.bar = 4;
	take(r);
	assert_int_equal(space.truncated, 4);
	r = a_region(99, S2_NO_SLOT, MIB(4) + KIB(8), MIB(1), 0);
	r.device.bar = 4;
	take(r);
	assert_int_equal(space.truncated, 5);
	assert_int_equal(space__region(&space, MIB(4) + KIB(8))->device.bar, -1);
	assert_int_equal(space.nr_regions, NR_MAX);
	r = a_region(99, S2_NO_SLOT, MIB(4), KIB(8), 0);
	r.device.bar = 4;
	take(r);
	assert_int_equal(space.truncated, 6);
	assert_int_equal(space__region(&space, MIB(4))->device.bar, -1);
	/* Whole ones can still learn. */
	r = a_region(99, 2, MIB(4), MIB(1), 0);
	r.device.bar = 4;
	take(r);
	assert_int_equal(space.truncated, 6);
	assert_int_equal(space.regions[2].device.bar, 4);
}

static void there_is_room_for_so_many_mappings(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < NR_MAX; i++)
		take_leaf(i, KIB(8 * i), PAGE_SHIFT, 0);
	assert_int_equal(space.nr_mappings, NR_MAX);
	assert_int_equal(space.truncated, 0);
	take_leaf(99, MIB(100), PAGE_SHIFT, 0);
	assert_int_equal(space.truncated, 1);
	assert_null(space__mapping(&space, MIB(100)));
	/* What can be joined needs no room. */
	take_leaf(99, KIB(4), PAGE_SHIFT, 0);
	assert_int_equal(space.nr_mappings, NR_MAX - 1);
	assert_int_equal(space.truncated, 1);
	take_leaf(99, MIB(100), PAGE_SHIFT, 0);
	assert_int_equal(space.nr_mappings, NR_MAX);
	assert_int_equal(space.truncated, 1);
}

static void history_is_dropped_first(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < NR_MAX; i++)
		take_leaf(i, KIB(8 * i), PAGE_SHIFT, 0);
	take_unmap(98, 0, KIB(4));
	take_unmap(98, KIB(16), KIB(4));
	assert_int_equal(space.nr_mappings, NR_MAX);
	take_leaf(99, MIB(100), PAGE_SHIFT, 0);
	assert_int_equal(space.truncated, 0);
	assert_int_equal(space.nr_mappings, NR_MAX - 1);
	assert_null(space__mapping(&space, 0));
	assert_null(space__mapping(&space, KIB(16)));
	assert_mapping(NR_MAX - 2, MIB(100), KIB(4), true);
	/* And once there is none any more, nothing is. */
	take_leaf(99, MIB(101), PAGE_SHIFT, 0);
	take_leaf(99, MIB(102), PAGE_SHIFT, 0);
	assert_int_equal(space.truncated, 1);
	assert_int_equal(space.nr_mappings, NR_MAX);
}

static void a_survey_too_large_is_told_once_for_each_range(void **state)
{
	struct s2_ev_mapped m = a_range(1000, 0, MIB(8), 0);

	(void)state;
	for (uint64_t i = 0; i < NR_MAX; i++)
		take_leaf(2000, KIB(8 * i), PAGE_SHIFT, 0);
	take(m);
	assert_int_equal(space.truncated, 1);
	assert_int_equal(space.nr_mappings, NR_MAX);
}

/* Copies */

static void a_copy_is_of_its_own(void **state)
{
	struct ipa_space copy;

	(void)state;
	take_slot(1, 1, MIB(2), MIB(2), 0);
	take_leaf(2, MIB(2), PAGE_SHIFT, 0);
	assert_int_equal(space__clone(&copy, &space), 0);
	assert_int_equal(copy.nr_regions, 1);
	assert_int_equal(copy.room_regions, 1);
	assert_int_equal(copy.nr_mappings, 1);
	assert_int_equal(copy.room_mappings, 1);
	assert_memory_equal(copy.regions, space.regions, sizeof(struct region));
	assert_memory_equal(copy.mappings, space.mappings, sizeof(struct mapping));
	take_leaf(3, MIB(3), PAGE_SHIFT, 0);
	take_unmap(4, MIB(2), KIB(4));
	assert_int_equal(copy.nr_mappings, 1);
	assert_true(copy.mappings[0].mapped);
	assert_int_equal(copy.regions[0].faults, 1);
	/* And it can go on by itself. */
	{
		struct s2_ev_decision d = a_leaf(5, MIB(8), PAGE_SHIFT, 0);

		space__take(&copy, &d.h);
	}
	assert_int_equal(copy.nr_mappings, 2);
	space__free(&copy);
	assert_int_equal(
		copy.nr_regions + copy.room_regions + copy.nr_mappings + copy.room_mappings, 0);
	assert_null(space__region(&copy, MIB(2)));
}

static void an_empty_space_is_copied_too(void **state)
{
	struct ipa_space copy;

	(void)state;
	assert_int_equal(space__clone(&copy, &space), 0);
	assert_int_equal(copy.nr_regions, 0);
	assert_null(space__region(&copy, 0));
	assert_null(space__mapping(&copy, 0));
	space__free(&copy);
}

static void events_that_say_nothing_of_memory_change_nothing(void **state)
{
	struct s2_ev_totals t = new_totals(1, 1);
	struct s2_ev_identity id = new_identity(1, 1);
	struct s2_ev_cmo c = new_cmo(1, 1);
	struct ipa_space before = space;

	(void)state;
	take(t);
	take(id);
	take(c);
	assert_memory_equal(&space, &before, sizeof(space));
}

#define T(test)	      cmocka_unit_test_setup_teardown(test, begin, end)
#define T_SPLIT(test) cmocka_unit_test_setup_teardown(test, begin_split, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_memslot_is_a_region),
		T(a_refused_memslot_is_none),
		T(a_memslot_is_cut_at_the_ends_of_its_vma),
		T(a_vma_beyond_the_memslot_covers_all_of_it),
		T(a_vma_outside_the_memslot_is_not_its),
		T(an_address_at_the_end_of_all_wraps_nothing),
		T(regions_stand_in_order),
		T(a_region_fills_gaps_and_teaches_what_is_there),
		T(what_a_region_does_not_know_overwrites_nothing),
		T(a_region_is_cut_where_another_begins_or_ends),
		T(counts_are_not_doubled_by_a_split),
		T(a_whole_memslot_is_nowhere_else),
		T(without_whole_the_rest_of_the_memslot_stays),
		T(another_memslot_in_the_same_place_begins_anew),
		T(other_memory_behind_the_same_memslot_begins_anew),
		T(a_memslot_takes_the_place_of_what_was_there),
		T(a_deleted_memslot_is_gone_and_unmapped),
		T(a_moved_memslot_is_elsewhere),
		T(flags_of_a_memslot_change_alone),
		T(decisions_outline_a_memslot_that_nobody_told_of),
		T(a_fault_that_maps_nothing_outlines_a_page),
		T(an_outline_stops_at_the_next_region),
		T(a_region_that_was_told_does_not_grow),
		T(a_region_learns_its_memslot_from_a_decision),
		T(a_stale_memslot_gives_way),
		T(faults_outside_regions_make_none),
		T(faults_and_their_times_are_counted),
		T(unmaps_count_where_they_reach),
		T(changes_are_against_what_was_there_before),
		T(what_is_not_known_has_not_changed),
		T(a_leaf_is_mapped_as_it_was_decided),
		T(only_what_was_mapped_is),
		T(a_nested_fault_counts_where_its_memory_is),
		T(neighbours_that_agree_are_one),
		T(neighbours_that_differ_are_two),
		T(scattered_pages_are_one_but_not_contiguous),
		T(pages_whose_pa_is_not_known_do_not_follow),
		T_SPLIT(split_pa_keeps_what_does_not_follow_apart),
		T(a_page_in_a_range_splits_it),
		T(a_block_takes_the_place_of_its_pages),
		T(a_page_in_the_place_of_a_block_unmaps_the_block),
		T(a_part_of_a_block_unmaps_all_of_it),
		T(relaxing_changes_permissions_alone),
		T(a_part_of_a_block_relaxes_all_of_it),
		T(shadow_tables_are_not_the_vms_own),
		T(changes_are_of_one_mmu),
		T(protection_takes_writes_away),
		T(protection_keeps_what_is_not_known),
		T(a_split_makes_pages_of_blocks),
		T(a_protection_ends_where_all_ends),
		T(an_unmap_of_all_reaches_everything),
		T(an_unmap_ends_where_it_ends),
		T(a_vm_that_ends_maps_nothing),
		T(what_a_survey_does_not_tell_is_not_mapped),
		T(a_survey_tells_what_is_there),
		T(what_was_decided_since_is_newer_than_a_survey),
		T(what_was_unmapped_since_stays_so),
		T(a_survey_that_is_given_up_tells_nothing_of_the_rest),
		T(ranges_out_of_order_unmap_nothing_that_was_told),
		T(each_mmu_is_surveyed_by_itself),
		T(spans_are_cut_at_regions),
		T(a_span_inside_a_region_knows_its_hva),
		T(leaves_count_where_they_begin),
		T(ipa_is_pa_where_all_of_it_is_known),
		T(nested_spans_come_last_and_lie_where_their_memory_is),
		T(a_nested_piece_lies_where_its_memory_is),
		T(there_is_room_for_so_many_regions),
		T(there_is_room_for_so_many_mappings),
		T(history_is_dropped_first),
		T(a_survey_too_large_is_told_once_for_each_range),
		T(a_copy_is_of_its_own),
		T(an_empty_space_is_copied_too),
		T(events_that_say_nothing_of_memory_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
