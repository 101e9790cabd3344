/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef S2TRACE_LIB_CLOCK_H
#define S2TRACE_LIB_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC, as in events (bpf_ktime_get_ns()). */
uint64_t now_ns(void);
/* CLOCK_REALTIME. */
uint64_t realtime_ns(void);

#endif /* S2TRACE_LIB_CLOCK_H */
