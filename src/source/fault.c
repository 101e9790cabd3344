// SPDX-License-Identifier: GPL-2.0-only
#include "source/fault.h"

#include <string.h>
#include <unistd.h>

#include <s2trace/verdict.h>

#include "model/decision.h"
#include "model/descriptor.h"
#include "source/kmap.h"

static uint64_t prot_bit(const struct btf *btf, const char *name)
{
	uint64_t bit;

	return kmap__value(btf, "kvm_pgtable_prot", name, &bit) ? bit : 0;
}

static void find_prot(struct fault_prot *p, const struct btf *btf)
{
	p->r = prot_bit(btf, "KVM_PGTABLE_PROT_R");
	p->w = prot_bit(btf, "KVM_PGTABLE_PROT_W");
	p->px = prot_bit(btf, "KVM_PGTABLE_PROT_PX");
	p->ux = prot_bit(btf, "KVM_PGTABLE_PROT_UX");
	if (!p->px && !p->ux) /* before 7.0 */
		p->px = p->ux = prot_bit(btf, "KVM_PGTABLE_PROT_X");
}

static void tell_fact(struct fault_env *env, int fact, enum s2_decision_field field,
		      enum s2_decision_flag flag)
{
	if (fact < 0)
		return;
	env->known |= S2_BIT(field);
	if (fact)
		env->flags |= S2_BIT(flag);
}

void fault_env__init(struct fault_env *env, const struct btf *btf, const struct s2_ev_host *host)
{
	memset(env, 0, sizeof(*env));
	find_prot(&env->prot, btf);
	env->counter_hz = host->counter_hz;
	env->page_shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));
	env->asks_all_pfns = host->era == S2_ERA_6_1 || host->era == S2_ERA_6_9;
	env->pmd_blocks_only = !strcmp(host->kvm_mode, "protected");
	tell_fact(env, host->fwb, S2_F_FWB, S2_DF_FWB);
	tell_fact(env, host->dic, S2_F_DIC, S2_DF_DIC);
}

/* Bytes of a leaf. */
static uint64_t level_size(const struct fault_env *env, enum s2_level level)
{
	return 1ULL << level__shift(env->page_shift, 3 - (int)level);
}

/*
 * Which fields of the tracepoint's structs KVM got to. It looks at no VMA for guest_memfd and
 * protected VMs, and finds their pages elsewhere.
 */
static uint8_t exact_has(const struct s2_raw_fault *r)
{
	bool no_vma = r->facts & (S2_FACT_GMEM | S2_FACT_PROTECTED);
	uint8_t has = r->has;

	if (!no_vma && r->vma_pagesize)
		has |= S2_HAS_VMA;
	if ((no_vma || r->vma_pagesize) && !(r->pfn & S2_PFN_ERR_MASK))
		has |= S2_HAS_PFN | S2_HAS_WRITABLE;
	if (r->prot)
		has |= S2_HAS_PROT;
	return has;
}

static uint8_t leaf_prot(const struct fault_prot *p, uint64_t prot)
{
	uint8_t out = 0;

	if (prot & p->r)
		out |= S2_PROT_R;
	if (prot & p->w)
		out |= S2_PROT_W;
	if (prot & p->px)
		out |= S2_PROT_PX;
	if (prot & p->ux)
		out |= S2_PROT_UX;
	return out;
}

/* Like KVM's check: would a block around this address fit the memslot? */
static enum s2_limit block_limit(const struct fault_env *env, const struct s2_raw_fault *r,
				 uint64_t hva, enum s2_level level)
{
	uint64_t block = level_size(env, level), start = hva & ~(block - 1);
	uint64_t end = r->slot_hva + (r->slot_npages << env->page_shift);

	if (env->pmd_blocks_only && level != S2_LEVEL_PMD)
		return S2_LIMIT_PMD_CAP;
	if (((r->slot_gfn << env->page_shift) ^ r->slot_hva) & (block - 1))
		return S2_LIMIT_ALIGN;
	return start < r->slot_hva || start + block > end ? S2_LIMIT_SLOT_EDGE : S2_LIMIT_NONE;
}

/*
 * hugetlb, as kvm_s2_resolve_vma_size() decides. KVM has no contiguous leaves: it maps such
 * pages by page or PMD.
 */
static enum s2_limit hugetlb_limit(const struct fault_env *env, const struct s2_raw_fault *r,
				   uint64_t hva)
{
	uint64_t page = level_size(env, S2_LEVEL_PAGE), pmd = level_size(env, S2_LEVEL_PMD);
	uint64_t pud = level_size(env, S2_LEVEL_PUD), host = 1ULL << r->host_shift, size = page;
	enum s2_limit limit = S2_LIMIT_HOST_PAGE, at_pmd;

	if (host >= pud) {
		limit = block_limit(env, r, hva, S2_LEVEL_PUD);
		if (limit == S2_LIMIT_NONE)
			size = pud;
	} else if (host != page && host != pmd) {
		limit = S2_LIMIT_CONTIG;
	}
	if (size == page && host >= pmd) {
		at_pmd = block_limit(env, r, hva, S2_LEVEL_PMD);
		if (at_pmd == S2_LIMIT_NONE)
			size = pmd;
		else
			limit = at_pmd;
	}
	if (r->nested_size && r->max_map_size < size)
		return S2_LIMIT_NESTED;
	return limit;
}

/* Other memory: kvm_s2_fault_map() and transparent_hugepage_adjust(). */
static enum s2_limit page_limit(const struct fault_env *env, const struct s2_raw_fault *r,
				uint64_t hva)
{
	uint64_t page = level_size(env, S2_LEVEL_PAGE), pmd = level_size(env, S2_LEVEL_PMD);
	enum s2_limit limit;

	if (r->nested_size && r->max_map_size == page)
		return S2_LIMIT_NESTED;
	if (r->outcome == S2_OUTCOME_RELAXED && r->size > page)
		return S2_LIMIT_PERM;
	limit = block_limit(env, r, hva, S2_LEVEL_PMD);
	if (limit != S2_LIMIT_NONE)
		return limit;
	return 1ULL << r->host_shift > pmd ? S2_LIMIT_PMD_CAP : S2_LIMIT_HOST_PAGE;
}

/* Without what KVM knew. The size of the host's PFNMAP mappings cannot be seen. */
static enum s2_limit seen_limit(const struct fault_env *env, const struct s2_raw_fault *r,
				uint64_t hva)
{
	bool hugetlb = r->vm_flags & S2_VM_HUGETLB;
	enum s2_limit limit;

	if (r->facts & S2_FACT_NESTED)
		return S2_LIMIT__MAX;
	if (hugetlb)
		return hugetlb_limit(env, r, hva);
	if (r->outcome == S2_OUTCOME_RELAXED && r->size >= level_size(env, S2_LEVEL_PMD))
		return S2_LIMIT_PERM;
	limit = block_limit(env, r, hva, S2_LEVEL_PMD);
	if (limit != S2_LIMIT_NONE)
		return limit;
	if (r->size < level_size(env, S2_LEVEL_PMD))
		return S2_LIMIT_HOST_PAGE;
	return r->vm_flags & (S2_VM_PFNMAP | S2_VM_MIXEDMAP) ? S2_LIMIT__MAX : S2_LIMIT_HOST_PAGE;
}

/* Why the mapping is not larger; S2_LIMIT__MAX if unknown. */
static enum s2_limit limit_of(const struct fault_env *env, const struct s2_raw_fault *r,
			      uint8_t has, uint64_t hva)
{
	if (r->facts & S2_FACT_GMEM)
		return S2_LIMIT_GMEM;
	if (r->facts & S2_FACT_PROTECTED)
		return S2_LIMIT_PROTECTED;
	if (!(has & S2_HAS_VMA) || !(has & S2_HAS_SLOT))
		return S2_LIMIT__MAX;
	if (r->facts & S2_FACT_DIRTY_LOG)
		return S2_LIMIT_DIRTY_LOG;
	if (!(has & S2_HAS_EXACT))
		return seen_limit(env, r, hva);
	return r->vm_flags & S2_VM_HUGETLB ? hugetlb_limit(env, r, hva) : page_limit(env, r, hva);
}

static void set_limit(struct s2_ev_decision *d, enum s2_limit limit, bool exact)
{
	if (limit == S2_LIMIT__MAX)
		return;
	d->limit = limit;
	d->present |= S2_BIT(S2_F_LIMIT);
	if (!exact)
		d->inferred |= S2_BIT(S2_F_LIMIT);
}

#define ALWAYS_PRESENT                                                                             \
	(S2_BIT(S2_F_IPA) | S2_BIT(S2_F_ACCESS) | S2_BIT(S2_F_FAULT) | S2_BIT(S2_F_SIZE) |         \
	 S2_BIT(S2_F_MTE) | S2_BIT(S2_F_NESTED) | S2_BIT(S2_F_OUTCOME) | S2_BIT(S2_F_RET) |        \
	 S2_BIT(S2_F_REASON) | S2_BIT(S2_F_VCPU) | S2_BIT(S2_F_PC))

static const struct {
	uint8_t fact;
	uint8_t flag;
} fact_flags[] = {
	{ S2_FACT_NESTED, S2_DF_NESTED },
	{ S2_FACT_PROTECTED, S2_DF_PROTECTED },
	{ S2_FACT_MTE, S2_DF_MTE },
	{ S2_FACT_DIRTY_LOG, S2_DF_DIRTY_LOG },
	{ S2_FACT_GMEM, S2_DF_GMEM },
	{ S2_FACT_MTE_ALLOWED, S2_DF_MTE_ALLOWED },
	{ S2_FACT_MAP_WRITABLE, S2_DF_MAP_WRITABLE },
};

static uint32_t flags_of(const struct s2_raw_fault *r)
{
	uint32_t flags = 0;
	size_t i;

	for (i = 0; i < sizeof(fact_flags) / sizeof(fact_flags[0]); i++)
		if (r->facts & fact_flags[i].fact)
			flags |= S2_BIT(fact_flags[i].flag);
	if (r->path & S2_PATH_VNCR)
		flags |= S2_BIT(S2_DF_VNCR);
	return flags;
}

static void set_vma(struct s2_ev_decision *d, const struct fault_env *env,
		    const struct s2_raw_fault *r, uint8_t has)
{
	d->vma_attr = S2_VMA_UNKNOWN;
	if (!(has & S2_HAS_VMA))
		return;
	d->vm_flags = r->vm_flags;
	d->vma_attr = r->vma_attrindx;
	d->present |= S2_BIT(S2_F_VMA_ATTR) | S2_BIT(S2_F_VMA_FLAGS);
	d->flags |= vma_cacheable(d->vma_attr) << S2_DF_VMA_CACHEABLE;
	if (!(has & S2_HAS_EXACT))
		return;
	d->vma_shift = __builtin_ctzll(r->vma_pagesize);
	d->present |= S2_BIT(S2_F_VMA_PAGE_SIZE);
	if (!(has & S2_HAS_PFN) ||
	    !(env->asks_all_pfns || r->vm_flags & (S2_VM_PFNMAP | S2_VM_MIXEDMAP)))
		return;
	d->present |= S2_BIT(S2_F_KERNEL_MAPPED);
	d->flags |= !(r->facts & S2_FACT_DEVICE) << S2_DF_KERNEL_MAPPED;
}

static void set_page(struct s2_ev_decision *d, const struct fault_env *env,
		     const struct s2_raw_fault *r, uint8_t has)
{
	d->pa = S2_NO_PA;
	if (has & S2_HAS_PFN) {
		d->pa = r->pfn << env->page_shift;
		if (r->size)
			d->pa &= ~(r->size - 1);
		d->present |= S2_BIT(S2_F_PA);
	}
	if (has & S2_HAS_WRITABLE)
		d->present |= S2_BIT(S2_F_MAP_WRITABLE);
	/* pKVM pins pages for writing. */
	if (r->facts & S2_FACT_PROTECTED && has & S2_HAS_WRITABLE)
		d->flags |= S2_BIT(S2_DF_MAP_WRITABLE);
	if (has & S2_HAS_PROT) {
		d->prot = leaf_prot(&env->prot, r->prot);
		d->present |= S2_BIT(S2_F_PROT);
	}
}

static uint64_t set_slot(struct s2_ev_decision *d, const struct fault_env *env,
			 const struct s2_raw_fault *r, uint8_t has)
{
	d->slot = S2_NO_SLOT;
	if (!(has & S2_HAS_SLOT))
		return 0;
	d->slot = r->slot;
	d->hva = r->slot_hva + (((r->ipa >> env->page_shift) - r->slot_gfn) << env->page_shift);
	d->present |= S2_BIT(S2_F_SLOT) | S2_BIT(S2_F_HVA) | S2_BIT(S2_F_DIRTY_LOG);
	return d->hva;
}

/* The type is known for certain if KVM chose permissions, or nothing at all. */
static void set_type(struct s2_ev_decision *d, const struct s2_raw_fault *r, uint8_t has)
{
	d->memtype = r->memtype;
	if (has & (S2_HAS_EXACT | S2_HAS_PROT) || r->memtype != S2_MEMTYPE_NONE)
		d->present |= S2_BIT(S2_F_TYPE);
	if (!(has & S2_HAS_PROT) && r->memtype != S2_MEMTYPE_NONE)
		d->inferred |= S2_BIT(S2_F_TYPE);
}

static void set_verdict(struct s2_ev_decision *d, const struct s2_raw_fault *r, uint8_t has)
{
	bool exact = has & S2_HAS_EXACT;

	d->outcome = r->outcome;
	d->reason = r->reason;
	d->ret = r->ret > 0 ? 0 : r->ret;
	d->path = exact || r->path & S2_PATH_VNCR ? 0 : r->path;
	if (r->inferred & S2_INFERRED_OUTCOME)
		d->inferred |= S2_BIT(S2_F_OUTCOME);
	if (r->inferred & S2_INFERRED_RET)
		d->inferred |= S2_BIT(S2_F_RET);
	if (!exact && d->path && r->reason != S2_REASON_NONE)
		d->inferred |= S2_BIT(S2_F_REASON);
	/* Whatever an exception was injected for, the guest goes on. */
	if (exact && r->outcome == S2_OUTCOME_INJECTED && r->ret != -S2_ENOEXEC)
		d->ret = 0;
}

static void set_duration(struct s2_ev_decision *d, const struct fault_env *env,
			 const struct s2_raw_fault *r, uint8_t has)
{
	uint64_t hz = env->counter_hz;

	if (!r->time || (has & S2_HAS_EXACT && !hz))
		return;
	d->duration_ns = r->time;
	if (has & S2_HAS_EXACT)
		d->duration_ns = (unsigned __int128)r->time * 1000000000 / hz;
	d->present |= S2_BIT(S2_F_DURATION);
}

void fault__decision(const struct fault_env *env, const struct s2_raw_fault *r,
		     struct s2_ev_decision *d)
{
	uint8_t has = r->has & S2_HAS_EXACT ? exact_has(r) : r->has;
	uint64_t hva;

	memset(d, 0, sizeof(*d));
	d->h = r->h;
	d->h.len = sizeof(*d);
	d->present = ALWAYS_PRESENT | env->known;
	d->flags = flags_of(r) | env->flags;
	d->fault_ipa = r->fault_ipa;
	d->ipa = r->size ? r->ipa & ~(r->size - 1) : r->ipa;
	d->pc = r->pc;
	d->tgid = r->tgid;
	d->vcpu = r->vcpu;
	d->access = s2_fault_access(r->esr);
	d->fault = s2_fault_class(r->esr);
	d->size_shift = r->size ? __builtin_ctzll(r->size) : 0;
	hva = set_slot(d, env, r, has);
	set_page(d, env, r, has);
	set_vma(d, env, r, has);
	set_type(d, r, has);
	set_verdict(d, r, has);
	set_duration(d, env, r, has);
	/* Where the VNCR page is was not found. */
	if (r->path & S2_PATH_VNCR && !(has & S2_HAS_PFN))
		d->present &= ~S2_BIT(S2_F_IPA);
	if (r->size)
		set_limit(d, limit_of(env, r, has, hva), has & S2_HAS_EXACT);
}
