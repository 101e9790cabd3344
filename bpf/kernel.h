/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of kernel types, relocated to the running kernel by name (CO-RE). Only names matter,
 * not order or completeness.
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

struct kvm_arch;
struct kvm_s2_mmu;

struct kvm_pgtable {
	struct kvm_s2_mmu *mmu;
};

struct kvm_s2_mmu {
	unsigned long long pgd_phys;
	__u64 vtcr; /* in struct kvm_arch in older kernels */
	bool nested_stage2_enabled;
	struct kvm_pgtable *pgt;
	struct kvm_arch *arch;
	bool pending_unmap;
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
	void *nested_mmus; /* of structs, or of pointers to them */
	unsigned long nested_mmus_size;
};

typedef struct {
	long long counter;
} atomic64_t;

struct kvm_memslots {
	atomic64_t last_used_slot; /* a struct kvm_memory_slot * */
};

struct mm_struct;

struct kvm {
	struct mm_struct *mm;
	struct kvm_memslots *memslots[1];
	struct kvm_arch arch;
	int userspace_pid;
};

struct task_struct___mm {
	struct mm_struct *mm;
	int tgid;
};

struct mm_struct {
	struct task_struct___mm *owner; /* with CONFIG_MEMCG */
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

struct s1_walk_result {
	__u64 pa;
	bool pr, pw, failed;
};

struct vncr_tlb {
	struct s1_walk_result wr;
	__u64 hpa;
	bool hpa_writable;
	bool valid;
};

struct kvm_vcpu_arch {
	struct vncr_tlb *vncr_tlb;
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
	void *vm_private_data;
};

struct kvm_s2_trans {
	__u64 output;
	unsigned long block_size;
	__u32 esr;
};

/* These come with the series in patches/, in arch/arm64/kvm/s2_fault.h. */
struct kvm_s2_fault_desc {
	struct kvm_vcpu *vcpu;
	__u64 fault_ipa;
	struct kvm_s2_trans *nested;
	struct kvm_memory_slot *memslot;
	unsigned long hva;
	unsigned long esr;	/* not in 7.3: */
	struct kvm_s2_mmu *mmu; /* queued for 7.4 */
};

struct kvm_s2_fault_vma_info {
	long vma_pagesize;
	unsigned long vm_flags;
	unsigned long max_map_size;
	__u64 pfn;
	__u8 host_shift, vma_attrindx;
	bool device, mte_allowed, map_writable, map_non_cacheable;
};

struct kvm_s2_fault_result {
	long map_size;
};

struct arm64_cpu_capabilities {
	const char *desc;
	__u16 capability;
	void *matches;
};

#pragma clang attribute pop

#endif /* S2TRACE_BPF_KERNEL_H */
