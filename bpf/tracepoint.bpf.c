// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoint source: bare tracepoints of the patch series (patches/).
 *
 * Sections name no target, because DECLARE_TRACE() appends _tp to names in some kernels and
 * not in others; the loader finds out.
 */
#include "device.bpf.h"
#include "s2trace.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* Fields that this source knows for every decision. */
#define ALWAYS_PRESENT                                                                             \
	(S2_BIT(S2_F_IPA) | S2_BIT(S2_F_ACCESS) | S2_BIT(S2_F_FAULT) | S2_BIT(S2_F_SIZE) |         \
	 S2_BIT(S2_F_FWB) | S2_BIT(S2_F_DIC) | S2_BIT(S2_F_MTE) | S2_BIT(S2_F_NESTED) |            \
	 S2_BIT(S2_F_OUTCOME) | S2_BIT(S2_F_TYPE) | S2_BIT(S2_F_RET) | S2_BIT(S2_F_REASON) |       \
	 S2_BIT(S2_F_DURATION) | S2_BIT(S2_F_VCPU) | S2_BIT(S2_F_PC))

static __always_inline __u32 decision_flags(const struct kvm_s2_decision *d)
{
	__u32 f = 0;

	f |= !!d->fwb << S2_DF_FWB;
	f |= !!d->dic << S2_DF_DIC;
	f |= !!d->mte << S2_DF_MTE;
	f |= !!d->mte_allowed << S2_DF_MTE_ALLOWED;
	f |= !!d->nested << S2_DF_NESTED;
	f |= !!d->dirty_log << S2_DF_DIRTY_LOG;
	f |= !!d->map_writable << S2_DF_MAP_WRITABLE;
	f |= !!d->vma_cacheable << S2_DF_VMA_CACHEABLE;
	f |= !!d->gmem << S2_DF_GMEM;
	f |= !!d->protected << S2_DF_PROTECTED;
	f |= (d->kernel_mapped > 0) << S2_DF_KERNEL_MAPPED;
	return f;
}

/* Inputs that the fault path did not look up are absent. */
static __always_inline __u32 decision_present(const struct kvm_s2_decision *d)
{
	__u32 p = ALWAYS_PRESENT;

	if (d->slot)
		p |= S2_BIT(S2_F_SLOT) | S2_BIT(S2_F_HVA) | S2_BIT(S2_F_DIRTY_LOG);
	if (d->vma_attr != S2_VMA_UNKNOWN)
		p |= S2_BIT(S2_F_VMA_ATTR) | S2_BIT(S2_F_VMA_FLAGS) | S2_BIT(S2_F_VMA_PAGE_SIZE);
	if (d->pfn != S2_NO_PA)
		p |= S2_BIT(S2_F_PA);
	if (d->prot)
		p |= S2_BIT(S2_F_PROT);
	if (d->map_size)
		p |= S2_BIT(S2_F_LIMIT);
	if (d->kernel_mapped >= 0)
		p |= S2_BIT(S2_F_KERNEL_MAPPED);
	return p;
}

static __always_inline void fill_addresses(struct s2_ev_decision *r,
					   const struct kvm_s2_decision *d)
{
	__u64 pfn = d->pfn;

	r->ipa = d->ipa;
	r->fault_ipa = d->fault_ipa;
	r->hva = d->hva;
	r->pa = pfn == S2_NO_PA ? S2_NO_PA : pfn << config.page_shift;
	r->vm_flags = d->vm_flags;
	r->pc = d->pc;
}

static __always_inline void fill_facts(struct s2_ev_decision *r, const struct kvm_s2_decision *d)
{
	r->present = decision_present(d);
	r->inferred = 0;
	r->flags = decision_flags(d);
	r->ret = d->ret;
	r->slot = d->slot ? d->slot_id : S2_NO_SLOT;
	r->size_shift = s2_log2(d->map_size);
	r->vma_shift = s2_log2(d->vma_pagesize);
	r->fault = S2_KMAP(kmap.fault, d->fault);
	r->limit = S2_KMAP(kmap.limit, d->limit);
	r->vma_attr = d->vma_attr;
	r->prot = s2_leaf_prot(d->prot);
}

static __always_inline void fill_brief(struct s2_ev_decision *r, const struct s2_brief *b)
{
	r->duration_ns = s2_ticks_to_ns(b->ticks);
	r->outcome = b->outcome;
	r->reason = b->reason;
	r->access = b->access;
	r->memtype = b->memtype;
}

static __always_inline void read_brief(struct s2_brief *b, const struct kvm_s2_decision *d)
{
	b->ticks = d->end - d->start;
	b->size = d->map_size;
	b->ipa = d->fault_ipa;
	b->outcome = S2_KMAP(kmap.outcome, d->outcome);
	b->memtype = S2_KMAP(kmap.memtype, d->memtype);
	b->access = S2_KMAP(kmap.access, d->access);
	b->reason = S2_KMAP(kmap.reason, d->reason);
}

/* Not inlined: most decisions are only counted, and need not save registers for this. */
static __noinline int emit_decision(struct kvm_vcpu *vcpu, struct kvm_s2_decision *d)
{
	struct s2_vm_row *row = s2_vm_row(vcpu->kvm);
	struct s2_ev_decision *r;
	struct s2_brief b;

	read_brief(&b, d);
	if (!s2_filter_match(row, &b))
		return 0;
	r = s2_reserve_decision();
	if (!r)
		return 0;
	s2_event_init(&r->h, S2_EV_DECISION, sizeof(*r), row ? row->id : 0);
	r->tgid = row ? row->tgid : bpf_get_current_pid_tgid() >> 32;
	r->vcpu = vcpu->vcpu_idx;
	fill_addresses(r, d);
	fill_facts(r, d);
	fill_brief(r, &b);
	r->path = 0;
	r->pad = 0;
	s2_submit(r);
	return 0;
}

SEC("tp_btf")
int BPF_PROG(on_decision, struct kvm_vcpu *vcpu, struct kvm_s2_decision *d)
{
	struct s2_vm_row *row = s2_vm_row(vcpu->kvm);
	struct s2_brief b;

	read_brief(&b, d);
	if (row)
		s2_count(row, &b);
	if (S2_HAS(filter.any, b.outcome))
		emit_decision(vcpu, d);
	return 0;
}

static __always_inline void fill_memslot(struct s2_ev_memslot *r,
					 const struct kvm_s2_memslot_check *c)
{
	r->ipa = c->base_gfn << config.page_shift;
	r->size = c->npages << config.page_shift;
	r->hva = c->userspace_addr;
	r->vma_start = c->vma_start;
	r->vma_end = c->vma_end;
	r->vm_flags = c->vm_flags;
	r->tgid = bpf_get_current_pid_tgid() >> 32;
	r->flags = c->flags;
	r->ret = c->ret;
	r->slot = c->slot_id;
	r->change = S2_KMAP(kmap.change, c->change);
	r->reason = S2_KMAP(kmap.reason, c->reason);
	r->vma_attr = c->vma_attr;
	r->fwb = c->fwb;
	r->dic = c->dic;
	r->mte = c->mte;
	r->present = S2_MEMSLOT_FIELDS;
	r->inferred = 0;
}

static long see_slot_vma(struct task_struct *task, struct vm_area_struct *vma,
			 struct s2_device *device)
{
	s2_vma_device(vma, config.page_shift, device);
	return 0;
}

/* KVM has dropped the lock under which it looked up the VMA; this takes it again. */
static __always_inline void fill_device(struct s2_ev_memslot *r)
{
	r->device.bar = -1;
	if (r->vm_flags & S2_VM_PFNMAP)
		bpf_find_vma(bpf_get_current_task_btf(), r->vma_start, see_slot_vma, &r->device, 0);
}

SEC("tp_btf")
int BPF_PROG(on_memslot, struct kvm *kvm, struct kvm_s2_memslot_check *c)
{
	struct s2_vm_row *row = s2_vm_row(kvm);
	struct s2_ev_memslot slot = {};

	fill_memslot(&slot, c);
	fill_device(&slot);
	s2_count_memslot(row, &slot);
	s2_emit_memslot(row, &slot);
	return 0;
}

SEC("tp_btf")
int BPF_PROG(on_unmap, struct kvm *kvm, __u64 ipa, __u64 size, __u32 cause)
{
	struct s2_vm_row *row = s2_vm_row(kvm);
	__u8 why = S2_KMAP(kmap.cause, cause);

	s2_count_unmap(row, why, size);
	s2_emit_unmap(row, ipa, size, why);
	return 0;
}

SEC("tp_btf")
int BPF_PROG(on_cmo, struct kvm *kvm, __u32 kind, void *va, __u64 size, bool done)
{
	struct s2_vm_row *row = kvm ? s2_vm_row(kvm) : NULL;
	struct s2_vm_counts *c = row ? s2_counts(row) : NULL;
	__u8 op = S2_KMAP(kmap.cmo, kind);
	struct s2_ev_cmo *r;

	if (c && op < S2_CMO__MAX) {
		__sync_fetch_and_add(&c->cmo_n[op][done & 1], 1);
		__sync_fetch_and_add(&c->cmo_bytes[op][done & 1], size);
	}
	if (!filter.cmos)
		return 0;
	r = s2_reserve(struct s2_ev_cmo, S2_LOST_RING_OTHER);
	if (!r)
		return 0;
	s2_event_init(&r->h, S2_EV_CMO, sizeof(*r), row ? row->id : 0);
	r->size = size;
	r->tgid = bpf_get_current_pid_tgid() >> 32;
	r->op = op;
	r->done = done;
	__builtin_memset(r->pad, 0, sizeof(r->pad));
	s2_submit(r);
	return 0;
}

/* Shadow stage-2 tables of nested guests are created and freed too: count only the VM's own. */
SEC("tp_btf")
int BPF_PROG(on_vm, struct kvm *kvm, struct kvm_s2_mmu *mmu, bool created)
{
	if (mmu != &kvm->arch.mmu)
		return 0;
	if (created)
		s2_vm_created(kvm);
	else
		s2_vm_destroyed(kvm);
	return 0;
}
