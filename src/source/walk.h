/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk backend: what is mapped now, read from the stage-2 tables of every VM.
 * No lock is taken; nothing is attached; kernels need no more than BTF and kallsyms.
 */
#ifndef S2TRACE_SOURCE_WALK_H
#define S2TRACE_SOURCE_WALK_H

#include "lib/log.h"
#include "model/ranges.h"

struct walk;

/* One MMU of a VM. Free with walk_result__free(). */
struct walk_result {
	struct s2_walk_info info;
	struct s2_walk_stats stats;
	struct s2_walk_range *ranges; /* in order of IPA */
	size_t nr_ranges, room;
	struct s2_walk_slot *slots; /* sorted; those of the VM's own tables only */
	size_t nr_slots;
	bool slots_whole; /* false: memslots changed all the while, or there were too many */
	uint32_t pid;	  /* of the process; 0: not known */
	uint64_t ns;	  /* that the walk took */
};

enum walk_outcome { WALK_OK, WALK_GONE, WALK_HIDDEN /* the hypervisor's own tables */ };

/* Does this kernel offer it? 0, or a negative errno with why not. */
int walk__probe(struct error *err);
/* 0, or a negative errno with *err filled. */
int walk__open(struct walk **w, struct error *err);
void walk__close(struct walk *w);

/* Reads the list of VMs anew; how many there are, or a negative errno. */
int walk__list(struct walk *w);
/*
 * Walks the tables of VM `i` of that list: its own, or those of its nested MMU
 * `nested` (-1: its own). An enum walk_outcome, or a negative errno. With
 * `split_pa` a range also ends where output addresses do not follow one another.
 */
int walk__vm(struct walk *w, size_t i, int nested, bool split_pa, struct walk_result *res);
void walk_result__free(struct walk_result *res);
/* How the result's tables are built; whether there is FWB is the host's to know. */
void walk_result__geometry(const struct walk_result *res, enum tristate fwb,
			   struct table_geometry *g);

/*
 * What VMs have mapped now, of each type, in bytes: for `top`, which would else
 * know only what was mapped since it began. Calls `vm` once for each VM.
 */
int walk__totals(struct walk *w, enum tristate fwb,
		 void (*vm)(void *ctx, uint32_t pid, const struct map_totals *t), void *ctx);

#endif /* S2TRACE_SOURCE_WALK_H */
