/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a fault mapped nothing, where the kernel does not say: from the way it took
 * (s2trace/path.h) and the decision model. What it fills in is marked as inferred;
 * what it cannot tell stays absent.
 */
#ifndef S2TRACE_MODEL_INFER_H
#define S2TRACE_MODEL_INFER_H

#include <stdbool.h>

#include <s2trace/event.h>

#include "model/decision.h"

/*
 * How this kernel decides, from what it has: the stage-2 attribute Normal-NC (since
 * 6.9), and what KVM says of itself.
 */
enum s2_era infer__era(bool knows_normal_nc, const struct s2_ev_host *host);
/* Completes an event of the fentry or the kprobe source. */
void infer__event(struct s2_event *ev, enum s2_era era);

#endif /* S2TRACE_MODEL_INFER_H */
