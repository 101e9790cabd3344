// SPDX-License-Identifier: GPL-2.0-only
/* Situations: ordinary host memory of all kinds and sizes. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

static uint64_t size_or(const struct env *env, uint64_t dflt)
{
	return round_up(env->args->size ? env->args->size : dflt, pmd_size());
}

/* One region in one slot, booted. */
static void boot_with(struct env *env, struct region *r)
{
	env__boot(env);
	env__add_slot(env, r);
}

static void run_simple(struct env *env, struct region *r, const char *access)
{
	boot_with(env, r);
	env__touch_units(env, r, access);
	env__live(env, r, access);
}

static void run_anon(struct env *env)
{
	struct region *r = env__region(env);

	region__anon(r, size_or(env, pmd_size()));
	run_simple(env, r, "write");
}

/*
 * Memory that was only read is the zero page. It is mapped read-only, and copied, that is
 * moved, when it is written.
 */
static void run_anon_read(struct env *env)
{
	struct region *r = env__region(env);
	uint64_t n = 64;

	region__anon(r, size_or(env, pmd_size()));
	boot_with(env, r);
	r->writable = false;
	env__note_pas(env, r, env__mapped(env, r, "read", 0, n));
	env__touch(env, r, "read", 0, n, r->unit);
	r->writable = true;
	for (uint64_t i = 0; i < n; i++) {
		struct decision *copied = env__copied(env, r, i, 1), *d;

		expect_unmap(env, "mmu_notifier", r->ipa + i * r->unit, r->unit);
		d = env__mapped(env, r, "write", i, 1);
		env__touch(env, r, "write", i * r->unit, 1, r->unit);
		env__note_pas(env, r, copied);
		env__note_pas(env, r, d);
	}
}

static void run_anon_exec(struct env *env)
{
	struct region *r = env__region(env);

	region__anon(r, size_or(env, pmd_size()));
	region__populate(r, true);
	boot_with(env, r);
	env__touch_units(env, r, "exec");
}

/* Without DIC, a page that was read must be made executable when it is executed. */
static void run_exec_relax(struct env *env)
{
	struct region *r = env__region(env);
	uint64_t n = 64;
	struct decision *d;

	region__anon(r, size_or(env, pmd_size()));
	region__populate(r, true);
	boot_with(env, r);
	env__note_pas(env, r, env__mapped(env, r, "read", 0, n));
	env__touch(env, r, "read", 0, n, r->unit);
	if (!env->dic) {
		d = env__mapped(env, r, "exec", 0, n);
		d->fault = "permission";
		d->outcome = "relaxed";
		env__note_pas(env, r, d);
	}
	env__touch(env, r, "exec", 0, n, r->unit);
}

static void run_thp(struct env *env)
{
	struct region *r = env__region(env);
	uint64_t at = 5 * page_size(), n;
	struct decision *d;

	region__thp(r, size_or(env, 8 * pmd_size()));
	boot_with(env, r);
	n = r->size / r->unit;
	/* In the middle of each block: the mapping starts before the access. */
	d = env__mapped(env, r, "write", 0, n);
	d->fault_offset = at;
	d->hva += at;
	env__touch(env, r, "write", at, n, r->unit);
	env__note_pas(env, r, d);
	env__live(env, r, "write");
}

/* The same with whole blocks, which keep their size. */
static void run_thp_exec(struct env *env)
{
	struct region *r = env__region(env);
	struct decision *d;

	region__thp(r, size_or(env, 4 * pmd_size()));
	region__populate(r, true);
	boot_with(env, r);
	env__touch_units(env, r, "read");
	if (!env->dic) {
		d = env__mapped(env, r, "exec", 0, r->size / r->unit);
		d->fault = "permission";
		d->outcome = "relaxed";
		d->limit = "perm";
		env__note_pas(env, r, d);
	}
	env__touch(env, r, "exec", 0, r->size / r->unit, r->unit);
}

static void run_hugetlb(struct env *env)
{
	struct region *r = env__region(env);

	region__hugetlb(r, size_or(env, 4 * pmd_size()));
	run_simple(env, r, "write");
}

/* If all three addresses are aligned alike to 1 GiB, nothing limits the mapping. */
static void run_hugetlb_pud(struct env *env)
{
	struct region *r = env__region(env);

	region__hugetlb_of(r, pmd_size() * (page_size() / 8), 1);
	r->limit = "none";
	r->ipa = round_up(r->ipa, r->unit);
	run_simple(env, r, "write");
}

/* The same, but the slot starts one block later, so it is mapped by block. */
static void run_hugetlb_edge(struct env *env)
{
	struct region *r = env__region(env);
	struct decision *d;

	region__hugetlb_of(r, pmd_size() * (page_size() / 8), 1);
	r->hva += pmd_size();
	r->ipa += pmd_size();
	r->size = 4 * pmd_size();
	r->unit = pmd_size();
	r->limit = "slot_edge";
	r->vma_page = pmd_size();
	boot_with(env, r);
	d = env__mapped(env, r, "write", 0, 4);
	env__touch(env, r, "write", 0, 4, r->unit);
	d->pa = NO_PA;
	env__note_pas(env, r, d);
}

/* The host maps these pages with contiguous entries. KVM does not use them in stage 2. */
static struct region *cont_region(struct env *env, uint64_t page, uint64_t unit, uint64_t pages)
{
	struct region *r = env__region(env);

	region__hugetlb_of(r, page, pages);
	r->unit = unit;
	r->vma_page = unit;
	r->limit = "contig_hugetlb";
	return r;
}

static void run_hugetlb_cont_pte(struct env *env)
{
	run_simple(env, cont_region(env, cont_pte_size(), page_size(), 2), "write");
}

static void run_hugetlb_cont_pmd(struct env *env)
{
	run_simple(env, cont_region(env, cont_pmd_size(), pmd_size(), 2), "write");
}

/* The slot begins in the middle of the first block. */
static void run_hugetlb_cont_edge(struct env *env)
{
	struct region *r = cont_region(env, cont_pmd_size(), pmd_size(), 1);
	uint64_t half = pmd_size() / 2;
	struct decision *d;

	r->hva += half;
	r->ipa += half;
	r->size -= half;
	boot_with(env, r);
	d = env__page(env, r, "write", 0, 1);
	d->limit = "slot_edge";
	d->vma_page = page_size();
	env__touch(env, r, "write", 0, 1, page_size());
	env__note_pas(env, r, d);
	d = env__page(env, r, "write", half, 1);
	d->size = pmd_size();
	env__touch(env, r, "write", half, 1, page_size());
	env__note_pas(env, r, d);
}

static void run_shared(struct env *env)
{
	struct region *r = env__region(env);

	region__shared(r, size_or(env, pmd_size()));
	run_simple(env, r, "read");
}

/* A private file: page cache first, a copy once it is written. */
static void run_file(struct env *env)
{
	struct region *r = env__region(env);
	struct decision *copied, *d;

	region__file(r, size_or(env, pmd_size()), PROT_READ | PROT_WRITE);
	boot_with(env, r);
	r->writable = false;
	d = env__mapped(env, r, "read", 0, 1);
	env__touch(env, r, "read", 0, 1, r->unit);
	env__note_pas(env, r, d);
	r->writable = true;
	copied = env__copied(env, r, 0, 1);
	expect_unmap(env, "mmu_notifier", r->ipa, r->unit);
	d = env__mapped(env, r, "write", 0, 1);
	env__touch(env, r, "write", 0, 1, r->unit);
	env__note_pas(env, r, copied);
	env__note_pas(env, r, d);
}

/*
 * KVM marks pages accessed, which keeps references to them in per-CPU lists until these are
 * drained. To control these references, stay on one CPU.
 */
static void stay_here(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		die("sched_setaffinity: %s", strerror(errno));
}

/* madvise(MADV_COLD) of anything drains the lists of this CPU. */
static void drain_lru(void)
{
	void *p = mmap(NULL, page_size(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || madvise(p, page_size(), MADV_COLD))
		die("MADV_COLD: %s", strerror(errno));
	munmap(p, page_size());
}

/*
 * After a fork, pages are read-only until they are written. By then the child has exited, so
 * nothing is copied: the page stays where it is.
 */
static void run_fork(struct env *env)
{
	struct region *r = env__region(env);
	uint64_t n = 16;
	struct decision *d;
	pid_t pid;

	stay_here();
	region__anon(r, size_or(env, pmd_size()));
	region__populate(r, false);
	pid = fork();
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	boot_with(env, r);
	r->writable = false;
	env__note_pas(env, r, env__mapped(env, r, "read", 0, n));
	env__touch(env, r, "read", 0, n, r->unit);
	drain_lru();
	r->writable = true;
	d = env__mapped(env, r, "write", 0, n);
	d->fault = "permission";
	d->outcome = "relaxed";
	env__touch(env, r, "write", 0, n, r->unit);
	env__note_pas(env, r, d);
}

/* Huge pages, but the guest's addresses are off by one page. */
static void run_misaligned(struct env *env)
{
	struct region *r = env__region(env);
	struct decision *d;

	region__thp(r, 2 * pmd_size());
	region__populate(r, false);
	r->ipa += page_size();
	boot_with(env, r);
	d = env__page(env, r, "write", 0, 32);
	d->limit = "align";
	env__touch(env, r, "write", 0, 32, page_size());
	env__note_pas(env, r, d);
}

/* The slot begins and ends in the middle of a huge page. */
static void run_slot_edge(struct env *env)
{
	struct region *r = env__region(env);
	uint64_t half = pmd_size() / 2, offset[] = { 0, half, 3 * half };
	struct decision *d;

	region__thp(r, 3 * pmd_size());
	region__populate(r, false);
	r->hva += half;
	r->ipa += half;
	r->size = 2 * pmd_size();
	boot_with(env, r);
	for (size_t i = 0; i < ARRAY_SIZE(offset); i++) {
		uint64_t unit = i == 1 ? pmd_size() : page_size();

		d = env__page(env, r, "write", offset[i], 1);
		d->size = unit;
		d->limit = i == 1 ? "host_page" : "slot_edge";
		env__touch(env, r, "write", offset[i], 1, unit);
		env__note_pas(env, r, d);
	}
}

static void run_refault(struct env *env)
{
	struct region *r = env__region(env);

	region__anon(r, size_or(env, pmd_size()));
	boot_with(env, r);
	for (int i = 0; i < 3; i++) {
		if (i)
			env__zap(env, r);
		env__touch_units(env, r, "write");
	}
	env__live(env, r, "write");
}

/* Only hosts that clean caches unmap memory, so that it is cleaned when it is mapped again. */
static void run_reset(struct env *env)
{
	struct region *r = env__region(env);

	if (env->fwb)
		skip("with FWB, a reset unmaps nothing");
	region__anon(r, size_or(env, pmd_size()));
	boot_with(env, r);
	env__touch_units(env, r, "write");
	vm__reset(env->vm);
	env->started = false;
	expect_unmap(env, "vcpu_reset", env->code.ipa, env->code.size);
	expect_unmap(env, "vcpu_reset", r->ipa, r->size);
	env__touch_units(env, r, "write");
}

/* All vCPUs access the same pages: one maps each, the others retry. */
static void run_race(struct env *env)
{
	struct region *r = env__region(env);

	if (env->opts.nr_vcpus == 1)
		env->opts.nr_vcpus = 2;
	region__anon(r, size_or(env, 8 * pmd_size()));
	region__populate(r, false);
	boot_with(env, r);
	env__note_pas(env, r, env__race(env, r));
}

static void run_mte(struct env *env)
{
	struct region *r = env__region(env);

	env->opts.mte = true;
	region__anon(r, size_or(env, pmd_size()));
	env__boot(env);
	r->prot |= PROT_MTE;
	r->vma_attr = "NORMAL_TAGGED";
	region__map(r, r->hva);
	env__add_slot(env, r);
	env__touch_units(env, r, "write");
	env__live(env, r, "write");
}

const struct situation memory_situations[] = {
	{ "anon", "anonymous memory in 4 KiB pages, written", run_anon },
	{ "anon-read", "the zero page, read; then written, which copies it", run_anon_read },
	{ "anon-exec", "anonymous memory, executed", run_anon_exec },
	{ "exec-relax", "read, then executed: relaxed where DIC is missing", run_exec_relax },
	{ "thp", "transparent huge pages, written in their middle", run_thp },
	{ "thp-exec", "transparent huge pages, read, then executed", run_thp_exec },
	{ "hugetlb", "hugetlb pages", run_hugetlb },
	{ "hugetlb-pud", "hugetlb pages of 1 GiB", run_hugetlb_pud },
	{ "hugetlb-edge", "the same in a slot that holds a part of it", run_hugetlb_edge },
	{ "hugetlb-cont-pte", "hugetlb pages of contiguous PTEs", run_hugetlb_cont_pte },
	{ "hugetlb-cont-pmd", "hugetlb pages of contiguous PMDs", run_hugetlb_cont_pmd },
	{ "hugetlb-cont-edge", "a slot that begins within one of them", run_hugetlb_cont_edge },
	{ "shared", "shared file memory (memfd), read", run_shared },
	{ "file", "a private file: read, then written, which copies it", run_file },
	{ "fork", "pages write-protected by a fork: read, then written in place", run_fork },
	{ "misaligned", "huge pages at guest addresses that are off by a page", run_misaligned },
	{ "slot-edge", "a slot that begins and ends within huge pages", run_slot_edge },
	{ "refault", "MADV_DONTNEED under the guest, and touched again", run_refault },
	{ "reset", "a vCPU is reset: without FWB, KVM unmaps all memory", run_reset },
	{ "race", "all vCPUs write the same pages at once", run_race },
	{ "mte", "tagged memory in a VM with MTE", run_mte },
	{ NULL, NULL, NULL },
};
