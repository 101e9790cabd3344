/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fault in progress, observed from outside, for kernels without the series in patches/.
 * kvm_handle_guest_abort() delimits it, and the arguments of the functions that it calls show
 * what KVM decided.
 *
 * A source attaches programs (fentry or kprobes) that call fault_begin(), fault_saw_*() and
 * fault_end(). A fault may sleep and migrate, so its state is kept per thread.
 *
 * Without fault_config.detail the page frame lookup is not observed, which every fault would
 * pay for. What KVM did not map is then judged by the memslot that it found last.
 */
#ifndef S2TRACE_BPF_FLIGHT_H
#define S2TRACE_BPF_FLIGHT_H

#include "fault.bpf.h"

const volatile struct s2_args args SEC(".rodata.s2_args") = {};

struct s2_flight {
	__u64 owner; /* thread; 0: free */
	__u64 start_ns;
	__u32 path; /* S2_PATH_* */
	__s32 map_ret;
	__u64 size, phys, prot;
	/* the page frame lookup */
	__u64 pfn, gfn;
	__u64 slot_gfn, slot_npages, slot_hva;
	__u16 slot;
	__u8 slot_facts, writable;
	__u8 has; /* S2_HAS_* */
	__u8 pad[3];
	/* at the end of the fault */
	__u64 esr;
	__s32 ret;
	__u32 inferred; /* S2_INFERRED_* */
	struct s2_brief brief;
	__u64 arg[2]; /* of functions that have not returned yet (kprobes) */
};

/* Maximum number of threads in a fault at once. */
#define S2_FLIGHTS	 1024
#define S2_FLIGHT_PROBES 4

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, S2_FLIGHTS);
	__type(key, __u32);
	__type(value, struct s2_flight);
} flights SEC(".maps");

static __always_inline struct s2_flight *flight_at(__u32 n)
{
	n &= S2_FLIGHTS - 1;
	return bpf_map_lookup_elem(&flights, &n);
}

/* A task_struct is larger than 2 KiB: what is below says nothing. */
static __always_inline __u32 flight_home(__u64 task)
{
	return (task >> 11) ^ (task >> 21);
}

/* The fault that this thread is handling, or NULL. */
static __always_inline struct s2_flight *flight_find(void)
{
	__u64 task = bpf_get_current_task();
	__u32 home = flight_home(task), i;
	struct s2_flight *f;

	for (i = 0; i < S2_FLIGHT_PROBES; i++) {
		f = flight_at(home + i);
		if (f && f->owner == task)
			return f;
	}
	return NULL;
}

/*
 * If this thread already owns an entry, the end of its last fault was missed (the number of
 * kretprobes in flight is limited): count it as lost, and reuse the entry.
 */
static __always_inline struct s2_flight *flight_claim(void)
{
	__u64 task = bpf_get_current_task(), owner;
	__u32 home = flight_home(task), i;
	struct s2_flight *f;

	for (i = 0; i < S2_FLIGHT_PROBES; i++) {
		f = flight_at(home + i);
		owner = f ? __sync_val_compare_and_swap(&f->owner, 0, task) : ~0ULL;
		if (owner == task)
			s2_count_loss(S2_LOST_FLIGHT);
		if (f && (!owner || owner == task))
			return f;
	}
	s2_count_loss(S2_LOST_FLIGHT);
	return NULL;
}

static __always_inline struct s2_flight *fault_begin(void)
{
	struct s2_flight *f = flight_claim();

	if (!f)
		return NULL;
	f->path = 0;
	f->has = 0;
	f->start_ns = bpf_ktime_get_ns();
	return f;
}

static __always_inline void fault_saw_slot(struct s2_flight *f, const struct kvm_memory_slot *slot)
{
	f->slot_gfn = S2_GET(slot, base_gfn);
	f->slot_npages = S2_GET(slot, npages);
	f->slot_hva = S2_GET(slot, userspace_addr);
	f->slot = S2_GET(slot, id);
	f->slot_facts = slot_facts(S2_GET(slot, flags), S2_GET(slot, dirty_bitmap));
	f->has |= S2_HAS_SLOT;
}

static __always_inline void fault_saw_pfn(struct s2_flight *f, __u64 pfn)
{
	f->pfn = pfn;
	f->path |= S2_PATH_PFN;
	if (pfn == S2_PFN_ERR_HWPOISON)
		f->path |= S2_PATH_HWPOISON;
	else if (pfn & S2_PFN_ERR_MASK)
		f->path |= S2_PATH_BAD_PFN;
	else
		f->has |= S2_HAS_PFN;
}

/* kvm_gmem_get_pfn() has returned. */
static __always_inline void fault_saw_gmem(struct s2_flight *f, const __u64 *pfn, int ret)
{
	f->path |= S2_PATH_GMEM;
	if (ret == -S2_EHWPOISON) {
		f->path |= S2_PATH_HWPOISON;
	} else if (ret) {
		f->path |= S2_PATH_BAD_PFN;
	} else {
		f->path |= S2_PATH_PFN;
		f->has |= S2_HAS_PFN | S2_HAS_WRITABLE;
		bpf_probe_read_kernel(&f->pfn, sizeof(f->pfn), pfn);
	}
}

static __always_inline void fault_saw_path(__u32 path)
{
	struct s2_flight *f = flight_find();

	if (f)
		f->path |= path;
}

/*
 * The slot that KVM found last, if it has this address and permits the access: other accesses
 * are MMIO. Slots do not overlap.
 */
static __always_inline bool find_slot(struct s2_flight *f, const struct kvm *kvm, __u64 gfn)
{
	const struct kvm_memslots *slots = BPF_CORE_READ(kvm, memslots[0]);
	const struct kvm_memory_slot *slot =
		(const void *)BPF_CORE_READ(slots, last_used_slot.counter);
	__u64 first = BPF_CORE_READ(slot, base_gfn);
	__u32 flags;

	if (!slot || gfn < first || gfn - first >= BPF_CORE_READ(slot, npages))
		return false;
	flags = BPF_CORE_READ(slot, flags);
	if (flags & S2_KVM_MEM_READONLY && s2_fault_access(f->esr) == S2_ACCESS_WRITE)
		return false;
	f->gfn = gfn;
	f->slot_gfn = first;
	f->slot_npages = BPF_CORE_READ(slot, npages);
	f->slot_hva = BPF_CORE_READ(slot, userspace_addr);
	f->slot = BPF_CORE_READ(slot, id);
	f->slot_facts = slot_facts(flags, BPF_CORE_READ(slot, dirty_bitmap));
	f->has |= S2_HAS_SLOT;
	return true;
}

static __always_inline bool is_nested(const struct kvm_vcpu *vcpu, const struct kvm *kvm)
{
	return mmu_is_shadow(kvm, S2_GET(vcpu, arch.hw_mmu));
}

static __always_inline __u32 inject_path(const struct s2_flight *f, const struct kvm *kvm,
					 const struct kvm_s2_mmu *mmu)
{
	__u32 path = 0;

	if (f->esr & S2_ESR_S1PTW)
		path |= S2_PATH_S1PTW;
	if (s2_fault_class(f->esr) == S2_FAULT_TRANSLATION && f->brief.ipa >= ipa_limit(kvm, mmu))
		path |= S2_PATH_BEYOND;
	return path;
}

/* Restores the fault path's return value: KVM turns 0 into 1, and -EAGAIN into 0. */
static __always_inline void fix_ret(struct s2_flight *f)
{
	__u32 outcome = f->brief.outcome;

	if (outcome == S2_OUTCOME_REJECTED || (outcome == S2_OUTCOME_POISONED && f->ret < 0)) {
		if (f->path & (S2_PATH_MAP | S2_PATH_RELAX))
			f->ret = f->map_ret;
		return;
	}
	if (outcome == S2_OUTCOME_RETRIED) {
		if (!(f->path & (S2_PATH_MAP | S2_PATH_RELAX)))
			f->inferred |= S2_INFERRED_OUTCOME | S2_INFERRED_RET;
		f->ret = -S2_EAGAIN;
		return;
	}
	f->ret = 0;
	if (outcome != S2_OUTCOME_INJECTED || !S2_ESR_IS_IABT(f->esr) ||
	    f->path & (S2_PATH_INJECT_SIZE | S2_PATH_INJECT_S2 | S2_PATH_BEYOND))
		return;
	f->ret = -S2_ENOEXEC;
	f->inferred |= S2_INFERRED_RET;
}

/* relax_perms() has no size argument: the size is that of the leaf at the level of the fault. */
static __always_inline __u64 leaf_size(const struct s2_flight *f)
{
	if (f->brief.outcome == S2_OUTCOME_MAPPED)
		return f->size;
	if (f->brief.outcome != S2_OUTCOME_RELAXED)
		return 0;
	return s2_fault_granule(f->esr, config.page_shift);
}

static __always_inline __u32 retry_reason(const struct s2_flight *f)
{
	if (f->brief.outcome != S2_OUTCOME_RETRIED)
		return S2_REASON_NONE;
	return f->path & (S2_PATH_MAP | S2_PATH_RELAX) ? S2_REASON_WALK_RACE
						       : S2_REASON_NOTIFIER_RACE;
}

struct seen_vma {
	__u64 flags, prot;
	__u64 huge; /* size of its hugetlb pages, or 0 */
	bool found;
};

static long see_vma(struct task_struct *task, struct vm_area_struct *vma, struct seen_vma *out)
{
	out->flags = vma->vm_flags;
	out->prot = vma->vm_page_prot.pgprot;
	if (vma->vm_flags & S2_VM_HUGETLB)
		out->huge = vma->vm_file->f_inode->i_sb->s_blocksize;
	out->found = true;
	return 0;
}

/*
 * The VMA, looked up when the fault is over: it may have changed since. KVM does not look at
 * one for guest_memfd.
 */
static __always_inline void fill_vma(struct s2_raw_fault *r, const struct s2_flight *f)
{
	__u64 hva = f->slot_hva + ((f->gfn - f->slot_gfn) << config.page_shift);
	struct seen_vma vma = {};

	r->vm_flags = 0;
	r->vma_attrindx = S2_VMA_UNKNOWN;
	r->host_shift = 0;
	if (!(f->has & S2_HAS_SLOT) || r->facts & S2_FACT_GMEM || r->facts & S2_FACT_PROTECTED)
		return;
	bpf_find_vma(bpf_get_current_task_btf(), hva, see_vma, &vma, 0);
	if (!vma.found)
		return;
	r->has |= S2_HAS_VMA;
	r->vm_flags = vma.flags;
	r->vma_attrindx = vma.prot >> 2 & 7; /* PTE_ATTRINDX */
	r->host_shift = s2_log2(vma.huge);
	/* KVM refused to execute from there before it chose permissions. */
	if (r->outcome == S2_OUTCOME_INJECTED && f->path & S2_PATH_PFN && S2_ESR_IS_IABT(f->esr))
		r->memtype = noncacheable_memtype(r->vm_flags);
}

static __always_inline void fill_seen(struct s2_raw_fault *r, const struct s2_flight *f,
				      const struct kvm_vcpu *vcpu, const struct kvm *kvm)
{
	r->esr = f->esr;
	r->ret = f->ret;
	r->path = f->path;
	r->inferred = f->inferred;
	r->prot = f->prot;
	r->has = f->has;
	r->facts = vm_facts(kvm);
	/* An exception has switched a nested guest to its hypervisor. */
	if (f->path & S2_PATH_INJECT_S2 || is_nested(vcpu, kvm))
		r->facts |= S2_FACT_NESTED;
	r->ipa = f->brief.ipa;
	r->pfn = f->pfn;
	if (f->path & (S2_PATH_MAP | S2_PATH_RELAX))
		r->has |= S2_HAS_PROT;
	if (f->path & S2_PATH_MAP) {
		r->pfn = f->phys >> config.page_shift;
		r->has |= S2_HAS_PFN;
	}
	r->vma_pagesize = r->max_map_size = r->nested_size = 0;
	r->slot = S2_NO_SLOT;
	if (!(f->has & S2_HAS_SLOT))
		return;
	r->slot = f->slot;
	r->slot_gfn = f->slot_gfn;
	r->slot_npages = f->slot_npages;
	r->slot_hva = f->slot_hva;
	r->facts |= f->slot_facts;
	if (f->writable)
		r->facts |= S2_FACT_MAP_WRITABLE;
	if (r->facts & S2_FACT_NESTED)
		r->ipa = f->gfn << config.page_shift;
}

/* Not inlined: most faults are only counted. */
static __noinline int emit_flight(struct s2_flight *f, const struct kvm_vcpu *vcpu,
				  struct s2_vm_row *row)
{
	const struct kvm *kvm = S2_GET(vcpu, kvm);
	struct s2_raw_fault *r;

	if (!f || !s2_filter_match(row, &f->brief))
		return 0;
	r = reserve_fault();
	if (!r)
		return 0;
	fill_fault(r, vcpu, row, &f->brief);
	r->time = f->brief.ns;
	fill_seen(r, f, vcpu, kvm);
	fill_vma(r, f);
	s2_submit(r);
	return 0;
}

static __always_inline void fill_brief(struct s2_flight *f)
{
	struct s2_brief *b = &f->brief;

	b->ticks = (b->ns * fault_config.ns_mult) >> S2_TICK_SHIFT;
	b->size = leaf_size(f);
	b->memtype =
		f->path & (S2_PATH_MAP | S2_PATH_RELAX) ? memtype_of(f->prot) : S2_MEMTYPE_NONE;
	b->access = access_of(f->esr);
	b->reason = retry_reason(f);
}

static __always_inline void count_flight(const struct s2_flight *f, const struct s2_vm_row *row)
{
	const struct s2_tally t = {
		.ticks = f->brief.ticks,
		.size = f->brief.size,
		.type_row =
			f->brief.outcome == S2_OUTCOME_MAPPED ? raw_type(f->prot) : S2_RAW_OTHER,
		.access = raw_access(f->esr),
		.outcome = f->brief.outcome,
		.reason = f->brief.reason,
	};

	s2_count(row, &t);
}

/*
 * A fault that mapped nothing, and whose page frame lookup was not observed: had it a page? Not
 * inlined, because it is rare.
 */
static __noinline int judge_unseen(struct s2_flight *f, const struct kvm_vcpu *vcpu,
				   const struct kvm *kvm)
{
	__u32 no_memory = S2_PATH_MAP | S2_PATH_RELAX | S2_PATH_GMEM | S2_PATH_HWPOISON |
			  S2_PATH_INJECT_SIZE | S2_PATH_INJECT_EXCL | S2_PATH_INJECT_S2;
	__u8 class;

	if (!f || f->path & no_memory || is_nested(vcpu, kvm))
		return 0;
	class = s2_fault_class(f->esr);
	if (class != S2_FAULT_TRANSLATION && class != S2_FAULT_PERMISSION)
		return 0;
	if (f->ret == -S2_ENOSYS || !find_slot(f, kvm, f->brief.ipa >> config.page_shift))
		return 0;
	f->path |= S2_PATH_PFN | S2_PATH_UNSEEN;
	if (f->brief.outcome == S2_OUTCOME__MAX)
		f->brief.outcome = S2_OUTCOME_RETRIED;
	return 0;
}

/*
 * Keeps results in the map and reads them back. Otherwise the verifier tracks each possible
 * value separately, and hits its limits. Not inlined: most faults simply map a page.
 */
static __noinline int judge_fault(struct s2_flight *f, const struct kvm_vcpu *vcpu)
{
	const struct kvm *kvm = S2_GET(vcpu, kvm);
	struct s2_vm_row *row;

	if (!f)
		return 0;
	f->inferred = 0;
	f->esr = S2_GET(vcpu, arch.fault.esr_el2);
	if (s2_fault_is_external(f->esr))
		return 0;
	f->brief.ipa = HPFAR_IPA(S2_GET(vcpu, arch.fault.hpfar_el2));
	f->brief.outcome = s2_seen_outcome(f->path, f->map_ret, f->ret, f->esr);
	barrier();
	if (!fault_config.detail && f->brief.outcome > S2_OUTCOME_RELAXED)
		judge_unseen(f, vcpu, kvm);
	if (f->brief.outcome == S2_OUTCOME__MAX)
		return 0;
	if (f->brief.outcome == S2_OUTCOME_INJECTED)
		f->path |= inject_path(f, kvm, S2_GET(vcpu, arch.hw_mmu));
	if (f->brief.outcome > S2_OUTCOME_RELAXED)
		fix_ret(f);
	else
		f->ret = 0;
	f->brief.ns = bpf_ktime_get_ns() - f->start_ns;
	fill_brief(f);
	barrier();
	row = s2_vm_row(kvm);
	if (row)
		count_flight(f, row);
	if (S2_HAS(filter.any, f->brief.outcome))
		emit_flight(f, vcpu, row);
	return 0;
}

/* Not inlined: most faults are only counted. */
static __noinline int emit_mapped(struct s2_flight *f, const struct kvm_vcpu *vcpu,
				  struct s2_vm_row *row)
{
	const struct kvm *kvm = S2_GET(vcpu, kvm);

	if (!f)
		return 0;
	f->ret = 0;
	f->inferred = 0;
	f->esr = S2_GET(vcpu, arch.fault.esr_el2);
	f->brief.ipa = HPFAR_IPA(S2_GET(vcpu, arch.fault.hpfar_el2));
	f->brief.outcome = S2_OUTCOME_MAPPED;
	if (!fault_config.detail && !is_nested(vcpu, kvm))
		find_slot(f, kvm, f->brief.ipa >> config.page_shift);
	fill_brief(f);
	return emit_flight(f, vcpu, row);
}

static __always_inline void count_mapped(struct s2_flight *f, const struct kvm_vcpu *vcpu)
{
	struct s2_vm_row *row = s2_vm_row(S2_GET(vcpu, kvm));
	__u64 ns = bpf_ktime_get_ns() - f->start_ns;
	const struct s2_tally t = {
		.ticks = (ns * fault_config.ns_mult) >> S2_TICK_SHIFT,
		.size = f->size,
		.type_row = raw_type(f->prot),
		.access = raw_access(S2_GET(vcpu, arch.fault.esr_el2)),
		.outcome = S2_OUTCOME_MAPPED,
	};

	if (row)
		s2_count(row, &t);
	if (filter.any & S2_BIT(S2_OUTCOME_MAPPED)) {
		f->brief.ns = ns;
		emit_mapped(f, vcpu, row);
	}
}

static __always_inline void fault_end(struct s2_flight *f, const struct kvm_vcpu *vcpu, int ret)
{
	f->ret = ret;
	if ((f->path & ~S2_PATH_PFN) == S2_PATH_MAP && !f->map_ret)
		count_mapped(f, vcpu);
	else
		judge_fault(f, vcpu);
	f->owner = 0;
}

#endif /* S2TRACE_BPF_FLIGHT_H */
