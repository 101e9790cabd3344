/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a fault mapped nothing, where the kernel does not say: from the way it took
 * (s2trace/path.h) and the decision model. What it fills in is marked as inferred;
 * what it cannot tell stays absent.
 */
#ifndef S2TRACE_MODEL_INFER_H
#define S2TRACE_MODEL_INFER_H

#include <s2trace/record.h>

/* Completes a record of the fentry or the kprobe source. */
void infer__record(struct s2_rec *rec);

#endif /* S2TRACE_MODEL_INFER_H */
