/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults on the VNCR page of a guest hypervisor (FEAT_NV2). KVM translates it by the guest's own
 * tables, and maps it for itself, not at stage 2 (arch/arm64/kvm/nested.c). What HPFAR_EL2 says
 * is of an earlier fault.
 */
#ifndef S2TRACE_BPF_VNCR_H
#define S2TRACE_BPF_VNCR_H

#include "fault.bpf.h"

static __always_inline bool vncr_permits(const struct vncr_tlb *vt, __u64 esr)
{
	return esr & S2_ESR_WNR ? vt->wr.pw && vt->hpa_writable : vt->wr.pr;
}

static __always_inline __u32 vncr_outcome(const struct vncr_tlb *vt, __u64 esr, int ret)
{
	if (ret < 0)
		return S2_OUTCOME_REJECTED;
	if (vt->valid)
		return vncr_permits(vt, esr) ? S2_OUTCOME_MAPPED : S2_OUTCOME_INJECTED;
	return vt->wr.failed ? S2_OUTCOME_INJECTED : S2_OUTCOME_RETRIED;
}

static __always_inline void fill_vncr(struct s2_raw_fault *r, const struct kvm_vcpu *vcpu,
				      const struct vncr_tlb *vt)
{
	r->time = 0;
	r->esr = vcpu->arch.fault.esr_el2;
	r->ipa = r->fault_ipa;
	r->pfn = vt->hpa >> config.page_shift;
	r->path = S2_PATH_VNCR;
	r->ret = r->outcome == S2_OUTCOME_RETRIED ? -S2_EAGAIN : 0;
	r->has = vt->valid ? S2_HAS_PFN | S2_HAS_WRITABLE : 0;
	r->facts = vm_facts(vcpu->kvm) | S2_FACT_NESTED;
	if (vt->hpa_writable)
		r->facts |= S2_FACT_MAP_WRITABLE;
	r->inferred = 0;
	r->slot = S2_NO_SLOT;
}

SEC("fexit")
int BPF_PROG(vncr, struct kvm_vcpu *vcpu, int ret)
{
	const struct vncr_tlb *vt = vcpu->arch.vncr_tlb;
	struct s2_vm_row *row = s2_vm_row(vcpu->kvm);
	__u64 esr = vcpu->arch.fault.esr_el2;
	struct s2_brief b = {
		.ipa = vt->valid ? vt->wr.pa & ~((1ULL << config.page_shift) - 1) : 0,
		.outcome = vncr_outcome(vt, esr, ret),
		.memtype = S2_MEMTYPE_NONE,
		.access = access_of(esr),
	};
	struct s2_tally t = {
		.type_row = S2_RAW_OTHER,
		.access = raw_access(esr),
		.outcome = b.outcome,
	};
	struct s2_raw_fault *r;

	if (s2_fault_is_external(esr))
		return 0;
	if (b.outcome == S2_OUTCOME_INJECTED)
		b.reason = t.reason = S2_REASON_VNCR_WALK;
	if (row)
		s2_count(row, &t);
	if (!S2_HAS(filter.any, b.outcome) || !s2_filter_match(row, &b))
		return 0;
	r = reserve_fault();
	if (!r)
		return 0;
	fill_fault(r, vcpu, row, &b);
	fill_vncr(r, vcpu, vt);
	s2_submit(r);
	return 0;
}

#endif /* S2TRACE_BPF_VNCR_H */
