// SPDX-License-Identifier: GPL-2.0-only
/* What is an event, and what only looks like one: nothing in a file is trusted. */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"

/* Any event, and room behind it. */
static union {
	struct s2_event h;
	struct s2_ev_decision decision;
	struct s2_ev_memslot memslot;
	struct s2_ev_unmap unmap;
	struct s2_ev_cmo cmo;
	struct s2_ev_protect protect;
	struct s2_ev_vm vm;
	struct s2_ev_host host;
	struct s2_ev_identity identity;
	struct s2_ev_region region;
	struct s2_ev_totals totals;
	struct s2_ev_mapped mapped;
	struct s2_ev_survey survey;
	struct s2_ev_loss loss;
	struct s2_ev_tick tick;
	uint64_t room[8192];
} ev;

struct known_type {
	unsigned int number;
	const char *name;
	size_t size;
};

/* The numbers are those of recordings, and never change. */
static const struct known_type known[] = {
	{ 1, "decision", 112 }, { 2, "memslot", 120 },
	{ 3, "unmap", 40 },	{ 4, "cmo", 32 },
	{ 5, "vm", 40 },	{ 6, "protect", 40 },
	{ 16, "host", 264 },	{ 17, "identity", 128 },
	{ 18, "region", 104 },	{ 19, "totals", sizeof(struct s2_ev_totals) },
	{ 20, "mapped", 64 },	{ 21, "survey", 88 },
	{ 22, "loss", 88 },	{ 23, "tick", 24 },
};

static const struct known_type *find_known(unsigned int type)
{
	for (size_t i = 0; i < NR(known); i++)
		if (known[i].number == type)
			return &known[i];
	return NULL;
}

/* One of each type that is right in every respect. */
static void make(unsigned int type)
{
	memset(&ev, 0, sizeof(ev));
	event__init(&ev, type, find_known(type)->size, S2_BACKEND_FENTRY, 7, 99);
	if (type == S2_EV_MAPPED)
		ev.mapped.leaf_shift = PAGE_SHIFT;
}

static void assert_good(void)
{
	assert_int_equal(event__check(&ev.h, ev.h.len), 0);
}

static void assert_skipped(void)
{
	assert_int_equal(event__check(&ev.h, ev.h.len), -ENOTSUP);
}

/* The largest good value of a member, and the first that is bad. */
#define assert_limit(member, last)                                                                 \
	do {                                                                                       \
		ev.member = 0;                                                                     \
		assert_good();                                                                     \
		ev.member = (last);                                                                \
		assert_good();                                                                     \
		ev.member = (last) + 1;                                                            \
		assert_skipped();                                                                  \
		ev.member = (__typeof__(ev.member))(~0ULL);                                        \
		assert_skipped();                                                                  \
		ev.member = 0;                                                                     \
	} while (0)

#define assert_fact(member)                                                                        \
	do {                                                                                       \
		for (int fact = -128; fact < 128; fact++) {                                        \
			ev.member = (int8_t)fact;                                                  \
			if (fact >= -1 && fact <= 1)                                               \
				assert_good();                                                     \
			else                                                                       \
				assert_skipped();                                                  \
		}                                                                                  \
		ev.member = 0;                                                                     \
	} while (0)

#define assert_string(member)                                                                      \
	do {                                                                                       \
		memset(ev.member, 'x', sizeof(ev.member));                                         \
		assert_skipped();                                                                  \
		ev.member[sizeof(ev.member) - 1] = '\0';                                           \
		assert_good();                                                                     \
		memset(ev.member, 0, sizeof(ev.member));                                           \
	} while (0)

static void headers_are_filled(void **state)
{
	(void)state;
	memset(&ev, 0xff, sizeof(ev));
	event__init(&ev, S2_EV_TICK, sizeof(ev.tick), S2_BACKEND_KPROBE, 12, 1ULL << 40);
	assert_int_equal(ev.h.type, 23);
	assert_int_equal(ev.h.source, S2_BACKEND_KPROBE);
	assert_int_equal(ev.h.len, 24);
	assert_int_equal(ev.h.vm, 12);
	assert_int_equal(ev.h.ts_ns, 1ULL << 40);
	assert_int_equal(ev.tick.last, UINT32_MAX);
}

static void types_keep_their_numbers_names_and_sizes(void **state)
{
	(void)state;
	for (unsigned int type = 0; type < 1000; type++) {
		const struct known_type *k = find_known(type);

		assert_int_equal(event__size(type), k ? k->size : 0);
		if (k)
			assert_string_equal(event__type_name(type), k->name);
		else
			assert_null(event__type_name(type));
	}
}

static void whole_events_are_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(known); i++) {
		make(known[i].number);
		assert_int_equal(event__check(&ev.h, known[i].size), 0);
		assert_int_equal(event__check(&ev.h, known[i].size + 1), 0);
		assert_int_equal(event__check(&ev.h, sizeof(ev)), 0);
	}
}

static void parts_of_events_need_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(known); i++) {
		make(known[i].number);
		for (size_t avail = 0; avail < known[i].size; avail++)
			assert_int_equal(event__check(&ev.h, avail), -EAGAIN);
	}
}

static void lengths_that_cannot_be_end_the_stream(void **state)
{
	(void)state;
	make(S2_EV_TICK);
	for (unsigned int len = 0; len <= UINT16_MAX; len++) {
		int want = -ENOTSUP;

		ev.h.len = (uint16_t)len;
		if (len < 16 || len % 8)
			want = -EINVAL;
		else if (len == sizeof(ev.tick))
			want = 0;
		assert_int_equal(event__check(&ev.h, sizeof(ev)), want);
	}
	/* A length that is wrong is wrong before the rest has come. */
	ev.h.len = 17;
	assert_int_equal(event__check(&ev.h, 16), -EINVAL);
	ev.h.len = 16;
	assert_int_equal(event__check(&ev.h, 16), -ENOTSUP);
	assert_int_equal(event__check(&ev.h, 15), -EAGAIN);
}

static void unknown_types_are_skipped(void **state)
{
	(void)state;
	for (unsigned int type = 0; type < 256; type++) {
		make(S2_EV_TICK);
		ev.h.type = (uint8_t)type;
		if (type != S2_EV_TICK)
			assert_skipped();
	}
}

static void sources_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(known); i++) {
		make(known[i].number);
		assert_limit(h.source, S2_BACKEND__MAX - 1);
	}
}

static void decisions_are_checked(void **state)
{
	(void)state;
	make(S2_EV_DECISION);
	assert_limit(decision.ipa, 1ULL << 56);
	assert_limit(decision.fault_ipa, 1ULL << 56);
	assert_limit(decision.size_shift, 55);
	assert_limit(decision.vma_shift, 55);
	assert_limit(decision.outcome, S2_OUTCOME__MAX - 1);
	assert_limit(decision.reason, S2_REASON__MAX - 1);
	assert_limit(decision.access, S2_ACCESS__MAX - 1);
	assert_limit(decision.fault, S2_FAULT__MAX - 1);
	assert_limit(decision.memtype, S2_MEMTYPE__MAX - 1);
	assert_limit(decision.limit, S2_LIMIT__MAX - 1);
}

static void memslots_are_checked(void **state)
{
	(void)state;
	make(S2_EV_MEMSLOT);
	assert_limit(memslot.ipa, 1ULL << 56);
	assert_limit(memslot.size, 1ULL << 56);
	assert_limit(memslot.change, S2_SLOT__MAX - 1);
	assert_limit(memslot.reason, S2_REASON__MAX - 1);
	assert_string(memslot.device.bdf);
}

static void small_events_are_checked(void **state)
{
	(void)state;
	make(S2_EV_UNMAP);
	ev.unmap.ipa = ev.unmap.size = UINT64_MAX; /* all of it, and beyond */
	ev.unmap.nested = S2_NO_NESTED;
	assert_limit(unmap.cause, S2_UNMAP__MAX - 1);
	make(S2_EV_UNMAP);
	ev.unmap.nested = S2_NO_NESTED - 1;
	assert_skipped();
	make(S2_EV_PROTECT);
	ev.protect.ipa = ev.protect.size = UINT64_MAX;
	assert_limit(protect.leaf_shift, 55);
	ev.protect.nested = S2_NO_NESTED - 1;
	assert_skipped();
	make(S2_EV_PROTECT);
	ev.protect.op = S2_PROTECT_SPLIT;
	ev.protect.leaf_shift = PAGE_SHIFT - 1;
	assert_skipped(); /* into leaves smaller than any page */
	ev.protect.leaf_shift = PAGE_SHIFT;
	assert_limit(protect.op, S2_PROTECT__MAX - 1);
	make(S2_EV_CMO);
	assert_limit(cmo.op, S2_CMO__MAX - 1);
	ev.cmo.done = 1;
	assert_good();
	ev.cmo.done = 2;
	assert_skipped();
	ev.cmo.done = S2_CMO_UNKNOWN;
	assert_good();
	make(S2_EV_VM);
	assert_limit(vm.event, S2_VM__MAX - 1);
	assert_string(vm.comm);
	make(S2_EV_IDENTITY);
	assert_string(identity.name);
	assert_string(identity.uuid);
}

static void hosts_are_checked(void **state)
{
	(void)state;
	make(S2_EV_HOST);
	assert_string(host.hostname);
	assert_string(host.kernel);
	assert_string(host.machine);
	assert_string(host.kvm_mode);
	assert_limit(host.era, S2_ERA__MAX); /* which is "not known" */
	assert_limit(host.page_size, 1U << 20);
	assert_fact(host.kvm);
	assert_fact(host.fwb);
	assert_fact(host.dic);
	assert_fact(host.idc);
	assert_fact(host.cacheable_pfnmap);
	assert_fact(host.era_shown);
}

static void regions_are_checked(void **state)
{
	(void)state;
	make(S2_EV_REGION);
	assert_limit(region.ipa, 1ULL << 56);
	assert_limit(region.size, 1ULL << 56);
	assert_string(region.device.bdf);
}

static void mapped_ranges_are_checked(void **state)
{
	(void)state;
	make(S2_EV_MAPPED);
	assert_limit(mapped.ipa, 1ULL << 56);
	assert_limit(mapped.size, 1ULL << 56);
	assert_limit(mapped.memtype, S2_MEMTYPE__MAX - 1);
	assert_limit(mapped.pa_contiguous, 1);
	assert_fact(mapped.in_host);
	for (unsigned int shift = 0; shift < 256; shift++) {
		ev.mapped.leaf_shift = (uint8_t)shift;
		if (shift >= 12 && shift < 56)
			assert_good();
		else
			assert_skipped();
	}
	ev.mapped.leaf_shift = 12;
	ev.mapped.nested = -2;
	assert_skipped();
	ev.mapped.nested = -1;
	assert_good();
	ev.mapped.nested = INT16_MAX;
	assert_good();
	ev.mapped.own_ipa = 1ULL << 56;
	assert_good();
	ev.mapped.own_ipa++;
	assert_skipped();
	ev.mapped.own_ipa = S2_NO_IPA;
	assert_good();
}

static void surveys_are_checked(void **state)
{
	(void)state;
	make(S2_EV_SURVEY);
	assert_limit(survey.step, S2_SURVEY__MAX - 1);
	ev.survey.nested = -1;
	assert_good();
	ev.survey.nested = -2;
	assert_skipped();
}

static void numbers_alone_may_be_anything(void **state)
{
	static const unsigned int types[] = { S2_EV_TOTALS, S2_EV_LOSS, S2_EV_TICK };

	(void)state;
	for (size_t i = 0; i < NR(types); i++) {
		make(types[i]);
		memset(&ev.h + 1, 0xff, ev.h.len - sizeof(ev.h));
		assert_good();
	}
}

static void events_name_the_process_of_their_vm(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(known); i++) {
		uint32_t want = 0;

		make(known[i].number);
		switch (known[i].number) {
		case S2_EV_DECISION:
			ev.decision.tgid = want = 11;
			break;
		case S2_EV_MEMSLOT:
			ev.memslot.tgid = want = 12;
			break;
		case S2_EV_VM:
			ev.vm.tgid = want = 13;
			break;
		case S2_EV_IDENTITY:
			ev.identity.tgid = want = 14;
			break;
		case S2_EV_TOTALS:
			ev.totals.tgid = want = 15;
			break;
		case S2_EV_SURVEY:
			ev.survey.tgid = want = 16;
			break;
		case S2_EV_UNMAP: /* of whoever asked */
			ev.unmap.tgid = 17;
			break;
		case S2_EV_CMO:
			ev.cmo.tgid = 18;
			break;
		case S2_EV_PROTECT:
			ev.protect.tgid = 19;
			break;
		}
		assert_int_equal(event__vm_pid(&ev.h), want);
	}
}

static void rejections_are_what_maps_nothing_and_is_an_error(void **state)
{
	(void)state;
	make(S2_EV_DECISION);
	ev.memslot.ret = -1; /* which of a decision says something else */
	for (int o = 0; o < S2_OUTCOME__MAX; o++) {
		ev.decision.outcome = (uint8_t)o;
		assert_int_equal(event__is_rejection(&ev.h), o == S2_OUTCOME_REJECTED ||
								     o == S2_OUTCOME_INJECTED ||
								     o == S2_OUTCOME_POISONED);
	}
	make(S2_EV_MEMSLOT);
	assert_false(event__is_rejection(&ev.h));
	ev.memslot.ret = 1;
	assert_false(event__is_rejection(&ev.h));
	ev.memslot.ret = -1;
	assert_true(event__is_rejection(&ev.h));
	make(S2_EV_SURVEY);
	memset(&ev.h + 1, 0xff, ev.h.len - sizeof(ev.h));
	assert_false(event__is_rejection(&ev.h));
}

static void reasons_are_of_decisions_and_memslots(void **state)
{
	(void)state;
	make(S2_EV_DECISION);
	ev.decision.reason = S2_REASON_NO_VMA;
	assert_int_equal(event__reason(&ev.h), S2_REASON_NO_VMA);
	make(S2_EV_MEMSLOT);
	ev.memslot.reason = S2_REASON_GMEM_MTE;
	assert_int_equal(event__reason(&ev.h), S2_REASON_GMEM_MTE);
	make(S2_EV_TOTALS);
	memset(&ev.h + 1, 0xff, ev.h.len - sizeof(ev.h));
	assert_int_equal(event__reason(&ev.h), S2_REASON_NONE);
}

static void devices_are_known_by_either_half(void **state)
{
	struct s2_device d = { .bar = -1 };

	(void)state;
	assert_false(s2_device_known(&d));
	d.bar = 0;
	assert_true(s2_device_known(&d));
	d.bar = -1;
	d.bdf[0] = '0';
	assert_true(s2_device_known(&d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_filled),
		cmocka_unit_test(types_keep_their_numbers_names_and_sizes),
		cmocka_unit_test(whole_events_are_good),
		cmocka_unit_test(parts_of_events_need_more),
		cmocka_unit_test(lengths_that_cannot_be_end_the_stream),
		cmocka_unit_test(unknown_types_are_skipped),
		cmocka_unit_test(sources_are_known),
		cmocka_unit_test(decisions_are_checked),
		cmocka_unit_test(memslots_are_checked),
		cmocka_unit_test(small_events_are_checked),
		cmocka_unit_test(hosts_are_checked),
		cmocka_unit_test(regions_are_checked),
		cmocka_unit_test(mapped_ranges_are_checked),
		cmocka_unit_test(surveys_are_checked),
		cmocka_unit_test(numbers_alone_may_be_anything),
		cmocka_unit_test(events_name_the_process_of_their_vm),
		cmocka_unit_test(rejections_are_what_maps_nothing_and_is_an_error),
		cmocka_unit_test(reasons_are_of_decisions_and_memslots),
		cmocka_unit_test(devices_are_known_by_either_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
