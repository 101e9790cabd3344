/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads several BPF ring buffers as one stream, in order of time, without copying. Pure: it reads
 * memory that somebody else mapped.
 */
#ifndef S2TRACE_SOURCE_RINGS_H
#define S2TRACE_SOURCE_RINGS_H

#include "model/event.h"

/* A BPF ring buffer, as mapped. */
struct ring_memory {
	const uint64_t *producer;
	uint64_t *consumer;
	const char *data; /* mapped twice in a row, so that every record is contiguous */
	uint64_t size;	  /* a power of two */
};

/* Takes a record of a ring, which begins with a struct s2_event and is valid during the call. */
struct ring_reader {
	void (*take)(void *ctx, const struct s2_event *record, const struct event_sink *sink);
	void *ctx;
};

struct rings;

/* NULL if there is no memory. */
struct rings *rings__new(void);
/* Frees all resources. Accepts NULL. */
void rings__free(struct rings *rings);
/* Adds a ring, which must stay mapped. Equal times: rings added first come first. 0 or -ENOMEM. */
int rings__add(struct rings *rings, const struct ring_memory *memory,
	       const struct ring_reader *reader);

/*
 * Passes records to the readers of their rings, oldest first, up to rings__known_ns(). `now_ns` is
 * a time before the call; UINT64_MAX once nobody writes to the rings any more. Returns the number
 * of records, or -ENOMEM.
 */
int rings__read(struct rings *rings, uint64_t now_ns, const struct event_sink *sink);
/* All records older than this have been read. */
uint64_t rings__known_ns(const struct rings *rings);

#endif /* S2TRACE_SOURCE_RINGS_H */
