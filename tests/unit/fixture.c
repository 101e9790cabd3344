// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define VM_SHARED 0x8ULL
#define VM_PFNMAP 0x400ULL
#define VM_IO	  0x4000ULL

#define HEADER(number, name)                                                                       \
	{                                                                                          \
		.type = number, .source = S2_BACKEND_TRACEPOINT,                                   \
		.len = sizeof(struct s2_ev_##name), .vm = 1, .ts_ns = FIXTURE_TS                   \
	}
#define HEADER_OF_NONE(number, name)                                                               \
	{                                                                                          \
		.type = number, .source = S2_BACKEND_TRACEPOINT,                                   \
		.len = sizeof(struct s2_ev_##name), .ts_ns = FIXTURE_TS                            \
	}

const struct s2_ev_host fixture_host = {
	.h = HEADER_OF_NONE(S2_EV_HOST, host),
	.hostname = "grace-01",
	.kernel = "7.3.4-arm64",
	.machine = "aarch64",
	.kvm_mode = "vhe",
	.page_size = 4096,
	.counter_hz = 1000000000,
	.sources = S2_BIT(S2_BACKEND_TRACEPOINT),
	.era = S2_ERA_7_1,
	.kvm = FACT_YES,
	.fwb = FACT_YES,
	.dic = FACT_YES,
	.idc = FACT_YES,
	.cacheable_pfnmap = FACT_UNKNOWN,
};

const struct s2_device fixture_device = { .bdf = "0000:01:00.0", .bar = 4 };

void fixture__take(struct model *m, const void *ev)
{
	assert_int_equal(model__take(m, ev), 0);
}

struct s2_ev_decision fixture__mapped(void)
{
	return (struct s2_ev_decision){
		.h = HEADER(S2_EV_DECISION, decision),
		.ipa = FIXTURE_IPA,
		.fault_ipa = 0x400000123000,
		.hva = 0xffff84000000,
		.pa = 0x480000000000,
		.vm_flags = VM_PFNMAP | VM_IO | VM_SHARED,
		.pc = 0x8020,
		.duration_ns = 12345,
		.tgid = FIXTURE_PID,
		.present = S2_BIT(S2_F__MAX) - 1,
		.flags = S2_BIT(S2_DF_FWB) | S2_BIT(S2_DF_DIC),
		.vcpu = 2,
		.slot = 3,
		.size_shift = 21,
		.vma_shift = 21,
		.outcome = S2_OUTCOME_MAPPED,
		.access = S2_ACCESS_WRITE,
		.memtype = S2_MEMTYPE_NORMAL,
		.limit = S2_LIMIT_HOST_PAGE,
		.vma_attr = S2_VMA_NORMAL,
		.prot = S2_PROT_R | S2_PROT_W,
	};
}

struct s2_ev_decision fixture__rejected(void)
{
	struct s2_ev_decision d = fixture__mapped();

	d.pa = S2_NO_PA;
	d.flags = 0;
	d.ret = -EFAULT;
	d.size_shift = 0;
	d.outcome = S2_OUTCOME_REJECTED;
	d.reason = S2_REASON_PFNMAP_NEEDS_FWB_DIC;
	d.memtype = S2_MEMTYPE_NONE;
	d.limit = S2_LIMIT_NONE;
	d.prot = 0;
	return d;
}

struct s2_ev_decision fixture__unknown(void)
{
	struct s2_ev_decision d = fixture__mapped();

	d.present = 0;
	return d;
}

struct s2_ev_memslot fixture__memslot(void)
{
	return (struct s2_ev_memslot){
		.h = HEADER(S2_EV_MEMSLOT, memslot),
		.ipa = FIXTURE_IPA,
		.size = 16ULL << 30,
		.hva = 0xffff84000000,
		.vma_start = 0xffff84000000,
		.vma_end = 0x1000384000000,
		.vm_flags = VM_PFNMAP | VM_IO,
		.device = { .bar = -1 },
		.tgid = FIXTURE_PID,
		.flags = 0x3,
		.slot = 3,
		.change = S2_SLOT_CREATE,
		.vma_attr = S2_VMA_NORMAL,
		.fwb = 1,
		.dic = 1,
		.present = S2_MEMSLOT_FIELDS,
	};
}

struct s2_ev_memslot fixture__memslot_refused(void)
{
	struct s2_ev_memslot s = fixture__memslot();

	s.ret = -EINVAL;
	s.reason = S2_REASON_PFNMAP_NEEDS_FWB;
	s.fwb = 0;
	return s;
}

struct s2_ev_unmap fixture__unmap(void)
{
	return (struct s2_ev_unmap){
		.h = HEADER(S2_EV_UNMAP, unmap),
		.ipa = 0x40000000,
		.size = 2 << 20,
		.tgid = 77,
		.nested = S2_NO_NESTED,
		.cause = S2_UNMAP_MMU_NOTIFIER,
	};
}

struct s2_ev_protect fixture__protect(void)
{
	return (struct s2_ev_protect){
		.h = HEADER(S2_EV_PROTECT, protect),
		.ipa = 0x40000000,
		.size = 2 << 20,
		.tgid = 78,
		.nested = 3,
		.op = S2_PROTECT_SPLIT,
		.leaf_shift = 12,
	};
}

struct s2_ev_cmo fixture__cmo(void)
{
	return (struct s2_ev_cmo){
		.h = HEADER_OF_NONE(S2_EV_CMO, cmo),
		.size = 4096,
		.op = S2_CMO_ICACHE_INVAL,
		.done = 1,
	};
}

struct s2_ev_vm fixture__vm(uint32_t id, enum s2_vm_event event)
{
	struct s2_ev_vm v = {
		.h = HEADER(S2_EV_VM, vm),
		.tgid = FIXTURE_PID,
		.event = (uint8_t)event,
	};

	v.h.vm = id;
	return v;
}

struct s2_ev_identity fixture__identity(uint32_t id, const char *name)
{
	struct s2_ev_identity i = {
		.h = HEADER(S2_EV_IDENTITY, identity),
		.tgid = FIXTURE_PID,
	};

	i.h.vm = id;
	snprintf(i.name, sizeof(i.name), "%s", name);
	return i;
}

struct s2_ev_region fixture__region(void)
{
	return (struct s2_ev_region){
		.h = HEADER(S2_EV_REGION, region),
		.ipa = FIXTURE_IPA,
		.size = 16ULL << 30,
		.hva = 0xffff84000000,
		.vma = { .start = 0xffff84000000,
			 .end = 0x1000384000000,
			 .flags = VM_PFNMAP | VM_IO | VM_SHARED,
			 .attr = S2_VMA_NORMAL },
		.device = fixture_device,
		.slot_flags = 0x2,
		.slot = 3,
		.whole = 1,
	};
}

static void fill_totals(struct s2_totals *t)
{
	struct s2_cell_total *pmd = &t->cell[S2_MEMTYPE_NORMAL][S2_LEVEL_PMD];
	struct s2_cell_total *page = &t->cell[S2_MEMTYPE_NORMAL_NC][S2_LEVEL_PAGE];
	struct s2_cell_total *other = &t->cell[S2_CELL_OTHER][S2_LEVEL_PAGE];

	pmd->n[S2_ACCESS_READ] = 12;
	pmd->n[S2_ACCESS_WRITE] = 500;
	pmd->ns = 512 * 3000;
	pmd->hist[11] = 512;
	page->n[S2_ACCESS_EXEC] = 5;
	page->ns = 5 * 1000;
	page->hist[9] = 5;
	other->n[S2_ACCESS_READ] = 3;
	other->ns = 3 * 1000;
	other->hist[9] = 3;
	t->outcome[S2_OUTCOME_MAPPED] = 517;
	t->outcome[S2_OUTCOME_REJECTED] = 3;
	t->reason[S2_REASON_PFNMAP_NEEDS_FWB_DIC] = 3;
	t->slots_accepted = 4;
	t->slots_rejected = 1;
	t->unmap_n[S2_UNMAP_MMU_NOTIFIER] = 9;
	t->unmap_bytes[S2_UNMAP_MMU_NOTIFIER] = 9 << 20;
	t->protect_n[S2_PROTECT_WRITE] = 5;
	t->protect_bytes[S2_PROTECT_WRITE] = 5 << 20;
	t->cmo_n[S2_CMO_DCACHE_CLEAN_INVAL][0] = 7;
	t->cmo_bytes[S2_CMO_DCACHE_CLEAN_INVAL][0] = 7 << 12;
	t->cmo_n[S2_CMO_ICACHE_INVAL][1] = 2;
	t->cmo_bytes[S2_CMO_ICACHE_INVAL][1] = 2 << 12;
}

struct s2_ev_totals fixture__totals(void)
{
	struct s2_ev_totals t = {
		.h = HEADER(S2_EV_TOTALS, totals),
		.tgid = FIXTURE_PID,
	};

	fill_totals(&t.totals);
	return t;
}

struct s2_ev_mapped fixture__mapped_range(void)
{
	return (struct s2_ev_mapped){
		.h = HEADER(S2_EV_MAPPED, mapped),
		.ipa = FIXTURE_IPA,
		.size = 4ULL << 30,
		.pa = 0x480000000000,
		.own_ipa = S2_NO_IPA,
		.leaves = 2048,
		.nested = S2_NO_NESTED,
		.leaf_shift = 21,
		.memtype = S2_MEMTYPE_NORMAL,
		.prot = S2_PROT_R | S2_PROT_W,
		.pa_contiguous = 1,
		.in_host = FACT_YES,
	};
}

struct s2_ev_survey fixture__survey(enum s2_survey_step step)
{
	struct s2_ev_survey s = {
		.h = HEADER(S2_EV_SURVEY, survey),
		.step = (uint8_t)step,
		.nested = S2_NO_NESTED,
		.tgid = FIXTURE_PID,
	};

	if (step == S2_SURVEY_PASS)
		s.h.vm = 0;
	if (step != S2_SURVEY_END)
		return s;
	s.ns = 123456;
	s.leaves = 2048 + 8192;
	s.tables = 40;
	s.changed = 3;
	s.dropped = 1;
	return s;
}

struct s2_ev_loss fixture__loss(void)
{
	return (struct s2_ev_loss){ .h = HEADER_OF_NONE(S2_EV_LOSS, loss) };
}

struct s2_ev_tick fixture__tick(uint64_t ts_ns)
{
	struct s2_ev_tick t = { .h = HEADER_OF_NONE(S2_EV_TICK, tick) };

	t.h.ts_ns = ts_ns;
	return t;
}

void fixture__read_tables(struct model *m)
{
	struct s2_ev_survey begin = fixture__survey(S2_SURVEY_BEGIN);
	struct s2_ev_survey end = fixture__survey(S2_SURVEY_END);
	struct s2_ev_survey pass = fixture__survey(S2_SURVEY_PASS);
	struct s2_ev_mapped usemem = fixture__mapped_range(), other = usemem;

	other.ipa = 0x500000000000;
	other.size = 32 << 20;
	other.pa = S2_NO_PA;
	other.leaves = 8192;
	other.leaf_shift = 12;
	other.memtype = S2_MEMTYPE_NORMAL_NC;
	other.in_host = FACT_UNKNOWN;
	other.pa_contiguous = 0;
	fixture__take(m, &begin);
	fixture__take(m, &usemem);
	fixture__take(m, &other);
	fixture__take(m, &end);
	fixture__take(m, &pass);
}

void fixture__survey_with_gaps(struct model *m, const struct s2_ev_mapped *mapped)
{
	struct s2_ev_survey begin = fixture__survey(S2_SURVEY_BEGIN);
	struct s2_ev_survey gone = fixture__survey(S2_SURVEY_GONE);
	struct s2_ev_survey end = fixture__survey(S2_SURVEY_END);
	struct s2_ev_survey pass = fixture__survey(S2_SURVEY_PASS);

	end.hyp_owned = 1;
	end.unreadable = 2;
	end.slots_truncated = 7;
	end.slots_unread = 1;
	pass.vms_truncated = 5;
	fixture__take(m, &begin);
	fixture__take(m, mapped);
	fixture__take(m, &end);
	fixture__take(m, &gone);
	fixture__take(m, &pass);
}

struct model *fixture__empty(void)
{
	struct model *m = model__new(NULL);

	assert_non_null(m);
	fixture__take(m, &fixture_host);
	return m;
}

struct model *fixture__named(void)
{
	struct s2_ev_vm created = fixture__vm(1, S2_VM_CREATED);
	struct s2_ev_identity identity = fixture__identity(1, "gpu0");
	struct model *m = fixture__empty();

	fixture__take(m, &created);
	fixture__take(m, &identity);
	return m;
}

struct model *fixture__model(void)
{
	struct s2_ev_decision mapped = fixture__mapped(), rejected = fixture__rejected();
	struct s2_ev_memslot slot = fixture__memslot_refused();
	struct s2_ev_region region = fixture__region();
	struct s2_ev_totals totals = fixture__totals();
	struct model *m = fixture__named();

	slot.device = fixture_device;
	fixture__take(m, &slot);
	fixture__take(m, &region);
	fixture__take(m, &mapped);
	fixture__take(m, &rejected);
	fixture__take(m, &totals);
	fixture__read_tables(m);
	return m;
}
