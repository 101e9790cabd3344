/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ranges of stage-2 tables: from descriptors to what they mean. Pure: what the
 * tables say comes from a walk, memslots from the same.
 */
#ifndef S2TRACE_MODEL_RANGES_H
#define S2TRACE_MODEL_RANGES_H

#include "model/model.h"

#include <s2trace/walk.h>

#define RANGE_NO_PA   (~0ULL)
#define RANGE_NO_IPA  (~0ULL)
#define RANGE_NO_SLOT (-1)
#define RANGE_NO_PROT 0xff

/* How the tables of a VM are built. */
struct table_geometry {
	uint32_t page_shift;
	enum s2_walk_oa oa;
	enum tristate fwb;
};

/* The VMA behind a range, as far as it is known. */
struct range_vma {
	uint64_t start, end; /* 0, 0: not known */
	uint64_t flags;
	uint8_t attr; /* enum s2_vma_attr */
};

/* Leaves that follow one another, of one size, type and permission. */
struct map_range {
	uint64_t ipa, size;
	uint64_t leaves, leaf_size;
	uint64_t pa;	    /* of the first byte; RANGE_NO_PA: not known */
	uint8_t type;	    /* enum s2_memtype; S2_MEMTYPE_NONE: an encoding KVM does not use */
	uint8_t prot;	    /* S2_PROT_*; RANGE_NO_PROT: not known */
	bool pa_contiguous; /* output addresses follow one another too */
	int nested;	    /* index of the nested MMU; -1: the VM's own tables */
	int slot;	    /* RANGE_NO_SLOT: none, or not known */
	uint32_t slot_flags;
	uint64_t hva; /* 0: not known */
	/*
	 * Of a nested MMU: where the VM's own tables map the same memory; RANGE_NO_IPA: not
	 * known. Slot and hva are then those of that place: inferred from the pa.
	 */
	uint64_t own_ipa;
	enum tristate ipa_is_pa;
	enum tristate in_host; /* is the first address memory, or a device's, of this host? */
	struct range_vma vma;
};

/* Where a VM's own tables map host memory, in order of host-physical address. */
struct pa_index {
	struct pa_entry {
		uint64_t pa, size, ipa, hva;
		uint32_t slot_flags;
		int slot;
		bool twice; /* some of it is mapped elsewhere as well: it tells nothing */
	} * entries;
	size_t nr, room;
};

/* What was mapped of each type, and what the walk went through. */
struct map_totals {
	uint64_t ranges, leaves, tables, changed, dropped, unreadable, strays, lost;
	uint64_t vms, gone;
	uint64_t hidden; /* of the VMs: what is mapped is known, but not from the tables */
	uint64_t vms_cut, slots_cut; /* beyond what there is room for */
	uint64_t slots_unread;	     /* VMs whose memslots changed all the while */
	uint64_t bytes[S2_MEMTYPE__MAX];
	uint64_t leaves_at[S2_LEVEL__MAX];
	uint64_t ns;
};

/* S2_MEMTYPE_NONE where KVM writes no such attribute. */
enum s2_memtype desc__type(uint64_t desc, enum tristate fwb);
unsigned int desc__prot(uint64_t desc);
uint64_t desc__pa(uint64_t desc, const struct table_geometry *g);
/* Bytes that a leaf at `level` (-1 to 3) maps. */
uint64_t level__size(uint32_t page_shift, int level);

/* What the walk wrote, in its meaning; of nested MMU `nested` or -1. */
void range__decode(struct map_range *r, const struct s2_walk_range *raw,
		   const struct table_geometry *g, int nested);
/*
 * Takes the part of *r that lies in a single memslot, or in none, from its
 * beginning into *part. *r keeps the rest. False: nothing is left.
 * `slots` are in order of their base_gfn.
 */
bool range__cut(struct map_range *r, struct map_range *part, const struct s2_walk_slot *slots,
		size_t nr_slots, uint32_t page_shift);
/* The first `size` bytes (a multiple of the leaf's) go to *part, *r keeps the rest. */
void range__split(struct map_range *r, struct map_range *part, uint64_t size);
/*
 * Takes in a range of the VM's own tables, after range__cut(). 0 or -ENOMEM. Those whose
 * addresses do not follow one another are left out: walk with split_pa.
 */
int pa_index__add(struct pa_index *x, const struct map_range *r);
void pa_index__sort(struct pa_index *x);
void pa_index__free(struct pa_index *x);
/* As range__cut(), for ranges of a nested MMU: by where their memory is in the VM's own tables. */
bool range__cut_by_pa(struct map_range *r, struct map_range *part, const struct pa_index *x);
/* Puts memslots in the order that range__cut() needs. */
void slots__sort(struct s2_walk_slot *slots, size_t nr);

void totals__add_range(struct map_totals *t, const struct map_range *r, uint32_t page_shift);
void totals__add_walk(struct map_totals *t, const struct s2_walk_stats *s);
/* Of one VM, read at that time. */
void totals__mapped(const struct map_totals *t, uint64_t ts_ns, struct vm_mapped *mapped);

#endif /* S2TRACE_MODEL_RANGES_H */
