/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of kernel types, relocated to the running kernel by name (CO-RE). Only names matter,
 * not order or completeness.
 *
 * struct kvm_s2_* and their enums come with the patch series (patches/), in
 * arch/arm64/include/asm/kvm_s2_trace.h.
 */
#ifndef S2TRACE_BPF_KERNEL_H
#define S2TRACE_BPF_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kvm_s2_mmu {
	unsigned long long pgd_phys;
	__u64 vtcr; /* in struct kvm_arch in older kernels */
};

struct kvm_protected_vm {
	bool is_protected;
	bool enabled; /* its name in older kernels */
};

struct kvm_arch {
	struct kvm_s2_mmu mmu;
	__u64 vtcr;
	unsigned long flags;
	struct kvm_protected_vm pkvm;
};

struct kvm {
	struct kvm_arch arch;
};

struct kvm_vcpu_fault_info {
	__u64 esr_el2;
	__u64 hpfar_el2;
};

struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
};

struct kvm_cpu_context {
	struct user_pt_regs regs;
};

struct kvm_vcpu_arch {
	__u64 hcr_el2;
	struct kvm_cpu_context ctxt;
	struct kvm_s2_mmu *hw_mmu;
	struct kvm_vcpu_fault_info fault;
};

struct kvm_vcpu {
	struct kvm *kvm;
	int vcpu_idx;
	struct kvm_vcpu_arch arch;
};

struct kvm_memory_slot {
	__u64 base_gfn;
	unsigned long npages;
	unsigned long *dirty_bitmap;
	unsigned long userspace_addr;
	__u32 flags;
	short id;
};

struct kvm_gfn_range {
	struct kvm_memory_slot *slot;
	__u64 start, end;
};

typedef struct {
	__u64 pgprot;
} pgprot_t;

struct super_block {
	unsigned long s_blocksize;
};

struct inode {
	struct super_block *i_sb;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct inode *f_inode;
	struct path f_path;
	void *private_data;
};

struct vm_area_struct {
	unsigned long vm_start, vm_end;
	struct file *vm_file;
	pgprot_t vm_page_prot;
	unsigned long vm_flags;
	unsigned long vm_pgoff;
};

struct kvm_s2_decision {
	__u64 start, end;
	__u64 fault_ipa, ipa;
	__u64 pc;
	__u64 hva;
	__u64 pfn;
	__u64 vm_flags;
	__u64 map_size;
	__u64 vma_pagesize;
	void *slot;
	__u32 prot;
	__s32 ret;
	__u16 slot_id;
	__u8 outcome, reason, access, fault, memtype, limit;
	__u8 vma_attr;
	__s8 kernel_mapped;
	__u8 fwb, dic, mte, mte_allowed, nested, dirty_log;
	__u8 map_writable, vma_cacheable, gmem, protected;
};

struct kvm_s2_memslot_check {
	__u64 base_gfn, npages, userspace_addr;
	__u64 vma_start, vma_end;
	__u64 vm_flags;
	__u32 flags;
	__s32 ret;
	__u32 slot_id;
	__u8 change, reason, vma_attr, fwb, dic, mte;
};

struct arm64_cpu_capabilities {
	const char *desc;
	__u16 capability;
	void *matches;
};

#pragma clang attribute pop

/* arch/arm64/include/asm/kvm_pgtable.h; 7.0 split X into PX and UX. */
enum kvm_pgtable_prot {
	KVM_PGTABLE_PROT_PX = 1,
	KVM_PGTABLE_PROT_UX = 2,
	KVM_PGTABLE_PROT_X = 3,
	KVM_PGTABLE_PROT_W = 4,
	KVM_PGTABLE_PROT_R = 8,
	KVM_PGTABLE_PROT_DEVICE = 16,
	KVM_PGTABLE_PROT_NORMAL_NC = 32,
};

#endif /* S2TRACE_BPF_KERNEL_H */
