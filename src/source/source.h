/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where events come from: a live kernel or a file, behind one door. Sources yield
 * events to a sink and know neither the model nor a view.
 */
#ifndef S2TRACE_SOURCE_H
#define S2TRACE_SOURCE_H

#include <s2trace/maps.h>

#include "lib/log.h"
#include "model/event.h"

struct source;
struct vmtable;

/* A kind of source. */
struct source_ops {
	/*
	 * Yields the events that wait, and returns how many; 0: none for now; -ENODATA: the
	 * stream has ended; or another negative errno.
	 */
	int (*read)(struct source *src, const struct event_sink *sink);
	/* Yields totals and losses as of now; NULL where the stream has them by itself. */
	int (*collect)(struct source *src, const struct event_sink *sink);
	/* Narrows what single events are emitted; NULL: it cannot be. */
	void (*set_filter)(struct source *src, const struct s2_filter *filter);
	/* After the end: is anything missing? Says what, on stderr. NULL: nothing can be. */
	bool (*incomplete)(const struct source *src);
	/* Stops gathering; what was gathered can still be read. NULL: nothing to stop. */
	void (*stop)(struct source *src);
	void (*close)(struct source *src);
};

struct source {
	const struct source_ops *ops;
};

static inline int source__read(struct source *src, const struct event_sink *sink)
{
	return src->ops->read(src, sink);
}

static inline int source__collect(struct source *src, const struct event_sink *sink)
{
	return src->ops->collect ? src->ops->collect(src, sink) : 0;
}

static inline void source__set_filter(struct source *src, const struct s2_filter *filter)
{
	if (src->ops->set_filter)
		src->ops->set_filter(src, filter);
}

static inline bool source__incomplete(const struct source *src)
{
	return src->ops->incomplete && src->ops->incomplete(src);
}

static inline void source__stop(struct source *src)
{
	if (src->ops->stop)
		src->ops->stop(src);
}

/* Frees all resources. Accepts NULL. */
static inline void source__close(struct source *src)
{
	if (src)
		src->ops->close(src);
}

struct live_opts {
	const char
		*backends; /* names of S2_BACKENDS, separated by commas; NULL: the best there is */
	uint32_t ring_bytes; /* rounded up to a power of two, at least a page */
	struct s2_filter filter;
	bool cmo; /* watch cache maintenance too: two more events a fault */
};

#define SOURCE_DEFAULT_RING (8U << 20)

/*
 * Loads and attaches. Where no backend is named and the best one fails to load, the next
 * is tried, with a warning. `host` has the facts on entry; its `sources` and `era` are
 * filled in. 0, or a negative errno with *err filled.
 */
int source__open_live(struct source **src, struct vmtable *vms, const struct live_opts *opts,
		      struct s2_ev_host *host, struct error *err);

/* Events that were recorded; "-" is standard input. 0, or a negative errno with *err filled. */
int source__open_file(struct source **src, const char *path, struct error *err);

/* Does this kernel offer the backend? 0, or a negative errno with why not in *err. */
int source__probe(enum s2_backend id, struct error *err);

/* From now on libbpf's messages come with -v only. */
void source__log_libbpf(void);

#endif /* S2TRACE_SOURCE_H */
