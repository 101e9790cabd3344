/* SPDX-License-Identifier: GPL-2.0-only */
/* A loaded and attached backend: its ring buffer, counters and losses. */
#ifndef S2TRACE_SOURCE_LISTENER_H
#define S2TRACE_SOURCE_LISTENER_H

#include "source/backend.h"

struct listener;
struct rings;

/* 0, or a negative errno with *err filled. */
int listener__open(struct listener **l, const struct backend *b, const struct backend_env *env,
		   struct error *err);
/* Detaches, so that nothing more is counted; pending events can still be read. */
void listener__detach(struct listener *l);
/* Frees all resources. Accepts NULL. */
void listener__close(struct listener *l);

enum s2_backend listener__id(const struct listener *l);
void listener__set_filter(struct listener *l, const struct s2_filter *filter);

/*
 * Adds its rings to those that are read as one. They must not be read after the listener is
 * closed. 0 or -ENOMEM.
 */
int listener__add_rings(struct listener *l, struct rings *rings);
/* Yields the totals of the VM in a row, if they are new or have changed. 0 or -errno. */
int listener__read_totals(struct listener *l, const struct s2_vm_row *row, uint64_t now_ns,
			  const struct event_sink *sink);
/* Clears the counters of a row. */
void listener__clear_row(struct listener *l, uint32_t row);
/* Yields what was seen and lost so far; figures of VMs are as of their totals. */
void listener__read_loss(struct listener *l, uint64_t now_ns, const struct event_sink *sink);

#endif /* S2TRACE_SOURCE_LISTENER_H */
