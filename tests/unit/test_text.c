// SPDX-License-Identifier: GPL-2.0-only
/* Text: golden lines of each kind of record and of each report. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "fixture.h"
#include "model/vocab.h"
#include "view/utf8.h"

static const char heading[] =
	"       TIME VM            CPU IPA            EVENT              VMA                   "
	"     US OUTCOME  TYPE         SIZE PROT PA             DEVICE\n";

static void expect_record(struct capture *c, const struct model *m, const void *rec,
			  const struct mem_device *device, const char *want)
{
	view__record(c->view, m, rec, device);
	assert_string_equal(capture__take(c), want);
}

static void the_header_names_the_host_and_the_columns(void **state)
{
	struct model *m = fixture__empty();
	struct capture c;
	const char *text;

	(void)state;
	capture__start(&c, VIEW_TEXT);
	view__trace_header(c.view, m);
	text = capture__take(&c);
	assert_memory_equal(text,
			    "s2trace grace-01  Linux 7.3.4-arm64  aarch64  4K pages  KVM vhe"
			    "  FWB yes  DIC yes  cacheable PFNMAP -  tracepoint  lost 0\n",
			    strlen(text) - strlen(heading));
	assert_string_equal(strchr(text, '\n') + 1, heading);
	capture__end(&c);
	model__free(m);
}

static void a_decision_is_one_line(void **state)
{
	struct model *m = fixture__model();
	struct s2_ev_decision d = fixture__mapped();
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_TEXT);
	expect_record(&c, m, &d, &fixture_device,
		      "   0.000000 gpu0/4242       2 0x400000000000 write translation  "
		      "NORMAL pf io sh          12.3 mapped   NORMAL         2M rw-  "
		      "0x480000000000 0000:01:00.0/4\n");
	d.h.ts_ns += 1234567890;
	d.access = S2_ACCESS_EXEC;
	d.fault = S2_FAULT_PERMISSION;
	d.memtype = S2_MEMTYPE_DEVICE_nGnRE;
	d.size_shift = 12;
	d.prot = 0xf;
	expect_record(&c, m, &d, NULL,
		      "   1.234567 gpu0/4242       2 0x400000000000 exec permission    "
		      "NORMAL pf io sh          12.3 mapped   DEVICE_nGnRE   4K rwx  "
		      "0x480000000000\n");
	capture__end(&c);
	model__free(m);
}

static void a_rejection_ends_in_its_reason(void **state)
{
	struct model *m = fixture__model();
	struct s2_ev_decision d = fixture__rejected();
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_TEXT);
	expect_record(&c, m, &d, NULL,
		      "   0.000000 gpu0/4242       2 0x400000000000 write translation  "
		      "NORMAL pf io sh          12.3 rejected "
		      "cacheable PFNMAP needs FWB and DIC, this host lacks both\n");
	capture__end(&c);
	model__free(m);
}

static void what_is_not_known_is_a_dash(void **state)
{
	struct model *m = fixture__empty();
	struct s2_ev_decision d = fixture__unknown();
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_TEXT);
	expect_record(&c, m, &d, NULL,
		      "   0.000000 4242            - -              -                  -      "
		      "                     - -        -               - -    -\n");
	capture__end(&c);
	model__free(m);
}

static void other_records_share_the_columns(void **state)
{
	struct model *m = fixture__model();
	struct s2_ev_memslot slot = fixture__memslot(), refused = fixture__memslot_refused();
	struct s2_ev_unmap unmap = fixture__unmap();
	struct s2_ev_cmo cmo = fixture__cmo();
	struct s2_ev_vm vm = fixture__vm(1, S2_VM_DESTROYED);
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_TEXT);
	expect_record(
		&c, m, &slot, &fixture_device,
		"   0.000000 gpu0/4242         0x400000000000 memslot create     NORMAL pf io "
		"                 accepted               16G                     "
		"0000:01:00.0/4\n");
	expect_record(
		&c, m, &refused, NULL,
		"   0.000000 gpu0/4242         0x400000000000 memslot create     NORMAL pf io "
		"                 rejected "
		"cacheable PFNMAP needs FEAT_S2FWB, which this host lacks\n");
	expect_record(
		&c, m, &unmap, NULL,
		"   0.000000 gpu0/4242         0x40000000     unmap mmu_notifier              "
		"                                         2M\n");
	expect_record(
		&c, m, &cmo, NULL,
		"   0.000000 -                                icache_inval                    "
		"                 done                    4K\n");
	expect_record(&c, m, &vm, NULL,
		      "   0.000000 gpu0/4242                        vm destroyed\n");
	capture__end(&c);
	model__free(m);
}

static void check_line(const char *line)
{
	size_t len = strcspn(line, "\n");

	assert_in_range(utf8__columns(line, len), 1, 160);
	assert_int_not_equal(line[len - 1], ' ');
	assert_string_equal(line + len, "\n");
}

/* The longest of each, all at once. */
static void lines_fit_into_160_columns(void **state)
{
	struct model *m = fixture__model();
	struct s2_ev_decision d = fixture__rejected();
	struct capture c;

	(void)state;
	snprintf(model__vm(m, 0)->name, 64, "a-name-that-is-much-too-long-for-its-column");
	model__vm(m, 0)->pid = 4194304;
	d.vm_flags |= 1ULL << 39; /* ALLOW_ANY_UNCACHED */
	d.vma_attr = S2_VMA_NORMAL_NC;
	d.vcpu = 511;
	d.duration_ns = 9999999999;
	capture__start(&c, VIEW_TEXT);
	for (int reason = 1; reason < S2_REASON__MAX; reason++) {
		d.reason = (uint8_t)reason;
		view__record(c.view, m, &d.h, &fixture_device);
		check_line(capture__take(&c));
	}
	capture__end(&c);
	model__free(m);
}

static void unknown_numbers_are_survived(void **state)
{
	struct model *m = fixture__empty();
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_TEXT);
	for (unsigned int byte = 0; byte < 256; byte++) {
		struct s2_ev_decision d;
		struct s2_event header = fixture__mapped().h;

		memset(&d, (int)byte, sizeof(d));
		d.h = header;
		view__record(c.view, m, &d.h, &fixture_device);
		assert_non_null(strchr(capture__take(&c), '\n'));
	}
	capture__end(&c);
	model__free(m);
}

static void top_has_a_row_for_each_vm(void **state)
{
	struct model *m = fixture__model();
	struct vm *vm = model__vm_get(m, 2, 7);
	struct capture c;
	const char *text;

	(void)state;
	vm->alive = false;
	capture__start(&c, VIEW_TEXT);
	view__top(c.view, m);
	text = strchr(capture__take(&c), '\n') + 1;
	assert_string_equal(
		text,
		"    PID NAME              NOW N/NC/DEV      NORMAL   NORMAL_NC      DEVICE  "
		"PAGE/PMD/PUD FAULTS/S MEAN us  P99 us  REJ LAST REASON\n"
		"   4242 gpu0              4.0G/32.0M/0    1.0G/512     20.0K/5           -       "
		"5/512/0        0    2.97    4.08    4 cacheable PFNMAP needs FWB and DIC, this "
		"host lacks both\n"
		"      7 -                            -           -           -           -        "
		" "
		"0/0/0     gone       -       -    0 -\n\n");
	capture__end(&c);
	model__free(m);
}

static void the_summary_says_what_was_lost(void **state)
{
	struct source_stats stats = { .seen = 530, .emitted = 3, .received = 3, .filtered = 517 };
	struct model *m = fixture__model();
	struct capture c;
	const char *text;

	(void)state;
	model__set_stats(m, &stats);
	capture__start(&c, VIEW_TEXT);
	view__summary(c.view, m);
	assert_string_equal(capture__take(&c),
			    "seen 530, emitted 3, filtered 517, received 3, lost 0\n"
			    "VM 1 gpu0 (process 4242): 520 faults: 517 mapped, 3 rejected; "
			    "memslots: 4 accepted, 1 refused\n"
			    "  NORMAL       1.0G in 512 mappings: 512 pmd; 12 read, 500 write\n"
			    "  NORMAL_NC    20.0K in 5 mappings: 5 page; 5 exec\n"
			    "  fault duration: mean 2.97 us, p99 4.08 us\n"
			    "  3 x pfnmap_needs_fwb_dic: "
			    "cacheable PFNMAP needs FWB and DIC, this host lacks both\n"
			    "  unmapped by mmu_notifier: 9 ranges, 9.0M\n"
			    "  dcache_clean_inval: 0 done (0), 7 spared (28.0K)\n"
			    "  icache_inval: 2 done (8.0K), 0 spared (0)\n");
	stats.lost[S2_LOST_RING] = 10;
	model__set_stats(m, &stats);
	view__summary(c.view, m);
	text = capture__take(&c);
	assert_non_null(strstr(text, "received 3, lost 10\n  10 lost (ring): "));
	assert_non_null(strstr(text, vocab__text(&vocab_loss, S2_LOST_RING)));
	capture__end(&c);
	model__free(m);
}

static void check_says_what_is_missing(void **state)
{
	const struct check_item items[] = {
		{ "fwb", "FEAT_S2FWB", CHECK_YES, true, "ID_AA64MMFR2_EL1", "" },
		{ "dic", "CTR_EL0.DIC", CHECK_NO, true, "CTR_EL0", "use another host" },
		{ "btf", "kernel BTF", CHECK_UNKNOWN, false, "", "" },
	};
	const struct check_report report = { &fixture_host, items, NR(items), CHECK_NO,
					     "No: DIC is missing." };
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_TEXT);
	view__check(c.view, &report);
	assert_string_equal(capture__take(&c),
			    "yes  FEAT_S2FWB                                     ID_AA64MMFR2_EL1\n"
			    "no   CTR_EL0.DIC                                    CTR_EL0\n"
			    "       -> use another host\n"
			    "?    kernel BTF (not required)\n"
			    "\nNo: DIC is missing.\n");
	capture__end(&c);
}

static void an_error_is_the_loggers_in_text(void **state)
{
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_TEXT);
	view__error(c.view, "wrong", "do right");
	assert_string_equal(capture__take(&c), "");
	capture__end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_names_the_host_and_the_columns),
		cmocka_unit_test(a_decision_is_one_line),
		cmocka_unit_test(a_rejection_ends_in_its_reason),
		cmocka_unit_test(what_is_not_known_is_a_dash),
		cmocka_unit_test(other_records_share_the_columns),
		cmocka_unit_test(lines_fit_into_160_columns),
		cmocka_unit_test(unknown_numbers_are_survived),
		cmocka_unit_test(top_has_a_row_for_each_vm),
		cmocka_unit_test(the_summary_says_what_was_lost),
		cmocka_unit_test(check_says_what_is_missing),
		cmocka_unit_test(an_error_is_the_loggers_in_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
