/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The path of a fault through KVM, for backends that do not need the patch series: which
 * functions were called. The programs store it in a decision; src/model/infer.h turns it into
 * a reason, and clears it.
 */
#ifndef S2TRACE_PATH_H
#define S2TRACE_PATH_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define S2_PATH_PFN	    0x0001 /* KVM looked up the page frame */
#define S2_PATH_BAD_PFN	    0x0002 /* there was none */
#define S2_PATH_HWPOISON    0x0004 /* it was poisoned */
#define S2_PATH_GMEM	    0x0008 /* KVM looked it up in guest_memfd */
#define S2_PATH_MAP	    0x0010 /* KVM tried to write a leaf */
#define S2_PATH_RELAX	    0x0020 /* or to relax its permissions */
#define S2_PATH_INJECT	    0x0040 /* an exception was injected */
#define S2_PATH_INJECT_SIZE 0x0080 /* because the address is too large */
#define S2_PATH_INJECT_EXCL 0x0100 /* because of an exclusive or atomic access */
#define S2_PATH_INJECT_S2   0x0200 /* because of the L1 hypervisor's stage 2 */
#define S2_PATH_S1PTW	    0x0400 /* fault on a walk of the guest's own tables */
#define S2_PATH_BEYOND	    0x0800 /* the address is beyond the IPA size of the VM */

#define S2_PATH_INJECTED                                                                           \
	(S2_PATH_INJECT | S2_PATH_INJECT_SIZE | S2_PATH_INJECT_EXCL | S2_PATH_INJECT_S2)

/*
 * Indices of function arguments, resolved by name in the kernel's BTF because they have moved
 * over time.
 */
struct s2_args {
	__u8 map_addr, map_size, map_phys, map_prot;
	__u8 relax_addr, relax_prot;
	__u8 writable;
	__u8 pad;
};

/* Set by the loader: features of the machine, and how to convert to its ticks. */
struct s2_fault_config {
	__u64 ns_mult; /* ticks = (ns * ns_mult) >> S2_TICK_SHIFT */
	__u32 known;   /* bits of enum s2_decision_field: FWB and DIC, if known */
	__u32 flags;   /* bits of enum s2_decision_flag */
};

#define S2_NO_ARG 0xff

/* From the kernel's UAPI: these never change. */
#define S2_KVM_MEM_READONLY    (1 << 1)
#define S2_KVM_MEM_GUEST_MEMFD (1 << 2)

/* Kernel internal; src/model/vmflags.c explains why these bits are reliable. */
#define S2_VM_PFNMAP   (1ULL << 10)
#define S2_VM_HUGETLB  (1ULL << 22)
#define S2_VM_MIXEDMAP (1ULL << 28)

#endif /* S2TRACE_PATH_H */
