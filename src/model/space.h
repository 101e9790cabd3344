/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The address space of one VM: an interval map of its IPA space, kept from events.
 *
 * Two layers. A region is what lies behind a span: memslot, VMA, device. Regions are
 * few, do not overlap, and bear the counts. A mapping is what stage 2 maps there now,
 * or mapped last: type, permissions, leaf size, host-physical address. Mappings follow
 * one another and are merged where they agree. Both are bounded; an event that finds no
 * room is counted in `truncated`, and what was known before stands.
 */
#ifndef S2TRACE_MODEL_SPACE_H
#define S2TRACE_MODEL_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <s2trace/event.h>

#define SPACE_NO_SLOT (-1)

struct region {
	uint64_t ipa, size;
	int32_t slot; /* SPACE_NO_SLOT: not known, or none */
	uint32_t slot_flags;
	uint64_t hva; /* of the first byte; 0: not known */
	struct s2_vma vma;
	struct s2_device device;
	/* Since the region is known. */
	uint64_t first_ns, last_ns; /* of the events counted here */
	uint64_t faults;	    /* decisions of every outcome */
	uint64_t rejections;
	uint64_t unmaps;       /* ranges unmapped that reach into it */
	uint64_t type_changes; /* of what was mapped before at the same address */
	uint64_t size_changes;
	uint64_t prot_changes;
};

struct mapping {
	uint64_t ipa, size;
	uint64_t pa;	  /* of the first byte; S2_NO_PA: not known */
	uint64_t own_ipa; /* as of s2_ev_mapped */
	uint64_t ts_ns;	  /* when it became so, or was read */
	int16_t nested;	  /* S2_NO_NESTED: the VM's own tables */
	uint8_t type;	  /* enum s2_memtype */
	uint8_t prot;	  /* S2_PROT_*, or S2_NO_PROT */
	uint8_t leaf_shift;
	bool mapped; /* false: it was, and is not any more */
	bool pa_contiguous;
	int8_t in_host; /* as of s2_ev_mapped */
};

struct space_opts {
	size_t max_regions, max_mappings;
	bool split_pa; /* a mapping also ends where output addresses do not follow one another */
};

struct extent {
	uint64_t start, end;
};

struct ipa_space {
	struct space_opts opts;
	struct region *regions; /* in order of IPA */
	size_t nr_regions, room_regions;
	struct mapping *mappings; /* in order of (nested, IPA) */
	size_t nr_mappings, room_mappings;
	size_t nr_own;		/* of them the VM's own, which come first */
	struct extent *extents; /* of each mapping: searched, without touching all the rest */
	size_t nr_extents, room_extents;
	size_t last_region, last_mapping; /* events come in runs */
	uint64_t truncated;		  /* events that found no room */
	/* A survey under way: how far it came. */
	int16_t survey_nested;
	uint64_t survey_ipa, survey_ts;
	bool surveying;
	bool has_history; /* of mappings that are not mapped any more */
	bool no_room;	  /* for all of the event at hand */
};

void space__init(struct ipa_space *s, const struct space_opts *opts);
void space__free(struct ipa_space *s);
/* A copy of its own; 0 or -ENOMEM. */
int space__clone(struct ipa_space *to, const struct ipa_space *from);

/* Takes in any event; those that say nothing of the address space are ignored. */
void space__take(struct ipa_space *s, const struct s2_event *ev);

/* The region that holds this address, NULL: none is known. */
const struct region *space__region(const struct ipa_space *s, uint64_t ipa);
/* The VM's own mapping at this address, NULL: nothing is known to be, or to have been, mapped. */
const struct mapping *space__mapping(const struct ipa_space *s, uint64_t ipa);

/* A part of one mapping that lies in one region, or in none. */
struct span {
	uint64_t ipa, size;
	uint64_t pa;  /* of the first byte, or S2_NO_PA */
	uint64_t hva; /* of the first byte, or 0 */
	uint64_t leaves;
	bool pa_contiguous;
	int8_t ipa_is_pa; /* over all of it; -1 unknown */
	const struct mapping *mapping;
	const struct region *region; /* NULL: none is known */
};

/* A place in the space, to go through what is mapped now; zero it to begin. */
struct space_cursor {
	size_t mapping;
	uint64_t done; /* bytes of that mapping */
};

/* The next span that is mapped now, nested MMUs last; false: there is none. */
bool space__next(const struct ipa_space *s, struct space_cursor *c, struct span *span);

#endif /* S2TRACE_MODEL_SPACE_H */
