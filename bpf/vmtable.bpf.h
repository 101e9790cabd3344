/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VM table: which row of the per-VM maps belongs to which struct kvm. The maps are
 * made once in each process (vmtable.bpf.c), and the loader lets every source use them.
 */
#ifndef S2TRACE_BPF_VMTABLE_H
#define S2TRACE_BPF_VMTABLE_H

#include "kernel.h"
#include <s2trace/maps.h>

#define EEXIST 17
#define ENOSPC 28

/* Resized by the loader: --max-vms. */
#define S2_MAX_VMS 256

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, S2_MAX_VMS);
	__type(key, __u32);
	__type(value, struct s2_vm_row);
} rows SEC(".maps");

/* Address of struct kvm to its row. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, S2_MAX_VMS);
	__type(key, __u64);
	__type(value, __u32);
} vms SEC(".maps");

/* Rows that are free. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, S2_MAX_VMS);
	__uint(value_size, sizeof(__u32));
} free_rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct s2_vm_table);
} table SEC(".maps");

static __always_inline struct s2_vm_row *vmtable_row(__u32 n)
{
	return bpf_map_lookup_elem(&rows, &n);
}

static __always_inline struct s2_vm_table *vmtable_state(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&table, &zero);
}

/* What a VM's row starts with. */
struct s2_vm_birth {
	__u64 ns; /* 0: it was there before */
	__u32 tgid;
	__u32 by; /* as s2_vm_row.created_by */
};

static __always_inline void vmtable_init_row(struct s2_vm_row *row, __u32 n,
					     const struct s2_vm_birth *birth)
{
	struct s2_vm_table *t = vmtable_state();

	row->created_ns = birth->ns;
	row->tgid = birth->tgid;
	row->index = n;
	row->created_by = birth->by;
	if (t)
		row->id = __sync_fetch_and_add(&t->last_id, 1) + 1;
	row->state = S2_VM_LIVE;
}

/*
 * Gives a VM a row. Two vCPUs may come here together: the hash decides which of them
 * wins. The number of the row; -EEXIST: another one won; -ENOSPC: the table is full.
 */
static __always_inline int vmtable_add(__u64 kvm, const struct s2_vm_birth *birth)
{
	struct s2_vm_row *row;
	__u32 n;

	if (bpf_map_pop_elem(&free_rows, &n))
		return -ENOSPC;
	row = vmtable_row(n);
	if (!row)
		return -ENOSPC;
	vmtable_init_row(row, n, birth);
	if (bpf_map_update_elem(&vms, &kvm, &n, BPF_NOEXIST)) {
		row->state = S2_VM_FREE;
		bpf_map_push_elem(&free_rows, &n, 0);
		return -EEXIST;
	}
	row->kvm = kvm;
	return n;
}

/* The row stays, with its counts, until user space has read them and recycles it. */
static __always_inline void vmtable_release(__u64 kvm, struct s2_vm_row *row)
{
	if (bpf_map_delete_elem(&vms, &kvm))
		return;
	row->kvm = 0;
	row->state = S2_VM_DEAD;
}

/*
 * A source says that a VM was created. Is it the one that this row is of, which another
 * source told before? Else the row is of a VM whose end was missed.
 */
static __always_inline bool vmtable_same_vm(const struct s2_vm_row *row, __u32 by)
{
	return row->created_by && !(row->created_by & by) && !row->destroyed_by;
}

/*
 * A source says that a VM was destroyed: true, if all who can say so have. Functions that
 * sources attach to run one after the other, and what comes in between belongs to this VM.
 */
static __always_inline bool vmtable_all_destroyed(struct s2_vm_row *row, __u32 by)
{
	struct s2_vm_table *t = vmtable_state();
	__u32 listeners = t ? t->listeners : 0;

	by |= __sync_fetch_and_or(&row->destroyed_by, by);
	/* Who did not see it made may have missed it because KVM gave up half way. */
	if (row->created_by)
		listeners &= row->created_by;
	return (by & listeners) == listeners;
}

#endif /* S2TRACE_BPF_VMTABLE_H */
