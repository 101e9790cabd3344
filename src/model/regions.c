// SPDX-License-Identifier: GPL-2.0-only
#include "lib/array.h"
#include "model/space_priv.h"

static bool regions_splice(struct ipa_space *s, size_t at, size_t out, size_t in)
{
	const struct array a = { (void **)&s->regions, &s->nr_regions, &s->room_regions,
				 sizeof(*s->regions), s->opts.max_regions };

	if (!array__reserve(&a, out, in))
		return false;
	array__splice(&a, at, out, in);
	return true;
}

size_t regions__from(const struct ipa_space *s, uint64_t ipa)
{
	size_t low = 0, high = s->nr_regions, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (region__end(&s->regions[mid]) > ipa)
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
		i = regions__from(s, ipa);
	return i < s->nr_regions && region_has(&s->regions[i], ipa) ? &s->regions[i] : NULL;
}

struct region *regions__at(struct ipa_space *s, uint64_t ipa)
{
	const struct region *r = space__region(s, ipa);

	if (!r)
		return NULL;
	s->last_region = (size_t)(r - s->regions);
	return &s->regions[s->last_region];
}

/* The part of a region within a span. */
static struct region region_part(const struct region *news, uint64_t ipa, uint64_t end)
{
	struct region r = *news;

	region__advance(&r, ipa - news->ipa);
	r.size = end - ipa;
	return r;
}

/* The first part keeps the counts. False: no room for another region. */
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
	region__advance(right, by);
	right->faults = right->rejections = right->unmaps = 0;
	right->type_changes = right->size_changes = right->prot_changes = 0;
	left->size = by;
	return true;
}

/* Splits the region across `ipa`, if any. *first: index of the first region from `ipa` on. */
static bool regions_cut(struct ipa_space *s, uint64_t ipa, size_t *first)
{
	*first = regions__from(s, ipa);
	if (*first == s->nr_regions || s->regions[*first].ipa >= ipa)
		return true;
	return region_split(s, (*first)++, ipa);
}

void regions__drop_slot(struct ipa_space *s, int32_t slot, uint64_t ipa, uint64_t size)
{
	size_t i = 0;

	if (slot == SPACE_NO_SLOT)
		return;
	while (i < s->nr_regions) {
		const struct region *r = &s->regions[i];

		if (r->slot == slot && (r->ipa < ipa || region__end(r) > ipa + size))
			regions_splice(s, i, 1, 0);
		else
			i++;
	}
}

bool regions__drop_span(struct ipa_space *s, uint64_t ipa, uint64_t size)
{
	size_t first, end;

	if (!regions_cut(s, ipa, &first) || !regions_cut(s, ipa + size, &end))
		return false;
	return regions_splice(s, first, end - first, 0);
}

bool regions__insert(struct ipa_space *s, size_t at, const struct region *r)
{
	if (!regions_splice(s, at, 0, 1)) {
		s->no_room = true;
		return false;
	}
	s->regions[at] = *r;
	s->last_region = at;
	return true;
}

bool region__is_stale(const struct region *r, const struct region *news)
{
	return (r->slot != SPACE_NO_SLOT && news->slot != SPACE_NO_SLOT && r->slot != news->slot) ||
	       (r->hva && news->hva && r->hva - r->ipa != news->hva - news->ipa);
}

/* Merges news into a region. Unknown fields overwrite nothing. */
static void region_learn(struct region *r, const struct region *news)
{
	if (region__is_stale(r, news))
		*r = region_part(news, r->ipa, region__end(r));
	if (news->slot != SPACE_NO_SLOT) {
		r->slot = news->slot;
		r->slot_flags = news->slot_flags;
	}
	if (news->hva)
		r->hva = news->hva + (r->ipa - news->ipa);
	if (news->vma.end)
		r->vma = news->vma;
	/* A VMA identifies the owner: a VMA without a device is ordinary memory. */
	if (s2_device_known(&news->device) || news->vma.end)
		r->device = news->device;
}

bool regions__learn(struct ipa_space *s, const struct region *news)
{
	uint64_t pos = news->ipa, end = region__end(news);
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
			if (!regions__insert(s, i, &gap))
				return false;
		} else {
			region_learn(&s->regions[i], news);
		}
		pos = region__end(&s->regions[i]);
	}
	return true;
}

void regions__remove(struct ipa_space *s, size_t at)
{
	regions_splice(s, at, 1, 0);
}
