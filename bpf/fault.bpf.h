/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One stage-2 fault, observed from outside, for kernels without the series in patches/.
 * kvm_handle_guest_abort() delimits it, and the arguments of the functions that it calls show
 * what KVM decided.
 *
 * A source attaches programs (fentry or kprobes) that call fault_begin(), fault_saw_*() and
 * fault_end(). It defines S2_SOURCE, and S2_GET(pointer, field), which reads a field of a
 * kernel struct in that type of program.
 *
 * A fault may sleep and migrate, so its state is kept per thread.
 */
#ifndef S2TRACE_BPF_FAULT_H
#define S2TRACE_BPF_FAULT_H

#include "device.bpf.h"
#include "s2trace.bpf.h"

#define EAGAIN	11
#define EINVAL	22
#define ENOEXEC 8
#define ENOSYS	38

const volatile struct s2_fault_config fault_config SEC(".rodata.s2_fault") = {};
const volatile struct s2_args args SEC(".rodata.s2_args") = {};

/* The fault, from the vCPU's state. */
struct s2_abort {
	__u64 esr, ipa, pc;
	__u32 vcpu;
	__u32 inferred; /* bits of enum s2_decision_field */
	__u32 path;
	__s32 ret;
	__u8 class, nested;
};

/* A fault in progress. */
struct s2_flight {
	__u32 owner; /* thread; 0: free */
	__u32 path;  /* S2_PATH_* */
	__u64 start_ns;
	__u64 pfn;
	__u64 gfn, base_gfn, npages, uaddr;
	__u64 addr, size, phys;
	__u32 prot;
	__s32 map_ret;
	__u16 slot;
	__u8 slot_dirty, slot_gmem, writable;
	__u8 pad[3];
	struct s2_abort abort; /* at the end of the fault */
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

/* The fault that this thread is handling, or NULL. */
static __always_inline struct s2_flight *flight_find(void)
{
	__u32 tid = bpf_get_current_pid_tgid(), i;
	struct s2_flight *f;

	for (i = 0; i < S2_FLIGHT_PROBES; i++) {
		f = flight_at(tid + i);
		if (f && f->owner == tid)
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
	__u32 tid = bpf_get_current_pid_tgid(), i, owner;
	struct s2_flight *f;

	for (i = 0; i < S2_FLIGHT_PROBES; i++) {
		f = flight_at(tid + i);
		owner = f ? __sync_val_compare_and_swap(&f->owner, 0, tid) : ~0U;
		if (owner == tid)
			s2_count_loss(S2_LOST_FLIGHT);
		if (f && (!owner || owner == tid))
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
	f->start_ns = bpf_ktime_get_ns();
	return f;
}

/* KVM_PFN_ERR_*: include/linux/kvm_host.h. */
#define PFN_ERR_MASK	 (0xfffULL << 52)
#define PFN_ERR_HWPOISON ((0x7ffULL << 52) + 1)

static __always_inline void fault_saw_slot(struct s2_flight *f, const struct kvm_memory_slot *slot)
{
	__u32 flags = S2_GET(slot, flags);

	f->base_gfn = S2_GET(slot, base_gfn);
	f->npages = S2_GET(slot, npages);
	f->uaddr = S2_GET(slot, userspace_addr);
	f->slot = S2_GET(slot, id);
	f->slot_dirty = S2_GET(slot, dirty_bitmap) && !(flags & S2_KVM_MEM_READONLY);
	f->slot_gmem = !!(flags & S2_KVM_MEM_GUEST_MEMFD);
}

static __always_inline void fault_saw_pfn(struct s2_flight *f, __u64 pfn)
{
	f->pfn = pfn;
	f->path |= S2_PATH_PFN;
	if (pfn == PFN_ERR_HWPOISON)
		f->path |= S2_PATH_HWPOISON;
	else if (pfn & PFN_ERR_MASK)
		f->path |= S2_PATH_BAD_PFN;
}

static __always_inline bool has_pfn(const struct s2_flight *f)
{
	return (f->path & (S2_PATH_PFN | S2_PATH_BAD_PFN | S2_PATH_HWPOISON)) == S2_PATH_PFN;
}

static __always_inline void fault_saw_path(__u32 path)
{
	struct s2_flight *f = flight_find();

	if (f)
		f->path |= path;
}

/* ESR_ELx of an abort (Arm ARM, ISS encoding for a Data Abort). */
#define ESR_IS_IABT(esr) ((((esr) >> 26) & 0x3f) == 0x20)
#define ESR_FSC(esr)	 ((esr)&0x3f)
#define ESR_S1PTW	 (1 << 7)
#define ESR_WNR		 (1 << 6)

static __always_inline __u8 fault_class(__u32 fsc)
{
	if ((fsc & 0x3c) == 0x04 || fsc == 0x2b)
		return S2_FAULT_TRANSLATION;
	if ((fsc & 0x3c) == 0x0c)
		return S2_FAULT_PERMISSION;
	if ((fsc & 0x3c) == 0x08)
		return S2_FAULT_ACCESS_FLAG;
	return fsc == 0x35 ? S2_FAULT_EXCL_ATOMIC : S2_FAULT_OTHER;
}

/* Synchronous external aborts and parity errors, for which KVM makes no stage-2 decision. */
static __always_inline bool is_external(__u32 fsc)
{
	return fsc == 0x10 || (fsc & 0x3c) == 0x14 || fsc == 0x13 || fsc == 0x18 ||
	       (fsc & 0x3c) == 0x1c || fsc == 0x1b;
}

/* Decodes like kvm_vcpu_trap_is_exec_fault() and kvm_is_write_fault(). */
static __always_inline __u8 fault_access(__u64 esr)
{
	if (esr & ESR_S1PTW)
		return fault_class(ESR_FSC(esr)) == S2_FAULT_PERMISSION ? S2_ACCESS_WRITE
									: S2_ACCESS_READ;
	if (ESR_IS_IABT(esr))
		return S2_ACCESS_EXEC;
	return esr & ESR_WNR ? S2_ACCESS_WRITE : S2_ACCESS_READ;
}

#define HPFAR_IPA(hpfar) ((((hpfar) >> 4) & 0xfffffffffffULL) << 12)

static __always_inline void read_fault(struct s2_abort *x, const struct kvm_vcpu *vcpu,
				       const struct kvm *kvm)
{
	x->esr = S2_GET(vcpu, arch.fault.esr_el2);
	x->ipa = HPFAR_IPA(S2_GET(vcpu, arch.fault.hpfar_el2));
	x->pc = S2_GET(vcpu, arch.ctxt.regs.pc);
	x->vcpu = S2_GET(vcpu, vcpu_idx);
	x->class = fault_class(ESR_FSC(x->esr));
	x->nested = S2_GET(vcpu, arch.hw_mmu) != &kvm->arch.mmu;
	x->inferred = 0;
}

/* VTCR_EL2.T0SZ holds the size of the IPA space. */
static __always_inline __u64 ipa_limit(const struct kvm *kvm)
{
	__u64 vtcr;

	if (bpf_core_field_exists(struct kvm_s2_mmu, vtcr))
		vtcr = S2_GET(kvm, arch.mmu.vtcr);
	else
		vtcr = S2_GET(kvm, arch.vtcr);
	return 1ULL << (64 - (vtcr & 0x3f));
}

static __always_inline __u32 inject_path(const struct s2_abort *x, const struct kvm *kvm)
{
	__u32 path = 0;

	if (x->esr & ESR_S1PTW)
		path |= S2_PATH_S1PTW;
	if (x->class == S2_FAULT_TRANSLATION && !x->nested && x->ipa >= ipa_limit(kvm))
		path |= S2_PATH_BEYOND;
	return path;
}

/*
 * The outcome; S2_OUTCOME__MAX if KVM decided nothing: emulated devices, skipped cache
 * maintenance. -ENOSYS is a device that cannot be emulated.
 */
static __always_inline __u32 outcome_of(const struct s2_flight *f, struct s2_abort *x)
{
	if (f->path & S2_PATH_INJECTED)
		return S2_OUTCOME_INJECTED;
	if (f->path & (S2_PATH_MAP | S2_PATH_RELAX)) {
		x->ret = f->map_ret;
		if (f->map_ret)
			return f->map_ret == -EAGAIN ? S2_OUTCOME_RETRIED : S2_OUTCOME_REJECTED;
		return f->path & S2_PATH_MAP ? S2_OUTCOME_MAPPED : S2_OUTCOME_RELAXED;
	}
	if (x->ret < 0)
		return x->ret == -ENOSYS ? S2_OUTCOME__MAX : S2_OUTCOME_REJECTED;
	if (f->path & S2_PATH_HWPOISON)
		return S2_OUTCOME_POISONED;
	if (f->path & (S2_PATH_PFN | S2_PATH_GMEM)) {
		/* There was a page, but it was not mapped: an MMU notifier ran meanwhile. */
		x->inferred |= S2_BIT(S2_F_OUTCOME) | S2_BIT(S2_F_RET);
		return S2_OUTCOME_RETRIED;
	}
	return x->class == S2_FAULT_ACCESS_FLAG ? S2_OUTCOME_ACCESS_FLAG : S2_OUTCOME__MAX;
}

/* Restores the fault path's return value: KVM turns 0 into 1, and -EAGAIN into 0. */
static __always_inline void fix_ret(struct s2_abort *x, const struct s2_flight *f, __u32 outcome)
{
	if (outcome == S2_OUTCOME_REJECTED)
		return;
	if (outcome == S2_OUTCOME_RETRIED) {
		x->ret = -EAGAIN;
		return;
	}
	x->ret = 0;
	if (outcome != S2_OUTCOME_INJECTED || !ESR_IS_IABT(x->esr) ||
	    x->path & (S2_PATH_INJECT_SIZE | S2_PATH_INJECT_S2 | S2_PATH_BEYOND))
		return;
	x->ret = -ENOEXEC;
	x->inferred |= S2_BIT(S2_F_RET);
}

static __always_inline __u8 memtype_of(__u32 prot)
{
	if (prot & bpf_core_enum_value(enum kvm_pgtable_prot, KVM_PGTABLE_PROT_DEVICE))
		return S2_MEMTYPE_DEVICE_nGnRE;
	if (bpf_core_enum_value_exists(enum kvm_pgtable_prot, KVM_PGTABLE_PROT_NORMAL_NC) &&
	    prot & bpf_core_enum_value(enum kvm_pgtable_prot, KVM_PGTABLE_PROT_NORMAL_NC))
		return S2_MEMTYPE_NORMAL_NC;
	return S2_MEMTYPE_NORMAL;
}

/* relax_perms() has no size argument: the size is that of the leaf at the level of the fault. */
static __always_inline __u64 leaf_size(const struct s2_flight *f, __u64 esr, __u32 outcome)
{
	if (outcome == S2_OUTCOME_MAPPED)
		return f->size;
	if (outcome != S2_OUTCOME_RELAXED)
		return 0;
	return 1ULL << ((config.page_shift - 3) * (4 - (esr & 3)) + 3);
}

static __always_inline __u32 reason_of(__u32 outcome, const struct s2_flight *f)
{
	if (outcome != S2_OUTCOME_RETRIED)
		return S2_REASON_NONE;
	return f->path & (S2_PATH_MAP | S2_PATH_RELAX) ? S2_REASON_WALK_RACE
						       : S2_REASON_NOTIFIER_RACE;
}

/* The VMA of a fault, looked up when the fault ends. It may have changed since. */
struct fault_vma {
	__u64 start, end, flags;
	__u64 huge; /* size of its hugetlb pages, or 0 */
	__u8 attr;
	bool found;
};

static long see_vma(struct task_struct *task, struct vm_area_struct *vma, struct fault_vma *out)
{
	out->start = vma->vm_start;
	out->end = vma->vm_end;
	out->flags = vma->vm_flags;
	out->attr = vma->vm_page_prot.pgprot >> 2 & 7; /* PTE_ATTRINDX */
	out->huge = 0;
	if (vma->vm_flags & S2_VM_HUGETLB)
		out->huge = vma->vm_file->f_inode->i_sb->s_blocksize;
	out->found = true;
	return 0;
}

static __always_inline bool find_vma(__u64 hva, struct fault_vma *vma)
{
	vma->found = false;
	bpf_find_vma(bpf_get_current_task_btf(), hva, see_vma, vma, 0);
	return vma->found;
}

static __always_inline bool is_cacheable(__u8 attr)
{
	return attr != S2_VMA_NORMAL_NC && attr != S2_VMA_DEVICE_nGnRnE &&
	       attr != S2_VMA_DEVICE_nGnRE;
}

/* Like KVM's check: would a block around this address fit the memslot? */
static __always_inline __u8 block_limit(const struct s2_flight *f, __u64 hva, __u64 block)
{
	__u64 start = hva & ~(block - 1), end = f->uaddr + (f->npages << config.page_shift);

	if (((f->base_gfn << config.page_shift) ^ f->uaddr) & (block - 1))
		return S2_LIMIT_ALIGN;
	return start < f->uaddr || start + block > end ? S2_LIMIT_SLOT_EDGE : S2_LIMIT_NONE;
}

/* For blocks below the largest size. The size of the host's PFNMAP mappings cannot be seen here. */
static __always_inline __u8 block_size_limit(const struct s2_ev_decision *r,
					     const struct s2_flight *f, const struct fault_vma *vma)
{
	if (vma->huge > config.level_size[S2_LEVEL_PMD])
		return block_limit(f, r->hva, config.level_size[S2_LEVEL_PUD]);
	if (!vma->huge && r->outcome == S2_OUTCOME_RELAXED)
		return S2_LIMIT_PERM;
	return vma->flags & (S2_VM_PFNMAP | S2_VM_MIXEDMAP) ? S2_LIMIT__MAX : S2_LIMIT_HOST_PAGE;
}

/* Why the mapping is not larger, as far as can be seen; S2_LIMIT__MAX if unknown. */
static __always_inline __u8 limit_of(const struct s2_ev_decision *r, const struct s2_flight *f,
				     const struct fault_vma *vma, __u64 size)
{
	__u64 pmd = config.level_size[S2_LEVEL_PMD];
	__u8 limit;

	if (S2_HAS(r->flags, S2_DF_NESTED))
		return S2_LIMIT__MAX;
	if (f->slot_dirty)
		return S2_LIMIT_DIRTY_LOG;
	if (size >= config.level_size[S2_LEVEL_PUD])
		return S2_LIMIT_NONE;
	if (size >= pmd)
		return block_size_limit(r, f, vma);
	if (vma->huge && vma->huge < pmd)
		return S2_LIMIT_HOST_PAGE;
	limit = block_limit(f, r->hva, pmd);
	return limit ? limit : S2_LIMIT_HOST_PAGE;
}

static __always_inline void fill_limit(struct s2_ev_decision *r, const struct s2_flight *f,
				       const struct fault_vma *vma, __u64 size)
{
	__u8 limit = S2_LIMIT__MAX;

	if (f->path & S2_PATH_GMEM)
		limit = S2_LIMIT_GMEM;
	else if (S2_HAS(r->flags, S2_DF_PROTECTED))
		limit = S2_LIMIT_PROTECTED;
	else if (vma->found)
		limit = limit_of(r, f, vma, size);
	if (!size || limit == S2_LIMIT__MAX)
		return;
	r->limit = limit;
	r->present |= S2_BIT(S2_F_LIMIT);
	r->inferred |= S2_BIT(S2_F_LIMIT);
}

/* KVM does not look at a VMA for guest_memfd; neither do we. */
static __always_inline void fill_vma(struct s2_ev_decision *r, const struct s2_flight *f,
				     __u64 size)
{
	struct fault_vma vma = {};

	r->vma_attr = S2_VMA_UNKNOWN;
	r->vm_flags = 0;
	if (f->path & S2_PATH_PFN && find_vma(r->hva, &vma)) {
		r->vma_attr = vma.attr;
		r->vm_flags = vma.flags;
		r->present |= S2_BIT(S2_F_VMA_ATTR) | S2_BIT(S2_F_VMA_FLAGS);
		r->flags |= is_cacheable(vma.attr) << S2_DF_VMA_CACHEABLE;
	}
	fill_limit(r, f, &vma, size);
}

#define ALWAYS_PRESENT                                                                             \
	(S2_BIT(S2_F_IPA) | S2_BIT(S2_F_ACCESS) | S2_BIT(S2_F_FAULT) | S2_BIT(S2_F_SIZE) |         \
	 S2_BIT(S2_F_MTE) | S2_BIT(S2_F_NESTED) | S2_BIT(S2_F_OUTCOME) | S2_BIT(S2_F_RET) |        \
	 S2_BIT(S2_F_REASON) | S2_BIT(S2_F_DURATION) | S2_BIT(S2_F_VCPU) | S2_BIT(S2_F_PC))

/* KVM_ARCH_FLAG_MTE_ENABLED: a macro, the same from 5.18 on. */
#define ARCH_FLAG_MTE (1 << 1)

static __always_inline bool kvm_is_protected(const struct kvm *kvm)
{
	if (bpf_core_field_exists(struct kvm_protected_vm, is_protected))
		return S2_GET(kvm, arch.pkvm.is_protected);
	if (bpf_core_field_exists(struct kvm_protected_vm, enabled))
		return S2_GET(kvm, arch.pkvm.enabled);
	return false;
}

static __always_inline void fill_facts(struct s2_ev_decision *r, const struct s2_abort *x,
				       const struct kvm *kvm)
{
	r->flags = fault_config.flags;
	r->flags |= !!(S2_GET(kvm, arch.flags) & ARCH_FLAG_MTE) << S2_DF_MTE;
	r->flags |= x->nested << S2_DF_NESTED;
	r->flags |= kvm_is_protected(kvm) << S2_DF_PROTECTED;
	r->present = ALWAYS_PRESENT | fault_config.known;
	r->inferred = x->inferred;
	r->fault_ipa = r->ipa = x->ipa;
	r->pc = x->pc;
	r->vcpu = x->vcpu;
	r->ret = x->ret;
	r->fault = x->class;
	r->vma_shift = 0;
	r->limit = 0;
}

/* Fields known once KVM has looked up the page frame. */
static __always_inline void fill_slot(struct s2_ev_decision *r, const struct s2_flight *f,
				      const struct s2_abort *x)
{
	__u64 gfn = x->nested ? f->gfn : x->ipa >> config.page_shift;

	r->slot = S2_NO_SLOT;
	r->hva = 0;
	r->pa = S2_NO_PA;
	if (!(f->path & (S2_PATH_PFN | S2_PATH_GMEM)))
		return;
	r->slot = f->slot;
	r->hva = f->uaddr + ((gfn - f->base_gfn) << config.page_shift);
	if (x->nested)
		r->ipa = gfn << config.page_shift;
	r->flags |= f->slot_dirty << S2_DF_DIRTY_LOG;
	r->flags |= f->slot_gmem << S2_DF_GMEM;
	r->present |= S2_BIT(S2_F_SLOT) | S2_BIT(S2_F_HVA) | S2_BIT(S2_F_DIRTY_LOG);
	if (!has_pfn(f))
		return;
	r->flags |= f->writable << S2_DF_MAP_WRITABLE;
	r->pa = f->pfn << config.page_shift;
	r->present |= S2_BIT(S2_F_PA);
}

/* Fields known once KVM writes the leaf. */
static __always_inline void fill_leaf(struct s2_ev_decision *r, const struct s2_flight *f,
				      __u64 size)
{
	r->prot = 0;
	r->size_shift = s2_log2(size);
	if (!(f->path & (S2_PATH_MAP | S2_PATH_RELAX)))
		return;
	r->prot = s2_leaf_prot(f->prot);
	r->present |= S2_BIT(S2_F_TYPE) | S2_BIT(S2_F_PROT);
	if (f->path & S2_PATH_MAP) {
		r->pa = f->phys;
		r->present |= S2_BIT(S2_F_PA);
	}
	if (!size)
		return;
	r->ipa &= ~(size - 1);
	if (S2_HAS(r->present, S2_F_PA))
		r->pa &= ~(size - 1);
}

static __always_inline void fill_brief(struct s2_ev_decision *r, const struct s2_brief *b)
{
	r->outcome = b->outcome;
	r->reason = b->reason;
	r->access = b->access;
	r->memtype = b->memtype;
	if (b->reason)
		r->inferred |= S2_BIT(S2_F_REASON);
}

/* If nothing was mapped, user space infers the reason from the path. */
static __always_inline void store_path(struct s2_ev_decision *r, __u32 path)
{
	r->path = path;
	r->pad = 0;
}

static __always_inline void emit_fault(const struct s2_flight *f, const struct kvm *kvm,
				       const struct s2_vm_row *row, __u64 ns)
{
	struct s2_ev_decision *r = s2_reserve_decision();

	if (!r)
		return;
	s2_event_init(&r->h, S2_EV_DECISION, sizeof(*r), row ? row->id : 0);
	r->tgid = row ? row->tgid : bpf_get_current_pid_tgid() >> 32;
	r->duration_ns = ns;
	fill_facts(r, &f->abort, kvm);
	fill_slot(r, f, &f->abort);
	fill_leaf(r, f, f->brief.size);
	fill_brief(r, &f->brief);
	fill_vma(r, f, f->brief.size);
	store_path(r, f->abort.path);
	s2_submit(r);
}

static __always_inline void fill_flight(struct s2_flight *f, const struct kvm *kvm, __u64 ns)
{
	struct s2_abort *x = &f->abort;
	struct s2_brief *b = &f->brief;

	x->path = f->path;
	if (b->outcome == S2_OUTCOME_INJECTED)
		x->path |= inject_path(x, kvm);
	fix_ret(x, f, b->outcome);
	b->ticks = (ns * fault_config.ns_mult) >> S2_TICK_SHIFT;
	b->size = leaf_size(f, x->esr, b->outcome);
	b->ipa = x->ipa;
	b->memtype =
		f->path & (S2_PATH_MAP | S2_PATH_RELAX) ? memtype_of(f->prot) : S2_MEMTYPE_NONE;
	b->access = fault_access(x->esr);
	b->reason = reason_of(b->outcome, f);
}

/*
 * Keeps results in the map and reads them back. Otherwise the verifier tracks each possible
 * value separately, and hits its limits.
 */
static __always_inline void judge_fault(struct s2_flight *f, const struct kvm_vcpu *vcpu, int ret)
{
	const struct kvm *kvm = S2_GET(vcpu, kvm);
	struct s2_vm_row *row;
	__u64 ns;

	f->abort.ret = ret;
	read_fault(&f->abort, vcpu, kvm);
	if (is_external(ESR_FSC(f->abort.esr)))
		return;
	f->brief.outcome = outcome_of(f, &f->abort);
	barrier();
	if (f->brief.outcome == S2_OUTCOME__MAX)
		return;
	ns = bpf_ktime_get_ns() - f->start_ns;
	fill_flight(f, kvm, ns);
	barrier();
	row = s2_vm_row(kvm);
	if (row)
		s2_count(row, &f->brief);
	if (s2_filter_match(row, &f->brief))
		emit_fault(f, kvm, row, ns);
}

static __always_inline void fault_end(struct s2_flight *f, const struct kvm_vcpu *vcpu, int ret)
{
	judge_fault(f, vcpu, ret);
	f->owner = 0;
}

/*
 * Memslots. Reports the last VMA that KVM can have checked; for a rejected memslot, the first
 * one that it can have rejected.
 */
#define S2_MAX_VMAS 16

static long see_slot_vma(struct task_struct *task, struct vm_area_struct *vma,
			 struct s2_ev_memslot *r)
{
	r->vma_start = vma->vm_start;
	r->vma_end = vma->vm_end;
	r->vm_flags = vma->vm_flags;
	r->vma_attr = vma->vm_page_prot.pgprot >> 2 & 7; /* PTE_ATTRINDX */
	__builtin_memset(r->device.bdf, 0, sizeof(r->device.bdf));
	r->device.bar = -1;
	s2_vma_device(vma, config.page_shift, &r->device);
	return 0;
}

static long next_slot_vma(__u32 i, struct s2_ev_memslot *r)
{
	__u64 hva = i ? r->vma_end : r->hva;

	if (hva >= r->hva + r->size)
		return 1;
	if (bpf_find_vma(bpf_get_current_task_btf(), hva, see_slot_vma, r, 0))
		return 1;
	return r->ret == -EINVAL && r->vm_flags & S2_VM_PFNMAP;
}

static __always_inline void find_slot_vma(struct s2_ev_memslot *r)
{
	bpf_loop(S2_MAX_VMAS, next_slot_vma, r, 0);
}

/*
 * KVM returns other errors than -EINVAL before it checks VMAs, and does not check them for
 * guest_memfd.
 */
static __always_inline bool asks_vmas(const struct s2_ev_memslot *r)
{
	if (r->change == S2_SLOT_DELETE || (r->ret && r->ret != -EINVAL))
		return false;
	return !r->ret || !(r->flags & S2_KVM_MEM_GUEST_MEMFD);
}

static __always_inline void fill_memslot(struct s2_ev_memslot *r, const struct kvm *kvm,
					 const struct kvm_memory_slot *slot)
{
	r->ipa = S2_GET(slot, base_gfn) << config.page_shift;
	r->size = S2_GET(slot, npages) << config.page_shift;
	r->hva = S2_GET(slot, userspace_addr);
	r->flags = S2_GET(slot, flags);
	r->slot = S2_GET(slot, id);
	r->tgid = bpf_get_current_pid_tgid() >> 32;
	r->vma_attr = S2_VMA_UNKNOWN;
	r->device.bar = -1;
	r->fwb = S2_HAS(fault_config.flags, S2_DF_FWB);
	r->dic = S2_HAS(fault_config.flags, S2_DF_DIC);
	r->mte = !!(S2_GET(kvm, arch.flags) & ARCH_FLAG_MTE);
	r->present = S2_BIT(S2_F_MTE) | S2_BIT(S2_F_REASON) | fault_config.known;
}

static __always_inline void emit_memslot(const struct kvm *kvm, const struct kvm_memory_slot *slot,
					 __u8 change, int ret)
{
	struct s2_ev_memslot r = { .ret = ret, .change = change };
	struct s2_vm_row *row = s2_vm_row(kvm);

	fill_memslot(&r, kvm, slot);
	if (asks_vmas(&r))
		find_slot_vma(&r);
	s2_count_memslot(row, &r);
	s2_emit_memslot(row, &r);
}

static __always_inline void emit_unmap(const struct kvm *kvm, __u64 ipa, __u64 size, __u8 cause)
{
	struct s2_vm_row *row = s2_vm_row(kvm);

	s2_count_unmap(row, cause, size);
	s2_emit_unmap(row, ipa, size, cause);
}

/* KVM keeps the pages of a protected VM mapped when the host's mapping changes. */
static __always_inline void emit_unmap_gfns(const struct kvm *kvm, __u64 start, __u64 end,
					    bool gmem)
{
	if (kvm_is_protected(kvm))
		return;
	emit_unmap(kvm, start << config.page_shift, (end - start) << config.page_shift,
		   gmem ? S2_UNMAP_GUEST_MEMFD : S2_UNMAP_MMU_NOTIFIER);
}

#endif /* S2TRACE_BPF_FAULT_H */
