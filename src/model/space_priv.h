/* SPDX-License-Identifier: GPL-2.0-only */
/* The two layers of an address space, for space.c to fold events into. */
#ifndef S2TRACE_MODEL_SPACE_PRIV_H
#define S2TRACE_MODEL_SPACE_PRIV_H

#include "model/event.h"
#include "model/space.h"

/* regions.c: what lies behind a span. Where there is no room, `no_room` of the space is set. */

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

/* Another memslot, or another memory behind it: nobody told that the old one has gone. */
bool region__is_stale(const struct region *r, const struct region *news);
/* The first region that ends above `ipa`. */
size_t regions__from(const struct ipa_space *s, uint64_t ipa);
/* As space__region(), to be written to, and remembered: the next event is likely to be in it too.
 */
struct region *regions__at(struct ipa_space *s, uint64_t ipa);
bool regions__insert(struct ipa_space *s, size_t at, const struct region *r);
void regions__remove(struct ipa_space *s, size_t at);
/* Takes in what is known of a span; what is not known of it overwrites nothing. */
bool regions__learn(struct ipa_space *s, const struct region *news);
/* Removes what is known of a memslot, but for what lies in the span. */
void regions__drop_slot(struct ipa_space *s, int32_t slot, uint64_t ipa, uint64_t size);
bool regions__drop_span(struct ipa_space *s, uint64_t ipa, uint64_t size);

/* mappings.c: what is mapped there now, or was mapped last. */

static inline uint64_t mapping__end(const struct mapping *m)
{
	return m->ipa + m->size;
}

/* The part of a mapping that lies in a span. */
struct mapping mapping__part(const struct mapping *m, uint64_t from, uint64_t to);
/* The leaves of a mapping that reach into a span: KVM takes down whole leaves. */
struct mapping mapping__leaves(const struct mapping *m, uint64_t from, uint64_t to);
/* Is mapping `i` there, and of that MMU? */
bool mappings__is_of(const struct ipa_space *s, size_t i, int16_t nested);
/* The first mapping of that MMU, or of a later one, that ends above `ipa`. */
size_t mappings__from(struct ipa_space *s, int16_t nested, uint64_t ipa);
/* As space__mapping(), and remembered: what is done next is done there. */
const struct mapping *mappings__at(struct ipa_space *s, uint64_t ipa);
/* False: there is no room for it, and what was known before stays. */
bool mappings__set(struct ipa_space *s, const struct mapping *m);
/* What is mapped there is not any more; what became so after `before_ns` stays. */
void mappings__unmap(struct ipa_space *s, int16_t nested, uint64_t ipa, uint64_t end,
		     uint64_t ts_ns, uint64_t before_ns);
/* A page in the place of a block: all of the block is taken down first. */
void mappings__unmap_larger(struct ipa_space *s, const struct mapping *m);
void mappings__clear(struct ipa_space *s);

#endif /* S2TRACE_MODEL_SPACE_PRIV_H */
