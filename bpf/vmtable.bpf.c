// SPDX-License-Identifier: GPL-2.0-only
/*
 * Defines the maps of the VM table, and changes it on behalf of user space, with the same code
 * that sources use during a fault.
 *
 * Only user space runs these programs, no tracepoint. They are not of type syscall, because
 * such programs may sleep, and Linux 6.1 has no queues for programs that may.
 */
#include "vmtable.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct s2_vm_ask ask;

static __always_inline struct s2_vm_row *find_row(__u64 kvm)
{
	__u32 *n = bpf_map_lookup_elem(&vms, &kvm);

	return n ? vmtable_row(*n) : NULL;
}

/* Adds a VM that user space found. An event may add it at the same time. */
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

/* Releases a VM whose end was missed. */
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

/* Frees the row of a DEAD VM for another one. */
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
