/* SPDX-License-Identifier: GPL-2.0-only */
/* The verdict on a memslot, with the VMA that it was about. */
#ifndef S2TRACE_BPF_MEMSLOT_H
#define S2TRACE_BPF_MEMSLOT_H

#include "device.bpf.h"
#include "fault.bpf.h"

/*
 * Without the tracepoint, reports the last VMA that KVM can have checked; for a rejected
 * memslot, the first one that it can have rejected.
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
	return r->ret == -S2_EINVAL && r->vm_flags & S2_VM_PFNMAP;
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
	if (r->change == S2_SLOT_DELETE || (r->ret && r->ret != -S2_EINVAL))
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
	r->fwb = fault_config.fwb;
	r->dic = fault_config.dic;
	r->mte = kvm_has_mte(kvm);
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

static __always_inline __u8 refused_reason(const struct s2_ev_memslot *r)
{
	const struct s2_refused_slot s = {
		.vm_flags = r->vm_flags,
		.slot_flags = r->flags,
		.ret = r->ret,
		.mte = r->mte,
		.fwb = r->fwb,
		.dic = r->dic,
		.caps_known = S2_HAS(r->present, S2_F_FWB) && S2_HAS(r->present, S2_F_DIC),
	};

	return s2_memslot_reason(&s);
}

/*
 * From the tracepoint. KVM has dropped the lock under which it looked up the VMA; this takes it
 * again.
 */
static __always_inline void emit_traced_memslot(const struct kvm *kvm,
						const struct kvm_memory_slot *slot, __u8 change,
						__u64 vma_hva, int ret)
{
	struct s2_ev_memslot r = { .ret = ret, .change = change };
	struct s2_vm_row *row = s2_vm_row(kvm);

	fill_memslot(&r, kvm, slot);
	if (vma_hva)
		bpf_find_vma(bpf_get_current_task_btf(), vma_hva, see_slot_vma, &r, 0);
	if (ret < 0)
		r.reason = refused_reason(&r);
	s2_count_memslot(row, &r);
	s2_emit_memslot(row, &r);
}

#endif /* S2TRACE_BPF_MEMSLOT_H */
