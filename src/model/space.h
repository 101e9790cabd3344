/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The address space of one VM: an interval map of its IPA space, built from events.
 *
 * It has two layers. A region is what backs a span: memslot, VMA, device. Regions are few, do
 * not overlap, and hold the counters. A mapping is what stage 2 maps there now, or mapped
 * last: type, permissions, leaf size, host-physical address. Adjacent mappings are merged if
 * they agree. Both layers are bounded. An event that does not fit is counted in `truncated`,
 * and leaves the previous state in place.
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
	int32_t slot; /* SPACE_NO_SLOT: unknown, or none */
	uint32_t slot_flags;
	uint64_t hva; /* of the first byte; 0 unknown */
	struct s2_vma vma;
	struct s2_device device;
	/* Since the region became known. */
	uint64_t first_ns, last_ns; /* of the events counted here */
	uint64_t faults;	    /* decisions of every outcome */
	uint64_t rejections;
	uint64_t unmaps;       /* unmapped ranges that overlap it */
	uint64_t type_changes; /* against the previous mapping of the same address */
	uint64_t size_changes;
	uint64_t prot_changes;
};

struct mapping {
	uint64_t ipa, size;
	uint64_t pa;	  /* of the first byte; S2_NO_PA unknown */
	uint64_t own_ipa; /* as in s2_ev_mapped */
	uint64_t ts_ns;	  /* when it changed, or was surveyed */
	int16_t nested;	  /* S2_NO_NESTED: the VM's own tables */
	uint8_t type;	  /* enum s2_memtype */
	uint8_t prot;	  /* S2_PROT_*, or S2_NO_PROT */
	uint8_t leaf_shift;
	bool mapped; /* false: it was mapped before */
	bool pa_contiguous;
	int8_t in_host; /* as in s2_ev_mapped */
};

struct space_opts {
	size_t max_regions, max_mappings;
	bool split_pa; /* split mappings where output addresses are not contiguous */
};

struct extent {
	uint64_t start, end;
};

struct ipa_space {
	struct space_opts opts;
	struct region *regions; /* sorted by IPA */
	size_t nr_regions, room_regions;
	struct mapping *mappings; /* sorted by (nested, IPA) */
	size_t nr_mappings, room_mappings;
	size_t nr_own;		/* of these, the VM's own, which come first */
	struct extent *extents; /* of each mapping: a compact array to search */
	size_t nr_extents, room_extents;
	size_t last_region, last_mapping; /* events come in runs */
	uint64_t truncated;		  /* events that did not fit */
	/* Progress of the current survey. */
	int16_t survey_nested;
	uint64_t survey_ipa, survey_ts;
	bool surveying;
	bool has_history; /* there are unmapped mappings */
	bool no_room;	  /* for the whole current event */
};

void space__init(struct ipa_space *s, const struct space_opts *opts);
void space__free(struct ipa_space *s);
/* A deep copy. 0 or -ENOMEM. */
int space__clone(struct ipa_space *to, const struct ipa_space *from);

/* Accepts all events; ignores those that do not concern the address space. */
void space__take(struct ipa_space *s, const struct s2_event *ev);

/* The region that contains this address; NULL: none is known. */
const struct region *space__region(const struct ipa_space *s, uint64_t ipa);
/* The VM's own current or last mapping at this address; NULL: none is known. */
const struct mapping *space__mapping(const struct ipa_space *s, uint64_t ipa);

/* A part of one mapping, within one region or none. */
struct span {
	uint64_t ipa, size;
	uint64_t pa;  /* of the first byte, or S2_NO_PA */
	uint64_t hva; /* of the first byte, or 0 */
	uint64_t leaves;
	bool pa_contiguous;
	int8_t ipa_is_pa; /* over the whole span; -1 unknown */
	const struct mapping *mapping;
	const struct region *region; /* NULL: none is known */
};

/* An iterator over what is mapped now. Start with zeroes. */
struct space_cursor {
	size_t mapping;
	uint64_t done; /* bytes of that mapping so far */
};

/* The next mapped span, nested MMUs last. False: no more. */
bool space__next(const struct ipa_space *s, struct space_cursor *c, struct span *span);

#endif /* S2TRACE_MODEL_SPACE_H */
