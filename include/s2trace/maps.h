/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Contents of the BPF maps, shared by the programs and the live source. Both sides come from
 * the same build: this is not a file format.
 */
#ifndef S2TRACE_MAPS_H
#define S2TRACE_MAPS_H

#include <s2trace/event.h>

/* Powers of two, so that an index can be masked. */
#define S2_CELL_ACCESSES 8
#define S2_AGG_OUTCOMES	 8

/*
 * Counters are indexed by the kernel's own encodings, so that the fault need not translate them.
 *
 * The access, from ESR_ELx: 4 not an instruction abort, 2 S1PTW, 1 WnR.
 */
#define S2_RAW_ACCESS(esr) (((esr) >> 26 & 4) | ((esr) >> 6 & 3))
#define S2_RAW_WRITE	   5

#define S2_ACCESS_OF_RAW                                                                           \
	{                                                                                          \
		S2_ACCESS_EXEC, S2_ACCESS_EXEC, S2_ACCESS_READ, S2_ACCESS_READ, S2_ACCESS_READ,    \
			S2_ACCESS_WRITE, S2_ACCESS_READ, S2_ACCESS_READ,                           \
	}

/* The memory type, from enum kvm_pgtable_prot: 1 DEVICE, 2 NORMAL_NC. 3: nothing was mapped. */
#define S2_RAW_OTHER 3
#define S2_MEMTYPE_OF_RAW                                                                          \
	{                                                                                          \
		S2_MEMTYPE_NORMAL, S2_MEMTYPE_DEVICE_nGnRE, S2_MEMTYPE_NORMAL_NC, S2_CELL_OTHER,   \
	}

/* One kind of mapping, per VM and CPU. Bytes are n times the size of the level. */
struct s2_cell {
	__u64 n[S2_CELL_ACCESSES];   /* by S2_RAW_ACCESS() */
	__u64 ticks;		     /* sum of durations, in ticks of the counter */
	__u32 hist[S2_HIST_BUCKETS]; /* bucket b: 2^b <= ticks < 2^(b+1); wraps at 2^32 */
};

/* No two CPUs write to the same line of a cache. */
#define S2_CACHE_LINE __attribute__((aligned(64)))

/*
 * Per VM and CPU: written without atomics, summed over CPUs by the reader. The outcomes fill one
 * line of a cache, and every decision has one: they tell the reader where something has changed.
 */
struct s2_agg {
	__u64 outcome[S2_AGG_OUTCOMES];			  /* by enum s2_outcome */
	struct s2_cell cell[S2_CELL_ROWS][S2_LEVEL__MAX]; /* by the raw memory type */
} S2_CACHE_LINE;

/* State of a VM table row. DEAD rows keep their counts until user space has read them. */
enum s2_vm_state { S2_VM_FREE, S2_VM_LIVE, S2_VM_DEAD };

/*
 * The VM table: one per process, shared by all its backends. The programs own it; user space
 * asks them to adopt or release a VM (bpf/vmtable.bpf.c).
 */
struct s2_vm_row {
	__u64 kvm; /* address of struct kvm: the key while LIVE, never shown */
	__u64 created_ns;
	__u64 died_ns; /* later than all of the VM's events */
	__u32 id;
	__u32 tgid;
	__u32 state;	 /* enum s2_vm_state */
	__u32 index;	 /* of this row */
	__u32 first_agg; /* index of the VM's counters on CPU 0; the other CPUs follow */
	__u32 pad;
	__u32 created_by;   /* bits of enum s2_backend: which reported its creation */
	__u32 destroyed_by; /* and its destruction: DEAD once all did (bpf/vmtable.bpf.h) */
};

struct s2_vm_table {
	__u32 last_id;	 /* highest VM number assigned so far */
	__u32 listeners; /* bits of enum s2_backend: attached backends */
	__u32 nr_cpus;	 /* counters of each VM */
	__u32 pad;
};

/* A request of user space to the programs that own the table, and their answer. */
struct s2_vm_ask {
	__u64 kvm;   /* adopt, release */
	__u32 tgid;  /* adopt: the VM's process */
	__u32 index; /* release, recycle: of the row */
	__u32 id;    /* adopt: number of the VM; 0: the table is full */
	__u32 done;  /* adopt: the VM is new; recycle: the row is free */
};

/* Counters of one backend for one VM, by row. Too rare to be per CPU: updated atomically. */
struct s2_vm_counts {
	__u64 reason[S2_REASON__MAX];
	__u64 slots_accepted;
	__u64 slots_rejected;
	__u64 unmap_n[S2_UNMAP__MAX];
	__u64 unmap_bytes[S2_UNMAP__MAX];
	__u64 protect_n[S2_PROTECT__MAX];
	__u64 protect_bytes[S2_PROTECT__MAX];
	__u64 cmo_n[S2_CMO__MAX][2]; /* [op][done] */
	__u64 cmo_bytes[S2_CMO__MAX][2];
};

/* Per CPU. */
struct s2_stats {
	__u64 wanted;  /* single decisions that passed the filter: emitted or lost */
	__u64 emitted; /* events of all types written to the ring */
	__u64 lost[S2_LOST__MAX];
} S2_CACHE_LINE;

/* Not a valid process id: PID_MAX_LIMIT is 2^22. */
#define S2_NO_TGID 0xffffffff

/*
 * The kernel applies the filter to single decisions only; aggregates always count everything.
 * A zero mask emits nothing.
 */
struct s2_filter {
	__u32 outcomes;	 /* bits of enum s2_outcome */
	__u32 memtypes;	 /* bits of enum s2_memtype */
	__u32 accesses;	 /* bits of enum s2_access */
	__u32 tgid;	 /* 0: any; S2_NO_TGID: none */
	__u64 ipa_first; /* inclusive */
	__u64 ipa_last;	 /* inclusive */
	__u64 min_ticks;
	__u32 any; /* outcomes that the rest may match: the only check for most decisions */
	/*
	 * With a tgid: VMs up to this number have been checked, and must match it. Newer VMs pass
	 * until they are checked. UINT32_MAX: all VMs must match.
	 */
	__u32 known_vms;
	__u32 always;	 /* outcomes that are always emitted, whatever the rest says */
	__u32 unchecked; /* `always`, and outcomes that the rest does not restrict */
	__u32 pad;
	__u32 watch_tgid;    /* process whose decisions are all emitted; 0: none */
	__u32 changes, cmos; /* also emit single unmaps and protections; cache maintenance */
};

/* Set by the loader for the programs of bpf/changes.bpf.h. */
struct s2_change_config {
	__u8 clean_done;      /* s2_ev_cmo.done of data cache maintenance on this host */
	__u8 inval_done;      /* and of instruction cache maintenance */
	__u8 nested_indirect; /* kvm_arch.nested_mmus is an array of pointers, not of structs */
	__u8 pad;
};

S2_ASSERT_SIZE(struct s2_cell, 200);
S2_ASSERT_SIZE(struct s2_agg, 2496);
_Static_assert(S2_ACCESS__MAX < S2_CELL_ACCESSES && S2_OUTCOME__MAX < S2_AGG_OUTCOMES &&
		       (S2_CELL_ROWS & (S2_CELL_ROWS - 1)) == 0,
	       "an invalid index needs a row of its own");

#endif /* S2TRACE_MAPS_H */
