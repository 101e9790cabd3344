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

#include "model/event.h"
#include "model/space.h"

/* A fact that may be unknown: what cannot be known is absent, never guessed. */
enum tristate { FACT_UNKNOWN = -1, FACT_NO = 0, FACT_YES = 1 };

/* What the stage-2 tables of a VM mapped when they were last read. */
struct vm_mapped {
	uint64_t ts_ns; /* of the reading; 0: there was none */
	uint64_t bytes[S2_MEMTYPE__MAX];
	uint64_t leaves_at[S2_LEVEL__MAX];
	uint64_t lost; /* tables that changed all the while: what they map is missing */
};

/* One event worth showing again: a single decision, or a memslot. */
struct vm_event {
	union {
		struct s2_event h;
		struct s2_ev_decision decision;
		struct s2_ev_memslot memslot;
	};
	struct s2_device device; /* behind it when it happened; bdf "" none, or not known */
};

#define MODEL_RECENT 128 /* events kept of each VM; the oldest go first */

struct vm_events {
	struct vm_event *ev; /* room for `room` of them; grows as events come */
	size_t room;
	uint64_t n; /* ever added; the newest is ev[(n - 1) % room] */
};

struct vm {
	uint32_t id;  /* the model's own number: counted up from 1, never reused */
	uint32_t pid; /* of the process that made the VM; 0 unknown */
	char name[64];
	char uuid[40]; /* "" unknown */
	bool alive;
	bool found; /* it was running before tracing began: totals count from then on */
	uint64_t created_ns, destroyed_ns; /* 0 unknown */
	struct s2_totals totals;
	bool counted; /* totals come from the stream; false: counted from single decisions */
	struct vm_mapped mapped;
	struct ipa_space space;
	double faults_per_s;	   /* over the last interval */
	struct vm_events recent;   /* decisions */
	struct vm_events rejected; /* rejected and injected decisions, refused memslots */
	/* private to the model */
	uint32_t object;       /* the number that the stream's sources know it by */
	uint8_t totals_source; /* enum s2_backend: whose totals these are */
	uint64_t tick_faults;
	struct vm_mapped reading; /* of the survey that is under way */
	bool hyp_owned;
};

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

/* Takes one event in: the only way. 0, or -ENOMEM: then it is counted as lost. */
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
/* Is `who` (a process id, a name or a UUID) this VM? */
bool vm__is(const struct vm *vm, const char *who);

/* NULL: not known, or the VM is gone and maps nothing. */
const struct vm_mapped *vm__mapped(const struct vm *vm);

/* Derived figures. */
uint64_t model__level_bytes(const struct model *m, enum s2_level level);
uint64_t vm__mappings(const struct vm *vm, enum s2_memtype type);
uint64_t vm__mappings_at(const struct vm *vm, enum s2_memtype type, enum s2_level level);
uint64_t vm__mappings_by(const struct vm *vm, enum s2_memtype type, enum s2_access access);
uint64_t vm__bytes(const struct model *m, const struct vm *vm, enum s2_memtype type);
uint64_t vm__faults(const struct vm *vm);     /* decisions of every outcome */
uint64_t vm__rejections(const struct vm *vm); /* rejected, injected, and refused memslots */
/* 0 when there was no fault yet. */
uint64_t vm__mean_ns(const struct vm *vm);
uint64_t vm__quantile_ns(const struct model *m, const struct vm *vm, double q);
/* Durations of every decision of a VM, in ticks: buckets as in struct vm_cell. */
void vm__histogram(const struct vm *vm, uint64_t hist[S2_HIST_BUCKETS]);
/* 0 where the frequency of the counter is not known. */
uint64_t model__ticks_ns(const struct model *m, double ticks);

/* Events, newest first: i from 0 to vm_events__count() - 1. */
size_t vm_events__count(const struct vm_events *evs);
const struct vm_event *vm_events__at(const struct vm_events *evs, size_t i);
/* S2_REASON_NONE when nothing was rejected yet. */
enum s2_reason vm__last_reason(const struct vm *vm);

#endif /* S2TRACE_MODEL_H */
