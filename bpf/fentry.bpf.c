// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fentry source: BPF trampolines on functions of an unpatched kernel.
 *
 * Sections name no target. The loader looks up in the kernel's BTF which functions exist, and
 * the positions of their arguments.
 */
#include <linux/bpf.h>
#include <s2trace/vocab.h>

#define S2_SOURCE	   S2_BACKEND_FENTRY
#define S2_GET(ptr, field) ((ptr)->field)
#include "changes_fentry.bpf.h"
#include "flight.bpf.h"
#include "memslot.bpf.h"
#include "vncr.bpf.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline __u64 arg(void *ctx, __u8 n)
{
	__u64 v = 0;

	bpf_get_func_arg(ctx, n, &v);
	return v;
}

static __always_inline __u64 func_ret(void *ctx)
{
	__u64 v = 0;

	bpf_get_func_ret(ctx, &v);
	return v;
}

SEC("fexit")
int BPF_PROG(abort_end, struct kvm_vcpu *vcpu, int ret)
{
	struct s2_flight *f = flight_find();

	if (f)
		fault_end(f, vcpu, ret);
	return 0;
}

/* __kvm_faultin_pfn(), or __gfn_to_pfn_memslot() in older kernels. */
SEC("fexit")
int BPF_PROG(faultin, struct kvm_memory_slot *slot, __u64 gfn)
{
	struct s2_flight *f = flight_find();

	if (!f)
		return 0;
	fault_saw_slot(f, slot);
	fault_saw_pfn(f, func_ret(ctx));
	f->gfn = gfn;
	f->writable = 0;
	if (args.writable == S2_NO_ARG || !(f->has & S2_HAS_PFN))
		return 0;
	bpf_probe_read_kernel(&f->writable, 1, (void *)arg(ctx, args.writable));
	f->has |= S2_HAS_WRITABLE;
	return 0;
}

/* KVM sends a signal because of a poisoned page. */
SEC("fentry")
int BPF_PROG(poison)
{
	fault_saw_path(S2_PATH_HWPOISON);
	return 0;
}

SEC("fexit")
int BPF_PROG(gmem, struct kvm *kvm, struct kvm_memory_slot *slot, __u64 gfn, __u64 *pfn)
{
	struct s2_flight *f = flight_find();

	if (!f)
		return 0;
	fault_saw_slot(f, slot);
	f->gfn = gfn;
	f->writable = !(slot->flags & S2_KVM_MEM_READONLY);
	fault_saw_gmem(f, pfn, func_ret(ctx));
	return 0;
}

static __always_inline int on_map(void *ctx)
{
	struct s2_flight *f = flight_find();

	if (!f)
		return 0;
	f->size = arg(ctx, args.map_size);
	f->phys = arg(ctx, args.map_phys);
	f->prot = arg(ctx, args.map_prot);
	f->map_ret = func_ret(ctx);
	f->path |= S2_PATH_MAP;
	return 0;
}

static __always_inline int on_relax(void *ctx)
{
	struct s2_flight *f = flight_find();

	if (!f)
		return 0;
	f->prot = arg(ctx, args.relax_prot);
	f->map_ret = func_ret(ctx);
	f->path |= S2_PATH_RELAX;
	return 0;
}

/* Either of the two stage-2 implementations. */
#define WALK(name, what)                                                                           \
	SEC("fexit")                                                                               \
	int BPF_PROG(name)                                                                         \
	{                                                                                          \
		return what(ctx);                                                                  \
	}

WALK(map, on_map)
WALK(pkvm_map, on_map)
WALK(relax, on_relax)
WALK(pkvm_relax, on_relax)

#define INJECT(name, path)                                                                         \
	SEC("fentry")                                                                              \
	int BPF_PROG(name)                                                                         \
	{                                                                                          \
		fault_saw_path(path);                                                              \
		return 0;                                                                          \
	}

INJECT(inject_abort, S2_PATH_INJECT)
INJECT(inject_pabt, S2_PATH_INJECT)
INJECT(inject_size, S2_PATH_INJECT_SIZE)
INJECT(inject_excl, S2_PATH_INJECT_EXCL)
INJECT(inject_s2, S2_PATH_INJECT_S2)

/* The new slot is NULL on deletion: the verifier must not assume otherwise. */
SEC("fexit")
int BPF_PROG(memslot, struct kvm *kvm, struct kvm_memory_slot *old, struct kvm_memory_slot *new,
	     __u32 mr_change, int ret)
{
	__u8 change = S2_KMAP(kmap.change, mr_change);

	emit_memslot(kvm, change == S2_SLOT_DELETE ? old : new, change, ret);
	return 0;
}

/* Attached last and detached first, so that every fault is observed to its end. */
SEC("fentry")
int BPF_PROG(abort_begin)
{
	fault_begin();
	return 0;
}
