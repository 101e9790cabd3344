// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adds what is behind an address: VMA, device and BAR, from the VMM's process. Reports the
 * VMAs of a memslot as regions when it is created and when a survey finds it, and the device
 * behind a decision if no region covers it yet.
 */
#include "stage/stage_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <s2trace/mair.h>

#include "host/iomem.h"
#include "host/maps.h"
#include "host/vmas.h"
#include "model/vmflags.h"

/* A span that was reported, or has nothing to report. */
struct told {
	uint64_t ipa, size;
	bool pfn;    /* PFN mapping: only the driver may know of this memory */
	bool device; /* its device is known */
};

#define MAX_TOLD 64 /* per VM; the oldest are reported again */

struct located {
	struct vm_note note;
	uint32_t tgid;
	uint64_t told_ns; /* when a survey last reported VMAs */
	uint32_t nr;	  /* reported so far */
	struct told told[MAX_TOLD];
};

struct locate {
	struct vm_notes vms;
	struct host_maps *maps;
	struct vmas *vmas; /* NULL: this kernel does not support it */
	struct iomem *iomem;
	uint64_t page_size, mair;
};

static int locate_init(void *state)
{
	struct locate *l = state;

	l->vms.size = sizeof(struct located);
	l->page_size = 4096;
	l->maps = host_maps__new();
	l->iomem = iomem__read();
	l->vmas = vmas__open();
	return l->maps && l->iomem ? 0 : -ENOMEM;
}

static void locate_fini(void *state)
{
	struct locate *l = state;

	vm_notes__free(&l->vms);
	host_maps__free(l->maps);
	iomem__free(l->iomem);
	vmas__close(l->vmas);
}

static size_t nr_told(const struct located *vm)
{
	return vm->nr < MAX_TOLD ? vm->nr : MAX_TOLD;
}

static const struct told *find_told(const struct located *vm, uint64_t ipa)
{
	const struct told *newest = NULL;

	for (uint32_t n = vm->nr; n && vm->nr - n < MAX_TOLD && !newest; n--) {
		const struct told *t = &vm->told[(n - 1) % MAX_TOLD];

		if (ipa - t->ipa < t->size)
			newest = t;
	}
	return newest;
}

/* Surveys report the same span again and again: it takes one entry. */
static void remember(struct located *vm, const struct s2_ev_region *r)
{
	struct told t = { r->ipa, r->size, r->vma.flags & VMFLAGS_PFN,
			  s2_device_known(&r->device) };

	for (size_t i = 0; i < nr_told(vm); i++) {
		if (vm->told[i].ipa != t.ipa || vm->told[i].size != t.size)
			continue;
		vm->told[i] = t;
		return;
	}
	vm->told[vm->nr++ % MAX_TOLD] = t;
}

static struct s2_ev_region region_event(const struct s2_event *of, uint64_t ipa, uint64_t size)
{
	struct s2_ev_region r = { .ipa = ipa,
				  .size = size,
				  .slot = S2_NO_SLOT,
				  .vma.attr = S2_VMA_UNKNOWN,
				  .device.bar = -1 };

	event__init(&r, S2_EV_REGION, sizeof(r), of->source, of->vm, of->ts_ns);
	return r;
}

/* Reports the VMAs of a memslot, one region each. */
static void tell_vmas(struct stage *st, struct located *vm, const struct s2_ev_region *slot)
{
	struct locate *l = st->state;
	uint64_t hva = slot->hva, end = slot->hva + slot->size;
	struct host_map map;

	while (hva < end && host_maps__next(l->maps, vm->tgid, hva, &map) && map.start < end) {
		uint64_t from = map.start > hva ? map.start : hva;
		uint64_t to = map.end < end ? map.end : end;
		struct s2_ev_region r =
			region_event(&slot->h, slot->ipa + (from - slot->hva), to - from);

		r.slot = slot->slot;
		r.slot_flags = slot->slot_flags;
		r.hva = from;
		r.device = map.device;
		if (!vmas__find(l->vmas, vm->tgid, from, &r.vma))
			r.vma = (struct s2_vma){ .attr = S2_VMA_UNKNOWN };
		r.vma.attr = (uint8_t)s2_mair_decode(l->mair, r.vma.attr);
		remember(vm, &r);
		stage__pass(st, &r.h);
		hva = to;
	}
}

/* New VMs cause surveys in quick succession: do not repeat what was just reported. */
#define TELL_AGAIN_NS 5000000000ULL

static bool was_just_told(const struct located *vm, const struct s2_ev_region *slot)
{
	return vm->told_ns && slot->h.ts_ns - vm->told_ns < TELL_AGAIN_NS &&
	       slot->h.ts_ns != vm->told_ns && find_told(vm, slot->ipa);
}

/* A survey found a memslot. The maps may have changed since the last one. */
static void locate_slot(struct stage *st, struct located *vm, struct s2_ev_region *slot)
{
	struct locate *l = st->state;

	slot->whole = 1;
	slot->vma.attr = S2_VMA_UNKNOWN;
	slot->device.bar = -1;
	stage__pass(st, &slot->h);
	if (!vm->tgid || !slot->hva || was_just_told(vm, slot))
		return;
	host_maps__refresh(l->maps, vm->tgid);
	tell_vmas(st, vm, slot);
	vm->told_ns = slot->h.ts_ns;
}

/* Backends name the device while the process still maps it; otherwise it is looked up. */
static void name_slot_device(struct locate *l, struct s2_ev_memslot *m)
{
	struct host_map map;

	if (s2_device_known(&m->device))
		return;
	m->device.bar = -1;
	if ((m->vm_flags & VMFLAGS_PFN) &&
	    host_maps__find(l->maps, m->tgid, m->vma_start > m->hva ? m->vma_start : m->hva, &map))
		m->device = map.device;
}

static bool one_vma(const struct s2_ev_memslot *m)
{
	return m->vma_end && m->vma_start <= m->hva && m->vma_end >= m->hva + m->size;
}

static void locate_memslot(struct stage *st, struct located *vm, struct s2_ev_memslot *m)
{
	struct locate *l = st->state;
	struct s2_ev_region r;

	host_maps__forget(l->maps, m->tgid);
	name_slot_device(l, m);
	vm->nr = 0;
	stage__pass(st, &m->h);
	if (m->ret < 0 || m->change == S2_SLOT_DELETE || m->change == S2_SLOT_FLAGS_ONLY)
		return;
	r = region_event(&m->h, m->ipa, m->size);
	r.slot = m->slot;
	r.slot_flags = m->flags;
	r.hva = m->hva;
	if (!one_vma(m)) {
		tell_vmas(st, vm, &r);
		return;
	}
	r.vma.flags = m->vm_flags;
	r.device = m->device;
	remember(vm, &r);
}

/*
 * Only driver mappings can belong to a device: skip the lookup for all others, unless a device
 * was reported where there is none any more. A VMM may replace the mapping under a memslot.
 */
static bool is_news(const struct told *told, const struct s2_ev_decision *d)
{
	bool pfn = d->vm_flags & VMFLAGS_PFN;

	if (!S2_HAS(d->present, S2_F_VMA_FLAGS) || !d->hva)
		return false;
	return told ? told->pfn != pfn : pfn;
}

/* The HVA of a decision's IPA. A fault reports the HVA of its page, which may be 64K. */
static uint64_t hva_of(const struct locate *l, const struct s2_ev_decision *d)
{
	if (d->size_shift)
		return d->hva & ~((1ULL << d->size_shift) - 1);
	return d->hva + (d->ipa & (l->page_size - 1));
}

static void locate_decision(struct stage *st, struct located *vm, const struct s2_ev_decision *d)
{
	const struct told *told = find_told(vm, d->ipa);
	struct locate *l = st->state;
	uint64_t hva = hva_of(l, d), start;
	struct s2_ev_region r;
	struct host_map map;

	if (!is_news(told, d))
		return;
	if (told)
		host_maps__refresh(l->maps, d->tgid);
	if (!host_maps__find(l->maps, d->tgid, d->hva, &map))
		return;
	/* The VMA may begin below IPA 0. */
	start = hva > d->ipa && hva - d->ipa > map.start ? hva - d->ipa : map.start;
	r = region_event(&d->h, d->ipa + start - hva, map.end - start);
	r.hva = start;
	r.vma.flags = d->vm_flags;
	r.vma.attr = d->vma_attr;
	r.vma.start = map.start;
	r.vma.end = map.end;
	r.device = map.device;
	remember(vm, &r);
	stage__pass(st, &r.h);
}

/* PFN mappings of a driver need not be in the host's list of memory. */
static void locate_mapped(struct locate *l, const struct located *vm, struct s2_ev_mapped *m)
{
	uint64_t ipa = m->nested == S2_NO_NESTED ? m->ipa : m->own_ipa;
	const struct told *t = ipa == S2_NO_IPA ? NULL : find_told(vm, ipa);

	if (m->pa == S2_NO_PA)
		return;
	if (t && t->device)
		m->in_host = FACT_YES;
	else
		m->in_host = iomem__has(l->iomem, m->pa,
					m->pa_contiguous ? m->size : 1ULL << m->leaf_shift);
	if (m->in_host == FACT_NO && t && t->pfn)
		m->in_host = FACT_UNKNOWN;
}

static void take_host(struct locate *l, const struct s2_ev_host *host)
{
	if (host->page_size)
		l->page_size = host->page_size;
	l->mair = host->mair_el1;
}

static void locate_take(struct stage *st, struct s2_event *ev)
{
	const struct s2_ev_vm *life = (const void *)ev;
	struct locate *l = st->state;
	struct located *vm = ev->vm ? vm_notes__get(&l->vms, ev->vm) : NULL;

	if (ev->type == S2_EV_HOST)
		take_host(l, (const struct s2_ev_host *)ev);
	if (vm && !vm->tgid)
		vm->tgid = event__vm_pid(ev);
	if (vm && ev->type == S2_EV_MEMSLOT) {
		locate_memslot(st, vm, (struct s2_ev_memslot *)ev);
		return;
	}
	if (vm && ev->type == S2_EV_REGION) {
		locate_slot(st, vm, (struct s2_ev_region *)ev);
		return;
	}
	if (vm && ev->type == S2_EV_DECISION)
		locate_decision(st, vm, (const struct s2_ev_decision *)ev);
	else if (vm && ev->type == S2_EV_MAPPED)
		locate_mapped(l, vm, (struct s2_ev_mapped *)ev);
	stage__pass(st, ev);
	if (ev->type == S2_EV_VM && life->event == S2_VM_RETIRED) {
		host_maps__forget(l->maps, vm ? vm->tgid : 0);
		vm_notes__drop(&l->vms, ev->vm);
	}
}

const struct stage_ops stage_locate = {
	.name = "locate",
	.state_size = sizeof(struct locate),
	.init = locate_init,
	.fini = locate_fini,
	.take = locate_take,
};
