/* SPDX-License-Identifier: GPL-2.0-only */
/* Merges the events of several sources by time. Pure. */
#ifndef S2TRACE_SOURCE_MERGE_H
#define S2TRACE_SOURCE_MERGE_H

#include "model/event.h"

/* Empty when zeroed. */
struct merge {
	char *bytes; /* events in order of arrival */
	size_t used, room;
	struct merge_entry {
		uint64_t ts_ns;
		size_t at;
	} * entries;
	size_t nr, max;
	bool failed; /* an event was dropped for lack of memory */
};

/* The sink that events enter by. */
struct event_sink merge__sink(struct merge *m);
/*
 * Yields events up to `until_ns`, in order of time; those of equal time in order of arrival.
 * Keeps the others: earlier ones may still arrive. Returns their number, or -ENOMEM if events
 * are missing.
 */
int merge__flush(struct merge *m, uint64_t until_ns, const struct event_sink *out);
void merge__free(struct merge *m);

#endif /* S2TRACE_SOURCE_MERGE_H */
