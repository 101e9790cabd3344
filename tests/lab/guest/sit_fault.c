// SPDX-License-Identifier: GPL-2.0-only
/* Situations: faults that KVM cannot handle, one per check that can fail. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

#define IPA_40 (1ULL << 40) /* the end of a VM of the default size */

/* System registers of the guest's own translation. */
#define SCTLR_EL1 ARM64_SYS_REG(3, 0, 1, 0, 0)
#define TTBR0_EL1 ARM64_SYS_REG(3, 0, 2, 0, 0)
#define TCR_EL1	  ARM64_SYS_REG(3, 0, 2, 0, 2)
#define MAIR_EL1  ARM64_SYS_REG(3, 0, 10, 2, 0)

#define SCTLR_MMU_ON 0x30d00985ULL
#define TCR_39_BITS  25ULL	  /* T0SZ: the first table is of level 1 */
#define TCR_EPD1     (1ULL << 23) /* nothing in the upper half */
#define TCR_IPS_40   (2ULL << 32)
#define TCR_HA	     (1ULL << 39) /* the CPU sets access flags itself */
#define PTE_BLOCK    1ULL
#define PTE_TABLE    3ULL
#define PTE_AF	     (1ULL << 10)

static struct region *anon_slot(struct env *env)
{
	struct region *r = env__region(env);

	region__anon(r, pmd_size());
	env__boot(env);
	env__add_slot(env, r);
	return r;
}

/* The memory of the slot is gone. */
static void run_no_vma(struct env *env)
{
	struct region *r = anon_slot(env);
	struct decision *d;

	env__touch_units(env, r, "write");
	munmap(r->hva, r->size);
	expect_unmap(env, "mmu_notifier", r->ipa, r->size);
	d = env__rejected(env, r, "read", 0, "no_vma");
	d->vma_attr = NULL;
	env__touch(env, r, "read", 0, 1, page_size());
}

static void run_prot_none(struct env *env)
{
	struct region *r = anon_slot(env);

	env__touch_units(env, r, "write");
	mprotect(r->hva, r->size, PROT_NONE);
	expect_unmap(env, "mmu_notifier", r->ipa, r->size);
	env__rejected(env, r, "read", 0, "bad_pfn");
	env__touch(env, r, "read", 0, 1, page_size());
}

/* Memory that the VMM may only read, in a slot that does not say so. */
static void run_readonly_vma(struct env *env)
{
	struct region *r = env__region(env);
	struct decision *d;

	region__file(r, pmd_size(), PROT_READ);
	env__boot(env);
	env__add_slot(env, r);
	d = env__mapped(env, r, "read", 0, 1);
	env__touch(env, r, "read", 0, 1, r->unit);
	env__note_pas(env, r, d);
	env__rejected(env, r, "write", 0, "bad_pfn")->fault = "permission";
	env__touch(env, r, "write", 0, 1, r->unit);
	env__rejected(env, r, "write", r->unit, "bad_pfn");
	env__touch(env, r, "write", r->unit, 1, r->unit);
}

/* Beyond the VM's IPA size, but not beyond the host's limit. */
static void run_ipa_beyond(struct env *env)
{
	anon_slot(env);
	env__injected_nowhere(env, "read", IPA_40, "ipa_out_of_range");
	env__touch_ipa(env, IPA_40, "read");
	env__injected_nowhere(env, "exec", IPA_40 + page_size(), "ipa_out_of_range");
	env__touch_ipa(env, IPA_40 + page_size(), "exec");
}

static void run_exec_nowhere(struct env *env)
{
	uint64_t ipa = GIB(64);

	anon_slot(env);
	env__injected_nowhere(env, "exec", ipa, "exec_no_memslot");
	env__touch_ipa(env, ipa, "exec");
}

/*
 * The guest turns its MMU on. Its table is the first page of the region. The first two GiB are
 * mapped one to one; the caller decides about the third.
 */
static void enable_guest_mmu(struct env *env, struct region *r, uint64_t third)
{
	uint64_t *table = (uint64_t *)r->hva;
	struct vcpu *vcpu = &env->vm->vcpu[0];

	table[0] = PTE_AF | PTE_BLOCK;
	table[1] = PTE_AF | PTE_BLOCK | GIB(1);
	table[2] = third;
	vcpu__set_sysreg(vcpu, MAIR_EL1, 0xff);
	vcpu__set_sysreg(vcpu, TTBR0_EL1, r->ipa);
	vcpu__set_sysreg(vcpu, TCR_EL1, TCR_39_BITS | TCR_EPD1 | TCR_IPS_40 | TCR_HA);
	vcpu__set_sysreg(vcpu, SCTLR_EL1, SCTLR_MMU_ON);
}

/*
 * A read in the third GiB. The table is accessed first, and mapped; the caller decides what
 * the walk results in.
 */
static void read_third_gib(struct env *env, struct region *r, uint64_t ipa, const char *access,
			   const char *reason)
{
	struct cmd cmd = { .base = GIB(2), .count = 1, .op = OP_READ };
	struct decision *table = env__mapped(env, r, "read", 0, 1);
	struct decision *d = env__injected_nowhere(env, access, ipa, reason);

	if (ipa == r->ipa) {
		d->slot = r->slot;
		d->fault = "permission";
	}
	env__command(env, &cmd, false);
	env__note_pas(env, r, table);
}

static void run_ptw_nowhere(struct env *env)
{
	struct region *r = anon_slot(env);
	uint64_t nowhere = GIB(64);

	enable_guest_mmu(env, r, nowhere | PTE_TABLE);
	read_third_gib(env, r, nowhere, "read", "s1ptw_no_memslot");
}

/* The CPU would set the access flag in the guest's table, but may not write there. */
static void run_ptw_readonly(struct env *env)
{
	struct region *r = env__region(env);

	region__anon(r, pmd_size());
	r->slot_flags = KVM_MEM_READONLY;
	r->writable = false;
	env__boot(env);
	env__add_slot(env, r);
	enable_guest_mmu(env, r, PTE_BLOCK | GIB(2));
	read_third_gib(env, r, r->ipa, "write", "readonly_pfn");
}

/* Writes to a slot with the read-only flag become MMIO: no decision. */
static void run_readonly_slot(struct env *env)
{
	struct region *r = env__region(env);
	struct decision *d;

	region__anon(r, pmd_size());
	region__populate(r, false);
	r->slot_flags = KVM_MEM_READONLY;
	r->writable = false;
	env__boot(env);
	env__add_slot(env, r);
	d = env__mapped(env, r, "read", 0, 1);
	env__touch(env, r, "read", 0, 1, r->unit);
	env__note_pas(env, r, d);
	env__touch(env, r, "write", 0, 2, r->unit);
	if (env->mmio != 2)
		die("writes to a read-only slot: %llu of 2 were MMIO",
		    (unsigned long long)env->mmio);
}

/* The syndrome of these instructions does not describe the access: KVM cannot emulate them. */
static void touch_nisv(struct env *env, uint64_t ipa)
{
	struct cmd pair = { .base = ipa, .count = 1, .op = OP_READ_PAIR };
	struct cmd back = { .base = ipa, .count = 1, .op = OP_WRITE_BACK };

	env__command(env, &pair, false);
	env__command(env, &back, false);
}

static void run_mmio_nisv(struct env *env)
{
	uint64_t nowhere = GIB(64);

	anon_slot(env);
	env__rejected_nowhere(env, "read", nowhere, "mmio_nisv");
	env__rejected_nowhere(env, "write", nowhere, "mmio_nisv");
	touch_nisv(env, nowhere);
}

/* A write to a read-only slot is MMIO, too. */
static void run_mmio_nisv_slot(struct env *env)
{
	struct region *r = env__region(env);
	struct cmd cmd = { .base = r->ipa, .count = 1, .op = OP_WRITE_BACK };
	struct decision *d;

	region__anon(r, pmd_size());
	r->slot_flags = KVM_MEM_READONLY;
	r->writable = false;
	env__boot(env);
	env__add_slot(env, r);
	d = env__rejected(env, r, "write", 0, "mmio_nisv");
	d->ret = -ENOSYS;
	d->vma_attr = NULL;
	env__command(env, &cmd, false);
}

/* The VMM asked for such accesses: KVM exits to it, and decides nothing. */
static void run_mmio_nisv_user(struct env *env)
{
	env->opts.nisv_to_user = true;
	anon_slot(env);
	touch_nisv(env, GIB(64));
	if (env->mmio != 2)
		die("%llu of 2 accesses were MMIO", (unsigned long long)env->mmio);
}

static void run_hwpoison(struct env *env)
{
	struct region *r = anon_slot(env);
	struct decision *d;

	env__touch_units(env, r, "write");
	if (madvise(r->hva, page_size(), MADV_HWPOISON))
		skip("MADV_HWPOISON: %s", strerror(errno));
	guest_sigbus = 0;
	d = env__rejected(env, r, "write", 0, "hwpoison");
	d->outcome = "poisoned";
	d->ret = 0;
	env__touch(env, r, "write", 0, 1, page_size());
}

/* An MTE guest could reach tags of memory that has none. */
static void run_mte_swap(struct env *env)
{
	struct region *r = env__region(env), *file = env__region(env);
	struct decision *d;

	env->opts.mte = true;
	region__anon(r, pmd_size());
	region__file(file, pmd_size(), PROT_READ | PROT_WRITE);
	env__boot(env);
	env__add_slot(env, r);
	env__touch_units(env, r, "write");
	file->slot = r->slot;
	file->ipa = r->ipa;
	region__map(file, r->hva);
	expect_unmap(env, "mmu_notifier", r->ipa, r->size);
	d = env__rejected(env, file, "read", 0, "mte_not_allowed");
	d->kernel_mapped = kernel_mapped(env, file);
	d->map_writable = false; /* page cache */
	env__touch(env, file, "read", 0, 1, page_size());
	env__note_pas(env, file, d);
}

const struct situation fault_situations[] = {
	{ "no-vma", "the VMM unmaps the memory of a slot", run_no_vma },
	{ "prot-none", "the VMM makes the memory of a slot inaccessible", run_prot_none },
	{ "readonly-vma", "the guest writes what the VMM may only read", run_readonly_vma },
	{ "readonly-slot", "the guest writes to a read-only slot: MMIO", run_readonly_slot },
	{ "ipa-beyond", "access beyond the VM's IPA size", run_ipa_beyond },
	{ "exec-nowhere", "instruction fetch outside any slot", run_exec_nowhere },
	{ "ptw-nowhere", "a page table of the guest outside any slot", run_ptw_nowhere },
	{ "ptw-readonly", "a page table of the guest in a read-only slot", run_ptw_readonly },
	{ "mmio-nisv", "MMIO that KVM cannot emulate", run_mmio_nisv },
	{ "mmio-nisv-slot", "the same in a read-only slot", run_mmio_nisv_slot },
	{ "mmio-nisv-user", "the same for a VMM that wants it: no decision", run_mmio_nisv_user },
	{ "hwpoison", "a page that is poisoned", run_hwpoison },
	{ "mte-swap", "untaggable memory mapped under a slot of a VM with MTE", run_mte_swap },
	{ NULL, NULL, NULL },
};
