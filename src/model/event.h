/* SPDX-License-Identifier: GPL-2.0-only */
/* Events as the user side handles them: checks, names, and where they go. Pure. */
#ifndef S2TRACE_MODEL_EVENT_H
#define S2TRACE_MODEL_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <s2trace/event.h>

/* Whoever takes events: a stage, the recorder, the model. Events are only lent. */
struct event_sink {
	void *ctx;
	void (*take)(void *ctx, const struct s2_event *ev);
};

static inline void event_sink__take(const struct event_sink *sink, const struct s2_event *ev)
{
	sink->take(sink->ctx, ev);
}

/* Is there one, as far as is known? */
static inline bool s2_device_known(const struct s2_device *d)
{
	return d->bdf[0] || d->bar >= 0;
}

/* Fills the header of an event of `size` bytes. */
void event__init(void *ev, enum s2_event_type type, size_t size, enum s2_backend source,
		 uint32_t vm, uint64_t ts_ns);

/* "decision"; NULL for a type that this version does not know. */
const char *event__type_name(unsigned int type);
/* Bytes that an event of this type has; 0: a type that this version does not know. */
size_t event__size(unsigned int type);

/*
 * Is that an event, as far as `avail` bytes tell? For streams that others wrote: nothing
 * in them is trusted. 0; -ENOTSUP: of an unknown type or a newer layout, to be skipped by its len;
 * -EAGAIN: more bytes are needed; -EINVAL: it is damaged, and what follows cannot be found by it.
 */
int event__check(const struct s2_event *ev, size_t avail);

/* The process of the VM that an event belongs to; 0 where it names none, or another one. */
uint32_t event__vm_pid(const struct s2_event *ev);
/* A decision that was rejected, injected or poisoned, or a refused memslot. */
bool event__is_rejection(const struct s2_event *ev);
/* S2_REASON_NONE where there is none, or none is known. */
enum s2_reason event__reason(const struct s2_event *ev);

#endif /* S2TRACE_MODEL_EVENT_H */
