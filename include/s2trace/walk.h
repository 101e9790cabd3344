/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What bpf/walk.bpf.c reads of stage-2 tables and src/source/tables.c takes from it.
 * Both sides are of one build: this is no format of files.
 */
#ifndef S2TRACE_WALK_H
#define S2TRACE_WALK_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define S2_WALK_MAX_VMS	  32768 /* what is beyond is counted */
#define S2_WALK_MAX_SLOTS 32768 /* KVM allows 32767 of them (KVM_MEM_SLOTS_NUM) */
#define S2_WALK_RANGES	  8192	/* of one run; the next run goes on where it ended */
#define S2_WALK_DEPTH	  8	/* of tables; the architecture has 5 levels */
#define S2_WALK_CHUNK	  512	/* descriptors read at once: a whole table of 4 KiB */

/* Fields of a stage-2 descriptor (Arm ARM D8.3), as struct kvm_pgtable's code writes them. */
#define S2_DESC_VALID	0x1ULL
#define S2_DESC_TABLE	0x2ULL /* at the last level: a page */
#define S2_DESC_MEMATTR 0x3cULL
#define S2_DESC_READ	0x40ULL
#define S2_DESC_WRITE	0x80ULL
#define S2_DESC_XN	(3ULL << 53)
/*
 * What all leaves of a range have in common: at least that they are leaves, and their
 * memory type. Shareability (with LPA2 it is part of the address), the access flag, the
 * contiguous hint and software's bits are never asked for.
 */
#define S2_DESC_TYPE_ATTRS (S2_DESC_VALID | S2_DESC_TABLE | S2_DESC_MEMATTR)
#define S2_DESC_ALL_ATTRS  (S2_DESC_TYPE_ATTRS | S2_DESC_READ | S2_DESC_WRITE | S2_DESC_XN)

/* How output addresses lie in a descriptor (kvm_pte_to_phys()). */
enum s2_walk_oa {
	S2_OA_48,
	S2_OA_52_LPA,
	S2_OA_52_LPA2,
	/*
	 * No descriptor that the hardware reads, but one made of what the kernel asked
	 * the hypervisor for: the address in 51:12, S2_DESC_MEMATTR all ones for Normal
	 * memory and 0 for unknown, permissions unknown.
	 */
	S2_OA_HYP,
};

/* Leaves that follow one another in IPA, with the attributes asked for in common. */
struct s2_walk_range {
	__u64 ipa;
	__u64 desc; /* the first */
	__u64 leaves;
	__u8 level;	/* -1 to 3, plus 1 */
	__u8 scattered; /* output addresses do not follow one another */
	__u8 pad[6];
};

struct s2_walk_slot {
	__u64 base_gfn, npages, hva;
	__u32 flags;
	__s32 id;
};

/* What is asked for. */
struct s2_walk_ask {
	__u64 kvm;
	__u64 attrs;	/* of descriptors: a range ends where one of them differs */
	__s32 nested;	/* index of a nested MMU; -1: the VM's own */
	__u32 split_pa; /* end a range where output addresses do not follow one another */
};

/* What is known of a VM and of the tables that are walked. */
struct s2_walk_info {
	__u64 vtcr;
	__u64 pgt;  /* address of the struct kvm_pgtable */
	__u32 pid;  /* of the process, or of the thread that made the VM */
	__u32 tgid; /* of the process; 0: not known */
	__u32 nr_nested;
	__u32 ia_bits;
	__s32 start_level;
	__u32 oa;	/* enum s2_walk_oa */
	__u8 hyp_owned; /* pKVM: the tables are the hypervisor's, only what it was asked for is
			   known */
	__u8 pad[7];
};

struct s2_walk_stats {
	__u64 leaves;
	__u64 tables;	  /* read */
	__u64 changed;	  /* of these: changed meanwhile, and read again */
	__u64 dropped;	  /* changed again and again: what they mapped is missing */
	__u64 unreadable; /* the kernel could not read them: the same */
};

enum s2_walk_state { S2_WALK_GONE, S2_WALK_MORE, S2_WALK_DONE };

#endif /* S2TRACE_WALK_H */
