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

static void expect_event(struct capture *c, const struct model *m, const void *ev, const char *want)
{
	view__event(c->view, m, ev);
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
	struct model *m = fixture__model(), *bare = fixture__named();
	struct s2_ev_decision d = fixture__mapped();
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_TEXT);
	expect_event(&c, m, &d,
		     "   0.000000 gpu0/4242       2 0x400000000000 write translation  "
		     "NORMAL pf io sh          12.3 mapped   NORMAL         2M rw-  "
		     "0x480000000000 0000:01:00.0/4\n");
	d.h.ts_ns += 1234567890;
	d.access = S2_ACCESS_EXEC;
	d.fault = S2_FAULT_PERMISSION;
	d.memtype = S2_MEMTYPE_DEVICE_nGnRE;
	d.size_shift = 12;
	d.prot = 0xf;
	expect_event(&c, bare, &d,
		     "   1.234567 gpu0/4242       2 0x400000000000 exec permission    "
		     "NORMAL pf io sh          12.3 mapped   DEVICE_nGnRE   4K rwx  "
		     "0x480000000000\n");
	d.h.ts_ns = FIXTURE_TS - 1; /* of another source: it was behind */
	d.present &= ~S2_BIT(S2_F_VMA_ATTR);
	expect_event(&c, bare, &d,
		     "   0.000000 gpu0/4242       2 0x400000000000 exec permission    "
		     "pf io sh                 12.3 mapped   DEVICE_nGnRE   4K rwx  "
		     "0x480000000000\n");
	capture__end(&c);
	model__free(bare);
	model__free(m);
}

static void a_rejection_ends_in_its_reason(void **state)
{
	struct model *m = fixture__model();
	struct s2_ev_decision d = fixture__rejected();
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_TEXT);
	expect_event(&c, m, &d,
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
	fixture__take(m, &d);
	expect_event(&c, m, &d,
		     "   0.000000 4242            - -              -                  -      "
		     "                     - -        -               - -    -\n");
	d.reason = S2_REASON_WALK_RACE; /* of a source that cannot know it */
	expect_event(&c, m, &d,
		     "   0.000000 4242            - -              -                  -      "
		     "                     - -        -               - -    -\n");
	capture__end(&c);
	model__free(m);
}

static void other_events_share_the_columns(void **state)
{
	struct model *m = fixture__named();
	struct s2_ev_memslot slot = fixture__memslot(), refused = fixture__memslot_refused();
	struct s2_ev_unmap unmap = fixture__unmap();
	struct s2_ev_protect protect = fixture__protect();
	struct s2_ev_cmo cmo = fixture__cmo();
	struct s2_ev_vm vm = fixture__vm(1, S2_VM_DESTROYED);
	struct capture c;

	(void)state;
	slot.device = fixture_device;
	capture__start(&c, VIEW_TEXT);
	expect_event(&c, m, &slot,
		     "   0.000000 gpu0/4242         0x400000000000 memslot create     NORMAL pf io "
		     "                 accepted               16G                     "
		     "0000:01:00.0/4\n");
	expect_event(&c, m, &refused,
		     "   0.000000 gpu0/4242         0x400000000000 memslot create     NORMAL pf io "
		     "                 rejected "
		     "cacheable PFNMAP needs FEAT_S2FWB, which this host lacks\n");
	expect_event(&c, m, &unmap,
		     "   0.000000 gpu0/4242         0x40000000     unmap mmu_notifier              "
		     "                                         2M\n");
	expect_event(&c, m, &protect,
		     "   0.000000 gpu0/4242         0x40000000     split                           "
		     "                                         2M\n");
	expect_event(&c, m, &cmo,
		     "   0.000000 -                                icache_inval                    "
		     "                 done                    4K\n");
	cmo.done = 0;
	expect_event(&c, m, &cmo,
		     "   0.000000 -                                icache_inval                    "
		     "                 skipped                 4K\n");
	expect_event(&c, m, &vm, "   0.000000 gpu0/4242                        vm destroyed\n");
	capture__end(&c);
	model__free(m);
}

/* A VMM in another PID namespace has no number here. */
static void a_vm_may_have_no_process(void **state)
{
	struct s2_ev_vm found = fixture__vm(2, S2_VM_FOUND);
	struct s2_ev_identity id = fixture__identity(2, "a-name-of-many-letters");
	struct model *m = fixture__empty();
	struct capture c;

	(void)state;
	found.tgid = id.tgid = 0;
	fixture__take(m, &found);
	fixture__take(m, &id);
	capture__start(&c, VIEW_TEXT);
	expect_event(&c, m, &found, "   0.000000 a-name-of-ma~                    vm found\n");
	view__summary(c.view, m);
	assert_non_null(strstr(capture__take(&c), "VM 1 a-name-of-m~ (process -): 0 faults;"));
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
	struct s2_ev_identity id =
		fixture__identity(1, "a-name-that-is-much-too-long-for-its-column");
	struct s2_ev_decision d = fixture__rejected();
	struct model *m = fixture__empty();
	struct capture c;

	(void)state;
	d.tgid = 4194304;
	fixture__take(m, &d);
	fixture__take(m, &id);
	d.vm_flags |= 1ULL << 39; /* ALLOW_ANY_UNCACHED */
	d.vma_attr = S2_VMA_NORMAL_NC;
	d.vcpu = 511;
	d.duration_ns = 9999999999;
	capture__start(&c, VIEW_TEXT);
	for (int reason = 1; reason < S2_REASON__MAX; reason++) {
		d.reason = (uint8_t)reason;
		view__event(c.view, m, &d.h);
		check_line(capture__take(&c));
	}
	capture__end(&c);
	model__free(m);
}

static void unknown_numbers_are_survived(void **state)
{
	struct model *m = fixture__model();
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_TEXT);
	for (unsigned int byte = 0; byte < 256; byte++) {
		struct s2_ev_decision d;
		struct s2_event header = fixture__mapped().h;

		memset(&d, (int)byte, sizeof(d));
		d.h = header;
		view__event(c.view, m, &d.h);
		assert_non_null(strchr(capture__take(&c), '\n'));
	}
	capture__end(&c);
	model__free(m);
}

static void top_has_a_row_for_each_vm(void **state)
{
	struct s2_ev_vm found = fixture__vm(2, S2_VM_FOUND), gone = fixture__vm(2, S2_VM_DESTROYED);
	struct model *m = fixture__model();
	struct capture c;
	const char *text;

	(void)state;
	found.tgid = gone.tgid = 7;
	fixture__take(m, &found);
	fixture__take(m, &gone);
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

static void a_map_is_a_line_for_each_range(void **state)
{
	struct model *m = fixture__model();
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_TEXT);
	view__map_header(c.view);
	view__map_vm(c.view, m, model__vm(m, 0));
	view__map_summary(c.view, m);
	assert_string_equal(
		capture__take(&c),
		"VM               IPA                           SIZE PA              TYPE         "
		"PROT       LEAVES SLOT VMA                       DEVICE         IPA=PA\n"
		"gpu0/4242        0x400000000000-0x4000ffffffff     4G 0x480000000000  NORMAL      "
		" "
		"rw-     2048 x 2M    3 NORMAL pf io sh           0000:01:00.0/4 no\n"
		"gpu0/4242        0x500000000000-0x500001ffffff    32M -               NORMAL_NC   "
		" "
		"rw-     8192 x 4K    - -                         -              -\n"
		"\nNORMAL 4.0G, NORMAL_NC 32.0M, DEVICE_nGnRE 0, in 1 VMs: 10240 leaves, 2 ranges\n"
		"40 tables read in 123 us, 3 changed meanwhile, 1 lost (1 kept changing, 0 "
		"unreadable)\n");
	capture__end(&c);
	model__free(m);
}

/* Shadow tables; addresses that are scattered, or of no memory of this host. */
static void odd_ranges_are_marked(void **state)
{
	struct s2_ev_survey begin = fixture__survey(S2_SURVEY_BEGIN);
	struct s2_ev_survey end = fixture__survey(S2_SURVEY_END);
	struct s2_ev_mapped r = fixture__mapped_range();
	struct s2_ev_region region = fixture__region();
	struct s2_ev_identity id = fixture__identity(1, "a-long-name-of-a-vm");
	struct model *m = fixture__named();
	struct capture c;

	(void)state;
	begin.nested = end.nested = r.nested = 2;
	r.own_ipa = r.ipa;
	r.pa_contiguous = 0;
	r.in_host = FACT_NO;
	region.device = (struct s2_device){ .bar = 2 };
	fixture__take(m, &id);
	fixture__take(m, &region);
	fixture__take(m, &begin);
	fixture__take(m, &r);
	fixture__take(m, &end);
	capture__start(&c, VIEW_TEXT);
	view__map_vm(c.view, m, model__vm(m, 0));
	assert_string_equal(capture__take(&c),
			    "a-lon~/4242 L2:2 0x400000000000-0x4000ffffffff     4G "
			    "0x480000000000~? NORMAL       "
			    "rw-     2048 x 2M   3* NORMAL pf io sh           vfio/2         no\n");
	capture__end(&c);
	model__free(m);
}

static void the_summary_of_a_map_tells_what_is_missing(void **state)
{
	struct s2_ev_mapped odd = fixture__mapped_range();
	struct model *m = fixture__named();
	struct capture c;

	(void)state;
	odd.in_host = FACT_NO;
	odd.memtype = S2_MEMTYPE_NONE;
	fixture__survey_with_gaps(m, &odd);
	capture__start(&c, VIEW_TEXT);
	view__map_summary(c.view, m);
	assert_string_equal(
		capture__take(&c),
		"\nNORMAL 0, NORMAL_NC 0, DEVICE_nGnRE 0, NONE 4.0G, in 1 VMs: 10240 leaves, "
		"1 ranges\n"
		"40 tables read in 123 us, 3 changed meanwhile, 3 lost (1 kept changing, 2 "
		"unreadable); 1 VMs ended meanwhile; 1 ranges (?) at addresses that this host does "
		"not list\n"
		"no room for 5 VMs and 7 memslots: they are missing\n"
		"the memslots of 1 VMs kept changing: their ranges have no slot\n"
		"the hypervisor (pKVM) owns the tables of 1 VMs: what it was asked to map is "
		"shown\n");
	capture__end(&c);
	model__free(m);
}

static void the_summary_says_what_was_lost(void **state)
{
	struct s2_ev_loss loss = fixture__loss();
	struct model *m = fixture__model();
	struct capture c;
	const char *text;

	(void)state;
	loss.seen = 530;
	loss.emitted = loss.received = 3;
	loss.filtered = 517;
	fixture__take(m, &loss);
	capture__start(&c, VIEW_TEXT);
	view__summary(c.view, m);
	assert_string_equal(capture__take(&c),
			    "seen 530, emitted 3, filtered 517, received 3, lost 0\n"
			    "VM 1 gpu0 (process 4242): 520 faults: 517 mapped, 3 rejected; "
			    "memslots: 4 accepted, 1 rejected\n"
			    "  NORMAL       1.0G in 512 mappings: 512 pmd; 12 read, 500 write\n"
			    "  NORMAL_NC    20.0K in 5 mappings: 5 page; 5 exec\n"
			    "  fault duration: mean 2.97 us, p99 4.08 us\n"
			    "  3 x pfnmap_needs_fwb_dic: "
			    "cacheable PFNMAP needs FWB and DIC, this host lacks both\n"
			    "  unmapped by mmu_notifier: 9 ranges, 9.0M\n"
			    "  write_protect: 5 ranges, 5.0M\n"
			    "  dcache_clean_inval: 0 done (0), 7 skipped (28.0K)\n"
			    "  icache_inval: 2 done (8.0K), 0 skipped (0)\n");
	loss.lost[S2_LOST_RING] = 10;
	fixture__take(m, &loss);
	view__summary(c.view, m);
	text = capture__take(&c);
	assert_non_null(strstr(text, "received 3, lost 10\n  10 lost (ring): "));
	assert_non_null(strstr(text, vocab__text(&vocab_loss, S2_LOST_RING)));
	capture__end(&c);
	model__free(m);
}

/* Whatever a VM calls itself: no listing lets a terminal see a control character. */
static void names_are_harmless_in_every_listing(void **state)
{
	static const struct {
		const char *name, *want;
	} names[] = {
		{ "a\033[2J\n\t\001", "a?[2J???" },
		{ "\177\302\233x", "??x" },
		{ "\342\200\256\342\201\246", "??" },
		{ "\377\346z", "??z" },
		{ "\346\227\245\346\234\254", "\346\227\245\346\234\254" },
	};
	struct s2_ev_decision d = fixture__mapped();

	(void)state;
	for (size_t i = 0; i < NR(names); i++) {
		struct s2_ev_identity id = fixture__identity(1, names[i].name);
		struct model *m = fixture__model();
		struct capture c;

		fixture__take(m, &id);
		capture__start(&c, VIEW_TEXT);
		view__event(c.view, m, &d.h);
		assert_non_null(strstr(capture__take(&c), names[i].want));
		view__top(c.view, m);
		assert_non_null(strstr(capture__take(&c), names[i].want));
		view__map_vm(c.view, m, model__vm(m, 0));
		assert_non_null(strstr(capture__take(&c), names[i].want));
		view__summary(c.view, m);
		assert_non_null(strstr(capture__take(&c), names[i].want));
		for (const char *p = c.text; *p; p++)
			assert_true(*p == '\n' || (unsigned char)*p >= 0x20);
		capture__end(&c);
		model__free(m);
	}
}

static void names_are_cut_by_characters(void **state)
{
	/* Six characters of three bytes, then seven of one. */
	static const char name[] = "\346\227\245\346\227\245\346\227\245\346\227\245"
				   "\346\227\245\346\227\245abcdefg";
	struct s2_ev_identity id = fixture__identity(1, name);
	struct s2_ev_decision d = fixture__mapped();
	struct model *m = fixture__model();
	struct capture c;

	(void)state;
	fixture__take(m, &id);
	capture__start(&c, VIEW_TEXT);
	view__event(c.view, m, &d.h);
	assert_non_null(strstr(capture__take(&c), "\346\227\245a~/4242   2 "));
	view__top(c.view, m);
	assert_non_null(strstr(capture__take(&c), "\346\227\245abcde~      4.0G/"));
	view__summary(c.view, m);
	assert_non_null(strstr(capture__take(&c), "\346\227\245abcde~ (process 4242)"));
	id = fixture__identity(1, "twelve-chars");
	fixture__take(m, &id);
	view__top(c.view, m);
	assert_non_null(strstr(capture__take(&c), " twelve-chars "));
	capture__end(&c);
	model__free(m);
}

/* The host may call itself anything, too: its words come from a file. */
static void hosts_are_harmless(void **state)
{
	struct s2_ev_host host = fixture_host;
	struct model *m = fixture__model();
	struct capture c;

	(void)state;
	snprintf(host.hostname, sizeof(host.hostname), "a\033]0;x\007");
	snprintf(host.kernel, sizeof(host.kernel), "7.3\r\n");
	fixture__take(m, &host);
	capture__start(&c, VIEW_TEXT);
	view__trace_header(c.view, m);
	assert_non_null(strstr(capture__take(&c), "s2trace a?]0;x?  Linux 7.3??  aarch64"));
	capture__end(&c);
	model__free(m);
}

static void durations_have_three_digits(void **state)
{
	static const struct {
		uint64_t ns;
		const char *want;
	} durations[] = {
		{ 0, "   0.00 mapped" },	   { 4, "   0.00 mapped" },
		{ 5, "   0.01 mapped" },	   { 9994, "   9.99 mapped" },
		{ 9995, "   10.0 mapped" },	   { 99949, "   99.9 mapped" },
		{ 99950, "    100 mapped" },	   { 1234567, "   1235 mapped" },
		{ 999999999, "1000000 mapped" },   { 1000000000, "   1.0s mapped" },
		{ 99949999999, "  99.9s mapped" }, { 99950000000, "   100s mapped" },
	};
	struct s2_ev_decision d = fixture__mapped();
	struct model *m = fixture__named();
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_TEXT);
	for (size_t i = 0; i < NR(durations); i++) {
		d.duration_ns = durations[i].ns;
		view__event(c.view, m, &d.h);
		if (!strstr(capture__take(&c), durations[i].want))
			fail_msg("%llu ns is not %s", (unsigned long long)d.duration_ns,
				 durations[i].want);
	}
	d.duration_ns = UINT64_MAX;
	view__event(c.view, m, &d.h);
	assert_non_null(strstr(capture__take(&c), " 18446744074s mapped"));
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
		cmocka_unit_test(other_events_share_the_columns),
		cmocka_unit_test(a_vm_may_have_no_process),
		cmocka_unit_test(lines_fit_into_160_columns),
		cmocka_unit_test(unknown_numbers_are_survived),
		cmocka_unit_test(top_has_a_row_for_each_vm),
		cmocka_unit_test(a_map_is_a_line_for_each_range),
		cmocka_unit_test(odd_ranges_are_marked),
		cmocka_unit_test(the_summary_of_a_map_tells_what_is_missing),
		cmocka_unit_test(the_summary_says_what_was_lost),
		cmocka_unit_test(names_are_harmless_in_every_listing),
		cmocka_unit_test(names_are_cut_by_characters),
		cmocka_unit_test(hosts_are_harmless),
		cmocka_unit_test(durations_have_three_digits),
		cmocka_unit_test(check_says_what_is_missing),
		cmocka_unit_test(an_error_is_the_loggers_in_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
