/* SPDX-License-Identifier: GPL-2.0-only */
/* The filter of single decisions, as the kernel side applies it (bpf/s2trace.bpf.h). Pure. */
#ifndef S2TRACE_MODEL_FILTER_H
#define S2TRACE_MODEL_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <s2trace/maps.h>

/* Emits no single decision but those of `outcomes`, whatever the rest says. */
void filter__only(struct s2_filter *f, uint32_t outcomes);
/* Emits all of them. */
void filter__all(struct s2_filter *f);
/* Bits of the outcomes that map nothing and are somebody's trouble. */
#define FILTER_REJECTIONS                                                                          \
	(S2_BIT(S2_OUTCOME_REJECTED) | S2_BIT(S2_OUTCOME_INJECTED) | S2_BIT(S2_OUTCOME_POISONED))

/* Does it let this decision pass? Durations are not asked for: they are in ticks there. */
bool filter__matches(const struct s2_filter *f, const struct s2_ev_decision *d);

#endif /* S2TRACE_MODEL_FILTER_H */
