/* SPDX-License-Identifier: GPL-2.0-only */
/* One VM: what the stream has told of it. Pure; see model.h for all of them. */
#ifndef S2TRACE_MODEL_VM_H
#define S2TRACE_MODEL_VM_H

#include "model/event.h"
#include "model/space.h"

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
	bool retired; /* nothing will be told of it any more */
	bool found;   /* it was running before tracing began: totals count from then on */
	uint64_t created_ns, destroyed_ns; /* 0 unknown */
	struct s2_totals totals;
	bool counted; /* totals come from the stream; false: counted from single events */
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

/* NULL when out of memory. */
struct vm *vm__new(uint32_t id, uint32_t object, const struct space_opts *opts);
/* Accepts NULL. */
void vm__free(struct vm *vm);
struct vm *vm__clone(const struct vm *vm);
/* Takes in an event that is of this VM. `host` may be all unknown. 0 or -ENOMEM. */
int vm__take(struct vm *vm, const struct s2_event *ev, const struct s2_ev_host *host);
/* An interval of so many seconds is over (0: unknown): computes the rates. */
void vm__tick(struct vm *vm, double seconds);

/* Is `who` (a process id, a name or a UUID) this VM? */
bool vm__is(const struct vm *vm, const char *who);
/* NULL: not known, or the VM is gone and maps nothing. */
const struct vm_mapped *vm__mapped(const struct vm *vm);
/* The device behind the memory that an event is about; NULL: none, or not known. */
const struct s2_device *vm__device_of(const struct vm *vm, const struct s2_event *ev);
/* Of mappings that size, given PAGE_SIZE (0: 4096). */
enum s2_level level__of(uint64_t leaf_size, uint32_t page_size);

uint64_t vm__faults(const struct vm *vm);     /* decisions of every outcome */
uint64_t vm__rejections(const struct vm *vm); /* rejected, injected, and refused memslots */

/* Events, newest first: i from 0 to vm_events__count() - 1. */
size_t vm_events__count(const struct vm_events *evs);
const struct vm_event *vm_events__at(const struct vm_events *evs, size_t i);
/* S2_REASON_NONE when nothing was rejected yet. */
enum s2_reason vm__last_reason(const struct vm *vm);

#endif /* S2TRACE_MODEL_VM_H */
