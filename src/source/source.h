/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where records come from. A source has one door: open, poll, collect, close.
 * Whoever stands behind it (a live kernel, later a recorded file) hands records
 * and totals to the same sink.
 */
#ifndef S2TRACE_SOURCE_H
#define S2TRACE_SOURCE_H

#include "lib/log.h"
#include "model/model.h"

struct source;

struct source_opts {
	const char *backend; /* a name of S2_BACKENDS, NULL: the best there is */
	uint32_t ring_bytes; /* rounded up to a power of two, at least a page */
	uint32_t max_vms;    /* VMs at once; 0: 256, or what fits in 64 MiB of kernel memory */
	uint64_t counter_hz; /* of the counter that durations are taken with */
	const struct host_facts *host; /* while opening; NULL: nothing is known of it */
	struct s2_filter filter;
	bool cmo; /* watch cache maintenance too: two more events a fault */
};

struct source_sink {
	void *ctx;
	void (*record)(void *ctx, const struct s2_event *rec);
	void (*totals)(void *ctx, uint32_t vm, uint32_t pid, const struct vm_totals *totals);
	/* After the last totals of a VM that was destroyed. */
	void (*gone)(void *ctx, uint32_t vm);
	void (*stats)(void *ctx, const struct source_stats *stats);
};

#define SOURCE_DEFAULT_RING (8U << 20)
#define SOURCE_MAX_VMS	    4096

/* A filter that emits no single decision but those in `always`. */
void source__filter_none(struct s2_filter *filter);
/* A filter that emits all of them. */
void source__filter_all(struct s2_filter *filter);

/* 0, or a negative errno with *err filled. */
int source__open_live(struct source **src, const struct source_opts *opts, struct error *err);
/* Detaches, so that nothing more is counted; what was gathered can still be read. */
void source__stop(struct source *src);
/* Lets everything go. NULL is fine. */
void source__close(struct source *src);

enum s2_backend source__backend(const struct source *src);
void source__set_filter(struct source *src, const struct s2_filter *filter);

/* Hands all waiting records to the sink; returns how many, or a negative errno. */
int source__poll(struct source *src, const struct source_sink *sink);
/* Hands the totals of every VM and the loss counters to the sink. */
int source__collect(struct source *src, const struct source_sink *sink);

/*
 * Makes a VM known that has caused no event yet: of process `pid`, its struct kvm
 * at the address `kvm`. Its number, which events will bear as well; new ones are
 * told to the sink like those that events make known. 0: the table is full.
 */
uint32_t source__adopt(struct source *src, const struct source_sink *sink, uint64_t kvm,
		       uint32_t pid);
/*
 * Lets VMs go whose end nobody saw, because it came while programs were attached
 * or before they were adopted. `alive` knows those of the kernel's own list.
 */
void source__reap(struct source *src, bool (*alive)(const void *ctx, uint64_t kvm),
		  const void *ctx);

/* From now on libbpf's messages come with -v only. */
void source__log_libbpf(void);

/* Does this kernel offer the backend? 0, or a negative errno with why not in *err. */
int source__probe(enum s2_backend id, struct error *err);

#endif /* S2TRACE_SOURCE_H */
