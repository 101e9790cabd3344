// SPDX-License-Identifier: GPL-2.0-only
/* Situations: device memory, which the kernel does not map itself. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest.h"

#define DEFAULT_SIZE MIB(32)

static uint64_t size_of(const struct env *env)
{
	return env->args->size ? env->args->size : DEFAULT_SIZE;
}

static const char *device_of(const struct env *env, const char *driver)
{
	const char *bdf = env->args->device ? env->args->device : vfio_find(driver);

	if (!bdf)
		skip("no device is bound to %s", driver);
	return strdup(bdf);
}

/*
 * Before 6.17, VMAs did not matter: memory that the kernel does not map itself was never
 * cacheable, and KVM determined the size of mappings itself.
 */
static struct region *of_era(const struct env *env, struct region *r)
{
	if (env->asks_vma)
		return r;
	if (r->size % pmd_size() == 0 && r->phys % pmd_size() == 0)
		r->unit = pmd_size();
	r->vma_page = r->unit;
	if (!strcmp(r->type, "NORMAL"))
		r->type = "DEVICE_nGnRE";
	return r;
}

static struct region *bar_region(struct env *env, const char *bdf, int bar, uint64_t size)
{
	struct region *r = env__region(env);

	region__bar(r, bdf, bar, size);
	/* nvgrace-gpu replaced the offset that tells the BAR. */
	if (!env->asks_vma && (bar == BAR_USEMEM || bar == BAR_RESMEM))
		r->bar = -1;
	return of_era(env, r);
}

/* Before 6.17, KVM accepted this memory like any other. */
static bool takes_usemem(const struct env *env)
{
	return !env->asks_vma || cacheable_pfnmap(env);
}

/* If the host must reject it, nothing else happens. */
static bool add_usemem(struct env *env, struct region *r)
{
	if (takes_usemem(env)) {
		env__add_slot(env, r);
		return true;
	}
	env__refuse_slot(env, r, "create", EINVAL, pfnmap_reason(env));
	return false;
}

static void run_usemem(struct env *env)
{
	struct region *r =
		bar_region(env, device_of(env, NVGRACE_DRIVER), BAR_USEMEM, size_of(env));

	env__boot(env);
	if (!add_usemem(env, r))
		return;
	env__touch_units(env, r, "write");
	env__live(env, r, "write");
}

/* The VFIO region starts in the middle of a block, as an unlucky mmap() places it. */
static void run_usemem_misaligned(struct env *env)
{
	struct region *r =
		bar_region(env, device_of(env, NVGRACE_DRIVER), BAR_USEMEM, size_of(env));
	struct decision *d;

	r->ipa += page_size();
	env__boot(env);
	if (!add_usemem(env, r))
		return;
	d = env__page(env, r, "read", 0, 32);
	d->vma_page = page_size();
	d->limit = "align";
	env__touch(env, r, "read", 0, 32, page_size());
}

static void run_bar_of(struct env *env, const char *bdf, int bar)
{
	struct region *r = bar_region(env, bdf, bar, size_of(env));

	env__boot(env);
	env__add_slot(env, r);
	env__touch_units(env, r, "read");
	env__live(env, r, "read");
}

static void run_resmem(struct env *env)
{
	run_bar_of(env, device_of(env, NVGRACE_DRIVER), BAR_RESMEM);
}

static void run_bar0(struct env *env)
{
	run_bar_of(env, device_of(env, NVGRACE_DRIVER), 0);
}

static void run_bar(struct env *env)
{
	const char *bdf = device_of(env, "vfio-pci");
	int bar = vfio_first_bar(bdf);

	if (bar < 0)
		skip("%s has no BAR that can be mapped", bdf);
	run_bar_of(env, bdf, bar);
}

/* A range of RAM that the kernel does not own: the GPU's. */
static uint64_t phys_of(const struct env *env)
{
	const char *bdf = vfio_find(NVGRACE_DRIVER);
	uint64_t base, size;

	if (env->args->phys)
		return env->args->phys;
	if (!bdf || !gpu_memory(bdf, &base, &size))
		skip("no memory is known that the kernel does not own, see --phys");
	return base;
}

static struct region *devmem_region(struct env *env)
{
	struct region *r = env__region(env);

	region__devmem(r, phys_of(env), pmd_size());
	return of_era(env, r);
}

static void run_devmem(struct env *env)
{
	struct region *r = devmem_region(env);

	env__boot(env);
	env__add_slot(env, r);
	env__touch_units(env, r, "write");
	env__live(env, r, "write");
}

static struct region *vmcore_region(struct env *env)
{
	struct region *r = env__region(env);

	region__vmcore(r, MIB(1));
	return r;
}

/*
 * The result depends on the age of the kernel as well as on the machine. The report says
 * whether it was rejected; whether that was right is known elsewhere.
 */
static void add_vmcore(struct env *env, struct region *r)
{
	if (!env__try_slot(env, r))
		return;
	env__touch_units(env, r, "read");
	env__live(env, r, "read");
}

static void run_pfnmap(struct env *env)
{
	struct region *r = vmcore_region(env);

	env__boot(env);
	add_vmcore(env, r);
}

static void run_devmem_excl(struct env *env)
{
	struct region *r = devmem_region(env);
	struct cmd cmd = { .base = r->ipa, .count = 1, .op = OP_EXCL };

	env__boot(env);
	env__add_slot(env, r);
	env__mapped(env, r, "read", 0, 1);
	env__command(env, &cmd, false);
}

/* The page frame was found, and the type is the one that another access would get. */
static struct decision *refuse_exec(struct env *env, struct region *r)
{
	struct decision *d = env__injected(env, r, "exec", 0, "exec_on_noncacheable");

	d->pa = r->phys;
	d->map_writable = r->writable;
	d->type = r->type;
	d->type_inferred = true;
	return d;
}

/* Executed before anything is mapped, and again after it was read. */
static void exec_noncacheable(struct env *env, struct region *r)
{
	env__boot(env);
	env__add_slot(env, r);
	refuse_exec(env, r);
	env__touch(env, r, "exec", 0, 1, r->unit);
	env__mapped(env, r, "read", 0, 1);
	env__touch(env, r, "read", 0, 1, r->unit);
	refuse_exec(env, r)->fault = "permission";
	env__touch(env, r, "exec", 0, 1, r->unit);
}

static void run_usemem_exec(struct env *env)
{
	struct region *r =
		bar_region(env, device_of(env, NVGRACE_DRIVER), BAR_USEMEM, size_of(env));

	region__populate(r, true);
	if (!env->asks_vma) {
		exec_noncacheable(env, r);
		return;
	}
	env__boot(env);
	if (add_usemem(env, r))
		env__touch_units(env, r, "exec");
}

static void run_resmem_exec(struct env *env)
{
	exec_noncacheable(
		env, bar_region(env, device_of(env, NVGRACE_DRIVER), BAR_RESMEM, size_of(env)));
}

static void run_devmem_exec(struct env *env)
{
	exec_noncacheable(env, devmem_region(env));
}

/* Device memory cannot be logged: neither from the start nor later. */
static void run_dirty_device(struct env *env)
{
	struct region *r = devmem_region(env);

	env__boot(env);
	r->slot_flags = KVM_MEM_LOG_DIRTY_PAGES;
	env__refuse_slot(env, r, "create", EINVAL, "pfnmap_dirty_log");
	r->slot_flags = 0;
	env__add_slot(env, r);
	r->slot_flags = KVM_MEM_LOG_DIRTY_PAGES;
	env__refuse_slot(env, r, "flags_only", EINVAL, "pfnmap_dirty_log");
	r->slot_flags = 0;
	env__touch_units(env, r, "write");
}

static void refuse_gpu(struct env *env, struct region *gpu, const char *access, uint64_t offset)
{
	struct decision *d = env__rejected(env, gpu, access, offset, pfnmap_reason(env));

	d->kernel_mapped = 0;
	d->map_writable = gpu->writable;
	d->pa = region__pa(gpu, offset);
	env__touch(env, gpu, access, offset, 1, page_size());
}

/*
 * The slot was accepted with ordinary memory; then the VMM maps GPU memory at the same
 * address. A host that can map it cacheable does so.
 */
static void run_swap(struct env *env)
{
	struct region *r = env__region(env);
	struct region *gpu = bar_region(env, device_of(env, NVGRACE_DRIVER), BAR_USEMEM, 0);
	void *at;

	region__anon(r, pmd_size());
	env__boot(env);
	env__add_slot(env, r);
	env__touch_units(env, r, "write");

	at = r->hva;
	gpu->size = r->size;
	gpu->slot = r->slot;
	gpu->ipa = r->ipa;
	region__map(gpu, at);
	expect_unmap(env, "mmu_notifier", r->ipa, r->size);
	if (takes_usemem(env)) {
		env__touch_units(env, gpu, "write");
		env__live(env, gpu, "write");
		return;
	}
	refuse_gpu(env, gpu, "write", 0);
	refuse_gpu(env, gpu, "read", page_size());
}

/* One part of such a machine: touched once, and then repeatedly. */
static void add_part(struct env *env, struct region *r, const char *access)
{
	env__add_slot(env, r);
	env__touch_units(env, r, access);
	env__live(env, r, access);
}

/* RAM and BAR0 of a machine with a GPU, running. */
static void start_gpu_vm(struct env *env, const char *bdf)
{
	struct region *ram = env__region(env);

	region__thp(ram, size_of(env));
	env__boot(env);
	add_part(env, ram, "write");
	add_part(env, bar_region(env, bdf, 0, size_of(env)), "read");
}

/* Without nvgrace-gpu: vfio-pci has the GPU, and /proc/vmcore its memory. */
static void run_gpu_of_vfio_pci(struct env *env)
{
	struct region *mem = vmcore_region(env);

	start_gpu_vm(env, device_of(env, "vfio-pci"));
	add_vmcore(env, mem);
}

/* A machine with a GPU: RAM, BAR0, resmem if there is any, and usemem. For live views. */
static void run_gpu(struct env *env)
{
	struct region *usemem;
	const char *bdf;

	if (!vfio_find(NVGRACE_DRIVER)) {
		run_gpu_of_vfio_pci(env);
		return;
	}
	bdf = device_of(env, NVGRACE_DRIVER);
	start_gpu_vm(env, bdf);
	if (vfio_has_bar(bdf, BAR_RESMEM))
		add_part(env, bar_region(env, bdf, BAR_RESMEM, size_of(env)), "read");
	usemem = bar_region(env, bdf, BAR_USEMEM, size_of(env));
	if (!add_usemem(env, usemem))
		return;
	env__touch_units(env, usemem, "write");
	env__live(env, usemem, "write");
}

const struct situation device_situations[] = {
	{ "usemem", "the GPU's memory (BAR4): cacheable, or refused", run_usemem },
	{ "usemem-exec", "the GPU's memory, executed", run_usemem_exec },
	{ "usemem-misalign", "the GPU's memory at guest addresses off by a page",
	  run_usemem_misaligned },
	{ "resmem", "the GPU's reserved memory (BAR2)", run_resmem },
	{ "resmem-exec", "the GPU's reserved memory, executed: an abort", run_resmem_exec },
	{ "bar0", "BAR0 of the GPU", run_bar0 },
	{ "bar", "a BAR of a device of plain vfio-pci", run_bar },
	{ "devmem", "/dev/mem over memory that the kernel does not own", run_devmem },
	{ "devmem-exec", "the same, executed: an abort", run_devmem_exec },
	{ "devmem-excl", "the same, load-exclusive", run_devmem_excl },
	{ "pfnmap", "/proc/vmcore, cacheable memory that the kernel does not own", run_pfnmap },
	{ "dirty-device", "dirty logging of device memory: refused", run_dirty_device },
	{ "swap", "the GPU's memory mapped under a slot that was accepted", run_swap },
	{ "gpu", "RAM, BAR0, resmem and usemem in one VM, for live views", run_gpu },
	{ NULL, NULL, NULL },
};
