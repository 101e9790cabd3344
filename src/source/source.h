/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sources of events, live kernels and files, behind one interface. A source yields events to a
 * sink, and knows neither the model nor a view.
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
	 * Yields pending events and returns their number; 0 if there are none yet, -ENODATA at the
	 * end of the stream, or another negative errno.
	 */
	int (*read)(struct source *src, const struct event_sink *sink);
	/* Yields current totals and losses. NULL if the stream contains them. */
	int (*collect)(struct source *src, const struct event_sink *sink);
	/* Restricts the single events that are emitted. NULL if unsupported. */
	void (*set_filter)(struct source *src, const struct s2_filter *filter);
	/* After the end: whether anything is missing. Prints what to stderr. NULL: never. */
	bool (*incomplete)(const struct source *src);
	/* Stops gathering; pending events can still be read. NULL: nothing to stop. */
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
		*backends; /* names of S2_BACKENDS, separated by commas; NULL: the best available */
	uint32_t ring_bytes; /* of all rings together, each a power of two and at least a page */
	struct s2_filter filter;
	bool cmo; /* trace cache maintenance too: two more events per fault */
};

#define SOURCE_DEFAULT_RING (8U << 20)

/*
 * Loads and attaches. If no backend is named and the best one fails to load, tries the next,
 * with a warning. `host` has the facts on entry; its `sources` and `era` are filled in. 0, or
 * a negative errno with *err filled.
 */
int source__open_live(struct source **src, struct vmtable *vms, const struct live_opts *opts,
		      struct s2_ev_host *host, struct error *err);

/* Reads a recording; "-" is standard input. 0, or a negative errno with *err filled. */
int source__open_file(struct source **src, const char *path, struct error *err);

/* Checks that this kernel offers the backend. 0, or a negative errno with the reason in *err. */
int source__probe(enum s2_backend id, struct error *err);

/* Prints libbpf's messages only with -v from now on. */
void source__log_libbpf(void);

#endif /* S2TRACE_SOURCE_H */
