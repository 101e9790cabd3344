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
/* Whether the capabilities alone prove it. If not, a vendor's kernel may decide differently. */
enum tristate infer__era_is_certain(const struct s2_ev_host *host);
/*
 * The era that this decision proves; S2_ERA__MAX: several eras would have decided so. VMA
 * does not exclude VMA_EXEC. `kernel_mapped`: the kernel maps d->pa. d->vma_attr is the index.
 */
enum s2_era infer__shown_era(const struct s2_ev_decision *d, const struct s2_ev_host *host,
			     enum tristate kernel_mapped);
/* The same for what a VM has mapped. */
enum s2_era infer__era_of_mapping(const struct s2_ev_mapped *m, const struct s2_ev_host *host,
				  enum tristate kernel_mapped);
/* Completes an event of the fentry or kprobe backend. */
void infer__event(struct s2_event *ev, enum s2_era era);

#endif /* S2TRACE_MODEL_INFER_H */
