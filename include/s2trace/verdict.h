/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What became of a stage-2 fault, and why, from facts alone. Used by the programs and by user
 * space, and tested as ordinary C (tests/unit/test_verdict.c).
 *
 * The tracepoint of patches/ passes all that KVM knew: s2_traced_*(). Backends that only see
 * the functions that KVM calls have the path: s2_seen_outcome(), and the reason is inferred
 * later (src/model/infer.c).
 */
#ifndef S2TRACE_VERDICT_H
#define S2TRACE_VERDICT_H

#ifndef __bpf__
#include <stdbool.h>
#endif
#include <s2trace/fault.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/* The kernel's errno, which BPF has no header for. */
#define S2_EPERM     1
#define S2_EIO	     5
#define S2_EAGAIN    11
#define S2_ENOMEM    12
#define S2_EFAULT    14
#define S2_EINVAL    22
#define S2_ENOEXEC   8
#define S2_ENOSYS    38
#define S2_EHWPOISON 133

/* ESR_ELx of an abort (Arm ARM D24.2.40, ISS encoding for a Data Abort). */
#define S2_ESR_IS_IABT(esr) ((((esr) >> 26) & 0x3f) == 0x20)
#define S2_ESR_FSC(esr)	    ((esr)&0x3f)
#define S2_ESR_IS_PERM(esr) (((esr)&0x3c) == 0x0c)
#define S2_ESR_S1PTW	    (1 << 7)
#define S2_ESR_WNR	    (1 << 6)
#define S2_ESR_ISV	    (1 << 24)

static __always_inline __u8 s2_fault_class(__u64 esr)
{
	__u32 fsc = S2_ESR_FSC(esr);

	if ((fsc & 0x3c) == 0x04 || fsc == 0x2b)
		return S2_FAULT_TRANSLATION;
	if ((fsc & 0x3c) == 0x0c)
		return S2_FAULT_PERMISSION;
	if ((fsc & 0x3c) == 0x08)
		return S2_FAULT_ACCESS_FLAG;
	return fsc == 0x35 ? S2_FAULT_EXCL_ATOMIC : S2_FAULT_OTHER;
}

/* Synchronous external aborts and parity errors, for which KVM makes no stage-2 decision. */
static __always_inline bool s2_fault_is_external(__u64 esr)
{
	__u32 fsc = S2_ESR_FSC(esr);

	return fsc == 0x10 || (fsc & 0x3c) == 0x14 || fsc == 0x13 || fsc == 0x18 ||
	       (fsc & 0x3c) == 0x1c || fsc == 0x1b;
}

/* Decodes like kvm_vcpu_trap_is_exec_fault() and kvm_is_write_fault(). */
static __always_inline __u8 s2_fault_access(__u64 esr)
{
	if (esr & S2_ESR_S1PTW)
		return S2_ESR_IS_PERM(esr) ? S2_ACCESS_WRITE : S2_ACCESS_READ;
	if (S2_ESR_IS_IABT(esr))
		return S2_ACCESS_EXEC;
	return esr & S2_ESR_WNR ? S2_ACCESS_WRITE : S2_ACCESS_READ;
}

/* Size of the leaf at the level of the fault. */
static __always_inline __u64 s2_fault_granule(__u64 esr, __u32 page_shift)
{
	return 1ULL << ((page_shift - 3) * (4 - (esr & 3)) + 3);
}

/* KVM_PFN_ERR_*: include/linux/kvm_host.h. KVM_PFN_NOSLOT is not an error here. */
#define S2_PFN_ERR_MASK	    (0xfffULL << 52)
#define S2_PFN_ERR_HWPOISON ((0x7ffULL << 52) + 1)
#define S2_PFN_NOSLOT	    (1ULL << 63)

/* A handler's result and what the fault came to, as kvm_s2_fault passes it (patches/). */
struct s2_traced {
	__u64 esr;
	__u64 map_size, pfn;
	__s32 ret;
	__u8 page_shift;
	bool looked;	  /* KVM got to the memory behind the fault */
	bool has_slot;	  /* and a memslot with a valid address before */
	bool has_prot;	  /* permissions were decided */
	bool nested_walk; /* the L1 hypervisor's stage 2 did not map it */
	bool nested_perm; /* or not permit it */
	bool beyond;	  /* the IPA size */
	bool gmem, protected_vm, device;
	bool mte_refused; /* MTE is on, and the VMA does not allow it */
	bool fwb, dic, caps_known;
};

/* Rare ways to end: without a leaf. */
static __always_inline __u32 s2_traced_unmapped(const struct s2_traced *t)
{
	if (t->nested_walk || t->nested_perm)
		return t->ret == -S2_EAGAIN ? S2_OUTCOME_RETRIED : S2_OUTCOME_INJECTED;
	if (t->ret == -S2_EAGAIN)
		return S2_OUTCOME_RETRIED;
	if (t->ret == -S2_ENOEXEC)
		return S2_OUTCOME_INJECTED;
	if (t->ret == -S2_EHWPOISON || t->pfn == S2_PFN_ERR_HWPOISON)
		return S2_OUTCOME_POISONED;
	if (t->ret < 0)
		return S2_OUTCOME_REJECTED;
	return s2_fault_class(t->esr) == S2_FAULT_ACCESS_FLAG ? S2_OUTCOME_ACCESS_FLAG
							      : S2_OUTCOME_INJECTED;
}

static __always_inline __u32 s2_traced_outcome(const struct s2_traced *t)
{
	if (t->ret || !t->map_size)
		return s2_traced_unmapped(t);
	if (S2_ESR_IS_PERM(t->esr) && t->map_size == s2_fault_granule(t->esr, t->page_shift))
		return S2_OUTCOME_RELAXED;
	return S2_OUTCOME_MAPPED;
}

/* kvm_supports_cacheable_pfnmap() wants both. */
static __always_inline __u32 s2_pfnmap_reason(bool fwb, bool dic)
{
	return fwb   ? S2_REASON_PFNMAP_NEEDS_DIC
	       : dic ? S2_REASON_PFNMAP_NEEDS_FWB
		     : S2_REASON_PFNMAP_NEEDS_FWB_DIC;
}

/* The fault was over before KVM looked at the memory behind it. */
static __always_inline __u32 s2_traced_early_reason(const struct s2_traced *t)
{
	if (t->beyond)
		return S2_REASON_IPA_OUT_OF_RANGE;
	if (s2_fault_class(t->esr) == S2_FAULT_OTHER)
		return S2_REASON_UNSUPPORTED_FSC;
	if (t->nested_walk)
		return S2_REASON_NESTED_WALK;
	if (t->nested_perm)
		return S2_REASON_NESTED_PERM;
	if (t->ret == -S2_ENOSYS)
		return S2_REASON_MMIO_NISV;
	if (t->ret == -S2_ENOMEM)
		return S2_REASON_NO_MEMORY;
	if (t->ret == -S2_ENOEXEC)
		return t->has_slot ? S2_REASON_READONLY_PFN : S2_REASON_EXEC_NO_MEMSLOT;
	if (t->ret == -S2_EFAULT)
		return S2_REASON_NO_VMA;
	if (t->esr & S2_ESR_S1PTW)
		return t->has_slot ? S2_REASON_READONLY_PFN : S2_REASON_S1PTW_NO_MEMSLOT;
	/* Others get MMIO that KVM cannot emulate reported to the VMM: -ENOSYS. */
	return t->protected_vm && !(t->esr & S2_ESR_ISV) ? S2_REASON_MMIO_NISV : S2_REASON_UNKNOWN;
}

/* KVM has no page frame. */
static __always_inline __u32 s2_traced_pfn_reason(const struct s2_traced *t)
{
	if (t->protected_vm)
		return t->ret == -S2_ENOMEM ? S2_REASON_PKVM_ACCOUNT : S2_REASON_PKVM_PIN_FAILED;
	return t->gmem ? S2_REASON_GMEM_NO_PFN : S2_REASON_BAD_PFN;
}

/* KVM has a page frame, but did not start to map it. */
static __always_inline __u32 s2_traced_page_reason(const struct s2_traced *t)
{
	if (t->ret == -S2_ENOEXEC)
		return S2_REASON_EXEC_ON_NONCACHEABLE;
	if (t->ret == -S2_EIO && t->protected_vm)
		return S2_REASON_PKVM_NOT_SWAPBACKED;
	if (t->ret > 0)
		return S2_REASON_EXCL_ATOMIC;
	if (t->ret == -S2_EFAULT && t->device && !t->has_prot)
		return t->caps_known ? s2_pfnmap_reason(t->fwb, t->dic) : S2_REASON_UNKNOWN;
	return t->mte_refused ? S2_REASON_MTE_NOT_ALLOWED : S2_REASON_MAP_FAILED;
}

/* Which predicate prevented a mapping. */
static __always_inline __u32 s2_traced_reason(const struct s2_traced *t, __u32 outcome)
{
	if (outcome == S2_OUTCOME_POISONED)
		return S2_REASON_HWPOISON;
	if (outcome == S2_OUTCOME_MAPPED || outcome == S2_OUTCOME_RELAXED ||
	    outcome == S2_OUTCOME_ACCESS_FLAG)
		return S2_REASON_NONE;
	if (outcome == S2_OUTCOME_RETRIED && !t->nested_walk)
		return t->map_size ? S2_REASON_WALK_RACE : S2_REASON_NOTIFIER_RACE;
	if (!t->looked)
		return s2_traced_early_reason(t);
	if (t->pfn & S2_PFN_ERR_MASK)
		return s2_traced_pfn_reason(t);
	if (t->map_size)
		return t->ret == -S2_ENOMEM ? S2_REASON_NO_MEMORY : S2_REASON_MAP_FAILED;
	return s2_traced_page_reason(t);
}

/* A memslot that KVM refused, and the VMA where it did (kvm_s2_memslot in patches/). */
struct s2_refused_slot {
	__u64 vm_flags;
	__u32 slot_flags;
	__s32 ret;
	bool mte, fwb, dic, caps_known;
};

/* In the order of kvm_arch_prepare_memory_region(). PFNMAP VMAs never allow MTE. */
static __always_inline __u32 s2_memslot_reason(const struct s2_refused_slot *s)
{
	if (s->ret == -S2_EFAULT)
		return S2_REASON_IPA_OUT_OF_RANGE;
	if (s->ret == -S2_EPERM)
		return S2_REASON_MEMSLOT_PROTECTED;
	if (s->slot_flags & S2_KVM_MEM_GUEST_MEMFD)
		return s->mte ? S2_REASON_GMEM_MTE : S2_REASON_GMEM_NOT_MAPPABLE;
	if (s->mte)
		return S2_REASON_MTE_NOT_ALLOWED;
	if (!(s->vm_flags & S2_VM_PFNMAP))
		return S2_REASON_UNKNOWN;
	if (s->slot_flags & S2_KVM_MEM_LOG_DIRTY_PAGES)
		return S2_REASON_PFNMAP_DIRTY_LOG;
	return s->caps_known ? s2_pfnmap_reason(s->fwb, s->dic) : S2_REASON_UNKNOWN;
}

/*
 * The outcome of a fault whose path was observed; S2_OUTCOME__MAX if KVM decided nothing:
 * emulated devices, skipped cache maintenance.
 */
static __always_inline __u32 s2_seen_outcome(__u32 path, __s32 map_ret, __s32 ret, __u64 esr)
{
	if (path & S2_PATH_INJECTED)
		return S2_OUTCOME_INJECTED;
	if (path & (S2_PATH_MAP | S2_PATH_RELAX)) {
		if (map_ret)
			return map_ret == -S2_EAGAIN ? S2_OUTCOME_RETRIED : S2_OUTCOME_REJECTED;
		return path & S2_PATH_MAP ? S2_OUTCOME_MAPPED : S2_OUTCOME_RELAXED;
	}
	if (path & S2_PATH_HWPOISON)
		return S2_OUTCOME_POISONED;
	if (ret < 0)
		return S2_OUTCOME_REJECTED;
	/* There was a page, but it was not mapped: an MMU notifier ran meanwhile. */
	if (path & S2_PATH_PFN)
		return S2_OUTCOME_RETRIED;
	return s2_fault_class(esr) == S2_FAULT_ACCESS_FLAG ? S2_OUTCOME_ACCESS_FLAG
							   : S2_OUTCOME__MAX;
}

#endif /* S2TRACE_VERDICT_H */
