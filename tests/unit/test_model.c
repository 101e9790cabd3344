// SPDX-License-Identifier: GPL-2.0-only
/* The model: what it makes of records, totals and time. */
#include "unit.h"

#include <string.h>

#include "fixture.h"

#define SECOND 1000000000ULL

static void host_backend_and_loss_are_kept(void **state)
{
	struct source_stats stats = { .seen = 9, .lost = { 1, 2, 3 } };
	struct model *m = model__new();

	(void)state;
	assert_int_equal(model__host(m)->fwb, FACT_UNKNOWN);
	assert_int_equal(model__host(m)->kvm, FACT_UNKNOWN);
	model__set_host(m, &fixture_host);
	model__set_backend(m, S2_BACKEND_WALK);
	model__set_stats(m, &stats);
	assert_string_equal(model__host(m)->hostname, "grace-01");
	assert_int_equal(model__backend(m), S2_BACKEND_WALK);
	assert_int_equal(model__stats(m)->seen, 9);
	assert_int_equal(source_stats__lost(model__stats(m)), 6);
	model__free(m);
	model__free(NULL);
}

static void a_vm_is_created_and_destroyed(void **state)
{
	struct s2_ev_vm rec = fixture__vm(7, S2_VM_CREATED);
	struct model *m = fixture__empty();
	struct vm *vm = model__record(m, &rec.h, NULL);

	(void)state;
	assert_non_null(vm);
	assert_int_equal(vm->id, 7);
	assert_int_equal(vm->pid, FIXTURE_PID);
	assert_true(vm->alive);
	assert_false(vm->found);
	assert_int_equal(vm->created_ns, FIXTURE_TS);
	rec.event = S2_VM_DESTROYED;
	rec.h.ts_ns += SECOND;
	assert_ptr_equal(model__record(m, &rec.h, NULL), vm);
	assert_false(vm->alive);
	assert_int_equal(vm->destroyed_ns, FIXTURE_TS + SECOND);
	model__free(m);
}

static void a_vm_that_ran_before_has_no_birthday(void **state)
{
	struct s2_ev_vm rec = fixture__vm(1, S2_VM_FOUND);
	struct model *m = fixture__empty();
	struct vm *vm = model__record(m, &rec.h, NULL);

	(void)state;
	assert_true(vm->found);
	assert_true(vm->alive);
	assert_int_equal(vm->created_ns, 0);
	model__free(m);
}

static void vms_stand_in_order_of_their_number(void **state)
{
	static const uint32_t ids[] = { 5, 1, 9, 3, 3, 7, 1000, 2 };
	static const uint32_t sorted[] = { 1, 2, 3, 5, 7, 9, 1000 };
	struct model *m = fixture__empty();

	(void)state;
	for (size_t i = 0; i < NR(ids); i++)
		assert_int_equal(model__vm_get(m, ids[i], 0)->id, ids[i]);
	assert_int_equal(model__nr_vms(m), NR(sorted));
	for (size_t i = 0; i < NR(sorted); i++) {
		assert_int_equal(model__vm(m, i)->id, sorted[i]);
		assert_ptr_equal(model__vm_find(m, sorted[i]), model__vm(m, i));
	}
	assert_null(model__vm_find(m, 4));
	assert_null(model__vm_find(m, 1001));
	assert_null(model__vm_get(m, 0, 1));
	assert_null(model__vm(m, NR(sorted)));
	model__free(m);
}

static void a_process_is_learned_when_it_is_known(void **state)
{
	struct model *m = fixture__empty();
	struct s2_ev_unmap unmap = fixture__unmap();
	struct s2_ev_decision d = fixture__mapped();

	(void)state;
	/* The process that asked for an unmap is not that of the VM. */
	assert_int_equal(model__record(m, &unmap.h, NULL)->pid, 0);
	assert_int_equal(model__record(m, &d.h, NULL)->pid, FIXTURE_PID);
	d.tgid = 1;
	assert_int_equal(model__record(m, &d.h, NULL)->pid, FIXTURE_PID);
	model__free(m);
}

static void records_that_are_not_whole_are_refused(void **state)
{
	struct s2_ev_decision d = fixture__mapped();
	struct s2_ev_cmo cmo = fixture__cmo();
	struct model *m = fixture__empty();

	(void)state;
	assert_null(model__record(m, &cmo.h, NULL)); /* of no VM */
	d.h.len = sizeof(d) - 8;
	assert_null(model__record(m, &d.h, NULL));
	d.h.len = sizeof(d);
	d.h.type = 0;
	assert_null(model__record(m, &d.h, NULL));
	d.h.type = 200;
	assert_null(model__record(m, &d.h, NULL));
	assert_int_equal(model__nr_vms(m), 0);
	model__free(m);
}

static void longer_records_of_a_later_version_are_taken(void **state)
{
	struct {
		struct s2_ev_decision d;
		uint64_t more[4];
	} later = { .d = fixture__mapped() };
	struct model *m = fixture__empty();

	(void)state;
	later.d.h.len = sizeof(later);
	assert_int_equal(vm_events__count(&model__record(m, &later.d.h, NULL)->recent), 1);
	model__free(m);
}

static void only_rejections_are_rejections(void **state)
{
	struct s2_ev_memslot slot = fixture__memslot();
	struct s2_ev_decision d = fixture__rejected();
	struct s2_ev_unmap unmap = fixture__unmap();

	(void)state;
	for (int o = 0; o < S2_OUTCOME__MAX; o++) {
		bool rejection = o == S2_OUTCOME_REJECTED || o == S2_OUTCOME_INJECTED ||
				 o == S2_OUTCOME_POISONED;

		d.outcome = (uint8_t)o;
		assert_int_equal(event__is_rejection(&d.h), rejection);
	}
	assert_false(event__is_rejection(&slot.h));
	slot = fixture__memslot_refused();
	assert_true(event__is_rejection(&slot.h));
	assert_false(event__is_rejection(&unmap.h));
}

static void rejections_are_kept_with_their_reason(void **state)
{
	struct model *m = fixture__empty();
	struct s2_ev_memslot slot = fixture__memslot_refused();
	struct s2_ev_decision d = fixture__rejected();
	struct vm *vm = model__record(m, &slot.h, &fixture_device);

	(void)state;
	assert_int_equal(vm__last_reason(vm), S2_REASON_PFNMAP_NEEDS_FWB);
	assert_int_equal(vm_events__count(&vm->recent), 0);
	model__record(m, &d.h, NULL);
	assert_int_equal(vm__last_reason(vm), S2_REASON_PFNMAP_NEEDS_FWB_DIC);
	assert_int_equal(vm_events__count(&vm->recent), 1);
	assert_int_equal(vm_events__count(&vm->rejected), 2);
	assert_string_equal(vm_events__at(&vm->rejected, 1)->device.bdf, "0000:01:00.0");
	assert_string_equal(vm_events__at(&vm->rejected, 0)->device.bdf, "");
	d = fixture__mapped();
	model__record(m, &d.h, NULL);
	assert_int_equal(vm__last_reason(vm), S2_REASON_PFNMAP_NEEDS_FWB_DIC);
	model__free(m);
}

static void the_oldest_events_go_first(void **state)
{
	struct model *m = fixture__empty();
	struct s2_ev_decision d = fixture__mapped();
	struct vm *vm = NULL;

	(void)state;
	for (uint64_t i = 0; i < MODEL_RECENT + 10; i++) {
		d.ipa = i;
		vm = model__record(m, &d.h, NULL);
	}
	assert_int_equal(vm->recent.n, MODEL_RECENT + 10);
	assert_int_equal(vm_events__count(&vm->recent), MODEL_RECENT);
	assert_int_equal(vm_events__at(&vm->recent, 0)->decision.ipa, MODEL_RECENT + 9);
	assert_int_equal(vm_events__at(&vm->recent, MODEL_RECENT - 1)->decision.ipa, 10);
	assert_null(vm_events__at(&vm->recent, MODEL_RECENT));
	model__free(m);
}

static void set_faults(struct vm *vm, uint64_t n)
{
	struct vm_totals t = { .outcome = { [S2_OUTCOME_MAPPED] = n } };

	vm__set_totals(vm, &t);
}

static void rates_are_of_the_last_interval(void **state)
{
	struct model *m = fixture__empty();
	struct vm *vm = model__vm_get(m, 1, 1), *late;

	(void)state;
	set_faults(vm, 1000);
	model__tick(m, 5 * SECOND);
	assert_true(vm->faults_per_s == 0);
	set_faults(vm, 3000);
	model__tick(m, 7 * SECOND);
	assert_true(vm->faults_per_s == 1000);
	late = model__vm_get(m, 2, 2);
	set_faults(late, 50);
	model__tick(m, 7 * SECOND + SECOND / 2);
	assert_true(vm->faults_per_s == 0);
	assert_true(late->faults_per_s == 100);
	assert_int_equal(model__now_ns(m), 7 * SECOND + SECOND / 2);
	model__free(m);
}

static void time_that_stands_still_has_no_rate(void **state)
{
	struct model *m = fixture__empty();
	struct vm *vm = model__vm_get(m, 1, 1);

	(void)state;
	model__tick(m, SECOND);
	set_faults(vm, 10);
	model__tick(m, SECOND);
	assert_true(vm->faults_per_s == 0);
	set_faults(vm, 5); /* fewer than before: another source */
	model__tick(m, 2 * SECOND);
	assert_true(vm->faults_per_s == 0);
	model__free(m);
}

static void the_dead_are_forgotten_after_a_while(void **state)
{
	struct s2_ev_vm gone = fixture__vm(2, S2_VM_DESTROYED);
	struct model *m = fixture__empty();

	(void)state;
	for (uint32_t id = 1; id <= 3; id++)
		model__vm_get(m, id, id);
	model__record(m, &gone.h, NULL);
	model__forget_dead(m, FIXTURE_TS + 10 * SECOND, 10 * SECOND);
	assert_int_equal(model__nr_vms(m), 3);
	model__forget_dead(m, FIXTURE_TS - 1, 0); /* not dead yet */
	assert_int_equal(model__nr_vms(m), 3);
	model__forget_dead(m, FIXTURE_TS + 10 * SECOND + 1, 10 * SECOND);
	assert_int_equal(model__nr_vms(m), 2);
	assert_null(model__vm_find(m, 2));
	assert_non_null(model__vm_find(m, 3));
	assert_int_equal(model__vm_get(m, 3, 0)->id, 3);
	model__free(m);
}

static void vms_that_never_did_anything_are_forgotten(void **state)
{
	struct s2_ev_vm gone = fixture__vm(2, S2_VM_DESTROYED),
			used = fixture__vm(3, S2_VM_DESTROYED);
	struct model *m = fixture__empty();

	(void)state;
	for (uint32_t id = 1; id <= 3; id++)
		model__vm_get(m, id, id);
	set_faults(model__vm_find(m, 3), 1);
	model__record(m, &gone.h, NULL);
	model__record(m, &used.h, NULL);
	model__forget_unused(m);
	assert_non_null(model__vm_find(m, 1)); /* it may still begin */
	assert_null(model__vm_find(m, 2));
	assert_non_null(model__vm_find(m, 3));
	model__free(m);
}

static void many_vms_come_and_go(void **state)
{
	struct model *m = fixture__empty();

	(void)state;
	for (uint32_t id = 1; id <= 500; id++) {
		struct s2_ev_vm rec = fixture__vm(id, S2_VM_CREATED);

		model__record(m, &rec.h, NULL);
		rec.event = S2_VM_DESTROYED;
		model__record(m, &rec.h, NULL);
	}
	assert_int_equal(model__nr_vms(m), 500);
	model__forget_dead(m, FIXTURE_TS + 2, 1);
	assert_int_equal(model__nr_vms(m), 0);
	model__free(m);
}

static void a_copy_stands_still(void **state)
{
	struct model *m = fixture__model(), *copy;
	struct s2_ev_decision d = fixture__mapped();

	(void)state;
	model__tick(m, SECOND);
	copy = model__clone(m);
	assert_int_equal(model__now_ns(copy), SECOND);
	assert_string_equal(model__host(copy)->hostname, "grace-01");
	assert_memory_equal(model__vm(copy, 0), model__vm(m, 0), sizeof(struct vm));
	d.h.vm = 2;
	model__record(m, &d.h, NULL);
	assert_int_equal(model__nr_vms(m), 2);
	assert_int_equal(model__nr_vms(copy), 1);
	model__free(m);
	assert_string_equal(model__vm(copy, 0)->name, "gpu0");
	model__free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_backend_and_loss_are_kept),
		cmocka_unit_test(a_vm_is_created_and_destroyed),
		cmocka_unit_test(a_vm_that_ran_before_has_no_birthday),
		cmocka_unit_test(vms_stand_in_order_of_their_number),
		cmocka_unit_test(a_process_is_learned_when_it_is_known),
		cmocka_unit_test(records_that_are_not_whole_are_refused),
		cmocka_unit_test(longer_records_of_a_later_version_are_taken),
		cmocka_unit_test(only_rejections_are_rejections),
		cmocka_unit_test(rejections_are_kept_with_their_reason),
		cmocka_unit_test(the_oldest_events_go_first),
		cmocka_unit_test(rates_are_of_the_last_interval),
		cmocka_unit_test(time_that_stands_still_has_no_rate),
		cmocka_unit_test(the_dead_are_forgotten_after_a_while),
		cmocka_unit_test(vms_that_never_did_anything_are_forgotten),
		cmocka_unit_test(many_vms_come_and_go),
		cmocka_unit_test(a_copy_stands_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
