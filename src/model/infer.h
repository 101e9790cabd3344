/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Infers why a fault mapped nothing if the kernel does not report it, from the path of the
 * fault (s2trace/fault.h) and the decision model. Inferred fields are marked as such; what
 * cannot be inferred stays absent.
 */
#ifndef S2TRACE_MODEL_INFER_H
#define S2TRACE_MODEL_INFER_H

#include <stdbool.h>

#include <s2trace/event.h>

#include "model/decision.h"

/*
 * The era of this kernel, from its features: the stage-2 attribute Normal-NC (since 6.9) and
 * the capabilities of KVM.
 */
enum s2_era infer__era(bool knows_normal_nc, const struct s2_ev_host *host);
/* Completes an event of the fentry or kprobe backend. */
void infer__event(struct s2_event *ev, enum s2_era era);

#endif /* S2TRACE_MODEL_INFER_H */
