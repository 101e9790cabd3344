/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stages complete events on the machine where they were born, before anybody keeps
 * them: the reason that a source could not see (complete.c), the name of the VM
 * (identify.c), the device and the VMA behind an address (locate.c). Nothing else in
 * the tree reads another process. Events of a file went through them already.
 */
#ifndef S2TRACE_STAGE_H
#define S2TRACE_STAGE_H

#include "model/event.h"

struct stages;

/* Completed events go to `out`. NULL with errno set. */
struct stages *stages__new(const struct event_sink *out);
/* Frees all resources. Accepts NULL. */
void stages__free(struct stages *s);
/* Where events are put in. */
struct event_sink stages__sink(struct stages *s);

#endif /* S2TRACE_STAGE_H */
