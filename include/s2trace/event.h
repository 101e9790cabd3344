/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Records and aggregates: what the BPF side writes and the user side reads.
 *
 * A record is one event, normalised: every source (tracepoint, fentry, kprobe, a
 * recorded file) fills the same struct, and says in `present` what it could know.
 * Records are little-endian, naturally aligned, and a multiple of 8 bytes long.
 * Layouts are asserted below on both sides; a recording is a sequence of them.
 */
#ifndef S2TRACE_EVENT_H
#define S2TRACE_EVENT_H

#ifndef __bpf__
#include <assert.h>
#include <linux/types.h>
#include <stddef.h>
#endif
#include <s2trace/vocab.h>

#define S2_NO_PA   (~0ULL)
#define S2_NO_SLOT 0xffff

/* Flags of a decision: facts that are true or false. */
#define S2_DECISION_FLAGS(X)                                                                       \
	X(S2_DF_FWB, "fwb")                                                                        \
	X(S2_DF_DIC, "dic")                                                                        \
	X(S2_DF_MTE, "mte")                                                                        \
	X(S2_DF_MTE_ALLOWED, "mte_allowed")                                                        \
	X(S2_DF_NESTED, "nested")                                                                  \
	X(S2_DF_DIRTY_LOG, "dirty_log")                                                            \
	X(S2_DF_MAP_WRITABLE, "map_writable")                                                      \
	X(S2_DF_VMA_CACHEABLE, "vma_cacheable")                                                    \
	X(S2_DF_GMEM, "guest_memfd")                                                               \
	X(S2_DF_PROTECTED, "protected")                                                            \
	X(S2_DF_KERNEL_MAPPED, "kernel_mapped")

/* Fields of a decision that a source may or may not know (bits of `present` and `inferred`). */
#define S2_DECISION_FIELDS(X)                                                                      \
	X(S2_F_IPA, "ipa")                                                                         \
	X(S2_F_HVA, "hva")                                                                         \
	X(S2_F_PA, "pa")                                                                           \
	X(S2_F_SIZE, "size")                                                                       \
	X(S2_F_ACCESS, "access")                                                                   \
	X(S2_F_FAULT, "fault")                                                                     \
	X(S2_F_SLOT, "slot")                                                                       \
	X(S2_F_VMA_ATTR, "vma.attr")                                                               \
	X(S2_F_VMA_FLAGS, "vma.flags")                                                             \
	X(S2_F_VMA_PAGE_SIZE, "vma.page_size")                                                     \
	X(S2_F_KERNEL_MAPPED, "kernel_mapped")                                                     \
	X(S2_F_FWB, "fwb")                                                                         \
	X(S2_F_DIC, "dic")                                                                         \
	X(S2_F_MTE, "mte")                                                                         \
	X(S2_F_NESTED, "nested")                                                                   \
	X(S2_F_DIRTY_LOG, "dirty_log")                                                             \
	X(S2_F_OUTCOME, "outcome")                                                                 \
	X(S2_F_TYPE, "type")                                                                       \
	X(S2_F_PROT, "prot")                                                                       \
	X(S2_F_RET, "ret")                                                                         \
	X(S2_F_REASON, "reason")                                                                   \
	X(S2_F_LIMIT, "limit")                                                                     \
	X(S2_F_DURATION, "duration_ns")                                                            \
	X(S2_F_VCPU, "vcpu")                                                                       \
	X(S2_F_PC, "pc")

enum s2_decision_flag { S2_DECISION_FLAGS(S2_ENUM_ID) S2_DF__MAX };
enum s2_decision_field { S2_DECISION_FIELDS(S2_ENUM_ID) S2_F__MAX };

#define S2_BIT(n)	(1U << (n))
#define S2_HAS(mask, n) (((mask) >> (n)) & 1)

/* Bits of s2_decision.prot: the permissions of the leaf (Arm ARM, S2AP and XN[1:0]). */
#define S2_PROT_R  0x1
#define S2_PROT_W  0x2
#define S2_PROT_PX 0x4 /* executable at EL1 */
#define S2_PROT_UX 0x8 /* executable at EL0 */

enum s2_event_type {
	S2_EV_DECISION = 1,
	S2_EV_MEMSLOT,
	S2_EV_UNMAP,
	S2_EV_CMO,
	S2_EV_VM,
};

struct s2_event {
	__u8 type;   /* enum s2_event_type */
	__u8 source; /* enum s2_backend */
	__u16 len;   /* of the whole record, in bytes */
	__u32 vm;    /* number of the VM, counted up from 1, never reused; 0 unknown */
	__u64 ts_ns; /* CLOCK_MONOTONIC */
};

struct s2_ev_decision {
	struct s2_event h;
	__u64 ipa;	 /* of the mapping where one was laid down, else of the fault */
	__u64 fault_ipa; /* of the access, page aligned as HPFAR_EL2 gives it */
	__u64 hva;
	__u64 pa;	/* S2_NO_PA where no page frame was found */
	__u64 vm_flags; /* raw, the kernel's VM_*: names from src/model/vmflags.c */
	__u64 pc;	/* of the guest */
	__u64 duration_ns;
	__u32 tgid;
	__u32 present;	/* bits of enum s2_decision_field: what this source knows */
	__u32 inferred; /* those that it did not read but derive */
	__u32 flags;	/* bits of enum s2_decision_flag */
	__s32 ret;	/* of the fault path, before it becomes KVM_RUN's */
	__u16 vcpu;
	__u16 slot;	 /* S2_NO_SLOT: outside any */
	__u8 size_shift; /* log2 of the bytes mapped; 0: nothing was mapped */
	__u8 vma_shift;	 /* log2 of the page size that the VMA allows; 0: not asked */
	__u8 outcome;	 /* enum s2_outcome */
	__u8 reason;	 /* enum s2_reason */
	__u8 access;	 /* enum s2_access */
	__u8 fault;	 /* enum s2_fault */
	__u8 memtype;	 /* enum s2_memtype */
	__u8 limit;	 /* enum s2_limit */
	__u8 vma_attr;	 /* enum s2_vma_attr */
	__u8 prot;	 /* S2_PROT_* */
	__u8 pad[6];
};

struct s2_ev_memslot {
	struct s2_event h;
	__u64 ipa;
	__u64 size;
	__u64 hva;
	__u64 vma_start; /* the VMA that was rejected, or looked at last */
	__u64 vma_end;
	__u64 vm_flags;
	__u32 tgid;
	__u32 flags; /* raw, KVM_MEM_* */
	__s32 ret;
	__u16 slot;
	__u8 change;   /* enum s2_slot_change */
	__u8 reason;   /* enum s2_reason */
	__u8 vma_attr; /* enum s2_vma_attr */
	__u8 fwb, dic, mte;
	__u32 present;	/* of these bits of enum s2_decision_field: those in S2_MEMSLOT_FIELDS */
	__u32 inferred; /* those that were not read but derived */
	__u32 pad;
};

/* What a source may or may not know of a memslot. */
#define S2_MEMSLOT_FIELDS                                                                          \
	(S2_BIT(S2_F_FWB) | S2_BIT(S2_F_DIC) | S2_BIT(S2_F_MTE) | S2_BIT(S2_F_REASON))

struct s2_ev_unmap {
	struct s2_event h;
	__u64 ipa;
	__u64 size;
	__u32 tgid; /* of the process that asked, not of the VM */
	__u8 cause; /* enum s2_unmap_cause */
	__u8 pad[3];
};

struct s2_ev_cmo {
	struct s2_event h;
	__u64 size;
	__u32 tgid;
	__u8 op;   /* enum s2_cmo_op */
	__u8 done; /* 0: spared by FWB (data) or DIC (instructions) */
	__u8 pad[2];
};

struct s2_ev_vm {
	struct s2_event h;
	__u32 tgid;
	__u8 event; /* enum s2_vm_event */
	__u8 pad[3];
	char comm[16]; /* of the thread that made it known */
};

/* One kind of mapping of one VM on one CPU; bytes are n times the size of the level. */
#define S2_HIST_BUCKETS 32

/* Powers of two, so that an index can be masked. */
#define S2_CELL_ACCESSES 4
#define S2_AGG_OUTCOMES	 8

struct s2_cell {
	__u64 n[S2_CELL_ACCESSES];   /* by enum s2_access */
	__u64 ticks;		     /* sum of durations, in ticks of the counter */
	__u32 hist[S2_HIST_BUCKETS]; /* bucket b: 2^b <= ticks < 2^(b+1); wraps at 2^32 */
};

/* The last row of cells is of decisions that map nothing: relaxed, retried, rejected ... */
#define S2_CELL_OTHER S2_MEMTYPE_NONE
#define S2_CELL_ROWS  (S2_MEMTYPE_LEAVES + 1)

/* Of one VM on one CPU: written without atomics, summed over CPUs by the reader. */
struct s2_agg {
	struct s2_cell cell[S2_CELL_ROWS][S2_LEVEL__MAX];
	__u64 outcome[S2_AGG_OUTCOMES]; /* by enum s2_outcome */
};

/* State of a row of the VM table. DEAD rows keep their counts until user space has read them. */
enum s2_vm_state { S2_VM_FREE, S2_VM_LIVE, S2_VM_DEAD };

/* One VM: what is too rare to be counted per CPU. Written with atomics. */
struct s2_vm_row {
	__u64 kvm; /* address of struct kvm: identity while LIVE, never shown */
	__u64 created_ns;
	__u32 id;
	__u32 tgid;
	__u32 state; /* enum s2_vm_state */
	__u32 index; /* of this row */
	__u64 reason[S2_REASON__MAX];
	__u64 slots_accepted;
	__u64 slots_rejected;
	__u64 unmap_n[S2_UNMAP__MAX];
	__u64 unmap_bytes[S2_UNMAP__MAX];
	__u64 cmo_n[S2_CMO__MAX][2]; /* [op][done] */
	__u64 cmo_bytes[S2_CMO__MAX][2];
};

/* Of one CPU. */
struct s2_stats {
	__u64 wanted;  /* single decisions that passed the filter: emitted or lost */
	__u64 emitted; /* records of every type put into the ring */
	__u64 lost[S2_LOST__MAX];
};

/*
 * The filter is applied in the kernel, to single decisions only: aggregates
 * always count everything. A zero mask emits nothing.
 */
struct s2_filter {
	__u32 outcomes;	 /* bits of enum s2_outcome */
	__u32 memtypes;	 /* bits of enum s2_memtype */
	__u32 accesses;	 /* bits of enum s2_access */
	__u32 tgid;	 /* 0: any */
	__u64 ipa_first; /* inclusive */
	__u64 ipa_last;	 /* inclusive */
	__u64 min_ticks;
	__u32 any; /* outcomes that any of the others may want: all that is asked of most */
	__u32 pad;
	__u32 always;	    /* outcomes that are emitted whatever the rest says */
	__u32 watch_tgid;   /* a process all of whose decisions are emitted; 0: none */
	__u32 unmaps, cmos; /* emit single records of these too */
};

#define S2_ASSERT_LAYOUT(type, member, off)                                                        \
	_Static_assert(__builtin_offsetof(type, member) == (off), #type "." #member)
#define S2_ASSERT_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type)

S2_ASSERT_SIZE(struct s2_event, 16);
S2_ASSERT_LAYOUT(struct s2_event, vm, 4);
S2_ASSERT_LAYOUT(struct s2_event, ts_ns, 8);
S2_ASSERT_SIZE(struct s2_ev_decision, 112);
S2_ASSERT_LAYOUT(struct s2_ev_decision, ipa, 16);
S2_ASSERT_LAYOUT(struct s2_ev_decision, duration_ns, 64);
S2_ASSERT_LAYOUT(struct s2_ev_decision, tgid, 72);
S2_ASSERT_LAYOUT(struct s2_ev_decision, ret, 88);
S2_ASSERT_LAYOUT(struct s2_ev_decision, size_shift, 96);
S2_ASSERT_LAYOUT(struct s2_ev_decision, prot, 105);
S2_ASSERT_SIZE(struct s2_ev_memslot, 96);
S2_ASSERT_LAYOUT(struct s2_ev_memslot, tgid, 64);
S2_ASSERT_LAYOUT(struct s2_ev_memslot, slot, 76);
S2_ASSERT_LAYOUT(struct s2_ev_memslot, present, 84);
S2_ASSERT_SIZE(struct s2_ev_unmap, 40);
S2_ASSERT_SIZE(struct s2_ev_cmo, 32);
S2_ASSERT_SIZE(struct s2_ev_vm, 40);
S2_ASSERT_SIZE(struct s2_cell, 168);
_Static_assert(S2_ACCESS__MAX < S2_CELL_ACCESSES && S2_OUTCOME__MAX < S2_AGG_OUTCOMES &&
		       (S2_CELL_ROWS & (S2_CELL_ROWS - 1)) == 0,
	       "an index that is none must have a place of its own");
_Static_assert(S2_F__MAX <= 32 && S2_DF__MAX <= 32, "masks are 32 bits");

#endif /* S2TRACE_EVENT_H */
