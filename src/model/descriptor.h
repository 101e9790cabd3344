/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decodes stage-2 descriptors: from the raw ranges of a table walk to mapped events. Pure.
 */
#ifndef S2TRACE_MODEL_DESCRIPTOR_H
#define S2TRACE_MODEL_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <s2trace/event.h>
#include <s2trace/walk.h>

/* The table format of a VM. */
struct table_geometry {
	uint32_t page_shift;
	enum s2_walk_oa oa;
	enum tristate fwb;
};

/* S2_MEMTYPE_NONE: an attribute that KVM does not use. */
enum s2_memtype desc__type(uint64_t desc, enum tristate fwb);
unsigned int desc__prot(uint64_t desc);
uint64_t desc__pa(uint64_t desc, const struct table_geometry *g);
/* log2 of the bytes that a leaf at `level` (-1 to 3) maps. */
unsigned int level__shift(uint32_t page_shift, int level);

/*
 * Decodes a raw range. Leaves the header, and fields that the tables do not determine,
 * unchanged. `attrs`: the bits that all leaves of the range share (s2_walk_ask.attrs).
 */
void mapped__decode(struct s2_ev_mapped *m, const struct s2_walk_range *raw, uint64_t attrs,
		    const struct table_geometry *g);
/* Moves the first `size` bytes (a multiple of the leaf size) from *rest to *part. */
void mapped__split(struct s2_ev_mapped *rest, struct s2_ev_mapped *part, uint64_t size);

/* Where a VM's own tables map host memory, sorted by host-physical address. */
struct pa_index {
	struct pa_entry {
		uint64_t pa, size, ipa;
		bool twice; /* overlaps another entry: ambiguous */
	} * entries;
	size_t nr, room;
};

/*
 * Adds a range of the VM's own tables. 0 or -ENOMEM. Skips ranges whose output addresses are
 * not contiguous: read the tables with split_pa.
 */
int pa_index__add(struct pa_index *x, const struct s2_ev_mapped *m);
void pa_index__sort(struct pa_index *x);
void pa_index__free(struct pa_index *x);
/*
 * Splits a range of a nested MMU where the VM's own tables map its memory differently. Moves
 * the first part, which they map in one piece or not at all, from *rest to *part, and sets its
 * own_ipa. False: *rest is empty.
 */
bool mapped__cut_by_pa(struct s2_ev_mapped *rest, struct s2_ev_mapped *part,
		       const struct pa_index *x);

#endif /* S2TRACE_MODEL_DESCRIPTOR_H */
