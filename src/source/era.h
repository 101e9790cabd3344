/* SPDX-License-Identifier: GPL-2.0-only */
/* How the running kernel decides, without any decision: from its BTF, and from what VMs map. */
#ifndef S2TRACE_SOURCE_ERA_H
#define S2TRACE_SOURCE_ERA_H

#include <s2trace/event.h>

struct btf;

/* Sets host->era and host->era_shown from the kernel's BTF and what `host` has. */
void era__from_btf(struct s2_ev_host *host, const struct btf *btf);
/* The same, and from what VMs have mapped if that is not certain. Leaves them unknown if this
 * kernel does not tell. */
void era__find(struct s2_ev_host *host);

#endif /* S2TRACE_SOURCE_ERA_H */
