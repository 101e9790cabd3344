/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interface between bpf/walk.bpf.c, which reads stage-2 tables, and src/source/tables.c.
 * Both sides come from the same build: this is not a file format.
 */
#ifndef S2TRACE_WALK_H
#define S2TRACE_WALK_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define S2_WALK_MAX_VMS	  32768 /* VMs beyond it are counted */
#define S2_WALK_MAX_SLOTS 32768 /* KVM allows 32767 of them (KVM_MEM_SLOTS_NUM) */
#define S2_WALK_RANGES	  8192	/* per run; the next run continues from there */
#define S2_WALK_DEPTH	  8	/* levels of tables; the architecture has 5 */
#define S2_WALK_CHUNK	  512	/* descriptors per read: a whole table of 4 KiB */

/* Fields of a stage-2 descriptor (Arm ARM D8.3), as struct kvm_pgtable's code writes them. */
#define S2_DESC_VALID	0x1ULL
#define S2_DESC_TABLE	0x2ULL /* at the last level: a page */
#define S2_DESC_MEMATTR 0x3cULL
#define S2_DESC_READ	0x40ULL
#define S2_DESC_WRITE	0x80ULL
#define S2_DESC_XN	(3ULL << 53)
/*
 * Bits that all leaves of a range share: at least those that make them leaves, and the memory
 * type. Never compared: shareability (part of the address with LPA2), the access flag, the
 * contiguous hint and software bits.
 */
#define S2_DESC_TYPE_ATTRS (S2_DESC_VALID | S2_DESC_TABLE | S2_DESC_MEMATTR)
#define S2_DESC_ALL_ATTRS  (S2_DESC_TYPE_ATTRS | S2_DESC_READ | S2_DESC_WRITE | S2_DESC_XN)

/* Layout of the output address in a descriptor (kvm_pte_to_phys()). */
enum s2_walk_oa {
	S2_OA_48,
	S2_OA_52_LPA,
	S2_OA_52_LPA2,
	/*
	 * Not a hardware descriptor, but one built from what the kernel requested from the
	 * hypervisor: the address in 51:12, S2_DESC_MEMATTR all ones for Normal memory and 0
	 * for unknown, permissions unknown.
	 */
	S2_OA_HYP,
};

/* A run of leaves with adjacent IPAs that share the requested attributes. */
struct s2_walk_range {
	__u64 ipa;
	__u64 desc; /* of the first leaf */
	__u64 leaves;
	__u8 level;	/* -1 to 3, plus 1 */
	__u8 scattered; /* output addresses are not contiguous */
	__u8 pad[6];
};

struct s2_walk_slot {
	__u64 base_gfn, npages, hva;
	__u32 flags;
	__s32 id;
};

/* The request. */
struct s2_walk_ask {
	__u64 kvm;
	__u64 attrs;	/* bits of descriptors: a range ends where any of them changes */
	__s32 nested;	/* index of a nested MMU; -1: the VM's own */
	__u32 split_pa; /* end a range where output addresses are not contiguous */
};

/* The VM, and the tables that are walked. */
struct s2_walk_info {
	__u64 vtcr;
	__u64 pgt;  /* address of the struct kvm_pgtable */
	__u32 pid;  /* of the process, or of the thread that created the VM */
	__u32 tgid; /* of the process; 0 unknown */
	__u32 nr_nested;
	__u32 ia_bits;
	__s32 start_level;
	__u32 oa;	/* enum s2_walk_oa */
	__u8 hyp_owned; /* pKVM owns the tables: only what was requested from it is known */
	__u8 pad[7];
};

struct s2_walk_stats {
	__u64 leaves;
	__u64 tables;	  /* read */
	__u64 changed;	  /* of these: changed while being read, and read again */
	__u64 dropped;	  /* kept changing: their mappings are missing */
	__u64 unreadable; /* could not be read: likewise */
};

enum s2_walk_state { S2_WALK_GONE, S2_WALK_MORE, S2_WALK_DONE };

#endif /* S2TRACE_WALK_H */
