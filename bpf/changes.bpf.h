/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of stage 2 other than by a fault: unmaps, write protection, splits of blocks; cache
 * maintenance; the life of VMs. Sources attach programs to functions of KVM and call what is
 * here. They define S2_GET(pointer, field), which reads a field of an argument in that type of
 * program. A struct kvm that was found from its MMU is no argument, and read by BPF_CORE_READ().
 *
 * Which function tells what was chosen by disassembling kernels from 6.1 to 7.3: compilers
 * inline some of those with the whole range (kvm_stage2_wp_range(), kvm_stage2_unmap_range())
 * into callers of the same file, but not into others, and never kvm_pgtable_stage2_*(), which
 * KVM calls for each 1 GiB (with 4K pages) of a range.
 */
#ifndef S2TRACE_BPF_CHANGES_H
#define S2TRACE_BPF_CHANGES_H

#include "fault.bpf.h"

const volatile struct s2_change_config change_config SEC(".rodata.s2_changes") = {};

/* What a thread is doing. */
struct s2_doing {
	__u64 kvm;   /* cache maintenance: whose tables it changed last */
	__u32 cause; /* of unmaps that follow: enum s2_unmap_cause; S2_UNMAP__MAX: unknown */
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct s2_doing);
} doing SEC(".maps");

static __always_inline struct s2_doing *doing_now(void)
{
	return bpf_task_storage_get(&doing, bpf_get_current_task_btf(), NULL, 0);
}

static __always_inline void doing_cause(__u32 cause)
{
	struct s2_doing init = { .cause = S2_UNMAP__MAX }, *d;

	d = bpf_task_storage_get(&doing, bpf_get_current_task_btf(), &init,
				 BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (d)
		d->cause = cause;
}

static __always_inline void doing_kvm(__u64 kvm)
{
	struct s2_doing init = { .cause = S2_UNMAP__MAX }, *d;

	d = bpf_task_storage_get(&doing, bpf_get_current_task_btf(), &init,
				 BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (d)
		d->kvm = kvm;
}

/* Stage-2 MMUs */

struct s2_mmu {
	const struct kvm *kvm;
	__s32 nested; /* as in s2_ev_mapped */
};

static __always_inline __u64 own_mmu(const struct kvm *kvm)
{
	return (__u64)kvm + bpf_core_field_offset(struct kvm, arch) +
	       bpf_core_field_offset(struct kvm_arch, mmu);
}

static __always_inline const struct kvm *kvm_of(const struct kvm_s2_mmu *mmu)
{
	__u64 arch = (__u64)S2_GET(mmu, arch);

	return (const struct kvm *)(arch - bpf_core_field_offset(struct kvm, arch));
}

struct mmu_search {
	__u64 pointers; /* kvm_arch.nested_mmus */
	__u64 mmu;
	__s32 found;
};

static long search_mmu(__u32 i, struct mmu_search *s)
{
	__u64 mmu = 0;

	bpf_probe_read_kernel(&mmu, sizeof(mmu), (const __u64 *)s->pointers + i);
	if (mmu != s->mmu)
		return 0;
	s->found = i;
	return 1;
}

/* Index of a shadow MMU, or a negative number if it is not among those of its VM. */
static __always_inline __s32 nested_index(const struct kvm *kvm, __u64 mmu)
{
	struct mmu_search s = { .mmu = mmu, .found = -1 };
	__u64 nr, offset;

	if (!bpf_core_field_exists(struct kvm_arch, nested_mmus))
		return -1;
	nr = BPF_CORE_READ(kvm, arch.nested_mmus_size);
	s.pointers = (__u64)BPF_CORE_READ(kvm, arch.nested_mmus);
	if (change_config.nested_indirect) {
		bpf_loop(nr, search_mmu, &s, 0);
		return s.found;
	}
	offset = mmu - s.pointers;
	return offset / bpf_core_type_size(struct kvm_s2_mmu) < nr
		       ? offset / bpf_core_type_size(struct kvm_s2_mmu)
		       : -1;
}

static __always_inline bool has_nested(const struct kvm *kvm)
{
	return bpf_core_field_exists(struct kvm_arch, nested_mmus_size) &&
	       S2_GET(kvm, arch.nested_mmus_size);
}

/* Counting and emission */

static __always_inline void count_unmap(const struct s2_vm_row *row, __u32 cause, __u64 size)
{
	struct s2_vm_counts *c = row ? s2_counts(row) : NULL;

	if (!c || cause >= S2_UNMAP__MAX)
		return;
	__sync_fetch_and_add(&c->unmap_n[cause], 1);
	__sync_fetch_and_add(&c->unmap_bytes[cause], size);
}

static __always_inline void emit_unmap(const struct s2_mmu *mmu, __u64 ipa, __u64 size, __u32 cause)
{
	struct s2_vm_row *row = s2_vm_row(mmu->kvm);
	struct s2_ev_unmap *r;

	count_unmap(row, cause, size);
	if (!filter.changes)
		return;
	r = s2_reserve(struct s2_ev_unmap, S2_LOST_RING_OTHER);
	if (!r)
		return;
	s2_event_init(&r->h, S2_EV_UNMAP, sizeof(*r), row ? row->id : 0);
	r->ipa = ipa;
	r->size = size;
	r->tgid = bpf_get_current_pid_tgid() >> 32;
	r->nested = mmu->nested;
	r->cause = cause;
	r->pad = 0;
	s2_submit(r);
}

static __always_inline void emit_protect(const struct s2_mmu *mmu, __u64 ipa, __u64 size, __u32 op)
{
	struct s2_vm_row *row = s2_vm_row(mmu->kvm);
	struct s2_vm_counts *c = row ? s2_counts(row) : NULL;
	struct s2_ev_protect *r;

	if (c) {
		__sync_fetch_and_add(&c->protect_n[op], 1);
		__sync_fetch_and_add(&c->protect_bytes[op], size);
	}
	if (!filter.changes)
		return;
	r = s2_reserve(struct s2_ev_protect, S2_LOST_RING_OTHER);
	if (!r)
		return;
	s2_event_init(&r->h, S2_EV_PROTECT, sizeof(*r), row ? row->id : 0);
	r->ipa = ipa;
	r->size = size;
	r->tgid = bpf_get_current_pid_tgid() >> 32;
	r->nested = mmu->nested;
	r->op = op;
	r->leaf_shift = op == S2_PROTECT_SPLIT ? config.page_shift : 0;
	s2_submit(r);
}

/* Unmaps of the VM's own tables. Shadow tables of nested guests follow, as a whole. */

static __always_inline void unmap_own(const struct kvm *kvm, __u64 gfn, __u64 npages, __u32 cause)
{
	const struct s2_mmu mmu = { kvm, S2_NO_NESTED };

	/* KVM keeps the pages of a protected VM mapped when the host's mapping changes. */
	if (kvm_is_protected(kvm) || !S2_GET(kvm, arch.mmu.pgt))
		return;
	if (has_nested(kvm))
		doing_cause(S2_UNMAP_NESTED_SHADOW);
	emit_unmap(&mmu, gfn << config.page_shift, npages << config.page_shift, cause);
}

/* kvm_unmap_gfn_range() */
static __always_inline void unmap_gfns(const struct kvm *kvm, const struct kvm_gfn_range *range)
{
	const struct kvm_memory_slot *slot = S2_GET(range, slot);
	__u64 start = S2_GET(range, start), end = S2_GET(range, end);
	bool gmem = S2_GET(slot, flags) & S2_KVM_MEM_GUEST_MEMFD;

	unmap_own(kvm, start, end - start, gmem ? S2_UNMAP_GUEST_MEMFD : S2_UNMAP_MMU_NOTIFIER);
}

/* kvm_arch_flush_shadow_memslot() */
static __always_inline void unmap_slot(const struct kvm *kvm, const struct kvm_memory_slot *slot)
{
	unmap_own(kvm, S2_GET(slot, base_gfn), S2_GET(slot, npages), S2_UNMAP_MEMSLOT);
}

/*
 * kvm_pgtable_stage2_unmap(): only within stage2_unmap_vm(), whose ranges are told nowhere
 * else. Attached only to hosts without FWB, where that is called.
 */
static __always_inline void unmap_reset(const struct kvm_pgtable *pgt, __u64 ipa, __u64 size)
{
	struct s2_mmu own = { .nested = S2_NO_NESTED };
	struct s2_doing *d = doing_now();
	const struct kvm_s2_mmu *mmu;

	if (!d || d->cause != S2_UNMAP_VCPU_RESET)
		return;
	mmu = S2_GET(pgt, mmu);
	own.kvm = kvm_of(mmu);
	if ((__u64)mmu == own_mmu(own.kvm))
		emit_unmap(&own, ipa, size, S2_UNMAP_VCPU_RESET);
}

/* Shadow tables; attached only to hosts with nested virtualization. */

static __always_inline bool find_shadow(struct s2_mmu *shadow, const struct kvm_s2_mmu *mmu)
{
	shadow->kvm = kvm_of(mmu);
	if ((__u64)mmu == own_mmu(shadow->kvm))
		return false;
	shadow->nested = nested_index(shadow->kvm, (__u64)mmu);
	return shadow->nested >= 0;
}

static __always_inline __u32 shadow_cause(const struct kvm_s2_mmu *mmu)
{
	struct s2_doing *d = doing_now();

	if (d && d->cause != S2_UNMAP__MAX)
		return S2_UNMAP_NESTED_SHADOW;
	if (bpf_core_field_exists(struct kvm_s2_mmu, pending_unmap) &&
	    BPF_CORE_READ(mmu, pending_unmap))
		return S2_UNMAP_NESTED_REUSE;
	return S2_UNMAP_NESTED_TLBI;
}

/* kvm_stage2_unmap_range() */
static __always_inline void unmap_shadow(const struct kvm_s2_mmu *mmu, __u64 ipa, __u64 size)
{
	struct s2_mmu shadow;

	if (find_shadow(&shadow, mmu))
		emit_unmap(&shadow, ipa, size, shadow_cause(mmu));
}

/* kvm_stage2_wp_range() */
static __always_inline void protect_shadow(const struct kvm_s2_mmu *mmu, __u64 ipa, __u64 end)
{
	struct s2_mmu shadow;

	if (find_shadow(&shadow, mmu))
		emit_protect(&shadow, ipa, end - ipa, S2_PROTECT_WRITE);
}

/* kvm_pgtable_stage2_wrprotect(), kvm_pgtable_stage2_split() */
static __always_inline void protect_own(const struct kvm_pgtable *pgt, __u64 ipa, __u64 size,
					__u32 op)
{
	const struct kvm_s2_mmu *mmu = S2_GET(pgt, mmu);
	const struct s2_mmu own = { kvm_of(mmu), S2_NO_NESTED };

	if ((__u64)mmu == own_mmu(own.kvm))
		emit_protect(&own, ipa, size, op);
}

/* Cache maintenance; attached only on request. */

/* kvm_pgtable_stage2_*(): every function from which KVM's page-table code can request it. */
static __always_inline void cmo_tables(const struct kvm_pgtable *pgt)
{
	doing_kvm((__u64)kvm_of(S2_GET(pgt, mmu)));
}

static __always_inline void emit_cmo(__u64 size, __u32 op, __u8 done)
{
	struct s2_doing *d = doing_now();
	struct s2_vm_row *row = d && d->kvm ? s2_vm_row((const struct kvm *)d->kvm) : NULL;
	struct s2_vm_counts *c = row ? s2_counts(row) : NULL;
	struct s2_ev_cmo *r;

	if (c && done != S2_CMO_UNKNOWN) {
		__sync_fetch_and_add(&c->cmo_n[op][done & 1], 1);
		__sync_fetch_and_add(&c->cmo_bytes[op][done & 1], size);
	}
	if (!filter.cmos)
		return;
	r = s2_reserve(struct s2_ev_cmo, S2_LOST_RING_OTHER);
	if (!r)
		return;
	s2_event_init(&r->h, S2_EV_CMO, sizeof(*r), row ? row->id : 0);
	r->size = size;
	r->tgid = bpf_get_current_pid_tgid() >> 32;
	r->op = op;
	r->done = done;
	__builtin_memset(r->pad, 0, sizeof(r->pad));
	s2_submit(r);
}

#endif /* S2TRACE_BPF_CHANGES_H */
