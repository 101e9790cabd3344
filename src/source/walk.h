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
	struct s2_walk_slot *slots; /* sorted; none if they were not asked for */
	size_t nr_slots;
	size_t slots_cut; /* beyond what there is room for */
	bool slots_whole; /* false: memslots changed all the while */
	uint32_t pid;	  /* of the process; 0: not known */
	uint64_t ns;	  /* that the walk took */
};

enum walk_outcome { WALK_OK, WALK_GONE };

/* Does this kernel offer it? 0, or a negative errno with why not. */
int walk__probe(struct error *err);
/* 0, or a negative errno with *err filled. */
int walk__open(struct walk **w, struct error *err);
void walk__close(struct walk *w);

/* Reads the list of VMs anew; how many there are, or a negative errno. */
int walk__list(struct walk *w);
/* VMs beyond those that a list has room for. */
size_t walk__cut(const struct walk *w);
/* Does that list have the VM whose struct kvm is at this address? */
bool walk__has(const struct walk *w, uint64_t kvm);

struct walk_want {
	int nested;    /* the tables of this nested MMU; -1: the VM's own */
	bool split_pa; /* a range also ends where output addresses do not follow one another */
	bool slots;    /* read the memslots too */
};

/* Walks tables of VM `i` of that list. An enum walk_outcome, or a negative errno. */
int walk__vm(struct walk *w, size_t i, const struct walk_want *want, struct walk_result *res);
void walk_result__free(struct walk_result *res);
/* How the result's tables are built; whether there is FWB is the host's to know. */
void walk_result__geometry(const struct walk_result *res, enum tristate fwb,
			   struct table_geometry *g);

/* What the own tables of a VM add up to. */
struct walk_totals {
	uint64_t kvm; /* address of its struct kvm */
	uint32_t pid; /* of the process; 0: not known */
	bool hidden;  /* they are the hypervisor's, and memory types not known */
	uint64_t ts_ns;
	struct map_totals map;
};

/*
 * What VMs have mapped now: for `top`, which would else know only what was mapped
 * since it began. Calls `vm` once for each VM that is still there, the oldest first.
 */
int walk__totals(struct walk *w, enum tristate fwb,
		 void (*vm)(void *ctx, const struct walk_totals *t), void *ctx);

#endif /* S2TRACE_SOURCE_WALK_H */
