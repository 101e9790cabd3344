// SPDX-License-Identifier: GPL-2.0-only
/* The model: which VMs there are, and what is known of all of them together. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "events.h"
#include "model/model.h"
#include "oom.h"

#define SECOND 1000000000ULL

static struct model *model;

static int begin(void **state)
{
	(void)state;
	model = model__new(NULL);
	return model ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	model__free(model);
	return 0;
}

static void begin_with(uint64_t keep_dead_ns, bool drop_unused)
{
	struct model_opts opts = model_defaults;

	opts.keep_dead_ns = keep_dead_ns;
	opts.drop_unused = drop_unused;
	model__free(model);
	model = model__new(&opts);
	assert_non_null(model);
}

#define take(ev) assert_int_equal(model__take(model, &(ev).h), 0)

static void take_vm(uint32_t object, uint64_t ts_ns, enum s2_vm_event event)
{
	struct s2_ev_vm vm = new_vm(object, ts_ns);

	vm.event = event;
	take(vm);
}

static void take_tick(uint64_t ts_ns)
{
	struct s2_ev_tick tick = new_tick(0, ts_ns);

	take(tick);
}

static void take_faults(uint32_t object, uint64_t n)
{
	struct s2_ev_totals t = new_totals(object, 1);

	t.totals.outcome[S2_OUTCOME_MAPPED] = n;
	take(t);
}

static uint32_t id_of(uint32_t object)
{
	const struct s2_event ev = { .vm = object };
	const struct vm *vm = model__vm_of(model, &ev);

	return vm ? vm->id : 0;
}

static void an_empty_model_knows_nothing(void **state)
{
	const struct s2_ev_host *host = model__host(model);
	uint64_t vms = 9;

	(void)state;
	assert_int_equal(host->kvm, FACT_UNKNOWN);
	assert_int_equal(host->fwb, FACT_UNKNOWN);
	assert_int_equal(host->dic, FACT_UNKNOWN);
	assert_int_equal(host->idc, FACT_UNKNOWN);
	assert_int_equal(host->cacheable_pfnmap, FACT_UNKNOWN);
	assert_int_equal(host->era, S2_ERA__MAX);
	assert_string_equal(host->hostname, "");
	assert_int_equal(model__backend(model), S2_BACKEND__MAX);
	assert_int_equal(model__nr_vms(model), 0);
	assert_int_equal(model__now_ns(model), 0);
	assert_int_equal(loss__total(model__loss(model)), 0);
	assert_null(model__vm(model, 0));
	assert_null(model__vm_find(model, 0));
	assert_false(model__vms_truncated(model, &vms));
	assert_int_equal(vms, 0);
	model__free(NULL);
}

static void the_last_host_event_counts(void **state)
{
	struct s2_ev_host host = new_host(0, 1);

	(void)state;
	strcpy(host.hostname, "grace-01");
	take(host);
	host.fwb = FACT_YES;
	take(host);
	assert_memory_equal(model__host(model), &host, sizeof(host));
	assert_int_equal(model__nr_vms(model), 0);
}

static void the_best_source_of_decisions_is_the_backend(void **state)
{
	struct s2_ev_host host = new_host(0, 1);

	(void)state;
	host.sources = S2_BIT(S2_BACKEND_SURVEY);
	take(host);
	assert_int_equal(model__backend(model), S2_BACKEND__MAX);
	host.sources |= S2_BIT(S2_BACKEND_KPROBE);
	take(host);
	assert_int_equal(model__backend(model), S2_BACKEND_KPROBE);
	host.sources |= S2_BIT(S2_BACKEND_FENTRY);
	take(host);
	assert_int_equal(model__backend(model), S2_BACKEND_FENTRY);
	host.sources |= S2_BIT(S2_BACKEND_TRACEPOINT);
	take(host);
	assert_int_equal(model__backend(model), S2_BACKEND_TRACEPOINT);
}

/* Numbers are the model's own, in the order in which VMs became known. */
static void vms_are_numbered_as_they_come(void **state)
{
	static const uint32_t objects[] = { 70, 10, 90, 30, 10, 1000, 2, 70 };
	static const uint32_t ids[] = { 1, 2, 3, 4, 2, 5, 6, 1 };

	(void)state;
	for (size_t i = 0; i < NR(objects); i++) {
		take_vm(objects[i], i, S2_VM_CREATED);
		assert_int_equal(id_of(objects[i]), ids[i]);
	}
	assert_int_equal(model__nr_vms(model), 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(model__vm(model, i)->id, i + 1);
		assert_ptr_equal(model__vm_find(model, i + 1), model__vm(model, i));
	}
	assert_null(model__vm(model, 6));
	assert_null(model__vm_find(model, 0));
	assert_null(model__vm_find(model, 7));
	for (size_t i = 0; i < NR(objects); i++)
		assert_int_equal(id_of(objects[i]), ids[i]);
	assert_int_equal(id_of(50), 0);
	assert_int_equal(id_of(1), 0);
	assert_int_equal(id_of(1001), 0);
	assert_int_equal(id_of(0), 0);
}

static void any_event_of_a_vm_makes_it_known_but_its_end(void **state)
{
	struct s2_ev_decision d = a_leaf(1, 0, PAGE_SHIFT, 0);
	struct s2_ev_cmo cmo = new_cmo(0, 1);

	(void)state;
	take_vm(5, 1, S2_VM_DESTROYED);
	take_vm(5, 1, S2_VM_RETIRED);
	take(cmo); /* of no VM */
	take_vm(0, 1, S2_VM_CREATED);
	assert_int_equal(model__nr_vms(model), 0);
	d.h.vm = 8;
	take(d);
	take_vm(9, 1, S2_VM_FOUND);
	take_vm(10, 1, S2_VM_CREATED);
	assert_int_equal(model__nr_vms(model), 3);
	assert_int_equal(vm__faults(model__vm(model, 0)), 1);
	assert_true(model__vm(model, 1)->found);
	take_vm(9, 2, S2_VM_DESTROYED);
	assert_false(model__vm(model, 1)->alive);
	assert_int_equal(model__nr_vms(model), 3);
}

static void numbers_are_not_used_again(void **state)
{
	(void)state;
	begin_with(1, false);
	for (uint32_t i = 1; i <= 5; i++)
		take_vm(i, 10, S2_VM_CREATED);
	take_vm(5, 11, S2_VM_RETIRED);
	take_vm(2, 11, S2_VM_RETIRED);
	take_tick(100);
	assert_int_equal(model__nr_vms(model), 3);
	assert_int_equal(id_of(2), 0);
	assert_int_equal(id_of(5), 0);
	assert_null(model__vm_find(model, 5));
	assert_null(model__vm_find(model, 2));
	take_vm(5, 200, S2_VM_CREATED);
	assert_int_equal(id_of(5), 6);
	assert_int_equal(id_of(3), 3);
	assert_int_equal(model__vm(model, 3)->id, 6);
}

static void the_ended_are_dropped_after_a_while(void **state)
{
	(void)state;
	begin_with(10 * SECOND, false);
	for (uint32_t i = 1; i <= 3; i++)
		take_vm(i, SECOND, S2_VM_CREATED);
	take_vm(1, 2 * SECOND, S2_VM_DESTROYED);
	take_vm(2, 2 * SECOND, S2_VM_DESTROYED);
	take_vm(2, 3 * SECOND, S2_VM_RETIRED);
	take_tick(SECOND); /* before it ended */
	take_tick(12 * SECOND);
	assert_int_equal(model__nr_vms(model), 3);
	take_tick(12 * SECOND + 1);
	assert_int_equal(model__nr_vms(model), 2);
	assert_null(model__vm_find(model, 2));
	/* What ended, but of which more may be told, stays. */
	assert_non_null(model__vm_find(model, 1));
	take_vm(1, 13 * SECOND, S2_VM_RETIRED);
	assert_non_null(model__vm_find(model, 1));
	take_tick(13 * SECOND);
	assert_null(model__vm_find(model, 1));
	assert_int_equal(id_of(3), 3);
}

static void the_ended_are_kept_unless_asked_otherwise(void **state)
{
	(void)state;
	take_vm(1, SECOND, S2_VM_CREATED);
	take_vm(1, 2 * SECOND, S2_VM_RETIRED);
	take_tick(1000000 * SECOND);
	assert_int_equal(model__nr_vms(model), 1);
}

static void vms_that_never_did_anything_are_dropped(void **state)
{
	struct s2_ev_totals t = new_totals(5, 1);

	(void)state;
	begin_with(0, true);
	for (uint32_t i = 1; i <= 5; i++)
		take_vm(i, SECOND, S2_VM_CREATED);
	take_faults(3, 1);
	t.totals.slots_rejected = 1;
	take(t);
	for (uint32_t i = 2; i <= 5; i++)
		take_vm(i, SECOND, i == 4 ? S2_VM_DESTROYED : S2_VM_RETIRED);
	assert_int_equal(model__nr_vms(model), 5);
	take_tick(SECOND);
	assert_int_equal(model__nr_vms(model), 4);
	assert_non_null(model__vm_find(model, 1)); /* it may still begin */
	assert_null(model__vm_find(model, 2));
	assert_non_null(model__vm_find(model, 3));
	assert_non_null(model__vm_find(model, 4)); /* totals may follow */
	assert_non_null(model__vm_find(model, 5));
}

static void many_vms_come_and_go(void **state)
{
	(void)state;
	begin_with(1, false);
	for (uint32_t i = 500; i >= 1; i--)
		take_vm(i, SECOND, S2_VM_CREATED);
	for (uint32_t i = 1; i <= 500; i++)
		assert_int_equal(id_of(i), 501 - i);
	for (uint32_t i = 1; i <= 500; i += 2)
		take_vm(i, SECOND, S2_VM_RETIRED);
	take_tick(2 * SECOND);
	assert_int_equal(model__nr_vms(model), 250);
	for (uint32_t i = 1; i <= 500; i++)
		assert_int_equal(id_of(i), i % 2 ? 0 : 501 - i);
}

static void losses_of_all_sources_are_summed(void **state)
{
	struct s2_ev_loss loss = new_loss(0, 1);
	const struct s2_ev_loss *sum = model__loss(model);

	(void)state;
	loss.seen = 100;
	loss.emitted = 50;
	loss.filtered = 20;
	loss.received = 49;
	for (int i = 0; i < S2_LOST__MAX; i++)
		loss.lost[i] = 1ULL << i;
	take(loss);
	take(loss); /* what it lost so far, not since */
	assert_int_equal(sum->seen, 100);
	assert_int_equal(loss__total(sum), (1U << S2_LOST__MAX) - 1);
	loss.h.source = S2_BACKEND_KPROBE;
	take(loss);
	assert_int_equal(sum->seen, 200);
	assert_int_equal(sum->emitted, 100);
	assert_int_equal(sum->filtered, 40);
	assert_int_equal(sum->received, 98);
	for (int i = 0; i < S2_LOST__MAX; i++)
		assert_int_equal(sum->lost[i], 2ULL << i);
	loss.h.source = S2_BACKEND__MAX;
	take(loss);
	assert_int_equal(sum->seen, 200);
}

static void take_survey(uint32_t object, enum s2_survey_step step, int16_t nested)
{
	struct s2_ev_survey s = a_survey(1, step, nested);

	s.h.vm = object;
	s.leaves = 1;
	s.tables = 2;
	s.changed = 4;
	s.dropped = 8;
	s.unreadable = 16;
	s.slots_truncated = 32;
	s.slots_unread = 1;
	s.vms_truncated = 77;
	s.ns = 64;
	take(s);
}

static void a_pass_is_summed(void **state)
{
	const struct survey_totals *t = model__survey(model);
	struct s2_ev_mapped m = a_range(1, 0, MIB(2), 0);
	uint64_t vms;

	(void)state;
	take_survey(1, S2_SURVEY_BEGIN, S2_NO_NESTED);
	take(m);
	m.nested = 0;
	m.in_host = FACT_NO;
	m.leaf_shift = PMD_SHIFT;
	m.leaves = 1;
	take(m);
	take_survey(1, S2_SURVEY_END, S2_NO_NESTED);
	take_survey(1, S2_SURVEY_END, 0);
	take_survey(2, S2_SURVEY_GONE, S2_NO_NESTED);
	assert_int_equal(t->vms, 1);
	assert_int_equal(t->gone, 1);
	assert_int_equal(t->hyp_owned, 0);
	assert_int_equal(t->ranges, 2);
	assert_int_equal(t->unlisted_pa_ranges, 1);
	assert_int_equal(t->bytes[S2_MEMTYPE_NORMAL], MIB(2));
	assert_int_equal(t->leaves_at[S2_LEVEL_PAGE], 512);
	assert_int_equal(t->leaves_at[S2_LEVEL_PMD], 1);
	assert_int_equal(t->leaves, 2);
	assert_int_equal(t->tables, 4);
	assert_int_equal(t->changed, 8);
	assert_int_equal(t->dropped, 16);
	assert_int_equal(t->unreadable, 32);
	assert_int_equal(t->lost, 48);
	assert_int_equal(t->slots_truncated, 64);
	assert_int_equal(t->slots_unread, 2);
	assert_int_equal(t->ns, 128);
	assert_int_equal(t->vms_truncated, 0);
	assert_false(model__vms_truncated(model, &vms));
	take_survey(0, S2_SURVEY_PASS, S2_NO_NESTED);
	assert_int_equal(t->vms_truncated, 77);
	assert_true(model__vms_truncated(model, &vms));
	assert_int_equal(vms, 77);
	assert_int_equal(t->vms, 1);
	assert_int_equal(t->leaves, 2);
}

static void the_next_pass_begins_anew(void **state)
{
	const struct survey_totals *t = model__survey(model);
	struct s2_ev_survey s = a_survey(1, S2_SURVEY_END, S2_NO_NESTED);
	uint64_t vms;

	(void)state;
	take_survey(1, S2_SURVEY_END, S2_NO_NESTED);
	take_survey(0, S2_SURVEY_PASS, S2_NO_NESTED);
	take_survey(1, S2_SURVEY_BEGIN, S2_NO_NESTED);
	assert_int_equal(t->vms, 0);
	assert_int_equal(t->leaves, 0);
	s.hyp_owned = 1;
	take(s);
	s.nested = 0;
	take(s);
	assert_int_equal(t->vms, 1);
	assert_int_equal(t->hyp_owned, 1);
	assert_true(model__vms_truncated(model, &vms));
	assert_int_equal(vms, 77);
}

static void rates_are_of_the_last_interval(void **state)
{
	const struct vm *vm;

	(void)state;
	take_faults(1, 1000);
	vm = model__vm(model, 0);
	take_tick(5 * SECOND);
	assert_true(vm->faults_per_s == 0);
	assert_int_equal(model__now_ns(model), 5 * SECOND);
	take_faults(1, 3000);
	take_tick(7 * SECOND);
	assert_true(vm->faults_per_s == 1000);
	take_faults(2, 50);
	take_tick(7 * SECOND + SECOND / 2);
	assert_true(vm->faults_per_s == 0);
	assert_true(model__vm(model, 1)->faults_per_s == 100);
	assert_int_equal(model__now_ns(model), 7 * SECOND + SECOND / 2);
}

static void time_that_stands_still_has_no_rate(void **state)
{
	(void)state;
	take_faults(1, 1);
	take_tick(SECOND);
	take_faults(1, 10);
	take_tick(SECOND);
	assert_true(model__vm(model, 0)->faults_per_s == 0);
	take_faults(1, 20);
	take_tick(SECOND / 2);
	assert_true(model__vm(model, 0)->faults_per_s == 0);
	assert_int_equal(model__now_ns(model), SECOND / 2);
}

static void devices_are_found_for_events(void **state)
{
	struct s2_ev_memslot m = a_slot(1, 1, MIB(4), MIB(1), 0);
	struct s2_ev_decision d = a_leaf(2, MIB(4), PAGE_SHIFT, 0);

	(void)state;
	assert_null(model__device_of(model, &m.h));
	assert_null(model__device_of(model, &d.h));
	m.device.bar = 4;
	m.h.vm = 0; /* of no VM that is known, and yet it says itself */
	assert_ptr_equal(model__device_of(model, &m.h), &m.device);
	m.h.vm = 1;
	m.vma_end = MIB(2);
	take(m);
	d.vm_flags = 1ULL << 10;
	assert_int_equal(model__device_of(model, &d.h)->bar, 4);
}

static void a_copy_stands_still(void **state)
{
	struct s2_ev_decision d = a_leaf(1, 0, PAGE_SHIFT, 0);
	struct s2_ev_host host = new_host(0, 1);
	struct model *copy;

	(void)state;
	strcpy(host.hostname, "grace-01");
	take(host);
	take_vm(20, 1, S2_VM_CREATED);
	take_vm(10, 2, S2_VM_CREATED);
	take_tick(SECOND);
	copy = model__clone(model);
	assert_non_null(copy);
	d.h.vm = 20;
	take(d);
	take_vm(30, 3, S2_VM_CREATED);
	take_tick(2 * SECOND);
	assert_int_equal(model__now_ns(copy), SECOND);
	assert_int_equal(model__nr_vms(copy), 2);
	assert_int_equal(vm__faults(model__vm(copy, 0)), 0);
	assert_int_equal(vm__faults(model__vm(model, 0)), 1);
	assert_int_equal(model__vm_of(copy, &d.h)->id, 1);
	d.h.vm = 10;
	assert_int_equal(model__vm_of(copy, &d.h)->id, 2);
	model__free(model);
	model = copy;
	assert_string_equal(model__host(copy)->hostname, "grace-01");
	take_vm(40, 4, S2_VM_CREATED);
	assert_int_equal(id_of(40), 3);
}

static void options_reach_the_address_spaces(void **state)
{
	struct model_opts opts = model_defaults;

	(void)state;
	assert_int_equal(opts.space.max_regions, 1024);
	assert_int_equal(opts.space.max_mappings, 4096);
	assert_int_equal(opts.keep_dead_ns, 0);
	assert_false(opts.drop_unused);
	opts.space.split_pa = true;
	opts.space.max_mappings = 7;
	model__free(model);
	model = model__new(&opts);
	take_vm(1, 1, S2_VM_CREATED);
	assert_true(model__vm(model, 0)->space.opts.split_pa);
	assert_int_equal(model__vm(model, 0)->space.opts.max_mappings, 7);
}

static void there_is_room_for_so_many_vms(void **state)
{
	struct model_opts opts = model_defaults;
	struct s2_ev_vm third = new_vm(3, 1);

	(void)state;
	opts.max_vms = 2;
	model__free(model);
	model = model__new(&opts);
	take_vm(1, 1, S2_VM_CREATED);
	take_vm(2, 1, S2_VM_CREATED);
	assert_int_equal(model__take(model, &third.h), -ENOSPC);
	take_vm(2, 2, S2_VM_FOUND);
	assert_int_equal(model__nr_vms(model), 2);
}

static unsigned int lost;

static void take_or_lose(const struct s2_event *ev)
{
	int ret = model__take(model, ev);

	assert_true(!ret || ret == -ENOMEM);
	lost += ret < 0;
}

/* What every allocation of the model is made for. */
static void fill_model(void)
{
	for (uint32_t object = 20; object; object--) {
		struct s2_ev_decision d = a_rejection(1, MIB(1));
		struct s2_ev_memslot m = a_slot(1, 1, GIB(1), MIB(1), 0);
		struct s2_ev_mapped r = a_range(1, GIB(1), MIB(1), 0);

		d.h.vm = m.h.vm = r.h.vm = object;
		take_or_lose(&d.h);
		take_or_lose(&m.h);
		take_or_lose(&r.h);
	}
}

static uint64_t truncated(void)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < model__nr_vms(model); i++)
		sum += model__vm(model, i)->space.truncated;
	return sum;
}

/* Whichever allocation fails: it is told, nothing breaks, and the next event is taken. */
static void memory_may_run_out(void **state)
{
	struct model *copy = NULL;
	bool failed = true;

	(void)state;
	for (size_t n = 0; failed; n++) {
		model__free(model);
		lost = 0;
		oom__fail_after(n);
		model = model__new(NULL);
		if (model)
			fill_model();
		copy = model ? model__clone(model) : NULL;
		failed = oom__stop();
		assert_int_equal(failed, !copy || lost || truncated());
		if (copy)
			assert_int_equal(model__nr_vms(copy), model__nr_vms(model));
		model__free(copy);
		if (!model)
			continue;
		lost = 0;
		fill_model();
		assert_int_equal(lost, 0);
		assert_int_equal(model__nr_vms(model), 20);
		for (uint32_t object = 1; object <= 20; object++)
			assert_int_not_equal(id_of(object), 0);
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_empty_model_knows_nothing),
		T(the_last_host_event_counts),
		T(the_best_source_of_decisions_is_the_backend),
		T(vms_are_numbered_as_they_come),
		T(any_event_of_a_vm_makes_it_known_but_its_end),
		T(numbers_are_not_used_again),
		T(the_ended_are_dropped_after_a_while),
		T(the_ended_are_kept_unless_asked_otherwise),
		T(vms_that_never_did_anything_are_dropped),
		T(many_vms_come_and_go),
		T(losses_of_all_sources_are_summed),
		T(a_pass_is_summed),
		T(the_next_pass_begins_anew),
		T(rates_are_of_the_last_interval),
		T(time_that_stands_still_has_no_rate),
		T(devices_are_found_for_events),
		T(a_copy_stands_still),
		T(options_reach_the_address_spaces),
		T(there_is_room_for_so_many_vms),
		T(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
