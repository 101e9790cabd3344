/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM's decision about a mapping, from its inputs, as kernels of each era make it. Pure.
 * Predicts what another kernel or host would decide, and infers reasons that no tracepoint
 * reports.
 */
#ifndef S2TRACE_MODEL_DECISION_H
#define S2TRACE_MODEL_DECISION_H

#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

/* Initialize with decision_in__init(): a zeroed fact is FACT_NO. */
struct decision_in {
	uint64_t vm_flags;
	enum s2_vma_attr vma_attr;
	enum s2_access access;
	enum s2_fault fault;
	enum tristate kernel_mapped; /* pfn_is_map_memory() */
	enum tristate pfn_valid;     /* RFC v2 and vma only */
	enum tristate fwb, dic;
	enum tristate mte, mte_allowed; /* the VM has MTE; the VMA has VM_MTE_ALLOWED */
	enum tristate dirty_log;	/* memslots only */
};

/* All facts unknown; a read of ordinary memory. */
void decision_in__init(struct decision_in *in);

/* A predicate, in the order that KVM evaluates them. */
struct decision_step {
	const char *question; /* static */
	enum tristate answer;
};

#define DECISION_STEPS 12

struct decision_out {
	enum s2_outcome outcome; /* S2_OUTCOME__MAX: an input is missing */
	enum s2_reason reason;
	enum s2_memtype memtype; /* S2_MEMTYPE_NONE: failed before choosing one */
	int ret;
	enum s2_decision_field missing; /* S2_F__MAX: none */
	struct decision_step step[DECISION_STEPS];
	size_t nr_steps;
};

/* What KVM takes for cacheable: kvm_vma_is_cacheable(). */
bool vma_cacheable(enum s2_vma_attr attr);

/* A fault in an accepted memslot. */
void decision__fault(enum s2_era era, const struct decision_in *in, struct decision_out *out);
/* A memslot over one VMA. S2_OUTCOME_MAPPED: accepted. */
void decision__memslot(enum s2_era era, const struct decision_in *in, struct decision_out *out);

#endif /* S2TRACE_MODEL_DECISION_H */
