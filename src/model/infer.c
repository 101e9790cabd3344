// SPDX-License-Identifier: GPL-2.0-only
#include "model/infer.h"

#include <errno.h>

#include <s2trace/fault.h>

#include "model/decision.h"
#include "model/vmflags.h"

#define MEM_LOG_DIRTY_PAGES (1 << 0)

static enum tristate fact(uint32_t present, enum s2_decision_field field, bool value)
{
	if (!S2_HAS(present, field))
		return FACT_UNKNOWN;
	return value ? FACT_YES : FACT_NO;
}

/*
 * Without the cacheable-PFNMAP series, KVM does not check the VMA. With the series, KVM has
 * the capability if the CPU has FWB and DIC: on such a CPU, no capability means an older
 * kernel. Other CPUs do not show the difference. Assume the series there, because only
 * kernels with it reject such mappings.
 */
enum s2_era infer__era(bool knows_normal_nc, const struct s2_ev_host *host)
{
	if (!knows_normal_nc)
		return S2_ERA_6_1;
	if (host->fwb == FACT_YES && host->dic == FACT_YES && host->cacheable_pfnmap == FACT_NO)
		return S2_ERA_6_9;
	return S2_ERA_7_1;
}

enum tristate infer__era_is_certain(const struct s2_ev_host *host)
{
	return host->era == S2_ERA_6_1 || host->cacheable_pfnmap == FACT_YES ? FACT_YES
									     : FACT_UNKNOWN;
}

/*
 * Two kinds of memory tell kernels without the capability apart. PFN mappings that are
 * cacheable, of memory that the kernel does not map: Device by mainline before the series,
 * rejected with it, Normal by vendors. And uncached mappings of memory that it maps: Normal by
 * mainline.
 */
static enum s2_era shown_by_mapping(const struct s2_ev_decision *d, const struct s2_ev_host *host,
				    bool kernel_mapped)
{
	bool normal = d->memtype == S2_MEMTYPE_NORMAL, cacheable = vma_cacheable(d->vma_attr);

	if (cacheable && !kernel_mapped && (d->vm_flags & VMFLAGS_PFN)) {
		if (!normal)
			return S2_ERA_6_9;
		return d->access == S2_ACCESS_EXEC ? S2_ERA_VMA_EXEC : S2_ERA_VMA;
	}
	if (!cacheable && kernel_mapped) {
		if (!normal)
			return S2_ERA_VMA;
		return host->era == S2_ERA_6_9 ? S2_ERA_6_9 : S2_ERA__MAX;
	}
	return S2_ERA__MAX;
}

static enum s2_era shown_by_rejection(const struct s2_ev_decision *d, const struct s2_ev_host *host,
				      bool kernel_mapped)
{
	if (!(d->vm_flags & VMFLAGS_PFN) || kernel_mapped)
		return S2_ERA__MAX;
	if (d->ret == -EINVAL && host->fwb == FACT_NO)
		return S2_ERA_VMA;
	return d->ret == -EFAULT && vma_cacheable(d->vma_attr) ? S2_ERA_7_1 : S2_ERA__MAX;
}

enum s2_era infer__shown_era(const struct s2_ev_decision *d, const struct s2_ev_host *host,
			     enum tristate kernel_mapped)
{
	const uint32_t needed = S2_BIT(S2_F_VMA_ATTR) | S2_BIT(S2_F_VMA_FLAGS) | S2_BIT(S2_F_PA);

	if (host->era == S2_ERA_6_1 || host->era == S2_ERA__MAX ||
	    host->cacheable_pfnmap == FACT_YES || kernel_mapped == FACT_UNKNOWN ||
	    (d->present & needed) != needed)
		return S2_ERA__MAX;
	if (d->outcome == S2_OUTCOME_MAPPED)
		return shown_by_mapping(d, host, kernel_mapped);
	if (d->outcome == S2_OUTCOME_REJECTED)
		return shown_by_rejection(d, host, kernel_mapped);
	return S2_ERA__MAX;
}

/*
 * Of memory that the kernel does not map, a host that could have the capability and lacks it
 * maps nothing Normal. Memory that it maps is Normal on every mainline kernel.
 */
enum s2_era infer__era_of_mapping(const struct s2_ev_mapped *m, const struct s2_ev_host *host,
				  enum tristate kernel_mapped)
{
	bool normal = m->memtype == S2_MEMTYPE_NORMAL;

	if (m->memtype == S2_MEMTYPE_NONE || host->era == S2_ERA_6_1 || host->era == S2_ERA__MAX ||
	    host->cacheable_pfnmap == FACT_YES)
		return S2_ERA__MAX;
	if (kernel_mapped == FACT_YES && !normal)
		return S2_ERA_VMA;
	if (kernel_mapped == FACT_NO && normal && host->era == S2_ERA_6_9)
		return S2_ERA_VMA;
	return S2_ERA__MAX;
}

/* Eras that do not reject cacheable PFN mappings only reject for MTE, what the kernel maps. */
static enum tristate implied_mapped(const struct s2_ev_decision *d, enum s2_era era)
{
	switch (era) {
	case S2_ERA_6_1:
	case S2_ERA_6_9:
		return FACT_YES;
	case S2_ERA_VMA:
	case S2_ERA_VMA_EXEC:
		return d->ret == -EINVAL ? FACT_NO : FACT_YES;
	default:
		return FACT_NO;
	}
}

/* KVM got a page frame and still failed. Finds the predicate that failed. */
static enum s2_reason ask_model(const struct s2_ev_decision *d, enum s2_era era)
{
	struct decision_out out;
	struct decision_in in;

	if (!S2_HAS(d->present, S2_F_VMA_ATTR))
		return S2_REASON_UNKNOWN;
	decision_in__init(&in);
	in.vm_flags = d->vm_flags;
	in.vma_attr = d->vma_attr;
	in.access = d->access;
	in.fault = d->fault;
	in.fwb = fact(d->present, S2_F_FWB, S2_HAS(d->flags, S2_DF_FWB));
	in.dic = fact(d->present, S2_F_DIC, S2_HAS(d->flags, S2_DF_DIC));
	in.mte = fact(d->present, S2_F_MTE, S2_HAS(d->flags, S2_DF_MTE));
	/* Implied by the failure. */
	in.kernel_mapped = implied_mapped(d, era);
	in.pfn_valid = in.kernel_mapped;
	in.mte_allowed = FACT_NO;
	decision__fault(era, &in, &out);
	return out.ret == d->ret && out.reason ? out.reason : S2_REASON_UNKNOWN;
}

static enum s2_reason rejected_early(const struct s2_ev_decision *d)
{
	if (d->fault == S2_FAULT_OTHER)
		return S2_REASON_UNSUPPORTED_FSC;
	if (S2_HAS(d->flags, S2_DF_PROTECTED))
		return d->ret == -EIO	   ? S2_REASON_PKVM_NOT_SWAPBACKED
		       : d->ret == -EFAULT ? S2_REASON_PKVM_PIN_FAILED
					   : S2_REASON_UNKNOWN;
	/* All other failures before the page frame lookup return other errors. */
	return d->ret == -EFAULT ? S2_REASON_NO_VMA : S2_REASON_UNKNOWN;
}

/* The memslot was found, and the VMA if there is one; what else KVM found was not observed. */
static enum s2_reason rejected_unseen(const struct s2_ev_decision *d, enum s2_era era)
{
	enum s2_reason reason;

	if (S2_HAS(d->flags, S2_DF_PROTECTED))
		return rejected_early(d);
	reason = ask_model(d, era);
	/* Whether the VMA allows MTE is not known: there may as well be no page frame. */
	if (reason == S2_REASON_MTE_NOT_ALLOWED)
		return S2_REASON_UNKNOWN;
	if (reason != S2_REASON_UNKNOWN || d->ret != -EFAULT)
		return reason;
	return S2_HAS(d->present, S2_F_VMA_FLAGS) ? S2_REASON_BAD_PFN : S2_REASON_NO_VMA;
}

/*
 * No memory for tables; or a protected VM got no page, because of RLIMIT_MEMLOCK. KVM checks
 * that before it asks for the mapping.
 */
static enum s2_reason rejected_for_memory(const struct s2_ev_decision *d, unsigned int path)
{
	if (S2_HAS(d->flags, S2_DF_PROTECTED) && !(path & (S2_PATH_MAP | S2_PATH_RELAX)))
		return S2_REASON_UNKNOWN;
	return S2_REASON_NO_MEMORY;
}

static enum s2_reason rejected(const struct s2_ev_decision *d, unsigned int path, enum s2_era era)
{
	if (path & S2_PATH_BAD_PFN)
		return path & S2_PATH_GMEM ? S2_REASON_GMEM_NO_PFN : S2_REASON_BAD_PFN;
	if (d->ret == -ENOMEM)
		return rejected_for_memory(d, path);
	if (d->ret == -ENOSYS)
		return S2_REASON_MMIO_NISV;
	if (path & (S2_PATH_MAP | S2_PATH_RELAX))
		return S2_REASON_MAP_FAILED;
	if (path & S2_PATH_UNSEEN)
		return rejected_unseen(d, era);
	if (path & (S2_PATH_PFN | S2_PATH_GMEM))
		return ask_model(d, era);
	return rejected_early(d);
}

/* A permission fault implies a mapping, and so a memslot: it was not writable. */
static enum s2_reason injected_early(const struct s2_ev_decision *d, unsigned int path)
{
	if (d->fault == S2_FAULT_PERMISSION)
		return S2_REASON_READONLY_PFN;
	if (d->access == S2_ACCESS_EXEC)
		return S2_REASON_EXEC_NO_MEMSLOT;
	if (path & S2_PATH_S1PTW)
		return S2_REASON_S1PTW_NO_MEMSLOT;
	/* Others get MMIO that KVM cannot emulate reported to the VMM. */
	return S2_HAS(d->flags, S2_DF_PROTECTED) ? S2_REASON_MMIO_NISV : S2_REASON_UNKNOWN;
}

static enum s2_reason injected(const struct s2_ev_decision *d, unsigned int path)
{
	if (path & (S2_PATH_INJECT_SIZE | S2_PATH_BEYOND))
		return S2_REASON_IPA_OUT_OF_RANGE;
	if (path & S2_PATH_INJECT_EXCL)
		return S2_REASON_EXCL_ATOMIC;
	if (path & S2_PATH_INJECT_S2)
		return d->fault == S2_FAULT_PERMISSION ? S2_REASON_NESTED_PERM
						       : S2_REASON_NESTED_WALK;
	if (!(path & S2_PATH_PFN))
		return injected_early(d, path);
	return d->access == S2_ACCESS_EXEC ? S2_REASON_EXEC_ON_NONCACHEABLE : S2_REASON_UNKNOWN;
}

static enum s2_reason reason_of(const struct s2_ev_decision *d, unsigned int path, enum s2_era era)
{
	switch (d->outcome) {
	case S2_OUTCOME_REJECTED:
		return rejected(d, path, era);
	case S2_OUTCOME_INJECTED:
		return injected(d, path);
	case S2_OUTCOME_POISONED:
		return S2_REASON_HWPOISON;
	default:
		return d->reason;
	}
}

/* In every era, only memory that the kernel does not map gets a type other than Normal. */
static void infer_kernel_mapped(struct s2_ev_decision *d)
{
	bool noncacheable = S2_HAS(d->present, S2_F_TYPE) && d->memtype != S2_MEMTYPE_NORMAL;

	switch (d->reason) {
	case S2_REASON_PFNMAP_NEEDS_FWB:
	case S2_REASON_PFNMAP_NEEDS_DIC:
	case S2_REASON_PFNMAP_NEEDS_FWB_DIC:
	case S2_REASON_EXEC_ON_NONCACHEABLE:
		noncacheable = true;
		break;
	default:
		break;
	}
	if (!noncacheable)
		return;
	d->present |= S2_BIT(S2_F_KERNEL_MAPPED);
	d->inferred |= S2_BIT(S2_F_KERNEL_MAPPED);
}

static void infer_decision(struct s2_ev_decision *d, enum s2_era era)
{
	enum s2_reason reason;

	if (S2_HAS(d->flags, S2_DF_VNCR))
		return; /* the programs have read the reason */
	reason = reason_of(d, d->path, era);
	d->path = 0;
	if (reason == S2_REASON_UNKNOWN) {
		d->present &= ~S2_BIT(S2_F_REASON);
		reason = S2_REASON_NONE;
	} else if (reason != S2_REASON_NONE) {
		d->inferred |= S2_BIT(S2_F_REASON);
	}
	d->reason = reason;
	infer_kernel_mapped(d);
}

static enum s2_reason refused_by_vma(const struct s2_ev_memslot *m, enum s2_era era)
{
	struct decision_out out;
	struct decision_in in;

	if (m->vma_attr == S2_VMA_UNKNOWN)
		return S2_REASON_UNKNOWN;
	decision_in__init(&in);
	in.vm_flags = m->vm_flags;
	in.vma_attr = m->vma_attr;
	in.fwb = fact(m->present, S2_F_FWB, m->fwb);
	in.dic = fact(m->present, S2_F_DIC, m->dic);
	in.dirty_log = m->flags & MEM_LOG_DIRTY_PAGES ? FACT_YES : FACT_NO;
	in.mte = fact(m->present, S2_F_MTE, m->mte);
	in.mte_allowed = FACT_NO; /* as above: implied by the failure */
	decision__memslot(era, &in, &out);
	return out.reason ? out.reason : S2_REASON_UNKNOWN;
}

/* Of these errors, only EINVAL has several predicates in kvm_arch_prepare_memory_region(). */
static enum s2_reason refused(const struct s2_ev_memslot *m, enum s2_era era)
{
	if (m->ret == -EFAULT)
		return S2_REASON_IPA_OUT_OF_RANGE;
	if (m->ret == -EPERM)
		return S2_REASON_MEMSLOT_PROTECTED;
	if (m->flags & S2_KVM_MEM_GUEST_MEMFD)
		return m->mte ? S2_REASON_GMEM_MTE : S2_REASON_GMEM_NOT_MAPPABLE;
	return refused_by_vma(m, era);
}

/* The VMA is a guess, too: the first PFNMAP one, else the last (bpf/memslot.bpf.h). */
static void infer_memslot(struct s2_ev_memslot *m, enum s2_era era)
{
	enum s2_reason reason;

	if (m->ret >= 0)
		return;
	reason = refused(m, era);
	if (reason == S2_REASON_UNKNOWN) {
		m->present &= ~S2_BIT(S2_F_REASON);
		return;
	}
	m->reason = reason;
	m->inferred |= S2_BIT(S2_F_REASON);
	if (m->vma_attr != S2_VMA_UNKNOWN)
		m->inferred |= S2_BIT(S2_F_VMA_ATTR) | S2_BIT(S2_F_VMA_FLAGS);
}

void infer__event(struct s2_event *ev, enum s2_era era)
{
	if (ev->type == S2_EV_DECISION)
		infer_decision((struct s2_ev_decision *)ev, era);
	else if (ev->type == S2_EV_MEMSLOT)
		infer_memslot((struct s2_ev_memslot *)ev, era);
}
