// SPDX-License-Identifier: GPL-2.0-only
/*
 * Building blocks of situations: a VM, its memory, accesses of the guest, and for each of them
 * the decision that KVM must make.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

extern const char payload_start[], payload_end[];

bool cacheable_pfnmap(const struct env *env)
{
	return env->fwb && env->dic;
}

/*
 * Older kernels check for every page frame whether they map it, later ones only for device
 * memory.
 */
int kernel_mapped(const struct env *env, const struct region *r)
{
	if (r->pfnmap)
		return 0;
	return env->asks_vma ? -1 : 1;
}

/* Why the host rejects cacheable memory that it does not map itself. */
const char *pfnmap_reason(const struct env *env)
{
	if (!env->fwb && !env->dic)
		return "pfnmap_needs_fwb_dic";
	return env->fwb ? "pfnmap_needs_dic" : "pfnmap_needs_fwb";
}

/*
 * Permissions of a new mapping. Cacheable memory is executable at once if the instruction
 * cache needs no maintenance, otherwise after it is executed.
 */
const char *env__prot(const struct env *env, bool writable, bool cacheable, const char *access)
{
	bool exec = cacheable && (env->dic || !strcmp(access, "exec"));

	if (exec)
		return writable ? "rwx" : "r-x";
	return writable ? "rw-" : "r--";
}

struct region *env__region(struct env *env)
{
	struct region *r;

	if (env->nr_regions == (int)ARRAY_SIZE(env->region))
		die("too many regions");
	r = &env->region[env->nr_regions++];
	r->slot = env->nr_regions;
	r->ipa = (uint64_t)REGION_IPA * env->nr_regions;
	return r;
}

static struct kvm_userspace_memory_region slot_of(const struct region *r)
{
	return (struct kvm_userspace_memory_region){
		.slot = r->slot,
		.flags = r->slot_flags,
		.guest_phys_addr = r->ipa,
		.memory_size = r->size,
		.userspace_addr = (uintptr_t)r->hva,
	};
}

static void set_slot(struct env *env, const struct region *r, const char *change)
{
	struct kvm_userspace_memory_region slot = slot_of(r);
	int err = vm__set_slot(env->vm, &slot);

	if (err)
		die("memslot %d (%s): %s", r->slot, change, strerror(err));
	expect_slot(env, change, &slot, 0, NULL);
}

void env__add_slot(struct env *env, struct region *r)
{
	set_slot(env, r, "create");
}

/* Whether it is rejected depends on the age of the kernel: see sit_device.c. */
bool env__try_slot(struct env *env, struct region *r)
{
	struct kvm_userspace_memory_region slot = slot_of(r);
	int err = vm__set_slot(env->vm, &slot);

	expect_slot(env, "create", &slot, -err, err ? pfnmap_reason(env) : NULL);
	return !err;
}

/* KVM must reject the slot with this errno and for this reason. */
void env__refuse_slot(struct env *env, struct region *r, const char *change, int err,
		      const char *reason)
{
	struct kvm_userspace_memory_region slot = slot_of(r);
	int got = vm__set_slot(env->vm, &slot);

	if (got != err)
		die("memslot %d: %s, but must be refused: %s", r->slot,
		    got ? strerror(got) : "accepted", strerror(err));
	expect_slot(env, change, &slot, -err, reason);
}

void env__set_flags(struct env *env, struct region *r, uint32_t flags)
{
	r->slot_flags = flags;
	set_slot(env, r, "flags_only");
}

void env__delete_slot(struct env *env, struct region *r)
{
	struct kvm_userspace_memory_region slot = slot_of(r);

	slot.memory_size = 0;
	if (vm__set_slot(env->vm, &slot))
		die("memslot %d: not deleted: %s", r->slot, strerror(errno));
	expect_slot(env, "delete", &slot, 0, NULL);
	expect_unmap(env, "memslot", r->ipa, r->size);
}

void env__move_slot(struct env *env, struct region *r, uint64_t ipa)
{
	expect_unmap(env, "memslot", r->ipa, r->size);
	r->ipa = ipa;
	set_slot(env, r, "move");
}

/* The payload's page, at the same offset within a block on both sides. */
static void make_code(struct env *env)
{
	struct region *r = &env->code;

	if (!r->hva) {
		region__anon(r, page_size());
		r->ipa = CODE_IPA;
		r->limit = "slot_edge";
		region__map(r, r->hva + CODE_IPA % pmd_size());
		memcpy(r->hva, payload_start, payload_end - payload_start);
		__builtin___clear_cache((char *)r->hva, (char *)r->hva + r->size);
	}
	if (env->protected) {
		r->limit = "protected";
		r->vma_attr = NULL;
	}
	env__add_slot(env, r);
}

/* The VM, its vCPUs and the payload's slot. */
void env__boot(struct env *env)
{
	env->vm = vm__new(&env->opts);
	env->nr_vms++;
	env->started = false;
	make_code(env);
	vm__start(env->vm);
}

void env__shutdown(struct env *env)
{
	if (env->vm)
		vm__free(env->vm);
	env->vm = NULL;
}

static struct decision decision_of(struct env *env, const struct region *r, uint64_t offset,
				   const char *access)
{
	return (struct decision){
		.ipa = r->ipa + offset,
		.hva = (uintptr_t)r->hva + offset,
		.stride = page_size(),
		.count = 1,
		.pa = NO_PA,
		.access = access,
		.fault = "translation",
		.slot = r->slot,
		.vma_page = r->vma_page,
		.vma_attr = r->vma_attr,
		.vma_has = r->vma_has,
		.vma_hasnt = r->vma_hasnt,
		.kernel_mapped = -1,
		.map_writable = -1,
		.bdf = r->bdf,
		.bar = r->bar,
		.bdf_maybe = !env->asks_vma,
		.dirty_log = r->slot_flags & KVM_MEM_LOG_DIRTY_PAGES,
		.mte = env->opts.mte,
		.nested = env->nested,
	};
}

static struct decision *expect_mapped(struct env *env, struct region *r, const char *access,
				      uint64_t offset, uint64_t unit, uint64_t count)
{
	struct decision d = decision_of(env, r, offset, access);

	d.outcome = "mapped";
	d.size = unit;
	d.stride = unit;
	d.count = count;
	d.type = r->type;
	d.limit = r->limit;
	d.kernel_mapped = kernel_mapped(env, r);
	d.map_writable = r->writable;
	d.pa = r->phys == NO_PA ? NO_PA : r->phys + offset;
	strcpy(d.prot, env__prot(env, r->writable, !strcmp(r->type, "NORMAL"), access));
	return expect_decision(env, &d);
}

/* Maps some of the region's units, by accesses to the first page of each. */
struct decision *env__mapped(struct env *env, struct region *r, const char *access, uint64_t first,
			     uint64_t count)
{
	return expect_mapped(env, r, access, first * r->unit, r->unit, count);
}

/* Maps some pages, although the region could be mapped in larger units. */
struct decision *env__page(struct env *env, struct region *r, const char *access, uint64_t offset,
			   uint64_t count)
{
	return expect_mapped(env, r, access, offset, page_size(), count);
}

/* An access makes KVM_RUN fail with EFAULT. */
struct decision *env__rejected(struct env *env, struct region *r, const char *access,
			       uint64_t offset, const char *reason)
{
	struct decision d = decision_of(env, r, offset, access);

	d.outcome = "rejected";
	d.reason = reason;
	d.ret = -EFAULT;
	return expect_decision(env, &d);
}

/* An access within a slot that results in an abort in the guest. */
struct decision *env__injected(struct env *env, struct region *r, const char *access,
			       uint64_t offset, const char *reason)
{
	struct decision d = decision_of(env, r, offset, access);

	d.outcome = "injected";
	d.reason = reason;
	d.ret = -ENOEXEC;
	d.kernel_mapped = r->pfnmap ? 0 : -1;
	return expect_decision(env, &d);
}

static struct decision *expect_nowhere(struct env *env, const char *outcome, const char *access,
				       uint64_t ipa, const char *reason)
{
	struct decision d = {
		.ipa = ipa,
		.count = 1,
		.pa = NO_PA,
		.access = access,
		.fault = "translation",
		.outcome = outcome,
		.reason = reason,
		.slot = -1,
		.kernel_mapped = -1,
		.map_writable = -1,
		.mte = env->opts.mte,
		.nested = env->nested,
	};

	return expect_decision(env, &d);
}

/* The same outside of any slot. */
struct decision *env__injected_nowhere(struct env *env, const char *access, uint64_t ipa,
				       const char *reason)
{
	struct decision *d = expect_nowhere(env, "injected", access, ipa, reason);

	d->any_ret = true;
	return d;
}

/* MMIO that KVM cannot emulate: KVM_RUN fails with ENOSYS. */
struct decision *env__rejected_nowhere(struct env *env, const char *access, uint64_t ipa,
				       const char *reason)
{
	struct decision *d = expect_nowhere(env, "rejected", access, ipa, reason);

	d->ret = -ENOSYS;
	return d;
}

/*
 * The host moved (copied) the page during the fault: KVM gives up, and the next fault finds
 * nothing mapped.
 */
struct decision *env__copied(struct env *env, struct region *r, uint64_t first, uint64_t count)
{
	struct decision *d = env__mapped(env, r, "write", first, count);

	d->fault = "permission";
	d->outcome = "retried";
	d->reason = "notifier_race";
	d->ret = -EAGAIN;
	d->size = 0;
	d->type = NULL;
	d->limit = NULL;
	return d;
}

static int op_of(const char *access)
{
	switch (access[0]) {
	case 'w':
		return OP_WRITE;
	case 'e':
		return OP_EXEC;
	default:
		return OP_READ;
	}
}

static void expect_start(struct env *env)
{
	struct decision *d;

	if (env->started)
		return;
	env->started = true;
	d = env__mapped(env, &env->code, "exec", 0, 1);
	env__note_pas(env, &env->code, d);
}

/* Makes the guest do it, and adds up the results. Expectations come first. */
void env__command(struct env *env, struct cmd *cmd, bool same_range)
{
	expect_start(env);
	vm__command(env->vm, cmd, same_range);
	env->injected += cmd->injected;
	env->failed += cmd->failed;
	env->poisoned += cmd->poisoned;
	env->mmio += cmd->mmio;
}

void env__touch_ipa(struct env *env, uint64_t ipa, const char *access)
{
	struct cmd cmd = { .base = ipa, .count = 1, .op = op_of(access) };

	env__command(env, &cmd, false);
}

void env__touch(struct env *env, struct region *r, const char *access, uint64_t offset,
		uint64_t count, uint64_t stride)
{
	struct cmd cmd = {
		.base = r->ipa + offset, .count = count, .stride = stride, .op = op_of(access)
	};

	env__command(env, &cmd, false);
}

/* The usual case: each unit of the region is touched once, and mapped. */
struct decision *env__touch_units(struct env *env, struct region *r, const char *access)
{
	uint64_t n = r->size / r->unit;
	struct decision *d = env__mapped(env, r, access, 0, n);

	env__touch(env, r, access, 0, n, r->unit);
	env__note_pas(env, r, d);
	return d;
}

/* All vCPUs write the same units at once: one maps each, the others retry. */
struct decision *env__race(struct env *env, struct region *r)
{
	struct cmd cmd = { .base = r->ipa, .stride = r->unit, .op = OP_WRITE };
	struct decision *d;

	cmd.count = r->size / r->unit;
	d = env__mapped(env, r, "write", 0, cmd.count);
	env__command(env, &cmd, true);
	return d;
}

/* The page frames, from the process's own page tables, after the access. */
void env__note_pas(struct env *env, struct region *r, struct decision *d)
{
	(void)env;
	if (d->pa != NO_PA || d->wrap)
		return;
	d->pas = calloc(d->count, sizeof(*d->pas));
	if (!d->pas)
		die("no memory");
	for (uint64_t i = 0; i < d->count; i++)
		d->pas[i] = region__pa(r, d->ipa - r->ipa + i * d->stride);
}

/* Takes the memory away from the guest, so that each access faults again. */
void env__zap(struct env *env, struct region *r)
{
	region__drop(r);
	expect_unmap(env, "mmu_notifier", r->ipa, r->size);
}

/* Repeats this access for --seconds, after the situation itself. */
void env__live(struct env *env, struct region *r, const char *access)
{
	struct live *l;

	if (env->nr_live == MAX_LIVE)
		die("too many live regions");
	l = &env->live[env->nr_live++];
	*l = (struct live){ .r = r, .access = access };
}

static void live_zap(struct env *env, struct live *l)
{
	if (l->cursor < l->r->size / l->r->unit && l->d)
		return;
	env__zap(env, l->r);
	l->cursor = 0;
}

/* Up to n faults, up to the end of the region. Returns how many there were. */
static uint64_t live_step(struct env *env, struct live *l, uint64_t n)
{
	uint64_t units = l->r->size / l->r->unit;

	live_zap(env, l);
	if (!l->d) {
		l->d = env__mapped(env, l->r, l->access, 0, 0);
		l->d->wrap = units;
	}
	if (n > units - l->cursor)
		n = units - l->cursor;
	l->d->count += n;
	env__touch(env, l->r, l->access, l->cursor * l->r->unit, n, l->r->unit);
	l->cursor += n;
	return n;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Causes the faults that are due, spread over the regions. */
static uint64_t live_catch_up(struct env *env, uint64_t due)
{
	static unsigned int turn;
	uint64_t done = 0, each = due / env->nr_live;

	while (done < due && !guest_stop)
		done += live_step(env, &env->live[turn++ % env->nr_live],
				  each && each < due - done ? each : due - done);
	return done;
}

void env__run_live(struct env *env)
{
	uint64_t rate = env->args->rate ? env->args->rate : 10;
	uint64_t start = now_ns(), end = start + env->args->seconds * 1000000000ULL;
	uint64_t done = 0, t;

	if (!env->nr_live && env->args->seconds)
		fprintf(stderr, "s2guest: %s is over once it has happened\n", env->args->situation);
	while (env->nr_live && !guest_stop && (t = now_ns()) < end) {
		uint64_t due = (t - start) / 1000000 * rate / 1000;

		if (due > done)
			done += live_catch_up(env, due - done);
		usleep(20000);
	}
}
