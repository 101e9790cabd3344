/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A stage-2 fault as a program found it: raw fields of the kernel, and the path that the fault
 * took. Programs write it to the ring, src/source/fault.c turns it into a decision. Both sides
 * come from the same build: this is not a file format.
 */
#ifndef S2TRACE_FAULT_H
#define S2TRACE_FAULT_H

#include <s2trace/maps.h>

/* The path of a fault through KVM. */
#define S2_PATH_PFN	    0x00001 /* KVM looked up the page frame */
#define S2_PATH_BAD_PFN	    0x00002 /* there was none */
#define S2_PATH_HWPOISON    0x00004 /* it was poisoned */
#define S2_PATH_GMEM	    0x00008 /* KVM looked it up in guest_memfd */
#define S2_PATH_MAP	    0x00010 /* KVM tried to write a leaf */
#define S2_PATH_RELAX	    0x00020 /* or to relax its permissions */
#define S2_PATH_INJECT	    0x00040 /* an exception was injected */
#define S2_PATH_INJECT_SIZE 0x00080 /* because the address is too large */
#define S2_PATH_INJECT_EXCL 0x00100 /* because of an exclusive or atomic access */
#define S2_PATH_INJECT_S2   0x00200 /* because of the L1 hypervisor's stage 2 */
#define S2_PATH_S1PTW	    0x00400 /* fault on a walk of the guest's own tables */
#define S2_PATH_BEYOND	    0x00800 /* the address is beyond the IPA size of the VM */
#define S2_PATH_MMIO	    0x01000 /* emulation of the access failed */
#define S2_PATH_VNCR	    0x02000 /* the fault was on the VNCR page of a guest hypervisor */

#define S2_PATH_UNSEEN 0x04000 /* the lookup of the page frame was not observed */

#define S2_PATH_INJECTED                                                                           \
	(S2_PATH_INJECT | S2_PATH_INJECT_SIZE | S2_PATH_INJECT_EXCL | S2_PATH_INJECT_S2)

/* Which fields of struct s2_raw_fault are valid: bits of `has`. */
#define S2_HAS_SLOT	0x01 /* slot* */
#define S2_HAS_PFN	0x02 /* pfn */
#define S2_HAS_WRITABLE 0x04 /* S2_FACT_MAP_WRITABLE */
#define S2_HAS_PROT	0x08 /* prot */
#define S2_HAS_VMA	0x10 /* vm_flags, vma_attrindx, host_shift if not 0 */
#define S2_HAS_EXACT	0x80 /* from the tracepoint: all that KVM knew, the reason included */

/* Boolean facts: bits of `facts`. */
#define S2_FACT_NESTED	     0x01 /* on a shadow stage 2 */
#define S2_FACT_PROTECTED    0x02
#define S2_FACT_MTE	     0x04
#define S2_FACT_DIRTY_LOG    0x08
#define S2_FACT_GMEM	     0x10
#define S2_FACT_MTE_ALLOWED  0x20
#define S2_FACT_MAP_WRITABLE 0x40
#define S2_FACT_DEVICE	     0x80 /* the kernel does not map the page frame as memory */

struct s2_raw_fault {
	struct s2_event h;
	__u64 time; /* spent on it: ticks (tracepoint) or ns (others); 0 unknown */
	__u64 esr;
	__u64 pc;
	__u64 fault_ipa;
	__u64 ipa; /* in the VM's own address space */
	__u64 slot_gfn, slot_npages, slot_hva;
	__u64 pfn;  /* first of the mapping */
	__u64 size; /* of the leaf; 0: KVM did not get so far */
	__u64 prot; /* enum kvm_pgtable_prot */
	__u64 vm_flags;
	__u64 vma_pagesize, max_map_size; /* of struct kvm_s2_fault_vma_info (patches/) */
	__u64 nested_size;		  /* the L1 hypervisor's own mapping; 0: not nested */
	__u32 tgid;
	__u32 path; /* S2_PATH_* */
	__s32 ret;  /* of the handler */
	__u16 vcpu;
	__u16 slot;
	__u8 has;   /* S2_HAS_* */
	__u8 facts; /* S2_FACT_* */
	__u8 vma_attrindx;
	__u8 host_shift; /* log2 of the host's own mapping; 0 unknown */
	__u8 outcome;	 /* enum s2_outcome */
	__u8 memtype;	 /* enum s2_memtype */
	__u8 reason;	 /* enum s2_reason */
	__u8 inferred;	 /* S2_INFERRED_* */
};

/* Fields that a program had to derive: bits of `inferred`. */
#define S2_INFERRED_OUTCOME 0x1
#define S2_INFERRED_RET	    0x2

S2_ASSERT_SIZE(struct s2_raw_fault, 160);

/*
 * Indices of function arguments, resolved by name in the kernel's BTF because they have moved
 * over time.
 */
struct s2_args {
	__u8 map_size, map_phys, map_prot;
	__u8 relax_prot;
	__u8 writable;
	__u8 pad;
};

#define S2_NO_ARG 0xff

/* Set by the loader: features of the machine, and how to convert to its ticks. */
struct s2_fault_config {
	__u64 ns_mult; /* ticks = (ns * ns_mult) >> S2_TICK_SHIFT */
	__u32 known;   /* bits of enum s2_decision_field: FWB and DIC, if known */
	__u8 fwb, dic;
	__u8 detail;		    /* observe the page frame lookup of every fault */
	__u8 type_shift, type_mask; /* of the memory type in enum kvm_pgtable_prot */
	__u8 pad[3];
	__u32 prot_offset; /* of kvm_s2_fault_result.prot */
};

/* From the kernel's UAPI: these never change. */
#define S2_KVM_MEM_LOG_DIRTY_PAGES (1 << 0)
#define S2_KVM_MEM_READONLY	   (1 << 1)
#define S2_KVM_MEM_GUEST_MEMFD	   (1 << 2)

/* Kernel internal; src/model/vmflags.c explains why these bits are reliable. */
#define S2_VM_PFNMAP		 (1ULL << 10)
#define S2_VM_HUGETLB		 (1ULL << 22)
#define S2_VM_MIXEDMAP		 (1ULL << 28)
#define S2_VM_ALLOW_ANY_UNCACHED (1ULL << 39)

#endif /* S2TRACE_FAULT_H */
