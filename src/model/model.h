/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model: what is known of this host and of each of its VMs.
 *
 * A pure fold of the stream of events: model__take() is its only way in, and its time
 * is the events'. A live kernel and a file cannot be told apart. All times are in
 * nanoseconds of CLOCK_MONOTONIC, all sizes in bytes.
 */
#ifndef S2TRACE_MODEL_H
#define S2TRACE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/vm.h"

/* What readings of tables came to, since the last pass began. */
struct survey_totals {
	uint64_t vms, gone, hyp_owned; /* VMs read; that ended meanwhile; whose tables are pKVM's */
	uint64_t ranges, leaves, tables, changed, dropped, unreadable, lost;
	uint64_t unlisted_pa_ranges; /* neither memory nor a device's of this host */
	uint64_t vms_truncated, slots_truncated, slots_unread;
	uint64_t bytes[S2_MEMTYPE__MAX];
	uint64_t leaves_at[S2_LEVEL__MAX];
	uint64_t ns;
};

struct model_opts {
	struct space_opts space;
	size_t max_vms;	       /* at once: a file may name any number */
	uint64_t keep_dead_ns; /* VMs that ended longer ago are dropped at a tick; 0: never */
	bool drop_unused;      /* and those that ended and never did anything, at once */
};

extern const struct model_opts model_defaults;

struct model;

/* `opts` may be NULL. NULL with errno set when out of memory. Freed with everything in it. */
struct model *model__new(const struct model_opts *opts);
/* Accepts NULL. */
void model__free(struct model *m);
/* A copy that stands still. */
struct model *model__clone(const struct model *m);

/* Takes one event in: the only way. 0; or -ENOMEM or -ENOSPC: there is no room for it. */
int model__take(struct model *m, const struct s2_event *ev);

/* The last host event; all unknown before there was one. */
const struct s2_ev_host *model__host(const struct model *m);
/* The best of the sources that decisions come from; S2_BACKEND__MAX: there is none. */
enum s2_backend model__backend(const struct model *m);
/* What all sources together saw and lost. */
const struct s2_ev_loss *model__loss(const struct model *m);
/* Sum over all places where something can be lost. */
uint64_t loss__total(const struct s2_ev_loss *loss);
const struct survey_totals *model__survey(const struct model *m);
/* Events of all VMs that found no room in their address spaces. */
uint64_t model__space_truncated(const struct model *m);
/* VMs that run but that there is no room for; false: nobody has looked. */
bool model__vms_truncated(const struct model *m, uint64_t *vms);
/* Of the last tick; 0: none yet. */
uint64_t model__now_ns(const struct model *m);

/* VMs by index, in order of id; valid until the next model__take(). */
size_t model__nr_vms(const struct model *m);
const struct vm *model__vm(const struct model *m, size_t index);
const struct vm *model__vm_find(const struct model *m, uint32_t id);
/* The VM that an event belongs to; NULL: to none that is known. */
const struct vm *model__vm_of(const struct model *m, const struct s2_event *ev);
/* The device behind the memory that an event is about; NULL: none, or not known. */
const struct s2_device *model__device_of(const struct model *m, const struct s2_event *ev);
/* Derived figures: src/model/figures.c. */
uint64_t model__level_bytes(const struct model *m, enum s2_level level);
uint64_t vm__mappings(const struct vm *vm, enum s2_memtype type);
uint64_t vm__mappings_at(const struct vm *vm, enum s2_memtype type, enum s2_level level);
uint64_t vm__mappings_by(const struct vm *vm, enum s2_memtype type, enum s2_access access);
uint64_t vm__bytes(const struct model *m, const struct vm *vm, enum s2_memtype type);
/* 0 when there was no fault yet. */
uint64_t vm__mean_ns(const struct vm *vm);
uint64_t vm__quantile_ns(const struct model *m, const struct vm *vm, double q);
/* Durations of every decision of a VM, in ticks: buckets as in struct vm_cell. */
void vm__histogram(const struct vm *vm, uint64_t hist[S2_HIST_BUCKETS]);
/* 0 where the frequency of the counter is not known. */
uint64_t model__ticks_ns(const struct model *m, double ticks);

#endif /* S2TRACE_MODEL_H */
