/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What bpf/host.bpf.c reads of a VM of our own process, and src/host asks for. */
#ifndef S2TRACE_OWNVM_H
#define S2TRACE_OWNVM_H

#define S2_HCR_FWB (1ULL << 46) /* HCR_EL2.FWB: Arm ARM D24.2.56 */

/* The thread that makes a VM of our own has this name: it is none of a user's. */
#define S2_PROBE_COMM "s2trace-probe"

struct s2_own_vm {
	/* In: file descriptors; a negative one is none. */
	__s32 vm_fd, vcpu_fd;
	/* Out: where the VM is linked into the list of VMs, and what is before it. */
	__u64 node, prev;
	/* HCR_EL2, as it will be while the vCPU runs. */
	__u64 hcr;
};

#endif /* S2TRACE_OWNVM_H */
