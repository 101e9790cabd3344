// SPDX-License-Identifier: GPL-2.0-only
/* Situations: memslots, dirty logging, guest_memfd, and VMs that come and go. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

#define IPA_40 (1ULL << 40)

static void boot_with(struct env *env, struct region *r)
{
	env__boot(env);
	env__add_slot(env, r);
}

/* Reading a logged page maps it read-only; writing makes it dirty. */
static void touch_logged(struct env *env, struct region *r, uint64_t first, uint64_t n)
{
	struct decision *d;

	r->writable = false;
	d = env__mapped(env, r, "read", first, n);
	d->map_writable = true;
	env__note_pas(env, r, d);
	env__touch(env, r, "read", first * r->unit, n, r->unit);
	r->writable = true;
	d = env__mapped(env, r, "write", first, n);
	d->fault = "permission";
	d->outcome = "relaxed";
	env__touch(env, r, "write", first * r->unit, n, r->unit);
	env__note_pas(env, r, d);
}

static void relax_writes(struct env *env, struct region *r, uint64_t first, uint64_t n)
{
	struct decision *d = env__mapped(env, r, "write", first, n);

	d->fault = "permission";
	d->outcome = "relaxed";
	env__touch(env, r, "write", first * r->unit, n, r->unit);
	env__note_pas(env, r, d);
}

/* KVM protects again what was dirty, in masks of 64 pages. */
static void check_dirty(struct env *env, struct region *r, int want)
{
	int got = vm__get_dirty_log(env->vm, r->slot, r->size / page_size());

	expect_protect(env, "write_protect", r->ipa, want * page_size());

	if (got != want)
		die("%d pages are dirty, expected %d", got, want);
}

static void start_logging(struct env *env, struct region *r)
{
	env__set_flags(env, r, KVM_MEM_LOG_DIRTY_PAGES);
	expect_protect(env, "write_protect", r->ipa, r->size);
}

/* Pages: written, logged, written again, collected, written once more. */
static void run_dirty(struct env *env)
{
	struct region *r = env__region(env);
	uint64_t n = 32;
	struct decision *d;

	region__anon(r, pmd_size());
	region__populate(r, false);
	boot_with(env, r);
	d = env__mapped(env, r, "write", 0, n);
	env__touch(env, r, "write", 0, n, r->unit);
	env__note_pas(env, r, d);

	r->limit = "dirty_log";
	start_logging(env, r);
	relax_writes(env, r, 0, n);
	touch_logged(env, r, n, n);
	check_dirty(env, r, 2 * n);
	relax_writes(env, r, 0, n);
	check_dirty(env, r, n);
	env__set_flags(env, r, 0);
	r->limit = "host_page";
	relax_writes(env, r, 0, n);
}

/*
 * A block: split by the first write while it is logged, and restored by the first permission
 * fault after logging ends.
 */
static void run_dirty_split(struct env *env)
{
	struct region *r = env__region(env);
	uint64_t page = page_size();
	struct decision *d;

	region__thp(r, pmd_size());
	boot_with(env, r);
	env__touch_units(env, r, "write");

	start_logging(env, r);
	d = env__page(env, r, "write", 7 * page, 1);
	d->fault = "permission";
	d->limit = "dirty_log";
	env__touch(env, r, "write", 7 * page, 1, page);
	env__note_pas(env, r, d);
	r->writable = false;
	d = env__page(env, r, "read", 8 * page, 1);
	d->map_writable = true;
	d->limit = "dirty_log";
	env__touch(env, r, "read", 8 * page, 1, page);
	env__note_pas(env, r, d);
	r->writable = true;

	env__set_flags(env, r, 0);
	d = env__mapped(env, r, "write", 0, 1);
	d->fault = "permission";
	d->fault_offset = 8 * page;
	d->hva += 8 * page;
	env__touch(env, r, "write", 8 * page, 1, page);
	env__note_pas(env, r, d);
}

/* With eager splitting, the block is split when logging starts. */
static void run_dirty_eager(struct env *env)
{
	struct region *r = env__region(env);
	struct decision *d;

	region__thp(r, pmd_size());
	env->opts.eager_split = pmd_size();
	boot_with(env, r);
	env__touch_units(env, r, "write");
	start_logging(env, r);
	expect_protect(env, "split", r->ipa, r->size);
	d = env__page(env, r, "write", 0, 32);
	d->fault = "permission";
	d->outcome = "relaxed";
	d->limit = "dirty_log";
	env__touch(env, r, "write", 0, 32, page_size());
	env__note_pas(env, r, d);
}

static void run_move(struct env *env)
{
	struct region *r = env__region(env);

	region__anon(r, pmd_size());
	boot_with(env, r);
	env__touch_units(env, r, "write");
	env__move_slot(env, r, r->ipa + GIB(8));
	env__touch_units(env, r, "write");
	env__delete_slot(env, r);
	env__add_slot(env, r);
	env__touch_units(env, r, "write");
}

/* Slots beyond the end of the VM's IPA space: completely, or only by their last page. */
static void run_ipa_slot(struct env *env)
{
	struct region *r = env__region(env);

	region__anon(r, pmd_size());
	env__boot(env);
	r->ipa = IPA_40;
	env__refuse_slot(env, r, "create", EFAULT, "ipa_out_of_range");
	r->ipa = IPA_40 - r->size + page_size();
	env__refuse_slot(env, r, "create", EFAULT, "ipa_out_of_range");
	r->ipa = IPA_40 - r->size;
	env__add_slot(env, r);
	env__touch_units(env, r, "write");
}

static void run_mte_slot(struct env *env)
{
	struct region *r = env__region(env);

	env->opts.mte = true;
	region__file(r, pmd_size(), PROT_READ | PROT_WRITE);
	env__boot(env);
	env__refuse_slot(env, r, "create", EINVAL, "mte_not_allowed");
}

static int create_gmem(struct env *env, uint64_t size, uint64_t flags)
{
	struct kvm_create_guest_memfd gmem = { .size = size, .flags = flags };
	int fd;

	if (ioctl(env->vm->fd, KVM_CHECK_EXTENSION, KVM_CAP_GUEST_MEMFD_FLAGS) <= 0)
		skip("this kernel has no guest_memfd that can be mapped");
	fd = ioctl(env->vm->fd, KVM_CREATE_GUEST_MEMFD, &gmem);
	if (fd < 0)
		die("KVM_CREATE_GUEST_MEMFD: %s", strerror(errno));
	return fd;
}

static int set_gmem_slot(struct env *env, struct region *r, int fd)
{
	struct kvm_userspace_memory_region2 slot = {
		.slot = r->slot,
		.flags = KVM_MEM_GUEST_MEMFD,
		.guest_phys_addr = r->ipa,
		.memory_size = r->size,
		.userspace_addr = (uintptr_t)r->hva,
		.guest_memfd = fd,
	};

	return ioctl(env->vm->fd, KVM_SET_USER_MEMORY_REGION2, &slot) ? errno : 0;
}

static void gmem_slot(struct env *env, struct region *r, int fd, int err, const char *reason)
{
	struct kvm_userspace_memory_region slot = {
		.slot = r->slot,
		.guest_phys_addr = r->ipa,
		.memory_size = r->size,
		.userspace_addr = (uintptr_t)r->hva,
	};
	int got = set_gmem_slot(env, r, fd);

	if (got != err)
		die("slot of guest_memfd: %s, expected: %s", strerror(got), strerror(err));
	expect_slot(env, "create", &slot, -err, reason);
}

/* A slot of guest_memfd; the region represents where it would be mapped. */
static struct region *gmem_region(struct env *env)
{
	struct region *r = env__region(env);

	region__anon(r, pmd_size());
	r->limit = "gmem";
	r->vma_attr = NULL;
	return r;
}

/*
 * The same in a VM that runs. The file is also mapped elsewhere than the slot says: pagemap then
 * shows its page frames, and MMU notifiers do not affect the slot.
 */
static struct region *gmem_mapped(struct env *env, struct region *view)
{
	struct region *r = gmem_region(env);

	env__boot(env);
	*view = *r;
	view->fd = create_gmem(env, r->size, GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED);
	view->flags = MAP_SHARED;
	view->advice = -1;
	region__map(view, reserve(r->size, pmd_size()));
	gmem_slot(env, r, view->fd, 0, NULL);
	return r;
}

/* The slot stays, but the file takes its pages away. */
static void gmem_close(struct env *env, const struct region *r, struct region *view)
{
	munmap(view->hva, view->size);
	close(view->fd);
	expect_unmap(env, "guest_memfd", r->ipa, r->size);
}

static void touch_gmem(struct env *env, struct region *r, struct region *view, uint64_t n)
{
	struct decision *d = env__mapped(env, r, "write", 0, n);

	d->kernel_mapped = -1;
	env__touch(env, r, "write", 0, n, r->unit);
	region__fault_in(view, 0, n);
	env__note_pas(env, view, d);
}

static void run_gmem(struct env *env)
{
	struct region view, *r = gmem_mapped(env, &view);
	struct decision *d;

	touch_gmem(env, r, &view, 32);

	gmem_close(env, r, &view);
	d = env__rejected(env, r, "write", 40 * r->unit, "gmem_no_pfn");
	d->any_ret = true;
	env__touch(env, r, "write", 40 * r->unit, 1, r->unit);
}

/*
 * KVM_RUN fails, while other poisoned memory results in a signal. madvise() returns EBUSY
 * because the page stays in the file.
 */
static void run_gmem_poison(struct env *env)
{
	struct region view, *r = gmem_mapped(env, &view);
	struct decision *d;

	touch_gmem(env, r, &view, 2);
	if (madvise(view.hva, r->unit, MADV_HWPOISON) && errno != EBUSY)
		skip("MADV_HWPOISON: %s", strerror(errno));
	guest_sigbus = 0;
	expect_unmap(env, "guest_memfd", r->ipa, r->unit);
	d = env__rejected(env, r, "write", 0, "hwpoison");
	d->outcome = "poisoned";
	d->ret = -EHWPOISON;
	env__touch(env, r, "write", 0, 1, r->unit);
	gmem_close(env, r, &view);
}

static void run_gmem_race(struct env *env)
{
	struct region view, *r;
	struct decision *d;

	if (env->opts.nr_vcpus == 1)
		env->opts.nr_vcpus = 2;
	r = gmem_mapped(env, &view);
	d = env__race(env, r);
	d->kernel_mapped = -1;
	region__fault_in(&view, 0, d->count);
	env__note_pas(env, &view, d);
	gmem_close(env, r, &view);
}

static void run_gmem_private(struct env *env)
{
	struct region *r = gmem_region(env);

	env__boot(env);
	gmem_slot(env, r, create_gmem(env, r->size, 0), EINVAL, "gmem_not_mappable");
}

static void run_gmem_mte(struct env *env)
{
	struct region *r = gmem_region(env);

	env->opts.mte = true;
	env__boot(env);
	gmem_slot(env, r,
		  create_gmem(env, r->size, GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED),
		  EINVAL, "gmem_mte");
}

/* VMs that come and go, each with a few pages. */
static void run_churn(struct env *env)
{
	struct region *r = env__region(env);

	region__anon(r, pmd_size());
	region__populate(r, false);
	for (uint64_t i = 0; i < env->args->churn && !guest_stop; i++) {
		struct decision *d;

		env__shutdown(env);
		boot_with(env, r);
		d = env__mapped(env, r, "write", 0, 4);
		env__touch(env, r, "write", 0, 4, r->unit);
		env__note_pas(env, r, d);
	}
}

const struct situation slot_situations[] = {
	{ "dirty", "dirty logging of pages: on, collected, off", run_dirty },
	{ "dirty-split", "dirty logging splits a block, ending it restores it", run_dirty_split },
	{ "dirty-eager", "dirty logging with eager splitting", run_dirty_eager },
	{ "slot-move", "a slot is moved, deleted and created again", run_move },
	{ "ipa-slot", "slots beyond the VM's IPA size: refused", run_ipa_slot },
	{ "mte-slot", "untaggable memory in a VM with MTE: refused", run_mte_slot },
	{ "gmem", "guest_memfd, also after its file was closed", run_gmem },
	{ "gmem-poison", "guest_memfd and a poisoned page", run_gmem_poison },
	{ "gmem-race", "all vCPUs write the same pages of guest_memfd at once", run_gmem_race },
	{ "gmem-private", "guest_memfd that cannot be mapped: refused", run_gmem_private },
	{ "gmem-mte", "guest_memfd in a VM with MTE: refused", run_gmem_mte },
	{ "churn", "VMs that come and go (--churn)", run_churn },
	{ NULL, NULL, NULL },
};
