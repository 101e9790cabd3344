// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kprobe source: for kernels without BPF trampolines (arm64 before 6.4).
 *
 * When a function returns, its arguments are gone. Those that are needed then are kept with
 * the fault, or, for other functions, in a table of their own. Programs NAME_begin and
 * NAME_end are the two halves of one function.
 */
#include <linux/bpf.h>
#include <s2trace/vocab.h>

#define S2_SOURCE	   S2_BACKEND_KPROBE
#define S2_GET(ptr, field) BPF_CORE_READ(ptr, field)
#include "changes.bpf.h"
#include "flight.bpf.h"
#include "memslot.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct pt_regs;

/* The first eight arguments are in x0 to x7, and so is the result in x0. */
static __always_inline __u64 reg(struct pt_regs *ctx, __u8 n)
{
	__u64 v = 0;

	bpf_probe_read_kernel(&v, sizeof(v), (const __u64 *)ctx + (n & 7));
	return v;
}

/* Arguments of functions outside a fault, by thread. */
struct s2_call {
	__u64 arg[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct s2_call);
} calls SEC(".maps");

static __always_inline int call_begin(struct pt_regs *ctx)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct s2_call c = { { reg(ctx, 0), reg(ctx, 1), reg(ctx, 2), reg(ctx, 3) } };

	if (bpf_map_update_elem(&calls, &tid, &c, BPF_ANY))
		s2_count_loss(S2_LOST_FLIGHT);
	return 0;
}

static __always_inline bool call_end(struct s2_call *c)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct s2_call *at = bpf_map_lookup_elem(&calls, &tid);

	if (!at)
		return false;
	*c = *at;
	bpf_map_delete_elem(&calls, &tid);
	return true;
}

SEC("kretprobe")
int abort_end(struct pt_regs *ctx)
{
	struct s2_flight *f = flight_find();

	if (f)
		fault_end(f, (const struct kvm_vcpu *)f->arg[0], reg(ctx, 0));
	return 0;
}

/* __kvm_faultin_pfn(), or __gfn_to_pfn_memslot() in older kernels. */
SEC("kprobe")
int faultin_begin(struct pt_regs *ctx)
{
	struct s2_flight *f = flight_find();

	if (!f)
		return 0;
	fault_saw_slot(f, (const struct kvm_memory_slot *)reg(ctx, 0));
	f->gfn = reg(ctx, 1);
	f->arg[1] = args.writable == S2_NO_ARG ? 0 : reg(ctx, args.writable);
	return 0;
}

SEC("kretprobe")
int faultin_end(struct pt_regs *ctx)
{
	struct s2_flight *f = flight_find();

	if (!f)
		return 0;
	fault_saw_pfn(f, reg(ctx, 0));
	f->writable = 0;
	if (!f->arg[1] || !(f->has & S2_HAS_PFN))
		return 0;
	bpf_probe_read_kernel(&f->writable, 1, (void *)f->arg[1]);
	f->has |= S2_HAS_WRITABLE;
	return 0;
}

SEC("kprobe")
int poison(struct pt_regs *ctx)
{
	fault_saw_path(S2_PATH_HWPOISON);
	return 0;
}

SEC("kprobe")
int gmem_begin(struct pt_regs *ctx)
{
	const struct kvm_memory_slot *slot = (const void *)reg(ctx, 1);
	struct s2_flight *f = flight_find();

	if (!f)
		return 0;
	fault_saw_slot(f, slot);
	f->gfn = reg(ctx, 2);
	f->writable = !(S2_GET(slot, flags) & S2_KVM_MEM_READONLY);
	f->arg[1] = reg(ctx, 3);
	return 0;
}

SEC("kretprobe")
int gmem_end(struct pt_regs *ctx)
{
	struct s2_flight *f = flight_find();

	if (f)
		fault_saw_gmem(f, (const __u64 *)f->arg[1], reg(ctx, 0));
	return 0;
}

static __always_inline int on_map(struct pt_regs *ctx)
{
	struct s2_flight *f = flight_find();

	if (!f)
		return 0;
	f->size = reg(ctx, args.map_size);
	f->phys = reg(ctx, args.map_phys);
	f->prot = reg(ctx, args.map_prot);
	return 0;
}

static __always_inline int on_relax(struct pt_regs *ctx)
{
	struct s2_flight *f = flight_find();

	if (!f)
		return 0;
	f->prot = reg(ctx, args.relax_prot);
	return 0;
}

static __always_inline int on_walked(struct pt_regs *ctx, __u32 path)
{
	struct s2_flight *f = flight_find();

	if (!f)
		return 0;
	f->map_ret = reg(ctx, 0);
	f->path |= path;
	return 0;
}

#define WALK(name, on_begin, path)                                                                 \
	SEC("kprobe")                                                                              \
	int name##_begin(struct pt_regs *ctx)                                                      \
	{                                                                                          \
		return on_begin(ctx);                                                              \
	}                                                                                          \
	SEC("kretprobe")                                                                           \
	int name##_end(struct pt_regs *ctx)                                                        \
	{                                                                                          \
		return on_walked(ctx, path);                                                       \
	}

WALK(map, on_map, S2_PATH_MAP)
WALK(pkvm_map, on_map, S2_PATH_MAP)
WALK(relax, on_relax, S2_PATH_RELAX)
WALK(pkvm_relax, on_relax, S2_PATH_RELAX)

#define INJECT(name, bits)                                                                         \
	SEC("kprobe")                                                                              \
	int name(struct pt_regs *ctx)                                                              \
	{                                                                                          \
		fault_saw_path(bits);                                                              \
		return 0;                                                                          \
	}

INJECT(inject_abort, S2_PATH_INJECT)
INJECT(inject_pabt, S2_PATH_INJECT)
INJECT(inject_size, S2_PATH_INJECT_SIZE)
INJECT(inject_excl, S2_PATH_INJECT_EXCL)
INJECT(inject_s2, S2_PATH_INJECT_S2)

SEC("kprobe")
int memslot_begin(struct pt_regs *ctx)
{
	return call_begin(ctx);
}

SEC("kretprobe")
int memslot_end(struct pt_regs *ctx)
{
	struct s2_call c;
	__u64 slot;
	__u8 change;

	if (!call_end(&c))
		return 0;
	change = S2_KMAP(kmap.change, c.arg[3]);
	slot = change == S2_SLOT_DELETE ? c.arg[1] : c.arg[2];
	emit_memslot((const struct kvm *)c.arg[0], (const struct kvm_memory_slot *)slot, change,
		     reg(ctx, 0));
	return 0;
}

SEC("kprobe")
int unmap(struct pt_regs *ctx)
{
	unmap_gfns((const struct kvm *)reg(ctx, 0), (const struct kvm_gfn_range *)reg(ctx, 1));
	return 0;
}

SEC("kprobe")
int flush_slot(struct pt_regs *ctx)
{
	unmap_slot((const struct kvm *)reg(ctx, 0), (const struct kvm_memory_slot *)reg(ctx, 1));
	return 0;
}

SEC("kprobe")
int reset_begin(struct pt_regs *ctx)
{
	doing_cause(S2_UNMAP_VCPU_RESET);
	return 0;
}

SEC("kretprobe")
int reset_end(struct pt_regs *ctx)
{
	doing_cause(S2_UNMAP__MAX);
	return 0;
}

SEC("kretprobe")
int shadow_end(struct pt_regs *ctx)
{
	doing_cause(S2_UNMAP__MAX);
	return 0;
}

/* The first three arguments of functions that change tables. */
#define CHANGE(name, what, type, ...)                                                              \
	SEC("kprobe")                                                                              \
	int name(struct pt_regs *ctx)                                                              \
	{                                                                                          \
		what((const type *)reg(ctx, 0), reg(ctx, 1), reg(ctx, 2), ##__VA_ARGS__);          \
		return 0;                                                                          \
	}

CHANGE(shadow_unmap, unmap_shadow, struct kvm_s2_mmu)
CHANGE(shadow_protect, protect_shadow, struct kvm_s2_mmu)
CHANGE(reset_unmap, unmap_reset, struct kvm_pgtable)
CHANGE(pkvm_reset_unmap, unmap_reset, struct kvm_pgtable)
CHANGE(protect, protect_own, struct kvm_pgtable, S2_PROTECT_WRITE)
CHANGE(pkvm_protect, protect_own, struct kvm_pgtable, S2_PROTECT_WRITE)

SEC("kprobe")
int split_begin(struct pt_regs *ctx)
{
	return call_begin(ctx);
}

SEC("kretprobe")
int split_end(struct pt_regs *ctx)
{
	struct s2_call c;

	if (call_end(&c) && !(int)reg(ctx, 0))
		protect_own((const struct kvm_pgtable *)c.arg[0], c.arg[1], c.arg[2],
			    S2_PROTECT_SPLIT);
	return 0;
}

#define CMO_TABLES(name)                                                                           \
	SEC("kprobe")                                                                              \
	int name(struct pt_regs *ctx)                                                              \
	{                                                                                          \
		cmo_tables((const struct kvm_pgtable *)reg(ctx, 0));                               \
		return 0;                                                                          \
	}

CMO_TABLES(cmo_map)
CMO_TABLES(cmo_unmap)
CMO_TABLES(cmo_relax)
CMO_TABLES(cmo_flush)

SEC("kprobe")
int cmo_clean(struct pt_regs *ctx)
{
	emit_cmo(reg(ctx, 1), S2_CMO_DCACHE_CLEAN_INVAL, change_config.clean_done);
	return 0;
}

SEC("kprobe")
int cmo_inval(struct pt_regs *ctx)
{
	emit_cmo(reg(ctx, 1), S2_CMO_ICACHE_INVAL, change_config.inval_done);
	return 0;
}

SEC("kprobe")
int vm_init_begin(struct pt_regs *ctx)
{
	return call_begin(ctx);
}

SEC("kretprobe")
int vm_init_end(struct pt_regs *ctx)
{
	struct s2_call c;

	if (call_end(&c) && !(int)reg(ctx, 0))
		s2_vm_created((const struct kvm *)c.arg[0]);
	return 0;
}

SEC("kprobe")
int vm_destroy(struct pt_regs *ctx)
{
	s2_vm_destroyed((const struct kvm *)reg(ctx, 0));
	return 0;
}

/* Attached last and detached first, so that every fault is observed to its end. */
SEC("kprobe")
int abort_begin(struct pt_regs *ctx)
{
	struct s2_flight *f = fault_begin();

	if (f)
		f->arg[0] = reg(ctx, 0);
	return 0;
}
