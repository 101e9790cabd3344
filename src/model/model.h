/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model: what is known of this host and of each of its VMs.
 *
 * Pure C, no I/O: sources feed it records and totals, views read it. A live
 * kernel and a recorded file go through the same calls. All times are in
 * nanoseconds of CLOCK_MONOTONIC, all sizes in bytes.
 */
#ifndef S2TRACE_MODEL_H
#define S2TRACE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <s2trace/event.h>

/* A fact that may be unknown: what cannot be known is absent, never guessed. */
enum tristate { FACT_UNKNOWN = -1, FACT_NO = 0, FACT_YES = 1 };

struct host_facts {
	char hostname[64];
	char kernel[96];   /* uname -r */
	char machine[32];  /* uname -m */
	char kvm_mode[16]; /* "vhe", "nvhe", "protected", "" unknown */
	uint32_t page_size;
	uint64_t counter_hz; /* of the counter that durations are taken with; 0 unknown */
	enum tristate kvm, fwb, dic, idc;
	enum tristate cacheable_pfnmap; /* KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED */
};

/* Where a range of host memory comes from; all zero: ordinary memory. */
struct mem_device {
	char bdf[16]; /* "0000:01:00.0"; "" unknown */
	int bar;      /* -1 unknown */
};

/* Totals of one kind of mapping, over all CPUs and all time. */
struct vm_cell {
	uint64_t n[S2_ACCESS__MAX];
	uint64_t ns;			/* sum of durations */
	uint64_t hist[S2_HIST_BUCKETS]; /* bucket b: 2^b <= ticks < 2^(b+1) */
};

struct vm_totals {
	struct vm_cell cell[S2_CELL_ROWS][S2_LEVEL__MAX]; /* [memtype or S2_CELL_OTHER][level] */
	uint64_t outcome[S2_OUTCOME__MAX];
	uint64_t reason[S2_REASON__MAX];
	uint64_t slots_accepted, slots_rejected;
	uint64_t unmap_n[S2_UNMAP__MAX], unmap_bytes[S2_UNMAP__MAX];
	uint64_t cmo_n[S2_CMO__MAX][2], cmo_bytes[S2_CMO__MAX][2];
};

/* What the stage-2 tables of a VM mapped when they were last read. */
struct vm_mapped {
	uint64_t ts_ns; /* of the reading; 0: there was none */
	uint64_t bytes[S2_MEMTYPE__MAX];
	uint64_t leaves_at[S2_LEVEL__MAX];
	uint64_t lost; /* tables that changed all the while: what they map is missing */
};

/* One event worth showing again: a single decision, or a refused memslot. */
struct vm_event {
	union {
		struct s2_event h;
		struct s2_ev_decision decision;
		struct s2_ev_memslot memslot;
	};
	struct mem_device device;
};

#define MODEL_RECENT 128 /* events kept of each VM; the oldest go first */

struct vm_events {
	struct vm_event ev[MODEL_RECENT];
	uint64_t n; /* ever added; the newest is ev[(n - 1) % MODEL_RECENT] */
};

struct vm {
	uint32_t id;  /* counted up from 1, never reused */
	uint32_t pid; /* of the process that made the VM */
	char name[64];
	char uuid[40]; /* "" unknown */
	bool alive;
	bool found; /* it was running before tracing began: totals count from then on */
	uint64_t created_ns, destroyed_ns; /* 0 unknown */
	struct vm_totals totals;
	struct vm_mapped mapped;
	double faults_per_s;	   /* over the last interval of model__tick() */
	struct vm_events recent;   /* every decision that was emitted */
	struct vm_events rejected; /* rejected and injected decisions, refused memslots */
	/* private to the model */
	uint64_t tick_faults;
};

/* What was seen and what was lost, of the whole source. */
struct source_stats {
	uint64_t seen;	   /* events that reached a program */
	uint64_t emitted;  /* records put into the ring */
	uint64_t filtered; /* kept from the ring by the filter */
	uint64_t received; /* records taken out of the ring */
	uint64_t lost[S2_LOST__MAX];
};

struct model;

/* NULL with errno set when out of memory. Freed with everything in it. */
struct model *model__new(void);
void model__free(struct model *m);
/* A copy that stands still. */
struct model *model__clone(const struct model *m);

void model__set_host(struct model *m, const struct host_facts *host);
const struct host_facts *model__host(const struct model *m);
void model__set_backend(struct model *m, enum s2_backend backend);
enum s2_backend model__backend(const struct model *m);
void model__set_stats(struct model *m, const struct source_stats *stats);
const struct source_stats *model__stats(const struct model *m);
/* VMs that run but that there is no room for. Not known until somebody has looked. */
void model__set_cut(struct model *m, uint64_t vms);
bool model__cut(const struct model *m, uint64_t *vms);
/* Sum over all places where something can be lost. */
uint64_t source_stats__lost(const struct source_stats *stats);

/*
 * Takes one record in. `device` may be NULL. Returns the VM that it belongs to
 * (made if it was not known), NULL if it belongs to none or memory ran out.
 */
struct vm *model__record(struct model *m, const struct s2_event *rec,
			 const struct mem_device *device);

/* Makes or finds the VM `id`. */
struct vm *model__vm_get(struct model *m, uint32_t id, uint32_t pid);
struct vm *model__vm_find(const struct model *m, uint32_t id);
void vm__set_totals(struct vm *vm, const struct vm_totals *totals);
/* NULL: the tables cannot be read. */
void vm__set_mapped(struct vm *vm, const struct vm_mapped *mapped);
/* NULL: not known, or the VM is gone and maps nothing. */
const struct vm_mapped *vm__mapped(const struct vm *vm);

/* Closes an interval: computes the rates of every VM. */
void model__tick(struct model *m, uint64_t now_ns);
/* When that was last done; 0: never. */
uint64_t model__now_ns(const struct model *m);

/* VMs by index, in order of id; valid until the next call that takes a record. */
size_t model__nr_vms(const struct model *m);
struct vm *model__vm(const struct model *m, size_t index);
/* Drops VMs that were destroyed more than `keep_ns` ago. */
void model__forget_dead(struct model *m, uint64_t now_ns, uint64_t keep_ns);
/* Drops VMs that are gone and never did anything: VMMs make them to ask for capabilities. */
void model__forget_unused(struct model *m);

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
/* The process of the VM that a record belongs to; 0 where it names another one. */
uint32_t event__vm_pid(const struct s2_event *rec);
bool event__is_rejection(const struct s2_event *rec);

#endif /* S2TRACE_MODEL_H */
