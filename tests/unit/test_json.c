// SPDX-License-Identifier: GPL-2.0-only
/* JSON: one golden line, and every field read back by a parser that is not ours. */
#include "unit.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "capture.h"
#include "fixture.h"
#include "model/vocab.h"

static json_t *parse(const char *text)
{
	json_error_t error;
	json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (!o)
		fail_msg("%s: %s", error.text, text);
	return o;
}

static json_t *record_of(const struct model *m, const void *rec, const struct mem_device *device)
{
	struct capture c;
	json_t *o;

	capture__start(&c, VIEW_JSON);
	view__record(c.view, m, rec, device);
	o = parse(capture__take(&c));
	capture__end(&c);
	return o;
}

/* By a path such as "vma.attr". */
static const json_t *at(const json_t *o, const char *path)
{
	while (o && *path) {
		char key[64];
		size_t len = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		o = json_object_get(o, key);
		path += len + (path[len] == '.');
	}
	assert_non_null(o);
	return o;
}

static void expect_str(const json_t *o, const char *path, const char *want)
{
	assert_true(json_is_string(at(o, path)));
	assert_string_equal(json_string_value(at(o, path)), want);
}

static void expect_int(const json_t *o, const char *path, json_int_t want)
{
	assert_true(json_is_integer(at(o, path)));
	assert_int_equal(json_integer_value(at(o, path)), want);
}

static void expect_bool(const json_t *o, const char *path, bool want)
{
	assert_true(json_is_boolean(at(o, path)));
	assert_int_equal(json_is_true(at(o, path)), want);
}

static void expect_null(const json_t *o, const char *path)
{
	if (!json_is_null(at(o, path)))
		fail_msg("%s is not null", path);
}

static void expect_words(const json_t *o, const char *path, const char *const *want)
{
	const json_t *list = at(o, path);

	assert_true(json_is_array(list));
	for (size_t i = 0; i < json_array_size(list); i++) {
		assert_non_null(want[i]);
		assert_string_equal(json_string_value(json_array_get(list, i)), want[i]);
	}
	assert_null(want[json_array_size(list)]);
}

/* As the design has it, and what was added behind. */
static void the_line_of_a_decision(void **state)
{
	struct model *m = fixture__model();
	struct s2_ev_decision d = fixture__mapped();
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_JSON);
	view__record(c.view, m, &d.h, &fixture_device);
	assert_string_equal(
		capture__take(&c),
		"{\"schema\":\"s2trace.decision/1\",\"ts_ns\":1000000000,"
		"\"vm\":{\"id\":1,\"pid\":4242,\"name\":\"gpu0\"},\"vcpu\":2,"
		"\"ipa\":\"0x400000000000\",\"hva\":\"0xffff84000000\",\"pa\":\"0x480000000000\","
		"\"size\":2097152,\"access\":\"write\",\"fault\":\"translation\",\"slot\":3,"
		"\"vma\":{\"attr\":\"NORMAL\",\"flags\":[\"PFNMAP\",\"IO\",\"SHARED\"],"
		"\"page_size\":2097152},\"kernel_mapped\":false,\"fwb\":true,\"dic\":true,"
		"\"mte\":false,\"nested\":false,\"dirty_log\":false,\"outcome\":\"mapped\","
		"\"type\":\"NORMAL\",\"prot\":\"rw-\",\"ret\":0,\"reason\":null,\"inferred\":[],"
		"\"duration_ns\":12345,\"device\":{\"bdf\":\"0000:01:00.0\",\"bar\":4},"
		"\"backend\":\"tracepoint\",\"fault_ipa\":\"0x400000123000\","
		"\"limit\":\"host_page\",\"guest_memfd\":false,\"protected\":false,"
		"\"pc\":\"0x8020\"}\n");
	capture__end(&c);
	model__free(m);
}

static void a_rejected_decision(void **state)
{
	struct model *m = fixture__model();
	struct s2_ev_decision d = fixture__rejected();
	json_t *o = record_of(m, &d, NULL);

	(void)state;
	expect_str(o, "outcome", "rejected");
	expect_str(o, "reason", "pfnmap_needs_fwb_dic");
	expect_int(o, "ret", -EFAULT);
	expect_bool(o, "fwb", false);
	expect_bool(o, "dic", false);
	expect_null(o, "pa");
	expect_null(o, "size");
	expect_null(o, "type");
	expect_null(o, "prot");
	expect_null(o, "limit");
	expect_null(o, "device");
	json_decref(o);
	model__free(m);
}

static void flags_are_read_one_by_one(void **state)
{
	static const struct {
		const char *path;
		int flag;
	} flags[] = {
		{ "kernel_mapped", S2_DF_KERNEL_MAPPED },
		{ "fwb", S2_DF_FWB },
		{ "dic", S2_DF_DIC },
		{ "mte", S2_DF_MTE },
		{ "nested", S2_DF_NESTED },
		{ "dirty_log", S2_DF_DIRTY_LOG },
		{ "guest_memfd", S2_DF_GMEM },
		{ "protected", S2_DF_PROTECTED },
	};
	struct model *m = fixture__empty();

	(void)state;
	for (size_t i = 0; i < NR(flags); i++) {
		struct s2_ev_decision d = fixture__mapped();
		json_t *o;

		d.flags = S2_BIT(flags[i].flag);
		o = record_of(m, &d, NULL);
		for (size_t j = 0; j < NR(flags); j++)
			expect_bool(o, flags[j].path, i == j);
		json_decref(o);
	}
	model__free(m);
}

/* Each bit of `present` is asked for by the field of its own name, and by no other. */
static void what_a_source_cannot_know_is_null(void **state)
{
	struct model *m = fixture__empty();

	(void)state;
	for (unsigned int bit = 0; bit < S2_F__MAX; bit++) {
		struct s2_ev_decision d = fixture__mapped();
		json_t *o;

		d.reason = S2_REASON_WALK_RACE;
		d.present = S2_BIT(bit);
		o = record_of(m, &d, NULL);
		for (unsigned int f = 0; f < S2_F__MAX; f++) {
			bool null = json_is_null(at(o, vocab__name(&vocab_decision_field, f)));

			if (null != (f != bit))
				fail_msg("%s with only %s known",
					 vocab__name(&vocab_decision_field, f),
					 vocab__name(&vocab_decision_field, bit));
		}
		json_decref(o);
	}
	model__free(m);
}

static void values_that_mean_nothing_are_null(void **state)
{
	struct model *m = fixture__empty();
	struct s2_ev_decision d = fixture__mapped();
	json_t *o;

	(void)state;
	d.hva = 0;
	d.slot = S2_NO_SLOT;
	d.vma_attr = S2_VMA_UNKNOWN;
	d.vma_shift = 0;
	o = record_of(m, &d, &(struct mem_device){ "", -1 });
	expect_null(o, "hva");
	expect_null(o, "slot");
	expect_null(o, "vma.attr");
	expect_null(o, "vma.page_size");
	expect_null(o, "device");
	expect_null(o, "vm.name");
	expect_int(o, "vm.pid", FIXTURE_PID);
	json_decref(o);
	o = record_of(m, &d, &(struct mem_device){ "0000:01:00.0", -1 });
	expect_str(o, "device.bdf", "0000:01:00.0");
	expect_null(o, "device.bar");
	json_decref(o);
	model__free(m);
}

static void inferred_fields_are_named(void **state)
{
	static const char *const want[] = { "vma.flags", "reason", NULL };
	struct model *m = fixture__empty();
	struct s2_ev_decision d = fixture__mapped();
	json_t *o;

	(void)state;
	d.inferred = S2_BIT(S2_F_VMA_FLAGS) | S2_BIT(S2_F_REASON);
	o = record_of(m, &d, NULL);
	expect_words(o, "inferred", want);
	json_decref(o);
	model__free(m);
}

static void vma_flags_are_in_order_of_weight(void **state)
{
	static const char *const all[] = { "PFNMAP",  "MIXEDMAP",	    "IO", "SHARED",
					   "HUGETLB", "ALLOW_ANY_UNCACHED", NULL };
	static const char *const none[] = { NULL };
	struct model *m = fixture__empty();
	struct s2_ev_decision d = fixture__mapped();
	json_t *o;

	(void)state;
	d.vm_flags = ~0ULL;
	o = record_of(m, &d, NULL);
	expect_words(o, "vma.flags", all);
	json_decref(o);
	d.vm_flags = 0x7; /* READ, WRITE, EXEC are not shown */
	o = record_of(m, &d, NULL);
	expect_words(o, "vma.flags", none);
	json_decref(o);
	model__free(m);
}

static void a_memslot(void **state)
{
	static const char *const flags[] = { "LOG_DIRTY_PAGES", "READONLY", NULL };
	static const char *const inferred[] = { "reason", NULL };
	struct model *m = fixture__model();
	struct s2_ev_memslot s = fixture__memslot();
	json_t *o = record_of(m, &s, &fixture_device);

	(void)state;
	expect_str(o, "schema", "s2trace.memslot/1");
	expect_int(o, "slot", 3);
	expect_str(o, "ipa", "0x400000000000");
	expect_int(o, "size", 16LL << 30);
	expect_words(o, "flags", flags);
	expect_str(o, "change", "create");
	expect_str(o, "outcome", "accepted");
	expect_int(o, "ret", 0);
	expect_null(o, "reason");
	expect_str(o, "vma.attr", "NORMAL");
	expect_str(o, "vma.start", "0xffff84000000");
	expect_str(o, "vma.end", "0x1000384000000");
	expect_bool(o, "fwb", true);
	expect_bool(o, "mte", false);
	expect_int(o, "device.bar", 4);
	json_decref(o);
	s = fixture__memslot_refused();
	s.vma_attr = S2_VMA_UNKNOWN;
	s.vma_start = s.vma_end = 0;
	o = record_of(m, &s, NULL);
	expect_str(o, "outcome", "rejected");
	expect_int(o, "ret", -EINVAL);
	expect_str(o, "reason", "pfnmap_needs_fwb");
	expect_null(o, "vma");
	json_decref(o);
	s.present = S2_BIT(S2_F_REASON);
	s.inferred = S2_BIT(S2_F_REASON);
	o = record_of(m, &s, NULL);
	expect_null(o, "fwb");
	expect_null(o, "mte");
	expect_words(o, "inferred", inferred);
	json_decref(o);
	model__free(m);
}

static void other_records(void **state)
{
	struct model *m = fixture__model();
	struct s2_ev_unmap unmap = fixture__unmap();
	struct s2_ev_cmo cmo = fixture__cmo();
	struct s2_ev_vm vm = fixture__vm(1, S2_VM_FOUND);
	json_t *o = record_of(m, &unmap, NULL);

	(void)state;
	expect_str(o, "schema", "s2trace.unmap/1");
	expect_int(o, "vm.pid", FIXTURE_PID);
	expect_int(o, "by_pid", 77);
	expect_str(o, "cause", "mmu_notifier");
	expect_int(o, "size", 2 << 20);
	json_decref(o);
	o = record_of(m, &cmo, NULL);
	expect_str(o, "schema", "s2trace.cmo/1");
	expect_null(o, "vm");
	expect_str(o, "op", "icache_inval");
	expect_bool(o, "done", true);
	json_decref(o);
	o = record_of(m, &vm, NULL);
	expect_str(o, "schema", "s2trace.vm/1");
	expect_str(o, "event", "found");
	json_decref(o);
	model__free(m);
}

static void top_is_the_host_and_an_object_for_each_vm(void **state)
{
	struct model *m = fixture__model();
	struct capture c;
	const char *text;
	json_t *host, *vm;

	(void)state;
	model__vm(m, 0)->faults_per_s = 12.5;
	capture__start(&c, VIEW_JSON);
	view__top(c.view, m);
	text = capture__take(&c);
	host = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
	vm = parse(strchr(text, '\n') + 1);
	expect_str(host, "schema", "s2trace.host/1");
	expect_str(host, "hostname", "grace-01");
	expect_bool(host, "fwb", true);
	expect_null(host, "cacheable_pfnmap");
	expect_int(host, "vms", 1);
	expect_null(host, "vms_cut");
	expect_int(host, "lost.ring", 0);
	expect_str(vm, "schema", "s2trace.top/1");
	expect_str(vm, "vm.name", "gpu0");
	assert_true(json_real_value(at(vm, "faults_per_s")) == 12.5);
	expect_int(vm, "mapped.ts_ns", FIXTURE_TS);
	expect_int(vm, "mapped.bytes.NORMAL", 4LL << 30);
	expect_int(vm, "mapped.bytes.NORMAL_NC", 32 << 20);
	expect_int(vm, "mapped.bytes.DEVICE_nGnRE", 0);
	expect_int(vm, "mapped.leaves_at.pmd", 2048);
	expect_int(vm, "mapped.lost", 1);
	expect_int(vm, "types.NORMAL.mappings", 512);
	expect_int(vm, "types.NORMAL.bytes", 1 << 30);
	expect_int(vm, "types.NORMAL.pmd", 512);
	expect_int(vm, "types.NORMAL.write", 500);
	expect_int(vm, "types.NORMAL_NC.exec", 5);
	expect_int(vm, "types.DEVICE_nGnRE.mappings", 0);
	expect_int(vm, "outcomes.mapped", 517);
	expect_int(vm, "reasons.pfnmap_needs_fwb_dic", 3);
	assert_int_equal(json_object_size(at(vm, "reasons")), 1);
	expect_int(vm, "unmap.mmu_notifier.bytes", 9 << 20);
	expect_int(vm, "cmo.dcache_clean_inval.spared", 7);
	expect_int(vm, "cmo.dcache_clean_inval.done", 0);
	expect_int(vm, "cmo.icache_inval.done_bytes", 2 << 12);
	expect_int(vm, "rejections", 4);
	expect_str(vm, "last_reason", "pfnmap_needs_fwb_dic");
	json_decref(host);
	json_decref(vm);
	capture__end(&c);
	model__free(m);
}

/* Its tables were not read, or are the hypervisor's, or are gone. */
static void what_is_mapped_now_may_be_unknown(void **state)
{
	struct model *m = fixture__model();
	struct vm *vm = model__vm(m, 0);
	struct capture c;
	json_t *o;

	(void)state;
	capture__start(&c, VIEW_JSON);
	for (int i = 0; i < 2; i++) {
		vm__set_mapped(vm, i ? NULL : &fixture_mapped);
		vm->alive = i;
		view__top(c.view, m);
		o = parse(strchr(capture__take(&c), '\n') + 1);
		expect_null(o, "mapped");
		json_decref(o);
	}
	capture__end(&c);
	model__free(m);
}

static void the_summary_has_every_vm(void **state)
{
	struct source_stats stats = { .seen = 10, .emitted = 4, .lost = { [S2_LOST_RING] = 6 } };
	struct model *m = fixture__model();
	const json_t *vms;
	struct capture c;
	json_t *o;

	(void)state;
	model__vm_get(m, 2, 0);
	model__set_stats(m, &stats);
	capture__start(&c, VIEW_JSON);
	view__summary(c.view, m);
	o = parse(capture__take(&c));
	expect_int(o, "seen", 10);
	expect_int(o, "lost.ring", 6);
	expect_int(o, "lost_total", 6);
	vms = at(o, "vms");
	assert_int_equal(json_array_size(vms), 2);
	expect_int(json_array_get(vms, 0), "pid", FIXTURE_PID);
	expect_int(json_array_get(vms, 0), "slots_rejected", 1);
	expect_null(json_array_get(vms, 1), "pid");
	expect_null(json_array_get(vms, 1), "mean_ns");
	json_decref(o);
	capture__end(&c);
	model__free(m);
}

static void check_and_errors_are_objects_too(void **state)
{
	const struct check_item items[] = {
		{ "dic", "CTR_EL0.DIC", CHECK_NO, true, "CTR_EL0", "use another host" },
	};
	const struct check_report report = { &fixture_host, items, 1, CHECK_NO, "No." };
	struct capture c;
	json_t *o;

	(void)state;
	capture__start(&c, VIEW_JSON);
	view__check(c.view, &report);
	o = parse(capture__take(&c));
	expect_str(o, "verdict", "no");
	expect_str(o, "kernel", "7.3.4-arm64");
	expect_str(json_array_get(at(o, "items"), 0), "name", "dic");
	expect_str(json_array_get(at(o, "items"), 0), "result", "no");
	expect_str(json_array_get(at(o, "items"), 0), "remedy", "use another host");
	json_decref(o);
	view__error(c.view, "no BTF", NULL);
	o = parse(capture__take(&c));
	expect_str(o, "schema", "s2trace.error/1");
	expect_str(o, "error", "no BTF");
	expect_null(o, "remedy");
	json_decref(o);
	capture__end(&c);
}

/* Whatever a recording or a VM's name may hold, the line is JSON. */
static void garbage_is_still_json(void **state)
{
	struct model *m = fixture__model();
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct s2_ev_decision d;
		struct s2_ev_memslot s;
		char *bytes = (char *)&d, *name = model__vm(m, 0)->name;

		for (size_t i = 0; i < sizeof(d); i++)
			bytes[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
		memcpy(&s, &d, sizeof(s));
		memcpy(name, &d, 63);
		d.h = fixture__mapped().h;
		s.h = fixture__memslot().h;
		/* The parser has signed integers only. */
		d.duration_ns >>= 1;
		s.size >>= 1;
		d.size_shift %= 63;
		d.vma_shift %= 63;
		json_decref(record_of(m, &d, &fixture_device));
		json_decref(record_of(m, &s, &fixture_device));
	}
	model__free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_of_a_decision),
		cmocka_unit_test(a_rejected_decision),
		cmocka_unit_test(flags_are_read_one_by_one),
		cmocka_unit_test(what_a_source_cannot_know_is_null),
		cmocka_unit_test(values_that_mean_nothing_are_null),
		cmocka_unit_test(inferred_fields_are_named),
		cmocka_unit_test(vma_flags_are_in_order_of_weight),
		cmocka_unit_test(a_memslot),
		cmocka_unit_test(other_records),
		cmocka_unit_test(top_is_the_host_and_an_object_for_each_vm),
		cmocka_unit_test(what_is_mapped_now_may_be_unknown),
		cmocka_unit_test(the_summary_has_every_vm),
		cmocka_unit_test(check_and_errors_are_objects_too),
		cmocka_unit_test(garbage_is_still_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
