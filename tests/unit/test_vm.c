// SPDX-License-Identifier: GPL-2.0-only
/* One VM: life, name, totals, events worth showing again. */
#include "unit.h"

#include <errno.h>

#include <stdio.h>
#include <string.h>

#include "events.h"
#include "model/vm.h"

static const struct space_opts room = { .max_regions = 1024, .max_mappings = 4096 };
static const struct s2_ev_host host = { .counter_hz = 1000000000, .page_size = 4096 };

static struct vm *vm;

static int begin(void **state)
{
	(void)state;
	vm = vm__new(3, 17, &room);
	return vm ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	vm__free(vm);
	return 0;
}

static void take_at(const struct s2_event *ev, const struct s2_ev_host *h)
{
	assert_int_equal(vm__take(vm, ev, h), 0);
}

#define take(ev) take_at(&(ev).h, &host)

static void take_vm(uint64_t ts_ns, enum s2_vm_event event)
{
	struct s2_ev_vm life = new_vm(17, ts_ns);

	life.event = event;
	take(life);
}

static struct s2_ev_totals totals_of(enum s2_backend source, uint64_t mapped)
{
	struct s2_ev_totals t = new_totals(17, 1);

	t.h.source = source;
	t.totals.outcome[S2_OUTCOME_MAPPED] = mapped;
	return t;
}

static void a_new_vm_is_alive_and_unknown(void **state)
{
	(void)state;
	assert_int_equal(vm->id, 3);
	assert_int_equal(vm->object, 17);
	assert_true(vm->alive);
	assert_false(vm->retired);
	assert_false(vm->found);
	assert_false(vm->counted);
	assert_int_equal(vm->pid, 0);
	assert_string_equal(vm->name, "");
	assert_int_equal(vm->space.opts.max_mappings, 4096);
	assert_null(vm__mapped(vm));
	assert_int_equal(vm__faults(vm), 0);
	assert_int_equal(vm__rejections(vm), 0);
	assert_int_equal(vm__last_reason(vm), S2_REASON_NONE);
	vm__free(NULL);
}

/* A decision has bytes of its own where a VM's life has its end. */
static void decisions_end_no_vm(void **state)
{
	union {
		struct s2_ev_decision decision;
		struct s2_ev_vm vm;
	} ev = { .decision = new_decision(17, 1) };

	(void)state;
	ev.vm.event = S2_VM_DESTROYED;
	assert_int_equal(ev.decision.h.type, S2_EV_DECISION);
	take(ev.decision);
	assert_true(vm->alive);
}

/* Nor is a range the end of its survey. */
static void ranges_end_no_survey(void **state)
{
	union {
		struct s2_ev_mapped mapped;
		struct s2_ev_survey survey;
	} ev = { .mapped = a_range(2, MIB(2), MIB(2), MIB(2)) };

	(void)state;
	ev.survey.step = S2_SURVEY_END;
	ev.survey.nested = S2_NO_NESTED;
	assert_int_equal(ev.mapped.nested, S2_NO_NESTED);
	take(ev.mapped);
	assert_null(vm__mapped(vm));
}

/* Nor is an unmap cache maintenance. */
static void unmaps_maintain_no_cache(void **state)
{
	union {
		struct s2_ev_unmap unmap;
		struct s2_ev_cmo cmo;
	} ev = { .unmap = an_unmap(1, MIB(2), MIB(2)) };

	(void)state;
	ev.cmo.op = S2_CMO_ICACHE_INVAL;
	take(ev.unmap);
	assert_int_equal(vm->totals.cmo_n[S2_CMO_ICACHE_INVAL][0], 0);
	assert_int_equal(vm->totals.cmo_n[S2_CMO_ICACHE_INVAL][1], 0);
}

/* The last row of a table is not followed by one of its own. */
static void unknown_causes_are_not_counted(void **state)
{
	struct s2_ev_unmap unmap = an_unmap(1, MIB(2), MIB(2));
	struct s2_ev_protect protect = a_protection(1, S2_PROTECT_WRITE, MIB(2), MIB(2));
	struct s2_ev_cmo cmo = new_cmo(17, 1);
	struct s2_totals before = vm->totals;

	(void)state;
	unmap.cause = S2_UNMAP__MAX;
	take(unmap);
	protect.op = S2_PROTECT__MAX;
	take(protect);
	cmo.op = S2_CMO__MAX;
	cmo.size = 4096;
	take(cmo);
	cmo.op = S2_CMO_ICACHE_INVAL;
	cmo.done = S2_CMO_UNKNOWN;
	take(cmo);
	assert_memory_equal(&vm->totals, &before, sizeof(before));
}

static void life_goes_on_until_it_ends(void **state)
{
	(void)state;
	take_vm(20, S2_VM_CREATED);
	assert_int_equal(vm->created_ns, 20);
	take_vm(10, S2_VM_CREATED); /* another source, which saw it earlier */
	assert_int_equal(vm->created_ns, 10);
	take_vm(30, S2_VM_CREATED);
	assert_int_equal(vm->created_ns, 10);
	assert_false(vm->found);
	assert_true(vm->alive);
	take_vm(40, S2_VM_DESTROYED);
	assert_false(vm->alive);
	assert_false(vm->retired);
	assert_int_equal(vm->destroyed_ns, 40);
	take_vm(50, S2_VM_RETIRED);
	assert_true(vm->retired);
	assert_int_equal(vm->destroyed_ns, 40);
}

static void a_vm_that_ran_before_has_no_birthday(void **state)
{
	(void)state;
	take_vm(20, S2_VM_FOUND);
	assert_true(vm->found);
	assert_true(vm->alive);
	assert_int_equal(vm->created_ns, 0);
	assert_int_equal(vm->destroyed_ns, 0);
	take_vm(60, S2_VM_RETIRED); /* whose end was missed */
	assert_false(vm->alive);
	assert_int_equal(vm->destroyed_ns, 60);
}

static void a_process_is_learned_once(void **state)
{
	struct s2_ev_unmap u = an_unmap(1, 0, 4096);
	struct s2_ev_decision d = a_leaf(1, 0, PAGE_SHIFT, 0);

	(void)state;
	u.tgid = 5;
	take(u);
	assert_int_equal(vm->pid, 0);
	d.tgid = 6;
	take(d);
	assert_int_equal(vm->pid, 6);
	d.tgid = 7;
	take(d);
	assert_int_equal(vm->pid, 6);
}

static void a_vm_is_its_process_its_name_or_its_uuid(void **state)
{
	struct s2_ev_identity id = new_identity(17, 1);

	(void)state;
	assert_true(vm__is(vm, "0"));
	id.tgid = 4242;
	take(id);
	assert_false(vm__is(vm, ""));
	strcpy(id.name, "gpu0");
	strcpy(id.uuid, "6a8d");
	take(id);
	assert_string_equal(vm->name, "gpu0");
	assert_string_equal(vm->uuid, "6a8d");
	assert_true(vm__is(vm, "4242"));
	assert_true(vm__is(vm, "gpu0"));
	assert_true(vm__is(vm, "6a8d"));
	assert_false(vm__is(vm, ""));
	assert_false(vm__is(vm, "424"));
	assert_false(vm__is(vm, "gpu"));
	assert_false(vm__is(vm, "04242"));
	vm->pid = UINT32_MAX;
	assert_true(vm__is(vm, "4294967295"));
}

static void totals_of_the_best_source_stay(void **state)
{
	struct s2_ev_totals t = totals_of(S2_BACKEND_KPROBE, 5);

	(void)state;
	take(t);
	assert_true(vm->counted);
	assert_int_equal(vm__faults(vm), 5);
	t = totals_of(S2_BACKEND_KPROBE, 6);
	take(t);
	assert_int_equal(vm__faults(vm), 6);
	t = totals_of(S2_BACKEND_TRACEPOINT, 4);
	take(t);
	assert_int_equal(vm__faults(vm), 4);
	t = totals_of(S2_BACKEND_FENTRY, 9);
	take(t);
	assert_int_equal(vm__faults(vm), 4);
	t = totals_of(S2_BACKEND_TRACEPOINT, 10);
	take(t);
	assert_int_equal(vm__faults(vm), 10);
}

static void totals_take_the_place_of_what_was_counted(void **state)
{
	struct s2_ev_decision d = a_leaf(1, 0, PAGE_SHIFT, 0);
	struct s2_ev_totals t = totals_of(S2_BACKEND_FENTRY, 100);

	(void)state;
	take(d);
	take(d);
	assert_int_equal(vm__faults(vm), 2);
	take(t); /* of another source than the decisions */
	assert_int_equal(vm__faults(vm), 100);
	take(d);
	assert_int_equal(vm__faults(vm), 100);
	d.h.source = S2_BACKEND_FENTRY;
	take(d);
	assert_int_equal(vm__faults(vm), 100);
	assert_int_equal(vm_events__count(&vm->recent), 4);
}

static void without_totals_decisions_are_counted(void **state)
{
	struct s2_ev_decision d = a_leaf(1, 0, PAGE_SHIFT, 0);
	const struct s2_totals *t = &vm->totals;
	const struct s2_cell_total *cell;

	(void)state;
	d.access = S2_ACCESS_EXEC;
	d.duration_ns = 1024;
	take(d);
	d.access = S2_ACCESS_WRITE;
	d.duration_ns = 1023;
	take(d);
	cell = &t->cell[S2_MEMTYPE_NORMAL][S2_LEVEL_PAGE];
	assert_int_equal(cell->n[S2_ACCESS_READ], 0);
	assert_int_equal(cell->n[S2_ACCESS_WRITE], 1);
	assert_int_equal(cell->n[S2_ACCESS_EXEC], 1);
	assert_int_equal(cell->ns, 2047);
	assert_int_equal(cell->hist[9], 1);
	assert_int_equal(cell->hist[10], 1);
	d.memtype = S2_MEMTYPE_DEVICE_nGnRE;
	d.size_shift = PMD_SHIFT;
	take(d);
	assert_int_equal(t->cell[S2_MEMTYPE_DEVICE_nGnRE][S2_LEVEL_PMD].n[S2_ACCESS_WRITE], 1);
	d = a_rejection(2, 0);
	d.memtype = S2_MEMTYPE_NORMAL; /* of what was asked for */
	take(d);
	assert_int_equal(t->cell[S2_CELL_OTHER][S2_LEVEL_PAGE].n[S2_ACCESS_READ], 1);
	assert_int_equal(t->outcome[S2_OUTCOME_MAPPED], 3);
	assert_int_equal(t->outcome[S2_OUTCOME_REJECTED], 1);
	assert_int_equal(t->reason[S2_REASON_PFNMAP_NEEDS_FWB], 1);
	assert_int_equal(t->reason[S2_REASON_NONE], 0);
	assert_int_equal(vm__faults(vm), 4);
	assert_false(vm->counted);
}

/* All that totals have, and nothing after they came. */
static void without_totals_other_events_are_counted_too(void **state)
{
	struct s2_ev_memslot slot = a_slot(1, 0, 0, GIB(1), GIB(4));
	struct s2_ev_unmap unmap = an_unmap(2, 0, MIB(2));
	struct s2_ev_protect protect = a_protection(2, S2_PROTECT_SPLIT, 0, MIB(2));
	struct s2_ev_cmo cmo = new_cmo(1, 3);
	const struct s2_totals *t = &vm->totals;

	(void)state;
	take(slot);
	slot.ret = -EINVAL;
	slot.reason = S2_REASON_PFNMAP_DIRTY_LOG;
	take(slot);
	take(slot);
	assert_int_equal(t->slots_accepted, 1);
	assert_int_equal(t->slots_rejected, 2);
	assert_int_equal(t->reason[S2_REASON_PFNMAP_DIRTY_LOG], 2);
	unmap.cause = S2_UNMAP_MEMSLOT;
	take(unmap);
	take(unmap);
	assert_int_equal(t->unmap_n[S2_UNMAP_MEMSLOT], 2);
	assert_int_equal(t->unmap_bytes[S2_UNMAP_MEMSLOT], MIB(4));
	take(protect);
	take(protect);
	assert_int_equal(t->protect_n[S2_PROTECT_SPLIT], 2);
	assert_int_equal(t->protect_bytes[S2_PROTECT_SPLIT], MIB(4));
	cmo.op = S2_CMO_ICACHE_INVAL;
	cmo.size = 4096;
	take(cmo);
	cmo.done = 1;
	take(cmo);
	take(cmo);
	assert_int_equal(t->cmo_n[S2_CMO_ICACHE_INVAL][0], 1);
	assert_int_equal(t->cmo_n[S2_CMO_ICACHE_INVAL][1], 2);
	assert_int_equal(t->cmo_bytes[S2_CMO_ICACHE_INVAL][1], 8192);
	cmo.h.source = S2_BACKEND_KPROBE;
	take(cmo);
	assert_int_equal(t->cmo_n[S2_CMO_ICACHE_INVAL][1], 2);
	assert_false(vm->counted);
}

static void decisions_of_one_source_are_counted(void **state)
{
	struct s2_ev_decision d = a_leaf(1, 0, PAGE_SHIFT, 0);

	(void)state;
	d.h.source = S2_BACKEND_FENTRY;
	take(d);
	d.h.source = S2_BACKEND_TRACEPOINT;
	take(d);
	d.h.source = S2_BACKEND_FENTRY;
	take(d);
	assert_int_equal(vm__faults(vm), 2);
	assert_int_equal(vm_events__count(&vm->recent), 3);
}

static void durations_fall_into_buckets_of_ticks(void **state)
{
	static const struct {
		uint64_t ns, hz;
		unsigned int bucket;
	} rows[] = {
		{ 0, 1000000000, 0 },
		{ 1, 1000000000, 0 },
		{ 2, 1000000000, 1 },
		{ 3, 1000000000, 1 },
		{ 4, 1000000000, 2 },
		{ 1000, 25000000, 4 }, /* 25 ticks */
		{ 1ULL << 31, 1000000000, 31 },
		{ 1ULL << 32, 1000000000, 31 },
		{ 1ULL << 40, 1000000000, 31 },
		{ 1000000000ULL << 10, 1 << 20, 30 }, /* beyond 64 bits on the way */
		{ 5000, 0, 0 },
	};
	struct s2_ev_decision d = a_leaf(1, 0, PAGE_SHIFT, 0);
	const struct s2_cell_total *cell = &vm->totals.cell[S2_MEMTYPE_NORMAL][S2_LEVEL_PAGE];
	struct s2_ev_host h = host;

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		uint64_t before = cell->hist[rows[i].bucket];

		d.duration_ns = rows[i].ns;
		h.counter_hz = rows[i].hz;
		take_at(&d.h, &h);
		assert_int_equal(cell->hist[rows[i].bucket], before + 1);
	}
}

static void levels_depend_on_the_page_size(void **state)
{
	(void)state;
	assert_int_equal(level__of(0, 4096), S2_LEVEL_PAGE);
	assert_int_equal(level__of(MIB(2) - 1, 4096), S2_LEVEL_PAGE);
	assert_int_equal(level__of(MIB(2), 4096), S2_LEVEL_PMD);
	assert_int_equal(level__of(GIB(1) - 1, 4096), S2_LEVEL_PMD);
	assert_int_equal(level__of(GIB(1), 4096), S2_LEVEL_PUD);
	assert_int_equal(level__of(GIB(512), 4096), S2_LEVEL_PUD);
	assert_int_equal(level__of(MIB(2), 0), S2_LEVEL_PMD);
	assert_int_equal(level__of(MIB(2) - 1, 0), S2_LEVEL_PAGE);
	assert_int_equal(level__of(MIB(2), 65536), S2_LEVEL_PAGE);
	assert_int_equal(level__of(MIB(512), 65536), S2_LEVEL_PMD);
	assert_int_equal(level__of(MIB(32), 16384), S2_LEVEL_PMD);
	assert_int_equal(level__of(GIB(64), 16384), S2_LEVEL_PUD);
}

static void rejections_are_kept_with_their_reason(void **state)
{
	struct s2_ev_memslot m = a_slot(1, 1, 0, MIB(1), 0);
	struct s2_ev_decision d = a_rejection(2, 0);

	(void)state;
	take(m);
	assert_int_equal(vm_events__count(&vm->rejected), 0);
	m.ret = -22;
	m.reason = S2_REASON_PFNMAP_NEEDS_DIC;
	m.device.bar = 3;
	take(m);
	assert_int_equal(vm__last_reason(vm), S2_REASON_PFNMAP_NEEDS_DIC);
	assert_int_equal(vm_events__count(&vm->recent), 0);
	take(d);
	assert_int_equal(vm__last_reason(vm), S2_REASON_PFNMAP_NEEDS_FWB);
	assert_int_equal(vm_events__count(&vm->recent), 1);
	assert_int_equal(vm_events__count(&vm->rejected), 2);
	assert_int_equal(vm_events__at(&vm->rejected, 1)->h.type, S2_EV_MEMSLOT);
	assert_int_equal(vm_events__at(&vm->rejected, 1)->device.bar, 3);
	assert_int_equal(vm_events__at(&vm->rejected, 0)->device.bar, -1);
	d = a_leaf(3, 0, PAGE_SHIFT, 0);
	take(d);
	assert_int_equal(vm__last_reason(vm), S2_REASON_PFNMAP_NEEDS_FWB);
	assert_int_equal(vm_events__count(&vm->rejected), 2);
}

static void rejections_are_summed(void **state)
{
	struct s2_ev_totals t = totals_of(S2_BACKEND_TRACEPOINT, 1);

	(void)state;
	t.totals.outcome[S2_OUTCOME_REJECTED] = 10;
	t.totals.outcome[S2_OUTCOME_INJECTED] = 200;
	t.totals.outcome[S2_OUTCOME_POISONED] = 600000;
	t.totals.outcome[S2_OUTCOME_RETRIED] = 5000;
	t.totals.slots_rejected = 3000;
	t.totals.slots_accepted = 90000;
	take(t);
	assert_int_equal(vm__rejections(vm), 603210);
	assert_int_equal(vm__faults(vm), 605211);
}

static void events_take_room_as_they_come(void **state)
{
	static const size_t rooms[] = { 0, 4, 4, 4, 4, 8, 8, 8, 8, 16 };
	struct s2_ev_decision d = a_leaf(1, 0, PAGE_SHIFT, 0);

	(void)state;
	for (uint64_t i = 0; i < MODEL_RECENT + 10; i++) {
		if (i < NR(rooms))
			assert_int_equal(vm->recent.room, rooms[i]);
		assert_int_equal(vm_events__count(&vm->recent),
				 i < MODEL_RECENT ? i : MODEL_RECENT);
		d.ipa = i;
		take(d);
		assert_int_equal(vm_events__at(&vm->recent, 0)->decision.ipa, i);
	}
	assert_int_equal(vm->recent.n, MODEL_RECENT + 10);
	assert_int_equal(vm->recent.room, MODEL_RECENT);
	for (uint64_t i = 0; i < MODEL_RECENT; i++)
		assert_int_equal(vm_events__at(&vm->recent, i)->decision.ipa, MODEL_RECENT + 9 - i);
	assert_null(vm_events__at(&vm->recent, MODEL_RECENT));
	assert_int_equal(vm->rejected.room, 0);
	assert_null(vm_events__at(&vm->rejected, 0));
}

static void the_device_behind_an_event_is_known_by_its_region(void **state)
{
	struct s2_ev_memslot m = a_slot(1, 1, MIB(4), MIB(1), 0);
	struct s2_ev_decision d = a_leaf(2, MIB(4), PAGE_SHIFT, 0);
	struct s2_ev_unmap u = an_unmap(3, MIB(4), KIB(4));
	struct s2_ev_region r = a_region(2, 1, MIB(4), MIB(1), 0);

	(void)state;
	take(m);
	take(d);
	assert_null(vm__device_of(vm, &m.h));
	assert_null(vm__device_of(vm, &d.h));
	r.device.bar = 4;
	strcpy(r.device.bdf, "0000:01:00.0");
	take(r);
	d.vm_flags = 1ULL << 10;
	take(d);
	assert_int_equal(vm_events__at(&vm->recent, 0)->device.bar, 4);
	assert_string_equal(vm_events__at(&vm->recent, 0)->device.bdf, "0000:01:00.0");
	assert_int_equal(vm_events__at(&vm->recent, 1)->device.bar, -1);
	assert_int_equal(vm__device_of(vm, &d.h)->bar, 4);
	assert_int_equal(vm__device_of(vm, &m.h)->bar, 4);
	assert_null(vm__device_of(vm, &u.h));
	m.device.bar = 2;
	assert_ptr_equal(vm__device_of(vm, &m.h), &m.device);
	/* A refused memslot is not what lies there now. */
	m.device.bar = -1;
	m.ret = -1;
	assert_null(vm__device_of(vm, &m.h));
	d.ipa = MIB(5);
	assert_null(vm__device_of(vm, &d.h));
	/* What no driver maps by page frame is no device's, whatever lay there before. */
	d.ipa = MIB(4);
	d.vm_flags = 1ULL << 28;
	assert_non_null(vm__device_of(vm, &d.h));
	d.vm_flags = ~(1ULL << 28 | 1ULL << 10);
	assert_null(vm__device_of(vm, &d.h));
	d.present &= ~S2_BIT(S2_F_VMA_FLAGS);
	assert_non_null(vm__device_of(vm, &d.h));
}

static void take_survey(uint64_t ts_ns, enum s2_survey_step step, int16_t nested)
{
	struct s2_ev_survey s = a_survey(ts_ns, step, nested);

	s.dropped = 2;
	s.unreadable = 3;
	take(s);
}

static void what_is_mapped_is_the_sum_of_a_reading(void **state)
{
	struct s2_ev_mapped m = a_range(5, 0, MIB(8), 0);
	const struct vm_mapped *is;

	(void)state;
	take_survey(5, S2_SURVEY_BEGIN, S2_NO_NESTED);
	take(m);
	take(m);
	m.memtype = S2_MEMTYPE_NORMAL_NC;
	m.leaf_shift = PMD_SHIFT;
	m.leaves = 4;
	take(m);
	m.nested = 0;
	take(m);
	assert_null(vm__mapped(vm));
	take_survey(6, S2_SURVEY_END, 0);
	take_survey(6, S2_SURVEY_GONE, S2_NO_NESTED);
	assert_null(vm__mapped(vm));
	take_survey(7, S2_SURVEY_END, S2_NO_NESTED);
	is = vm__mapped(vm);
	assert_non_null(is);
	assert_int_equal(is->ts_ns, 7);
	assert_int_equal(is->bytes[S2_MEMTYPE_NORMAL], MIB(16));
	assert_int_equal(is->bytes[S2_MEMTYPE_NORMAL_NC], MIB(8));
	assert_int_equal(is->leaves_at[S2_LEVEL_PAGE], 4096);
	assert_int_equal(is->leaves_at[S2_LEVEL_PMD], 4);
	assert_int_equal(is->leaves_at[S2_LEVEL_PUD], 0);
	assert_int_equal(is->lost, 5);
	/* The next reading begins anew; until it ends, the last one is shown. */
	take_survey(8, S2_SURVEY_BEGIN, 0);
	m.nested = S2_NO_NESTED;
	take(m);
	take_survey(8, S2_SURVEY_BEGIN, S2_NO_NESTED);
	assert_int_equal(vm__mapped(vm)->bytes[S2_MEMTYPE_NORMAL], MIB(16));
	take_survey(9, S2_SURVEY_END, S2_NO_NESTED);
	assert_int_equal(vm__mapped(vm)->bytes[S2_MEMTYPE_NORMAL], 0);
	assert_int_equal(vm__mapped(vm)->bytes[S2_MEMTYPE_NORMAL_NC], 0);
	take_vm(10, S2_VM_DESTROYED);
	assert_null(vm__mapped(vm));
}

static void secret_memory_types_are_not_summed(void **state)
{
	struct s2_ev_survey s = a_survey(5, S2_SURVEY_END, S2_NO_NESTED);
	struct s2_ev_mapped m = a_range(5, 0, MIB(8), 0);

	(void)state;
	s.hyp_owned = 1;
	take(m);
	take(s);
	assert_non_null(vm__mapped(vm));
	m.memtype = S2_MEMTYPE_NONE;
	take(m);
	take(s);
	assert_null(vm__mapped(vm));
	s.hyp_owned = 0;
	take(s);
	assert_non_null(vm__mapped(vm));
}

static void rates_are_of_the_last_interval(void **state)
{
	struct s2_ev_totals t = totals_of(S2_BACKEND_TRACEPOINT, 1000);

	(void)state;
	take(t);
	vm__tick(vm, 0);
	assert_true(vm->faults_per_s == 0);
	t.totals.outcome[0] = 3000;
	take(t);
	vm__tick(vm, 2);
	assert_true(vm->faults_per_s == 1000);
	vm__tick(vm, 2);
	assert_true(vm->faults_per_s == 0);
	t.totals.outcome[0] = 2000; /* fewer than before: another source */
	take(t);
	vm__tick(vm, 1);
	assert_true(vm->faults_per_s == 0);
	t.totals.outcome[0] = 2500;
	take(t);
	vm__tick(vm, 0);
	assert_true(vm->faults_per_s == 0);
}

static void a_copy_stands_still(void **state)
{
	struct s2_ev_decision d = a_rejection(1, 0);
	struct vm *copy;

	(void)state;
	take(d);
	copy = vm__clone(vm);
	assert_non_null(copy);
	d.h.ts_ns = 2;
	d = a_leaf(2, 0, PAGE_SHIFT, 0);
	take(d);
	assert_int_equal(vm__faults(copy), 1);
	assert_int_equal(vm_events__count(&copy->recent), 1);
	assert_int_equal(vm_events__at(&copy->recent, 0)->h.ts_ns, 1);
	assert_int_equal(vm__last_reason(copy), S2_REASON_PFNMAP_NEEDS_FWB);
	assert_null(space__mapping(&copy->space, 0));
	assert_int_equal(vm__take(copy, &d.h, &host), 0);
	assert_int_equal(vm_events__count(&vm->recent), 2);
	vm__free(copy);
	assert_int_equal(vm_events__at(&vm->rejected, 0)->h.ts_ns, 1);
}

/* Design, section 8: less than 6 KiB for each VM that nobody watches. */
static void an_idle_vm_is_small(void **state)
{
	struct s2_ev_totals t = totals_of(S2_BACKEND_TRACEPOINT, 5);
	struct s2_ev_identity id = new_identity(17, 1);
	size_t bytes;

	(void)state;
	take_vm(1, S2_VM_FOUND);
	take(id);
	take(t);
	take_survey(2, S2_SURVEY_BEGIN, S2_NO_NESTED);
	for (uint16_t i = 0; i < 5; i++) {
		struct s2_ev_memslot m = a_slot(1, i, GIB(i), MIB(64), GIB(i + 1));
		struct s2_ev_mapped r = a_range(2, GIB(i), MIB(64), 0);

		take(m);
		take(r);
	}
	take_survey(3, S2_SURVEY_END, S2_NO_NESTED);
	assert_int_equal(vm->space.nr_regions, 5);
	assert_int_equal(vm->space.nr_mappings, 5);
	bytes = sizeof(*vm) + vm->space.room_regions * sizeof(struct region) +
		vm->space.room_mappings * sizeof(struct mapping) +
		vm->space.room_extents * sizeof(struct extent) +
		(vm->recent.room + vm->rejected.room) * sizeof(struct vm_event);
	print_message("an idle VM takes %zu bytes\n", bytes);
	assert_true(bytes < 6 * 1024);
}

#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_new_vm_is_alive_and_unknown),
		T(decisions_end_no_vm),
		T(ranges_end_no_survey),
		T(unmaps_maintain_no_cache),
		T(unknown_causes_are_not_counted),
		T(life_goes_on_until_it_ends),
		T(a_vm_that_ran_before_has_no_birthday),
		T(a_process_is_learned_once),
		T(a_vm_is_its_process_its_name_or_its_uuid),
		T(totals_of_the_best_source_stay),
		T(totals_take_the_place_of_what_was_counted),
		T(without_totals_decisions_are_counted),
		T(without_totals_other_events_are_counted_too),
		T(decisions_of_one_source_are_counted),
		T(durations_fall_into_buckets_of_ticks),
		T(levels_depend_on_the_page_size),
		T(rejections_are_kept_with_their_reason),
		T(rejections_are_summed),
		T(events_take_room_as_they_come),
		T(the_device_behind_an_event_is_known_by_its_region),
		T(what_is_mapped_is_the_sum_of_a_reading),
		T(secret_memory_types_are_not_summed),
		T(rates_are_of_the_last_interval),
		T(a_copy_stands_still),
		T(an_idle_vm_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
