// SPDX-License-Identifier: GPL-2.0-only
/* The decision by kernel era, against the table of section 7 of the design. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "model/decision.h"
#include "model/vocab.h"

/* The kernel's bits, written down once more: a wrong one in the model must not go unnoticed. */
#define SHARED	 (1ULL << 3)
#define PFNMAP	 (1ULL << 10)
#define IO	 (1ULL << 14)
#define MIXEDMAP (1ULL << 28)
#define UNCACHED (1ULL << 39)

#define NO  FACT_NO
#define YES FACT_YES
#define UNK FACT_UNKNOWN

#define R S2_ACCESS_READ
#define X S2_ACCESS_EXEC

#define NORMAL	  S2_MEMTYPE_NORMAL
#define NORMAL_NC S2_MEMTYPE_NORMAL_NC
#define DEVICE	  S2_MEMTYPE_DEVICE_nGnRE
#define NONE	  S2_MEMTYPE_NONE

#define NEEDS_FWB     S2_REASON_PFNMAP_NEEDS_FWB
#define NEEDS_DIC     S2_REASON_PFNMAP_NEEDS_DIC
#define NEEDS_FWB_DIC S2_REASON_PFNMAP_NEEDS_FWB_DIC
#define EXEC	      S2_REASON_EXEC_ON_NONCACHEABLE
#define MTE	      S2_REASON_MTE_NOT_ALLOWED
#define DIRTY	      S2_REASON_PFNMAP_DIRTY_LOG
#define EXCL	      S2_REASON_EXCL_ATOMIC

static void check(const struct decision_out *out, enum s2_memtype type, enum s2_reason reason,
		  int ret)
{
	static const unsigned char outcomes[S2_REASON__MAX] = {
		[S2_REASON_NONE] = S2_OUTCOME_MAPPED, [NEEDS_FWB] = S2_OUTCOME_REJECTED,
		[NEEDS_DIC] = S2_OUTCOME_REJECTED,    [NEEDS_FWB_DIC] = S2_OUTCOME_REJECTED,
		[MTE] = S2_OUTCOME_REJECTED,	      [DIRTY] = S2_OUTCOME_REJECTED,
		[EXEC] = S2_OUTCOME_INJECTED,	      [EXCL] = S2_OUTCOME_INJECTED,
	};

	assert_int_equal(out->missing, S2_F__MAX);
	assert_int_equal(out->memtype, type);
	assert_int_equal(out->reason, reason);
	assert_int_equal(out->outcome, outcomes[reason]);
	assert_int_equal(out->ret, ret);
}

/* Answers in the order of the questions: y, n, ? for unknown. */
static void check_steps(const struct decision_out *out, const char *answers)
{
	assert_int_equal(out->nr_steps, strlen(answers));
	for (size_t i = 0; i < out->nr_steps; i++) {
		assert_int_equal(out->step[i].answer, answers[i] == 'y'	  ? YES
						      : answers[i] == 'n' ? NO
									  : UNK);
		assert_non_null(out->step[i].question);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(out->step[i].question, out->step[k].question);
	}
}

struct fault {
	enum s2_era era;
	uint64_t vm_flags;
	enum s2_vma_attr attr;
	enum tristate mapped, fwb, dic;
	enum s2_access access;
	enum s2_memtype type;
	enum s2_reason reason;
	int ret;
	const char *answers;
};

/* Each row of the design's table, on both sides of its predicates. */
static const struct fault faults[] = {
	{ S2_ERA_6_1, PFNMAP, S2_VMA_NORMAL, NO, NO, NO, R, DEVICE, 0, 0, "nn" },
	{ S2_ERA_6_1, UNCACHED, S2_VMA_NORMAL_NC, NO, YES, YES, R, DEVICE, 0, 0, "nn" },
	{ S2_ERA_6_1, 0, S2_VMA_NORMAL, YES, NO, NO, X, NORMAL, 0, 0, "yn" },
	{ S2_ERA_6_1, PFNMAP, S2_VMA_NORMAL, NO, YES, YES, X, NONE, EXEC, -ENOEXEC, "ny" },

	{ S2_ERA_6_9, UNCACHED, S2_VMA_DEVICE_nGnRnE, NO, YES, YES, R, NORMAL_NC, 0, 0, "nny" },
	{ S2_ERA_6_9, PFNMAP, S2_VMA_NORMAL, NO, YES, YES, R, DEVICE, 0, 0, "nnn" },
	{ S2_ERA_6_9, PFNMAP | UNCACHED, S2_VMA_NORMAL, YES, NO, NO, R, NORMAL, 0, 0, "yn" },
	{ S2_ERA_6_9, 0, S2_VMA_NORMAL, NO, YES, YES, X, NONE, EXEC, -ENOEXEC, "ny" },

	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL, NO, YES, YES, R, NORMAL, 0, 0, "ynyyyn" },
	{ S2_ERA_6_17, MIXEDMAP, S2_VMA_NORMAL_TAGGED, NO, YES, YES, X, NORMAL, 0, 0, "ynyyyn" },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL, NO, YES, NO, R, NONE, NEEDS_DIC, -EFAULT, "ynyyn" },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL, NO, NO, YES, R, NONE, NEEDS_FWB, -EFAULT, "ynyny" },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL, NO, NO, NO, X, NONE, NEEDS_FWB_DIC, -EFAULT,
	  "ynynn" },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL_NC, NO, NO, NO, R, DEVICE, 0, 0, "ynnnn" },
	{ S2_ERA_6_17, MIXEDMAP | UNCACHED, S2_VMA_NORMAL_NC, NO, NO, NO, R, NORMAL_NC, 0, 0,
	  "ynnny" },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_DEVICE_nGnRnE, NO, NO, NO, R, DEVICE, 0, 0, "ynnnn" },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_DEVICE_nGnRE, NO, YES, YES, X, NONE, EXEC, -ENOEXEC, "ynny" },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL, YES, NO, NO, R, NORMAL, 0, 0, "yyn" },
	{ S2_ERA_6_17, IO | UNCACHED, S2_VMA_NORMAL_NC, UNK, NO, NO, X, NORMAL, 0, 0, "nn" },

	{ S2_ERA_7_1, PFNMAP, S2_VMA_NORMAL, NO, YES, YES, X, NORMAL, 0, 0, "ynyyyn" },
	{ S2_ERA_7_1, PFNMAP, S2_VMA_NORMAL, NO, NO, NO, R, NONE, NEEDS_FWB_DIC, -EFAULT, "ynynn" },
	{ S2_ERA_7_1, PFNMAP | UNCACHED, S2_VMA_NORMAL_NC, NO, NO, NO, R, NORMAL_NC, 0, 0,
	  "ynnny" },
	{ S2_ERA_7_1, PFNMAP, S2_VMA_DEVICE_nGnRE, NO, YES, YES, R, DEVICE, 0, 0, "ynnnn" },
	{ S2_ERA_7_1, PFNMAP, S2_VMA_NORMAL, YES, NO, NO, X, NORMAL, 0, 0, "yyn" },
	{ S2_ERA_7_1, 0, S2_VMA_NORMAL, UNK, NO, NO, X, NORMAL, 0, 0, "nn" },
};

static void the_table_of_the_design(void **state)
{
	struct decision_out out;
	struct decision_in in;

	(void)state;
	for (size_t i = 0; i < NR(faults); i++) {
		const struct fault *f = &faults[i];

		print_message("row %zu\n", i);
		decision_in__init(&in);
		in.vm_flags = f->vm_flags;
		in.vma_attr = f->attr;
		in.kernel_mapped = f->mapped;
		in.fwb = f->fwb;
		in.dic = f->dic;
		in.access = f->access;
		in.mte = NO;
		decision__fault(f->era, &in, &out);
		check(&out, f->type, f->reason, f->ret);
		check_steps(&out, f->answers);
	}
}

/* NVIDIA's 6.8 to 6.14: the type is the VMA's; what the kernel does not map needs FWB. */
static void vma_alone(void **state)
{
	static const struct {
		enum s2_era era;
		uint64_t vm_flags;
		enum s2_vma_attr attr;
		enum tristate mapped, valid, fwb, mte_allowed;
		enum s2_access access;
		enum s2_memtype type;
		enum s2_reason reason;
		int ret;
	} rows[] = {
		{ S2_ERA_VMA, PFNMAP, S2_VMA_NORMAL, NO, NO, YES, NO, R, NORMAL, 0, 0 },
		{ S2_ERA_VMA, PFNMAP, S2_VMA_NORMAL, NO, NO, NO, NO, R, NONE, NEEDS_FWB, -EINVAL },
		{ S2_ERA_VMA, PFNMAP, S2_VMA_DEVICE_nGnRE, NO, NO, NO, NO, R, NONE, NEEDS_FWB,
		  -EINVAL },
		{ S2_ERA_VMA, PFNMAP, S2_VMA_NORMAL, NO, YES, NO, NO, R, NORMAL, 0, 0 },
		{ S2_ERA_VMA, UNCACHED, S2_VMA_NORMAL_NC, NO, NO, YES, NO, R, NORMAL_NC, 0, 0 },
		{ S2_ERA_VMA, PFNMAP, S2_VMA_NORMAL_NC, NO, NO, YES, NO, R, DEVICE, 0, 0 },
		/* Mainline maps this Normal. */
		{ S2_ERA_VMA, PFNMAP, S2_VMA_NORMAL_NC, YES, YES, NO, YES, R, DEVICE, 0, 0 },
		{ S2_ERA_VMA, PFNMAP, S2_VMA_NORMAL_NC, YES, YES, NO, YES, X, DEVICE, 0, 0 },
		{ S2_ERA_VMA, PFNMAP, S2_VMA_NORMAL, YES, YES, YES, NO, R, NONE, MTE, -EFAULT },
		{ S2_ERA_VMA, PFNMAP, S2_VMA_NORMAL, NO, NO, YES, NO, X, NONE, EXEC, -ENOEXEC },
		{ S2_ERA_VMA_EXEC, PFNMAP, S2_VMA_NORMAL, NO, NO, YES, NO, X, NORMAL, 0, 0 },
		{ S2_ERA_VMA_EXEC, PFNMAP, S2_VMA_NORMAL, NO, NO, NO, NO, X, NONE, NEEDS_FWB,
		  -EINVAL },
		{ S2_ERA_VMA_EXEC, UNCACHED, S2_VMA_NORMAL_NC, NO, NO, YES, NO, X, NONE, EXEC,
		  -ENOEXEC },
	};
	struct decision_out out;
	struct decision_in in;

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		print_message("row %zu\n", i);
		decision_in__init(&in);
		in.vm_flags = rows[i].vm_flags;
		in.vma_attr = rows[i].attr;
		in.kernel_mapped = rows[i].mapped;
		in.pfn_valid = rows[i].valid;
		in.fwb = rows[i].fwb;
		in.mte = YES;
		in.mte_allowed = rows[i].mte_allowed;
		in.access = rows[i].access;
		decision__fault(rows[i].era, &in, &out);
		check(&out, rows[i].type, rows[i].reason, rows[i].ret);
	}
	/* No predicate was added to memslots. */
	decision_in__init(&in);
	in.vm_flags = PFNMAP;
	in.mte = in.fwb = in.dic = in.dirty_log = NO;
	decision__memslot(S2_ERA_VMA, &in, &out);
	assert_int_equal(out.outcome, S2_OUTCOME_MAPPED);
}

/* RFC v2: the type comes from the VMA's attribute; what is not cacheable cannot be executed. */
static void rfc_v2(void **state)
{
	static const struct {
		uint64_t vm_flags;
		enum s2_vma_attr attr;
		enum tristate valid, fwb, mte, mte_allowed;
		enum s2_access access;
		enum s2_memtype type;
		enum s2_reason reason;
		int ret;
		const char *answers;
	} rows[] = {
		{ PFNMAP, S2_VMA_NORMAL, NO, NO, NO, UNK, R, NONE, NEEDS_FWB, -EINVAL, "nn" },
		{ UNCACHED, S2_VMA_NORMAL_NC, NO, NO, NO, UNK, R, NONE, NEEDS_FWB, -EINVAL, "nn" },
		{ PFNMAP, S2_VMA_NORMAL, NO, YES, NO, UNK, R, NORMAL, 0, 0, "nyy" },
		{ PFNMAP, S2_VMA_NORMAL, NO, YES, NO, UNK, X, NONE, EXEC, -ENOEXEC, "nyy" },
		{ 0, S2_VMA_NORMAL, YES, UNK, NO, UNK, X, NORMAL, 0, 0, "yny" },
		{ SHARED, S2_VMA_NORMAL, YES, NO, UNK, UNK, X, NORMAL, 0, 0, "yny" },
		{ 0, S2_VMA_NORMAL_NC, YES, NO, NO, UNK, R, DEVICE, 0, 0, "ynnn" },
		{ UNCACHED, S2_VMA_NORMAL_NC, YES, NO, NO, UNK, R, NORMAL_NC, 0, 0, "ynny" },
		{ 0, S2_VMA_DEVICE_nGnRE, YES, NO, NO, UNK, X, NONE, EXEC, -ENOEXEC, "ynn" },
		{ IO, S2_VMA_NORMAL, YES, NO, NO, UNK, R, NORMAL, 0, 0, "yyy" },
		{ IO, S2_VMA_NORMAL, YES, NO, NO, UNK, X, NONE, EXEC, -ENOEXEC, "yyy" },
		/* MTE makes it not executable, and refuses nothing else. */
		{ 0, S2_VMA_NORMAL, YES, NO, YES, NO, R, NORMAL, 0, 0, "yny" },
		{ 0, S2_VMA_NORMAL, YES, NO, YES, NO, X, NONE, EXEC, -ENOEXEC, "yny" },
		{ 0, S2_VMA_NORMAL, YES, NO, YES, YES, X, NORMAL, 0, 0, "yny" },
	};
	struct decision_out out;
	struct decision_in in;

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		print_message("row %zu\n", i);
		decision_in__init(&in);
		in.vm_flags = rows[i].vm_flags;
		in.vma_attr = rows[i].attr;
		in.pfn_valid = rows[i].valid;
		in.fwb = rows[i].fwb;
		in.mte = rows[i].mte;
		in.mte_allowed = rows[i].mte_allowed;
		in.access = rows[i].access;
		decision__fault(S2_ERA_RFC_V2, &in, &out);
		check(&out, rows[i].type, rows[i].reason, rows[i].ret);
		check_steps(&out, rows[i].answers);
	}
}

/* 6.1 asks for VM_SHARED, all others for VM_MTE_ALLOWED. */
static void mte_needs_a_vma_that_allows_it(void **state)
{
	static const struct {
		enum s2_era era;
		uint64_t vm_flags;
		enum tristate allowed;
		enum s2_reason reason;
	} rows[] = {
		{ S2_ERA_6_1, SHARED, YES, MTE }, { S2_ERA_6_1, 0, NO, S2_REASON_NONE },
		{ S2_ERA_6_9, SHARED, NO, MTE },  { S2_ERA_6_9, SHARED, YES, S2_REASON_NONE },
		{ S2_ERA_6_17, SHARED, NO, MTE }, { S2_ERA_6_17, SHARED, YES, S2_REASON_NONE },
		{ S2_ERA_7_1, 0, NO, MTE },	  { S2_ERA_7_1, SHARED, YES, S2_REASON_NONE },
		{ S2_ERA_RFC_V2, 0, NO, MTE },	  { S2_ERA_RFC_V2, SHARED, YES, S2_REASON_NONE },
	};
	struct decision_out out;
	struct decision_in in;

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		print_message("row %zu\n", i);
		decision_in__init(&in);
		in.vm_flags = rows[i].vm_flags;
		in.kernel_mapped = in.mte = YES;
		in.mte_allowed = rows[i].allowed;
		decision__memslot(rows[i].era, &in, &out);
		check(&out, NONE, rows[i].reason, rows[i].reason ? -EINVAL : 0);
		if (rows[i].era == S2_ERA_RFC_V2)
			continue; /* see above */
		decision__fault(rows[i].era, &in, &out);
		check(&out, NORMAL, rows[i].reason, rows[i].reason ? -EFAULT : 0);
		/* Pages that are mapped already have been through it. */
		in.fault = S2_FAULT_PERMISSION;
		decision__fault(rows[i].era, &in, &out);
		check(&out, NORMAL, S2_REASON_NONE, 0);
		in.fault = S2_FAULT_ACCESS_FLAG;
		decision__fault(rows[i].era, &in, &out);
		check(&out, NORMAL, rows[i].reason, rows[i].reason ? -EFAULT : 0);
	}
}

static void device_memory_is_not_asked_for_mte(void **state)
{
	struct decision_out out;
	struct decision_in in;

	(void)state;
	decision_in__init(&in);
	in.vm_flags = PFNMAP;
	in.vma_attr = S2_VMA_DEVICE_nGnRE;
	in.kernel_mapped = NO;
	in.mte = YES;
	in.mte_allowed = NO;
	decision__fault(S2_ERA_7_1, &in, &out);
	check(&out, DEVICE, S2_REASON_NONE, 0);
}

/* Since 7.1 the guest gets an exception. */
static void exclusive_and_atomic_faults(void **state)
{
	struct decision_out out;
	struct decision_in in;

	(void)state;
	for (int era = S2_ERA_6_1; era < S2_ERA__MAX; era++) {
		bool injected = era == S2_ERA_7_1;

		decision_in__init(&in);
		in.kernel_mapped = in.pfn_valid = YES;
		in.mte = NO;
		in.fault = S2_FAULT_EXCL_ATOMIC;
		decision__fault(era, &in, &out);
		check(&out, injected ? NONE : NORMAL, injected ? EXCL : S2_REASON_NONE, 0);
		if (injected)
			check_steps(&out, "ny");
	}
}

struct slot {
	enum s2_era era;
	uint64_t vm_flags;
	enum s2_vma_attr attr;
	enum tristate fwb, dic, dirty_log;
	enum s2_reason reason;
	const char *answers;
};

static const struct slot slots[] = {
	{ S2_ERA_6_1, PFNMAP, S2_VMA_NORMAL, NO, NO, YES, DIRTY, "nyy" },
	{ S2_ERA_6_1, PFNMAP, S2_VMA_NORMAL, NO, NO, NO, 0, "nyn" },
	{ S2_ERA_6_1, MIXEDMAP, S2_VMA_NORMAL, NO, NO, YES, 0, "nn" },
	{ S2_ERA_6_9, PFNMAP, S2_VMA_NORMAL, NO, NO, YES, DIRTY, "nyy" },
	{ S2_ERA_6_9, PFNMAP, S2_VMA_NORMAL, NO, NO, NO, 0, "nyn" },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL, NO, NO, YES, DIRTY, "nyy" },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL, NO, NO, NO, NEEDS_FWB_DIC, "nynynn" },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL, YES, NO, NO, NEEDS_DIC, "nynyyn" },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL, NO, YES, NO, NEEDS_FWB, "nynyny" },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL, YES, YES, NO, 0, "nynyyy" },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL_NC, NO, NO, NO, 0, "nynn" },
	/* VM_PFNMAP only: a MIXEDMAP fails when it faults. */
	{ S2_ERA_6_17, MIXEDMAP, S2_VMA_NORMAL, NO, NO, NO, 0, "nn" },
	{ S2_ERA_7_1, PFNMAP, S2_VMA_NORMAL, NO, NO, NO, NEEDS_FWB_DIC, "nynynn" },
	{ S2_ERA_7_1, PFNMAP, S2_VMA_DEVICE_nGnRE, NO, NO, NO, 0, "nynn" },
	{ S2_ERA_RFC_V2, PFNMAP, S2_VMA_NORMAL, NO, NO, YES, DIRTY, "nyy" },
	{ S2_ERA_RFC_V2, PFNMAP, S2_VMA_NORMAL, NO, NO, NO, 0, "nyn" },
};

static void memslots(void **state)
{
	struct decision_out out;
	struct decision_in in;

	(void)state;
	for (size_t i = 0; i < NR(slots); i++) {
		print_message("row %zu\n", i);
		decision_in__init(&in);
		in.vm_flags = slots[i].vm_flags;
		in.vma_attr = slots[i].attr;
		in.fwb = slots[i].fwb;
		in.dic = slots[i].dic;
		in.dirty_log = slots[i].dirty_log;
		in.mte = NO;
		decision__memslot(slots[i].era, &in, &out);
		check(&out, NONE, slots[i].reason, slots[i].reason ? -EINVAL : 0);
		check_steps(&out, slots[i].answers);
	}
}

static void is_missing(const struct decision_out *out, enum s2_decision_field field,
		       const char *answers)
{
	assert_int_equal(out->outcome, S2_OUTCOME__MAX);
	assert_int_equal(out->reason, S2_REASON_NONE);
	assert_int_equal(out->missing, field);
	check_steps(out, answers);
}

/* Everything is unknown at first; each fact that is filled in leads to the next question. */
static void a_missing_input_of_a_fault_is_named(void **state)
{
	struct decision_out out;
	struct decision_in in;

	(void)state;
	decision_in__init(&in);
	in.vm_flags = PFNMAP;
	decision__fault(S2_ERA_7_1, &in, &out);
	is_missing(&out, S2_F_KERNEL_MAPPED, "y?");
	in.kernel_mapped = NO;
	decision__fault(S2_ERA_7_1, &in, &out);
	is_missing(&out, S2_F_FWB, "yny?");
	in.fwb = YES;
	decision__fault(S2_ERA_7_1, &in, &out);
	is_missing(&out, S2_F_DIC, "ynyy?");
	in.dic = YES;
	decision__fault(S2_ERA_7_1, &in, &out);
	is_missing(&out, S2_F_MTE, "ynyyy?");
	in.mte = YES;
	decision__fault(S2_ERA_7_1, &in, &out);
	is_missing(&out, S2_F_VMA_FLAGS, "ynyyyy?");

	decision__fault(S2_ERA_RFC_V2, &in, &out);
	is_missing(&out, S2_F_KERNEL_MAPPED, "?");
	in.pfn_valid = NO;
	in.fwb = UNK;
	decision__fault(S2_ERA_RFC_V2, &in, &out);
	is_missing(&out, S2_F_FWB, "n?");
}

static void a_missing_input_of_a_memslot_is_named(void **state)
{
	struct decision_out out;
	struct decision_in in;

	(void)state;
	decision_in__init(&in);
	in.vm_flags = PFNMAP;
	decision__memslot(S2_ERA_7_1, &in, &out);
	is_missing(&out, S2_F_MTE, "?");
	in.mte = NO;
	decision__memslot(S2_ERA_7_1, &in, &out);
	is_missing(&out, S2_F_DIRTY_LOG, "ny?");
	in.dirty_log = NO;
	decision__memslot(S2_ERA_7_1, &in, &out);
	is_missing(&out, S2_F_FWB, "nyny?");
}

static void at_first_nothing_is_known(void **state)
{
	struct decision_in in;

	(void)state;
	memset(&in, 0x55, sizeof(in));
	decision_in__init(&in);
	assert_int_equal(in.vm_flags, 0);
	assert_int_equal(in.vma_attr, S2_VMA_NORMAL);
	assert_int_equal(in.access, S2_ACCESS_READ);
	assert_int_equal(in.fault, S2_FAULT_TRANSLATION);
	assert_int_equal(in.kernel_mapped, UNK);
	assert_int_equal(in.pfn_valid, UNK);
	assert_int_equal(in.fwb, UNK);
	assert_int_equal(in.dic, UNK);
	assert_int_equal(in.mte, UNK);
	assert_int_equal(in.mte_allowed, UNK);
	assert_int_equal(in.dirty_log, UNK);
}

static void eras_have_names(void **state)
{
	static const char *const names[] = { "6.1",    "6.9", "6.17",	 "7.1",
					     "rfc-v2", "vma", "vma-exec" };

	(void)state;
	assert_int_equal(NR(names), S2_ERA__MAX);
	for (int era = 0; era < S2_ERA__MAX; era++) {
		assert_string_equal(vocab__name(&vocab_era, era), names[era]);
		assert_int_equal(vocab__id(&vocab_era, names[era], strlen(names[era])), era);
	}
	assert_null(vocab__name(&vocab_era, S2_ERA__MAX));
	assert_int_equal(vocab__id(&vocab_era, "5.10", 4), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_of_the_design),
		cmocka_unit_test(vma_alone),
		cmocka_unit_test(rfc_v2),
		cmocka_unit_test(mte_needs_a_vma_that_allows_it),
		cmocka_unit_test(device_memory_is_not_asked_for_mte),
		cmocka_unit_test(exclusive_and_atomic_faults),
		cmocka_unit_test(memslots),
		cmocka_unit_test(a_missing_input_of_a_fault_is_named),
		cmocka_unit_test(a_missing_input_of_a_memslot_is_named),
		cmocka_unit_test(at_first_nothing_is_known),
		cmocka_unit_test(eras_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
