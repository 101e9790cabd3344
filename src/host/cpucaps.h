/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPU capabilities that an arm64 kernel has detected, by their descriptions. */
#ifndef S2TRACE_HOST_CPUCAPS_H
#define S2TRACE_HOST_CPUCAPS_H

#include "lib/log.h"
#include <s2trace/event.h>

struct cpucaps;
struct host_bpf;

/* Loads the programs of bpf/host.bpf.c. NULL with errno set; prints nothing. */
struct host_bpf *host__load_bpf(void);

/* NULL with *err filled if privileges, BTF or symbols are missing. */
struct cpucaps *cpucaps__read(struct error *err);
void cpucaps__free(struct cpucaps *caps);
/* FACT_UNKNOWN if this kernel has no capability with that description. */
enum tristate cpucaps__has(const struct cpucaps *caps, const char *desc);

#endif /* S2TRACE_HOST_CPUCAPS_H */
