// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the maps of the VM table, and changes it where user space asks: with the code
 * that sources use in the middle of a fault. No tracepoint runs these programs: user space
 * does. Programs of type syscall may sleep, and Linux 6.1 has no queues for such.
 */
#include "vmtable.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct s2_vm_ask ask;

static __always_inline struct s2_vm_row *find_row(__u64 kvm)
{
	__u32 *n = bpf_map_lookup_elem(&vms, &kvm);

	return n ? vmtable_row(*n) : NULL;
}

/* A VM that user space found. An event may make it known meanwhile. */
SEC("raw_tp")
int adopt(void *ctx)
{
	const struct s2_vm_birth birth = { .tgid = ask.tgid };
	__u64 kvm = ask.kvm;
	struct s2_vm_row *row = find_row(kvm);

	(void)ctx;
	ask.done = 0;
	if (!row) {
		ask.done = vmtable_add(kvm, &birth) >= 0;
		row = find_row(kvm);
	}
	ask.id = row ? row->id : 0;
	return 0;
}

/* A VM whose end nobody saw. */
SEC("raw_tp")
int release(void *ctx)
{
	struct s2_vm_row *row = vmtable_row(ask.index);
	__u64 kvm = ask.kvm;

	(void)ctx;
	if (kvm && row && row->kvm == kvm)
		vmtable_release(kvm, row);
	return 0;
}

/* Gives the row of a VM that is DEAD to whoever comes next. */
SEC("raw_tp")
int recycle(void *ctx)
{
	struct s2_vm_row *row = vmtable_row(ask.index);
	__u32 n = ask.index;

	(void)ctx;
	ask.done = 0;
	if (!row || row->state != S2_VM_DEAD)
		return 0;
	__builtin_memset(row, 0, sizeof(*row));
	ask.done = !bpf_map_push_elem(&free_rows, &n, 0);
	return 0;
}
