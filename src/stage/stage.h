/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stages complete events on the machine where they are created, before anyone stores them: the
 * reason that a backend cannot see (complete.c), the name of the VM (identify.c), the VMA and
 * device behind an address (locate.c). No other code reads another process. Events in a file
 * are already complete.
 */
#ifndef S2TRACE_STAGE_H
#define S2TRACE_STAGE_H

#include "model/event.h"

struct stages;

/* Complete events go to `out`. NULL with errno set. */
struct stages *stages__new(const struct event_sink *out);
/* Frees all resources. Accepts NULL. */
void stages__free(struct stages *s);
/* The sink that events enter by. */
struct event_sink stages__sink(struct stages *s);

#endif /* S2TRACE_STAGE_H */
