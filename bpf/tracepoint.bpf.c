// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoint source: bare tracepoints of the patch series (patches/), and BPF trampolines
 * for what they do not report.
 *
 * Sections name no target, because DECLARE_TRACE() appends _tp to names in some kernels and
 * not in others; the loader finds out.
 */
#define S2_GET(ptr, field) ((ptr)->field)
#include "changes_fentry.bpf.h"
#include "memslot.bpf.h"
#include "vncr.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* From 7.4 on a fault may be one that user space asks for: the vCPU's syndrome is not its own. */
static __always_inline __u64 fault_esr(const struct kvm_s2_fault_desc *s2fd)
{
	if (bpf_core_field_exists(s2fd->esr))
		return s2fd->esr;
	return s2fd->vcpu->arch.fault.esr_el2;
}

static __always_inline const struct kvm_s2_mmu *fault_mmu(const struct kvm_s2_fault_desc *s2fd)
{
	if (bpf_core_field_exists(s2fd->mmu))
		return s2fd->mmu;
	return s2fd->vcpu->arch.hw_mmu;
}

/* On a shadow stage 2. */
static __always_inline bool on_shadow(const struct kvm_s2_fault_desc *s2fd)
{
	return mmu_is_shadow(s2fd->vcpu->kvm, fault_mmu(s2fd));
}

/* The host's kernel addresses are negative: KVM_HVA_ERR_BAD is one of them. */
static __always_inline bool has_slot(const struct kvm_s2_fault_desc *s2fd)
{
	return s2fd->memslot && (__s64)s2fd->hva >= 0;
}

/* CO-RE does not find a field that is an enum of 64 bits: the loader does. */
static __always_inline __u64 result_prot(const struct kvm_s2_fault_result *res)
{
	return *(const __u64 *)((const void *)res + fault_config.prot_offset);
}

static __always_inline void gather(struct s2_traced *t, const struct kvm_s2_fault_desc *s2fd,
				   const struct kvm_s2_fault_vma_info *s2vi,
				   const struct kvm_s2_fault_result *res, int ret)
{
	const struct kvm_memory_slot *slot = s2fd->memslot;
	const struct kvm *kvm = s2fd->vcpu->kvm;
	bool shadow = on_shadow(s2fd);

	t->esr = fault_esr(s2fd);
	t->map_size = res->map_size;
	t->pfn = s2vi->pfn;
	t->ret = ret;
	t->page_shift = config.page_shift;
	t->has_slot = has_slot(s2fd);
	t->has_prot = result_prot(res);
	t->gmem = slot && slot->flags & S2_KVM_MEM_GUEST_MEMFD;
	t->protected_vm = kvm_is_protected(kvm);
	t->looked = t->gmem || t->protected_vm ? t->pfn != S2_PFN_NOSLOT : s2vi->vma_pagesize;
	t->beyond = !t->looked && s2_fault_class(t->esr) == S2_FAULT_TRANSLATION &&
		    s2fd->fault_ipa >= ipa_limit(kvm, fault_mmu(s2fd));
	t->nested_walk =
		shadow && !s2fd->nested && !t->beyond && s2_fault_class(t->esr) != S2_FAULT_OTHER;
	t->nested_perm = shadow && s2fd->nested && s2fd->nested->esr;
	t->device = s2vi->device;
	t->mte_refused = kvm_has_mte(kvm) && !s2vi->mte_allowed;
	t->fwb = fault_config.fwb;
	t->dic = fault_config.dic;
	t->caps_known =
		S2_HAS(fault_config.known, S2_F_FWB) && S2_HAS(fault_config.known, S2_F_DIC);
}

/*
 * A global function: the verifier checks it once, for any facts, and not for each combination
 * of facts that gather() may find. Returns the outcome, and in bits 15:8 the reason.
 */
__noinline int judge(const struct s2_traced *t)
{
	__u32 outcome;

	if (!t)
		return 0;
	outcome = s2_traced_outcome(t);
	return outcome | s2_traced_reason(t, outcome) << 8;
}

/*
 * Faults that did not simply map a page. Not inlined, so that others need not save registers
 * for it.
 */
static __noinline int judge_fault(const struct kvm_s2_fault_desc *s2fd,
				  const struct kvm_s2_fault_vma_info *s2vi,
				  const struct kvm_s2_fault_result *res, int ret)
{
	struct s2_traced t = {};

	gather(&t, s2fd, s2vi, res, ret);
	return judge(&t);
}

/* The memory type, also of faults that would have been mapped. */
static __always_inline __u8 traced_memtype(const struct kvm_s2_fault_vma_info *s2vi, __u64 prot,
					   __u32 reason)
{
	if (prot)
		return memtype_of(prot);
	if (reason == S2_REASON_EXEC_ON_NONCACHEABLE)
		return noncacheable_memtype(s2vi->vm_flags);
	return S2_MEMTYPE_NONE;
}

static __always_inline void fill_traced(struct s2_raw_fault *r,
					const struct kvm_s2_fault_desc *s2fd,
					const struct kvm_s2_fault_vma_info *s2vi,
					const struct kvm_s2_fault_result *res)
{
	r->vm_flags = s2vi->vm_flags;
	r->vma_pagesize = s2vi->vma_pagesize;
	r->max_map_size = s2vi->max_map_size;
	r->pfn = s2vi->pfn;
	r->vma_attrindx = s2vi->vma_attrindx;
	r->host_shift = s2vi->host_shift;
	r->prot = result_prot(res);
	r->path = 0;
	r->inferred = 0;
	r->has = S2_HAS_EXACT;
	r->facts = vm_facts(s2fd->vcpu->kvm);
	if (s2vi->mte_allowed)
		r->facts |= S2_FACT_MTE_ALLOWED;
	if (s2vi->map_writable)
		r->facts |= S2_FACT_MAP_WRITABLE;
	if (s2vi->device)
		r->facts |= S2_FACT_DEVICE;
}

static __always_inline void fill_address(struct s2_raw_fault *r,
					 const struct kvm_s2_fault_desc *s2fd)
{
	const struct kvm_memory_slot *slot = s2fd->memslot;
	const struct kvm_s2_trans *nested = s2fd->nested;

	r->ipa = s2fd->fault_ipa;
	r->nested_size = 0;
	if (nested) {
		r->nested_size = nested->block_size;
		r->ipa = nested->output;
	}
	if (on_shadow(s2fd))
		r->facts |= S2_FACT_NESTED;
	r->slot = S2_NO_SLOT;
	if (!slot)
		return;
	fill_slot(r, slot);
	r->facts |= slot_facts(slot->flags, slot->dirty_bitmap);
	r->has |= S2_HAS_SLOT;
	if (r->facts & S2_FACT_GMEM && !(slot->flags & S2_KVM_MEM_READONLY))
		r->facts |= S2_FACT_MAP_WRITABLE;
}

/*
 * Not inlined: most faults are only counted. `judged` is 0 for a fault that simply mapped a
 * page, else as judge() returns it.
 */
static __noinline int emit_fault(__u64 *ctx, struct s2_vm_row *row, __u32 judged)
{
	const struct kvm_s2_fault_desc *s2fd = (const void *)ctx[0];
	const struct kvm_s2_fault_vma_info *s2vi = (const void *)ctx[1];
	const struct kvm_s2_fault_result *res = (const void *)ctx[2];
	__u32 outcome = judged & 0xff;
	struct s2_brief b = {
		.ticks = ctx[4],
		.size = outcome > S2_OUTCOME_RELAXED ? 0 : res->map_size,
		.ipa = s2fd->fault_ipa,
		.outcome = outcome,
		.reason = judged >> 8 & 0xff,
		.memtype = traced_memtype(s2vi, result_prot(res), judged >> 8 & 0xff),
		.access = access_of(fault_esr(s2fd)),
	};
	struct s2_raw_fault *r;

	if (!s2_filter_match(row, &b))
		return 0;
	r = reserve_fault();
	if (!r)
		return 0;
	fill_fault(r, s2fd->vcpu, row, &b);
	r->time = b.ticks;
	r->esr = fault_esr(s2fd);
	r->ret = (int)ctx[3];
	fill_traced(r, s2fd, s2vi, res);
	fill_address(r, s2fd);
	s2_submit(r);
	return 0;
}

/* Not inlined: what does not simply map a page is rare, and would make the rest save registers. */
static __noinline int on_other_fault(__u64 *ctx)
{
	const struct kvm_s2_fault_desc *s2fd = (const void *)ctx[0];
	const struct kvm_s2_fault_vma_info *s2vi = (const void *)ctx[1];
	const struct kvm_s2_fault_result *res = (const void *)ctx[2];
	struct s2_vm_row *row = s2_vm_row(s2fd->vcpu->kvm);
	int judged = judge_fault(s2fd, s2vi, res, (int)ctx[3]);
	struct s2_tally t = {
		.ticks = ctx[4],
		.size = res->map_size,
		.type_row = raw_type(result_prot(res)),
		.access = raw_access(fault_esr(s2fd)),
		.outcome = judged & 0xff,
		.reason = judged >> 8 & 0xff,
	};

	if (t.outcome != S2_OUTCOME_MAPPED)
		t.type_row = S2_RAW_OTHER;
	if (t.outcome > S2_OUTCOME_RELAXED)
		t.size = 0;
	if (row)
		s2_count(row, &t);
	if (S2_HAS(filter.any, t.outcome))
		emit_fault(ctx, row, judged);
	return 0;
}

SEC("tp_btf")
int BPF_PROG(on_fault, const struct kvm_s2_fault_desc *s2fd,
	     const struct kvm_s2_fault_vma_info *s2vi, const struct kvm_s2_fault_result *res,
	     int ret, __u64 cycles)
{
	__u64 esr = fault_esr(s2fd);
	struct s2_tally t = {
		.ticks = cycles,
		.size = res->map_size,
		.type_row = raw_type(result_prot(res)),
		.access = S2_RAW_ACCESS(esr),
		.outcome = S2_OUTCOME_MAPPED,
	};
	struct s2_vm_row *row;

	if (ret || !t.size || S2_ESR_IS_PERM(esr))
		return on_other_fault(ctx);
	row = s2_vm_row(s2fd->vcpu->kvm);
	if (row)
		s2_count(row, &t);
	if (filter.any & S2_BIT(S2_OUTCOME_MAPPED))
		emit_fault(ctx, row, 0);
	return 0;
}

/* @slot is the old one on deletion. */
SEC("tp_btf")
int BPF_PROG(on_memslot, struct kvm *kvm, const struct kvm_memory_slot *slot, __u32 mr_change,
	     unsigned long vma_hva, int ret)
{
	emit_traced_memslot(kvm, slot, S2_KMAP(kmap.change, mr_change), vma_hva, ret);
	return 0;
}
