// SPDX-License-Identifier: GPL-2.0-only
/* The filter of single decisions, as it is applied to a recording. */
#include "unit.h"

#include <string.h>

#include "events.h"
#include "model/filter.h"

static struct s2_filter filter;
static struct s2_ev_decision decision;

static int begin(void **state)
{
	(void)state;
	memset(&filter, 0xff, sizeof(filter));
	filter__all(&filter);
	decision = a_leaf(1, MIB(4), PAGE_SHIFT, 0);
	decision.tgid = 5;
	return 0;
}

static void all_is_all(void **state)
{
	(void)state;
	for (uint8_t o = 0; o < S2_OUTCOME__MAX; o++)
		for (uint8_t t = 0; t < S2_MEMTYPE__MAX; t++)
			for (uint8_t a = 0; a < S2_ACCESS__MAX; a++) {
				decision.outcome = o;
				decision.memtype = t;
				decision.access = a;
				assert_true(filter__matches(&filter, &decision));
			}
	decision.fault_ipa = 0;
	assert_true(filter__matches(&filter, &decision));
	decision.fault_ipa = UINT64_MAX;
	assert_true(filter__matches(&filter, &decision));
	assert_int_equal(filter.tgid, 0);
	assert_int_equal(filter.min_ticks, 0);
	assert_int_equal(filter.changes, 0);
	assert_int_equal(filter.cmos, 0);
}

static void only_some_outcomes(void **state)
{
	(void)state;
	filter__only(&filter, OUTCOME_REJECTIONS);
	for (uint8_t o = 0; o < S2_OUTCOME__MAX; o++) {
		decision.outcome = o;
		assert_int_equal(filter__matches(&filter, &decision),
				 o == S2_OUTCOME_REJECTED || o == S2_OUTCOME_INJECTED ||
					 o == S2_OUTCOME_POISONED);
	}
	assert_true(filter.ipa_last == UINT64_MAX);
	assert_int_equal(filter.ipa_first, 0);
	filter__only(&filter, 0);
	assert_false(filter__matches(&filter, &decision));
}

/* Each condition by itself keeps a decision away. */
static void all_conditions_hold(void **state)
{
	(void)state;
	filter.outcomes = S2_BIT(S2_OUTCOME_MAPPED);
	filter.memtypes = S2_BIT(S2_MEMTYPE_NORMAL);
	filter.accesses = S2_BIT(S2_ACCESS_READ);
	filter.tgid = 5;
	filter.ipa_first = MIB(4);
	filter.ipa_last = MIB(4);
	assert_true(filter__matches(&filter, &decision));
	decision.outcome = S2_OUTCOME_RELAXED;
	assert_false(filter__matches(&filter, &decision));
	decision.outcome = S2_OUTCOME_MAPPED;
	decision.memtype = S2_MEMTYPE_NORMAL_NC;
	assert_false(filter__matches(&filter, &decision));
	decision.memtype = S2_MEMTYPE_NORMAL;
	decision.access = S2_ACCESS_WRITE;
	assert_false(filter__matches(&filter, &decision));
	decision.access = S2_ACCESS_READ;
	decision.tgid = 6;
	assert_false(filter__matches(&filter, &decision));
	decision.tgid = 5;
	decision.fault_ipa = MIB(4) - 1;
	assert_false(filter__matches(&filter, &decision));
	decision.fault_ipa = MIB(4) + 1;
	assert_false(filter__matches(&filter, &decision));
	decision.fault_ipa = MIB(4);
	decision.ipa = 0; /* the mapping may begin below */
	assert_true(filter__matches(&filter, &decision));
}

static void what_is_always_wanted_needs_no_condition(void **state)
{
	(void)state;
	filter__only(&filter, 0);
	assert_false(filter__matches(&filter, &decision));
	filter.always = S2_BIT(S2_OUTCOME_MAPPED);
	assert_true(filter__matches(&filter, &decision));
	filter.always = ~S2_BIT(S2_OUTCOME_MAPPED);
	assert_false(filter__matches(&filter, &decision));
	filter.watch_tgid = 5;
	assert_true(filter__matches(&filter, &decision));
	filter.watch_tgid = 6;
	assert_false(filter__matches(&filter, &decision));
	filter.watch_tgid = 0;
	decision.tgid = 0;
	assert_false(filter__matches(&filter, &decision));
}

#define T(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_is_all),
		T(only_some_outcomes),
		T(all_conditions_hold),
		T(what_is_always_wanted_needs_no_condition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
