// SPDX-License-Identifier: GPL-2.0-only
#include "model/space.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/space_priv.h"

/* Above all IPAs. */
#define IPA_END (1ULL << 57)

void space__init(struct ipa_space *s, const struct space_opts *opts)
{
	memset(s, 0, sizeof(*s));
	s->opts = *opts;
}

void space__free(struct ipa_space *s)
{
	free(s->regions);
	free(s->mappings);
	free(s->extents);
	s->regions = NULL;
	s->mappings = NULL;
	s->extents = NULL;
	s->nr_regions = s->room_regions = s->nr_mappings = s->room_mappings = 0;
	s->nr_extents = s->room_extents = s->nr_own = 0;
}

static void *copy_array(const void *array, size_t nr, size_t size)
{
	void *copy = malloc(nr * size + 1);

	if (copy && nr)
		memcpy(copy, array, nr * size);
	return copy;
}

int space__clone(struct ipa_space *to, const struct ipa_space *from)
{
	*to = *from;
	to->regions = copy_array(from->regions, from->nr_regions, sizeof(*from->regions));
	to->mappings = copy_array(from->mappings, from->nr_mappings, sizeof(*from->mappings));
	to->room_regions = from->nr_regions;
	to->room_mappings = from->nr_mappings;
	to->extents = copy_array(from->extents, from->nr_extents, sizeof(*from->extents));
	to->room_extents = from->nr_extents;
	if (to->regions && to->mappings && to->extents)
		return 0;
	space__free(to);
	return -ENOMEM;
}

static const struct s2_device no_device = { .bar = -1 };

static void take_region(struct ipa_space *s, const struct s2_ev_region *ev)
{
	struct region r = {
		.ipa = ev->ipa,
		.size = ev->size,
		.slot = ev->slot == S2_NO_SLOT ? SPACE_NO_SLOT : ev->slot,
		.slot_flags = ev->slot_flags,
		.hva = ev->hva,
		.vma = ev->vma,
		.device = ev->device,
		.first_ns = ev->h.ts_ns,
	};

	if (ev->whole)
		regions__drop_slot(s, r.slot, r.ipa, r.size);
	regions__learn(s, &r);
}

/* Surveys */

/* Sets a surveyed range, except where newer decisions are known. */
static void set_older(struct ipa_space *s, const struct mapping *m)
{
	uint64_t pos = m->ipa, end = mapping__end(m);
	struct mapping part;

	while (pos < end) {
		size_t i = mappings__from(s, m->nested, pos);
		uint64_t stop = end;

		while (mappings__is_of(s, i, m->nested) && s->mappings[i].ipa < end &&
		       s->mappings[i].ts_ns <= m->ts_ns)
			i++;
		if (mappings__is_of(s, i, m->nested) && s->mappings[i].ipa < end)
			stop = s->mappings[i].ipa > pos ? s->mappings[i].ipa : pos;
		if (stop > pos) {
			part = mapping__part(m, pos, stop);
			mappings__set(s, &part);
			pos = stop;
		} else {
			pos = mapping__end(&s->mappings[i]);
		}
	}
}

static void take_mapped(struct ipa_space *s, const struct s2_ev_mapped *ev)
{
	const struct mapping m = {
		.ipa = ev->ipa,
		.size = ev->size,
		.pa = ev->pa,
		.own_ipa = ev->own_ipa,
		.ts_ns = ev->h.ts_ns,
		.nested = ev->nested,
		.type = ev->memtype,
		.prot = ev->prot,
		.leaf_shift = ev->leaf_shift,
		.mapped = true,
		.pa_contiguous = ev->pa_contiguous,
		.in_host = ev->in_host,
	};

	/* Ranges come in order: a gap between two of them is unmapped. */
	if (s->surveying && s->survey_nested == m.nested) {
		mappings__unmap(s, m.nested, s->survey_ipa, m.ipa, m.ts_ns, s->survey_ts);
		if (mapping__end(&m) > s->survey_ipa)
			s->survey_ipa = mapping__end(&m);
	}
	set_older(s, &m);
}

static void take_survey(struct ipa_space *s, const struct s2_ev_survey *ev)
{
	switch (ev->step) {
	case S2_SURVEY_BEGIN:
		s->surveying = true;
		s->survey_nested = ev->nested;
		s->survey_ipa = 0;
		s->survey_ts = ev->h.ts_ns;
		break;
	case S2_SURVEY_END:
		if (s->surveying && s->survey_nested == ev->nested)
			mappings__unmap(s, ev->nested, s->survey_ipa, IPA_END, s->survey_ts,
					s->survey_ts);
		s->surveying = false;
		break;
	default:
		s->surveying = false;
	}
}

/* Decisions */

/* Regions with a known VMA or device have known bounds: never extend them. */
static bool region_may_grow(const struct region *r, const struct region *more)
{
	return r->slot == more->slot && !r->vma.end && !s2_device_known(&r->device) &&
	       !region__is_stale(r, more);
}

/*
 * A decision has the number of its memslot, but not its bounds: the region extends from the
 * lowest to the highest address seen.
 */
static struct region *region_of_decision(struct ipa_space *s, const struct s2_ev_decision *d,
					 uint64_t size)
{
	struct region r = { .ipa = d->ipa,
			    .size = size,
			    .slot = d->slot,
			    .device = no_device,
			    .first_ns = d->h.ts_ns };
	struct region *known = regions__at(s, d->ipa);
	size_t i;

	if (!S2_HAS(d->present, S2_F_SLOT) || d->slot == S2_NO_SLOT)
		return known;
	if (known && known->slot == SPACE_NO_SLOT)
		known->slot = d->slot;
	if (known && known->slot == d->slot)
		return known;
	/* Another memslot replaced it, and the event was missed. */
	if (known)
		regions__remove(s, s->last_region);
	/* A fault that maps nothing has the HVA of its page, whose size is unknown here. */
	if (S2_HAS(d->present, S2_F_HVA) && d->hva && d->size_shift)
		r.hva = d->hva & ~(size - 1);
	i = regions__from(s, d->ipa);
	if (i && region_may_grow(&s->regions[i - 1], &r)) {
		s->regions[i - 1].size = d->ipa + size - s->regions[i - 1].ipa;
		i--;
	} else if (i < s->nr_regions && region_may_grow(&s->regions[i], &r)) {
		s->regions[i].size += s->regions[i].ipa - r.ipa;
		if (s->regions[i].hva)
			s->regions[i].hva -= s->regions[i].ipa - r.ipa;
		s->regions[i].ipa = r.ipa;
	} else {
		regions__insert(s, i, &r);
	}
	if (i + 1 < s->nr_regions && region__end(&s->regions[i]) > s->regions[i + 1].ipa)
		s->regions[i].size = s->regions[i + 1].ipa - s->regions[i].ipa;
	return regions__at(s, d->ipa);
}

static void region_count(struct region *r, const struct s2_event *ev)
{
	r->faults++;
	r->rejections += event__is_rejection(ev);
	if (ev->ts_ns > r->last_ns)
		r->last_ns = ev->ts_ns;
}

/* Compares with the previous mapping at the first address. */
static void region_count_changes(struct region *r, const struct mapping *was,
				 const struct mapping *now)
{
	if (!was)
		return;
	r->type_changes += was->type != now->type && was->type != S2_MEMTYPE_NONE &&
			   now->type != S2_MEMTYPE_NONE;
	r->size_changes += was->leaf_shift != now->leaf_shift;
	r->prot_changes +=
		was->prot != now->prot && was->prot != S2_NO_PROT && now->prot != S2_NO_PROT;
}

static void map_leaf(struct ipa_space *s, struct region *r, const struct s2_ev_decision *d)
{
	const struct mapping *was = mappings__at(s, d->ipa);
	const struct mapping m = {
		.ipa = d->ipa,
		.size = 1ULL << d->size_shift,
		.pa = S2_HAS(d->present, S2_F_PA) ? d->pa : S2_NO_PA,
		.own_ipa = S2_NO_IPA,
		.ts_ns = d->h.ts_ns,
		.nested = S2_NO_NESTED,
		.type = d->memtype,
		.prot = S2_HAS(d->present, S2_F_PROT) ? d->prot : S2_NO_PROT,
		.leaf_shift = d->size_shift,
		.mapped = true,
		.pa_contiguous = true,
		.in_host = -1,
	};

	if (r)
		region_count_changes(r, was, &m);
	mappings__unmap_larger(s, &m);
	mappings__set(s, &m);
}

static void relax_leaf(struct ipa_space *s, struct region *r, const struct s2_ev_decision *d)
{
	const struct mapping *was = mappings__at(s, d->ipa);
	struct mapping m;

	if (!was || !was->mapped || !S2_HAS(d->present, S2_F_PROT))
		return;
	m = mapping__leaves(was, d->ipa, d->ipa + (1ULL << d->size_shift));
	m.prot = d->prot;
	m.ts_ns = d->h.ts_ns;
	if (r)
		region_count_changes(r, was, &m);
	mappings__set(s, &m);
}

/* A nested fault changes shadow tables only: count it, but leave the VM's own mappings. */
static void take_decision(struct ipa_space *s, const struct s2_ev_decision *d)
{
	uint64_t size = d->size_shift ? 1ULL << d->size_shift : 4096;
	struct region *r = region_of_decision(s, d, size);

	if (r)
		region_count(r, &d->h);
	if (!d->size_shift || S2_HAS(d->flags, S2_DF_NESTED))
		return;
	if (d->outcome == S2_OUTCOME_MAPPED)
		map_leaf(s, r, d);
	else if (d->outcome == S2_OUTCOME_RELAXED)
		relax_leaf(s, r, d);
}

/* A range of an event, which may extend beyond all IPAs. */
static uint64_t span_of(uint64_t *ipa, uint64_t size)
{
	if (*ipa > IPA_END)
		*ipa = IPA_END;
	return size < IPA_END - *ipa ? *ipa + size : IPA_END;
}

/* Regions are of the VM's own IPA space, which is not that of nested guests. */
static void take_unmap(struct ipa_space *s, const struct s2_ev_unmap *u)
{
	uint64_t ipa = u->ipa, end = span_of(&ipa, u->size);

	mappings__unmap(s, u->nested, ipa, end, u->h.ts_ns, UINT64_MAX);
	if (u->nested != S2_NO_NESTED)
		return;
	for (size_t i = regions__from(s, ipa); i < s->nr_regions && s->regions[i].ipa < end; i++) {
		s->regions[i].unmaps++;
		if (u->h.ts_ns > s->regions[i].last_ns)
			s->regions[i].last_ns = u->h.ts_ns;
	}
}

static void take_protect(struct ipa_space *s, const struct s2_ev_protect *p)
{
	uint64_t ipa = p->ipa, end = span_of(&ipa, p->size);

	if (!mappings__protect(s, p, ipa, end) || p->nested != S2_NO_NESTED)
		return;
	for (size_t i = regions__from(s, ipa); i < s->nr_regions && s->regions[i].ipa < end; i++) {
		s->regions[i].size_changes += p->op == S2_PROTECT_SPLIT;
		s->regions[i].prot_changes += p->op == S2_PROTECT_WRITE;
	}
}

/* Memslots */

static void add_slot(struct ipa_space *s, const struct s2_ev_memslot *m)
{
	struct region r = { .ipa = m->ipa,
			    .size = m->size,
			    .slot = m->slot,
			    .slot_flags = m->flags,
			    .hva = m->hva,
			    .device = no_device,
			    .first_ns = m->h.ts_ns };
	uint64_t from = m->vma_start > m->hva ? m->vma_start : m->hva;
	uint64_t to = m->vma_end < m->hva + m->size ? m->vma_end : m->hva + m->size;

	regions__drop_span(s, r.ipa, r.size);
	regions__learn(s, &r);
	if (!m->vma_end || from >= to)
		return;
	region__advance(&r, from - m->hva);
	r.size = to - from;
	r.vma = (struct s2_vma){ m->vma_start, m->vma_end, m->vm_flags, m->vma_attr, { 0 } };
	r.device = m->device;
	regions__learn(s, &r);
}

static void flag_slot(struct ipa_space *s, const struct s2_ev_memslot *m)
{
	for (size_t i = 0; i < s->nr_regions; i++)
		if (s->regions[i].slot == m->slot)
			s->regions[i].slot_flags = m->flags;
}

/* KVM unmaps a memslot before deleting it, but the stream may lack the unmap event. */
static void unmap_slot(struct ipa_space *s, uint16_t slot, uint64_t ts_ns)
{
	for (size_t i = 0; i < s->nr_regions; i++)
		if (s->regions[i].slot == slot)
			mappings__unmap(s, S2_NO_NESTED, s->regions[i].ipa,
					region__end(&s->regions[i]), ts_ns, UINT64_MAX);
}

static void take_memslot(struct ipa_space *s, const struct s2_ev_memslot *m)
{
	if (m->ret < 0)
		return;
	if (m->change == S2_SLOT_FLAGS_ONLY) {
		flag_slot(s, m);
		return;
	}
	unmap_slot(s, m->slot, m->h.ts_ns);
	regions__drop_slot(s, m->slot, 0, 0);
	if (m->change != S2_SLOT_DELETE)
		add_slot(s, m);
}

static void take_vm(struct ipa_space *s, const struct s2_ev_vm *vm)
{
	if (vm->event != S2_VM_DESTROYED && vm->event != S2_VM_RETIRED)
		return;
	mappings__clear(s);
}

void space__take(struct ipa_space *s, const struct s2_event *ev)
{
	const void *p = ev;

	s->no_room = false;
	switch (ev->type) {
	case S2_EV_DECISION:
		take_decision(s, p);
		break;
	case S2_EV_MEMSLOT:
		take_memslot(s, p);
		break;
	case S2_EV_UNMAP:
		take_unmap(s, p);
		break;
	case S2_EV_PROTECT:
		take_protect(s, p);
		break;
	case S2_EV_REGION:
		take_region(s, p);
		break;
	case S2_EV_MAPPED:
		take_mapped(s, p);
		break;
	case S2_EV_SURVEY:
		take_survey(s, p);
		break;
	case S2_EV_VM:
		take_vm(s, p);
		break;
	}
	s->truncated += s->no_room;
}

/* Iteration */

static int8_t ipa_is_pa(const struct span *span)
{
	if (span->pa == S2_NO_PA)
		return -1;
	return span->pa_contiguous && span->pa == span->ipa;
}

/* IPA in the VM's own tables, `done` bytes into a mapping; S2_NO_IPA: unknown. */
static uint64_t own_place(const struct mapping *m, uint64_t done)
{
	if (m->nested == S2_NO_NESTED)
		return m->ipa + done;
	return m->own_ipa == S2_NO_IPA ? S2_NO_IPA : m->own_ipa + done;
}

/* Bytes from `ipa` to the end of its *region or, if that is NULL, to the next one. */
static uint64_t region_reach(const struct ipa_space *s, uint64_t ipa, const struct region **region)
{
	size_t i;

	*region = NULL;
	i = regions__from(s, ipa);
	if (i == s->nr_regions)
		return UINT64_MAX;
	if (s->regions[i].ipa > ipa)
		return s->regions[i].ipa - ipa;
	*region = &s->regions[i];
	return region__end(*region) - ipa;
}

/* Leaves that begin in the span: a leaf across the end of a memslot counts where it begins. */
static uint64_t leaves_in(const struct span *span, uint8_t shift)
{
	uint64_t leaf = 1ULL << shift;

	return ((span->ipa + span->size + leaf - 1) >> shift) - ((span->ipa + leaf - 1) >> shift);
}

bool space__next(const struct ipa_space *s, struct space_cursor *c, struct span *span)
{
	const struct mapping *m;
	struct mapping part;
	uint64_t reach;

	while (c->mapping < s->nr_mappings &&
	       (!s->mappings[c->mapping].mapped || c->done >= s->mappings[c->mapping].size)) {
		c->mapping++;
		c->done = 0;
	}
	if (c->mapping >= s->nr_mappings)
		return false;
	m = &s->mappings[c->mapping];
	reach = region_reach(s, own_place(m, c->done), &span->region);
	if (reach > m->size - c->done)
		reach = m->size - c->done;
	part = mapping__part(m, m->ipa + c->done, m->ipa + c->done + reach);
	span->mapping = m;
	span->ipa = part.ipa;
	span->size = part.size;
	span->pa = part.pa;
	span->pa_contiguous = part.pa_contiguous;
	span->hva = 0;
	if (span->region && span->region->hva)
		span->hva = span->region->hva + (own_place(m, c->done) - span->region->ipa);
	span->leaves = leaves_in(span, m->leaf_shift);
	span->ipa_is_pa = ipa_is_pa(span);
	c->done += reach;
	return true;
}
