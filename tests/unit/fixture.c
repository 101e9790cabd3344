// SPDX-License-Identifier: GPL-2.0-only
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define VM_SHARED 0x8ULL
#define VM_PFNMAP 0x400ULL
#define VM_IO	  0x4000ULL

const struct host_facts fixture_host = {
	.hostname = "grace-01",
	.kernel = "7.3.4-arm64",
	.machine = "aarch64",
	.kvm_mode = "vhe",
	.page_size = 4096,
	.counter_hz = 1000000000,
	.kvm = FACT_YES,
	.fwb = FACT_YES,
	.dic = FACT_YES,
	.idc = FACT_YES,
	.cacheable_pfnmap = FACT_UNKNOWN,
};

const struct mem_device fixture_device = { "0000:01:00.0", 4 };

const struct vm_mapped fixture_mapped = {
	.ts_ns = FIXTURE_TS,
	.bytes = { [S2_MEMTYPE_NORMAL] = 4ULL << 30, [S2_MEMTYPE_NORMAL_NC] = 32 << 20 },
	.leaves_at = { [S2_LEVEL_PAGE] = 8192, [S2_LEVEL_PMD] = 2048 },
	.lost = 1,
};

static struct s2_event header(unsigned int type, size_t len)
{
	return (struct s2_event){ .type = (uint8_t)type,
				  .source = S2_BACKEND_TRACEPOINT,
				  .len = (uint16_t)len,
				  .vm = 1,
				  .ts_ns = FIXTURE_TS };
}

struct s2_ev_decision fixture__mapped(void)
{
	return (struct s2_ev_decision){
		.h = header(S2_EV_DECISION, sizeof(struct s2_ev_decision)),
		.ipa = 0x400000000000,
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
		.h = header(S2_EV_MEMSLOT, sizeof(struct s2_ev_memslot)),
		.ipa = 0x400000000000,
		.size = 16ULL << 30,
		.hva = 0xffff84000000,
		.vma_start = 0xffff84000000,
		.vma_end = 0x1000384000000,
		.vm_flags = VM_PFNMAP | VM_IO,
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
		.h = header(S2_EV_UNMAP, sizeof(struct s2_ev_unmap)),
		.ipa = 0x40000000,
		.size = 2 << 20,
		.tgid = 77,
		.cause = S2_UNMAP_MMU_NOTIFIER,
	};
}

struct s2_ev_cmo fixture__cmo(void)
{
	struct s2_ev_cmo c = {
		.h = header(S2_EV_CMO, sizeof(struct s2_ev_cmo)),
		.size = 4096,
		.op = S2_CMO_ICACHE_INVAL,
		.done = 1,
	};

	c.h.vm = 0;
	return c;
}

struct s2_ev_vm fixture__vm(uint32_t id, enum s2_vm_event event)
{
	struct s2_ev_vm v = {
		.h = header(S2_EV_VM, sizeof(struct s2_ev_vm)),
		.tgid = FIXTURE_PID,
		.event = (uint8_t)event,
	};

	v.h.vm = id;
	return v;
}

struct model *fixture__empty(void)
{
	struct model *m = model__new();

	model__set_host(m, &fixture_host);
	return m;
}

static void fill_totals(struct vm_totals *t)
{
	struct vm_cell *pmd = &t->cell[S2_MEMTYPE_NORMAL][S2_LEVEL_PMD];
	struct vm_cell *page = &t->cell[S2_MEMTYPE_NORMAL_NC][S2_LEVEL_PAGE];
	struct vm_cell *other = &t->cell[S2_CELL_OTHER][S2_LEVEL_PAGE];

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
	t->cmo_n[S2_CMO_DCACHE_CLEAN_INVAL][0] = 7;
	t->cmo_bytes[S2_CMO_DCACHE_CLEAN_INVAL][0] = 7 << 12;
	t->cmo_n[S2_CMO_ICACHE_INVAL][1] = 2;
	t->cmo_bytes[S2_CMO_ICACHE_INVAL][1] = 2 << 12;
}

struct model *fixture__model(void)
{
	struct model *m = fixture__empty();
	struct s2_ev_vm created = fixture__vm(1, S2_VM_CREATED);
	struct s2_ev_decision mapped = fixture__mapped(), rejected = fixture__rejected();
	struct s2_ev_memslot slot = fixture__memslot_refused();
	struct vm_totals totals = { 0 };
	struct vm *vm;

	vm = model__record(m, &created.h, NULL);
	snprintf(vm->name, sizeof(vm->name), "gpu0");
	model__record(m, &slot.h, &fixture_device);
	model__record(m, &mapped.h, &fixture_device);
	model__record(m, &rejected.h, NULL);
	fill_totals(&totals);
	vm__set_totals(vm, &totals);
	vm__set_mapped(vm, &fixture_mapped);
	return m;
}
