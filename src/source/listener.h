/* SPDX-License-Identifier: GPL-2.0-only */
/* One backend that is loaded and attached: its ring, what it counts, what it loses. */
#ifndef S2TRACE_SOURCE_LISTENER_H
#define S2TRACE_SOURCE_LISTENER_H

#include "source/backend.h"

struct listener;

/* 0, or a negative errno with *err filled. */
int listener__open(struct listener **l, const struct backend *b, const struct backend_env *env,
		   struct error *err);
/* Detaches, so that nothing more is counted; what was gathered can still be read. */
void listener__detach(struct listener *l);
/* Frees all resources. Accepts NULL. */
void listener__close(struct listener *l);

enum s2_backend listener__id(const struct listener *l);
void listener__set_filter(struct listener *l, const struct s2_filter *filter);

/* Yields all events of the ring; how many, or a negative errno. */
int listener__read(struct listener *l, const struct event_sink *sink);
/* Yields the totals of the VM of a row, if they are new or have changed. 0 or -errno. */
int listener__read_totals(struct listener *l, const struct s2_vm_row *row, uint64_t now_ns,
			  const struct event_sink *sink);
/* Forgets what was counted in a row. 0 or -errno. */
int listener__clear_row(struct listener *l, uint32_t row);
/* Yields what was seen and lost so far; of the VMs, as of their totals. 0 or -errno. */
int listener__read_loss(struct listener *l, uint64_t now_ns, const struct event_sink *sink);

#endif /* S2TRACE_SOURCE_LISTENER_H */
