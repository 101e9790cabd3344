/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by all sources: maps, the VM table, aggregation, filter, output. A source only fills
 * in an event.
 *
 * The path of an event: s2_vm_row() -> s2_count() -> s2_filter_match() -> s2_reserve() -> the
 * source fills it in -> s2_submit(). The first two run for every fault and use few
 * instructions: lookups in arrays are inlined, and so is the number of the CPU on recent kernels
 * (arm64: since 6.10).
 */
#ifndef S2TRACE_BPF_H
#define S2TRACE_BPF_H

#include "vmtable.bpf.h"
#include <s2trace/kmap.h>

/* The source that writes events; defined before this file is included. */
#ifndef S2_SOURCE
#define S2_SOURCE S2_BACKEND_TRACEPOINT
#endif

/*
 * Counters per CPU are arrays, indexed by CPU, that user space maps: reading them takes no system
 * call. The loader sizes them.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, S2_MAX_VMS);
	__type(key, __u32); /* s2_vm_row.first_agg and the CPU */
	__type(value, struct s2_agg);
} aggs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, S2_MAX_VMS);
	__type(key, __u32);
	__type(value, struct s2_vm_counts);
} counts SEC(".maps");

/*
 * The ring of each CPU. The loader creates the rings, and lets CPUs share them if there are many:
 * a table costs no more instructions than computing an index would.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32); /* the CPU */
	__type(value, struct s2_stats);
} stats SEC(".maps");

/* The loader finds these by their section names. */
const volatile struct s2_kmap kmap SEC(".rodata.s2_kmap") = {};
const volatile struct s2_config config SEC(".rodata.s2_config") = {};

/* Written by the loader while the programs run. */
struct s2_filter filter SEC(".data.s2_filter") = {};

/*
 * A cache in front of the hash `vms`, so that the fault path needs no hash lookup. An entry is
 * only a hint: the row itself contains its VM.
 */
#define S2_HINTS 1024

__u32 row_hint[S2_HINTS] = {};

/*
 * struct kvm is larger than a page. The verifier allows arithmetic only on the low half of a
 * pointer, after a move: hence the assembler line.
 */
static __always_inline __u32 *s2_hint(const struct kvm *kvm)
{
	__u32 low, n;

	asm volatile("%0 = %1" : "=w"(low) : "w"((__u32)(unsigned long)kvm));
	n = (low >> 12) ^ (low >> 22);
	barrier_var(n); /* keep the mask last: the verifier of 6.1 needs to see it */
	return &row_hint[n & (S2_HINTS - 1)];
}

static __always_inline struct s2_stats *s2_stats(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&stats, &cpu);
}

static __always_inline void s2_count_loss(enum s2_loss where)
{
	struct s2_stats *st = s2_stats();

	if (st)
		st->lost[where]++;
}

/*
 * floor(log2(v)), or 0 for 0. A global function: the verifier would explore every branch to the
 * end of the program otherwise.
 */
__noinline __u32 s2_log2(__u64 v)
{
	__u32 r = 0;

	if (v >> 32) {
		v >>= 32;
		r = 32;
	}
	if (v >> 16) {
		v >>= 16;
		r += 16;
	}
	if (v >> 8) {
		v >>= 8;
		r += 8;
	}
	if (v >> 4) {
		v >>= 4;
		r += 4;
	}
	if (v >> 2) {
		v >>= 2;
		r += 2;
	}
	return r + (v >> 1);
}

/*
 * Reads the clock when the record is reserved already: the reader of the rings relies on it
 * (src/source/rings.c).
 */
static __always_inline void s2_event_init(struct s2_event *ev, __u8 type, __u16 len, __u32 vm)
{
	ev->type = type;
	ev->source = S2_SOURCE;
	ev->len = len;
	ev->vm = vm;
	ev->ts_ns = bpf_ktime_get_ns();
}

/*
 * Reserves space in the ring of this CPU, for a record that is always submitted. NULL, and a
 * counted loss, if it is full. `decisions` is 1 for a decision, else 0.
 */
static __always_inline void *s2_reserve_bytes(__u64 size, enum s2_loss loss, __u32 decisions)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct s2_stats *st = bpf_map_lookup_elem(&stats, &cpu);
	void *ring = bpf_map_lookup_elem(&rings, &cpu), *record;

	if (!st || !ring)
		return NULL;
	st->wanted += decisions;
	record = bpf_ringbuf_reserve(ring, size, 0);
	if (!record) {
		st->lost[loss]++;
		barrier(); /* one branch for each case: the verifier of 6.1 needs it */
		return NULL;
	}
	st->emitted++;
	return record;
}

#define s2_reserve(type, loss) ((type *)s2_reserve_bytes(sizeof(type), loss, 0))

/* User space polls periodically: a wakeup per event would cost more than the event itself. */
static __always_inline void s2_submit(void *ev)
{
	bpf_ringbuf_submit(ev, BPF_RB_NO_WAKEUP);
}

static __always_inline void s2_emit_vm(__u32 id, __u32 tgid, enum s2_vm_event event)
{
	struct s2_ev_vm *r = s2_reserve(struct s2_ev_vm, S2_LOST_RING_OTHER);

	if (!r)
		return;
	s2_event_init(&r->h, S2_EV_VM, sizeof(*r), id);
	r->tgid = tgid;
	r->event = event;
	bpf_get_current_comm(r->comm, sizeof(r->comm));
	__builtin_memset(r->pad, 0, sizeof(r->pad));
	s2_submit(r);
}

static __always_inline struct s2_vm_row *s2_vm_lookup(const struct kvm *kvm)
{
	__u64 key = (__u64)kvm;
	__u32 *n = bpf_map_lookup_elem(&vms, &key);

	if (!n)
		return NULL;
	*s2_hint(kvm) = *n;
	return vmtable_row(*n);
}

/* A thread of another process may be the first to change memory of a VM. */
static __always_inline __u32 s2_vm_process(const struct kvm *kvm)
{
	const struct task_struct___mm *task = (const void *)bpf_get_current_task();

	if (BPF_CORE_READ(kvm, mm) == BPF_CORE_READ(task, mm))
		return bpf_get_current_pid_tgid() >> 32;
	if (bpf_core_field_exists(struct mm_struct, owner))
		return BPF_CORE_READ(kvm, mm, owner, tgid);
	return BPF_CORE_READ(kvm, userspace_pid);
}

/* Called once per VM. 0 if the VM has a row, from this source or another. */
static __noinline int s2_vm_add(__u64 kvm, bool found)
{
	const struct s2_vm_birth birth = {
		.ns = found ? 0 : bpf_ktime_get_ns(),
		.tgid = s2_vm_process((const struct kvm *)kvm),
		.by = found ? 0 : S2_BIT(S2_SOURCE),
	};
	int n = vmtable_add(kvm, &birth);
	struct s2_vm_row *row;

	if (n == -ENOSPC) {
		s2_count_loss(S2_LOST_VM_TABLE);
		return -1;
	}
	row = n < 0 ? NULL : vmtable_row(n);
	if (row)
		s2_emit_vm(row->id, row->tgid, found ? S2_VM_FOUND : S2_VM_CREATED);
	return 0;
}

static __always_inline void s2_vm_created(const struct kvm *kvm)
{
	struct s2_vm_row *row = s2_vm_lookup(kvm);

	if (row && vmtable_same_vm(row, S2_BIT(S2_SOURCE))) {
		__sync_fetch_and_or(&row->created_by, S2_BIT(S2_SOURCE));
		s2_emit_vm(row->id, row->tgid, S2_VM_CREATED);
		return;
	}
	if (row)
		vmtable_release((__u64)kvm, row);
	s2_vm_add((__u64)kvm, false);
}

static __always_inline void s2_vm_destroyed(const struct kvm *kvm)
{
	struct s2_vm_row *row = s2_vm_lookup(kvm);

	if (!row)
		return;
	s2_emit_vm(row->id, row->tgid, S2_VM_DESTROYED);
	if (vmtable_all_destroyed(row, S2_BIT(S2_SOURCE)))
		vmtable_release((__u64)kvm, row);
}

/* Without a hint. Not inlined, so that the fault path need not save registers for it. */
static __noinline struct s2_vm_row *s2_vm_row_slow(const struct kvm *kvm)
{
	struct s2_vm_row *row = s2_vm_lookup(kvm);

	if (row || s2_vm_add((__u64)kvm, true))
		return row;
	return s2_vm_lookup(kvm);
}

/* The row of a VM. Creates one for a VM that was running before. NULL if the table is full. */
static __always_inline struct s2_vm_row *s2_vm_row(const struct kvm *kvm)
{
	struct s2_vm_row *row = vmtable_row(*s2_hint(kvm));

	if (row && row->kvm == (__u64)kvm)
		return row;
	return s2_vm_row_slow(kvm);
}

/* What the filter needs to know of a decision. */
struct s2_brief {
	__u64 ticks, ns; /* ns: unless it is measured in ticks */
	__u64 size;	 /* bytes mapped */
	__u64 ipa;
	__u32 outcome, memtype, access, reason;
};

static __always_inline struct s2_vm_counts *s2_counts(const struct s2_vm_row *row)
{
	__u32 n = row->index;

	return bpf_map_lookup_elem(&counts, &n);
}

static __always_inline void s2_count_reason(const struct s2_vm_row *row, __u32 reason)
{
	struct s2_vm_counts *c;

	if (reason == S2_REASON_NONE)
		return;
	c = s2_counts(row);
	barrier_var(reason); /* keep the check on this register: the verifier of 6.1 needs it */
	if (c && reason < S2_REASON__MAX)
		__sync_fetch_and_add(&c->reason[reason], 1);
}

static __always_inline void s2_count_memslot(const struct s2_vm_row *row,
					     const struct s2_ev_memslot *slot)
{
	struct s2_vm_counts *c = row ? s2_counts(row) : NULL;

	if (!c)
		return;
	__sync_fetch_and_add(slot->ret < 0 ? &c->slots_rejected : &c->slots_accepted, 1);
	if (slot->ret < 0)
		s2_count_reason(row, slot->reason);
}

/* floor(log2(n)) of a byte. */
#define S2_TIMES_4(n)  n, n, n, n
#define S2_TIMES_16(n) S2_TIMES_4(n), S2_TIMES_4(n), S2_TIMES_4(n), S2_TIMES_4(n)
#define S2_TIMES_64(n) S2_TIMES_16(n), S2_TIMES_16(n), S2_TIMES_16(n), S2_TIMES_16(n)

const volatile __u8 byte_log2[256] = {
	0,
	0,
	1,
	1,
	S2_TIMES_4(2),
	S2_TIMES_4(3),
	S2_TIMES_4(3),
	S2_TIMES_16(4),
	S2_TIMES_16(5),
	S2_TIMES_16(5),
	S2_TIMES_64(6),
	S2_TIMES_64(7),
	S2_TIMES_64(7),
};

/* s2_log2() for durations: most are short enough for a single table lookup. */
static __always_inline __u32 s2_bucket(__u64 ticks)
{
	__u32 b;

	barrier_var(ticks); /* the verifier needs to see that what is compared is the index */
	if (ticks >= 1 << 16)
		b = s2_log2(ticks);
	else if (ticks >= 1 << 8)
		b = 8 + byte_log2[(ticks >> 8) & 255];
	else
		b = byte_log2[ticks & 255];
	return b & (S2_HIST_BUCKETS - 1);
}

static __always_inline struct s2_agg *s2_agg(const struct s2_vm_row *row)
{
	__u32 n = row->first_agg + bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&aggs, &n);
}

/* What is counted of a decision: as the kernel encodes it, which costs the fault nothing. */
struct s2_tally {
	__u64 ticks;
	__u64 size;	/* bytes mapped */
	__u32 type_row; /* S2_ROW_* */
	__u32 access;	/* S2_RAW_ACCESS() */
	__u32 outcome, reason;
};

static __always_inline __u32 s2_level(__u64 size)
{
	if (size < config.level_size[S2_LEVEL_PMD])
		return S2_LEVEL_PAGE;
	return size < config.level_size[S2_LEVEL_PUD] ? S2_LEVEL_PMD : S2_LEVEL_PUD;
}

/*
 * Counts one decision, per CPU and without atomics. Masks indices instead of comparing them,
 * which is shorter, and which the verifier does not forget.
 */
static __always_inline void s2_count(const struct s2_vm_row *row, const struct s2_tally *t)
{
	__u32 type = t->type_row, access = t->access;
	struct s2_agg *agg = s2_agg(row);
	struct s2_cell *cell;

	if (!agg)
		return;
	barrier_var(type); /* keep the masks last: the verifier of 6.1 needs to see them */
	barrier_var(access);
	cell = &agg->cell[type & (S2_CELL_ROWS - 1)][s2_level(t->size)];
	cell->n[access & (S2_CELL_ACCESSES - 1)]++;
	cell->ticks += t->ticks;
	cell->hist[s2_bucket(t->ticks)]++;
	agg->outcome[t->outcome & (S2_AGG_OUTCOMES - 1)]++;
	s2_count_reason(row, t->reason);
}

static __always_inline bool s2_filter_match(const struct s2_vm_row *row, const struct s2_brief *b)
{
	if (S2_HAS(filter.unchecked, b->outcome))
		return true;
	if (filter.watch_tgid && row && row->tgid == filter.watch_tgid)
		return true;
	if (!S2_HAS(filter.outcomes, b->outcome))
		return false;
	if (filter.tgid && row && row->tgid != filter.tgid && row->id <= filter.known_vms)
		return false;
	return S2_HAS(filter.memtypes, b->memtype) && S2_HAS(filter.accesses, b->access) &&
	       b->ipa >= filter.ipa_first && b->ipa <= filter.ipa_last &&
	       b->ticks >= filter.min_ticks;
}

static __always_inline void s2_emit_memslot(const struct s2_vm_row *row, struct s2_ev_memslot *slot)
{
	struct s2_ev_memslot *r = s2_reserve(struct s2_ev_memslot, S2_LOST_RING_OTHER);

	if (!r)
		return;
	s2_event_init(&slot->h, S2_EV_MEMSLOT, sizeof(*r), row ? row->id : 0);
	*r = *slot;
	s2_submit(r);
}

#endif /* S2TRACE_BPF_H */
