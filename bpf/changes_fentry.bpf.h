/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF trampolines for changes of stage 2, for the sources that have them. The loader attaches
 * each to a function of this kernel, or leaves it out: src/source/functions.c.
 */
#ifndef S2TRACE_BPF_CHANGES_FENTRY_H
#define S2TRACE_BPF_CHANGES_FENTRY_H

#ifndef S2_GET
#define S2_GET(ptr, field) ((ptr)->field)
#endif
#include "changes.bpf.h"

SEC("fentry")
int BPF_PROG(unmap, struct kvm *kvm, struct kvm_gfn_range *range)
{
	unmap_gfns(kvm, range);
	return 0;
}

SEC("fentry")
int BPF_PROG(flush_slot, struct kvm *kvm, struct kvm_memory_slot *slot)
{
	unmap_slot(kvm, slot);
	return 0;
}

SEC("fentry")
int BPF_PROG(reset_begin)
{
	doing_cause(S2_UNMAP_VCPU_RESET);
	return 0;
}

SEC("fexit")
int BPF_PROG(reset_end)
{
	doing_cause(S2_UNMAP__MAX);
	return 0;
}

SEC("fexit")
int BPF_PROG(shadow_end)
{
	doing_cause(S2_UNMAP__MAX);
	return 0;
}

SEC("fentry")
int BPF_PROG(shadow_unmap, struct kvm_s2_mmu *mmu, __u64 ipa, __u64 size)
{
	unmap_shadow(mmu, ipa, size);
	return 0;
}

SEC("fentry")
int BPF_PROG(shadow_protect, struct kvm_s2_mmu *mmu, __u64 ipa, __u64 end)
{
	protect_shadow(mmu, ipa, end);
	return 0;
}

/* Either of the two stage-2 implementations. */
#define CHANGE(name, what, ...)                                                                    \
	SEC("fentry")                                                                              \
	int BPF_PROG(name, struct kvm_pgtable *pgt, __u64 ipa, __u64 size)                         \
	{                                                                                          \
		what(pgt, ipa, size, ##__VA_ARGS__);                                               \
		return 0;                                                                          \
	}

CHANGE(reset_unmap, unmap_reset)
CHANGE(pkvm_reset_unmap, unmap_reset)
CHANGE(protect, protect_own, S2_PROTECT_WRITE)
CHANGE(pkvm_protect, protect_own, S2_PROTECT_WRITE)

/* Protected KVM never splits. */
SEC("fexit")
int BPF_PROG(split, struct kvm_pgtable *pgt, __u64 ipa, __u64 size, void *cache, int ret)
{
	if (!ret)
		protect_own(pgt, ipa, size, S2_PROTECT_SPLIT);
	return 0;
}

#define CMO_TABLES(name)                                                                           \
	SEC("fentry")                                                                              \
	int BPF_PROG(name, struct kvm_pgtable *pgt)                                                \
	{                                                                                          \
		cmo_tables(pgt);                                                                   \
		return 0;                                                                          \
	}

CMO_TABLES(cmo_map)
CMO_TABLES(cmo_unmap)
CMO_TABLES(cmo_relax)
CMO_TABLES(cmo_flush)

SEC("fentry")
int BPF_PROG(cmo_clean, void *va, __u64 size)
{
	emit_cmo(size, S2_CMO_DCACHE_CLEAN_INVAL, change_config.clean_done);
	return 0;
}

SEC("fentry")
int BPF_PROG(cmo_inval, void *va, __u64 size)
{
	emit_cmo(size, S2_CMO_ICACHE_INVAL, change_config.inval_done);
	return 0;
}

SEC("fexit")
int BPF_PROG(vm_init, struct kvm *kvm, unsigned long type, int ret)
{
	if (!ret)
		s2_vm_created(kvm);
	return 0;
}

SEC("fentry")
int BPF_PROG(vm_destroy, struct kvm *kvm)
{
	s2_vm_destroyed(kvm);
	return 0;
}

#endif /* S2TRACE_BPF_CHANGES_FENTRY_H */
