/* SPDX-License-Identifier: GPL-2.0-only */
/* One VM: its state, built from the stream. Pure. See model.h for all VMs. */
#ifndef S2TRACE_MODEL_VM_H
#define S2TRACE_MODEL_VM_H

#include "model/event.h"
#include "model/space.h"

/* What a VM's stage-2 tables mapped at the last survey. */
struct vm_mapped {
	uint64_t ts_ns; /* of the survey; 0: none yet */
	uint64_t bytes[S2_MEMTYPE__MAX];
	uint64_t leaves_at[S2_LEVEL__MAX];
	uint64_t lost; /* tables that could not be read: their mappings are missing */
};

/* An event kept for display: a single decision, or a memslot. */
struct vm_event {
	union {
		struct s2_event h;
		struct s2_ev_decision decision;
		struct s2_ev_memslot memslot;
	};
	struct s2_device device; /* behind it at that time; bdf "": none, or unknown */
};

#define MODEL_RECENT 128 /* events kept per VM; the oldest are overwritten */

struct vm_events {
	struct vm_event *ev; /* `room` elements; grows on demand */
	size_t room;
	uint64_t n; /* events added so far; the newest is ev[(n - 1) % room] */
};

struct vm {
	uint32_t id;  /* assigned by the model: counted up from 1, never reused */
	uint32_t pid; /* of the process that created the VM; 0 unknown */
	char name[64];
	char uuid[40]; /* "" unknown */
	bool alive;
	bool retired; /* no more events will follow */
	bool found;   /* it ran before tracing began: totals count from then on */
	uint64_t created_ns, destroyed_ns; /* 0 unknown */
	struct s2_totals totals;
	bool counted; /* totals are the backend's; false: counted from single events */
	struct vm_mapped mapped;
	struct ipa_space space;
	double faults_per_s;	   /* over the last interval */
	struct vm_events recent;   /* decisions */
	struct vm_events rejected; /* failed decisions and rejected memslots */
	/* private to the model */
	uint32_t object;       /* its number in the stream: s2_event.vm */
	uint8_t totals_source; /* enum s2_backend: origin of the totals */
	uint64_t tick_faults;
	struct vm_mapped reading; /* of the current survey */
};

/* NULL when out of memory. */
struct vm *vm__new(uint32_t id, uint32_t object, const struct space_opts *opts);
/* Accepts NULL. */
void vm__free(struct vm *vm);
struct vm *vm__clone(const struct vm *vm);
/* Adds an event of this VM. The facts of `host` may be unknown. 0 or -ENOMEM. */
int vm__take(struct vm *vm, const struct s2_event *ev, const struct s2_ev_host *host);
/* Computes the rates at the end of an interval of so many seconds (0: unknown). */
void vm__tick(struct vm *vm, double seconds);

/* Whether `who` (a process id, name or UUID) is this VM. */
bool vm__is(const struct vm *vm, const char *who);
/* NULL: unknown, or the VM is gone. */
const struct vm_mapped *vm__mapped(const struct vm *vm);
/* The device that owns an event's memory; NULL: none, or unknown. */
const struct s2_device *vm__device_of(const struct vm *vm, const struct s2_event *ev);
/* The level of leaves of that size, given PAGE_SIZE (0: 4096). */
enum s2_level level__of(uint64_t leaf_size, uint32_t page_size);

uint64_t vm__faults(const struct vm *vm); /* decisions of all outcomes */
/* Decisions and memslots for which event__is_rejection() is true. */
uint64_t vm__rejections(const struct vm *vm);

/* Events, newest first: i from 0 to vm_events__count() - 1. */
size_t vm_events__count(const struct vm_events *evs);
const struct vm_event *vm_events__at(const struct vm_events *evs, size_t i);
/* S2_REASON_NONE before the first rejection. */
enum s2_reason vm__last_reason(const struct vm *vm);

#endif /* S2TRACE_MODEL_VM_H */
