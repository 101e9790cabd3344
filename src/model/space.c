// SPDX-License-Identifier: GPL-2.0-only
#include "model/space.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/event.h"

/* Above every IPA. */
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

/* An array that elements are taken out of, and put into, at any place. */
struct array {
	void **base;
	size_t *nr, *room;
	size_t size, max; /* of an element; elements */
};

/* Room for one that has `out` elements less and `in` more; false where that is more than `max`. */
static bool array_reserve(const struct array *a, size_t out, size_t in)
{
	size_t nr = *a->nr - out + in, room = nr + nr / 2 + 4;
	void *base;

	if (nr > *a->nr && nr > a->max)
		return false;
	if (nr <= *a->room)
		return true;
	base = realloc(*a->base, room * a->size);
	if (!base)
		return false;
	*a->base = base;
	*a->room = room;
	return true;
}

/* At `at`, `out` elements are replaced by `in` new ones, which are left to be written. */
static void array_splice(const struct array *a, size_t at, size_t out, size_t in)
{
	char *base = *a->base;

	if (in != out)
		memmove(base + (at + in) * a->size, base + (at + out) * a->size,
			(*a->nr - at - out) * a->size);
	*a->nr = *a->nr - out + in;
}

static bool regions_splice(struct ipa_space *s, size_t at, size_t out, size_t in)
{
	const struct array a = { (void **)&s->regions, &s->nr_regions, &s->room_regions,
				 sizeof(*s->regions), s->opts.max_regions };

	if (!array_reserve(&a, out, in))
		return false;
	array_splice(&a, at, out, in);
	return true;
}

static uint64_t mapping_end(const struct mapping *m)
{
	return m->ipa + m->size;
}

/* At `at`, `out` mappings of one MMU are replaced by `in` others of it. */
static bool mappings_splice(struct ipa_space *s, size_t at, size_t out, const struct mapping *news,
			    size_t in)
{
	const struct array a = { (void **)&s->mappings, &s->nr_mappings, &s->room_mappings,
				 sizeof(*s->mappings), s->opts.max_mappings },
			   b = { (void **)&s->extents, &s->nr_extents, &s->room_extents,
				 sizeof(*s->extents), s->opts.max_mappings };

	if (!array_reserve(&a, out, in) || !array_reserve(&b, out, in))
		return false;
	array_splice(&a, at, out, in);
	array_splice(&b, at, out, in);
	for (size_t i = 0; i < in; i++) {
		s->mappings[at + i] = news[i];
		s->extents[at + i] = (struct extent){ news[i].ipa, mapping_end(&news[i]) };
	}
	if (news->nested == S2_NO_NESTED)
		s->nr_own = s->nr_own - out + in;
	return true;
}

/* Regions */

static uint64_t region_end(const struct region *r)
{
	return r->ipa + r->size;
}

/* The first region that ends above `ipa`. */
static size_t region_from(const struct ipa_space *s, uint64_t ipa)
{
	size_t low = 0, high = s->nr_regions, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (region_end(&s->regions[mid]) > ipa)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static bool region_has(const struct region *r, uint64_t ipa)
{
	return ipa - r->ipa < r->size;
}

const struct region *space__region(const struct ipa_space *s, uint64_t ipa)
{
	size_t i = s->last_region;

	if (i >= s->nr_regions || !region_has(&s->regions[i], ipa))
		i = region_from(s, ipa);
	return i < s->nr_regions && region_has(&s->regions[i], ipa) ? &s->regions[i] : NULL;
}

/* The same, to be written to, and remembered: the next event is likely to be in it too. */
static struct region *region_at(struct ipa_space *s, uint64_t ipa)
{
	const struct region *r = space__region(s, ipa);

	if (!r)
		return NULL;
	s->last_region = (size_t)(r - s->regions);
	return &s->regions[s->last_region];
}

static void region_advance(struct region *r, uint64_t by)
{
	r->ipa += by;
	r->size -= by;
	if (r->hva)
		r->hva += by;
}

/* The part of a region that lies in a span. */
static struct region region_part(const struct region *news, uint64_t ipa, uint64_t end)
{
	struct region r = *news;

	region_advance(&r, ipa - news->ipa);
	r.size = end - ipa;
	return r;
}

/* What was counted stays with the first part; false: there is no room for another one. */
static bool region_split(struct ipa_space *s, size_t i, uint64_t ipa)
{
	struct region *left, *right;
	uint64_t by;

	if (!regions_splice(s, i + 1, 0, 1)) {
		s->no_room = true;
		return false;
	}
	left = &s->regions[i];
	right = left + 1;
	by = ipa - left->ipa;
	*right = *left;
	region_advance(right, by);
	right->faults = right->rejections = right->unmaps = 0;
	right->type_changes = right->size_changes = right->prot_changes = 0;
	left->size = by;
	return true;
}

/* Cuts regions so that none reaches over `ipa`: *first is the first behind it. */
static bool regions_cut(struct ipa_space *s, uint64_t ipa, size_t *first)
{
	*first = region_from(s, ipa);
	if (*first == s->nr_regions || s->regions[*first].ipa >= ipa)
		return true;
	return region_split(s, (*first)++, ipa);
}

/* Removes what is known of a memslot, but for what lies in the span. */
static void regions_drop_slot(struct ipa_space *s, int32_t slot, uint64_t ipa, uint64_t size)
{
	size_t i = 0;

	if (slot == SPACE_NO_SLOT)
		return;
	while (i < s->nr_regions) {
		const struct region *r = &s->regions[i];

		if (r->slot == slot && (r->ipa < ipa || region_end(r) > ipa + size))
			regions_splice(s, i, 1, 0);
		else
			i++;
	}
}

static bool regions_drop_span(struct ipa_space *s, uint64_t ipa, uint64_t size)
{
	size_t first, end;

	if (!regions_cut(s, ipa, &first) || !regions_cut(s, ipa + size, &end))
		return false;
	return regions_splice(s, first, end - first, 0);
}

static bool region_insert(struct ipa_space *s, size_t at, const struct region *r)
{
	if (!regions_splice(s, at, 0, 1)) {
		s->no_room = true;
		return false;
	}
	s->regions[at] = *r;
	s->last_region = at;
	return true;
}

/* Another memslot, or another memory behind it: nobody told that the old one has gone. */
static bool region_is_stale(const struct region *r, const struct region *news)
{
	return (r->slot != SPACE_NO_SLOT && news->slot != SPACE_NO_SLOT && r->slot != news->slot) ||
	       (r->hva && news->hva && r->hva - r->ipa != news->hva - news->ipa);
}

/* What is known of a span; what is not known of it overwrites nothing. */
static void region_learn(struct region *r, const struct region *news)
{
	if (region_is_stale(r, news))
		*r = region_part(news, r->ipa, region_end(r));
	if (news->slot != SPACE_NO_SLOT) {
		r->slot = news->slot;
		r->slot_flags = news->slot_flags;
	}
	if (news->hva)
		r->hva = news->hva + (r->ipa - news->ipa);
	if (news->vma.end)
		r->vma = news->vma;
	/* The VMA says whose memory it is: without a device, it is of none. */
	if (s2_device_known(&news->device) || news->vma.end)
		r->device = news->device;
}

static bool regions_learn(struct ipa_space *s, const struct region *news)
{
	uint64_t pos = news->ipa, end = region_end(news);
	struct region gap;
	size_t i;

	if (!news->size)
		return true;
	if (!regions_cut(s, end, &i) || !regions_cut(s, pos, &i))
		return false;
	for (; pos < end; i++) {
		uint64_t next = i < s->nr_regions ? s->regions[i].ipa : end;

		if (next > pos) {
			gap = region_part(news, pos, next < end ? next : end);
			if (!region_insert(s, i, &gap))
				return false;
		} else {
			region_learn(&s->regions[i], news);
		}
		pos = region_end(&s->regions[i]);
	}
	return true;
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
		regions_drop_slot(s, r.slot, r.ipa, r.size);
	regions_learn(s, &r);
}

/* Mappings */

static bool is_of(const struct ipa_space *s, size_t i, int16_t nested)
{
	if (nested == S2_NO_NESTED)
		return i < s->nr_own;
	return i < s->nr_mappings && s->mappings[i].nested == nested;
}

/* Is this the first of the VM's own mappings that begins above `ipa`? */
static bool begins_above(const struct ipa_space *s, size_t i, uint64_t ipa)
{
	return i <= s->nr_own && (i == s->nr_own || s->extents[i].start > ipa) &&
	       (!i || s->extents[i - 1].start <= ipa);
}

/* Index of the first of the VM's own that begins above `ipa`; nr_own: there is none. */
static size_t own_above(const struct ipa_space *s, uint64_t ipa)
{
	size_t low = 0, high = s->nr_own, mid;

	if (begins_above(s, s->last_mapping, ipa))
		return s->last_mapping;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (s->extents[mid].start > ipa)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* Does the mapping before it reach over `ipa`? */
static bool own_reaches(const struct ipa_space *s, size_t above, uint64_t ipa)
{
	return above && s->extents[above - 1].end > ipa;
}

/* The first mapping of that MMU, or of a later one, that ends above `ipa`. */
static size_t mapping_from(struct ipa_space *s, int16_t nested, uint64_t ipa)
{
	size_t low = s->nr_own, high = s->nr_mappings, mid;

	if (nested == S2_NO_NESTED) {
		s->last_mapping = own_above(s, ipa);
		return s->last_mapping - own_reaches(s, s->last_mapping, ipa);
	}
	while (low < high) {
		const struct mapping *m;

		mid = low + (high - low) / 2;
		m = &s->mappings[mid];
		if (m->nested > nested || (m->nested == nested && mapping_end(m) > ipa))
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

const struct mapping *space__mapping(const struct ipa_space *s, uint64_t ipa)
{
	size_t above = own_above(s, ipa);

	return own_reaches(s, above, ipa) ? &s->mappings[above - 1] : NULL;
}

/* The same, and remembered: what is done next is done there. */
static const struct mapping *mapping_at(struct ipa_space *s, uint64_t ipa)
{
	mapping_from(s, S2_NO_NESTED, ipa);
	return space__mapping(s, ipa);
}

/* Output addresses of a single leaf follow one another. */
static void mapping_is_one_leaf(struct mapping *m)
{
	if (m->size <= 1ULL << m->leaf_shift)
		m->pa_contiguous = true;
}

/* Of a mapping the part from `ipa` on. */
static void mapping_advance(struct mapping *m, uint64_t ipa)
{
	uint64_t by = ipa - m->ipa;

	m->ipa = ipa;
	m->size -= by;
	if (m->own_ipa != S2_NO_IPA)
		m->own_ipa += by;
	if (!m->pa_contiguous)
		m->pa = S2_NO_PA;
	else if (m->pa != S2_NO_PA)
		m->pa += by;
	mapping_is_one_leaf(m);
}

static bool pa_follows(const struct mapping *left, const struct mapping *right)
{
	return left->pa_contiguous && right->pa_contiguous && left->pa != S2_NO_PA &&
	       right->pa == left->pa + left->size;
}

static bool own_ipa_follows(const struct mapping *left, const struct mapping *right)
{
	if (left->own_ipa == S2_NO_IPA)
		return right->own_ipa == S2_NO_IPA;
	return right->own_ipa == left->own_ipa + left->size;
}

/* Can the two be told as one? */
static bool mapping_continues(const struct ipa_space *s, const struct mapping *left,
			      const struct mapping *right)
{
	return left->nested == right->nested && mapping_end(left) == right->ipa &&
	       left->mapped == right->mapped && left->type == right->type &&
	       left->prot == right->prot && left->leaf_shift == right->leaf_shift &&
	       left->in_host == right->in_host && own_ipa_follows(left, right) &&
	       (!s->opts.split_pa || !left->mapped || pa_follows(left, right));
}

static void mapping_append(struct mapping *left, const struct mapping *right)
{
	left->pa_contiguous = pa_follows(left, right);
	left->size += right->size;
	if (right->ts_ns > left->ts_ns)
		left->ts_ns = right->ts_ns;
}

/* What was mapped, and is not any more, is the first to go where there is no room. */
static void drop_history(struct ipa_space *s)
{
	size_t kept = 0, own = 0;

	for (size_t i = 0; i < s->nr_mappings; i++) {
		if (!s->mappings[i].mapped)
			continue;
		own += s->mappings[i].nested == S2_NO_NESTED;
		s->extents[kept] = s->extents[i];
		s->mappings[kept++] = s->mappings[i];
	}
	s->nr_mappings = s->nr_extents = kept;
	s->nr_own = own;
	s->has_history = false;
}

/*
 * Puts *m in the place of all that was known of its span. The pieces of what reached over its
 * ends, and *m itself, are joined with their neighbours where they agree.
 */
static bool mapping_replace(struct ipa_space *s, const struct mapping *m)
{
	size_t first = mapping_from(s, m->nested, m->ipa), end = first, nr = 0;
	struct mapping piece[3], *last = NULL;

	/* From the neighbour on the left, if it touches, to that on the right. */
	if (first && s->extents[first - 1].end == m->ipa && is_of(s, first - 1, m->nested))
		first--;
	if (is_of(s, first, m->nested) && s->extents[first].start < m->ipa) {
		last = &piece[nr++];
		*last = s->mappings[first];
		last->size = m->ipa - last->ipa;
		mapping_is_one_leaf(last);
	}
	if (last && mapping_continues(s, last, m)) {
		mapping_append(last, m);
	} else {
		last = &piece[nr++];
		*last = *m;
	}
	for (end = first; is_of(s, end, m->nested) && s->extents[end].start <= mapping_end(m);
	     end++) {
		struct mapping right = s->mappings[end];

		if (mapping_end(&right) <= mapping_end(m))
			continue;
		if (right.ipa < mapping_end(m))
			mapping_advance(&right, mapping_end(m));
		if (mapping_continues(s, last, &right)) {
			mapping_append(last, &right);
		} else {
			last = &piece[nr++];
			*last = right;
		}
	}
	if (!mappings_splice(s, first, end - first, piece, nr))
		return false;
	s->last_mapping = first + 1;
	return true;
}

/* False: there is no room for it, and what was known before stays. */
static bool mapping_set(struct ipa_space *s, const struct mapping *m)
{
	bool done = mapping_replace(s, m);

	if (!done && s->has_history) {
		drop_history(s);
		done = mapping_replace(s, m);
	}
	if (!done)
		s->no_room = true;
	else if (!m->mapped)
		s->has_history = true;
	return done;
}

/* The part of a mapping that lies in a span. */
static struct mapping mapping_part(const struct mapping *m, uint64_t from, uint64_t to)
{
	struct mapping part = *m;

	if (from > part.ipa)
		mapping_advance(&part, from);
	if (mapping_end(&part) > to)
		part.size = to - part.ipa;
	mapping_is_one_leaf(&part);
	return part;
}

/* The leaves of a mapping that reach into a span: KVM takes down whole leaves. */
static struct mapping mapping_leaves(const struct mapping *m, uint64_t from, uint64_t to)
{
	uint64_t rest = (1ULL << m->leaf_shift) - 1;

	return mapping_part(m, from & ~rest, (to + rest) & ~rest);
}

/* What is mapped there is not any more; what became so after `before_ns` stays. */
static void unmap(struct ipa_space *s, int16_t nested, uint64_t ipa, uint64_t end, uint64_t ts_ns,
		  uint64_t before_ns)
{
	size_t i = mapping_from(s, nested, ipa);

	if (ipa >= end)
		return;
	while (is_of(s, i, nested) && s->mappings[i].ipa < end) {
		const struct mapping *m = &s->mappings[i++];
		struct mapping gone;

		if (!m->mapped || m->ts_ns > before_ns)
			continue;
		gone = mapping_leaves(m, ipa, end);
		gone.mapped = false;
		gone.ts_ns = ts_ns;
		if (mapping_set(s, &gone))
			i = mapping_from(s, nested, mapping_end(&gone));
	}
}

/* A page in the place of a block: all of the block is taken down first. */
static void unmap_larger(struct ipa_space *s, const struct mapping *m)
{
	const struct mapping *old = mapping_at(s, m->ipa);

	if (old && old->mapped && old->leaf_shift > m->leaf_shift)
		unmap(s, m->nested, m->ipa, m->ipa + 1, m->ts_ns, UINT64_MAX);
}

/* Surveys */

/* What was read is older than what was decided since. */
static void set_older(struct ipa_space *s, const struct mapping *m)
{
	uint64_t pos = m->ipa, end = mapping_end(m);
	struct mapping part;

	while (pos < end) {
		size_t i = mapping_from(s, m->nested, pos);
		uint64_t stop = end;

		while (is_of(s, i, m->nested) && s->mappings[i].ipa < end &&
		       s->mappings[i].ts_ns <= m->ts_ns)
			i++;
		if (is_of(s, i, m->nested) && s->mappings[i].ipa < end)
			stop = s->mappings[i].ipa > pos ? s->mappings[i].ipa : pos;
		if (stop > pos) {
			part = mapping_part(m, pos, stop);
			mapping_set(s, &part);
			pos = stop;
		} else {
			pos = mapping_end(&s->mappings[i]);
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

	/* Ranges come in order: what lies between two of them is not mapped. */
	if (s->surveying && s->survey_nested == m.nested) {
		unmap(s, m.nested, s->survey_ipa, m.ipa, m.ts_ns, s->survey_ts);
		if (mapping_end(&m) > s->survey_ipa)
			s->survey_ipa = mapping_end(&m);
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
			unmap(s, ev->nested, s->survey_ipa, IPA_END, s->survey_ts, s->survey_ts);
		s->surveying = false;
		break;
	default:
		s->surveying = false;
	}
}

/* Decisions */

/* Of a region that was told, the ends are known, and whose memory it is. */
static bool region_may_grow(const struct region *r, const struct region *more)
{
	return r->slot == more->slot && !r->vma.end && !s2_device_known(&r->device) &&
	       !region_is_stale(r, more);
}

/*
 * A decision tells the number of its memslot, and not where that begins and ends: the region
 * reaches from the first address to the last one that was seen of it.
 */
static struct region *region_of_decision(struct ipa_space *s, const struct s2_ev_decision *d,
					 uint64_t size)
{
	struct region r = { .ipa = d->ipa,
			    .size = size,
			    .slot = d->slot,
			    .device = no_device,
			    .first_ns = d->h.ts_ns };
	struct region *known = region_at(s, d->ipa);
	size_t i;

	if (!S2_HAS(d->present, S2_F_SLOT) || d->slot == S2_NO_SLOT)
		return known;
	if (known && known->slot == SPACE_NO_SLOT)
		known->slot = d->slot;
	if (known && known->slot == d->slot)
		return known;
	/* Another memslot has taken its place, and nobody told. */
	if (known)
		regions_splice(s, s->last_region, 1, 0);
	/* A fault that maps nothing tells the HVA of its page, whatever size that has here. */
	if (S2_HAS(d->present, S2_F_HVA) && d->hva && d->size_shift)
		r.hva = d->hva & ~(size - 1);
	i = region_from(s, d->ipa);
	if (i && region_may_grow(&s->regions[i - 1], &r)) {
		s->regions[i - 1].size = d->ipa + size - s->regions[i - 1].ipa;
		i--;
	} else if (i < s->nr_regions && region_may_grow(&s->regions[i], &r)) {
		s->regions[i].size += s->regions[i].ipa - r.ipa;
		if (s->regions[i].hva)
			s->regions[i].hva -= s->regions[i].ipa - r.ipa;
		s->regions[i].ipa = r.ipa;
	} else {
		region_insert(s, i, &r);
	}
	if (i + 1 < s->nr_regions && region_end(&s->regions[i]) > s->regions[i + 1].ipa)
		s->regions[i].size = s->regions[i + 1].ipa - s->regions[i].ipa;
	return region_at(s, d->ipa);
}

static void region_count(struct region *r, const struct s2_event *ev)
{
	r->faults++;
	r->rejections += event__is_rejection(ev);
	if (ev->ts_ns > r->last_ns)
		r->last_ns = ev->ts_ns;
}

/* Against what was mapped at the first address before. */
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
	const struct mapping *was = mapping_at(s, d->ipa);
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
	unmap_larger(s, &m);
	mapping_set(s, &m);
}

static void relax_leaf(struct ipa_space *s, struct region *r, const struct s2_ev_decision *d)
{
	const struct mapping *was = mapping_at(s, d->ipa);
	struct mapping m;

	if (!was || !was->mapped || !S2_HAS(d->present, S2_F_PROT))
		return;
	m = mapping_leaves(was, d->ipa, d->ipa + (1ULL << d->size_shift));
	m.prot = d->prot;
	m.ts_ns = d->h.ts_ns;
	if (r)
		region_count_changes(r, was, &m);
	mapping_set(s, &m);
}

/* A nested guest's fault is resolved in shadow tables: it counts where its memory is. */
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

/* Shadow tables of nested guests are not what the VM's own tables map. */
static bool unmaps_own(const struct s2_ev_unmap *u)
{
	return u->cause != S2_UNMAP_NESTED_TLBI && u->cause != S2_UNMAP_NESTED_SHADOW &&
	       u->cause != S2_UNMAP_NESTED_REUSE;
}

static void take_unmap(struct ipa_space *s, const struct s2_ev_unmap *u)
{
	uint64_t ipa = u->ipa < IPA_END ? u->ipa : IPA_END;
	uint64_t end = u->size < IPA_END - ipa ? ipa + u->size : IPA_END;

	if (!unmaps_own(u))
		return;
	unmap(s, S2_NO_NESTED, ipa, end, u->h.ts_ns, UINT64_MAX);
	for (size_t i = region_from(s, ipa); i < s->nr_regions && s->regions[i].ipa < end; i++) {
		s->regions[i].unmaps++;
		if (u->h.ts_ns > s->regions[i].last_ns)
			s->regions[i].last_ns = u->h.ts_ns;
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

	regions_drop_span(s, r.ipa, r.size);
	regions_learn(s, &r);
	if (!m->vma_end || from >= to)
		return;
	region_advance(&r, from - m->hva);
	r.size = to - from;
	r.vma = (struct s2_vma){ m->vma_start, m->vma_end, m->vm_flags, m->vma_attr, { 0 } };
	r.device = m->device;
	regions_learn(s, &r);
}

static void flag_slot(struct ipa_space *s, const struct s2_ev_memslot *m)
{
	for (size_t i = 0; i < s->nr_regions; i++)
		if (s->regions[i].slot == m->slot)
			s->regions[i].slot_flags = m->flags;
}

/* KVM takes down what a memslot maps before it goes; the stream may have no event of that. */
static void unmap_slot(struct ipa_space *s, uint16_t slot, uint64_t ts_ns)
{
	for (size_t i = 0; i < s->nr_regions; i++)
		if (s->regions[i].slot == slot)
			unmap(s, S2_NO_NESTED, s->regions[i].ipa, region_end(&s->regions[i]), ts_ns,
			      UINT64_MAX);
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
	regions_drop_slot(s, m->slot, 0, 0);
	if (m->change != S2_SLOT_DELETE)
		add_slot(s, m);
}

static void take_vm(struct ipa_space *s, const struct s2_ev_vm *vm)
{
	if (vm->event != S2_VM_DESTROYED && vm->event != S2_VM_RETIRED)
		return;
	s->nr_mappings = s->nr_extents = s->nr_own = 0;
	s->has_history = false;
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

/* Going through it */

static int8_t ipa_is_pa(const struct span *span)
{
	if (span->pa == S2_NO_PA)
		return -1;
	return span->pa_contiguous && span->pa == span->ipa;
}

/* Where in the VM's own IPA space a part of a mapping is; S2_NO_IPA: not known. */
static uint64_t own_place(const struct mapping *m, uint64_t done)
{
	if (m->nested == S2_NO_NESTED)
		return m->ipa + done;
	return m->own_ipa == S2_NO_IPA ? S2_NO_IPA : m->own_ipa + done;
}

/* Bytes from `ipa` on that lie in one region, which is told, or in none. */
static uint64_t region_reach(const struct ipa_space *s, uint64_t ipa, const struct region **region)
{
	size_t i;

	*region = NULL;
	i = region_from(s, ipa);
	if (i == s->nr_regions)
		return UINT64_MAX;
	if (s->regions[i].ipa > ipa)
		return s->regions[i].ipa - ipa;
	*region = &s->regions[i];
	return region_end(*region) - ipa;
}

/* Leaves that begin in the span: one that reaches over a memslot's end counts where it begins. */
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
	part = mapping_part(m, m->ipa + c->done, m->ipa + c->done + reach);
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
