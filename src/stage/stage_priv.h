/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of this directory. */
#ifndef S2TRACE_STAGE_PRIV_H
#define S2TRACE_STAGE_PRIV_H

#include "model/event.h"

/* A stage takes an event, completes it, and passes on the result, which may be nothing. */
struct stage;

struct stage_ops {
	const char *name;
	size_t state_size;
	/* 0 or -ENOMEM. NULL: zeroed memory is enough. */
	int (*init)(void *state);
	void (*fini)(void *state);
	/* The stage may change the event. */
	void (*take)(struct stage *st, struct s2_event *ev);
};

struct stage {
	const struct stage_ops *ops;
	void *state;
	struct stage *next; /* NULL: events go to `out` */
	struct event_sink out;
};

/* Passes an event to the next stage, which may change it. */
void stage__pass(struct stage *st, struct s2_event *ev);

/* Notes that a stage keeps per VM: elements of `size` bytes, each starting with this. */
struct vm_note {
	uint32_t vm;
};

struct vm_notes {
	size_t size;
	char *notes;
	size_t nr, room, last;
};

/* NULL if there is none. */
void *vm_notes__find(struct vm_notes *n, uint32_t vm);
/* Creates it, zeroed, if there is none. NULL when out of memory. */
void *vm_notes__get(struct vm_notes *n, uint32_t vm);
void vm_notes__drop(struct vm_notes *n, uint32_t vm);
void vm_notes__free(struct vm_notes *n);

extern const struct stage_ops stage_complete, stage_identify, stage_locate;

#endif /* S2TRACE_STAGE_PRIV_H */
