/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the programs that read the kernel's list of VMs, their memslots and their stage-2
 * tables (bpf/walk.bpf.c). Takes no lock and attaches nothing.
 */
#ifndef S2TRACE_SOURCE_TABLES_H
#define S2TRACE_SOURCE_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <s2trace/walk.h>

#include "lib/log.h"

struct tables;

/* Checks that this kernel allows it. 0, or a negative errno with the reason in *err. */
int tables__probe(struct error *err);
/* 0, or a negative errno with *err filled. */
int tables__open(struct tables **t, struct error *err);
/* Frees all resources. Accepts NULL. */
void tables__close(struct tables *t);

/* Reads the list of VMs, newest first. 0 or -errno. */
int tables__list(struct tables *t);
/* VMs in that list: addresses of their struct kvm. */
size_t tables__nr_vms(const struct tables *t);
uint64_t tables__vm(const struct tables *t, size_t i);
/* Number of VMs that did not fit. */
size_t tables__truncated(const struct tables *t);
bool tables__has(const struct tables *t, uint64_t kvm);

/* One MMU of a VM. Free with mmu_tables__free(). */
struct mmu_tables {
	bool gone; /* the MMU does not exist (any more): nothing else is valid */
	struct s2_walk_info info;
	struct s2_walk_stats stats;
	struct s2_walk_range *ranges; /* in order of IPA */
	size_t nr_ranges, room;
	uint32_t tgid;	   /* of the VM's process; 0 if unknown */
	uint64_t start_ns; /* start of the read */
	uint64_t ns;	   /* duration of the read */
};

/* 0, or -errno. */
int tables__read(struct tables *t, const struct s2_walk_ask *ask, struct mmu_tables *mmu);
void mmu_tables__free(struct mmu_tables *mmu);

struct memslots {
	struct s2_walk_slot *slots; /* in order of IPA */
	size_t nr;
	size_t truncated; /* that did not fit */
	bool unread;	  /* they kept changing */
};

/* 0, or -errno. Free with memslots__free(). */
int tables__read_slots(struct tables *t, uint64_t kvm, struct memslots *slots);
void memslots__free(struct memslots *slots);

#endif /* S2TRACE_SOURCE_TABLES_H */
