/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of the kernel types on the path from the list of VMs to their stage-2 tables and
 * memslots. In BPF they are relocated by name (walk_kernel.h); a unit test defines them itself
 * (tests/unit/walk_kernel_stub.h).
 */
#ifndef S2TRACE_BPF_WALK_TYPES_H
#define S2TRACE_BPF_WALK_TYPES_H

#include <linux/types.h>

struct list_head {
	struct list_head *next;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct rb_node {
	unsigned long __rb_parent_color;
	struct rb_node *rb_right, *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

/* If the hypervisor owns the tables, the kernel keeps its requests in a tree. */
struct pkvm_mapping {
	struct rb_node node;
	__u64 gfn, pfn;
	__u64 nr_pages; /* always 1 in kernels that lack it */
	__u64 nc;	/* 0: neither Device nor Normal-NC; not in all kernels */
};

struct task_struct {
	int tgid;
};

struct mm_struct {
	struct task_struct *owner; /* with CONFIG_MEMCG */
};

struct kvm_memory_slot {
	struct hlist_node id_node[2];
	__u64 base_gfn;
	unsigned long npages, userspace_addr;
	__u32 flags;
	short id;
};

struct kvm_memslots {
	__u64 generation;
	struct hlist_head id_hash[128];
	int node_idx;
};

struct kvm_pgtable {
	/* Since 6.14, if the hypervisor owns the tables; struct rb_root_cached in later kernels. */
	struct rb_root pkvm_mappings;
	__u32 ia_bits;
	signed char start_level; /* u32 before 6.8 */
	void *pgd;
};

struct kvm_s2_mmu {
	__u64 pgd_phys;
	struct kvm_pgtable *pgt;
	__u64 vtcr; /* before 6.8: of struct kvm_arch */
};

struct kvm_arch {
	struct kvm_s2_mmu mmu;
	__u64 vtcr;
	void *nested_mmus; /* since 6.11; of structs, or of pointers to them */
	unsigned long nested_mmus_size;
};

struct kvm {
	struct mm_struct *mm;
	struct kvm_memslots *memslots[1];
	struct kvm_arch arch;
	struct list_head vm_list;
	int userspace_pid;
};

#endif /* S2TRACE_BPF_WALK_TYPES_H */
