// SPDX-License-Identifier: GPL-2.0-only
#include "model/decision.h"

#include <errno.h>
#include <string.h>

#include <s2trace/verdict.h>

#include "model/vmflags.h"

#define VM_SHARED	      (1ULL << 3)
#define VM_PFNMAP	      (1ULL << 10)
#define VM_IO		      (1ULL << 14)
#define VM_ALLOW_ANY_UNCACHED (1ULL << 39)

/* How the eras differ. The RFC and the vendors' have paths of their own. */
struct era_traits {
	bool mte_by_shared; /* VM_SHARED instead of !VM_MTE_ALLOWED */
	bool knows_nc;	    /* VM_ALLOW_ANY_UNCACHED becomes Normal-NC */
	bool asks_vma;	    /* checks PFNMAP and MIXEDMAP only, and the VMA's cacheability */
	bool injects_excl_atomic;
};

static const struct era_traits traits[S2_ERA__MAX] = {
	[S2_ERA_6_1] = { true, false, false, false },
	[S2_ERA_6_9] = { false, true, false, false },
	[S2_ERA_6_17] = { false, true, true, false },
	[S2_ERA_7_1] = { false, true, true, true },
	[S2_ERA_RFC_V2] = { false, true, true, false },
	[S2_ERA_VMA] = { false, true, false, false },
	[S2_ERA_VMA_EXEC] = { false, true, false, false },
};

void decision_in__init(struct decision_in *in)
{
	*in = (struct decision_in){
		.vma_attr = S2_VMA_NORMAL,
		.kernel_mapped = FACT_UNKNOWN,
		.pfn_valid = FACT_UNKNOWN,
		.fwb = FACT_UNKNOWN,
		.dic = FACT_UNKNOWN,
		.mte = FACT_UNKNOWN,
		.mte_allowed = FACT_UNKNOWN,
		.dirty_log = FACT_UNKNOWN,
	};
}

static void out_init(struct decision_out *out)
{
	memset(out, 0, sizeof(*out));
	out->outcome = S2_OUTCOME_MAPPED;
	out->memtype = S2_MEMTYPE_NONE;
	out->missing = S2_F__MAX;
}

static bool note(struct decision_out *out, const char *question, bool answer)
{
	if (out->nr_steps < DECISION_STEPS)
		out->step[out->nr_steps++] = (struct decision_step){ question, answer };
	return answer;
}

/* Evaluates a fact. If it is unknown, so is everything after it. */
static bool ask(struct decision_out *out, const char *question, enum tristate fact,
		enum s2_decision_field field)
{
	if (fact != FACT_UNKNOWN)
		return note(out, question, fact == FACT_YES);
	out->step[out->nr_steps++ % DECISION_STEPS] =
		(struct decision_step){ question, FACT_UNKNOWN };
	out->outcome = S2_OUTCOME__MAX;
	out->missing = field;
	return false;
}

static bool stuck(const struct decision_out *out)
{
	return out->missing != S2_F__MAX;
}

static void refuse(struct decision_out *out, enum s2_outcome outcome, enum s2_reason reason,
		   int ret)
{
	out->outcome = outcome;
	out->reason = reason;
	out->ret = ret;
}

static bool over(const struct decision_out *out)
{
	return stuck(out) || out->reason != S2_REASON_NONE;
}

bool vma_cacheable(enum s2_vma_attr attr)
{
	return attr != S2_VMA_NORMAL_NC && attr != S2_VMA_DEVICE_nGnRnE &&
	       attr != S2_VMA_DEVICE_nGnRE;
}

/* Without a kernel mapping, cacheable memory needs FWB and DIC. */
static void ask_fwb_dic(const struct decision_in *in, struct decision_out *out, int ret)
{
	bool fwb = ask(out, "does the host have FWB?", in->fwb, S2_F_FWB);
	bool dic = !stuck(out) && ask(out, "does the host have DIC?", in->dic, S2_F_DIC);

	if (stuck(out) || (fwb && dic))
		return;
	refuse(out, S2_OUTCOME_REJECTED, s2_pfnmap_reason(fwb, dic), ret);
}

/* Whether the page is to be mapped non-cacheable. */
static bool noncacheable(const struct era_traits *era, const struct decision_in *in,
			 struct decision_out *out)
{
	if (era->asks_vma &&
	    !note(out, "is the VMA PFNMAP or MIXEDMAP?", in->vm_flags & VMFLAGS_PFN))
		return false;
	if (ask(out, "does the kernel map this page frame?", in->kernel_mapped,
		S2_F_KERNEL_MAPPED) ||
	    stuck(out))
		return false;
	if (!era->asks_vma)
		return true;
	if (!note(out, "is the VMA cacheable?", vma_cacheable(in->vma_attr)))
		return true;
	ask_fwb_dic(in, out, -EFAULT);
	return false;
}

static void choose_type(const struct era_traits *era, const struct decision_in *in,
			struct decision_out *out, bool nc)
{
	if (!nc)
		out->memtype = S2_MEMTYPE_NORMAL;
	else if (era->knows_nc &&
		 note(out, "is the VMA ALLOW_ANY_UNCACHED?", in->vm_flags & VM_ALLOW_ANY_UNCACHED))
		out->memtype = S2_MEMTYPE_NORMAL_NC;
	else
		out->memtype = S2_MEMTYPE_DEVICE_nGnRE;
}

static void ask_mte(const struct era_traits *era, const struct decision_in *in,
		    struct decision_out *out, int ret)
{
	bool allowed;

	if (!ask(out, "does the VM have MTE?", in->mte, S2_F_MTE) || stuck(out))
		return;
	if (era->mte_by_shared)
		allowed = !note(out, "is the VMA SHARED?", in->vm_flags & VM_SHARED);
	else
		allowed = ask(out, "does the VMA allow MTE?", in->mte_allowed, S2_F_VMA_FLAGS);
	if (!allowed && !stuck(out))
		refuse(out, S2_OUTCOME_REJECTED, S2_REASON_MTE_NOT_ALLOWED, ret);
}

static bool inject_excl_atomic(const struct era_traits *era, const struct decision_in *in,
			       struct decision_out *out)
{
	if (!era->injects_excl_atomic || in->fault != S2_FAULT_EXCL_ATOMIC)
		return false;
	note(out, "is it an exclusive or atomic access to unsuitable memory?", true);
	refuse(out, S2_OUTCOME_INJECTED, S2_REASON_EXCL_ATOMIC, 0);
	return true;
}

static void merged_fault(const struct era_traits *era, const struct decision_in *in,
			 struct decision_out *out)
{
	bool nc = noncacheable(era, in, out);

	if (over(out))
		return;
	if (nc && note(out, "is it an instruction fetch?", in->access == S2_ACCESS_EXEC)) {
		refuse(out, S2_OUTCOME_INJECTED, S2_REASON_EXEC_ON_NONCACHEABLE, -ENOEXEC);
		return;
	}
	if (inject_excl_atomic(era, in, out))
		return;
	choose_type(era, in, out, nc);
	if (!nc && in->fault != S2_FAULT_PERMISSION)
		ask_mte(era, in, out, -EFAULT);
}

/* RFC v2, November 2024: the type comes from the VMA's attribute alone. */
static void rfc_fault(const struct era_traits *era, const struct decision_in *in,
		      struct decision_out *out)
{
	bool normal = vma_cacheable(in->vma_attr), valid, nc;

	valid = ask(out, "does the page frame have a struct page?", in->pfn_valid,
		    S2_F_KERNEL_MAPPED);
	if (stuck(out))
		return;
	if (!valid && !ask(out, "does the host have FWB?", in->fwb, S2_F_FWB)) {
		if (!stuck(out))
			refuse(out, S2_OUTCOME_REJECTED, S2_REASON_PFNMAP_NEEDS_FWB, -EINVAL);
		return;
	}
	nc = !valid || note(out, "is the VMA IO?", in->vm_flags & VM_IO) ||
	     (in->mte == FACT_YES && in->mte_allowed != FACT_YES);
	note(out, "is the VMA cacheable?", normal);
	if ((nc || !normal) && in->access == S2_ACCESS_EXEC) {
		refuse(out, S2_OUTCOME_INJECTED, S2_REASON_EXEC_ON_NONCACHEABLE, -ENOEXEC);
		return;
	}
	choose_type(era, in, out, !normal);
}

/* Cache maintenance needs a struct page, unless FWB makes it unnecessary. */
static void ask_fwb_or_page(const struct decision_in *in, struct decision_out *out)
{
	if (ask(out, "does the host have FWB?", in->fwb, S2_F_FWB) || stuck(out))
		return;
	if (!ask(out, "does the page frame have a struct page?", in->pfn_valid,
		 S2_F_KERNEL_MAPPED) &&
	    !stuck(out))
		refuse(out, S2_OUTCOME_REJECTED, S2_REASON_PFNMAP_NEEDS_FWB, -EINVAL);
}

/* NVIDIA's 6.8 to 6.14. The type comes from the VMA's attribute alone. */
static void vma_fault(enum s2_era era, const struct decision_in *in, struct decision_out *out)
{
	bool normal = note(out, "is the VMA cacheable?", vma_cacheable(in->vma_attr)), mapped;

	mapped = ask(out, "does the kernel map this page frame?", in->kernel_mapped,
		     S2_F_KERNEL_MAPPED);
	if (stuck(out))
		return;
	if (!mapped && note(out, "is it an instruction fetch?", in->access == S2_ACCESS_EXEC) &&
	    !(era == S2_ERA_VMA_EXEC && normal)) {
		refuse(out, S2_OUTCOME_INJECTED, S2_REASON_EXEC_ON_NONCACHEABLE, -ENOEXEC);
		return;
	}
	if (!mapped)
		ask_fwb_or_page(in, out);
	else if (in->fault != S2_FAULT_PERMISSION)
		ask_mte(&traits[era], in, out, -EFAULT);
	if (!over(out))
		choose_type(&traits[era], in, out, !normal);
}

void decision__fault(enum s2_era era, const struct decision_in *in, struct decision_out *out)
{
	out_init(out);
	if (era == S2_ERA_RFC_V2)
		rfc_fault(&traits[era], in, out);
	else if (era == S2_ERA_VMA || era == S2_ERA_VMA_EXEC)
		vma_fault(era, in, out);
	else
		merged_fault(&traits[era], in, out);
}

void decision__memslot(enum s2_era era, const struct decision_in *in, struct decision_out *out)
{
	const struct era_traits *t = &traits[era];

	out_init(out);
	ask_mte(t, in, out, -EINVAL);
	if (over(out) || !note(out, "is the VMA PFNMAP?", in->vm_flags & VM_PFNMAP))
		return;
	if (ask(out, "is dirty logging requested for the memslot?", in->dirty_log, S2_F_DIRTY_LOG))
		refuse(out, S2_OUTCOME_REJECTED, S2_REASON_PFNMAP_DIRTY_LOG, -EINVAL);
	if (over(out) || !t->asks_vma || era == S2_ERA_RFC_V2)
		return;
	if (note(out, "is the VMA cacheable?", vma_cacheable(in->vma_attr)))
		ask_fwb_dic(in, out, -EINVAL);
}
