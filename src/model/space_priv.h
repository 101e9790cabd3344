/* SPDX-License-Identifier: GPL-2.0-only */
/* The two layers of an address space, updated by space.c. */
#ifndef S2TRACE_MODEL_SPACE_PRIV_H
#define S2TRACE_MODEL_SPACE_PRIV_H

#include "model/event.h"
#include "model/space.h"

/* regions.c: what backs a span. Sets `no_room` of the space if there is no room. */

static inline uint64_t region__end(const struct region *r)
{
	return r->ipa + r->size;
}

static inline void region__advance(struct region *r, uint64_t by)
{
	r->ipa += by;
	r->size -= by;
	if (r->hva)
		r->hva += by;
}

/* Whether the memslot or its memory has changed without an event that reported it. */
bool region__is_stale(const struct region *r, const struct region *news);
/* The first region that ends above `ipa`. */
size_t regions__from(const struct ipa_space *s, uint64_t ipa);
/* As space__region(), but writable and cached: the next event likely hits the same region. */
struct region *regions__at(struct ipa_space *s, uint64_t ipa);
bool regions__insert(struct ipa_space *s, size_t at, const struct region *r);
void regions__remove(struct ipa_space *s, size_t at);
/* Merges what is known of a span. Unknown fields overwrite nothing. */
bool regions__learn(struct ipa_space *s, const struct region *news);
/* Removes the regions of a memslot, except those within the span. */
void regions__drop_slot(struct ipa_space *s, int32_t slot, uint64_t ipa, uint64_t size);
bool regions__drop_span(struct ipa_space *s, uint64_t ipa, uint64_t size);

/* mappings.c: what is mapped now, or was mapped last. */

static inline uint64_t mapping__end(const struct mapping *m)
{
	return m->ipa + m->size;
}

/* The part of a mapping within a span. */
struct mapping mapping__part(const struct mapping *m, uint64_t from, uint64_t to);
/* The leaves of a mapping that overlap a span: KVM unmaps whole leaves. */
struct mapping mapping__leaves(const struct mapping *m, uint64_t from, uint64_t to);
/* Whether mapping `i` exists and belongs to that MMU. */
bool mappings__is_of(const struct ipa_space *s, size_t i, int16_t nested);
/* Index of the first mapping of that MMU, or of a later one, that ends above `ipa`. */
size_t mappings__from(struct ipa_space *s, int16_t nested, uint64_t ipa);
/* As space__mapping(), and caches the position for the next call. */
const struct mapping *mappings__at(struct ipa_space *s, uint64_t ipa);
/* False: no room; the previous state stays. */
bool mappings__set(struct ipa_space *s, const struct mapping *m);
/* Marks a range unmapped, except mappings that changed after `before_ns`. */
void mappings__unmap(struct ipa_space *s, int16_t nested, uint64_t ipa, uint64_t end,
		     uint64_t ts_ns, uint64_t before_ns);
/* Applies it to the mappings of a range. False: they were like that before. */
bool mappings__protect(struct ipa_space *s, const struct s2_ev_protect *p, uint64_t ipa,
		       uint64_t end);
/* A page replaces a block: KVM unmaps the whole block first. */
void mappings__unmap_larger(struct ipa_space *s, const struct mapping *m);
void mappings__clear(struct ipa_space *s);

#endif /* S2TRACE_MODEL_SPACE_PRIV_H */
