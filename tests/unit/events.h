/* SPDX-License-Identifier: GPL-2.0-only */
/* Events for tests of what takes them: plain ones, to be changed where a test needs it. */
#ifndef S2TRACE_TESTS_EVENTS_H
#define S2TRACE_TESTS_EVENTS_H

#include "model/event.h"

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

#define PAGE_SHIFT 12
#define PMD_SHIFT  21

#define EVENT(name, type)                                                                          \
	static inline struct s2_ev_##name new_##name(uint32_t vm, uint64_t ts_ns)                  \
	{                                                                                          \
		struct s2_ev_##name ev = {};                                                       \
                                                                                                   \
		event__init(&ev, type, sizeof(ev), S2_BACKEND_TRACEPOINT, vm, ts_ns);              \
		return ev;                                                                         \
	}

EVENT(decision, S2_EV_DECISION)
EVENT(memslot, S2_EV_MEMSLOT)
EVENT(unmap, S2_EV_UNMAP)
EVENT(cmo, S2_EV_CMO)
EVENT(protect, S2_EV_PROTECT)
EVENT(vm, S2_EV_VM)
EVENT(host, S2_EV_HOST)
EVENT(identity, S2_EV_IDENTITY)
EVENT(region, S2_EV_REGION)
EVENT(totals, S2_EV_TOTALS)
EVENT(mapped, S2_EV_MAPPED)
EVENT(survey, S2_EV_SURVEY)
EVENT(loss, S2_EV_LOSS)
EVENT(tick, S2_EV_TICK)

/* A leaf of Normal memory, read and written, laid down at `ipa`. All but slot and HVA is known. */
static inline struct s2_ev_decision a_leaf(uint64_t ts_ns, uint64_t ipa, uint8_t shift, uint64_t pa)
{
	struct s2_ev_decision d = new_decision(1, ts_ns);

	d.ipa = d.fault_ipa = ipa;
	d.pa = pa;
	d.size_shift = shift;
	d.outcome = S2_OUTCOME_MAPPED;
	d.memtype = S2_MEMTYPE_NORMAL;
	d.prot = S2_PROT_R | S2_PROT_W;
	d.slot = S2_NO_SLOT;
	d.present = (S2_BIT(S2_F__MAX) - 1) & ~(S2_BIT(S2_F_SLOT) | S2_BIT(S2_F_HVA));
	return d;
}

/* A fault that ends with -EFAULT. */
static inline struct s2_ev_decision a_rejection(uint64_t ts_ns, uint64_t ipa)
{
	struct s2_ev_decision d = a_leaf(ts_ns, ipa, 0, S2_NO_PA);

	d.outcome = S2_OUTCOME_REJECTED;
	d.reason = S2_REASON_PFNMAP_NEEDS_FWB;
	d.memtype = S2_MEMTYPE_NONE;
	d.ret = -14;
	return d;
}

static inline struct s2_ev_unmap an_unmap(uint64_t ts_ns, uint64_t ipa, uint64_t size)
{
	struct s2_ev_unmap u = new_unmap(1, ts_ns);

	u.ipa = ipa;
	u.size = size;
	u.nested = S2_NO_NESTED;
	return u;
}

static inline struct s2_ev_protect a_protection(uint64_t ts_ns, enum s2_protect_op op, uint64_t ipa,
						uint64_t size)
{
	struct s2_ev_protect p = new_protect(1, ts_ns);

	p.op = op;
	p.ipa = ipa;
	p.size = size;
	p.nested = S2_NO_NESTED;
	p.leaf_shift = op == S2_PROTECT_SPLIT ? PAGE_SHIFT : 0;
	return p;
}

static inline struct s2_ev_memslot a_slot(uint64_t ts_ns, uint16_t slot, uint64_t ipa,
					  uint64_t size, uint64_t hva)
{
	struct s2_ev_memslot m = new_memslot(1, ts_ns);

	m.slot = slot;
	m.ipa = ipa;
	m.size = size;
	m.hva = hva;
	m.device.bar = -1;
	m.vma_attr = S2_VMA_UNKNOWN;
	return m;
}

static inline struct s2_ev_region a_region(uint64_t ts_ns, uint16_t slot, uint64_t ipa,
					   uint64_t size, uint64_t hva)
{
	struct s2_ev_region r = new_region(1, ts_ns);

	r.slot = slot;
	r.ipa = ipa;
	r.size = size;
	r.hva = hva;
	r.device.bar = -1;
	r.vma.attr = S2_VMA_UNKNOWN;
	return r;
}

static inline struct s2_ev_survey a_survey(uint64_t ts_ns, enum s2_survey_step step, int16_t nested)
{
	struct s2_ev_survey s = new_survey(1, ts_ns);

	s.step = step;
	s.nested = nested;
	return s;
}

/* Pages of Normal memory that a survey found. */
static inline struct s2_ev_mapped a_range(uint64_t ts_ns, uint64_t ipa, uint64_t size, uint64_t pa)
{
	struct s2_ev_mapped m = new_mapped(1, ts_ns);

	m.ipa = ipa;
	m.size = size;
	m.pa = pa;
	m.own_ipa = S2_NO_IPA;
	m.leaves = (uint32_t)(size >> PAGE_SHIFT);
	m.nested = S2_NO_NESTED;
	m.leaf_shift = PAGE_SHIFT;
	m.prot = S2_PROT_R | S2_PROT_W;
	m.pa_contiguous = 1;
	m.in_host = FACT_YES;
	return m;
}

#endif /* S2TRACE_TESTS_EVENTS_H */
