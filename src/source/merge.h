/* SPDX-License-Identifier: GPL-2.0-only */
/* Brings events of several sources into one order, by their times. Pure. */
#ifndef S2TRACE_SOURCE_MERGE_H
#define S2TRACE_SOURCE_MERGE_H

#include "model/event.h"

/* Zeroed, it is empty. */
struct merge {
	char *bytes; /* the events, as they came */
	size_t used, room;
	struct merge_entry {
		uint64_t ts_ns;
		size_t at;
	} * entries;
	size_t nr, max;
	bool failed; /* there was no memory for an event */
};

/* Where events are put in. */
struct event_sink merge__sink(struct merge *m);
/*
 * Yields those that happened up to `until_ns`, in order of time; of one time as they came. The
 * others are kept: earlier ones may still come. How many it were, or -ENOMEM: events are missing.
 */
int merge__flush(struct merge *m, uint64_t until_ns, const struct event_sink *out);
void merge__free(struct merge *m);

#endif /* S2TRACE_SOURCE_MERGE_H */
