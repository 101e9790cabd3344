/* SPDX-License-Identifier: GPL-2.0-only */
/* How the running kernel decides, without any decision: from its BTF, and from what VMs map. */
#ifndef S2TRACE_SOURCE_ERA_H
#define S2TRACE_SOURCE_ERA_H

#include <s2trace/event.h>

/* Sets host->era and host->era_shown. Leaves them unknown if this kernel does not tell. */
void era__find(struct s2_ev_host *host);

#endif /* S2TRACE_SOURCE_ERA_H */
