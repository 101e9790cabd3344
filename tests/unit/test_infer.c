// SPDX-License-Identifier: GPL-2.0-only
/* Reasons that are inferred, where the kernel does not tell them. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include <s2trace/fault.h>

#include "model/infer.h"

#define SHARED (1ULL << 3)
#define PFNMAP (1ULL << 10)

#define R S2_ACCESS_READ
#define X S2_ACCESS_EXEC

#define TRANSLATION S2_FAULT_TRANSLATION
#define PERMISSION  S2_FAULT_PERMISSION
#define REJECTED    S2_OUTCOME_REJECTED
#define INJECTED    S2_OUTCOME_INJECTED

#define UNSEEN (S2_PATH_PFN | S2_PATH_UNSEEN)

/* As a reason that is to be found: none can be told, and so the field is absent. */
#define ABSENT S2_REASON_UNKNOWN

/* Where the programs leave the path of a fault. */
static void set_path(struct s2_ev_decision *d, unsigned int path)
{
	d->path = (uint16_t)path;
}

static bool path_is_cleared(const struct s2_ev_decision *d)
{
	return !d->path;
}

/* A read of cacheable PFNMAP memory on a host with FWB and no DIC, as fentry reports it. */
static struct s2_ev_decision decision(enum s2_outcome outcome, unsigned int path, int ret)
{
	struct s2_ev_decision d = {
		.h = { .type = S2_EV_DECISION },
		.present = S2_BIT(S2_F_REASON) | S2_BIT(S2_F_VMA_ATTR) | S2_BIT(S2_F_VMA_FLAGS) |
			   S2_BIT(S2_F_FWB) | S2_BIT(S2_F_DIC) | S2_BIT(S2_F_MTE),
		.flags = S2_BIT(S2_DF_FWB),
		.vm_flags = PFNMAP,
		.vma_attr = S2_VMA_NORMAL,
		.memtype = S2_MEMTYPE_NONE,
		.outcome = outcome,
		.ret = ret,
	};

	set_path(&d, path);
	return d;
}

static void reason_is(struct s2_ev_decision *d, enum s2_era era, enum s2_reason reason)
{
	bool known = reason != ABSENT;

	infer__event(&d->h, era);
	assert_int_equal(d->reason, known ? reason : S2_REASON_NONE);
	assert_int_equal(S2_HAS(d->present, S2_F_REASON), known);
	assert_int_equal(S2_HAS(d->inferred, S2_F_REASON), known && reason != S2_REASON_NONE);
	assert_true(path_is_cleared(d));
}

static const struct {
	enum s2_outcome outcome;
	enum s2_access access;
	enum s2_fault fault;
	unsigned int path;
	int ret;
	enum s2_reason reason;
} inferences[] = {
	{ S2_OUTCOME_MAPPED, R, TRANSLATION, S2_PATH_PFN | S2_PATH_MAP, 0, S2_REASON_NONE },
	{ S2_OUTCOME_POISONED, R, TRANSLATION, S2_PATH_PFN | S2_PATH_HWPOISON, 0,
	  S2_REASON_HWPOISON },

	{ REJECTED, R, TRANSLATION, 0, -EFAULT, S2_REASON_NO_VMA },
	{ REJECTED, R, TRANSLATION, 0, -EINTR, ABSENT },
	{ REJECTED, R, S2_FAULT_OTHER, 0, -EFAULT, S2_REASON_UNSUPPORTED_FSC },
	{ REJECTED, R, TRANSLATION, 0, -ENOMEM, S2_REASON_NO_MEMORY },
	{ REJECTED, R, TRANSLATION, S2_PATH_PFN | S2_PATH_MAP, -ENOMEM, S2_REASON_NO_MEMORY },
	{ REJECTED, R, TRANSLATION, S2_PATH_PFN | S2_PATH_MAP, -EFAULT, S2_REASON_MAP_FAILED },
	{ REJECTED, R, PERMISSION, S2_PATH_PFN | S2_PATH_RELAX, -EFAULT, S2_REASON_MAP_FAILED },
	{ REJECTED, R, TRANSLATION, S2_PATH_PFN | S2_PATH_BAD_PFN, -EFAULT, S2_REASON_BAD_PFN },
	{ REJECTED, R, TRANSLATION, S2_PATH_GMEM | S2_PATH_BAD_PFN, -EFAULT,
	  S2_REASON_GMEM_NO_PFN },
	/* No memory for a page, not for tables. */
	{ REJECTED, R, TRANSLATION, S2_PATH_GMEM | S2_PATH_BAD_PFN, -ENOMEM,
	  S2_REASON_GMEM_NO_PFN },
	/* KVM had a page frame: its predicates are asked. */
	{ REJECTED, R, TRANSLATION, S2_PATH_PFN, -EFAULT, S2_REASON_PFNMAP_NEEDS_DIC },
	{ REJECTED, R, TRANSLATION, S2_PATH_GMEM, -EFAULT, S2_REASON_PFNMAP_NEEDS_DIC },
	{ REJECTED, R, TRANSLATION, S2_PATH_PFN, -EINVAL, ABSENT },
	/* The access could not be emulated, wherever it went. */
	{ REJECTED, R, TRANSLATION, S2_PATH_MMIO, -ENOSYS, S2_REASON_MMIO_NISV },
	{ REJECTED, R, TRANSLATION, 0, -ENOSYS, S2_REASON_MMIO_NISV },
	{ REJECTED, R, PERMISSION, 0, -ENOSYS, S2_REASON_MMIO_NISV },

	{ INJECTED, X, TRANSLATION, S2_PATH_PFN | S2_PATH_INJECT, -ENOEXEC,
	  S2_REASON_EXEC_ON_NONCACHEABLE },
	{ INJECTED, R, TRANSLATION, S2_PATH_PFN | S2_PATH_INJECT, 0, ABSENT },
	{ INJECTED, X, TRANSLATION, S2_PATH_INJECT, -ENOEXEC, S2_REASON_EXEC_NO_MEMSLOT },
	{ INJECTED, R, PERMISSION, S2_PATH_INJECT, 0, S2_REASON_READONLY_PFN },
	{ INJECTED, R, TRANSLATION, S2_PATH_INJECT | S2_PATH_S1PTW, 0, S2_REASON_S1PTW_NO_MEMSLOT },
	{ INJECTED, R, TRANSLATION, S2_PATH_INJECT, 0, ABSENT },
	{ INJECTED, R, TRANSLATION, S2_PATH_INJECT | S2_PATH_BEYOND, 0,
	  S2_REASON_IPA_OUT_OF_RANGE },
	{ INJECTED, R, TRANSLATION, S2_PATH_INJECT_SIZE, 0, S2_REASON_IPA_OUT_OF_RANGE },
	{ INJECTED, R, TRANSLATION, S2_PATH_INJECT_EXCL, 0, S2_REASON_EXCL_ATOMIC },
	{ INJECTED, R, TRANSLATION, S2_PATH_INJECT_S2, 0, S2_REASON_NESTED_WALK },
	{ INJECTED, R, PERMISSION, S2_PATH_INJECT_S2, 0, S2_REASON_NESTED_PERM },
};

static void reasons_are_inferred(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(inferences); i++) {
		struct s2_ev_decision d =
			decision(inferences[i].outcome, inferences[i].path, inferences[i].ret);

		print_message("row %zu\n", i);
		d.access = inferences[i].access;
		d.fault = inferences[i].fault;
		reason_is(&d, S2_ERA_7_1, inferences[i].reason);
	}
}

/* A reason that the source knows stays what it is, and is not marked. */
static void a_known_reason_stays(void **state)
{
	struct s2_ev_decision d = decision(S2_OUTCOME_RETRIED, S2_PATH_PFN, 0);

	(void)state;
	d.reason = S2_REASON_NOTIFIER_RACE;
	infer__event(&d.h, S2_ERA_7_1);
	assert_int_equal(d.reason, S2_REASON_NOTIFIER_RACE);
	assert_true(S2_HAS(d.present, S2_F_REASON));
}

static void protected_vms_have_reasons_of_their_own(void **state)
{
	static const struct {
		enum s2_outcome outcome;
		enum s2_fault fault;
		unsigned int path;
		int ret;
		enum s2_reason reason;
	} rows[] = {
		{ REJECTED, TRANSLATION, 0, -EIO, S2_REASON_PKVM_NOT_SWAPBACKED },
		{ REJECTED, TRANSLATION, 0, -EFAULT, S2_REASON_PKVM_PIN_FAILED },
		{ REJECTED, TRANSLATION, 0, -EPERM, ABSENT },
		{ REJECTED, S2_FAULT_OTHER, 0, -EFAULT, S2_REASON_UNSUPPORTED_FSC },
		/* For tables, or beyond RLIMIT_MEMLOCK? */
		{ REJECTED, TRANSLATION, 0, -ENOMEM, ABSENT },
		{ REJECTED, TRANSLATION, UNSEEN, -ENOMEM, ABSENT },
		{ REJECTED, TRANSLATION, S2_PATH_MAP, -ENOMEM, S2_REASON_NO_MEMORY },
		{ REJECTED, TRANSLATION, S2_PATH_MAP, -EPERM, S2_REASON_MAP_FAILED },
		{ REJECTED, TRANSLATION, UNSEEN, -EIO, S2_REASON_PKVM_NOT_SWAPBACKED },
		{ REJECTED, TRANSLATION, UNSEEN, -EFAULT, S2_REASON_PKVM_PIN_FAILED },
		{ REJECTED, TRANSLATION, UNSEEN, -EPERM, ABSENT },
		/* The VMM cannot emulate for it what KVM cannot. */
		{ INJECTED, TRANSLATION, S2_PATH_INJECT, 0, S2_REASON_MMIO_NISV },
		{ INJECTED, TRANSLATION, S2_PATH_INJECT | S2_PATH_S1PTW, 0,
		  S2_REASON_S1PTW_NO_MEMSLOT },
		{ INJECTED, TRANSLATION, S2_PATH_INJECT | S2_PATH_BEYOND, 0,
		  S2_REASON_IPA_OUT_OF_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		struct s2_ev_decision d = decision(rows[i].outcome, rows[i].path, rows[i].ret);

		print_message("row %zu\n", i);
		d.fault = rows[i].fault;
		d.flags |= S2_BIT(S2_DF_PROTECTED);
		reason_is(&d, S2_ERA_7_1, rows[i].reason);
	}
}

/* KVM got to the memory, but what it found there was not observed. */
static void unseen_lookups_are_inferred(void **state)
{
	static const struct {
		uint64_t vm_flags;
		uint32_t flags;
		bool has_vma;
		int ret;
		enum s2_reason reason;
	} rows[] = {
		{ PFNMAP, S2_BIT(S2_DF_FWB), true, -EFAULT, S2_REASON_PFNMAP_NEEDS_DIC },
		{ PFNMAP, S2_BIT(S2_DF_DIC), true, -EFAULT, S2_REASON_PFNMAP_NEEDS_FWB },
		/* A host that has both would have mapped it. */
		{ PFNMAP, S2_BIT(S2_DF_FWB) | S2_BIT(S2_DF_DIC), true, -EFAULT, S2_REASON_BAD_PFN },
		{ SHARED, 0, true, -EFAULT, S2_REASON_BAD_PFN },
		{ 0, 0, false, -EFAULT, S2_REASON_NO_VMA },
		/* For MTE, or for want of a page frame? Not so if MTE is not asked. */
		{ SHARED, S2_BIT(S2_DF_MTE), true, -EFAULT, ABSENT },
		{ PFNMAP, S2_BIT(S2_DF_MTE), true, -EFAULT, S2_REASON_PFNMAP_NEEDS_FWB_DIC },
		{ SHARED, 0, true, -ENOMEM, S2_REASON_NO_MEMORY },
		{ SHARED, 0, true, -EINTR, ABSENT },
		{ 0, 0, false, -EINTR, ABSENT },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		struct s2_ev_decision d = decision(REJECTED, UNSEEN, rows[i].ret);

		print_message("row %zu\n", i);
		d.flags = rows[i].flags;
		d.vm_flags = rows[i].vm_flags;
		if (!rows[i].has_vma)
			d.present &= ~(S2_BIT(S2_F_VMA_ATTR) | S2_BIT(S2_F_VMA_FLAGS));
		reason_is(&d, S2_ERA_7_1, rows[i].reason);
	}
}

/* The programs know why: it is read from the guest hypervisor's translation. */
static void faults_on_a_vncr_page_keep_their_reason(void **state)
{
	static const struct {
		enum s2_outcome outcome;
		enum s2_reason reason;
	} rows[] = {
		{ S2_OUTCOME_MAPPED, S2_REASON_NONE },
		{ INJECTED, S2_REASON_VNCR_WALK },
		{ REJECTED, S2_REASON_NONE },
		{ S2_OUTCOME_RETRIED, S2_REASON_NONE },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		struct s2_ev_decision d = decision(rows[i].outcome, 0, 0);

		print_message("row %zu\n", i);
		d.flags |= S2_BIT(S2_DF_VNCR);
		d.reason = rows[i].reason;
		infer__event(&d.h, S2_ERA_7_1);
		assert_int_equal(d.reason, rows[i].reason);
		assert_true(S2_HAS(d.present, S2_F_REASON));
		assert_int_equal(d.inferred, 0);
	}
}

/* What the predicates ask for is taken from the record; what it does not know stays open. */
static void the_facts_of_the_record_are_asked(void **state)
{
	struct s2_ev_decision d = decision(REJECTED, S2_PATH_PFN, -EFAULT);

	(void)state;
	d.flags = S2_BIT(S2_DF_DIC);
	reason_is(&d, S2_ERA_7_1, S2_REASON_PFNMAP_NEEDS_FWB);

	d = decision(REJECTED, S2_PATH_PFN, -EFAULT);
	reason_is(&d, S2_ERA_6_17, S2_REASON_PFNMAP_NEEDS_DIC);

	d = decision(REJECTED, S2_PATH_PFN, -EFAULT);
	d.present &= ~S2_BIT(S2_F_FWB);
	reason_is(&d, S2_ERA_7_1, ABSENT);

	d = decision(REJECTED, S2_PATH_PFN, -EFAULT);
	d.present &= ~S2_BIT(S2_F_DIC);
	reason_is(&d, S2_ERA_7_1, ABSENT);

	d = decision(REJECTED, S2_PATH_PFN, -EFAULT);
	d.present &= ~S2_BIT(S2_F_VMA_ATTR);
	reason_is(&d, S2_ERA_7_1, ABSENT);

	d = decision(REJECTED, S2_PATH_PFN, -EFAULT);
	d.vma_attr = S2_VMA_NORMAL_NC;
	reason_is(&d, S2_ERA_7_1, ABSENT);

	d = decision(REJECTED, S2_PATH_PFN, -ENOEXEC);
	d.vma_attr = S2_VMA_NORMAL_NC;
	d.access = X;
	reason_is(&d, S2_ERA_7_1, S2_REASON_EXEC_ON_NONCACHEABLE);
}

/* Where no VMA is asked, only MTE is left to refuse a page frame. */
static void older_kernels_refuse_for_mte(void **state)
{
	struct s2_ev_decision d = decision(REJECTED, S2_PATH_PFN, -EFAULT);

	(void)state;
	d.flags = S2_BIT(S2_DF_MTE);
	reason_is(&d, S2_ERA_6_9, S2_REASON_MTE_NOT_ALLOWED);

	d = decision(REJECTED, S2_PATH_PFN, -EFAULT);
	reason_is(&d, S2_ERA_6_9, ABSENT); /* the VM has no MTE */

	d = decision(REJECTED, S2_PATH_PFN, -EFAULT);
	d.flags = S2_BIT(S2_DF_MTE);
	d.vm_flags = SHARED;
	reason_is(&d, S2_ERA_6_1, S2_REASON_MTE_NOT_ALLOWED);

	d = decision(REJECTED, S2_PATH_PFN, -EFAULT);
	d.flags = S2_BIT(S2_DF_MTE) | S2_BIT(S2_DF_FWB) | S2_BIT(S2_DF_DIC);
	d.fault = PERMISSION; /* MTE is not asked for again */
	reason_is(&d, S2_ERA_6_17, ABSENT);
}

/* Memory that is not Normal, or refused for being cacheable, is none that the kernel maps. */
static void memory_that_the_kernel_does_not_map(void **state)
{
	static const struct {
		bool type_known;
		enum s2_memtype type;
		enum s2_outcome outcome;
		enum s2_access access;
		unsigned int flags;
		bool inferred;
	} rows[] = {
		{ true, S2_MEMTYPE_NORMAL, S2_OUTCOME_MAPPED, R, 0, false },
		{ true, S2_MEMTYPE_NORMAL_NC, S2_OUTCOME_MAPPED, R, 0, true },
		{ true, S2_MEMTYPE_DEVICE_nGnRE, S2_OUTCOME_MAPPED, R, 0, true },
		{ false, S2_MEMTYPE_DEVICE_nGnRE, S2_OUTCOME_MAPPED, R, 0, false },
		{ false, S2_MEMTYPE_NONE, REJECTED, R, 0, true },
		{ false, S2_MEMTYPE_NONE, REJECTED, R, S2_BIT(S2_DF_FWB), true },
		{ false, S2_MEMTYPE_NONE, REJECTED, R, S2_BIT(S2_DF_DIC), true },
		{ false, S2_MEMTYPE_NONE, INJECTED, X, 0, true },
		{ false, S2_MEMTYPE_NONE, INJECTED, R, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		struct s2_ev_decision d = decision(rows[i].outcome, S2_PATH_PFN, -EFAULT);
		unsigned int asked;

		print_message("row %zu\n", i);
		d.memtype = rows[i].type;
		d.access = rows[i].access;
		d.flags = rows[i].flags;
		d.present |= rows[i].type_known ? S2_BIT(S2_F_TYPE) : 0;
		asked = d.present & ~S2_BIT(S2_F_REASON);
		infer__event(&d.h, S2_ERA_7_1);
		assert_int_equal(S2_HAS(d.present, S2_F_KERNEL_MAPPED), rows[i].inferred);
		assert_int_equal(S2_HAS(d.inferred, S2_F_KERNEL_MAPPED), rows[i].inferred);
		assert_false(S2_HAS(d.flags, S2_DF_KERNEL_MAPPED));
		/* And nothing else becomes known by it. */
		assert_int_equal(d.present & ~(S2_BIT(S2_F_REASON) | S2_BIT(S2_F_KERNEL_MAPPED)),
				 asked);
		assert_int_equal(d.inferred & ~(S2_BIT(S2_F_REASON) | S2_BIT(S2_F_KERNEL_MAPPED)),
				 0);
	}
}

/* A memslot over cacheable PFNMAP memory, refused on a host with DIC and no FWB. */
static struct s2_ev_memslot memslot(int ret)
{
	return (struct s2_ev_memslot){
		.h = { .type = S2_EV_MEMSLOT },
		.ret = ret,
		.vm_flags = PFNMAP,
		.vma_attr = S2_VMA_NORMAL,
		.present = S2_MEMSLOT_FIELDS,
		.dic = 1,
	};
}

static void refused_for(struct s2_ev_memslot *m, enum s2_era era, enum s2_reason reason)
{
	bool known = reason != ABSENT;
	uint32_t vma = S2_BIT(S2_F_VMA_ATTR) | S2_BIT(S2_F_VMA_FLAGS);

	infer__event(&m->h, era);
	assert_int_equal(m->reason, known ? reason : S2_REASON_NONE);
	assert_int_equal(S2_HAS(m->present, S2_F_REASON), known);
	if (!known)
		assert_int_equal(m->inferred, 0);
	else
		assert_int_equal(m->inferred,
				 S2_BIT(S2_F_REASON) | (m->vma_attr == S2_VMA_UNKNOWN ? 0 : vma));
}

static void reasons_of_memslots_are_inferred(void **state)
{
	struct s2_ev_memslot m = memslot(-EINVAL);

	(void)state;
	refused_for(&m, S2_ERA_7_1, S2_REASON_PFNMAP_NEEDS_FWB);

	m = memslot(-EINVAL);
	m.fwb = 1;
	m.dic = 0;
	refused_for(&m, S2_ERA_6_17, S2_REASON_PFNMAP_NEEDS_DIC);

	m = memslot(-EINVAL);
	m.flags = 1 << 0; /* KVM_MEM_LOG_DIRTY_PAGES */
	refused_for(&m, S2_ERA_7_1, S2_REASON_PFNMAP_DIRTY_LOG);

	m = memslot(-EINVAL);
	m.flags = S2_KVM_MEM_READONLY;
	refused_for(&m, S2_ERA_6_9, ABSENT);

	m = memslot(-EINVAL);
	m.mte = 1;
	refused_for(&m, S2_ERA_7_1, S2_REASON_MTE_NOT_ALLOWED);

	m = memslot(-EINVAL);
	m.vma_attr = S2_VMA_NORMAL_NC;
	refused_for(&m, S2_ERA_7_1, ABSENT);
}

/* One predicate for each of these errors, whatever the VMA. */
static void errors_of_memslots_tell_their_reason(void **state)
{
	struct s2_ev_memslot m = memslot(-EFAULT);

	(void)state;
	refused_for(&m, S2_ERA_7_1, S2_REASON_IPA_OUT_OF_RANGE);

	m = memslot(-EPERM);
	refused_for(&m, S2_ERA_7_1, S2_REASON_MEMSLOT_PROTECTED);

	m = memslot(-EINVAL);
	m.flags = S2_KVM_MEM_GUEST_MEMFD;
	m.vma_attr = S2_VMA_UNKNOWN;
	refused_for(&m, S2_ERA_7_1, S2_REASON_GMEM_NOT_MAPPABLE);

	m = memslot(-EINVAL);
	m.flags = S2_KVM_MEM_GUEST_MEMFD;
	m.mte = 1;
	refused_for(&m, S2_ERA_7_1, S2_REASON_GMEM_MTE);
}

static void what_a_memslot_lacks_is_not_guessed(void **state)
{
	struct s2_ev_memslot m = memslot(-EINVAL);

	(void)state;
	m.present = S2_BIT(S2_F_REASON) | S2_BIT(S2_F_MTE);
	refused_for(&m, S2_ERA_7_1, ABSENT);

	m = memslot(-EINVAL);
	m.present &= ~S2_BIT(S2_F_MTE);
	refused_for(&m, S2_ERA_7_1, ABSENT);

	m = memslot(-EINVAL);
	m.vma_attr = S2_VMA_UNKNOWN;
	refused_for(&m, S2_ERA_7_1, ABSENT);

	m = memslot(0);
	infer__event(&m.h, S2_ERA_7_1);
	assert_int_equal(m.reason, S2_REASON_NONE);
	assert_true(S2_HAS(m.present, S2_F_REASON) && !m.inferred);
}

static void other_records_stay_as_they_are(void **state)
{
	struct s2_ev_decision d = decision(REJECTED, S2_PATH_PFN, -EFAULT), before;

	(void)state;
	d.h.type = S2_EV_UNMAP;
	before = d;
	infer__event(&d.h, S2_ERA_7_1);
	assert_memory_equal(&d, &before, sizeof(d));
}

static void the_era_is_told_by_features(void **state)
{
	static const struct s2_ev_host unknown = { .fwb = FACT_UNKNOWN,
						   .dic = FACT_UNKNOWN,
						   .cacheable_pfnmap = FACT_UNKNOWN };
	struct s2_ev_host h = { .fwb = FACT_YES, .dic = FACT_YES, .cacheable_pfnmap = FACT_YES };

	(void)state;
	assert_int_equal(infer__era(false, &h), S2_ERA_6_1);
	assert_int_equal(infer__era(true, &h), S2_ERA_7_1);
	assert_int_equal(infer__era(true, &unknown), S2_ERA_7_1);
	h.cacheable_pfnmap = FACT_UNKNOWN;
	assert_int_equal(infer__era(true, &h), S2_ERA_7_1);
	h.cacheable_pfnmap = FACT_NO;
	assert_int_equal(infer__era(true, &h), S2_ERA_6_9);
	/* Any kernel refuses it on such a CPU. */
	h.dic = FACT_NO;
	assert_int_equal(infer__era(true, &h), S2_ERA_7_1);
	h.dic = FACT_YES;
	h.fwb = FACT_NO;
	assert_int_equal(infer__era(true, &h), S2_ERA_7_1);
}

static void only_the_capability_is_proof(void **state)
{
	struct s2_ev_host h = { .era = S2_ERA_7_1, .cacheable_pfnmap = FACT_YES };

	(void)state;
	assert_int_equal(infer__era_is_certain(&h), FACT_YES);
	h.cacheable_pfnmap = FACT_NO;
	assert_int_equal(infer__era_is_certain(&h), FACT_UNKNOWN);
	h.cacheable_pfnmap = FACT_UNKNOWN;
	assert_int_equal(infer__era_is_certain(&h), FACT_UNKNOWN);
	h.era = S2_ERA_6_1;
	assert_int_equal(infer__era_is_certain(&h), FACT_YES);
}

#define NORMAL	S2_MEMTYPE_NORMAL
#define NC	S2_MEMTYPE_NORMAL_NC
#define DEVICE	S2_MEMTYPE_DEVICE_nGnRE
#define NOTHING S2_ERA__MAX
#define YES	FACT_YES
#define NO	FACT_NO
#define UNK	FACT_UNKNOWN

/* What is mapped, on a kernel that seems to be of era 6.9, and on one that seems to be of 7.1. */
static void mappings_show_the_era(void **state)
{
	static const struct {
		uint64_t vm_flags;
		enum s2_vma_attr attr;
		enum tristate mapped;
		enum s2_access access;
		enum s2_memtype type;
		enum s2_era from_6_9, from_7_1;
	} rows[] = {
		{ PFNMAP, S2_VMA_NORMAL, NO, R, NORMAL, S2_ERA_VMA, S2_ERA_VMA },
		{ PFNMAP, S2_VMA_NORMAL, NO, X, NORMAL, S2_ERA_VMA_EXEC, S2_ERA_VMA_EXEC },
		{ PFNMAP, S2_VMA_NORMAL, NO, R, DEVICE, S2_ERA_6_9, S2_ERA_6_9 },
		{ PFNMAP, S2_VMA_NORMAL, NO, R, NC, S2_ERA_6_9, S2_ERA_6_9 },
		{ PFNMAP, S2_VMA_NORMAL_NC, YES, R, NORMAL, S2_ERA_6_9, NOTHING },
		{ PFNMAP, S2_VMA_NORMAL_NC, YES, R, DEVICE, S2_ERA_VMA, S2_ERA_VMA },
		/* Every era does this. */
		{ 0, S2_VMA_NORMAL, YES, R, NORMAL, NOTHING, NOTHING },
		{ PFNMAP, S2_VMA_NORMAL, YES, R, NORMAL, NOTHING, NOTHING },
		{ PFNMAP, S2_VMA_NORMAL_NC, NO, R, NC, NOTHING, NOTHING },
		{ PFNMAP, S2_VMA_NORMAL, UNK, R, NORMAL, NOTHING, NOTHING },
		/* File memory in persistent memory, on 6.17. */
		{ 0, S2_VMA_NORMAL, NO, R, NORMAL, NOTHING, NOTHING },
	};
	struct s2_ev_host h = { .fwb = NO, .dic = NO, .cacheable_pfnmap = NO };

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		struct s2_ev_decision d = decision(S2_OUTCOME_MAPPED, 0, 0);

		print_message("row %zu\n", i);
		d.present |= S2_BIT(S2_F_PA);
		d.vm_flags = rows[i].vm_flags;
		d.vma_attr = rows[i].attr;
		d.memtype = rows[i].type;
		d.access = rows[i].access;
		h.era = S2_ERA_6_9;
		assert_int_equal(infer__shown_era(&d, &h, rows[i].mapped), rows[i].from_6_9);
		h.era = S2_ERA_7_1;
		assert_int_equal(infer__shown_era(&d, &h, rows[i].mapped), rows[i].from_7_1);
		h.cacheable_pfnmap = YES;
		assert_int_equal(infer__shown_era(&d, &h, rows[i].mapped), NOTHING);
		h.cacheable_pfnmap = NO;
		d.present &= ~S2_BIT(S2_F_PA);
		assert_int_equal(infer__shown_era(&d, &h, rows[i].mapped), NOTHING);
	}
}

static void rejections_show_the_era(void **state)
{
	struct s2_ev_host h = { .era = S2_ERA_7_1, .fwb = NO, .dic = NO, .cacheable_pfnmap = NO };
	struct s2_ev_decision d = decision(REJECTED, S2_PATH_PFN, -EINVAL);

	(void)state;
	d.present |= S2_BIT(S2_F_PA);
	assert_int_equal(infer__shown_era(&d, &h, NO), S2_ERA_VMA);
	assert_int_equal(infer__shown_era(&d, &h, YES), NOTHING);
	h.fwb = YES;
	assert_int_equal(infer__shown_era(&d, &h, NO), NOTHING);
	d.ret = -EFAULT;
	assert_int_equal(infer__shown_era(&d, &h, NO), S2_ERA_7_1);
	d.vma_attr = S2_VMA_NORMAL_NC;
	assert_int_equal(infer__shown_era(&d, &h, NO), NOTHING);
	/* And then the reason can be told. */
	d = decision(REJECTED, S2_PATH_PFN, -EINVAL);
	d.flags = 0;
	reason_is(&d, S2_ERA_VMA, S2_REASON_PFNMAP_NEEDS_FWB);
	d = decision(REJECTED, S2_PATH_PFN, -EFAULT);
	d.flags = S2_BIT(S2_DF_MTE);
	reason_is(&d, S2_ERA_VMA_EXEC, S2_REASON_MTE_NOT_ALLOWED);
}

static void tables_show_the_era(void **state)
{
	struct s2_ev_host h = { .era = S2_ERA_6_9, .cacheable_pfnmap = NO };
	struct s2_ev_mapped m = { .memtype = NORMAL };

	(void)state;
	assert_int_equal(infer__era_of_mapping(&m, &h, NO), S2_ERA_VMA);
	assert_int_equal(infer__era_of_mapping(&m, &h, YES), NOTHING);
	assert_int_equal(infer__era_of_mapping(&m, &h, UNK), NOTHING);
	/* Memory that is no PFN mapping is Normal on 6.17, whatever the kernel maps. */
	h.era = S2_ERA_7_1;
	assert_int_equal(infer__era_of_mapping(&m, &h, NO), NOTHING);
	m.memtype = NC;
	assert_int_equal(infer__era_of_mapping(&m, &h, YES), S2_ERA_VMA);
	assert_int_equal(infer__era_of_mapping(&m, &h, NO), NOTHING);
	m.memtype = S2_MEMTYPE_NONE;
	assert_int_equal(infer__era_of_mapping(&m, &h, YES), NOTHING);
	m.memtype = NC;
	h.cacheable_pfnmap = YES;
	assert_int_equal(infer__era_of_mapping(&m, &h, YES), NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons_are_inferred),
		cmocka_unit_test(a_known_reason_stays),
		cmocka_unit_test(protected_vms_have_reasons_of_their_own),
		cmocka_unit_test(unseen_lookups_are_inferred),
		cmocka_unit_test(faults_on_a_vncr_page_keep_their_reason),
		cmocka_unit_test(the_facts_of_the_record_are_asked),
		cmocka_unit_test(older_kernels_refuse_for_mte),
		cmocka_unit_test(memory_that_the_kernel_does_not_map),
		cmocka_unit_test(reasons_of_memslots_are_inferred),
		cmocka_unit_test(errors_of_memslots_tell_their_reason),
		cmocka_unit_test(what_a_memslot_lacks_is_not_guessed),
		cmocka_unit_test(other_records_stay_as_they_are),
		cmocka_unit_test(the_era_is_told_by_features),
		cmocka_unit_test(only_the_capability_is_proof),
		cmocka_unit_test(mappings_show_the_era),
		cmocka_unit_test(rejections_show_the_era),
		cmocka_unit_test(tables_show_the_era),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
