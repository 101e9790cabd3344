// SPDX-License-Identifier: GPL-2.0-only
/* JSON: one golden line, and every field read back by a parser that is not ours. */
#include "unit.h"

#include <inttypes.h>

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "capture.h"
#include "fixture.h"
#include "model/vocab.h"
#include "view/json_writer.h"
#include "view/utf8.h"
#include "view/view_priv.h"

static json_t *parse(const char *text)
{
	json_error_t error;
	json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (!o)
		fail_msg("%s: %s", error.text, text);
	return o;
}

static json_t *event_of(const struct model *m, const void *ev)
{
	struct capture c;
	json_t *o;

	capture__start(&c, VIEW_JSON);
	view__event(c.view, m, ev);
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
	view__event(c.view, m, &d.h);
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
		"\"pc\":\"0x8020\",\"map_writable\":false,\"vncr\":false}\n");
	capture__end(&c);
	model__free(m);
}

static void a_rejected_decision(void **state)
{
	struct model *m = fixture__named();
	struct s2_ev_decision d = fixture__rejected();
	json_t *o = event_of(m, &d);

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
		{ "map_writable", S2_DF_MAP_WRITABLE },
		{ "vncr", S2_DF_VNCR },
	};
	struct model *m = fixture__empty();

	(void)state;
	for (size_t i = 0; i < NR(flags); i++) {
		struct s2_ev_decision d = fixture__mapped();
		json_t *o;

		d.flags = S2_BIT(flags[i].flag);
		o = event_of(m, &d);
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
		o = event_of(m, &d);
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
	struct s2_ev_region r = fixture__region();
	json_t *o;

	(void)state;
	d.hva = 0;
	d.slot = S2_NO_SLOT;
	d.vma_attr = S2_VMA_UNKNOWN;
	d.vma_shift = 0;
	fixture__take(m, &d);
	o = event_of(m, &d);
	expect_null(o, "hva");
	expect_null(o, "slot");
	expect_null(o, "vma.attr");
	expect_null(o, "vma.page_size");
	expect_null(o, "device");
	expect_null(o, "vm.name");
	expect_int(o, "vm.pid", FIXTURE_PID);
	json_decref(o);
	r.device.bar = -1;
	fixture__take(m, &r);
	o = event_of(m, &d);
	expect_str(o, "device.bdf", "0000:01:00.0");
	expect_null(o, "device.bar");
	json_decref(o);
	r.device = (struct s2_device){ .bar = 2 };
	fixture__take(m, &r);
	o = event_of(m, &d);
	expect_null(o, "device.bdf");
	expect_int(o, "device.bar", 2);
	json_decref(o);
	model__free(m);
}

/* It had no room in the table of VMs: its process is known all the same. */
static void a_vm_that_is_not_in_the_table(void **state)
{
	struct s2_ev_decision d = fixture__mapped();
	struct s2_ev_unmap unmap = fixture__unmap();
	struct model *m = fixture__empty();
	json_t *o;

	(void)state;
	d.h.vm = unmap.h.vm = 0;
	fixture__take(m, &d);
	o = event_of(m, &d);
	expect_null(o, "vm.id");
	expect_int(o, "vm.pid", FIXTURE_PID);
	expect_null(o, "vm.name");
	json_decref(o);
	o = event_of(m, &unmap);
	expect_null(o, "vm");
	expect_int(o, "by_pid", 77);
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
	o = event_of(m, &d);
	expect_words(o, "inferred", want);
	json_decref(o);
	model__free(m);
}

/* Without a leaf there are none, unless some were relaxed; a leaf may have none. */
static void permissions_are_of_a_leaf(void **state)
{
	struct s2_ev_decision d = fixture__mapped();
	struct model *m = fixture__named();
	json_t *o;

	(void)state;
	d.prot = 0;
	o = event_of(m, &d);
	expect_str(o, "prot", "---");
	json_decref(o);
	d.size_shift = 0;
	o = event_of(m, &d);
	expect_null(o, "prot");
	json_decref(o);
	d.outcome = S2_OUTCOME_RELAXED;
	d.prot = S2_PROT_R | S2_PROT_UX;
	o = event_of(m, &d);
	expect_str(o, "prot", "r-u");
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
	o = event_of(m, &d);
	expect_words(o, "vma.flags", all);
	json_decref(o);
	d.vm_flags = 0x7; /* READ, WRITE, EXEC are not shown */
	o = event_of(m, &d);
	expect_words(o, "vma.flags", none);
	json_decref(o);
	model__free(m);
}

static void a_memslot(void **state)
{
	static const char *const flags[] = { "LOG_DIRTY_PAGES", "READONLY", NULL };
	static const char *const inferred[] = { "reason", NULL };
	struct model *m = fixture__named();
	struct s2_ev_memslot s = fixture__memslot();
	json_t *o;

	(void)state;
	s.device = fixture_device;
	o = event_of(m, &s);
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
	o = event_of(m, &s);
	expect_str(o, "outcome", "rejected");
	expect_int(o, "ret", -EINVAL);
	expect_str(o, "reason", "pfnmap_needs_fwb");
	expect_null(o, "vma");
	expect_null(o, "device");
	json_decref(o);
	s.present = S2_BIT(S2_F_REASON);
	s.inferred = S2_BIT(S2_F_REASON);
	o = event_of(m, &s);
	expect_null(o, "fwb");
	expect_null(o, "mte");
	expect_words(o, "inferred", inferred);
	json_decref(o);
	model__free(m);
}

static void other_events(void **state)
{
	struct model *m = fixture__model();
	struct s2_ev_unmap unmap = fixture__unmap();
	struct s2_ev_protect protect = fixture__protect();
	struct s2_ev_cmo cmo = fixture__cmo();
	struct s2_ev_vm vm = fixture__vm(1, S2_VM_FOUND);
	json_t *o = event_of(m, &unmap);

	(void)state;
	expect_str(o, "schema", "s2trace.unmap/1");
	expect_int(o, "vm.pid", FIXTURE_PID);
	expect_int(o, "by_pid", 77);
	expect_str(o, "cause", "mmu_notifier");
	expect_int(o, "size", 2 << 20);
	expect_null(o, "nested");
	json_decref(o);
	o = event_of(m, &protect);
	expect_str(o, "schema", "s2trace.protect/1");
	expect_int(o, "vm.pid", FIXTURE_PID);
	expect_int(o, "by_pid", 78);
	expect_str(o, "ipa", "0x40000000");
	expect_int(o, "size", 2 << 20);
	expect_str(o, "op", "split");
	expect_int(o, "nested", 3);
	json_decref(o);
	o = event_of(m, &cmo);
	expect_str(o, "schema", "s2trace.cmo/1");
	expect_null(o, "vm");
	expect_str(o, "op", "icache_inval");
	expect_bool(o, "done", true);
	json_decref(o);
	cmo.done = S2_CMO_UNKNOWN;
	o = event_of(m, &cmo);
	expect_null(o, "done");
	json_decref(o);
	o = event_of(m, &vm);
	expect_str(o, "schema", "s2trace.vm/1");
	expect_str(o, "event", "found");
	json_decref(o);
	model__free(m);
}

/* The VM's line of `top`. */
static json_t *top_of(const struct model *m)
{
	struct capture c;
	json_t *o;

	capture__start(&c, VIEW_JSON);
	view__top(c.view, m);
	o = parse(strchr(capture__take(&c), '\n') + 1);
	capture__end(&c);
	return o;
}

static void top_is_the_host_and_an_object_for_each_vm(void **state)
{
	struct model *m = fixture__model();
	struct capture c;
	const char *text;
	json_t *host, *vm;

	(void)state;
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
	expect_int(host, "vms_truncated", 0);
	expect_str(host, "backend", "tracepoint");
	expect_int(host, "lost.ring", 0);
	expect_str(vm, "schema", "s2trace.top/1");
	expect_str(vm, "vm.name", "gpu0");
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
	expect_int(vm, "cmo.dcache_clean_inval.skipped", 7);
	expect_int(vm, "cmo.dcache_clean_inval.done", 0);
	expect_int(vm, "cmo.icache_inval.done_bytes", 2 << 12);
	expect_int(vm, "rejections", 4);
	expect_str(vm, "last_reason", "pfnmap_needs_fwb_dic");
	json_decref(host);
	json_decref(vm);
	capture__end(&c);
	model__free(m);
}

/* "types.NORMAL.page": what stands there in the VM's line of `top`. */
static void expect_counter(const json_t *o, const char *map, const struct vocab *v, unsigned int id,
			   const char *member, uint64_t want)
{
	char path[96];

	snprintf(path, sizeof(path), "%s.%s%s", map, vocab__name(v, id), member);
	expect_int(o, path, (json_int_t)want);
}

static void expect_type(const json_t *o, const struct s2_totals *t, unsigned int type)
{
	static const char *const level[] = { ".page", ".pmd", ".pud" };
	static const char *const access[] = { ".read", ".write", ".exec" };
	uint64_t by[S2_ACCESS__MAX] = { 0 }, all = 0;

	for (int l = 0; l < S2_LEVEL__MAX; l++) {
		uint64_t at = 0;

		for (int a = 0; a < S2_ACCESS__MAX; a++) {
			by[a] += t->cell[type][l].n[a];
			at += t->cell[type][l].n[a];
		}
		expect_counter(o, "types", &vocab_memtype, type, level[l], at);
		all += at;
	}
	for (int a = 0; a < S2_ACCESS__MAX; a++)
		expect_counter(o, "types", &vocab_memtype, type, access[a], by[a]);
	expect_counter(o, "types", &vocab_memtype, type, ".mappings", all);
}

/* All differ, so that none can be taken for another. */
static struct s2_ev_totals different_totals(void)
{
	struct s2_ev_totals t = fixture__totals();
	uint64_t n = 1000;

	for (size_t i = 0; i < sizeof(t.totals) / sizeof(n); i++, n += 7)
		memcpy((char *)&t.totals + i * sizeof(n), &n, sizeof(n));
	for (int row = 0; row < S2_CELL_ROWS; row++)
		for (int l = 0; l < S2_LEVEL__MAX; l++)
			for (int a = 0; a < S2_ACCESS__MAX; a++, n += n / 3)
				t.totals.cell[row][l].n[a] = n;
	return t;
}

static void every_counter_has_its_place(void **state)
{
	struct s2_ev_totals ev = different_totals();
	const struct s2_totals *t = &ev.totals;
	struct model *m = fixture__named();
	json_t *o;

	(void)state;
	fixture__take(m, &ev);
	o = top_of(m);
	for (unsigned int i = 0; i < S2_MEMTYPE_LEAVES; i++)
		expect_type(o, t, i);
	for (unsigned int i = 0; i < S2_OUTCOME__MAX; i++)
		expect_counter(o, "outcomes", &vocab_outcome, i, "", t->outcome[i]);
	for (unsigned int i = 1; i < S2_REASON__MAX; i++)
		expect_counter(o, "reasons", &vocab_reason, i, "", t->reason[i]);
	for (unsigned int i = 0; i < S2_UNMAP__MAX; i++) {
		expect_counter(o, "unmap", &vocab_unmap_cause, i, ".n", t->unmap_n[i]);
		expect_counter(o, "unmap", &vocab_unmap_cause, i, ".bytes", t->unmap_bytes[i]);
	}
	for (unsigned int i = 0; i < S2_PROTECT__MAX; i++) {
		expect_counter(o, "protect", &vocab_protect_op, i, ".n", t->protect_n[i]);
		expect_counter(o, "protect", &vocab_protect_op, i, ".bytes", t->protect_bytes[i]);
	}
	for (unsigned int i = 0; i < S2_CMO__MAX; i++) {
		expect_counter(o, "cmo", &vocab_cmo_op, i, ".done", t->cmo_n[i][1]);
		expect_counter(o, "cmo", &vocab_cmo_op, i, ".done_bytes", t->cmo_bytes[i][1]);
		expect_counter(o, "cmo", &vocab_cmo_op, i, ".skipped", t->cmo_n[i][0]);
		expect_counter(o, "cmo", &vocab_cmo_op, i, ".skipped_bytes", t->cmo_bytes[i][0]);
	}
	expect_int(o, "slots_accepted", (json_int_t)t->slots_accepted);
	expect_int(o, "slots_rejected", (json_int_t)t->slots_rejected);
	json_decref(o);
	model__free(m);
}

/* The host's line of `top`. */
static json_t *host_of(const struct model *m)
{
	struct capture c;
	json_t *o;

	capture__start(&c, VIEW_JSON);
	view__trace_header(c.view, m);
	o = parse(capture__take(&c));
	capture__end(&c);
	return o;
}

static void the_line_of_the_host(void **state)
{
	static const char *const facts[] = { "kvm", "fwb", "dic", "idc", "cacheable_pfnmap" };
	struct s2_ev_tick tick = fixture__tick(FIXTURE_TS);
	struct s2_ev_loss loss = fixture__loss();
	struct model *m = fixture__empty();
	json_t *o;

	(void)state;
	fixture__take(m, &tick);
	loss.seen = 100;
	loss.emitted = 200;
	loss.filtered = 300;
	loss.received = 400;
	for (unsigned int i = 0; i < S2_LOST__MAX; i++)
		loss.lost[i] = 10 + i;
	fixture__take(m, &loss);
	for (size_t no = 0; no < NR(facts); no++) {
		struct s2_ev_host h = fixture_host;

		h.kvm = no == 0 ? FACT_NO : FACT_YES;
		h.fwb = no == 1 ? FACT_NO : FACT_YES;
		h.dic = no == 2 ? FACT_NO : FACT_YES;
		h.idc = no == 3 ? FACT_NO : FACT_YES;
		h.cacheable_pfnmap = no == 4 ? FACT_NO : FACT_YES;
		fixture__take(m, &h);
		o = host_of(m);
		for (size_t i = 0; i < NR(facts); i++)
			expect_bool(o, facts[i], i != no);
		json_decref(o);
	}
	o = host_of(m);
	expect_int(o, "ts_ns", FIXTURE_TS);
	expect_str(o, "hostname", "grace-01");
	expect_str(o, "kernel", "7.3.4-arm64");
	expect_str(o, "machine", "aarch64");
	expect_str(o, "kvm_mode", "vhe");
	expect_int(o, "page_size", 4096);
	expect_int(o, "counter_hz", 1000000000);
	expect_int(o, "vms", 0);
	expect_int(o, "seen", 100);
	expect_int(o, "emitted", 200);
	expect_int(o, "filtered", 300);
	expect_int(o, "received", 400);
	for (unsigned int i = 0; i < S2_LOST__MAX; i++)
		expect_counter(o, "lost", &vocab_loss, i, "", loss.lost[i]);
	json_decref(o);
	model__free(m);
}

/* Of a host of which nothing is known. */
static void an_unknown_host_is_null(void **state)
{
	static const char *const null[] = {
		"ts_ns",	   "hostname", "kernel", "machine", "page_size", "kvm",
		"kvm_mode",	   "fwb",      "dic",	 "idc",	    "backend",	 "counter_hz",
		"cacheable_pfnmap"
	};
	struct model *m = model__new(NULL);
	json_t *o = host_of(m);

	(void)state;
	for (size_t i = 0; i < NR(null); i++)
		expect_null(o, null[i]);
	json_decref(o);
	model__free(m);
}

static void rates_are_rounded_to_thousandths(void **state)
{
	static const struct {
		uint64_t faults, ns;
		const char *want;
	} rates[] = {
		{ 0, 1000000000, "0.0" },
		{ 25, 2000000000, "12.5" },
		{ 1, 3000000000, "0.333" },
		{ 2, 3000000000, "0.667" },
		{ 1, 20000000000, "0.05" },
		{ 1999999, 1000000000, "1999999.0" },
		{ 1, 1000000000000000, "0.0" },
		{ 2999999, 3000000, "999999666.667" },
		{ 4000000000000ULL, 1000000000, "4000000000000.0" },
	};

	(void)state;
	for (size_t i = 0; i < NR(rates); i++) {
		struct s2_ev_tick start = fixture__tick(FIXTURE_TS);
		struct s2_ev_tick end = fixture__tick(FIXTURE_TS + rates[i].ns);
		struct s2_ev_totals totals = fixture__totals();
		struct model *m = fixture__model();
		struct capture c;
		char want[64];

		fixture__take(m, &start);
		totals.totals.outcome[S2_OUTCOME_MAPPED] += rates[i].faults;
		fixture__take(m, &totals);
		fixture__take(m, &end);
		capture__start(&c, VIEW_JSON);
		view__top(c.view, m);
		snprintf(want, sizeof(want), "\"faults_per_s\":%s,", rates[i].want);
		if (!strstr(capture__take(&c), want))
			fail_msg("no %s", want);
		capture__end(&c);
		model__free(m);
	}
}

/* Its tables were not read, or are the hypervisor's, or are gone. */
static void what_is_mapped_now_may_be_unknown(void **state)
{
	struct s2_ev_vm destroyed = fixture__vm(1, S2_VM_DESTROYED);
	struct model *m = fixture__named();
	json_t *o = top_of(m);

	(void)state;
	expect_null(o, "mapped");
	json_decref(o);
	fixture__read_tables(m);
	o = top_of(m);
	expect_int(o, "mapped.lost", 1);
	json_decref(o);
	fixture__take(m, &destroyed);
	o = top_of(m);
	expect_null(o, "mapped");
	expect_bool(o, "alive", false);
	json_decref(o);
	model__free(m);
}

static void the_summary_has_every_vm(void **state)
{
	struct s2_ev_loss loss = fixture__loss();
	struct s2_ev_vm other = fixture__vm(2, S2_VM_FOUND);
	struct model *m = fixture__model();
	const json_t *vms;
	struct capture c;
	json_t *o;

	(void)state;
	other.tgid = 0;
	fixture__take(m, &other);
	loss.seen = 10;
	loss.emitted = 4;
	loss.lost[S2_LOST_RING] = 6;
	fixture__take(m, &loss);
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
	expect_null(json_array_get(vms, 1), "name");
	expect_bool(json_array_get(vms, 1), "found", true);
	expect_null(json_array_get(vms, 1), "mean_ns");
	json_decref(o);
	capture__end(&c);
	model__free(m);
}

static void the_lines_of_a_map(void **state)
{
	struct model *m = fixture__model();
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_JSON);
	view__map_header(c.view);
	assert_string_equal(capture__take(&c), "");
	view__map_vm(c.view, m, model__vm(m, 0));
	assert_string_equal(
		capture__take(&c),
		"{\"schema\":\"s2trace.map/1\","
		"\"vm\":{\"id\":1,\"pid\":4242,\"name\":\"gpu0\"},\"nested\":null,"
		"\"ipa\":\"0x400000000000\",\"size\":4294967296,\"pa\":\"0x480000000000\","
		"\"pa_contiguous\":true,\"type\":\"NORMAL\",\"prot\":\"rw-\","
		"\"leaf_size\":2097152,\"leaves\":2048,\"slot\":3,\"slot_flags\":[\"READONLY\"],"
		"\"hva\":\"0xffff84000000\",\"vma\":{\"attr\":\"NORMAL\","
		"\"flags\":[\"PFNMAP\",\"IO\",\"SHARED\"],\"start\":\"0xffff84000000\","
		"\"end\":\"0x1000384000000\"},\"device\":{\"bdf\":\"0000:01:00.0\",\"bar\":4},"
		"\"own_ipa\":null,\"inferred\":[],\"ipa_is_pa\":false,\"in_host\":true}\n"
		"{\"schema\":\"s2trace.map/1\","
		"\"vm\":{\"id\":1,\"pid\":4242,\"name\":\"gpu0\"},\"nested\":null,"
		"\"ipa\":\"0x500000000000\",\"size\":33554432,\"pa\":null,"
		"\"pa_contiguous\":false,\"type\":\"NORMAL_NC\",\"prot\":\"rw-\","
		"\"leaf_size\":4096,\"leaves\":8192,\"slot\":null,\"slot_flags\":null,"
		"\"hva\":null,\"vma\":null,\"device\":null,"
		"\"own_ipa\":null,\"inferred\":[],\"ipa_is_pa\":null,\"in_host\":null}\n");
	capture__end(&c);
	model__free(m);
}

/* What a nested MMU maps is found in the VM's own tables, by its address in the host. */
static void the_line_of_a_nested_mmu(void **state)
{
	static const char *const inferred[] = { "own_ipa", "slot",   "slot_flags", "hva",
						"vma",	   "device", NULL };
	struct s2_ev_survey begin = fixture__survey(S2_SURVEY_BEGIN);
	struct s2_ev_survey end = fixture__survey(S2_SURVEY_END);
	struct s2_ev_mapped nested = fixture__mapped_range();
	struct s2_ev_region region = fixture__region();
	struct model *m = fixture__named();
	struct capture c;
	json_t *o;

	(void)state;
	begin.nested = end.nested = nested.nested = 2;
	nested.ipa = 0x1000000;
	nested.size = 4 << 20;
	nested.leaves = 2;
	nested.own_ipa = FIXTURE_IPA + (1 << 20);
	nested.pa += 1 << 20;
	nested.memtype = S2_MEMTYPE_NONE;
	nested.prot = S2_NO_PROT;
	fixture__take(m, &region);
	fixture__take(m, &begin);
	fixture__take(m, &nested);
	fixture__take(m, &end);
	capture__start(&c, VIEW_JSON);
	view__map_vm(c.view, m, model__vm(m, 0));
	o = parse(capture__take(&c));
	expect_int(o, "nested", 2);
	expect_str(o, "ipa", "0x1000000");
	expect_str(o, "own_ipa", "0x400000100000");
	expect_str(o, "hva", "0xffff84100000");
	expect_int(o, "slot", 3);
	expect_int(o, "device.bar", 4);
	expect_words(o, "inferred", inferred);
	expect_null(o, "type");
	expect_null(o, "prot");
	json_decref(o);
	/* Where the region ends, within the mapping, another line begins. */
	region.size = 2 << 20;
	fixture__take(m, &region);
	view__map_vm(c.view, m, model__vm(m, 0));
	o = parse(strchr(capture__take(&c), '\n') + 1);
	expect_str(o, "ipa", "0x1100000");
	expect_str(o, "own_ipa", "0x400000200000");
	expect_null(o, "slot");
	json_decref(o);
	capture__end(&c);
	model__free(m);
}

static void the_summary_of_a_map(void **state)
{
	struct s2_ev_mapped odd = fixture__mapped_range();
	struct model *m = fixture__named();
	struct capture c;

	(void)state;
	odd.in_host = FACT_NO;
	fixture__survey_with_gaps(m, &odd);
	capture__start(&c, VIEW_JSON);
	view__map_summary(c.view, m);
	assert_string_equal(
		capture__take(&c),
		"{\"schema\":\"s2trace.map_summary/1\",\"vms\":1,\"vms_gone\":1,\"hyp_owned\":1,"
		"\"vms_truncated\":5,\"slots_truncated\":7,\"vms_slots_unread\":1,\"ranges\":1,"
		"\"ranges_truncated\":0,"
		"\"leaves\":10240,\"tables\":40,\"changed\":3,\"dropped\":1,\"unreadable\":2,"
		"\"lost\":3,\"unlisted_pa_ranges\":1,\"bytes\":{\"NORMAL\":4294967296,"
		"\"NORMAL_NC\":0,\"DEVICE_nGnRE\":0,\"NONE\":0},\"leaves_at\":{\"page\":0,"
		"\"pmd\":2048,\"pud\":0},\"duration_ns\":123456}\n");
	capture__end(&c);
	model__free(m);
}

/* Room for one mapping, and no region: what finds none is counted, and told. */
static struct model *model_without_room(void)
{
	const struct model_opts opts = { .space = { .max_regions = 0, .max_mappings = 1 },
					 .max_vms = 1 };
	struct s2_ev_decision d = fixture__mapped();
	struct model *m = model__new(&opts);

	assert_non_null(m);
	fixture__take(m, &d);
	d.ipa += 1ULL << 30;
	d.memtype = S2_MEMTYPE_NORMAL_NC;
	fixture__take(m, &d);
	return m;
}

static void what_found_no_room_is_told(void **state)
{
	struct model *m = model_without_room();
	uint64_t truncated = model__space_truncated(m);
	char want[64];
	struct capture c;

	(void)state;
	assert_true(truncated > 0);
	assert_int_equal(truncated, model__vm(m, 0)->space.truncated);
	capture__start(&c, VIEW_JSON);
	view__map_summary(c.view, m);
	snprintf(want, sizeof(want), "\"ranges_truncated\":%" PRIu64, truncated);
	assert_non_null(strstr(capture__take(&c), want));
	capture__end(&c);
	capture__start(&c, VIEW_JSON);
	view__summary(c.view, m);
	snprintf(want, sizeof(want), "\"space_truncated\":%" PRIu64, truncated);
	assert_non_null(strstr(capture__take(&c), want));
	capture__end(&c);
	model__free(m);
}

/* Decisions of a stream without totals are counted one by one: some may be missing. */
static void totals_say_where_they_come_from(void **state)
{
	struct model *m = model_without_room();
	struct s2_ev_totals totals = fixture__totals();
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_JSON);
	view__top(c.view, m);
	assert_non_null(strstr(capture__take(&c), "\"exact\":false,\"faults\":2,"));
	fixture__take(m, &totals);
	view__top(c.view, m);
	assert_non_null(strstr(capture__take(&c), "\"exact\":true,"));
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

/* As unsigned as they are: the parser knows signed integers only, so the text is looked at. */
static void large_integers_are_not_negative(void **state)
{
	static const struct {
		uint64_t value;
		const char *want;
	} large[] = {
		{ INT64_MAX, "\"duration_ns\":9223372036854775807," },
		{ 1ULL << 63, "\"duration_ns\":9223372036854775808," },
		{ UINT64_MAX, "\"duration_ns\":18446744073709551615," },
	};
	struct s2_ev_decision d = fixture__mapped();
	struct model *m = fixture__named();
	struct capture c;

	(void)state;
	d.size_shift = 63;
	capture__start(&c, VIEW_JSON);
	for (size_t i = 0; i < NR(large); i++) {
		const char *line;

		d.duration_ns = large[i].value;
		view__event(c.view, m, &d.h);
		line = capture__take(&c);
		assert_non_null(strstr(line, large[i].want));
		assert_non_null(strstr(line, "\"size\":9223372036854775808,"));
	}
	capture__end(&c);
	model__free(m);
}

static void every_number_of_digits_is_right(void **state)
{
	struct s2_ev_decision d = fixture__mapped();
	struct model *m = fixture__named();
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_JSON);
	for (uint64_t power = 1, n = 0; n < 20; n++, power *= 10) {
		for (int i = -1; i <= 1; i++) {
			char want[64];

			d.duration_ns = power + (uint64_t)i;
			d.pc = d.duration_ns;
			view__event(c.view, m, &d.h);
			snprintf(want, sizeof(want), "\"duration_ns\":%llu,",
				 (unsigned long long)d.duration_ns);
			assert_non_null(strstr(capture__take(&c), want));
			view__event(c.view, m, &d.h);
			snprintf(want, sizeof(want), "\"pc\":\"0x%llx\",",
				 (unsigned long long)d.pc);
			assert_non_null(strstr(capture__take(&c), want));
		}
	}
	for (unsigned int shift = 0; shift < 64; shift++) {
		char want[64];

		d.pc = UINT64_MAX >> shift;
		view__event(c.view, m, &d.h);
		snprintf(want, sizeof(want), "\"pc\":\"0x%llx\",", (unsigned long long)d.pc);
		assert_non_null(strstr(capture__take(&c), want));
	}
	capture__end(&c);
	model__free(m);
}

/* Whatever a VM calls itself, JSON has it as it is, escaped where a terminal must not see it. */
static void names_are_escaped(void **state)
{
	static const struct {
		const char *name, *want;
	} names[] = {
		{ "plain", "plain" },
		{ "q\"uote\\", "q\\\"uote\\\\" },
		{ "\b\f\n\r\t", "\\b\\f\\n\\r\\t" },
		{ "\033[2J\001", "\\u001B[2J\\u0001" },
		{ "\177\302\233", "\\u007F\\u009B" },
		{ "\342\200\256evil\342\201\246", "\\u202Eevil\\u2066" },
		{ "\346\227\245\360\237\230\200", "\346\227\245\360\237\230\200" },
		{ "a\377b\300\257\355\240\200",
		  "a" UTF8_REPLACEMENT "b" UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT
			  UTF8_REPLACEMENT UTF8_REPLACEMENT },
		{ "\346\227", UTF8_REPLACEMENT UTF8_REPLACEMENT },
	};
	struct s2_ev_decision d = fixture__mapped();

	(void)state;
	for (size_t i = 0; i < NR(names); i++) {
		struct s2_ev_identity id = fixture__identity(1, names[i].name);
		struct model *m = fixture__named();
		struct capture c;
		char want[128];

		fixture__take(m, &id);
		snprintf(want, sizeof(want), "\"name\":\"%s\"}", names[i].want);
		capture__start(&c, VIEW_JSON);
		view__event(c.view, m, &d.h);
		if (!strstr(capture__take(&c), want))
			fail_msg("no %s", want);
		capture__end(&c);
		json_decref(event_of(m, &d));
		model__free(m);
	}
}

/* Totals, identities, ticks and the like are the model's, not people's. */
static void events_of_no_interest_print_nothing(void **state)
{
	struct s2_ev_vm retired = fixture__vm(1, S2_VM_RETIRED);
	struct s2_ev_identity identity = fixture__identity(1, "gpu0");
	struct s2_ev_region region = fixture__region();
	struct s2_ev_totals totals = fixture__totals();
	struct s2_ev_mapped mapped = fixture__mapped_range();
	struct s2_ev_survey survey = fixture__survey(S2_SURVEY_BEGIN);
	struct s2_ev_loss loss = fixture__loss();
	struct s2_ev_tick tick = fixture__tick(FIXTURE_TS);
	const void *const events[] = { &retired, &identity, &region, &totals,	   &mapped,
				       &survey,	 &loss,	    &tick,   &fixture_host };
	struct model *m = fixture__model();
	struct capture c;

	(void)state;
	for (int format = 0; format < VIEW__MAX; format++) {
		capture__start(&c, format);
		for (size_t i = 0; i < NR(events); i++)
			view__event(c.view, m, events[i]);
		assert_string_equal(capture__take(&c), "");
		capture__end(&c);
	}
	model__free(m);
}

/* Formats are told apart by their table alone: a hole in it would be a crash. */
static void every_format_has_every_operation(void **state)
{
	static const size_t ops[] = {
		offsetof(struct view_ops, trace_header), offsetof(struct view_ops, event),
		offsetof(struct view_ops, top),		 offsetof(struct view_ops, map_header),
		offsetof(struct view_ops, map_span),	 offsetof(struct view_ops, map_summary),
		offsetof(struct view_ops, summary),	 offsetof(struct view_ops, check),
		offsetof(struct view_ops, error),
	};

	(void)state;
	assert_int_equal(sizeof(struct view_ops), (1 + NR(ops)) * sizeof(void *));
	for (int format = 0; format < VIEW__MAX; format++) {
		assert_non_null(view_formats[format]);
		assert_true(view_formats[format]->name[0]);
		for (size_t i = 0; i < NR(ops); i++)
			assert_non_null(*(void (*const *)(void))(
				(const char *)view_formats[format] + ops[i]));
	}
}

/* Whatever a recording or a VM's name may hold, the line is JSON. */
static void garbage_is_still_json(void **state)
{
	struct model *m = fixture__model();
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct s2_ev_identity id = fixture__identity(1, "");
		struct s2_ev_decision d;
		struct s2_ev_memslot s;
		char *bytes = (char *)&s;

		for (size_t i = 0; i < sizeof(s); i++)
			bytes[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
		memcpy(&d, &s, sizeof(d));
		memcpy(id.name, &s, sizeof(id.name) - 1);
		fixture__take(m, &id);
		d.h = fixture__mapped().h;
		s.h = fixture__memslot().h;
		s.device.bdf[sizeof(s.device.bdf) - 1] = '\0';
		/* The parser has signed integers only. */
		d.duration_ns >>= 1;
		s.size >>= 1;
		d.size_shift %= 63;
		d.vma_shift %= 63;
		json_decref(event_of(m, &d));
		json_decref(event_of(m, &s));
	}
	model__free(m);
}

/* The writer by itself, as the schemas use it. */
static void a_pretty_document(void **state)
{
	struct out o = { 0 };
	struct json_writer w = { .o = &o, .pretty = true };

	(void)state;
	json__open(&w, '{');
	json__name(&w, "list");
	json__open(&w, '[');
	json__u64(&w, 1);
	json__i64(&w, -2);
	json__close(&w, ']');
	json__name(&w, "none");
	json__open(&w, '{');
	json__close(&w, '}');
	json__name(&w, "deep");
	json__open(&w, '{');
	json__name(&w, "word");
	json__word(&w, "x");
	json__name(&w, "nan");
	json__real(&w, NAN);
	json__name(&w, "below");
	json__real(&w, -1.2346);
	json__close(&w, '}');
	json__close(&w, '}');
	assert_string_equal(out__cstr(&o), "{\n \"list\": [\n  1,\n  -2\n ],\n \"none\": {},\n"
					   " \"deep\": {\n  \"word\": \"x\",\n  \"nan\": null,\n"
					   "  \"below\": -1.235\n }\n}");
	out__free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_of_a_decision),
		cmocka_unit_test(a_rejected_decision),
		cmocka_unit_test(flags_are_read_one_by_one),
		cmocka_unit_test(what_a_source_cannot_know_is_null),
		cmocka_unit_test(values_that_mean_nothing_are_null),
		cmocka_unit_test(a_vm_that_is_not_in_the_table),
		cmocka_unit_test(inferred_fields_are_named),
		cmocka_unit_test(permissions_are_of_a_leaf),
		cmocka_unit_test(vma_flags_are_in_order_of_weight),
		cmocka_unit_test(a_memslot),
		cmocka_unit_test(other_events),
		cmocka_unit_test(top_is_the_host_and_an_object_for_each_vm),
		cmocka_unit_test(every_counter_has_its_place),
		cmocka_unit_test(the_line_of_the_host),
		cmocka_unit_test(an_unknown_host_is_null),
		cmocka_unit_test(what_is_mapped_now_may_be_unknown),
		cmocka_unit_test(the_summary_has_every_vm),
		cmocka_unit_test(check_and_errors_are_objects_too),
		cmocka_unit_test(the_lines_of_a_map),
		cmocka_unit_test(the_line_of_a_nested_mmu),
		cmocka_unit_test(the_summary_of_a_map),
		cmocka_unit_test(what_found_no_room_is_told),
		cmocka_unit_test(totals_say_where_they_come_from),
		cmocka_unit_test(rates_are_rounded_to_thousandths),
		cmocka_unit_test(large_integers_are_not_negative),
		cmocka_unit_test(every_number_of_digits_is_right),
		cmocka_unit_test(names_are_escaped),
		cmocka_unit_test(events_of_no_interest_print_nothing),
		cmocka_unit_test(every_format_has_every_operation),
		cmocka_unit_test(garbage_is_still_json),
		cmocka_unit_test(a_pretty_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
