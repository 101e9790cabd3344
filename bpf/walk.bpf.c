// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the stage-2 tables of running VMs, without a lock.
 *
 * KVM and the guest change and free tables at the same time. Everything is therefore read with
 * bpf_probe_read_kernel() or its like, which survives bad pointers. After each read of (a
 * chunk of) a table, the path to it is read again: if the VM still has the same tables, and
 * every descriptor on the path still points to the next, the table was valid while it was
 * read. Otherwise its content is discarded.
 *
 * A table is read in one piece and processed in groups: descriptors of a group that all
 * continue the current range cost four instructions each.
 */
#include "walk_kernel.h"
#include <s2trace/walk.h>

char LICENSE[] SEC("license") = "GPL";

/* Limit per program run, to yield the CPU: 1 M leaves. */
#define MAX_CHUNKS  2048
#define MAX_RETRIES 3
#define GROUP	    32
#define SINGLES	    16
/* At most this many VMs are counted, and S2_WALK_MAX_VMS of them listed. */
#define MAX_LIST (1U << 20)

const volatile __u32 page_shift = 12;
/* kvm_arch.nested_mmus is an array of pointers, not of structs. */
const volatile bool nested_indirect = false;
/* The kernel has bpf_rdonly_cast() (since 6.2). */
const volatile bool can_cast = false;

/* Results, which user space collects between two runs. */
__u64 vms[S2_WALK_MAX_VMS];
__u32 nr_vms, list_whole, list_known; /* nr_vms may exceed the size of vms */
__u64 vm_list_addr;		      /* if kallsyms lacks it */
struct s2_walk_slot slots[S2_WALK_MAX_SLOTS];
__u32 nr_slots, slots_whole; /* as nr_vms */
struct s2_walk_range ranges[S2_WALK_RANGES];
__u32 nr_ranges;

struct s2_walk_ask ask;
struct s2_walk_info info;
struct s2_walk_stats stats;
__u32 state;

/* The tables on the path from the first level to the current one. */
struct table {
	__u64 va;
	__u64 ipa;
	__u64 desc, slot; /* the descriptor that points here, and its address */
	__u32 idx, end;	  /* the next descriptor; their number */
	__u32 loaded;	  /* the buffer holds the chunk around idx */
	__u32 retries;	  /* of the descriptor at idx */
};

static struct table tables[S2_WALK_DEPTH];
static __u64 bufs[S2_WALK_DEPTH][S2_WALK_CHUNK];
static __u32 depth;

static __u64 pgt_addr;	    /* address of the pgt pointer in struct kvm_s2_mmu */
static __u64 linear_offset; /* from physical to virtual addresses */
static __u64 oa_mask;	    /* bits of the output address in a descriptor */

/* The current range. */
static struct s2_walk_range run;
static __u64 run_next;	 /* the IPA that would continue it */
static __u64 run_expect; /* the descriptor there, if output addresses continue too */

/*
 * The verifier tracks what a loop keeps in registers through every iteration, value by value.
 * Values in memory are unknown to it, so all iterations look the same.
 */
#define forget() asm volatile("" ::: "memory")

static __always_inline struct table *table_at(__u32 d)
{
	return &tables[d & (S2_WALK_DEPTH - 1)];
}

static __always_inline __u32 level_shift(__s32 level)
{
	return ((page_shift - 3) * (4 - level) + 3) & 63;
}

static __always_inline __u32 depth_shift(__u32 d)
{
	return level_shift(info.start_level + (__s32)d);
}

/* Returns 0 if the address cannot be read. */
static __always_inline __u64 read_u64(__u64 addr)
{
	__u64 v = 0;

	bpf_probe_read_kernel(&v, sizeof(v), (const void *)addr);
	return v;
}

/* Any kernel struct allows access to words; unreadable ones are 0. */
static __always_inline const __u64 *words_at(__u64 addr)
{
	return bpf_rdonly_cast((void *)addr, bpf_core_type_id_kernel(struct user_pt_regs));
}

/* Reads one word, in a tenth of the instructions where possible. */
static __always_inline __u64 peek_u64(__u64 addr)
{
	return can_cast ? *words_at(addr) : read_u64(addr);
}

/* kvm_pte_to_phys() */
static __always_inline __u64 desc_pa(__u64 desc)
{
	__u64 pa = desc & oa_mask;

	if (info.oa == S2_OA_52_LPA2)
		return (pa & ~0x300ULL) | (pa & 0x300) << 42;
	if (info.oa == S2_OA_52_LPA)
		return (pa & ~0xf000ULL) | (pa & 0xf000) << 36;
	return pa;
}

static __always_inline __u64 make_oa_mask(void)
{
	__u64 low = (1ULL << (page_shift & 31)) - 1;

	if (info.oa == S2_OA_52_LPA2)
		return (((1ULL << 50) - 1) & ~low) | 0x300;
	if (info.oa == S2_OA_52_LPA)
		return (((1ULL << 48) - 1) & ~low) | 0xf000;
	return ((1ULL << 48) - 1) & ~low;
}

/* Range */

static __always_inline void end_run(void)
{
	__u32 n = nr_ranges;

	if (!run.leaves || n >= S2_WALK_RANGES)
		return;
	ranges[n] = run;
	nr_ranges = n + 1;
	stats.leaves += run.leaves;
	run.leaves = 0;
}

static __always_inline bool continues(__u64 ipa, __u64 desc, __u32 level)
{
	if (!run.leaves || ipa != run_next || run.level != level || ((desc ^ run.desc) & ask.attrs))
		return false;
	return !ask.split_pa || !((desc ^ run_expect) & oa_mask);
}

/* Not inlined: the verifier then checks it once, not once per iteration. */
__noinline int add_leaf(__u64 ipa, __u64 desc, __u32 level, __u64 size)
{
	if (!continues(ipa, desc, level)) {
		end_run();
		run.ipa = ipa;
		run.desc = desc;
		run.level = level;
		run.scattered = 0;
		run_expect = desc;
	}
	if ((desc ^ run_expect) & oa_mask)
		run.scattered = 1;
	run.leaves++;
	run_next = ipa + size;
	run_expect += size;
	return 0;
}

/* Groups */

static __always_inline bool group_empty(const __u64 *p)
{
	__u64 any = 0;

#pragma unroll
	for (int i = 0; i < GROUP; i++)
		any |= p[i];
	return !(any & S2_DESC_VALID);
}

/* Whether leaves at the current index of table `d` continue the current range. */
static __always_inline bool may_continue(__u32 d)
{
	struct table *t = table_at(d);

	return run.leaves && t->ipa + ((__u64)t->idx << depth_shift(d)) == run_next &&
	       run.level == info.start_level + d + 1;
}

/*
 * Compares a group with the descriptors that would continue the range. Returns the bits that
 * differ.
 */
static __always_inline __u64 differ(const __u64 *p, __u64 *expect, __u64 size)
{
	__u64 diff = 0, e = *expect;

#pragma unroll
	for (int i = 0; i < GROUP; i++) {
		diff |= p[i] ^ e;
		e += size;
	}
	*expect = e;
	return diff;
}

/* The bits whose difference ends the range. */
static __always_inline __u64 unwanted(void)
{
	return ask.attrs | (ask.split_pa ? oa_mask : 0);
}

static __always_inline void add_leaves(__u32 nr, __u32 shift, __u64 diff, __u64 expect)
{
	if (diff & oa_mask)
		run.scattered = 1;
	run.leaves += nr;
	run_next += (__u64)nr << shift;
	run_expect = expect;
}

/* Processes the group at idx as a whole. 0: process it one by one. */
__noinline int take_group(__u32 d)
{
	struct table *t = table_at(d);
	const __u64 *p = &bufs[d & (S2_WALK_DEPTH - 1)][t->idx & (S2_WALK_CHUNK - GROUP)];
	__u64 desc = p[0], expect = run_expect, diff;
	__u32 shift = depth_shift(d);

	if (!(desc & S2_DESC_VALID)) {
		if (!group_empty(p))
			return 0;
	} else {
		if (!may_continue(d))
			return 0;
		diff = differ(p, &expect, 1ULL << shift);
		if (diff & unwanted())
			return 0;
		add_leaves(GROUP, shift, diff, expect);
	}
	t->idx += GROUP;
	return 1;
}

static __always_inline void enter(__u32 d, __u64 desc)
{
	struct table *up = table_at(d), *t = table_at(d + 1);
	__u32 idx = up->idx;

	t->va = desc_pa(desc) + linear_offset;
	t->ipa = up->ipa + ((__u64)idx << depth_shift(d));
	t->desc = desc;
	t->slot = up->va + idx * sizeof(__u64);
	t->idx = 0;
	t->end = 1U << ((page_shift - 3) & 31);
	t->loaded = 0;
	t->retries = 0;
	depth = d + 1;
}

/* Processes part of the group at idx one by one, up to a descriptor that points to a table. */
__noinline int take_singles(__u32 d)
{
	struct table *t = table_at(d);
	__u32 shift = depth_shift(d);
	__s32 level = info.start_level + (__s32)d;
	__u32 i, idx;
	__u64 desc;

#pragma clang loop unroll(disable)
	for (i = 0; i < SINGLES; i++) {
		forget();
		idx = t->idx;
		desc = bufs[d & (S2_WALK_DEPTH - 1)][idx & (S2_WALK_CHUNK - 1)];
		if ((desc & S2_DESC_VALID) && (desc & S2_DESC_TABLE) && level < 3) {
			enter(d, desc);
			return 1;
		}
		if (desc & S2_DESC_VALID)
			add_leaf(t->ipa + ((__u64)idx << shift), desc, level + 1, 1ULL << shift);
		t->idx = idx + 1;
		if (!((idx + 1) & (SINGLES - 1)))
			return 0;
	}
	return 0;
}

/* Tables */

/* Continues after the current descriptor of table `d`. */
static __always_inline void go_past(__u32 d)
{
	struct table *t = table_at(d);

	t->idx++;
	t->retries = 0;
	if (!(t->idx & (S2_WALK_CHUNK - 1)))
		t->loaded = 0;
}

static __always_inline void leave(void)
{
	__u32 d = depth;

	if (!d) {
		state = S2_WALK_DONE;
		return;
	}
	depth = d - 1;
	go_past(d - 1);
}

/*
 * Table `d` was replaced: its parent now contains `now`. If nothing of it was used yet, retry;
 * otherwise the rest of it is lost.
 */
static __always_inline void changed(__u32 d, __u64 now)
{
	struct table *up = table_at(d - 1);
	bool fresh = d == depth && !table_at(d)->idx;

	stats.changed++;
	depth = d - 1;
	if (fresh && up->retries++ < MAX_RETRIES) {
		bufs[(d - 1) & (S2_WALK_DEPTH - 1)][up->idx & (S2_WALK_CHUNK - 1)] = now;
		return;
	}
	stats.dropped++;
	go_past(d - 1);
}

/* Checks that the path to the current table is unchanged. 0: it is not, and that was handled. */
__noinline int still_there(void)
{
	__u64 now;
	__u32 d;

	if (peek_u64(pgt_addr) != info.pgt) {
		state = S2_WALK_GONE;
		return 0;
	}
#pragma clang loop unroll(disable)
	for (d = 1; d < S2_WALK_DEPTH; d++) {
		forget();
		if (d > depth)
			return 1;
		now = peek_u64(table_at(d)->slot);
		if (now != table_at(d)->desc) {
			changed(d, now);
			return 0;
		}
	}
	return 1;
}

/* Whole chunks: the fast path for most of a large VM */

/* Processes the chunk in the buffer as a whole. 0: process it in groups. */
__noinline int take_whole(__u32 d)
{
	__u64 expect = run_expect, diff = 0, bad = unwanted();
	__u32 i, shift = depth_shift(d);
	struct table *t = table_at(d);

	/* The verifier of 6.1 looks at functions that are never called, too. */
	if (!can_cast || !may_continue(d))
		return 0;
#pragma clang loop unroll(disable)
	for (i = 0; i < S2_WALK_CHUNK / GROUP; i++) {
		diff |= differ(&bufs[d & (S2_WALK_DEPTH - 1)][i * GROUP], &expect, 1ULL << shift);
		if (diff & bad)
			return 0;
	}
	add_leaves(S2_WALK_CHUNK, shift, diff, expect);
	t->idx += S2_WALK_CHUNK;
	t->loaded = 0;
	return 1;
}

/*
 * Processes a chunk in place: comparing is cheaper than copying. 0: copy it, and process it in
 * groups.
 */
__noinline int take_direct(__u32 d)
{
	__u64 expect = run_expect, diff = 0, bad = unwanted();
	__u32 i, shift = depth_shift(d);
	struct table *t = table_at(d);
	__u64 va = t->va + t->idx * sizeof(__u64);

	/* The verifier of 6.1 looks at functions that are never called, too. */
	if (!can_cast || !may_continue(d))
		return 0;
#pragma clang loop unroll(disable)
	for (i = 0; i < S2_WALK_CHUNK / GROUP; i++) {
		diff |= differ(words_at(va), &expect, 1ULL << shift);
		if (diff & bad)
			return 0;
		va += GROUP * sizeof(__u64);
	}
	if (!still_there())
		return 1;
	if (!t->idx)
		stats.tables++;
	add_leaves(S2_WALK_CHUNK, shift, diff, expect);
	t->idx += S2_WALK_CHUNK;
	return 1;
}

static __always_inline bool load(struct table *t, __u32 d)
{
	__u64 from = t->va + (t->idx & ~(S2_WALK_CHUNK - 1)) * sizeof(__u64);

	if (bpf_probe_read_kernel(bufs[d & (S2_WALK_DEPTH - 1)], sizeof(bufs[0]),
				  (const void *)from)) {
		stats.unreadable++;
		leave();
		return false;
	}
	if (!t->idx)
		stats.tables++;
	if (!still_there())
		return false;
	t->loaded = 1;
	return true;
}

/* Processes the rest of the buffer, up to a descriptor that points to a table. */
__noinline int take_chunk(__u32 d)
{
	struct table *t = table_at(d);
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < S2_WALK_CHUNK / SINGLES; i++) {
		forget();
		if (((t->idx & (GROUP - 1)) || !take_group(d)) && take_singles(d))
			return 0;
		if (t->idx & (S2_WALK_CHUNK - 1))
			continue;
		t->loaded = 0;
		return 0;
	}
	return 0;
}

static long step(__u32 i, void *ctx)
{
	__u32 d = depth;
	struct table *t = table_at(d);

	(void)i;
	(void)ctx;
	if (state != S2_WALK_MORE || nr_ranges > S2_WALK_RANGES - S2_WALK_CHUNK - 1)
		return 1;
	if (t->idx >= t->end) {
		leave();
		return 0;
	}
	if (t->loaded)
		take_chunk(d);
	else if (!(can_cast && take_direct(d)) && load(t, d) && !take_whole(d))
		take_chunk(d);
	return 0;
}

/*
 * The tree of mappings that KVM requested from the hypervisor, in order. It may be rotated at
 * the same time, and the result may match no state of it: readers trust it if two consecutive
 * reads agree.
 */
#define MAX_TREE_STEPS (1U << 17)
#define MAX_IDLE       256 /* steps between two mappings: no tree is that high */

enum { TREE_DOWN, TREE_HERE, TREE_UP };

__u64 tree_hash;
__u32 tree_whole;

/* Not a struct: the compiler would split it, and the kernel reject its BTF. */
static __u64 tree_node, tree_gfn; /* the position; the lowest gfn that may follow */
static __u32 tree_phase, tree_idle;

static __always_inline void tree_go(struct rb_node *node, __u32 phase)
{
	tree_node = (__u64)node;
	tree_phase = phase;
}

static __always_inline void tree_end(__u32 whole)
{
	tree_whole = whole;
	state = S2_WALK_DONE;
}

static __always_inline __u64 mapping_pages(struct pkvm_mapping *m)
{
	if (!bpf_core_field_exists(struct pkvm_mapping, nr_pages))
		return 1;
	return BPF_CORE_READ_BITFIELD_PROBED(m, nr_pages);
}

static __always_inline __u64 mapping_attrs(struct pkvm_mapping *m)
{
	if (!bpf_core_field_exists(struct pkvm_mapping, nc) || BPF_CORE_READ_BITFIELD_PROBED(m, nc))
		return S2_DESC_VALID;
	return S2_DESC_VALID | S2_DESC_MEMATTR;
}

/* Mappings are one page or one block. */
static __always_inline int tree_take(struct pkvm_mapping *m)
{
	__u64 gfn = BPF_CORE_READ(m, gfn), pfn = BPF_CORE_READ(m, pfn), nr = mapping_pages(m);
	bool page = nr == 1;

	if (gfn < tree_gfn || (!page && nr != 1ULL << ((page_shift - 3) & 63)))
		return -1;
	tree_gfn = gfn + nr;
	tree_idle = 0;
	tree_hash = ((tree_hash ^ gfn) * 0x9e3779b97f4a7c15ULL ^ pfn) * 0x9e3779b97f4a7c15ULL + nr;
	return add_leaf(gfn << (page_shift & 63), pfn << (page_shift & 63) | mapping_attrs(m),
			page ? 4 : 3, nr << (page_shift & 63));
}

static __always_inline void tree_up(struct rb_node *node)
{
	struct rb_node *up = (void *)(BPF_CORE_READ(node, __rb_parent_color) & ~3UL);

	if (!up)
		tree_end(1);
	else if (BPF_CORE_READ(up, rb_left) == node)
		tree_go(up, TREE_HERE);
	else if (BPF_CORE_READ(up, rb_right) == node)
		tree_go(up, TREE_UP);
	else
		tree_end(0);
}

static long tree_step(__u32 i, void *ctx)
{
	struct rb_node *node = (void *)tree_node, *next;

	(void)i;
	(void)ctx;
	if (state != S2_WALK_MORE || nr_ranges > S2_WALK_RANGES - 2)
		return 1;
	if (tree_idle++ > MAX_IDLE) {
		tree_end(0);
	} else if (tree_phase == TREE_DOWN) {
		next = BPF_CORE_READ(node, rb_left);
		tree_go(next ? next : node, next ? TREE_DOWN : TREE_HERE);
	} else if (tree_phase == TREE_UP) {
		tree_up(node);
	} else if (tree_take((void *)((__u64)node -
				      bpf_core_field_offset(struct pkvm_mapping, node)))) {
		tree_end(0);
	} else {
		next = BPF_CORE_READ(node, rb_right);
		tree_go(next ? next : node, next ? TREE_DOWN : TREE_UP);
	}
	return 0;
}

/* Constant, so that kernels without the tree skip code that needs it. */
#define HAS_TREE bpf_core_field_exists(struct kvm_pgtable, pkvm_mappings)

static __always_inline void begin_tree(struct kvm_pgtable *pgt)
{
	/* Both kinds of root start with the pointer. */
	__u64 root = (__u64)pgt + bpf_core_field_offset(struct kvm_pgtable, pkvm_mappings);

	info.oa = S2_OA_HYP;
	oa_mask = ((1ULL << 52) - 1) & ~((1ULL << (page_shift & 31)) - 1);
	depth = 0;
	run.leaves = 0;
	tree_hash = tree_gfn = tree_idle = 0;
	tree_go((void *)read_u64(root), TREE_DOWN);
	state = S2_WALK_MORE;
	if (!tree_node)
		tree_end(1);
}

/* Continues what begin() started. */
SEC("syscall")
int go_on(void *ctx)
{
	(void)ctx;
	if (HAS_TREE && info.hyp_owned)
		bpf_loop(MAX_TREE_STEPS, tree_step, NULL, 0);
	else
		bpf_loop(MAX_CHUNKS, step, NULL, 0);
	if (state == S2_WALK_DONE && still_there())
		end_run();
	return 0;
}

/* Properties of a VM */

static __always_inline __u64 find_mmu(struct kvm *kvm)
{
	__u64 base;

	if (ask.nested < 0)
		return (__u64)__builtin_preserve_access_index(&kvm->arch.mmu);
	if (!bpf_core_field_exists(kvm->arch.nested_mmus) || (__u32)ask.nested >= info.nr_nested)
		return 0;
	base = (__u64)BPF_CORE_READ(kvm, arch.nested_mmus);
	if (!nested_indirect)
		return base + ask.nested * bpf_core_type_size(struct kvm_s2_mmu);
	return read_u64(base + ask.nested * sizeof(void *));
}

static __always_inline __u32 kind_of_oa(void)
{
	if (page_shift == 16)
		return S2_OA_52_LPA;
	return info.vtcr >> 32 & 1 ? S2_OA_52_LPA2 : S2_OA_48; /* VTCR_EL2.DS */
}

static __always_inline bool hyp_owned(void)
{
	__u32 on = 0;

	if (!&kvm_protected_mode_initialized || !HAS_TREE)
		return false;
	bpf_probe_read_kernel(&on, sizeof(on), &kvm_protected_mode_initialized);
	return on;
}

static __always_inline void read_owner(struct kvm *kvm)
{
	info.pid = info.tgid = 0;
	if (bpf_core_field_exists(kvm->userspace_pid))
		info.pid = BPF_CORE_READ(kvm, userspace_pid);
	if (bpf_core_field_exists(struct mm_struct, owner))
		info.tgid = BPF_CORE_READ(kvm, mm, owner, tgid);
}

static __always_inline void read_geometry(struct kvm *kvm, struct kvm_s2_mmu *mmu,
					  struct kvm_pgtable *pgt)
{
	info.ia_bits = BPF_CORE_READ_BITFIELD_PROBED(pgt, ia_bits);
	info.start_level = BPF_CORE_READ_BITFIELD_PROBED(pgt, start_level);
	if (bpf_core_field_exists(mmu->vtcr))
		info.vtcr = BPF_CORE_READ(mmu, vtcr);
	else
		info.vtcr = BPF_CORE_READ(kvm, arch.vtcr);
	info.oa = kind_of_oa();
}

static __always_inline bool plausible(__u64 pgd, __u64 phys)
{
	return pgd && phys && info.ia_bits >= 25 && info.ia_bits <= 52 && info.start_level >= -1 &&
	       info.start_level <= 3;
}

static __always_inline void begin_at(__u64 pgd, __u64 phys)
{
	struct table *t = &tables[0];
	__u64 last = (1ULL << (info.ia_bits & 63)) - 1;

	linear_offset = pgd - phys;
	oa_mask = make_oa_mask();
	depth = 0;
	run.leaves = 0;
	t->va = pgd;
	t->ipa = t->desc = t->slot = 0;
	t->idx = t->loaded = t->retries = 0;
	/* First-level tables may be concatenated. */
	t->end = ((last >> level_shift(info.start_level - 1)) + 1) << ((page_shift - 3) & 31);
	state = S2_WALK_MORE;
}

/* Starts on the VM in `ask`: fills `info`, and goes to its first table. */
SEC("syscall")
int begin(void *ctx)
{
	struct kvm *kvm = (void *)ask.kvm;
	struct kvm_s2_mmu *mmu;
	struct kvm_pgtable *pgt;
	__u64 pgd, phys;

	(void)ctx;
	state = S2_WALK_GONE;
	__builtin_memset(&stats, 0, sizeof(stats));
	nr_ranges = 0;
	read_owner(kvm);
	info.nr_nested = bpf_core_field_exists(kvm->arch.nested_mmus_size)
				 ? BPF_CORE_READ(kvm, arch.nested_mmus_size)
				 : 0;
	info.hyp_owned = hyp_owned();
	mmu = (void *)find_mmu(kvm);
	pgt = BPF_CORE_READ(mmu, pgt);
	pgt_addr = (__u64)__builtin_preserve_access_index(&mmu->pgt);
	info.pgt = (__u64)pgt;
	if (!mmu || !pgt)
		return 0;
	if (HAS_TREE && info.hyp_owned) {
		begin_tree(pgt);
		return 0;
	}
	read_geometry(kvm, mmu, pgt);
	pgd = (__u64)BPF_CORE_READ(pgt, pgd);
	phys = BPF_CORE_READ(mmu, pgd_phys) & ((1ULL << 52) - 1);
	if (plausible(pgd, phys))
		begin_at(pgd, phys);
	return 0;
}

/* The list of VMs */

static __always_inline __u64 list_head(void)
{
	return vm_list_addr ? vm_list_addr : (__u64)&vm_list;
}

static long list_step(__u32 i, struct list_head **at)
{
	struct list_head *vm = *at;
	__u32 n = nr_vms;

	(void)i;
	if ((__u64)vm == list_head()) {
		list_whole = 1;
		return 1;
	}
	if (n < S2_WALK_MAX_VMS)
		vms[n] = (__u64)vm - bpf_core_field_offset(struct kvm, vm_list);
	nr_vms = n + 1;
	return bpf_core_read(at, sizeof(*at), &vm->next) != 0;
}

/*
 * If a VM is removed from the list at the same time, the walk may end early: list_whole is 0
 * then.
 */
SEC("syscall")
int list_vms(void *ctx)
{
	struct list_head *at = NULL;

	(void)ctx;
	nr_vms = list_whole = 0;
	list_known = !!list_head();
	if (bpf_probe_read_kernel(&at, sizeof(at), (const void *)list_head()))
		return 0;
	bpf_loop(MAX_LIST + 1, list_step, &at, 0);
	return 0;
}

/* Memslots, by the hash table of their ids */

#define ID_BUCKETS 128

struct slot_walk {
	struct kvm_memslots *set;
	struct hlist_node *node;
	__u32 bucket, node_idx;
};

/*
 * Not on the stack: the verifier of 6.1 checks the body of a loop with the values of the first
 * iteration, and removes branches that these cannot take.
 */
static struct slot_walk slot_walk;

static __always_inline void take_slot(const struct kvm_memory_slot *slot)
{
	__u32 n = nr_slots;

	nr_slots = n + 1;
	if (n >= S2_WALK_MAX_SLOTS)
		return;
	slots[n].base_gfn = BPF_CORE_READ(slot, base_gfn);
	slots[n].npages = BPF_CORE_READ(slot, npages);
	slots[n].hva = BPF_CORE_READ(slot, userspace_addr);
	slots[n].flags = BPF_CORE_READ(slot, flags);
	slots[n].id = BPF_CORE_READ(slot, id);
}

static long slot_step(__u32 i, void *ctx)
{
	struct slot_walk *w = &slot_walk;
	struct kvm_memslots *set = w->set;
	struct hlist_node *node = w->node;
	__u64 bucket;

	(void)i;
	(void)ctx;
	if (node) {
		take_slot((void *)((__u64)node -
				   bpf_core_field_offset(struct kvm_memory_slot, id_node) -
				   w->node_idx * bpf_core_type_size(struct hlist_node)));
		return bpf_core_read(&w->node, sizeof(w->node), &node->next) != 0;
	}
	if (w->bucket >= ID_BUCKETS) {
		slots_whole = 1;
		return 1;
	}
	bucket = (__u64)__builtin_preserve_access_index(&set->id_hash) +
		 w->bucket++ * bpf_core_type_size(struct hlist_head);
	return bpf_probe_read_kernel(&w->node, sizeof(w->node), (const void *)bucket) != 0;
}

SEC("syscall")
int read_slots(void *ctx)
{
	struct kvm *kvm = (void *)ask.kvm;
	struct kvm_memslots *set = BPF_CORE_READ(kvm, memslots[0]);
	__u64 generation = BPF_CORE_READ(set, generation);

	(void)ctx;
	nr_slots = slots_whole = 0;
	slot_walk.set = set;
	slot_walk.node = NULL;
	slot_walk.bucket = 0;
	slot_walk.node_idx = BPF_CORE_READ(set, node_idx) & 1;
	bpf_loop(2 * S2_WALK_MAX_SLOTS + ID_BUCKETS + 1, slot_step, NULL, 0);
	/* An update swaps the two sets, then frees slots of the one that was read. */
	if (BPF_CORE_READ(kvm, memslots[0]) != set || BPF_CORE_READ(set, generation) != generation)
		slots_whole = 0;
	return 0;
}
