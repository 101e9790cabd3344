/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which way a fault took through KVM, as sources without the patch series see it:
 * from the functions that were called on the way. The programs store it in a
 * decision; the decision model turns it into a reason, and clears it (src/model/infer.h).
 */
#ifndef S2TRACE_PATH_H
#define S2TRACE_PATH_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define S2_PATH_PFN	    0x0001 /* the host was asked for the page frame */
#define S2_PATH_BAD_PFN	    0x0002 /* and had none */
#define S2_PATH_HWPOISON    0x0004 /* or a poisoned one */
#define S2_PATH_GMEM	    0x0008 /* guest_memfd was asked for it */
#define S2_PATH_MAP	    0x0010 /* a leaf was to be written */
#define S2_PATH_RELAX	    0x0020 /* or its permissions relaxed */
#define S2_PATH_INJECT	    0x0040 /* an exception was injected */
#define S2_PATH_INJECT_SIZE 0x0080 /* because the address is too large */
#define S2_PATH_INJECT_EXCL 0x0100 /* because of an exclusive or atomic access */
#define S2_PATH_INJECT_S2   0x0200 /* because the L1 hypervisor's stage 2 says so */
#define S2_PATH_S1PTW	    0x0400 /* the fault was in a walk of the guest's own tables */
#define S2_PATH_BEYOND	    0x0800 /* the address is beyond the IPA size of the VM */

#define S2_PATH_INJECTED                                                                           \
	(S2_PATH_INJECT | S2_PATH_INJECT_SIZE | S2_PATH_INJECT_EXCL | S2_PATH_INJECT_S2)

/*
 * Where things stand in the arguments of the kernel's functions: read by name in
 * its BTF, for they have moved over time.
 */
struct s2_args {
	__u8 map_addr, map_size, map_phys, map_prot;
	__u8 relax_addr, relax_prot;
	__u8 writable;
	__u8 pad;
};

/* Told by the loader: what the machine has, and how to count in its own ticks. */
struct s2_fault_config {
	__u64 ns_mult; /* ticks = (ns * ns_mult) >> S2_TICK_SHIFT */
	__u32 known;   /* bits of enum s2_decision_field: FWB and DIC, where they are known */
	__u32 flags;   /* bits of enum s2_decision_flag */
};

#define S2_NO_ARG 0xff

/* Of the kernel's user-space API, and the same for ever. */
#define S2_KVM_MEM_READONLY    (1 << 1)
#define S2_KVM_MEM_GUEST_MEMFD (1 << 2)

/* Of the kernel; src/model/vmflags.c says why such bits can be relied on. */
#define S2_VM_PFNMAP   (1ULL << 10)
#define S2_VM_HUGETLB  (1ULL << 22)
#define S2_VM_MIXEDMAP (1ULL << 28)

#endif /* S2TRACE_PATH_H */
