/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the BPF programs keep in maps, and the live source reads or writes there.
 * Both sides are of one build: this is no format of files.
 */
#ifndef S2TRACE_MAPS_H
#define S2TRACE_MAPS_H

#include <s2trace/event.h>

/* Powers of two, so that an index can be masked. */
#define S2_CELL_ACCESSES 4
#define S2_AGG_OUTCOMES	 8

/* One kind of mapping of one VM on one CPU; bytes are n times the size of the level. */
struct s2_cell {
	__u64 n[S2_CELL_ACCESSES];   /* by enum s2_access */
	__u64 ticks;		     /* sum of durations, in ticks of the counter */
	__u32 hist[S2_HIST_BUCKETS]; /* bucket b: 2^b <= ticks < 2^(b+1); wraps at 2^32 */
};

/* Of one VM on one CPU: written without atomics, summed over CPUs by the reader. */
struct s2_agg {
	struct s2_cell cell[S2_CELL_ROWS][S2_LEVEL__MAX];
	__u64 outcome[S2_AGG_OUTCOMES]; /* by enum s2_outcome */
};

/* State of a row of the VM table. DEAD rows keep their counts until user space has read them. */
enum s2_vm_state { S2_VM_FREE, S2_VM_LIVE, S2_VM_DEAD };

/*
 * The VM table: one in each process, which all of its sources share. The programs
 * own it; user space asks them to adopt a VM or to let go of it (bpf/vmtable.bpf.c).
 */
struct s2_vm_row {
	__u64 kvm; /* address of struct kvm: identity while LIVE, never shown */
	__u64 created_ns;
	__u32 id;
	__u32 tgid;
	__u32 state;	    /* enum s2_vm_state */
	__u32 index;	    /* of this row */
	__u32 created_by;   /* bits of enum s2_backend: who has told that it was created */
	__u32 destroyed_by; /* and destroyed: it is DEAD when all that listen have */
};

struct s2_vm_table {
	__u32 last_id;	 /* the highest number given to a VM */
	__u32 listeners; /* bits of enum s2_backend: who is attached */
};

/* What user space asks the programs that own the table, and their answer. */
struct s2_vm_ask {
	__u64 kvm;   /* adopt, release */
	__u32 tgid;  /* adopt: the VM's process */
	__u32 index; /* release, recycle: of the row */
	__u32 id;    /* adopt: the VM's number; 0: the table is full */
	__u32 done;  /* adopt: the VM is new; recycle: the row is free */
};

/* What one source counts of one VM, by row, that is too rare to be counted per CPU: atomics. */
struct s2_vm_counts {
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
	__u64 emitted; /* events of every type put into the ring */
	__u64 lost[S2_LOST__MAX];
};

/* No process has this number: PID_MAX_LIMIT is 2^22. */
#define S2_NO_TGID 0xffffffff

/*
 * The filter is applied in the kernel, to single decisions only: aggregates
 * always count everything. A zero mask emits nothing.
 */
struct s2_filter {
	__u32 outcomes;	 /* bits of enum s2_outcome */
	__u32 memtypes;	 /* bits of enum s2_memtype */
	__u32 accesses;	 /* bits of enum s2_access */
	__u32 tgid;	 /* 0: any; S2_NO_TGID: none */
	__u64 ipa_first; /* inclusive */
	__u64 ipa_last;	 /* inclusive */
	__u64 min_ticks;
	__u32 any; /* outcomes that any of the others may want: all that is asked of most */
	/*
	 * With a tgid: VMs up to this number were looked at, and are asked for it. Those that came
	 * later pass, until somebody has told whether they are wanted. UINT32_MAX: none passes.
	 */
	__u32 known_vms;
	__u32 always;	    /* outcomes that are emitted whatever the rest says */
	__u32 watch_tgid;   /* a process all of whose decisions are emitted; 0: none */
	__u32 unmaps, cmos; /* emit single events of these too */
};

S2_ASSERT_SIZE(struct s2_cell, 168);
_Static_assert(S2_ACCESS__MAX < S2_CELL_ACCESSES && S2_OUTCOME__MAX < S2_AGG_OUTCOMES &&
		       (S2_CELL_ROWS & (S2_CELL_ROWS - 1)) == 0,
	       "an index that is none must have a place of its own");

#endif /* S2TRACE_MAPS_H */
