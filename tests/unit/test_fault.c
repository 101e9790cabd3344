// SPDX-License-Identifier: GPL-2.0-only
/* Raw faults, as programs write them to the ring, become decisions. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>

#include <s2trace/verdict.h>

#include "source/fault.h"

#define DABT	(0x24ULL << 26)
#define WRITE	(DABT | S2_ESR_WNR | 0x07)
#define PAGE	(1ULL << 12)
#define PMD	(1ULL << 21)
#define PUD	(1ULL << 30)
#define BAD_PFN 0x7ff0000000000000ULL

#define HUGETLB	 S2_VM_HUGETLB
#define PFNMAP	 S2_VM_PFNMAP
#define MIXEDMAP S2_VM_MIXEDMAP

#define B(field) S2_BIT(S2_F_##field)

#define VMA    (B(VMA_ATTR) | B(VMA_FLAGS) | B(VMA_PAGE_SIZE))
#define MEMORY (B(SLOT) | B(HVA) | B(DIRTY_LOG))
#define LEAF   (B(PROT) | B(LIMIT))
#define FRAME  (B(PA) | B(MAP_WRITABLE))

/* Fields of a traced fault that mapped a page, on the machine below. */
#define ALL                                                                                        \
	(B(IPA) | B(ACCESS) | B(FAULT) | B(SIZE) | B(MTE) | B(NESTED) | B(OUTCOME) | B(RET) |      \
	 B(REASON) | B(VCPU) | B(PC) | B(FWB) | B(DIC) | B(TYPE) | B(DURATION) | VMA | MEMORY |    \
	 LEAF | FRAME)

/* The numbers do not matter, only that they differ from S2_PROT_*. */
enum { R = 0x10, W = 0x20, PX = 0x40, UX = 0x80 };

static const struct fault_env machine = {
	.prot = { .r = R, .w = W, .px = PX, .ux = UX },
	.counter_hz = 100000000,
	.page_shift = 12,
	.known = B(FWB) | B(DIC),
	.flags = S2_BIT(S2_DF_FWB),
};

/* A write to the second page of the second 2 MiB of a memslot, which maps that page. */
#define IPA  0x100000000ULL
#define HVA  0x7f0000000000ULL
#define INTO 0x201000ULL

static struct s2_raw_fault traced(void)
{
	return (struct s2_raw_fault){
		.h = { .type = S2_EV_DECISION, .vm = 7, .ts_ns = 99 },
		.time = 250,
		.esr = WRITE,
		.pc = 0xffff800080001000,
		.fault_ipa = IPA + INTO,
		.ipa = IPA + INTO,
		.slot_gfn = IPA >> 12,
		.slot_npages = 2 * PUD >> 12,
		.slot_hva = HVA,
		.pfn = 0x80201,
		.size = PAGE,
		.prot = R | W,
		.vma_pagesize = PAGE,
		.max_map_size = PUD,
		.tgid = 1234,
		.vcpu = 2,
		.slot = 3,
		.has = S2_HAS_EXACT | S2_HAS_SLOT,
		.facts = S2_FACT_MAP_WRITABLE,
	};
}

/* As a backend without the tracepoint reports the same. */
static struct s2_raw_fault seen(void)
{
	struct s2_raw_fault r = traced();

	r.has = S2_HAS_SLOT | S2_HAS_PFN | S2_HAS_WRITABLE | S2_HAS_PROT | S2_HAS_VMA;
	r.path = S2_PATH_PFN | S2_PATH_MAP;
	r.vma_pagesize = r.max_map_size = 0;
	return r;
}

/* A fault that mapped nothing. */
static struct s2_raw_fault failed(struct s2_raw_fault r, enum s2_outcome outcome)
{
	r.outcome = outcome;
	r.memtype = S2_MEMTYPE_NONE;
	r.size = 0;
	r.prot = 0;
	r.has &= ~S2_HAS_PROT;
	return r;
}

static struct s2_ev_decision decide(const struct s2_raw_fault *r)
{
	struct s2_ev_decision d;

	memset(&d, 0xa5, sizeof(d)); /* all of it is to be written */
	fault__decision(&machine, r, &d);
	return d;
}

static void a_traced_fault_is_complete(void **state)
{
	const struct s2_raw_fault r = traced();
	const struct s2_ev_decision expected = {
		.h = { .type = S2_EV_DECISION, .len = sizeof(expected), .vm = 7, .ts_ns = 99 },
		.ipa = IPA + INTO,
		.fault_ipa = IPA + INTO,
		.hva = HVA + INTO,
		.pa = 0x80201000,
		.pc = 0xffff800080001000,
		.duration_ns = 2500,
		.tgid = 1234,
		.present = ALL,
		.flags = S2_BIT(S2_DF_FWB) | S2_BIT(S2_DF_MAP_WRITABLE) |
			 S2_BIT(S2_DF_VMA_CACHEABLE),
		.vcpu = 2,
		.slot = 3,
		.size_shift = 12,
		.vma_shift = 12,
		.outcome = S2_OUTCOME_MAPPED,
		.access = S2_ACCESS_WRITE,
		.memtype = S2_MEMTYPE_NORMAL,
		.limit = S2_LIMIT_HOST_PAGE,
		.prot = S2_PROT_R | S2_PROT_W,
	};
	const struct s2_ev_decision d = decide(&r);

	(void)state;
	assert_memory_equal(&d, &expected, sizeof(d));
}

static void a_seen_fault_leaves_the_rest_to_inference(void **state)
{
	const struct s2_raw_fault r = seen();
	const struct s2_ev_decision d = decide(&r);

	(void)state;
	assert_int_equal(d.present, ALL & ~B(VMA_PAGE_SIZE));
	assert_int_equal(d.inferred, B(LIMIT));
	assert_int_equal(d.path, S2_PATH_PFN | S2_PATH_MAP);
	assert_int_equal(d.duration_ns, 250);
	assert_int_equal(d.hva, HVA + INTO);
	assert_int_equal(d.pa, 0x80201000);
	assert_int_equal(d.vma_shift, 0);
}

/* How far a fault got, and what is then not known. */

static const struct {
	uint64_t vma_pagesize, pfn, prot;
	uint8_t has, facts, memtype;
	uint32_t absent, inferred;
} traced_fields[] = {
	/* outside any memslot */
	{ 0, S2_PFN_NOSLOT, 0, 0, 0, S2_MEMTYPE_NONE, MEMORY | VMA | FRAME | LEAF, 0 },
	/* no VMA */
	{ 0, 0, 0, S2_HAS_SLOT, 0, S2_MEMTYPE_NONE, VMA | FRAME | LEAF, 0 },
	/* no page frame */
	{ PAGE, BAD_PFN, 0, S2_HAS_SLOT, 0, S2_MEMTYPE_NONE, FRAME | LEAF, 0 },
	/* a page frame, but no permissions */
	{ PAGE, 5, 0, S2_HAS_SLOT, 0, S2_MEMTYPE_NONE, LEAF, 0 },
	/* KVM would have chosen this type */
	{ PAGE, 5, 0, S2_HAS_SLOT, 0, S2_MEMTYPE_DEVICE_nGnRE, LEAF, B(TYPE) },
	/* permissions, but no leaf */
	{ PAGE, 5, R, S2_HAS_SLOT, 0, S2_MEMTYPE_NORMAL, B(LIMIT), 0 },
	/* no VMA is asked */
	{ 0, S2_PFN_NOSLOT, 0, S2_HAS_SLOT, S2_FACT_GMEM, S2_MEMTYPE_NONE, VMA | FRAME | LEAF, 0 },
	{ 0, BAD_PFN, 0, S2_HAS_SLOT, S2_FACT_GMEM, S2_MEMTYPE_NONE, VMA | FRAME | LEAF, 0 },
	{ 0, 5, R, S2_HAS_SLOT, S2_FACT_GMEM, S2_MEMTYPE_NORMAL, VMA | B(LIMIT), 0 },
	{ 0, BAD_PFN, R, S2_HAS_SLOT, S2_FACT_PROTECTED, S2_MEMTYPE_NORMAL, VMA | FRAME | B(LIMIT),
	  0 },
	{ 0, 5, R, S2_HAS_SLOT, S2_FACT_PROTECTED, S2_MEMTYPE_NORMAL, VMA | B(LIMIT), 0 },
};

static void what_a_traced_fault_did_not_get_to_is_absent(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(traced_fields); i++) {
		struct s2_raw_fault r = failed(traced(), S2_OUTCOME_REJECTED);
		struct s2_ev_decision d;

		print_message("row %zu\n", i);
		r.vma_pagesize = traced_fields[i].vma_pagesize;
		r.pfn = traced_fields[i].pfn;
		r.prot = traced_fields[i].prot;
		r.has = S2_HAS_EXACT | traced_fields[i].has;
		r.facts = traced_fields[i].facts;
		r.memtype = traced_fields[i].memtype;
		d = decide(&r);
		assert_int_equal(d.present, ALL & ~traced_fields[i].absent);
		assert_int_equal(d.inferred, traced_fields[i].inferred);
		assert_true(S2_HAS(d.present, S2_F_PA) == (d.pa != S2_NO_PA));
		assert_true(S2_HAS(d.present, S2_F_SLOT) == (d.slot != S2_NO_SLOT));
		assert_true(S2_HAS(d.present, S2_F_HVA) == (d.hva != 0));
		assert_true(S2_HAS(d.present, S2_F_VMA_ATTR) == (d.vma_attr != S2_VMA_UNKNOWN));
	}
}

static const struct {
	uint8_t has, memtype;
	uint32_t absent, inferred;
} seen_fields[] = {
	{ 0, S2_MEMTYPE_NONE, MEMORY | VMA | FRAME | LEAF | B(TYPE), 0 },
	{ S2_HAS_SLOT, S2_MEMTYPE_NONE, VMA | FRAME | LEAF | B(TYPE), 0 },
	{ S2_HAS_SLOT | S2_HAS_VMA, S2_MEMTYPE_NONE, B(VMA_PAGE_SIZE) | FRAME | LEAF | B(TYPE), 0 },
	{ S2_HAS_SLOT | S2_HAS_VMA | S2_HAS_PFN, S2_MEMTYPE_NONE,
	  B(VMA_PAGE_SIZE) | B(MAP_WRITABLE) | LEAF | B(TYPE), 0 },
	{ S2_HAS_SLOT | S2_HAS_VMA | S2_HAS_PFN | S2_HAS_WRITABLE, S2_MEMTYPE_NONE,
	  B(VMA_PAGE_SIZE) | LEAF | B(TYPE), 0 },
	{ S2_HAS_SLOT | S2_HAS_VMA | S2_HAS_PFN, S2_MEMTYPE_NORMAL_NC,
	  B(VMA_PAGE_SIZE) | B(MAP_WRITABLE) | LEAF, B(TYPE) },
};

static void what_was_not_seen_is_absent(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(seen_fields); i++) {
		struct s2_raw_fault r = failed(seen(), S2_OUTCOME_REJECTED);
		struct s2_ev_decision d;

		print_message("row %zu\n", i);
		r.has = seen_fields[i].has;
		r.memtype = seen_fields[i].memtype;
		d = decide(&r);
		assert_int_equal(d.present, ALL & ~seen_fields[i].absent);
		assert_int_equal(d.inferred, seen_fields[i].inferred);
	}
}

static void addresses_are_those_of_the_leaf(void **state)
{
	static const struct {
		uint64_t size, ipa, pa;
		uint8_t shift;
	} rows[] = {
		{ PAGE, IPA + INTO, 0x80201000, 12 },
		{ PMD, IPA + PMD, 0x80200000, 21 },
		{ PUD, IPA, 0x80000000, 30 },
		{ 0, IPA + INTO, 0x80201000, 0 },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		struct s2_raw_fault r = traced();
		struct s2_ev_decision d;

		print_message("row %zu\n", i);
		r.size = rows[i].size;
		r.fault_ipa = 0x5000; /* of a nested guest */
		d = decide(&r);
		assert_int_equal(d.ipa, rows[i].ipa);
		assert_int_equal(d.pa, rows[i].pa);
		assert_int_equal(d.size_shift, rows[i].shift);
		assert_int_equal(d.fault_ipa, 0x5000);
		assert_int_equal(d.hva, HVA + INTO);
	}
}

static void durations_are_in_nanoseconds(void **state)
{
	static const struct {
		uint64_t hz, time, traced_ns, seen_ns;
	} rows[] = {
		{ 100000000, 250, 2500, 250 },
		{ 1000000000, 250, 250, 250 },
		{ 54000000, 54000000ULL * 3600, 3600000000000, 54000000ULL * 3600 },
		{ 0, 250, 0, 250 }, /* in ticks of an unknown length */
		{ 100000000, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		struct s2_raw_fault exact = traced(), other = seen();
		struct fault_env env = machine;
		struct s2_ev_decision d;

		print_message("row %zu\n", i);
		env.counter_hz = rows[i].hz;
		exact.time = other.time = rows[i].time;
		fault__decision(&env, &exact, &d);
		assert_int_equal(d.duration_ns, rows[i].traced_ns);
		assert_int_equal(S2_HAS(d.present, S2_F_DURATION), rows[i].traced_ns != 0);
		fault__decision(&env, &other, &d);
		assert_int_equal(d.duration_ns, rows[i].seen_ns);
		assert_int_equal(S2_HAS(d.present, S2_F_DURATION), rows[i].seen_ns != 0);
	}
}

static void permissions_are_translated(void **state)
{
	static const struct {
		uint64_t px, ux, prot;
		uint8_t expected;
	} rows[] = {
		{ PX, UX, R | W, S2_PROT_R | S2_PROT_W },
		{ PX, UX, R | PX, S2_PROT_R | S2_PROT_PX },
		{ PX, UX, R | UX, S2_PROT_R | S2_PROT_UX },
		{ PX, UX, PX | UX, S2_PROT_PX | S2_PROT_UX },
		{ PX, UX, R | 0x500, S2_PROT_R }, /* types are no permissions */
		{ PX, PX, R | PX, S2_PROT_R | S2_PROT_PX | S2_PROT_UX }, /* one X for both */
		{ 0, 0, R | PX, S2_PROT_R },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		struct fault_env env = machine;
		struct s2_raw_fault r = traced();
		struct s2_ev_decision d;

		print_message("row %zu\n", i);
		env.prot.px = rows[i].px;
		env.prot.ux = rows[i].ux;
		r.prot = rows[i].prot;
		fault__decision(&env, &r, &d);
		assert_int_equal(d.prot, rows[i].expected);
	}
}

/* Outcome, return value and path */

#define INJECTED S2_OUTCOME_INJECTED
#define REJECTED S2_OUTCOME_REJECTED
#define RETRIED	 S2_OUTCOME_RETRIED
#define MMIO	 S2_REASON_MMIO_NISV

static const struct {
	bool traced;
	enum s2_outcome outcome;
	enum s2_reason reason;
	uint32_t path;
	int raw_ret;
	uint8_t derived; /* S2_INFERRED_* */
	int ret;
	uint32_t inferred;
} verdicts[] = {
	{ true, REJECTED, S2_REASON_NO_VMA, 0, -EFAULT, 0, -EFAULT, 0 },
	{ true, RETRIED, S2_REASON_WALK_RACE, 0, -EAGAIN, 0, -EAGAIN, 0 },
	{ true, INJECTED, S2_REASON_EXCL_ATOMIC, 0, 1, 0, 0, 0 },
	{ true, INJECTED, S2_REASON_NESTED_WALK, 0, -EPERM, 0, 0, 0 },
	{ true, INJECTED, S2_REASON_EXEC_NO_MEMSLOT, 0, -ENOEXEC, 0, -ENOEXEC, 0 },
	{ true, REJECTED, S2_REASON_NO_VMA, S2_PATH_PFN, -EFAULT, 0, -EFAULT, 0 },
	/* Without the tracepoint: the path is kept for src/model/infer.c. */
	{ false, REJECTED, S2_REASON_NONE, S2_PATH_PFN, -EFAULT, 0, -EFAULT, 0 },
	{ false, REJECTED, S2_REASON_NONE, S2_PATH_UNSEEN, -EFAULT, 0, -EFAULT, 0 },
	{ false, INJECTED, S2_REASON_NONE, S2_PATH_INJECT, -ENOEXEC, S2_INFERRED_RET, -ENOEXEC,
	  B(RET) },
	{ false, RETRIED, S2_REASON_NOTIFIER_RACE, S2_PATH_PFN, -EAGAIN,
	  S2_INFERRED_RET | S2_INFERRED_OUTCOME, -EAGAIN, B(RET) | B(OUTCOME) | B(REASON) },
	/* The reason was read where there is no path. */
	{ false, REJECTED, MMIO, 0, -ENOSYS, 0, -ENOSYS, 0 },
};

static void verdicts_are_handed_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(verdicts); i++) {
		struct s2_raw_fault r =
			failed(verdicts[i].traced ? traced() : seen(), verdicts[i].outcome);
		struct s2_ev_decision d;

		print_message("row %zu\n", i);
		r.reason = verdicts[i].reason;
		r.path = verdicts[i].path;
		r.ret = verdicts[i].raw_ret;
		r.inferred = verdicts[i].derived;
		d = decide(&r);
		assert_int_equal(d.outcome, verdicts[i].outcome);
		assert_int_equal(d.reason, verdicts[i].reason);
		assert_int_equal(d.ret, verdicts[i].ret);
		assert_int_equal(d.path, verdicts[i].traced ? 0 : verdicts[i].path);
		assert_int_equal(d.inferred, verdicts[i].inferred);
	}
}

/* The VNCR page has no memslot, no leaf at stage 2 and no path; its address may be unknown. */
static void faults_on_a_vncr_page_have_no_path(void **state)
{
	struct s2_raw_fault r = failed(seen(), INJECTED);
	struct s2_ev_decision d;

	(void)state;
	r.path = S2_PATH_VNCR;
	r.reason = S2_REASON_VNCR_WALK;
	r.has = 0;
	r.facts = S2_FACT_NESTED;
	d = decide(&r);
	assert_false(S2_HAS(d.present, S2_F_IPA));
	assert_int_equal(d.path, 0);
	assert_int_equal(d.inferred, 0);
	assert_int_equal(d.reason, S2_REASON_VNCR_WALK);
	assert_true(S2_HAS(d.flags, S2_DF_VNCR) && S2_HAS(d.flags, S2_DF_NESTED));

	r.outcome = S2_OUTCOME_MAPPED;
	r.reason = S2_REASON_NONE;
	r.has = S2_HAS_PFN | S2_HAS_WRITABLE;
	d = decide(&r);
	assert_true(S2_HAS(d.present, S2_F_IPA) && S2_HAS(d.present, S2_F_PA));
	assert_false(S2_HAS(d.present, S2_F_LIMIT) || S2_HAS(d.present, S2_F_TYPE));
}

static void facts_become_flags(void **state)
{
	static const struct {
		uint8_t fact;
		enum s2_decision_flag flag;
	} rows[] = {
		{ S2_FACT_NESTED, S2_DF_NESTED },
		{ S2_FACT_PROTECTED, S2_DF_PROTECTED },
		{ S2_FACT_MTE, S2_DF_MTE },
		{ S2_FACT_DIRTY_LOG, S2_DF_DIRTY_LOG },
		{ S2_FACT_GMEM, S2_DF_GMEM },
		{ S2_FACT_MTE_ALLOWED, S2_DF_MTE_ALLOWED },
		{ S2_FACT_MAP_WRITABLE, S2_DF_MAP_WRITABLE },
	};
	struct s2_raw_fault r = failed(traced(), REJECTED);

	(void)state;
	r.has = S2_HAS_EXACT;
	r.vma_pagesize = 0;
	r.pfn = S2_PFN_NOSLOT;
	for (size_t i = 0; i < NR(rows); i++) {
		print_message("row %zu\n", i);
		r.facts = rows[i].fact;
		assert_int_equal(decide(&r).flags, S2_BIT(S2_DF_FWB) | S2_BIT(rows[i].flag));
	}
	/* pKVM pins pages for writing. */
	r.facts = S2_FACT_PROTECTED;
	r.pfn = 5;
	assert_true(S2_HAS(decide(&r).flags, S2_DF_MAP_WRITABLE));
}

/* Like KVM, which takes what it does not know for cacheable. */
static void vma_attributes_are_kept(void **state)
{
	static const bool cacheable[] = { true, true, false, false, false, true, true, true };

	(void)state;
	for (unsigned int attr = 0; attr < NR(cacheable); attr++) {
		struct s2_raw_fault r = traced();
		struct s2_ev_decision d;

		print_message("attribute %u\n", attr);
		r.vma_attrindx = attr;
		d = decide(&r);
		assert_int_equal(d.vma_attr, attr);
		assert_int_equal(S2_HAS(d.flags, S2_DF_VMA_CACHEABLE), cacheable[attr]);
	}
}

/* KVM only asks for memory that is mapped by page frame number. */
static void memory_that_the_kernel_maps(void **state)
{
	static const struct {
		uint64_t vm_flags, pfn;
		uint8_t facts;
		bool known, mapped;
	} rows[] = {
		{ PFNMAP, 5, S2_FACT_DEVICE, true, false },
		{ MIXEDMAP, 5, S2_FACT_DEVICE, true, false },
		{ PFNMAP, 5, 0, true, true },
		{ MIXEDMAP, 5, 0, true, true },
		{ PFNMAP, BAD_PFN, 0, false, false },
		{ HUGETLB, 5, 0, false, false },
		{ PFNMAP, 5, S2_FACT_GMEM, false, false },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		struct s2_raw_fault exact = failed(traced(), REJECTED);
		struct s2_raw_fault other = failed(seen(), REJECTED);
		struct s2_ev_decision d;

		print_message("row %zu\n", i);
		exact.vm_flags = other.vm_flags = rows[i].vm_flags;
		exact.facts = other.facts = rows[i].facts;
		exact.pfn = rows[i].pfn;
		d = decide(&exact);
		assert_int_equal(S2_HAS(d.present, S2_F_KERNEL_MAPPED), rows[i].known);
		assert_int_equal(S2_HAS(d.flags, S2_DF_KERNEL_MAPPED), rows[i].mapped);
		assert_false(S2_HAS(decide(&other).present, S2_F_KERNEL_MAPPED));
	}
}

/* Why a mapping is not larger */

#define S2_LIMIT_UNKNOWN S2_LIMIT__MAX
#define LIMITS(a, b)	 .traced = S2_LIMIT_##a, .seen = S2_LIMIT_##b
#define BOTH(l)		 .traced = S2_LIMIT_##l, .seen = S2_LIMIT_##l

struct limit_row {
	uint64_t vm_flags;
	uint8_t host_shift;
	uint64_t size;
	enum s2_limit traced, seen;
	/* Unlike the memslot above: */
	uint64_t start;	  /* its first bytes are missing, */
	uint64_t length;  /* or its last */
	uint64_t shifted; /* it is at a higher HVA */
	uint64_t nested_size, max_map_size;
	uint8_t page_shift, facts;
	bool relaxed, pmd_blocks_only;
};

static const struct limit_row limit_rows[] = {
	/* hugetlb: a page, CONT_PTE, PMD, CONT_PMD, PUD */
	{ HUGETLB, 16, PAGE, BOTH(CONTIG) },
	{ HUGETLB, 21, PMD, BOTH(HOST_PAGE) },
	{ HUGETLB, 25, PMD, BOTH(CONTIG) },
	{ HUGETLB, 30, PUD, BOTH(NONE) },
	{ HUGETLB, 16, PAGE, BOTH(CONTIG), .shifted = PAGE },
	{ HUGETLB, 21, PAGE, BOTH(ALIGN), .shifted = PAGE },
	{ HUGETLB, 25, PAGE, BOTH(ALIGN), .shifted = PAGE },
	{ HUGETLB, 30, PAGE, BOTH(ALIGN), .shifted = PAGE },
	{ HUGETLB, 30, PMD, BOTH(ALIGN), .shifted = PMD },
	{ HUGETLB, 21, PAGE, BOTH(SLOT_EDGE), .start = INTO },
	{ HUGETLB, 21, PAGE, BOTH(SLOT_EDGE), .length = INTO + PAGE },
	{ HUGETLB, 21, PMD, BOTH(HOST_PAGE), .start = PMD, .length = 2 * PMD },
	{ HUGETLB, 25, PAGE, BOTH(SLOT_EDGE), .start = INTO },
	{ HUGETLB, 30, PAGE, BOTH(SLOT_EDGE), .start = INTO },
	{ HUGETLB, 30, PMD, BOTH(SLOT_EDGE), .start = PMD },
	{ HUGETLB, 30, PMD, BOTH(SLOT_EDGE), .length = PUD - PMD },
	{ HUGETLB, 30, PUD, BOTH(NONE), .length = PUD },
	{ HUGETLB, 30, PMD, BOTH(PMD_CAP), .pmd_blocks_only = true },
	{ HUGETLB, 30, PAGE, BOTH(ALIGN), .shifted = PAGE, .pmd_blocks_only = true },
	{ HUGETLB, 21, PMD, BOTH(HOST_PAGE), .pmd_blocks_only = true },
	/* of 64 KiB pages: 2 MiB are contiguous pages, a PMD maps 512 MiB */
	{ HUGETLB, 21, 1 << 16, BOTH(CONTIG), .page_shift = 16 },
	{ HUGETLB, 29, 1 << 29, BOTH(HOST_PAGE), .page_shift = 16 },

	/* on a shadow stage 2, where the L1 hypervisor's own mapping is asked as well */
	{ HUGETLB, 21, PAGE, LIMITS(NESTED, UNKNOWN), .nested_size = PAGE, .max_map_size = PAGE },
	{ HUGETLB, 21, PMD, LIMITS(HOST_PAGE, UNKNOWN), .nested_size = PMD, .max_map_size = PMD },
	{ HUGETLB, 21, PAGE, LIMITS(ALIGN, UNKNOWN), .nested_size = PMD, .max_map_size = PAGE,
	  .shifted = PAGE },
	{ HUGETLB, 25, PMD, LIMITS(CONTIG, UNKNOWN), .nested_size = PUD, .max_map_size = PUD },
	{ HUGETLB, 16, PAGE, LIMITS(CONTIG, UNKNOWN), .nested_size = PMD, .max_map_size = PAGE },
	{ HUGETLB, 30, PMD, LIMITS(NESTED, UNKNOWN), .nested_size = PMD, .max_map_size = PMD },
	{ HUGETLB, 30, PUD, LIMITS(NONE, UNKNOWN), .nested_size = PUD, .max_map_size = PUD },
	{ 0, 0, PAGE, LIMITS(NESTED, UNKNOWN), .nested_size = PAGE, .max_map_size = PAGE },
	{ 0, 0, PAGE, LIMITS(HOST_PAGE, UNKNOWN), .nested_size = PMD, .max_map_size = PMD },
	{ 0, 21, PMD, LIMITS(HOST_PAGE, UNKNOWN), .nested_size = PMD, .max_map_size = PMD },

	/* Other memory gets a PMD at most. Without the tracepoint, the host's page is unknown. */
	{ 0, 0, PAGE, BOTH(HOST_PAGE) },
	{ 0, 21, PMD, BOTH(HOST_PAGE) },
	{ 0, 30, PMD, LIMITS(PMD_CAP, HOST_PAGE) },
	{ PFNMAP, 0, PAGE, BOTH(HOST_PAGE) },
	{ PFNMAP, 21, PMD, LIMITS(HOST_PAGE, UNKNOWN) },
	{ PFNMAP, 30, PMD, LIMITS(PMD_CAP, UNKNOWN) },
	{ MIXEDMAP, 30, PMD, LIMITS(PMD_CAP, UNKNOWN) },
	{ 0, 0, PAGE, BOTH(ALIGN), .shifted = PAGE },
	{ PFNMAP, 0, PAGE, BOTH(ALIGN), .shifted = PAGE },
	{ 0, 21, PMD, BOTH(HOST_PAGE), .shifted = PMD },
	{ 0, 0, PAGE, BOTH(SLOT_EDGE), .start = INTO },
	{ 0, 0, PAGE, BOTH(SLOT_EDGE), .length = INTO + PAGE },
	{ 0, 0, PAGE, BOTH(HOST_PAGE), .pmd_blocks_only = true },
	{ 0, 0, 1 << 16, BOTH(SLOT_EDGE), .page_shift = 16, .length = 1 << 24 },
	{ 0, 21, PMD, BOTH(PERM), .relaxed = true },
	{ 0, 0, PAGE, BOTH(HOST_PAGE), .relaxed = true },
	{ 0, 0, PAGE, BOTH(ALIGN), .relaxed = true, .shifted = PAGE },
	{ HUGETLB, 21, PMD, BOTH(HOST_PAGE), .relaxed = true },

	/* pages only */
	{ 0, 0, PAGE, BOTH(DIRTY_LOG), .facts = S2_FACT_DIRTY_LOG },
	{ HUGETLB, 0, PAGE, BOTH(DIRTY_LOG), .facts = S2_FACT_DIRTY_LOG, .shifted = PAGE },
	{ 0, 0, PAGE, BOTH(GMEM), .facts = S2_FACT_GMEM },
	{ 0, 0, PAGE, BOTH(GMEM), .facts = S2_FACT_GMEM | S2_FACT_DIRTY_LOG },
	{ 0, 0, PAGE, BOTH(PROTECTED), .facts = S2_FACT_PROTECTED, .shifted = PAGE },
	/* nothing was mapped */
	{ HUGETLB, 21, 0, BOTH(UNKNOWN) },
	{ 0, 0, 0, BOTH(UNKNOWN), .facts = S2_FACT_GMEM },
};

static void fill_limit_row(struct s2_raw_fault *r, const struct limit_row *row, uint8_t page_shift)
{
	uint64_t length = row->length ?: 2 * PUD;

	r->vm_flags = row->vm_flags;
	r->host_shift = row->host_shift;
	r->size = row->size;
	r->slot_gfn = (IPA + row->start) >> page_shift;
	r->slot_hva = HVA + row->start + row->shifted;
	r->slot_npages = (length - row->start) >> page_shift;
	r->nested_size = row->nested_size;
	r->max_map_size = row->max_map_size ?: PUD;
	r->facts |= row->facts | (row->nested_size ? S2_FACT_NESTED : 0);
	r->outcome = row->relaxed ? S2_OUTCOME_RELAXED : S2_OUTCOME_MAPPED;
}

static void limit_is(const struct limit_row *row, struct s2_raw_fault r, enum s2_limit limit)
{
	struct fault_env env = machine;
	struct s2_ev_decision d;

	env.page_shift = row->page_shift ?: 12;
	env.pmd_blocks_only = row->pmd_blocks_only;
	fill_limit_row(&r, row, env.page_shift);
	fault__decision(&env, &r, &d);
	assert_int_equal(S2_HAS(d.present, S2_F_LIMIT), limit != S2_LIMIT_UNKNOWN);
	assert_int_equal(d.limit, limit == S2_LIMIT_UNKNOWN ? 0 : limit);
	assert_int_equal(S2_HAS(d.inferred, S2_F_LIMIT),
			 limit != S2_LIMIT_UNKNOWN && !(r.has & S2_HAS_EXACT));
}

static void limits_follow_what_kvm_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(limit_rows); i++) {
		print_message("row %zu, traced\n", i);
		limit_is(&limit_rows[i], traced(), limit_rows[i].traced);
		print_message("row %zu, seen\n", i);
		limit_is(&limit_rows[i], seen(), limit_rows[i].seen);
	}
}

static void all_limits_are_tested(void **state)
{
	uint64_t tested = 0;

	(void)state;
	for (size_t i = 0; i < NR(limit_rows); i++)
		tested |= 1ULL << limit_rows[i].traced;
	assert_int_equal(tested, (2ULL << S2_LIMIT__MAX) - 1); /* and unknown */
}

/* The kernel's enum, and the host */

struct enumerator {
	const char *name;
	uint64_t value;
};

static void init_env(struct fault_env *env, const struct enumerator *e, size_t n,
		     const struct s2_ev_host *host)
{
	struct btf *btf = btf__new_empty();

	btf__add_enum64(btf, "kvm_pgtable_prot", 8, false);
	for (size_t i = 0; i < n; i++)
		btf__add_enum64_value(btf, e[i].name, e[i].value);
	memset(env, 0xa5, sizeof(*env));
	fault_env__init(env, btf, host);
	btf__free(btf);
}

static void permissions_are_found_by_name(void **state)
{
	static const struct enumerator today[] = {
		{ "KVM_PGTABLE_PROT_PX", 1 }, { "KVM_PGTABLE_PROT_UX", 2 },
		{ "KVM_PGTABLE_PROT_X", 3 },  { "KVM_PGTABLE_PROT_W", 4 },
		{ "KVM_PGTABLE_PROT_R", 8 },
	};
	static const struct enumerator before_7_0[] = {
		{ "KVM_PGTABLE_PROT_X", 1 },
		{ "KVM_PGTABLE_PROT_W", 2 },
		{ "KVM_PGTABLE_PROT_R", 4 },
	};
	static const struct {
		const struct enumerator *e;
		size_t n;
		struct fault_prot prot;
	} rows[] = {
		{ today, NR(today), { .r = 8, .w = 4, .px = 1, .ux = 2 } },
		{ before_7_0, NR(before_7_0), { .r = 4, .w = 2, .px = 1, .ux = 1 } },
		{ NULL, 0, {} },
	};
	static const struct s2_ev_host host = {};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		struct fault_env env;

		print_message("row %zu\n", i);
		init_env(&env, rows[i].e, rows[i].n, &host);
		assert_memory_equal(&env.prot, &rows[i].prot, sizeof(env.prot));
	}
}

static void the_host_is_described(void **state)
{
	static const struct {
		int fwb, dic;
		const char *mode;
		uint32_t known, flags;
		bool pmd_blocks_only;
	} rows[] = {
		{ FACT_YES, FACT_NO, "vhe", B(FWB) | B(DIC), S2_BIT(S2_DF_FWB), false },
		{ FACT_NO, FACT_YES, "nvhe", B(FWB) | B(DIC), S2_BIT(S2_DF_DIC), false },
		{ FACT_UNKNOWN, FACT_YES, "protected", B(DIC), S2_BIT(S2_DF_DIC), true },
		{ FACT_UNKNOWN, FACT_UNKNOWN, "", 0, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		struct s2_ev_host host = { .fwb = rows[i].fwb, .dic = rows[i].dic };
		struct fault_env env;

		print_message("row %zu\n", i);
		snprintf(host.kvm_mode, sizeof(host.kvm_mode), "%s", rows[i].mode);
		host.counter_hz = 1000 + i;
		init_env(&env, NULL, 0, &host);
		assert_int_equal(env.known, rows[i].known);
		assert_int_equal(env.flags, rows[i].flags);
		assert_int_equal(env.pmd_blocks_only, rows[i].pmd_blocks_only);
		assert_int_equal(env.counter_hz, 1000 + i);
		assert_int_equal(1L << env.page_shift, sysconf(_SC_PAGESIZE));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_traced_fault_is_complete),
		cmocka_unit_test(a_seen_fault_leaves_the_rest_to_inference),
		cmocka_unit_test(what_a_traced_fault_did_not_get_to_is_absent),
		cmocka_unit_test(what_was_not_seen_is_absent),
		cmocka_unit_test(addresses_are_those_of_the_leaf),
		cmocka_unit_test(durations_are_in_nanoseconds),
		cmocka_unit_test(permissions_are_translated),
		cmocka_unit_test(verdicts_are_handed_on),
		cmocka_unit_test(faults_on_a_vncr_page_have_no_path),
		cmocka_unit_test(facts_become_flags),
		cmocka_unit_test(vma_attributes_are_kept),
		cmocka_unit_test(memory_that_the_kernel_maps),
		cmocka_unit_test(limits_follow_what_kvm_does),
		cmocka_unit_test(all_limits_are_tested),
		cmocka_unit_test(permissions_are_found_by_name),
		cmocka_unit_test(the_host_is_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
