/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What bpf/host.bpf.c reads about a VM of our own process, for src/host. */
#ifndef S2TRACE_OWNVM_H
#define S2TRACE_OWNVM_H

#define S2_HCR_FWB (1ULL << 46) /* HCR_EL2.FWB: Arm ARM D24.2.56 */

/* Name of the thread that creates our own VM, to tell it from users' VMs. */
#define S2_PROBE_COMM "s2trace-probe"

struct s2_own_vm {
	/* In: file descriptors; negative: none. */
	__s32 vm_fd, vcpu_fd;
	/* Out: the VM's node in the list of VMs, and the one before it. */
	__u64 node, prev;
	/* Out: HCR_EL2 while the vCPU runs. */
	__u64 hcr;
};

#endif /* S2TRACE_OWNVM_H */
