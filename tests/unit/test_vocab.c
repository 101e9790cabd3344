// SPDX-License-Identifier: GPL-2.0-only
/* The vocabulary: other people's scripts rely on these names. */
#include "unit.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "model/vmflags.h"
#include "model/vocab.h"

static const struct vocab *const all[] = {
	&vocab_memtype,	    &vocab_vma_attr, &vocab_outcome,	   &vocab_reason,
	&vocab_access,	    &vocab_fault,    &vocab_limit,	   &vocab_slot_change,
	&vocab_unmap_cause, &vocab_cmo_op,   &vocab_vm_event,	   &vocab_backend,
	&vocab_level,	    &vocab_loss,     &vocab_decision_flag, &vocab_decision_field,
};

static void names_go_round(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(all); i++) {
		assert_true(all[i]->nr > 0);
		for (unsigned int id = 0; id < all[i]->nr; id++) {
			const char *name = vocab__name(all[i], id);

			assert_non_null(name);
			assert_non_null(vocab__text(all[i], id));
			assert_int_equal(vocab__id(all[i], name, strlen(name)), id);
		}
		assert_null(vocab__name(all[i], all[i]->nr));
		assert_null(vocab__text(all[i], all[i]->nr));
	}
}

static void sizes_are_those_of_the_enums(void **state)
{
	(void)state;
	assert_int_equal(vocab_memtype.nr, S2_MEMTYPE__MAX);
	assert_int_equal(vocab_outcome.nr, S2_OUTCOME__MAX);
	assert_int_equal(vocab_reason.nr, S2_REASON__MAX);
	assert_int_equal(vocab_unmap_cause.nr, S2_UNMAP__MAX);
	assert_int_equal(vocab_decision_field.nr, S2_F__MAX);
	assert_int_equal(vocab_decision_flag.nr, S2_DF__MAX);
}

/* Scripts and schemas have them: they are never to change. */
static void names_are_stable(void **state)
{
	(void)state;
	assert_string_equal(vocab__name(&vocab_memtype, S2_MEMTYPE_NORMAL_NC), "NORMAL_NC");
	assert_string_equal(vocab__name(&vocab_memtype, S2_MEMTYPE_DEVICE_nGnRE), "DEVICE_nGnRE");
	assert_string_equal(vocab__name(&vocab_vma_attr, S2_VMA_DEVICE_nGnRnE), "DEVICE_nGnRnE");
	assert_string_equal(vocab__name(&vocab_outcome, S2_OUTCOME_INJECTED), "injected");
	assert_string_equal(vocab__name(&vocab_reason, S2_REASON_PFNMAP_NEEDS_FWB_DIC),
			    "pfnmap_needs_fwb_dic");
	assert_string_equal(vocab__name(&vocab_decision_field, S2_F_VMA_PAGE_SIZE),
			    "vma.page_size");
	assert_string_equal(vocab__name(&vocab_backend, S2_BACKEND_TRACEPOINT), "tracepoint");
}

static void texts_stand_where_there_are_any(void **state)
{
	(void)state;
	assert_string_equal(vocab__text(&vocab_access, S2_ACCESS_READ), "");
	assert_string_equal(vocab__text(&vocab_reason, S2_REASON_HWPOISON),
			    "the page frame is poisoned");
}

/* A rejected fault is one line of 160 columns, of which the reason has the last 57. */
static void reasons_fit_into_a_line(void **state)
{
	(void)state;
	for (unsigned int id = 1; id < S2_REASON__MAX; id++) {
		assert_true(strlen(vocab__text(&vocab_reason, id)) > 0);
		assert_in_range(strlen(vocab__text(&vocab_reason, id)), 1, 57);
	}
}

static void reasons_are_words_joined_by_underscores(void **state)
{
	(void)state;
	for (unsigned int id = 0; id < S2_REASON__MAX; id++)
		for (const char *c = vocab__name(&vocab_reason, id); *c; c++)
			assert_true(islower(*c) || isdigit(*c) || *c == '_');
}

static void unknown_words_have_no_number(void **state)
{
	(void)state;
	assert_int_equal(vocab__id(&vocab_outcome, "mapped", 6), S2_OUTCOME_MAPPED);
	assert_int_equal(vocab__id(&vocab_outcome, "MAPPED", 6), S2_OUTCOME_MAPPED);
	assert_int_equal(vocab__id(&vocab_outcome, "mapped", 5), -1);
	assert_int_equal(vocab__id(&vocab_outcome, "mappedx", 7), -1);
	assert_int_equal(vocab__id(&vocab_outcome, "", 0), -1);
}

static void lists_become_masks(void **state)
{
	unsigned int mask = 0;
	const char *bad = NULL;

	(void)state;
	assert_int_equal(vocab__mask(&vocab_outcome, "rejected,injected", &mask, &bad), 0);
	assert_int_equal(mask, S2_BIT(S2_OUTCOME_REJECTED) | S2_BIT(S2_OUTCOME_INJECTED));
	assert_int_equal(vocab__mask(&vocab_memtype, "normal", &mask, &bad), 0);
	assert_int_equal(mask, S2_BIT(S2_MEMTYPE_NORMAL));
}

static void a_bad_word_is_pointed_at(void **state)
{
	static const struct {
		const char *list;
		size_t at;
	} cases[] = { { "mapped,nope", 7 }, { "", 0 },	      { "mapped,", 7 },
		      { ",mapped", 0 },	    { "mapped ", 0 }, { "relaxed,,mapped", 8 } };

	(void)state;
	for (size_t i = 0; i < NR(cases); i++) {
		unsigned int mask = 0x55;
		const char *bad = NULL;

		assert_int_equal(vocab__mask(&vocab_outcome, cases[i].list, &mask, &bad), -EINVAL);
		assert_ptr_equal(bad, cases[i].list + cases[i].at);
		assert_int_equal(mask, 0x55);
	}
}

static void permissions_have_three_letters(void **state)
{
	char buf[4];

	(void)state;
	assert_string_equal(prot__str(0, buf), "---");
	assert_string_equal(prot__str(S2_PROT_R, buf), "r--");
	assert_string_equal(prot__str(S2_PROT_R | S2_PROT_W, buf), "rw-");
	assert_string_equal(prot__str(S2_PROT_R | S2_PROT_PX, buf), "r-p");
	assert_string_equal(prot__str(S2_PROT_R | S2_PROT_UX, buf), "r-u");
	assert_string_equal(prot__str(0xff, buf), "rwx");
}

static void vm_flags_are_single_bits(void **state)
{
	uint64_t seen = 0;

	(void)state;
	for (const struct vm_flag_name *n = vm_flag_names; n->name; n++) {
		assert_int_equal(__builtin_popcountll(n->bit), 1);
		assert_int_equal(seen & n->bit, 0);
		assert_int_equal(strlen(n->mnemonic), 2);
		seen |= n->bit;
	}
	assert_int_equal(seen, 0x8010404408ULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_round),
		cmocka_unit_test(sizes_are_those_of_the_enums),
		cmocka_unit_test(names_are_stable),
		cmocka_unit_test(texts_stand_where_there_are_any),
		cmocka_unit_test(reasons_fit_into_a_line),
		cmocka_unit_test(reasons_are_words_joined_by_underscores),
		cmocka_unit_test(unknown_words_have_no_number),
		cmocka_unit_test(lists_become_masks),
		cmocka_unit_test(a_bad_word_is_pointed_at),
		cmocka_unit_test(permissions_have_three_letters),
		cmocka_unit_test(vm_flags_are_single_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
