/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Events: everything that anybody will ever know enters as one of these, through
 * one door, in one order. A live kernel, a file and a pipe from another process
 * are the same to all that comes after.
 *
 * Every source (tracepoint, fentry, kprobe, survey) fills the same structs and says
 * in `present` what it could know. Events are little-endian, naturally aligned and
 * a multiple of 8 bytes long. Layouts are asserted below; a recording is a sequence
 * of events, so the numbers of enum s2_event_type never change. No event carries an
 * address of the host kernel.
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

/* Types: the number, for ever, and the name, which is also that of struct s2_ev_NAME. */
#define S2_EVENT_TYPES(X)                                                                          \
	/* born in the kernel */                                                                   \
	X(S2_EV_DECISION, 1, decision)                                                             \
	X(S2_EV_MEMSLOT, 2, memslot)                                                               \
	X(S2_EV_UNMAP, 3, unmap)                                                                   \
	X(S2_EV_CMO, 4, cmo)                                                                       \
	X(S2_EV_VM, 5, vm)                                                                         \
	/* born in user space */                                                                   \
	X(S2_EV_HOST, 16, host)                                                                    \
	X(S2_EV_IDENTITY, 17, identity)                                                            \
	X(S2_EV_REGION, 18, region)                                                                \
	X(S2_EV_TOTALS, 19, totals)                                                                \
	X(S2_EV_MAPPED, 20, mapped)                                                                \
	X(S2_EV_SURVEY, 21, survey)                                                                \
	X(S2_EV_LOSS, 22, loss)                                                                    \
	X(S2_EV_TICK, 23, tick)

#define S2_EVENT_ID(id, number, name) id = (number),
enum s2_event_type { S2_EVENT_TYPES(S2_EVENT_ID) S2_EV__MAX };

/* Every event begins with this. */
struct s2_event {
	__u8 type;   /* enum s2_event_type */
	__u8 source; /* enum s2_backend */
	__u16 len;   /* of the whole event, in bytes */
	/*
	 * The number that the VM table of this s2trace gave the VM: counted up from 1,
	 * never reused, the same from every source; 0 where the event is of none.
	 */
	__u32 vm;
	__u64 ts_ns; /* CLOCK_MONOTONIC, when it happened */
};

/* A device behind memory of the host; neither bdf nor bar: ordinary memory, or not known. */
struct s2_device {
	char bdf[16]; /* "0000:01:00.0" */
	__s32 bar;    /* -1: not known */
	__u32 pad;
};

/* The host's own mapping. */
struct s2_vma {
	__u64 start, end; /* the latter 0: not known */
	__u64 flags;	  /* raw, the kernel's VM_*: names from src/model/vmflags.c */
	__u8 attr;	  /* enum s2_vma_attr */
	__u8 pad[7];
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
	__u16 path;	 /* S2_PATH_*, of sources that do not see the reason; 0 once it is told */
	__u32 pad;
};

struct s2_ev_memslot {
	struct s2_event h;
	__u64 ipa;
	__u64 size;
	__u64 hva;
	__u64 vma_start; /* the VMA that was rejected, or looked at last */
	__u64 vma_end;
	__u64 vm_flags;
	struct s2_device device; /* behind that VMA: named while the process still has it */
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
	__u8 done; /* 0: FWB (data) or DIC (instructions) made it unnecessary */
	__u8 pad[2];
};

struct s2_ev_vm {
	struct s2_event h;
	__u32 tgid;
	__u8 event; /* enum s2_vm_event */
	__u8 pad[3];
	char comm[16]; /* of the thread that made it known */
};

/* A fact that may be unknown: what cannot be known is absent, never guessed. */
enum tristate { FACT_UNKNOWN = -1, FACT_NO = 0, FACT_YES = 1 };

/*
 * The host and how it is watched: the first event of a stream, and again when any of
 * it changes. Facts are of enum tristate.
 */
struct s2_ev_host {
	struct s2_event h;
	char hostname[64];
	char kernel[96];   /* uname -r */
	char machine[32];  /* uname -m */
	char kvm_mode[16]; /* "vhe", "nvhe", "protected"; "" unknown */
	__u64 counter_hz;  /* of the counter that durations are taken with; 0 unknown */
	__u64 realtime_ns; /* what to add to ts_ns for CLOCK_REALTIME; 0 unknown */
	__u32 page_size;
	__u32 sources; /* bits of enum s2_backend: who is listened to */
	__u8 era;      /* enum s2_era: how this kernel decides; S2_ERA__MAX unknown */
	__s8 kvm, fwb, dic, idc;
	__s8 cacheable_pfnmap; /* KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED */
	__u8 pad[2];
};

/* Who a VM is. Strings end with a NUL; "" unknown. */
struct s2_ev_identity {
	struct s2_event h;
	__u32 tgid;
	__u32 pad;
	char name[64];
	char uuid[40];
};

/* What lies behind a span of a VM's IPA space: memslot, VMA, device. */
struct s2_ev_region {
	struct s2_event h;
	__u64 ipa, size;
	__u64 hva; /* 0 unknown */
	struct s2_vma vma;
	struct s2_device device;
	__u32 slot_flags; /* raw, KVM_MEM_* */
	__u16 slot;	  /* S2_NO_SLOT unknown */
	__u16 whole;	  /* 1: this is all of the memslot */
};

#define S2_HIST_BUCKETS 32

/* One kind of mapping, over all CPUs and all time. */
struct s2_cell_total {
	__u64 n[S2_ACCESS__MAX];     /* by enum s2_access */
	__u64 ns;		     /* sum of durations */
	__u64 hist[S2_HIST_BUCKETS]; /* bucket b: 2^b <= ticks < 2^(b+1) */
};

/* The last row of cells is of decisions that map nothing: relaxed, retried, rejected ... */
#define S2_CELL_OTHER S2_MEMTYPE_NONE
#define S2_CELL_ROWS  (S2_MEMTYPE_LEAVES + 1)

/* All that happened to a VM since it became known to the source. */
struct s2_totals {
	struct s2_cell_total cell[S2_CELL_ROWS][S2_LEVEL__MAX];
	__u64 outcome[S2_OUTCOME__MAX];
	__u64 reason[S2_REASON__MAX];
	__u64 slots_accepted, slots_rejected;
	__u64 unmap_n[S2_UNMAP__MAX], unmap_bytes[S2_UNMAP__MAX];
	__u64 cmo_n[S2_CMO__MAX][2], cmo_bytes[S2_CMO__MAX][2]; /* [op][done] */
};

/* Sent when any of it has changed. */
struct s2_ev_totals {
	struct s2_event h;
	__u32 tgid;
	__u32 pad;
	struct s2_totals totals;
};

#define S2_NO_IPA    (~0ULL)
#define S2_NO_PROT   0xff
#define S2_NO_NESTED (-1)

/*
 * Leaves that follow one another, read from the tables: of one size, type and
 * permission. ts_ns is when the reading of this MMU began.
 */
struct s2_ev_mapped {
	struct s2_event h;
	__u64 ipa, size;
	__u64 pa;      /* of the first byte; S2_NO_PA unknown */
	__u64 own_ipa; /* of a nested MMU: where the VM's own tables map this; or S2_NO_IPA */
	__u32 leaves;
	__s16 nested;	    /* index of the nested MMU; S2_NO_NESTED: the VM's own tables */
	__u8 leaf_shift;    /* log2 of the bytes that each leaf maps */
	__u8 memtype;	    /* enum s2_memtype; NONE: an encoding that KVM does not use */
	__u8 prot;	    /* S2_PROT_*; S2_NO_PROT unknown */
	__u8 pa_contiguous; /* output addresses follow one another too */
	__s8 in_host;	    /* is pa memory, or a device's, of this host? -1 unknown */
	__u8 pad[5];
};

#define S2_SURVEY_STEPS(X)                                                                         \
	X(S2_SURVEY_BEGIN, "begin") /* of one MMU of a VM; its mapped ranges follow, in order */   \
	X(S2_SURVEY_END, "end")	    /* what was not told of it since is not mapped */              \
	X(S2_SURVEY_GONE, "gone")   /* the VM ended while it was read */                           \
	X(S2_SURVEY_PASS, "pass")   /* all VMs were read */

enum s2_survey_step { S2_SURVEY_STEPS(S2_ENUM_ID) S2_SURVEY__MAX };

/* A reading of the tables begins or ends. Counts are of what ends. */
struct s2_ev_survey {
	struct s2_event h;
	__u8 step;	/* enum s2_survey_step */
	__u8 hyp_owned; /* pKVM: the tables are the hypervisor's; what it was asked for is told */
	__s16 nested;	/* as of s2_ev_mapped */
	__u32 tgid;	/* of the VM's process; 0 unknown */
	__u64 ns;	/* that reading took */
	__u64 leaves, tables;
	__u64 changed;	       /* tables that changed meanwhile, and were read again */
	__u64 dropped;	       /* changed again and again: what they mapped is missing */
	__u64 unreadable;      /* could not be read: the same */
	__u32 slots_truncated; /* memslots beyond those that there is room for */
	__u32 slots_unread;    /* 1: memslots changed all the while */
	__u32 vms_truncated;   /* of a pass: VMs beyond those that there is room for */
	__u32 pad;
};

/* What one source saw and lost so far. */
struct s2_ev_loss {
	struct s2_event h;
	__u64 seen;	/* decisions that reached a program */
	__u64 emitted;	/* events put into the ring */
	__u64 filtered; /* decisions kept from the ring by the filter */
	__u64 received; /* events taken out of the ring */
	__u64 lost[S2_LOST__MAX];
};

/* An interval ends: rates are computed, and views that refresh do so. */
struct s2_ev_tick {
	struct s2_event h;
	__u32 last; /* 1: the stream ends */
	__u32 pad;
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
S2_ASSERT_LAYOUT(struct s2_ev_decision, path, 106);
S2_ASSERT_SIZE(struct s2_ev_memslot, 120);
S2_ASSERT_LAYOUT(struct s2_ev_memslot, device, 64);
S2_ASSERT_LAYOUT(struct s2_ev_memslot, tgid, 88);
S2_ASSERT_LAYOUT(struct s2_ev_memslot, slot, 100);
S2_ASSERT_LAYOUT(struct s2_ev_memslot, present, 108);
S2_ASSERT_SIZE(struct s2_ev_unmap, 40);
S2_ASSERT_SIZE(struct s2_ev_cmo, 32);
S2_ASSERT_SIZE(struct s2_ev_vm, 40);
S2_ASSERT_SIZE(struct s2_device, 24);
S2_ASSERT_SIZE(struct s2_vma, 32);
S2_ASSERT_SIZE(struct s2_ev_host, 256);
S2_ASSERT_LAYOUT(struct s2_ev_host, counter_hz, 224);
S2_ASSERT_SIZE(struct s2_ev_identity, 128);
S2_ASSERT_SIZE(struct s2_ev_region, 104);
S2_ASSERT_SIZE(struct s2_cell_total, 288);
S2_ASSERT_SIZE(struct s2_ev_mapped, 64);
S2_ASSERT_SIZE(struct s2_ev_survey, 88);
S2_ASSERT_SIZE(struct s2_ev_loss, 88);
S2_ASSERT_SIZE(struct s2_ev_tick, 24);
_Static_assert(S2_F__MAX <= 32 && S2_DF__MAX <= 32, "masks are 32 bits");

#endif /* S2TRACE_EVENT_H */
