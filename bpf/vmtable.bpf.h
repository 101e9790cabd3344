/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VM table assigns a row of the per-VM maps to each struct kvm. The maps are created once
 * per process (vmtable.bpf.c); the loader makes every source use them.
 */
#ifndef S2TRACE_BPF_VMTABLE_H
#define S2TRACE_BPF_VMTABLE_H

#include "kernel.h"
#include <s2trace/maps.h>

#define EEXIST 17
#define ENOSPC 28

/* The loader resizes maps to --max-vms. */
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

/* Free rows. */
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

/* Initial values of a VM's row. */
struct s2_vm_birth {
	__u64 ns; /* 0: the VM was running before */
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
	if (t) {
		row->first_agg = n * t->nr_cpus;
		row->id = __sync_fetch_and_add(&t->last_id, 1) + 1;
	}
	row->state = S2_VM_LIVE;
}

/*
 * Adds a VM to the table. Two vCPUs may try at once: the hash decides who wins. Returns the
 * row, -EEXIST if the other one won, or -ENOSPC if the table is full.
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

/* The row and its counters stay until user space has read them and recycles it. */
static __always_inline void vmtable_release(__u64 kvm, struct s2_vm_row *row)
{
	if (bpf_map_delete_elem(&vms, &kvm))
		return;
	row->died_ns = bpf_ktime_get_ns();
	row->kvm = 0;
	row->state = S2_VM_DEAD;
}

/*
 * A source reports the creation of a VM. True if this row belongs to the same VM, as another
 * source reported it; otherwise the row belongs to a VM whose end was missed.
 */
static __always_inline bool vmtable_same_vm(const struct s2_vm_row *row, __u32 by)
{
	return row->created_by && !(row->created_by & by) && !row->destroyed_by;
}

/*
 * A source reports the destruction of a VM. True if all sources that can report it have. The
 * functions that sources attach to run one after another; events in between belong to this VM.
 */
static __always_inline bool vmtable_all_destroyed(struct s2_vm_row *row, __u32 by)
{
	struct s2_vm_table *t = vmtable_state();
	__u32 listeners = t ? t->listeners : 0;

	by |= __sync_fetch_and_or(&row->destroyed_by, by);
	/* A source may have missed the creation because KVM aborted it half way. */
	if (row->created_by)
		listeners &= row->created_by;
	return (by & listeners) == listeners;
}

#endif /* S2TRACE_BPF_VMTABLE_H */
