/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Events: the only input of the user side, in one order. Consumers handle a live kernel, a
 * file and a pipe from another process in the same way.
 *
 * Every backend (tracepoint, fentry, kprobe, survey) fills the same structs and sets `present`
 * to the fields that it knows. Events are little-endian, naturally aligned and a multiple of
 * 8 bytes long. Layouts are asserted below. A recording is a sequence of events, so the
 * numbers of enum s2_event_type never change. Events contain no host kernel addresses.
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

/* Boolean facts of a decision. */
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
	X(S2_DF_KERNEL_MAPPED, "kernel_mapped")                                                    \
	X(S2_DF_VNCR, "vncr")

/* Fields of a decision that not every backend knows (bits of `present` and `inferred`). */
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
	X(S2_F_PC, "pc")                                                                           \
	X(S2_F_MAP_WRITABLE, "map_writable")

enum s2_decision_flag { S2_DECISION_FLAGS(S2_ENUM_ID) S2_DF__MAX };
enum s2_decision_field { S2_DECISION_FIELDS(S2_ENUM_ID) S2_F__MAX };

#define S2_BIT(n)	(1U << (n))
#define S2_HAS(mask, n) (((mask) >> (n)) & 1)

/* Bits of s2_decision.prot: the permissions of the leaf (Arm ARM, S2AP and XN[1:0]). */
#define S2_PROT_R  0x1
#define S2_PROT_W  0x2
#define S2_PROT_PX 0x4 /* executable at EL1 */
#define S2_PROT_UX 0x8 /* executable at EL0 */

/* Event types: the number, which never changes, and the name, as in struct s2_ev_NAME. */
#define S2_EVENT_TYPES(X)                                                                          \
	/* created in the kernel */                                                                \
	X(S2_EV_DECISION, 1, decision)                                                             \
	X(S2_EV_MEMSLOT, 2, memslot)                                                               \
	X(S2_EV_UNMAP, 3, unmap)                                                                   \
	X(S2_EV_CMO, 4, cmo)                                                                       \
	X(S2_EV_VM, 5, vm)                                                                         \
	X(S2_EV_PROTECT, 6, protect)                                                               \
	/* created in user space */                                                                \
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

/* The header of every event. */
struct s2_event {
	__u8 type;   /* enum s2_event_type */
	__u8 source; /* enum s2_backend */
	__u16 len;   /* of the whole event, in bytes */
	/*
	 * Number of the VM in this instance's VM table: counted up from 1, never reused, the
	 * same for all backends. 0: the event belongs to no VM.
	 */
	__u32 vm;
	__u64 ts_ns; /* CLOCK_MONOTONIC, when it happened */
};

/* The device that owns host memory. Neither bdf nor bar: ordinary memory, or unknown. */
struct s2_device {
	char bdf[16]; /* "0000:01:00.0" */
	__s32 bar;    /* -1 unknown */
	__u32 pad;
};

/* The host mapping. */
struct s2_vma {
	__u64 start, end; /* end 0: unknown */
	__u64 flags;	  /* raw, the kernel's VM_*: names from src/model/vmflags.c */
	__u8 attr;	  /* enum s2_vma_attr */
	__u8 pad[7];
};

struct s2_ev_decision {
	struct s2_event h;
	__u64 ipa;	 /* of the mapping if one was installed, else of the fault */
	__u64 fault_ipa; /* of the access, page-aligned as in HPFAR_EL2 */
	__u64 hva;
	__u64 pa;	/* S2_NO_PA: no page frame was found */
	__u64 vm_flags; /* raw, the kernel's VM_*: names from src/model/vmflags.c */
	__u64 pc;	/* of the guest */
	__u64 duration_ns;
	__u32 tgid;
	__u32 present;	/* bits of enum s2_decision_field: known to this backend */
	__u32 inferred; /* fields that were derived, not read */
	__u32 flags;	/* bits of enum s2_decision_flag */
	__s32 ret;	/* of the fault path, before KVM_RUN converts it */
	__u16 vcpu;
	__u16 slot;	 /* S2_NO_SLOT: outside any memslot */
	__u8 size_shift; /* log2 of the bytes mapped; 0: nothing was mapped */
	__u8 vma_shift;	 /* log2 of the page size that the VMA allows; 0: not evaluated */
	__u8 outcome;	 /* enum s2_outcome */
	__u8 reason;	 /* enum s2_reason */
	__u8 access;	 /* enum s2_access */
	__u8 fault;	 /* enum s2_fault */
	__u8 memtype;	 /* enum s2_memtype */
	__u8 limit;	 /* enum s2_limit */
	__u8 vma_attr;	 /* enum s2_vma_attr */
	__u8 prot;	 /* S2_PROT_* */
	__u16 path;	 /* S2_PATH_*, if the backend cannot see the reason; 0 once inferred */
	__u32 pad;
};

struct s2_ev_memslot {
	struct s2_event h;
	__u64 ipa;
	__u64 size;
	__u64 hva;
	__u64 vma_start; /* the VMA that was rejected, or checked last */
	__u64 vma_end;
	__u64 vm_flags;
	struct s2_device device; /* behind that VMA, resolved while still mapped */
	__u32 tgid;
	__u32 flags; /* raw, KVM_MEM_* */
	__s32 ret;
	__u16 slot;
	__u8 change;   /* enum s2_slot_change */
	__u8 reason;   /* enum s2_reason */
	__u8 vma_attr; /* enum s2_vma_attr */
	__u8 fwb, dic, mte;
	__u32 present;	/* bits of enum s2_decision_field, within S2_MEMSLOT_FIELDS */
	__u32 inferred; /* fields that were derived, not read */
	__u32 pad;
};

/* Fields of a memslot that not every backend knows. */
#define S2_MEMSLOT_FIELDS                                                                          \
	(S2_BIT(S2_F_FWB) | S2_BIT(S2_F_DIC) | S2_BIT(S2_F_MTE) | S2_BIT(S2_F_REASON))

struct s2_ev_unmap {
	struct s2_event h;
	__u64 ipa;
	__u64 size;
	__u32 tgid;   /* of the requesting process, not of the VM */
	__s16 nested; /* as in s2_ev_mapped */
	__u8 cause;   /* enum s2_unmap_cause */
	__u8 pad;
};

/* Leaves were write-protected, or blocks split; the whole leaves that the range overlaps. */
struct s2_ev_protect {
	struct s2_event h;
	__u64 ipa;
	__u64 size;
	__u32 tgid;	 /* of the requesting process, not of the VM */
	__s16 nested;	 /* as in s2_ev_mapped */
	__u8 op;	 /* enum s2_protect_op */
	__u8 leaf_shift; /* split: log2 of the bytes that each leaf maps now; else 0 */
};

#define S2_CMO_UNKNOWN 0xff

/* The header's `vm` is the VM whose memory it is for, not the one that runs on that CPU. */
struct s2_ev_cmo {
	struct s2_event h;
	__u64 size;
	__u32 tgid; /* of the requesting process */
	__u8 op;    /* enum s2_cmo_op */
	/* 0: skipped, because of FWB (data) or DIC (instructions); or S2_CMO_UNKNOWN */
	__u8 done;
	__u8 pad[2];
};

struct s2_ev_vm {
	struct s2_event h;
	__u32 tgid;
	__u8 event; /* enum s2_vm_event */
	__u8 pad[3];
	char comm[16]; /* of the thread that made it known */
};

/* A fact that may be unknown. Unknown facts are never guessed. */
enum tristate { FACT_UNKNOWN = -1, FACT_NO = 0, FACT_YES = 1 };

/*
 * The host and the active backends. The first event of a stream; repeated when anything
 * changes. Facts are enum tristate.
 */
struct s2_ev_host {
	struct s2_event h;
	char hostname[64];
	char kernel[96];   /* uname -r */
	char machine[32];  /* uname -m */
	char kvm_mode[16]; /* "vhe", "nvhe", "protected"; "" unknown */
	__u64 counter_hz;  /* of the counter that measures durations; 0 unknown */
	__u64 realtime_ns; /* offset from ts_ns to CLOCK_REALTIME; 0 unknown */
	__u32 page_size;
	__u32 sources; /* bits of enum s2_backend: active backends */
	__u8 era;      /* enum s2_era: how this kernel decides; S2_ERA__MAX unknown */
	__s8 kvm, fwb, dic, idc;
	__s8 cacheable_pfnmap; /* KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED */
	__s8 era_shown;	       /* YES: not only likely (model/infer.h) */
	__u8 pad;
	__u64 mair_el1; /* of this kernel: what the indices of VMA attributes mean; 0 unknown */
};

/* Name and UUID of a VM. Strings are NUL-terminated; "" unknown. */
struct s2_ev_identity {
	struct s2_event h;
	__u32 tgid;
	__u32 pad;
	char name[64];
	char uuid[40];
};

/* What backs a span of a VM's IPA space: memslot, VMA, device. */
struct s2_ev_region {
	struct s2_event h;
	__u64 ipa, size;
	__u64 hva; /* 0 unknown */
	struct s2_vma vma;
	struct s2_device device;
	__u32 slot_flags; /* raw, KVM_MEM_* */
	__u16 slot;	  /* S2_NO_SLOT unknown */
	__u16 whole;	  /* 1: the whole memslot */
};

#define S2_HIST_BUCKETS 32

/* One kind of mapping, cumulative over all CPUs. */
struct s2_cell_total {
	__u64 n[S2_ACCESS__MAX];     /* by enum s2_access */
	__u64 ns;		     /* sum of durations */
	__u64 hist[S2_HIST_BUCKETS]; /* bucket b: 2^b <= ticks < 2^(b+1) */
};

/* The last row of cells counts decisions that map nothing: relaxed, retried, rejected ... */
#define S2_CELL_OTHER S2_MEMTYPE_NONE
#define S2_CELL_ROWS  (S2_MEMTYPE_LEAVES + 1)

/* Totals of a VM since the backend first saw it. */
struct s2_totals {
	struct s2_cell_total cell[S2_CELL_ROWS][S2_LEVEL__MAX];
	__u64 outcome[S2_OUTCOME__MAX];
	__u64 reason[S2_REASON__MAX];
	__u64 slots_accepted, slots_rejected;
	__u64 unmap_n[S2_UNMAP__MAX], unmap_bytes[S2_UNMAP__MAX];
	__u64 protect_n[S2_PROTECT__MAX], protect_bytes[S2_PROTECT__MAX];
	__u64 cmo_n[S2_CMO__MAX][2], cmo_bytes[S2_CMO__MAX][2]; /* [op][done] */
};

/* Sent when any total has changed. */
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
 * A run of adjacent leaves with the same size, type and permissions, read from the tables.
 * ts_ns is the start of the survey of this MMU.
 */
struct s2_ev_mapped {
	struct s2_event h;
	__u64 ipa, size;
	__u64 pa;      /* of the first byte; S2_NO_PA unknown */
	__u64 own_ipa; /* nested MMU: where the VM's own tables map pa; or S2_NO_IPA */
	__u32 leaves;
	__s16 nested;	    /* index of the nested MMU; S2_NO_NESTED: the VM's own tables */
	__u8 leaf_shift;    /* log2 of the bytes that each leaf maps */
	__u8 memtype;	    /* enum s2_memtype; NONE: an encoding that KVM does not use */
	__u8 prot;	    /* S2_PROT_*; S2_NO_PROT unknown */
	__u8 pa_contiguous; /* output addresses are contiguous as well */
	__s8 in_host;	    /* this host lists pa as memory or a device; -1 unknown */
	__u8 pad[5];
};

#define S2_SURVEY_STEPS(X)                                                                         \
	X(S2_SURVEY_BEGIN, "begin") /* of one MMU of a VM; its mapped ranges follow in order */    \
	X(S2_SURVEY_END, "end")	    /* ranges not reported since BEGIN are unmapped */             \
	X(S2_SURVEY_GONE, "gone")   /* the VM ended during the survey */                           \
	X(S2_SURVEY_PASS, "pass")   /* all VMs were read */

enum s2_survey_step { S2_SURVEY_STEPS(S2_ENUM_ID) S2_SURVEY__MAX };

/* A survey of tables begins or ends. Counts describe what ended. */
struct s2_ev_survey {
	struct s2_event h;
	__u8 step;	/* enum s2_survey_step */
	__u8 hyp_owned; /* pKVM owns the tables: mappings are those that were requested from it */
	__s16 nested;	/* as in s2_ev_mapped */
	__u32 tgid;	/* of the VM's process; 0 unknown */
	__u64 ns;	/* time spent reading */
	__u64 leaves, tables;
	__u64 changed;	       /* tables that changed while being read, and were read again */
	__u64 dropped;	       /* tables that kept changing: their mappings are missing */
	__u64 unreadable;      /* tables that could not be read: likewise */
	__u32 slots_truncated; /* memslots that did not fit */
	__u32 slots_unread;    /* 1: the memslots kept changing */
	__u32 vms_truncated;   /* PASS: VMs that did not fit */
	__u32 pad;
};

/* What one backend has seen and lost so far. */
struct s2_ev_loss {
	struct s2_event h;
	__u64 seen;	/* decisions that reached a program */
	__u64 emitted;	/* events written to the ring */
	__u64 filtered; /* decisions that the filter dropped */
	__u64 received; /* events read from the ring */
	__u64 lost[S2_LOST__MAX];
};

/* End of an interval: compute rates, refresh views. */
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
S2_ASSERT_SIZE(struct s2_ev_protect, 40);
S2_ASSERT_SIZE(struct s2_ev_cmo, 32);
S2_ASSERT_SIZE(struct s2_ev_vm, 40);
S2_ASSERT_SIZE(struct s2_device, 24);
S2_ASSERT_SIZE(struct s2_vma, 32);
S2_ASSERT_SIZE(struct s2_ev_host, 264);
S2_ASSERT_LAYOUT(struct s2_ev_host, counter_hz, 224);
S2_ASSERT_LAYOUT(struct s2_ev_host, mair_el1, 256);
S2_ASSERT_SIZE(struct s2_ev_identity, 128);
S2_ASSERT_SIZE(struct s2_ev_region, 104);
S2_ASSERT_SIZE(struct s2_cell_total, 288);
S2_ASSERT_SIZE(struct s2_ev_mapped, 64);
S2_ASSERT_SIZE(struct s2_ev_survey, 88);
S2_ASSERT_SIZE(struct s2_ev_loss, 88);
S2_ASSERT_SIZE(struct s2_ev_tick, 24);
_Static_assert(S2_F__MAX <= 32 && S2_DF__MAX <= 32, "masks are 32 bits");

#endif /* S2TRACE_EVENT_H */
