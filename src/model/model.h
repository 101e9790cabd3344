/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model: the state of the host and of each VM.
 *
 * A pure fold over the event stream: model__take() is its only input, and its clock is the
 * events' timestamps. It does not distinguish a live kernel from a file. Times are in
 * nanoseconds of CLOCK_MONOTONIC, sizes in bytes.
 */
#ifndef S2TRACE_MODEL_H
#define S2TRACE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/vm.h"

/* Totals of the surveys since the last pass began. */
struct survey_totals {
	uint64_t vms, gone, hyp_owned; /* VMs read; ended meanwhile; with pKVM's tables */
	uint64_t ranges, leaves, tables, changed, dropped, unreadable, lost;
	uint64_t unlisted_pa_ranges; /* this host lists pa neither as memory nor as a device */
	uint64_t vms_truncated, slots_truncated, slots_unread;
	uint64_t bytes[S2_MEMTYPE__MAX];
	uint64_t leaves_at[S2_LEVEL__MAX];
	uint64_t ns;
};

struct model_opts {
	struct space_opts space;
	size_t max_vms;	       /* at once: a file may contain any number */
	uint64_t keep_dead_ns; /* ticks drop VMs that ended longer ago; 0: never */
	bool drop_unused;      /* and, at once, ended VMs without faults and rejections */
};

extern const struct model_opts model_defaults;

struct model;

/* `opts` may be NULL. NULL with errno set when out of memory. */
struct model *model__new(const struct model_opts *opts);
/* Frees all VMs, too. Accepts NULL. */
void model__free(struct model *m);
/* A deep copy. NULL when out of memory. */
struct model *model__clone(const struct model *m);

/* Adds an event. 0, -ENOMEM, or -ENOSPC if there are too many VMs. */
int model__take(struct model *m, const struct s2_event *ev);

/* The last host event; all facts unknown before the first. */
const struct s2_ev_host *model__host(const struct model *m);
/* The best backend that reports decisions; S2_BACKEND__MAX: none. */
enum s2_backend model__backend(const struct model *m);
/* What all backends have seen and lost in total. */
const struct s2_ev_loss *model__loss(const struct model *m);
/* Sum over all places that can lose events. */
uint64_t loss__total(const struct s2_ev_loss *loss);
const struct survey_totals *model__survey(const struct model *m);
/* Events, over all VMs, that did not fit into the address space. */
uint64_t model__space_truncated(const struct model *m);
/* Running VMs that did not fit. False: unknown, no survey has passed. */
bool model__vms_truncated(const struct model *m, uint64_t *vms);
/* Time of the last tick; 0: none yet. */
uint64_t model__now_ns(const struct model *m);

/* VMs by index, sorted by id. Valid until the next model__take(). */
size_t model__nr_vms(const struct model *m);
const struct vm *model__vm(const struct model *m, size_t index);
const struct vm *model__vm_find(const struct model *m, uint32_t id);
/* The VM of an event; NULL if unknown. */
const struct vm *model__vm_of(const struct model *m, const struct s2_event *ev);
/* The device that owns an event's memory; NULL: none, or unknown. */
const struct s2_device *model__device_of(const struct model *m, const struct s2_event *ev);
/* Derived figures: src/model/figures.c. */
uint64_t model__level_bytes(const struct model *m, enum s2_level level);
uint64_t vm__mappings(const struct vm *vm, enum s2_memtype type);
uint64_t vm__mappings_at(const struct vm *vm, enum s2_memtype type, enum s2_level level);
uint64_t vm__mappings_by(const struct vm *vm, enum s2_memtype type, enum s2_access access);
uint64_t vm__bytes(const struct model *m, const struct vm *vm, enum s2_memtype type);
/* 0 before the first fault. */
uint64_t vm__mean_ns(const struct vm *vm);
uint64_t vm__quantile_ns(const struct model *m, const struct vm *vm, double q);
/* Durations of all decisions of a VM, in ticks. Buckets as in struct s2_cell_total. */
void vm__histogram(const struct vm *vm, uint64_t hist[S2_HIST_BUCKETS]);
/* 0 if the counter frequency is unknown. */
uint64_t model__ticks_ns(const struct model *m, double ticks);

#endif /* S2TRACE_MODEL_H */
