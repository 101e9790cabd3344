// SPDX-License-Identifier: GPL-2.0-only
/* The vocabulary: other people's scripts rely on these names. */
#include "unit.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/vmflags.h"
#include "model/vocab.h"

static const struct {
	const char *table; /* in vocab.golden */
	const struct vocab *v;
} all[] = {
	{ "memtype", &vocab_memtype },
	{ "vma_attr", &vocab_vma_attr },
	{ "outcome", &vocab_outcome },
	{ "reason", &vocab_reason },
	{ "access", &vocab_access },
	{ "fault", &vocab_fault },
	{ "limit", &vocab_limit },
	{ "slot_change", &vocab_slot_change },
	{ "unmap_cause", &vocab_unmap_cause },
	{ "protect_op", &vocab_protect_op },
	{ "cmo_op", &vocab_cmo_op },
	{ "vm_event", &vocab_vm_event },
	{ "backend", &vocab_backend },
	{ "level", &vocab_level },
	{ "loss", &vocab_loss },
	{ "decision_flag", &vocab_decision_flag },
	{ "decision_field", &vocab_decision_field },
};

static void names_go_round(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(all); i++) {
		const struct vocab *v = all[i].v;

		assert_true(v->nr > 0);
		assert_true(strlen(v->what) > 0);
		for (unsigned int id = 0; id < v->nr; id++) {
			const char *name = vocab__name(v, id);

			assert_non_null(name);
			assert_non_null(vocab__text(v, id));
			assert_int_equal(vocab__id(v, name, strlen(name)), id);
		}
		assert_null(vocab__name(v, v->nr));
		assert_null(vocab__text(v, v->nr));
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

static size_t table_of(const char *table)
{
	size_t i;

	for (i = 0; i < NR(all) && strcmp(all[i].table, table); i++)
		;
	return i;
}

/* One line of the golden list: the next name of its table. */
static void check_golden(int line, const char *table, const char *name, unsigned int *next)
{
	size_t i = table_of(table);
	const char *have = i < NR(all) ? vocab__name(all[i].v, next[i]) : NULL;

	if (!have || strcmp(have, name))
		fail_msg("vocab.golden:%d: %s %s: number %u is now '%s'", line, table, name,
			 i < NR(all) ? next[i] : 0, have ? have : "");
	next[i]++;
}

static void names_and_numbers_are_those_of_the_golden_list(void **state)
{
	unsigned int next[NR(all)] = { 0 };
	char text[160], table[64], name[64];
	FILE *f = fopen(GOLDEN, "r");

	(void)state;
	assert_non_null(f);
	for (int line = 1; fgets(text, sizeof(text), f); line++) {
		if (text[0] == '#')
			continue;
		assert_int_equal(sscanf(text, "%63s %63s", table, name), 2);
		check_golden(line, table, name, next);
	}
	fclose(f);
	for (size_t i = 0; i < NR(all); i++)
		if (next[i] != all[i].v->nr)
			fail_msg("vocab.golden lacks '%s %s'", all[i].table,
				 vocab__name(all[i].v, next[i]));
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

static void what_lies_behind_the_table_has_no_number(void **state)
{
	static const struct vocab_entry entries[] = { { "in", "" }, { "out", "" } };
	static const struct vocab v = { "word", entries, 1 };

	(void)state;
	assert_int_equal(vocab__id(&v, "in", 2), 0);
	assert_int_equal(vocab__id(&v, "out", 3), -1);
	assert_null(vocab__name(&v, 1));
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

/* A word may be in the table and still have no bit. */
static void masks_have_32_bits(void **state)
{
	char names[34][8];
	struct vocab_entry entries[NR(names)];
	const struct vocab many = { "word", entries, NR(names) };
	unsigned int mask = 0;
	const char *bad = NULL;

	(void)state;
	for (size_t i = 0; i < NR(names); i++) {
		snprintf(names[i], sizeof(names[i]), "w%zu", i);
		entries[i] = (struct vocab_entry){ names[i], "" };
	}
	assert_int_equal(vocab__mask(&many, "w0,w31", &mask, &bad), 0);
	assert_int_equal(mask, 0x80000001);
	assert_int_equal(vocab__mask(&many, "w32", &mask, &bad), -EINVAL);
	assert_int_equal(vocab__mask(&many, "w33", &mask, &bad), -EINVAL);
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

/* As the kernel has them, most important first; mnemonics are those of /proc/PID/smaps. */
static void vm_flags_are_those_of_the_kernel(void **state)
{
	static const struct vm_flag_name want[] = {
		{ "PFNMAP", 0x400, "pf" },     { "MIXEDMAP", 0x10000000, "mm" },
		{ "IO", 0x4000, "io" },	       { "SHARED", 0x8, "sh" },
		{ "HUGETLB", 0x400000, "ht" }, { "ALLOW_ANY_UNCACHED", 0x8000000000, "au" },
	};

	(void)state;
	for (size_t i = 0; i < NR(want); i++) {
		assert_string_equal(vm_flag_names[i].name, want[i].name);
		assert_int_equal(vm_flag_names[i].bit, want[i].bit);
		assert_string_equal(vm_flag_names[i].mnemonic, want[i].mnemonic);
	}
	assert_null(vm_flag_names[NR(want)].name);
	assert_int_equal(VMFLAGS_PFN, want[0].bit | want[1].bit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_round),
		cmocka_unit_test(sizes_are_those_of_the_enums),
		cmocka_unit_test(names_and_numbers_are_those_of_the_golden_list),
		cmocka_unit_test(texts_stand_where_there_are_any),
		cmocka_unit_test(reasons_fit_into_a_line),
		cmocka_unit_test(reasons_are_words_joined_by_underscores),
		cmocka_unit_test(unknown_words_have_no_number),
		cmocka_unit_test(what_lies_behind_the_table_has_no_number),
		cmocka_unit_test(lists_become_masks),
		cmocka_unit_test(a_bad_word_is_pointed_at),
		cmocka_unit_test(masks_have_32_bits),
		cmocka_unit_test(permissions_have_three_letters),
		cmocka_unit_test(vm_flags_are_those_of_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
