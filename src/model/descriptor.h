/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors of stage-2 tables: from what a reading of the tables wrote
 * down to mapped ranges, as events. Pure.
 */
#ifndef S2TRACE_MODEL_DESCRIPTOR_H
#define S2TRACE_MODEL_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <s2trace/event.h>
#include <s2trace/walk.h>

/* How the tables of a VM are built. */
struct table_geometry {
	uint32_t page_shift;
	enum s2_walk_oa oa;
	enum tristate fwb;
};

/* S2_MEMTYPE_NONE where KVM writes no such attribute. */
enum s2_memtype desc__type(uint64_t desc, enum tristate fwb);
unsigned int desc__prot(uint64_t desc);
uint64_t desc__pa(uint64_t desc, const struct table_geometry *g);
/* log2 of the bytes that a leaf at `level` (-1 to 3) maps. */
unsigned int level__shift(uint32_t page_shift, int level);

/*
 * What the reading wrote, in its meaning; the header, and what the tables do not say, stays
 * as it is. `attrs` is what leaves of the range have in common (s2_walk_ask.attrs).
 */
void mapped__decode(struct s2_ev_mapped *m, const struct s2_walk_range *raw, uint64_t attrs,
		    const struct table_geometry *g);
/* The first `size` bytes (a multiple of the leaf's) go to *part, *rest keeps what follows. */
void mapped__split(struct s2_ev_mapped *rest, struct s2_ev_mapped *part, uint64_t size);

/* Where a VM's own tables map host memory, in order of host-physical address. */
struct pa_index {
	struct pa_entry {
		uint64_t pa, size, ipa;
		bool twice; /* some of it is mapped elsewhere as well: it tells nothing */
	} * entries;
	size_t nr, room;
};

/*
 * Takes in a range of the VM's own tables. 0 or -ENOMEM. Those whose addresses do not follow
 * one another are left out: read the tables with split_pa.
 */
int pa_index__add(struct pa_index *x, const struct s2_ev_mapped *m);
void pa_index__sort(struct pa_index *x);
void pa_index__free(struct pa_index *x);
/*
 * Takes the part of a nested MMU's range that the VM's own tables map in one piece, or not at
 * all, from its beginning into *part, with its own_ipa. *rest keeps what follows. False:
 * nothing is left.
 */
bool mapped__cut_by_pa(struct s2_ev_mapped *rest, struct s2_ev_mapped *part,
		       const struct pa_index *x);

#endif /* S2TRACE_MODEL_DESCRIPTOR_H */
