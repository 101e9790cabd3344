/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Emission of faults, shared by all sources: raw fields of the kernel go to the ring as struct
 * s2_fault, and user space makes a decision of them (src/source/fault.c).
 *
 * A source defines S2_SOURCE and S2_GET(pointer, field), which reads a field of a kernel struct
 * in its type of program.
 */
#ifndef S2TRACE_BPF_FAULT_H
#define S2TRACE_BPF_FAULT_H

#include "s2trace.bpf.h"
#include <s2trace/verdict.h>

const volatile struct s2_fault_config fault_config SEC(".rodata.s2_fault") = {};

/* KVM_ARCH_FLAG_MTE_ENABLED: a macro, the same from 5.18 on. */
#define ARCH_FLAG_MTE (1 << 1)

static __always_inline bool kvm_is_protected(const struct kvm *kvm)
{
	if (bpf_core_field_exists(struct kvm_protected_vm, is_protected))
		return S2_GET(kvm, arch.pkvm.is_protected);
	if (bpf_core_field_exists(struct kvm_protected_vm, enabled))
		return S2_GET(kvm, arch.pkvm.enabled);
	return false;
}

static __always_inline bool kvm_has_mte(const struct kvm *kvm)
{
	return S2_GET(kvm, arch.flags) & ARCH_FLAG_MTE;
}

static __always_inline __u8 vm_facts(const struct kvm *kvm)
{
	__u8 facts = 0;

	if (kvm_has_mte(kvm))
		facts |= S2_FACT_MTE;
	if (kvm_is_protected(kvm))
		facts |= S2_FACT_PROTECTED;
	return facts;
}

/* The stage 2 of a nested guest, not the VM's own. */
static __always_inline bool mmu_is_shadow(const struct kvm *kvm, const struct kvm_s2_mmu *mmu)
{
	if (mmu == &kvm->arch.mmu)
		return false;
	if (!bpf_core_field_exists(struct kvm_s2_mmu, nested_stage2_enabled))
		return true;
	return S2_GET(mmu, nested_stage2_enabled);
}

/* memslot_is_logging() */
static __always_inline __u8 slot_facts(__u32 flags, const void *dirty_bitmap)
{
	__u8 facts = 0;

	if (dirty_bitmap && !(flags & S2_KVM_MEM_READONLY))
		facts |= S2_FACT_DIRTY_LOG;
	if (flags & S2_KVM_MEM_GUEST_MEMFD)
		facts |= S2_FACT_GMEM;
	return facts;
}

/* Size of the IPA space: VTCR_EL2.T0SZ. */
static __always_inline __u64 ipa_limit(const struct kvm *kvm, const struct kvm_s2_mmu *mmu)
{
	__u64 vtcr;

	if (bpf_core_field_exists(struct kvm_s2_mmu, vtcr))
		vtcr = S2_GET(mmu, vtcr);
	else
		vtcr = S2_GET(kvm, arch.vtcr);
	return 1ULL << (64 - (vtcr & 0x3f));
}

#define HPFAR_IPA(hpfar) ((((hpfar) >> 4) & 0xfffffffffffULL) << 12)

/*
 * Types and accesses come from tables: the verifier would explore the rest of the program for
 * each value that a branch gives.
 */
const volatile __u8 access_of_raw[S2_CELL_ACCESSES] = S2_ACCESS_OF_RAW;
const volatile __u8 memtype_of_raw[S2_CELL_ROWS] = S2_MEMTYPE_OF_RAW;

static __always_inline __u32 raw_type(__u64 prot)
{
	return prot >> fault_config.type_shift & fault_config.type_mask;
}

static __always_inline __u8 memtype_of(__u64 prot)
{
	__u32 n = raw_type(prot);

	barrier_var(n);
	return memtype_of_raw[n & (S2_CELL_ROWS - 1)];
}

/* As s2_fault_access() has it. */
static __always_inline __u32 raw_access(__u64 esr)
{
	return esr & S2_ESR_S1PTW && S2_ESR_IS_PERM(esr) ? S2_RAW_WRITE : S2_RAW_ACCESS(esr);
}

static __always_inline __u8 access_of(__u64 esr)
{
	__u32 n = raw_access(esr);

	barrier_var(n); /* keep the mask: the verifier of 6.1 needs to see it */
	return access_of_raw[n & (S2_CELL_ACCESSES - 1)];
}

/* The type that KVM would have used for memory that it does not map cacheable. */
static __always_inline __u8 noncacheable_memtype(__u64 vm_flags)
{
	if (fault_config.type_mask & 2 && vm_flags & S2_VM_ALLOW_ANY_UNCACHED)
		return S2_MEMTYPE_NORMAL_NC;
	return S2_MEMTYPE_DEVICE_nGnRE;
}

static __always_inline struct s2_raw_fault *reserve_fault(void)
{
	return s2_reserve_bytes(sizeof(struct s2_raw_fault), S2_LOST_RING, 1);
}

/* What every source knows. The rest is the source's; it submits the record. */
static __always_inline void fill_fault(struct s2_raw_fault *r, const struct kvm_vcpu *vcpu,
				       const struct s2_vm_row *row, const struct s2_brief *b)
{
	s2_event_init(&r->h, S2_EV_DECISION, sizeof(*r), row ? row->id : 0);
	r->tgid = row ? row->tgid : bpf_get_current_pid_tgid() >> 32;
	r->vcpu = S2_GET(vcpu, vcpu_idx);
	r->pc = S2_GET(vcpu, arch.ctxt.regs.pc);
	r->fault_ipa = b->ipa;
	r->outcome = b->outcome;
	r->memtype = b->memtype;
	r->reason = b->reason;
	r->size = b->size;
}

static __always_inline void fill_slot(struct s2_raw_fault *r, const struct kvm_memory_slot *slot)
{
	r->slot_gfn = S2_GET(slot, base_gfn);
	r->slot_npages = S2_GET(slot, npages);
	r->slot_hva = S2_GET(slot, userspace_addr);
	r->slot = S2_GET(slot, id);
}

#endif /* S2TRACE_BPF_FAULT_H */
