// SPDX-License-Identifier: GPL-2.0-only
/* The decision by kernel era, and the reasons that are inferred from it. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include <s2trace/path.h>

#include "model/decision.h"
#include "model/infer.h"

#define PFNMAP	 ((1ULL << 10) | (1ULL << 14))
#define UNCACHED (1ULL << 39)

struct expect {
	enum s2_era era;
	uint64_t vm_flags;
	enum s2_vma_attr attr;
	enum tristate mapped, fwb, dic;
	enum s2_access access;
	enum s2_memtype type;
	enum s2_reason reason;
	int ret;
};

#define NO  FACT_NO
#define YES FACT_YES
#define R   S2_ACCESS_READ
#define X   S2_ACCESS_EXEC

/* The rows of the design's table, and a cell of each on both sides of its predicates. */
static const struct expect faults[] = {
	{ S2_ERA_6_1, PFNMAP, S2_VMA_NORMAL, NO, NO, NO, R, S2_MEMTYPE_DEVICE_nGnRE, 0, 0 },
	{ S2_ERA_6_1, PFNMAP | UNCACHED, S2_VMA_NORMAL_NC, NO, YES, YES, R, S2_MEMTYPE_DEVICE_nGnRE,
	  0, 0 },
	{ S2_ERA_6_1, 0, S2_VMA_NORMAL, YES, NO, NO, X, S2_MEMTYPE_NORMAL, 0, 0 },
	{ S2_ERA_6_1, PFNMAP, S2_VMA_NORMAL, NO, YES, YES, X, S2_MEMTYPE_NONE,
	  S2_REASON_EXEC_ON_NONCACHEABLE, -ENOEXEC },
	{ S2_ERA_6_9, PFNMAP | UNCACHED, S2_VMA_DEVICE_nGnRnE, NO, YES, YES, R,
	  S2_MEMTYPE_NORMAL_NC, 0, 0 },
	{ S2_ERA_6_9, PFNMAP, S2_VMA_NORMAL, NO, YES, YES, R, S2_MEMTYPE_DEVICE_nGnRE, 0, 0 },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL, NO, YES, YES, R, S2_MEMTYPE_NORMAL, 0, 0 },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL, NO, YES, NO, R, S2_MEMTYPE_NONE,
	  S2_REASON_PFNMAP_NEEDS_DIC, -EFAULT },
	{ S2_ERA_6_17, PFNMAP, S2_VMA_NORMAL, NO, NO, YES, R, S2_MEMTYPE_NONE,
	  S2_REASON_PFNMAP_NEEDS_FWB, -EFAULT },
	{ S2_ERA_7_1, PFNMAP, S2_VMA_NORMAL, NO, NO, NO, R, S2_MEMTYPE_NONE,
	  S2_REASON_PFNMAP_NEEDS_FWB_DIC, -EFAULT },
	{ S2_ERA_7_1, PFNMAP | UNCACHED, S2_VMA_NORMAL_NC, NO, NO, NO, R, S2_MEMTYPE_NORMAL_NC, 0,
	  0 },
	{ S2_ERA_7_1, PFNMAP, S2_VMA_DEVICE_nGnRE, NO, YES, YES, R, S2_MEMTYPE_DEVICE_nGnRE, 0, 0 },
	{ S2_ERA_7_1, PFNMAP, S2_VMA_NORMAL, YES, NO, NO, X, S2_MEMTYPE_NORMAL, 0, 0 },
	{ S2_ERA_7_1, 0, S2_VMA_NORMAL, FACT_UNKNOWN, NO, NO, X, S2_MEMTYPE_NORMAL, 0, 0 },
};

static void the_table_of_the_design(void **state)
{
	struct decision_out out;
	struct decision_in in;
	size_t i;

	(void)state;
	for (i = 0; i < NR(faults); i++) {
		decision_in__init(&in);
		in.vm_flags = faults[i].vm_flags;
		in.vma_attr = faults[i].attr;
		in.kernel_mapped = faults[i].mapped;
		in.fwb = faults[i].fwb;
		in.dic = faults[i].dic;
		in.access = faults[i].access;
		in.mte = FACT_NO;
		decision__fault(faults[i].era, &in, &out);
		print_message("row %zu\n", i);
		assert_int_equal(out.missing, S2_F__MAX);
		assert_int_equal(out.memtype, faults[i].type);
		assert_int_equal(out.reason, faults[i].reason);
		assert_int_equal(out.ret, faults[i].ret);
	}
}

static void a_missing_input_is_named(void **state)
{
	struct decision_out out;
	struct decision_in in;

	(void)state;
	decision_in__init(&in);
	in.vm_flags = PFNMAP;
	decision__fault(S2_ERA_7_1, &in, &out);
	assert_int_equal(out.outcome, S2_OUTCOME__MAX);
	assert_int_equal(out.missing, S2_F_KERNEL_MAPPED);
	in.kernel_mapped = FACT_NO;
	decision__fault(S2_ERA_7_1, &in, &out);
	assert_int_equal(out.missing, S2_F_FWB);
}

static void memslots(void **state)
{
	struct decision_out out;
	struct decision_in in;

	(void)state;
	decision_in__init(&in);
	in.vm_flags = PFNMAP;
	in.mte = in.fwb = in.dic = FACT_NO;
	in.dirty_log = FACT_YES;
	decision__memslot(S2_ERA_6_1, &in, &out);
	assert_int_equal(out.reason, S2_REASON_PFNMAP_DIRTY_LOG);
	in.dirty_log = FACT_NO;
	decision__memslot(S2_ERA_6_9, &in, &out);
	assert_int_equal(out.outcome, S2_OUTCOME_MAPPED);
	decision__memslot(S2_ERA_6_17, &in, &out);
	assert_int_equal(out.reason, S2_REASON_PFNMAP_NEEDS_FWB_DIC);
	assert_int_equal(out.ret, -EINVAL);
	in.mte = FACT_YES;
	in.mte_allowed = FACT_NO;
	decision__memslot(S2_ERA_7_1, &in, &out);
	assert_int_equal(out.reason, S2_REASON_MTE_NOT_ALLOWED);
}

struct inferred {
	enum s2_outcome outcome;
	enum s2_access access;
	enum s2_fault fault;
	unsigned int path;
	int ret;
	enum s2_reason reason; /* S2_REASON_UNKNOWN: it is to be absent */
};

static const struct inferred inferences[] = {
	{ S2_OUTCOME_MAPPED, R, S2_FAULT_TRANSLATION, S2_PATH_PFN | S2_PATH_MAP, 0, 0 },
	{ S2_OUTCOME_REJECTED, R, S2_FAULT_TRANSLATION, 0, -EFAULT, S2_REASON_NO_VMA },
	{ S2_OUTCOME_REJECTED, R, S2_FAULT_TRANSLATION, 0, -ENOMEM, S2_REASON_NO_MEMORY },
	{ S2_OUTCOME_REJECTED, R, S2_FAULT_TRANSLATION, 0, -EINTR, S2_REASON_UNKNOWN },
	{ S2_OUTCOME_REJECTED, R, S2_FAULT_OTHER, 0, -EFAULT, S2_REASON_UNSUPPORTED_FSC },
	{ S2_OUTCOME_REJECTED, R, S2_FAULT_TRANSLATION, S2_PATH_PFN | S2_PATH_BAD_PFN, -EFAULT,
	  S2_REASON_BAD_PFN },
	{ S2_OUTCOME_REJECTED, R, S2_FAULT_TRANSLATION, S2_PATH_PFN, -EFAULT,
	  S2_REASON_PFNMAP_NEEDS_DIC },
	{ S2_OUTCOME_INJECTED, X, S2_FAULT_TRANSLATION, S2_PATH_PFN | S2_PATH_INJECT, -ENOEXEC,
	  S2_REASON_EXEC_ON_NONCACHEABLE },
	{ S2_OUTCOME_INJECTED, X, S2_FAULT_TRANSLATION, S2_PATH_INJECT, -ENOEXEC,
	  S2_REASON_EXEC_NO_MEMSLOT },
	{ S2_OUTCOME_INJECTED, R, S2_FAULT_TRANSLATION, S2_PATH_INJECT | S2_PATH_BEYOND, 0,
	  S2_REASON_IPA_OUT_OF_RANGE },
	{ S2_OUTCOME_INJECTED, R, S2_FAULT_TRANSLATION, S2_PATH_INJECT | S2_PATH_S1PTW, 0,
	  S2_REASON_S1PTW_NO_MEMSLOT },
	{ S2_OUTCOME_POISONED, R, S2_FAULT_TRANSLATION, S2_PATH_PFN | S2_PATH_HWPOISON, 0,
	  S2_REASON_HWPOISON },
};

static void infer_one(const struct inferred *want)
{
	struct s2_ev_decision d = {
		.h = { .type = S2_EV_DECISION },
		.present = S2_BIT(S2_F_REASON) | S2_BIT(S2_F_VMA_ATTR) | S2_BIT(S2_F_VMA_FLAGS) |
			   S2_BIT(S2_F_FWB) | S2_BIT(S2_F_DIC) | S2_BIT(S2_F_MTE),
		.flags = S2_BIT(S2_DF_FWB),
		.vm_flags = PFNMAP,
		.vma_attr = S2_VMA_NORMAL,
		.outcome = want->outcome,
		.access = want->access,
		.fault = want->fault,
		.ret = want->ret,
		.memtype = S2_MEMTYPE_NONE,
		.path = want->path,
	};
	bool known = want->reason != S2_REASON_UNKNOWN;

	infer__event(&d.h, S2_ERA_7_1);
	assert_int_equal(d.reason, known ? want->reason : S2_REASON_NONE);
	assert_int_equal(S2_HAS(d.present, S2_F_REASON), known);
	assert_int_equal(S2_HAS(d.inferred, S2_F_REASON), known && want->reason != S2_REASON_NONE);
	assert_int_equal(d.path, 0);
}

static void reasons_are_inferred(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NR(inferences); i++) {
		print_message("row %zu\n", i);
		infer_one(&inferences[i]);
	}
}

static void reasons_of_memslots_are_inferred(void **state)
{
	struct s2_ev_memslot m = {
		.h = { .type = S2_EV_MEMSLOT },
		.ret = -EINVAL,
		.vm_flags = PFNMAP,
		.vma_attr = S2_VMA_NORMAL,
		.present = S2_MEMSLOT_FIELDS,
		.dic = 1,
	};
	struct s2_ev_memslot blind = m, accepted = m;

	(void)state;
	infer__event(&m.h, S2_ERA_7_1);
	assert_int_equal(m.reason, S2_REASON_PFNMAP_NEEDS_FWB);
	assert_true(S2_HAS(m.inferred, S2_F_REASON) && S2_HAS(m.inferred, S2_F_VMA_ATTR));

	blind.present = S2_BIT(S2_F_REASON) | S2_BIT(S2_F_MTE);
	infer__event(&blind.h, S2_ERA_7_1);
	assert_int_equal(blind.reason, S2_REASON_NONE);
	assert_false(S2_HAS(blind.present, S2_F_REASON) || blind.inferred);

	accepted.ret = 0;
	infer__event(&accepted.h, S2_ERA_7_1);
	assert_int_equal(accepted.reason, S2_REASON_NONE);
	assert_true(S2_HAS(accepted.present, S2_F_REASON) && !accepted.inferred);
}

static void the_era_is_told_by_features(void **state)
{
	struct s2_ev_host h = { .fwb = YES, .dic = YES, .cacheable_pfnmap = YES };

	(void)state;
	assert_int_equal(infer__era(false, &h), S2_ERA_6_1);
	assert_int_equal(infer__era(true, &h), S2_ERA_7_1);
	h.cacheable_pfnmap = NO;
	assert_int_equal(infer__era(true, &h), S2_ERA_6_9);
	h.dic = NO; /* it is refused on such a CPU by any kernel */
	assert_int_equal(infer__era(true, &h), S2_ERA_7_1);
}

/* Where no VMA is asked, only MTE is left to refuse a page frame. */
static void older_kernels_refuse_for_mte(void **state)
{
	struct s2_ev_decision d = {
		.h = { .type = S2_EV_DECISION },
		.present = S2_BIT(S2_F_REASON) | S2_BIT(S2_F_VMA_ATTR) | S2_BIT(S2_F_VMA_FLAGS) |
			   S2_BIT(S2_F_FWB) | S2_BIT(S2_F_DIC) | S2_BIT(S2_F_MTE),
		.flags = S2_BIT(S2_DF_MTE),
		.vm_flags = PFNMAP,
		.vma_attr = S2_VMA_NORMAL,
		.outcome = S2_OUTCOME_REJECTED,
		.ret = -EFAULT,
		.memtype = S2_MEMTYPE_NONE,
		.path = S2_PATH_PFN,
	};

	(void)state;
	infer__event(&d.h, S2_ERA_6_9);
	assert_int_equal(d.reason, S2_REASON_MTE_NOT_ALLOWED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_of_the_design),
		cmocka_unit_test(a_missing_input_is_named),
		cmocka_unit_test(memslots),
		cmocka_unit_test(reasons_are_inferred),
		cmocka_unit_test(reasons_of_memslots_are_inferred),
		cmocka_unit_test(the_era_is_told_by_features),
		cmocka_unit_test(older_kernels_refuse_for_mte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
