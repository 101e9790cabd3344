// SPDX-License-Identifier: GPL-2.0-only
/* What became of a fault, and why: verdict.h, which the programs and user space share. */
#include "unit.h"

#include <errno.h>

#include <s2trace/maps.h>
#include <s2trace/verdict.h>

/* ESR_ELx of aborts from a lower exception level (Arm ARM D24.2.40) */
#define IABT	 (0x20ULL << 26)
#define DABT	 (0x24ULL << 26)
#define S1PTW	 S2_ESR_S1PTW
#define WNR	 S2_ESR_WNR
#define ISV	 ((__u64)S2_ESR_ISV)
#define TRANS(l) (0x04 + (l))
#define AF(l)	 (0x08 + (l))
#define PERM(l)	 (0x0c + (l))
#define EXCL	 0x35
#define READ	 (DABT | TRANS(3))
#define EXEC	 (IABT | TRANS(3))

#define PAGE 0x1000ULL
#define PMD  0x200000ULL
#define PUD  0x40000000ULL

/* How far KVM got: not even to a memslot; to a memslot; to the memory behind it. */
#define NO_SLOT(...)                                                                               \
	{                                                                                          \
		.page_shift = 12, __VA_ARGS__                                                      \
	}
#define SLOT(...)                                                                                  \
	{                                                                                          \
		.page_shift = 12, .has_slot = true, __VA_ARGS__                                    \
	}
#define LOOKED(...)                                                                                \
	{                                                                                          \
		.page_shift = 12, .has_slot = true, .looked = true, __VA_ARGS__                    \
	}
#define DEVICE(...) LOOKED(.esr = READ, .ret = -EFAULT, .device = true, __VA_ARGS__)

/* KVM's constants, spelled out: include/linux/kvm_host.h */
#define ERR_FAULT    0x7ff0000000000000ULL
#define ERR_HWPOISON 0x7ff0000000000001ULL
#define ERR_RO_FAULT 0x7ff0000000000002ULL

/* clang-format off */
static const struct {
	struct s2_traced t;
	enum s2_outcome outcome;
	enum s2_reason reason;
} traced[] = {
	/* A leaf, or its permissions: only if it keeps the size that it has. */
	{ LOOKED(.esr = READ, .map_size = PAGE), S2_OUTCOME_MAPPED, S2_REASON_NONE },
	{ LOOKED(.esr = DABT | TRANS(2), .map_size = PMD), S2_OUTCOME_MAPPED, S2_REASON_NONE },
	{ LOOKED(.esr = DABT | PERM(3), .map_size = PAGE), S2_OUTCOME_RELAXED, S2_REASON_NONE },
	{ LOOKED(.esr = DABT | PERM(3), .map_size = PMD), S2_OUTCOME_MAPPED, S2_REASON_NONE },
	{ LOOKED(.esr = DABT | PERM(2), .map_size = PMD), S2_OUTCOME_RELAXED, S2_REASON_NONE },
	{ LOOKED(.esr = DABT | PERM(2), .map_size = PAGE), S2_OUTCOME_MAPPED, S2_REASON_NONE },
	{ LOOKED(.esr = DABT | PERM(1), .map_size = PUD), S2_OUTCOME_RELAXED, S2_REASON_NONE },
	{ { .page_shift = 16, .esr = DABT | PERM(3), .map_size = 0x10000 },
	  S2_OUTCOME_RELAXED, S2_REASON_NONE },
	{ { .page_shift = 16, .esr = DABT | PERM(2), .map_size = 0x20000000 },
	  S2_OUTCOME_RELAXED, S2_REASON_NONE },
	{ { .page_shift = 16, .esr = DABT | PERM(2), .map_size = PMD },
	  S2_OUTCOME_MAPPED, S2_REASON_NONE },
	/* A leaf that could not be written. */
	{ LOOKED(.esr = READ, .map_size = PAGE, .ret = -EAGAIN),
	  S2_OUTCOME_RETRIED, S2_REASON_WALK_RACE },
	{ LOOKED(.esr = READ, .ret = -EAGAIN), S2_OUTCOME_RETRIED, S2_REASON_NOTIFIER_RACE },
	{ SLOT(.esr = READ, .ret = -EAGAIN), S2_OUTCOME_RETRIED, S2_REASON_NOTIFIER_RACE },
	{ LOOKED(.esr = READ, .map_size = PAGE, .ret = -ENOMEM),
	  S2_OUTCOME_REJECTED, S2_REASON_NO_MEMORY },
	{ LOOKED(.esr = READ, .map_size = PAGE, .ret = -ENOMEM, .protected_vm = true),
	  S2_OUTCOME_REJECTED, S2_REASON_NO_MEMORY },
	{ LOOKED(.esr = READ, .map_size = PAGE, .ret = -EFAULT),
	  S2_OUTCOME_REJECTED, S2_REASON_MAP_FAILED },
	{ LOOKED(.esr = READ, .map_size = PAGE, .ret = -EPERM, .protected_vm = true),
	  S2_OUTCOME_REJECTED, S2_REASON_MAP_FAILED },
	{ LOOKED(.esr = READ, .map_size = PAGE, .ret = -EFAULT, .device = true, .mte_refused = true),
	  S2_OUTCOME_REJECTED, S2_REASON_MAP_FAILED },

	/* Over before KVM looked at the memory, in KVM's order. */
	{ NO_SLOT(.esr = READ, .ret = 1, .beyond = true),
	  S2_OUTCOME_INJECTED, S2_REASON_IPA_OUT_OF_RANGE },
	{ NO_SLOT(.esr = DABT | 0x31, .ret = 1, .beyond = true),
	  S2_OUTCOME_INJECTED, S2_REASON_IPA_OUT_OF_RANGE },
	{ NO_SLOT(.esr = DABT | S1PTW | TRANS(3), .ret = 1, .beyond = true, .protected_vm = true),
	  S2_OUTCOME_INJECTED, S2_REASON_IPA_OUT_OF_RANGE },
	{ NO_SLOT(.esr = DABT | 0x31, .ret = -EFAULT),
	  S2_OUTCOME_REJECTED, S2_REASON_UNSUPPORTED_FSC },
	{ NO_SLOT(.esr = READ, .ret = -EFAULT, .nested_walk = true),
	  S2_OUTCOME_INJECTED, S2_REASON_NESTED_WALK },
	{ NO_SLOT(.esr = READ, .ret = 1, .nested_walk = true),
	  S2_OUTCOME_INJECTED, S2_REASON_NESTED_WALK },
	{ NO_SLOT(.esr = DABT | AF(3), .ret = 1, .nested_walk = true),
	  S2_OUTCOME_INJECTED, S2_REASON_NESTED_WALK },
	{ NO_SLOT(.esr = READ, .ret = -EAGAIN, .nested_walk = true),
	  S2_OUTCOME_RETRIED, S2_REASON_NESTED_WALK },
	{ NO_SLOT(.esr = DABT | PERM(3), .ret = 1, .nested_perm = true),
	  S2_OUTCOME_INJECTED, S2_REASON_NESTED_PERM },
	{ NO_SLOT(.esr = EXEC, .ret = 1, .nested_perm = true),
	  S2_OUTCOME_INJECTED, S2_REASON_NESTED_PERM },
	{ NO_SLOT(.esr = READ, .ret = -ENOSYS), S2_OUTCOME_REJECTED, S2_REASON_MMIO_NISV },
	{ SLOT(.esr = DABT | WNR | TRANS(3), .ret = -ENOSYS),
	  S2_OUTCOME_REJECTED, S2_REASON_MMIO_NISV },
	{ SLOT(.esr = READ, .ret = -ENOMEM), S2_OUTCOME_REJECTED, S2_REASON_NO_MEMORY },
	{ SLOT(.esr = READ, .ret = -ENOMEM, .protected_vm = true),
	  S2_OUTCOME_REJECTED, S2_REASON_NO_MEMORY },
	{ SLOT(.esr = READ, .ret = -ENOMEM, .gmem = true),
	  S2_OUTCOME_REJECTED, S2_REASON_NO_MEMORY },
	{ NO_SLOT(.esr = EXEC, .ret = -ENOEXEC),
	  S2_OUTCOME_INJECTED, S2_REASON_EXEC_NO_MEMSLOT },
	{ SLOT(.esr = IABT | S1PTW | PERM(3), .ret = -ENOEXEC),
	  S2_OUTCOME_INJECTED, S2_REASON_READONLY_PFN },
	{ SLOT(.esr = READ, .ret = -EFAULT), S2_OUTCOME_REJECTED, S2_REASON_NO_VMA },
	{ NO_SLOT(.esr = DABT | S1PTW | TRANS(3), .ret = 1),
	  S2_OUTCOME_INJECTED, S2_REASON_S1PTW_NO_MEMSLOT },
	{ NO_SLOT(.esr = DABT | S1PTW | TRANS(3), .ret = 1, .protected_vm = true),
	  S2_OUTCOME_INJECTED, S2_REASON_S1PTW_NO_MEMSLOT },
	{ SLOT(.esr = DABT | S1PTW | PERM(3), .ret = 1),
	  S2_OUTCOME_INJECTED, S2_REASON_READONLY_PFN },
	{ NO_SLOT(.esr = READ, .ret = 1, .protected_vm = true),
	  S2_OUTCOME_INJECTED, S2_REASON_MMIO_NISV },
	{ NO_SLOT(.esr = READ, .ret = 1), S2_OUTCOME_INJECTED, S2_REASON_UNKNOWN },
	{ NO_SLOT(.esr = READ | ISV, .ret = 1, .protected_vm = true),
	  S2_OUTCOME_INJECTED, S2_REASON_UNKNOWN },
	{ NO_SLOT(.esr = READ | ISV, .ret = -EINVAL), S2_OUTCOME_REJECTED, S2_REASON_UNKNOWN },
	{ SLOT(.esr = DABT | AF(3), .ret = 1), S2_OUTCOME_ACCESS_FLAG, S2_REASON_NONE },
	{ SLOT(.esr = IABT | AF(2), .ret = 1), S2_OUTCOME_ACCESS_FLAG, S2_REASON_NONE },

	/* No page frame. */
	{ LOOKED(.esr = READ, .ret = -EFAULT, .pfn = ERR_FAULT),
	  S2_OUTCOME_REJECTED, S2_REASON_BAD_PFN },
	{ LOOKED(.esr = DABT | WNR | TRANS(3), .ret = -EFAULT, .pfn = ERR_RO_FAULT),
	  S2_OUTCOME_REJECTED, S2_REASON_BAD_PFN },
	{ LOOKED(.esr = READ, .ret = -EFAULT, .pfn = ERR_FAULT, .mte_refused = true, .device = true),
	  S2_OUTCOME_REJECTED, S2_REASON_BAD_PFN },
	{ LOOKED(.esr = DABT | EXCL, .ret = -EFAULT, .pfn = ERR_FAULT),
	  S2_OUTCOME_REJECTED, S2_REASON_BAD_PFN },
	{ LOOKED(.esr = READ, .ret = -EFAULT, .pfn = ERR_FAULT, .gmem = true),
	  S2_OUTCOME_REJECTED, S2_REASON_GMEM_NO_PFN },
	{ LOOKED(.esr = READ, .ret = -ENOMEM, .pfn = ERR_FAULT, .gmem = true),
	  S2_OUTCOME_REJECTED, S2_REASON_GMEM_NO_PFN },
	{ LOOKED(.esr = READ, .ret = -EFAULT, .pfn = ERR_FAULT, .protected_vm = true),
	  S2_OUTCOME_REJECTED, S2_REASON_PKVM_PIN_FAILED },
	{ LOOKED(.esr = READ, .ret = -ENOMEM, .pfn = ERR_FAULT, .protected_vm = true),
	  S2_OUTCOME_REJECTED, S2_REASON_PKVM_ACCOUNT },
	{ LOOKED(.esr = READ, .pfn = ERR_HWPOISON), S2_OUTCOME_POISONED, S2_REASON_HWPOISON },
	{ LOOKED(.esr = READ, .pfn = ERR_HWPOISON, .protected_vm = true),
	  S2_OUTCOME_POISONED, S2_REASON_HWPOISON },
	{ LOOKED(.esr = READ, .ret = -EHWPOISON, .pfn = ERR_FAULT, .gmem = true),
	  S2_OUTCOME_POISONED, S2_REASON_HWPOISON },

	/* A page frame that KVM did not want. */
	{ LOOKED(.esr = EXEC, .ret = -ENOEXEC, .device = true),
	  S2_OUTCOME_INJECTED, S2_REASON_EXEC_ON_NONCACHEABLE },
	{ LOOKED(.esr = READ, .ret = -EIO, .protected_vm = true),
	  S2_OUTCOME_REJECTED, S2_REASON_PKVM_NOT_SWAPBACKED },
	{ LOOKED(.esr = READ, .ret = -EIO), S2_OUTCOME_REJECTED, S2_REASON_MAP_FAILED },
	{ LOOKED(.esr = DABT | EXCL, .ret = 1), S2_OUTCOME_INJECTED, S2_REASON_EXCL_ATOMIC },
	{ DEVICE(.caps_known = true), S2_OUTCOME_REJECTED, S2_REASON_PFNMAP_NEEDS_FWB_DIC },
	{ DEVICE(.caps_known = true, .fwb = true),
	  S2_OUTCOME_REJECTED, S2_REASON_PFNMAP_NEEDS_DIC },
	{ DEVICE(.caps_known = true, .dic = true),
	  S2_OUTCOME_REJECTED, S2_REASON_PFNMAP_NEEDS_FWB },
	{ DEVICE(.fwb = true), S2_OUTCOME_REJECTED, S2_REASON_UNKNOWN },
	/* Of a VM with MTE: permissions are decided before MTE is checked, and after PFNMAP. */
	{ DEVICE(.caps_known = true, .mte_refused = true),
	  S2_OUTCOME_REJECTED, S2_REASON_PFNMAP_NEEDS_FWB_DIC },
	{ DEVICE(.caps_known = true, .mte_refused = true, .has_prot = true),
	  S2_OUTCOME_REJECTED, S2_REASON_MTE_NOT_ALLOWED },
	{ LOOKED(.esr = READ, .ret = -EFAULT, .mte_refused = true, .has_prot = true),
	  S2_OUTCOME_REJECTED, S2_REASON_MTE_NOT_ALLOWED },
	{ LOOKED(.esr = READ, .ret = -EFAULT, .has_prot = true),
	  S2_OUTCOME_REJECTED, S2_REASON_MAP_FAILED },
	{ DEVICE(.has_prot = true), S2_OUTCOME_REJECTED, S2_REASON_MAP_FAILED },
};

/* clang-format on */

static void traced_faults_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(traced); i++) {
		const struct s2_traced *t = &traced[i].t;
		__u32 outcome = s2_traced_outcome(t);

		print_message("row %zu\n", i);
		assert_int_equal(outcome, traced[i].outcome);
		assert_int_equal(s2_traced_reason(t, outcome), traced[i].reason);
	}
}

/* Reasons of memslots, and of faults that are not at stage 2. */
static bool is_of_a_fault(enum s2_reason reason)
{
	switch (reason) {
	case S2_REASON_PFNMAP_DIRTY_LOG:
	case S2_REASON_MEMSLOT_PROTECTED:
	case S2_REASON_GMEM_NOT_MAPPABLE:
	case S2_REASON_GMEM_MTE:
	case S2_REASON_VNCR_WALK:
	case S2_REASON_INVALID_IPA: /* KVM_BUG_ON(), which is not traced */
		return false;
	default:
		return true;
	}
}

/* The table above has a row for each outcome, and for each reason that a fault can have. */
static void all_verdicts_are_tested(void **state)
{
	uint64_t outcomes = 0, reasons = 0;

	(void)state;
	for (size_t i = 0; i < NR(traced); i++) {
		outcomes |= 1ULL << traced[i].outcome;
		reasons |= 1ULL << traced[i].reason;
	}
	assert_int_equal(outcomes, (1ULL << S2_OUTCOME__MAX) - 1);
	for (int reason = 0; reason < S2_REASON__MAX; reason++)
		assert_int_equal(reasons >> reason & 1, is_of_a_fault(reason));
}

static const struct {
	__u32 path;
	__s32 map_ret, ret;
	__u8 fsc;
	enum s2_outcome outcome;
} seen[] = {
	{ S2_PATH_PFN | S2_PATH_MAP, 0, 1, TRANS(3), S2_OUTCOME_MAPPED },
	{ S2_PATH_PFN | S2_PATH_RELAX, 0, 1, PERM(3), S2_OUTCOME_RELAXED },
	{ S2_PATH_GMEM | S2_PATH_MAP, 0, 1, TRANS(3), S2_OUTCOME_MAPPED },
	/* What the mapping function returned counts, not what KVM made of it. */
	{ S2_PATH_PFN | S2_PATH_MAP, -EAGAIN, 1, TRANS(3), S2_OUTCOME_RETRIED },
	{ S2_PATH_PFN | S2_PATH_RELAX, -EAGAIN, 1, PERM(3), S2_OUTCOME_RETRIED },
	{ S2_PATH_PFN | S2_PATH_MAP, -ENOMEM, -ENOMEM, TRANS(3), S2_OUTCOME_REJECTED },
	{ S2_PATH_PFN | S2_PATH_RELAX, -EFAULT, -EFAULT, PERM(3), S2_OUTCOME_REJECTED },
	/* An exception, whatever came before. */
	{ S2_PATH_INJECT, 0, 1, TRANS(3), S2_OUTCOME_INJECTED },
	{ S2_PATH_INJECT_SIZE, 0, 1, TRANS(0), S2_OUTCOME_INJECTED },
	{ S2_PATH_PFN | S2_PATH_INJECT_EXCL, 0, 1, EXCL, S2_OUTCOME_INJECTED },
	{ S2_PATH_INJECT_S2, 0, 1, AF(3), S2_OUTCOME_INJECTED },
	{ S2_PATH_PFN | S2_PATH_INJECT, 0, -ENOEXEC, TRANS(3), S2_OUTCOME_INJECTED },
	/* Poison, with and without an error. */
	{ S2_PATH_PFN | S2_PATH_HWPOISON, 0, 1, TRANS(3), S2_OUTCOME_POISONED },
	{ S2_PATH_GMEM | S2_PATH_HWPOISON, 0, -EHWPOISON, TRANS(3), S2_OUTCOME_POISONED },
	{ S2_PATH_PFN | S2_PATH_BAD_PFN, 0, -EFAULT, TRANS(3), S2_OUTCOME_REJECTED },
	{ S2_PATH_PFN, 0, -EFAULT, TRANS(3), S2_OUTCOME_REJECTED },
	{ S2_PATH_PFN, 0, 1, TRANS(3), S2_OUTCOME_RETRIED },
	{ 0, 0, -EFAULT, TRANS(3), S2_OUTCOME_REJECTED },
	{ 0, 0, -EFAULT, AF(3), S2_OUTCOME_REJECTED },
	{ 0, 0, 1, AF(3), S2_OUTCOME_ACCESS_FLAG },
	{ S2_PATH_MMIO, 0, -ENOSYS, TRANS(3), S2_OUTCOME_REJECTED },
	/* Emulated devices; skipped cache maintenance. */
	{ 0, 0, 0, TRANS(3), S2_OUTCOME__MAX },
	{ 0, 0, 1, TRANS(3), S2_OUTCOME__MAX },
	{ 0, 0, 1, PERM(3), S2_OUTCOME__MAX },
	{ S2_PATH_S1PTW | S2_PATH_BEYOND, 0, 1, TRANS(3), S2_OUTCOME__MAX },
};

static void seen_faults_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(seen); i++) {
		print_message("row %zu\n", i);
		assert_int_equal(s2_seen_outcome(seen[i].path, seen[i].map_ret, seen[i].ret,
						 DABT | seen[i].fsc),
				 seen[i].outcome);
	}
}

#define PFNMAP S2_VM_PFNMAP
#define GMEM   S2_KVM_MEM_GUEST_MEMFD
#define LOG    S2_KVM_MEM_LOG_DIRTY_PAGES

static const struct {
	struct s2_refused_slot s;
	enum s2_reason reason;
} slots[] = {
	{ { .ret = -EFAULT, .slot_flags = GMEM, .mte = true }, S2_REASON_IPA_OUT_OF_RANGE },
	{ { .ret = -EPERM, .slot_flags = LOG, .vm_flags = PFNMAP }, S2_REASON_MEMSLOT_PROTECTED },
	{ { .ret = -EINVAL, .slot_flags = GMEM }, S2_REASON_GMEM_NOT_MAPPABLE },
	{ { .ret = -EINVAL, .slot_flags = GMEM, .mte = true }, S2_REASON_GMEM_MTE },
	{ { .ret = -EINVAL, .mte = true }, S2_REASON_MTE_NOT_ALLOWED },
	{ { .ret = -EINVAL, .mte = true, .vm_flags = PFNMAP, .slot_flags = LOG },
	  S2_REASON_MTE_NOT_ALLOWED },
	{ { .ret = -EINVAL, .slot_flags = LOG, .caps_known = true }, S2_REASON_UNKNOWN },
	{ { .ret = -EINVAL, .vm_flags = PFNMAP, .slot_flags = LOG, .caps_known = true },
	  S2_REASON_PFNMAP_DIRTY_LOG },
	{ { .ret = -EINVAL, .vm_flags = PFNMAP, .caps_known = true },
	  S2_REASON_PFNMAP_NEEDS_FWB_DIC },
	{ { .ret = -EINVAL, .vm_flags = PFNMAP, .caps_known = true, .fwb = true },
	  S2_REASON_PFNMAP_NEEDS_DIC },
	{ { .ret = -EINVAL, .vm_flags = PFNMAP, .caps_known = true, .dic = true },
	  S2_REASON_PFNMAP_NEEDS_FWB },
	{ { .ret = -EINVAL, .vm_flags = PFNMAP, .dic = true }, S2_REASON_UNKNOWN },
	{ { .ret = -EINVAL, .vm_flags = S2_VM_MIXEDMAP, .caps_known = true }, S2_REASON_UNKNOWN },
};

static void refused_memslots_have_reasons(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(slots); i++) {
		print_message("row %zu\n", i);
		assert_int_equal(s2_memslot_reason(&slots[i].s), slots[i].reason);
	}
}

/* Arm ARM D24.2.40: DFSC and IFSC. All others are none that KVM makes a decision for. */
static const struct {
	__u8 first, last;
	enum s2_fault class;
	bool external;
} codes[] = {
	{ 0x04, 0x07, S2_FAULT_TRANSLATION, false }, /* levels 0 to 3 */
	{ 0x08, 0x0b, S2_FAULT_ACCESS_FLAG, false }, { 0x0c, 0x0f, S2_FAULT_PERMISSION, false },
	{ 0x10, 0x10, S2_FAULT_OTHER, true },	     /* synchronous external abort */
	{ 0x13, 0x17, S2_FAULT_OTHER, true },	     /* on a walk, levels -1 to 3 */
	{ 0x18, 0x18, S2_FAULT_OTHER, true },	     /* synchronous parity or ECC error */
	{ 0x1b, 0x1f, S2_FAULT_OTHER, true },	     /* on a walk, levels -1 to 3 */
	{ 0x2b, 0x2b, S2_FAULT_TRANSLATION, false }, /* level -1 */
	{ 0x35, 0x35, S2_FAULT_EXCL_ATOMIC, false },
};

static void fault_status_codes_are_decoded(void **state)
{
	const __u64 others = DABT | ISV | WNR | S1PTW;
	size_t row = 0;

	(void)state;
	for (__u8 fsc = 0; fsc < 64; fsc++) {
		bool listed;

		if (row < NR(codes) && fsc > codes[row].last)
			row++;
		listed = row < NR(codes) && fsc >= codes[row].first;
		print_message("fsc %#x\n", fsc);
		assert_int_equal(s2_fault_class(others | fsc),
				 listed ? codes[row].class : S2_FAULT_OTHER);
		assert_int_equal(s2_fault_is_external(others | fsc), listed && codes[row].external);
	}
	assert_int_equal(row, NR(codes));
}

static void accesses_are_decoded(void **state)
{
	static const struct {
		__u64 esr;
		enum s2_access access;
	} rows[] = {
		{ DABT | TRANS(3), S2_ACCESS_READ },
		{ DABT | WNR | TRANS(3), S2_ACCESS_WRITE },
		{ DABT | WNR | PERM(3), S2_ACCESS_WRITE },
		{ DABT | PERM(3), S2_ACCESS_READ },
		{ IABT | TRANS(3), S2_ACCESS_EXEC },
		{ IABT | PERM(3), S2_ACCESS_EXEC },
		/* The walker of the guest's tables: it only writes where it may read. */
		{ DABT | S1PTW | TRANS(3), S2_ACCESS_READ },
		{ DABT | S1PTW | WNR | TRANS(3), S2_ACCESS_READ },
		{ DABT | S1PTW | PERM(3), S2_ACCESS_WRITE },
		{ DABT | S1PTW | AF(3), S2_ACCESS_READ },
		{ IABT | S1PTW | TRANS(3), S2_ACCESS_READ },
		{ IABT | S1PTW | PERM(0), S2_ACCESS_WRITE },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		print_message("row %zu\n", i);
		assert_int_equal(s2_fault_access(rows[i].esr), rows[i].access);
	}
}

/* Counters use the kernel's encoding of the access, events the decoded one. */
static void counters_and_events_agree_on_the_access(void **state)
{
	static const __u8 of_raw[S2_CELL_ACCESSES] = S2_ACCESS_OF_RAW;
	static const __u64 classes[] = { IABT, DABT };

	(void)state;
	/* All of FSC, WnR and S1PTW, the lowest 8 bits of the syndrome. */
	for (__u64 i = 0; i < NR(classes) * 256; i++) {
		__u64 esr = classes[i >> 8] | ISV | (i & 0xff);

		if (esr & S1PTW && S2_ESR_IS_PERM(esr))
			continue;
		assert_int_equal(of_raw[S2_RAW_ACCESS(esr)], s2_fault_access(esr));
	}
	assert_int_equal(S2_RAW_ACCESS(DABT | WNR | TRANS(3)), S2_RAW_WRITE);
}

static void granules_follow_level_and_page_size(void **state)
{
	static const struct {
		__u32 page_shift;
		__u8 fsc;
		__u64 size;
	} rows[] = {
		{ 12, PERM(3), 1ULL << 12 },  { 12, PERM(2), 1ULL << 21 },
		{ 12, PERM(1), 1ULL << 30 },  { 12, PERM(0), 1ULL << 39 },
		{ 14, PERM(3), 1ULL << 14 },  { 14, PERM(2), 1ULL << 25 },
		{ 14, PERM(1), 1ULL << 36 },  { 16, PERM(3), 1ULL << 16 },
		{ 16, PERM(2), 1ULL << 29 },  { 16, PERM(1), 1ULL << 42 },
		{ 12, TRANS(2), 1ULL << 21 }, { 12, AF(3), 1ULL << 12 },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		print_message("row %zu\n", i);
		assert_int_equal(s2_fault_granule(DABT | S1PTW | rows[i].fsc, rows[i].page_shift),
				 rows[i].size);
	}
}

/* The kernel's own numbers, which BPF has no header for. */
static void errors_have_the_numbers_of_the_kernel(void **state)
{
	static const int rows[][2] = {
		{ S2_EPERM, EPERM },   { S2_EIO, EIO },		{ S2_EAGAIN, EAGAIN },
		{ S2_ENOMEM, ENOMEM }, { S2_EFAULT, EFAULT },	{ S2_EINVAL, EINVAL },
		{ S2_ENOSYS, ENOSYS }, { S2_ENOEXEC, ENOEXEC }, { S2_EHWPOISON, EHWPOISON },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++)
		assert_int_equal(rows[i][0], rows[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(traced_faults_are_judged),
		cmocka_unit_test(all_verdicts_are_tested),
		cmocka_unit_test(seen_faults_are_judged),
		cmocka_unit_test(refused_memslots_have_reasons),
		cmocka_unit_test(fault_status_codes_are_decoded),
		cmocka_unit_test(accesses_are_decoded),
		cmocka_unit_test(counters_and_events_agree_on_the_access),
		cmocka_unit_test(granules_follow_level_and_page_size),
		cmocka_unit_test(errors_have_the_numbers_of_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
