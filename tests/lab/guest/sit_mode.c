// SPDX-License-Identifier: GPL-2.0-only
/*
 * Situations of other modes of KVM: protected VMs (kvm-arm.mode=protected) and
 * nested guests (kvm-arm.mode=nested).
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"

/* --- protected VMs --- */

/* Every page is pinned and mapped separately, with all permissions, without a look at the VMA. */
static void make_protected(struct region *r)
{
	r->limit = "protected";
	r->vma_attr = NULL;
	r->writable = true;
}

static void boot_protected(struct env *env)
{
	env->opts.type = KVM_VM_TYPE_ARM_PROTECTED;
	env->protected = true;
	env__boot(env);
}

static struct region *protected_slot(struct env *env)
{
	struct region *r = env__region(env);

	region__anon(r, pmd_size());
	make_protected(r);
	boot_protected(env);
	env__add_slot(env, r);
	return r;
}

/* We cannot access pages of a protected VM: their frames cannot be compared later. */
static void touch_protected(struct env *env, struct region *r, const char *access, uint64_t n)
{
	struct decision *d = env__mapped(env, r, access, 0, n);

	strcpy(d->prot, "rwx");
	env__touch(env, r, access, 0, n, r->unit);
	env__note_pas(env, r, d);
}

static void run_pvm(struct env *env)
{
	struct region *r = protected_slot(env);

	touch_protected(env, r, "write", 32);
	r->ipa += GIB(8);
	env__refuse_slot(env, r, "move", EPERM, "memslot_protected");
	r->ipa -= GIB(8);
}

static void run_pvm_slot(struct env *env)
{
	struct region *r = env__region(env);

	region__anon(r, pmd_size());
	make_protected(r);
	boot_protected(env);
	r->slot_flags = KVM_MEM_READONLY;
	env__refuse_slot(env, r, "create", EPERM, "memslot_protected");
	r->slot_flags = KVM_MEM_LOG_DIRTY_PAGES;
	env__refuse_slot(env, r, "create", EPERM, "memslot_protected");
}

static void run_pvm_pin(struct env *env)
{
	struct region *r = protected_slot(env);

	touch_protected(env, r, "write", 1);
	if (mprotect(r->hva + page_size(), page_size(), PROT_READ))
		die("mprotect: %s", strerror(errno));
	env__rejected(env, r, "write", page_size(), "pkvm_pin_failed");
	env__touch(env, r, "write", page_size(), 1, page_size());
}

/*
 * Page cache other than shmem could be written back behind the VM's back. Most of it cannot be
 * pinned for long; hugetlb pages can, but are rejected as well.
 */
static void run_pvm_hugetlb(struct env *env)
{
	struct region *r = env__region(env);
	struct decision *d;

	region__hugetlb(r, pmd_size());
	make_protected(r);
	boot_protected(env);
	env__add_slot(env, r);
	d = env__rejected(env, r, "write", 0, "pkvm_not_swapbacked");
	d->ret = -EIO;
	d->map_writable = true;
	env__touch(env, r, "write", 0, 1, page_size());
	env__note_pas(env, r, d);
}

static void run_pvm_race(struct env *env)
{
	struct decision *d;
	struct region *r;

	if (env->opts.nr_vcpus == 1)
		env->opts.nr_vcpus = 2;
	r = protected_slot(env);
	d = env__race(env, r);
	strcpy(d->prot, "rwx");
	env__note_pas(env, r, d);
}

/* The VMM could not emulate it either: KVM injects an abort. */
static void run_pvm_nisv(struct env *env)
{
	struct cmd cmd = { .base = GIB(64), .count = 1, .op = OP_READ_PAIR };

	protected_slot(env);
	env__injected_nowhere(env, "read", cmd.base, "mmio_nisv");
	env__command(env, &cmd, false);
}

/* An ordinary VM, but the hypervisor below KVM does not map device memory into any VM. */
static void run_pvm_device(struct env *env)
{
	const char *bdf = vfio_find(NVGRACE_DRIVER);
	struct region *r = env__region(env);
	struct decision *d;
	uint64_t base, size;

	if (!bdf || !gpu_memory(bdf, &base, &size))
		skip("no memory is known that the kernel does not own");
	region__devmem(r, base, pmd_size());
	boot_protected(env);
	env__shutdown(env);
	env->protected = false;
	env->opts.type = 0;
	env->code.limit = "slot_edge";
	env->code.vma_attr = "NORMAL";
	env__boot(env);
	env__add_slot(env, r);
	d = env__rejected(env, r, "write", 0, "map_failed");
	d->kernel_mapped = 0;
	d->map_writable = true;
	d->pa = base;
	d->ret = -EINVAL;
	env__touch(env, r, "write", 0, 1, page_size());
}

/* Without CAP_IPC_LOCK, the limit of locked memory applies. */
static void drop_ipc_lock(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	struct rlimit none = { 0 };

	if (setrlimit(RLIMIT_MEMLOCK, &none) || syscall(SYS_capget, &head, data))
		die("setrlimit or capget: %s", strerror(errno));
	data[CAP_IPC_LOCK / 32].effective &= ~(1U << (CAP_IPC_LOCK % 32));
	if (syscall(SYS_capset, &head, data))
		die("capset: %s", strerror(errno));
}

static void run_pvm_account(struct env *env)
{
	struct region *r = protected_slot(env);

	touch_protected(env, r, "write", 1);
	drop_ipc_lock();
	env__rejected(env, r, "write", page_size(), "pkvm_account")->ret = -ENOMEM;
	env__touch(env, r, "write", page_size(), 1, page_size());
}

static void run_pvm_poison(struct env *env)
{
	struct region *r = protected_slot(env);
	struct decision *d;

	region__populate(r, false);
	touch_protected(env, r, "write", 1);
	if (madvise(r->hva + page_size(), page_size(), MADV_HWPOISON))
		skip("MADV_HWPOISON: %s", strerror(errno));
	guest_sigbus = 0;
	d = env__rejected(env, r, "write", page_size(), "hwpoison");
	d->outcome = "poisoned";
	d->ret = 0;
	env__touch(env, r, "write", page_size(), 1, page_size());
}

/* --- nested guests --- */

#define HCR_EL2	  ARM64_SYS_REG(3, 4, 1, 1, 0)
#define VTTBR_EL2 ARM64_SYS_REG(3, 4, 2, 1, 0)
#define VTCR_EL2  ARM64_SYS_REG(3, 4, 2, 1, 2)
#define VNCR_EL2  ARM64_SYS_REG(3, 4, 2, 2, 0)
#define VBAR_EL2  ARM64_SYS_REG(3, 4, 12, 0, 0)

#define HCR_VM	     1ULL
#define HCR_RW	     (1ULL << 31)
#define HCR_E2H	     (1ULL << 34)
#define HCR_NV	     (1ULL << 42)
#define HCR_NV2	     (1ULL << 45)
#define VTCR_39_BITS (25ULL | 1 << 6) /* from level 1 on, 4 KiB */
#define VTCR_PS_40   (2ULL << 16)
#define VTCR_RES1    (1ULL << 31)

#define S2_TABLE  3ULL
#define S2_PAGE	  3ULL
#define S2_BLOCK  1ULL
#define S2_NORMAL (0xfULL << 2 | 3 << 8 | 1 << 10) /* inner shareable, AF */
#define S2_READ	  (1ULL << 6)
#define S2_WRITE  (2ULL << 6)
#define S2_RW	  (S2_READ | S2_WRITE)

/*
 * The L1 hypervisor's stage 2, in the first three pages of the region. IPA is PA:
 *
 *	0 .. 1 GiB	one block (the payload and its doorbell)
 *	region + 0	32 pages, one by one; those above 16 only for reading
 *	region + 2 MiB	a block
 *	region + 4 MiB	nothing
 */
static void build_stage2(struct region *r)
{
	uint64_t *l1 = (uint64_t *)r->hva, *l2 = l1 + 512, *l3 = l2 + 512;

	l1[0] = S2_BLOCK | S2_NORMAL | S2_RW;
	l1[r->ipa / GIB(1)] = (r->ipa + 0x1000) | S2_TABLE;
	l2[0] = (r->ipa + 0x2000) | S2_TABLE;
	l2[1] = (r->ipa + MIB(2)) | S2_BLOCK | S2_NORMAL | S2_RW;
	for (int i = 0; i < 32; i++)
		l3[i] = (r->ipa + i * 0x1000) | S2_PAGE | S2_NORMAL | (i < 16 ? S2_RW : S2_READ);
}

/*
 * The vCPU continues in L2, at EL1, with L1's registers as L1 would have set them. Its first
 * command runs before that, because KVM looks at those registers only then, and so that L1's
 * handler of aborts finds the payload's page in its own stage 2.
 */
static void enter_nested(struct env *env, struct region *r, uint64_t hcr)
{
	struct vcpu *vcpu = &env->vm->vcpu[0];
	struct cmd nothing = { .op = OP_READ };

	build_stage2(r);
	vcpu__set_sysreg(vcpu, VBAR_EL2, vcpu__vectors());
	vcpu__set_sysreg(vcpu, VTTBR_EL2, r->ipa);
	vcpu__set_sysreg(vcpu, VTCR_EL2, VTCR_39_BITS | VTCR_PS_40 | VTCR_RES1);
	vcpu__set_sysreg(vcpu, HCR_EL2, HCR_E2H | HCR_RW | HCR_VM | hcr);
	env__command(env, &nothing, false);
	env->nested = true;
	env->started = false;
}

static struct region *nested_region(struct env *env)
{
	struct region *r = env__region(env);

	if (page_size() != KIB(4))
		skip("L1's tables are written for 4 KiB pages");
	region__thp(r, 3 * pmd_size());
	env->opts.nested = true;
	env__boot(env);
	env__add_slot(env, r);
	return r;
}

static struct region *nested_slot(struct env *env)
{
	struct region *r = nested_region(env);

	enter_nested(env, r, 0);
	return r;
}

static void touch_nested(struct env *env, struct region *r, const char *access, uint64_t offset,
			 uint64_t size, const char *limit)
{
	struct decision *d = env__page(env, r, access, offset, 1);

	d->size = size;
	d->limit = limit;
	d->map_writable = true; /* whatever L1 permits */
	env__touch(env, r, access, offset, 1, page_size());
	env__note_pas(env, r, d);
}

static void run_nested(struct env *env)
{
	struct region *r = nested_slot(env);

	for (int i = 4; i < 8; i++)
		touch_nested(env, r, "write", i * page_size(), page_size(), "nested");
	touch_nested(env, r, "write", pmd_size(), pmd_size(), "host_page");
}

/* Memory that L1 itself has touched is in the VM's own tables as well. */
static void run_nested_own(struct env *env)
{
	struct region *r = nested_region(env);

	env__touch_units(env, r, "write");
	enter_nested(env, r, 0);
	for (int i = 4; i < 8; i++)
		touch_nested(env, r, "write", i * page_size(), page_size(), "nested");
	touch_nested(env, r, "write", pmd_size(), pmd_size(), "host_page");
}

/* A slot of L1 that L2 does not use: what happens to it happens to all shadow tables. */
static struct region *other_slot(struct env *env)
{
	struct region *other = env__region(env);

	region__anon(other, 4 * page_size());
	env__add_slot(env, other);
	return other;
}

static void expect_shadow(struct env *env, const char *kind, const char *word)
{
	expect_change(env, &(struct change){ kind, word, 0, 0, ANY_SIZE });
}

/* L2 touches nothing at `nowhere`; L1, which is told, drops its shadow tables. */
static void flush_nested(struct env *env, uint64_t nowhere)
{
	struct cmd flush = { .op = OP_FLUSH, .base = nowhere, .count = 1 };

	env__injected_nowhere(env, "read", nowhere, "nested_walk");
	expect_shadow(env, "unmap", "nested_tlbi");
	env->started = false;
	env__command(env, &flush, false);
}

static void run_nested_changes(struct env *env)
{
	struct region *r = nested_region(env), *other = other_slot(env);

	env__touch_units(env, r, "write");
	enter_nested(env, r, 0);
	touch_nested(env, r, "write", 4 * page_size(), page_size(), "nested");
	env__zap(env, other);
	expect_shadow(env, "unmap", "nested_shadow");
	env->started = false;
	touch_nested(env, r, "write", 4 * page_size(), page_size(), "nested");
	flush_nested(env, r->ipa + 2 * pmd_size());
	touch_nested(env, r, "write", 4 * page_size(), page_size(), "nested");
	env__set_flags(env, other, KVM_MEM_LOG_DIRTY_PAGES);
	expect_protect(env, "write_protect", other->ipa, other->size);
	expect_shadow(env, "protect", "write_protect");
}

static void run_nested_walk(struct env *env)
{
	struct region *r = nested_slot(env);
	uint64_t nowhere = r->ipa + 2 * pmd_size();

	env__injected_nowhere(env, "read", nowhere, "nested_walk");
	env__touch_ipa(env, nowhere, "read");
}

static void run_nested_perm(struct env *env)
{
	struct region *r = nested_slot(env);
	uint64_t offset = 20 * page_size();

	r->writable = false;
	touch_nested(env, r, "read", offset, page_size(), "nested");
	env__injected_nowhere(env, "write", r->ipa + offset, "nested_perm")->fault = "permission";
	env__touch_ipa(env, r->ipa + offset, "write");
}

/*
 * L2 is itself a hypervisor. It runs at EL1, and its EL2 registers are in memory of L1: in the
 * page at VNCR_EL2, which is an address of L1's EL2, whose MMU is off.
 */
static void enter_vncr(struct env *env, uint64_t vncr)
{
	struct region *r = nested_region(env);

	vcpu__set_sysreg(&env->vm->vcpu[0], VNCR_EL2, vncr);
	enter_nested(env, r, HCR_NV | HCR_NV2);
}

static void touch_vncr(struct env *env, uint64_t op)
{
	struct cmd cmd = { .count = 1, .op = op };

	env__command(env, &cmd, false);
}

/* Nothing is written to stage 2, so there is neither type nor size. */
static void expect_vncr(struct env *env, struct region *r, const char *access)
{
	struct decision *d = env__mapped(env, r, access, 0, 1);

	d->size = 0;
	d->type = NULL;
	d->limit = NULL;
	d->vma_attr = NULL;
	d->vncr = true;
	d->pa = region__pa(r, 0);
}

/* The first access maps the page, and the first one after the host took it away. */
static void run_nested_vncr(struct env *env)
{
	struct region *r = env__region(env);

	region__anon(r, page_size());
	region__populate(r, false);
	enter_vncr(env, r->ipa);
	env__add_slot(env, r);
	expect_vncr(env, r, "read");
	touch_vncr(env, OP_READ_VNCR);
	touch_vncr(env, OP_WRITE_VNCR);
	env__zap(env, r);
	env->started = false; /* an MMU notifier unmaps all of the shadow tables */
	expect_vncr(env, r, "write");
	touch_vncr(env, OP_WRITE_VNCR);
}

/* VNCR_EL2 points to where L1 has no memory. */
static void run_nested_vncr_walk(struct env *env)
{
	uint64_t nowhere = GIB(64);

	enter_vncr(env, nowhere);
	env__injected_nowhere(env, "read", nowhere, "vncr_walk")->vncr = true;
	touch_vncr(env, OP_READ_VNCR);
	env__injected_nowhere(env, "write", nowhere, "vncr_walk")->vncr = true;
	touch_vncr(env, OP_WRITE_VNCR);
}

const struct situation mode_situations[] = {
	{ "pvm", "a protected VM: pages are pinned; its slots stay", run_pvm },
	{ "pvm-slot", "a protected VM with slots it may not have: refused", run_pvm_slot },
	{ "pvm-pin", "a protected VM with memory that cannot be pinned", run_pvm_pin },
	{ "pvm-race", "all vCPUs of a protected VM write the same pages", run_pvm_race },
	{ "pvm-nisv", "a protected VM with MMIO that KVM cannot emulate", run_pvm_nisv },
	{ "pvm-hugetlb", "a protected VM with hugetlb pages", run_pvm_hugetlb },
	{ "pvm-device", "device memory where KVM is protected", run_pvm_device },
	{ "pvm-account", "a protected VM beyond RLIMIT_MEMLOCK", run_pvm_account },
	{ "pvm-poison", "a protected VM and a poisoned page", run_pvm_poison },
	{ "nested", "a nested guest", run_nested },
	{ "nested-own", "a nested guest, in memory that L1 has touched", run_nested_own },
	{ "nested-changes", "a nested guest, whose shadow tables change", run_nested_changes },
	{ "nested-walk", "a nested guest, where L1 maps nothing", run_nested_walk },
	{ "nested-perm", "a nested guest, where L1 does not permit it", run_nested_perm },
	{ "nested-vncr", "a nested guest that is a hypervisor, its VNCR page", run_nested_vncr },
	{ "nested-vncr-walk", "the same where L1 has no memory", run_nested_vncr_walk },
	{ NULL, NULL, NULL },
};
