/* SPDX-License-Identifier: GPL-2.0-only */
/* The filter for single decisions, as the BPF side applies it (bpf/s2trace.bpf.h). Pure. */
#ifndef S2TRACE_MODEL_FILTER_H
#define S2TRACE_MODEL_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <s2trace/maps.h>

/* Emits only single decisions with one of `outcomes`. */
void filter__only(struct s2_filter *f, uint32_t outcomes);
/* Emits all single decisions. */
void filter__all(struct s2_filter *f);
/* Whether a decision passes. Ignores min_ticks: events have durations in ns. */
bool filter__matches(const struct s2_filter *f, const struct s2_ev_decision *d);

#endif /* S2TRACE_MODEL_FILTER_H */
