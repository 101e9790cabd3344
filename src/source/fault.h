/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Raw faults, as programs write them to the ring, become decisions. What a raw field means
 * depends on the kernel and the machine: struct fault_env.
 */
#ifndef S2TRACE_SOURCE_FAULT_H
#define S2TRACE_SOURCE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include <s2trace/fault.h>

struct btf;

/* Bits of the kernel's enum kvm_pgtable_prot; 0: it has no such enumerator. */
struct fault_prot {
	uint64_t r, w, px, ux;
};

struct fault_env {
	struct fault_prot prot;
	uint64_t counter_hz;
	uint32_t page_shift;
	uint32_t known, flags; /* FWB and DIC: bits of enum s2_decision_field and _flag */
	bool asks_all_pfns;    /* KVM asks of every page frame whether the kernel maps it */
	bool pmd_blocks_only;  /* protected KVM: no block is larger */
};

/* `host` has its era. */
void fault_env__init(struct fault_env *env, const struct btf *btf, const struct s2_ev_host *host);

/* Fills all of *d, its header included. */
void fault__decision(const struct fault_env *env, const struct s2_raw_fault *r,
		     struct s2_ev_decision *d);

#endif /* S2TRACE_SOURCE_FAULT_H */
