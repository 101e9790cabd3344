// SPDX-License-Identifier: GPL-2.0-only
#include "lib/array.h"
#include "model/space_priv.h"

/* Replaces `out` mappings at `at` by `in` others of the same MMU. */
static bool mappings_splice(struct ipa_space *s, size_t at, size_t out, const struct mapping *news,
			    size_t in)
{
	const struct array a = { (void **)&s->mappings, &s->nr_mappings, &s->room_mappings,
				 sizeof(*s->mappings), s->opts.max_mappings },
			   b = { (void **)&s->extents, &s->nr_extents, &s->room_extents,
				 sizeof(*s->extents), s->opts.max_mappings };

	if (!array__reserve(&a, out, in) || !array__reserve(&b, out, in))
		return false;
	array__splice(&a, at, out, in);
	array__splice(&b, at, out, in);
	for (size_t i = 0; i < in; i++) {
		s->mappings[at + i] = news[i];
		s->extents[at + i] = (struct extent){ news[i].ipa, mapping__end(&news[i]) };
	}
	if (news->nested == S2_NO_NESTED)
		s->nr_own = s->nr_own - out + in;
	return true;
}

bool mappings__is_of(const struct ipa_space *s, size_t i, int16_t nested)
{
	if (nested == S2_NO_NESTED)
		return i < s->nr_own;
	return i < s->nr_mappings && s->mappings[i].nested == nested;
}

/* Whether `i` is the first of the VM's own mappings that begins above `ipa`. */
static bool begins_above(const struct ipa_space *s, size_t i, uint64_t ipa)
{
	return i <= s->nr_own && (i == s->nr_own || s->extents[i].start > ipa) &&
	       (!i || s->extents[i - 1].start <= ipa);
}

/* Index of the first of the VM's own mappings that begins above `ipa`, or nr_own. */
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

/* Whether the mapping before `above` contains `ipa`. */
static bool own_reaches(const struct ipa_space *s, size_t above, uint64_t ipa)
{
	return above && s->extents[above - 1].end > ipa;
}

size_t mappings__from(struct ipa_space *s, int16_t nested, uint64_t ipa)
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
		if (m->nested > nested || (m->nested == nested && mapping__end(m) > ipa))
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

const struct mapping *mappings__at(struct ipa_space *s, uint64_t ipa)
{
	mappings__from(s, S2_NO_NESTED, ipa);
	return space__mapping(s, ipa);
}

/* The output addresses of a single leaf are contiguous. */
static void mapping_is_one_leaf(struct mapping *m)
{
	if (m->size <= 1ULL << m->leaf_shift)
		m->pa_contiguous = true;
}

/* Cuts off the part of a mapping below `ipa`. */
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

/* Whether the two can be merged. */
static bool mapping_continues(const struct ipa_space *s, const struct mapping *left,
			      const struct mapping *right)
{
	return left->nested == right->nested && mapping__end(left) == right->ipa &&
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

/* Drops records of unmapped ranges to make room. */
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
 * Replaces everything in the span of *m. Mappings that extend beyond it are split; the pieces
 * and *m merge with their neighbours where possible.
 */
static bool mapping_replace(struct ipa_space *s, const struct mapping *m)
{
	size_t first = mappings__from(s, m->nested, m->ipa), end = first, nr = 0;
	struct mapping piece[3], *last = NULL;

	/* Start at the left neighbour if it is adjacent; end at the right one. */
	if (first && s->extents[first - 1].end == m->ipa &&
	    mappings__is_of(s, first - 1, m->nested))
		first--;
	if (mappings__is_of(s, first, m->nested) && s->extents[first].start < m->ipa) {
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
	for (end = first;
	     mappings__is_of(s, end, m->nested) && s->extents[end].start <= mapping__end(m);
	     end++) {
		struct mapping right = s->mappings[end];

		if (mapping__end(&right) <= mapping__end(m))
			continue;
		if (right.ipa < mapping__end(m))
			mapping_advance(&right, mapping__end(m));
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

bool mappings__set(struct ipa_space *s, const struct mapping *m)
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

struct mapping mapping__part(const struct mapping *m, uint64_t from, uint64_t to)
{
	struct mapping part = *m;

	if (from > part.ipa)
		mapping_advance(&part, from);
	if (mapping__end(&part) > to)
		part.size = to - part.ipa;
	mapping_is_one_leaf(&part);
	return part;
}

struct mapping mapping__leaves(const struct mapping *m, uint64_t from, uint64_t to)
{
	uint64_t rest = (1ULL << m->leaf_shift) - 1;

	return mapping__part(m, from & ~rest, (to + rest) & ~rest);
}

void mappings__unmap(struct ipa_space *s, int16_t nested, uint64_t ipa, uint64_t end,
		     uint64_t ts_ns, uint64_t before_ns)
{
	size_t i = mappings__from(s, nested, ipa);

	if (ipa >= end)
		return;
	while (mappings__is_of(s, i, nested) && s->mappings[i].ipa < end) {
		const struct mapping *m = &s->mappings[i++];
		struct mapping gone;

		if (!m->mapped || m->ts_ns > before_ns)
			continue;
		gone = mapping__leaves(m, ipa, end);
		gone.mapped = false;
		gone.ts_ns = ts_ns;
		if (mappings__set(s, &gone))
			i = mappings__from(s, nested, mapping__end(&gone));
	}
}

/* False: it does not change the mapping. */
static bool mapping_protect(struct mapping *m, const struct s2_ev_protect *p)
{
	if (p->op == S2_PROTECT_SPLIT) {
		if (m->leaf_shift <= p->leaf_shift)
			return false;
		m->leaf_shift = p->leaf_shift;
	} else {
		if (m->prot == S2_NO_PROT || !(m->prot & S2_PROT_W))
			return false;
		m->prot &= ~S2_PROT_W;
	}
	m->ts_ns = p->h.ts_ns;
	return true;
}

bool mappings__protect(struct ipa_space *s, const struct s2_ev_protect *p, uint64_t ipa,
		       uint64_t end)
{
	size_t i = mappings__from(s, p->nested, ipa);
	bool changed = false;

	if (ipa >= end)
		return false;
	while (mappings__is_of(s, i, p->nested) && s->mappings[i].ipa < end) {
		const struct mapping *m = &s->mappings[i++];
		struct mapping now = mapping__leaves(m, ipa, end);

		if (!m->mapped || !mapping_protect(&now, p))
			continue;
		changed = true;
		if (mappings__set(s, &now))
			i = mappings__from(s, p->nested, mapping__end(&now));
	}
	return changed;
}

void mappings__unmap_larger(struct ipa_space *s, const struct mapping *m)
{
	const struct mapping *old = mappings__at(s, m->ipa);

	if (old && old->mapped && old->leaf_shift > m->leaf_shift)
		mappings__unmap(s, m->nested, m->ipa, m->ipa + 1, m->ts_ns, UINT64_MAX);
}

void mappings__clear(struct ipa_space *s)
{
	s->nr_mappings = s->nr_extents = s->nr_own = 0;
	s->has_history = false;
}
