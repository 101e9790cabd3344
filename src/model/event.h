/* SPDX-License-Identifier: GPL-2.0-only */
/* Events on the user side: checks, names, sinks. Pure. */
#ifndef S2TRACE_MODEL_EVENT_H
#define S2TRACE_MODEL_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <s2trace/event.h>

/* A consumer of events: a stage, the recorder, the model. Events are valid during the call. */
struct event_sink {
	void *ctx;
	void (*take)(void *ctx, const struct s2_event *ev);
};

static inline void event_sink__take(const struct event_sink *sink, const struct s2_event *ev)
{
	sink->take(sink->ctx, ev);
}

/* Whether a device is known. */
static inline bool s2_device_known(const struct s2_device *d)
{
	return d->bdf[0] || d->bar >= 0;
}

/* Fills the header of an event of `size` bytes. */
void event__init(void *ev, enum s2_event_type type, size_t size, enum s2_backend source,
		 uint32_t vm, uint64_t ts_ns);

/* "decision"; NULL for unknown types. */
const char *event__type_name(unsigned int type);
/* Size of an event of this type in bytes; 0 for unknown types. */
size_t event__size(unsigned int type);

/*
 * Validates an event of which `avail` bytes are present. For untrusted streams. Returns 0;
 * -ENOTSUP for unknown types and newer layouts, which can be skipped by len; -EAGAIN if more
 * bytes are needed; -EINVAL if the event is damaged and its len is unusable.
 */
int event__check(const struct s2_event *ev, size_t avail);

/* The process of the event's VM; 0 if the event has no process id, or that of another process. */
uint32_t event__vm_pid(const struct s2_event *ev);
/* Bits of the outcomes of decisions that count as rejections. */
#define OUTCOME_REJECTIONS                                                                         \
	(S2_BIT(S2_OUTCOME_REJECTED) | S2_BIT(S2_OUTCOME_INJECTED) | S2_BIT(S2_OUTCOME_POISONED))
/* Whether it is a decision with one of these, or a rejected memslot. */
bool event__is_rejection(const struct s2_event *ev);
/* S2_REASON_NONE if there is none, or it is unknown. */
enum s2_reason event__reason(const struct s2_event *ev);

/* Sum of the outcomes in `outcomes`, a set of bits. */
uint64_t totals__decisions(const struct s2_totals *t, uint32_t outcomes);

#endif /* S2TRACE_MODEL_EVENT_H */
