/* SPDX-License-Identifier: GPL-2.0-only */
/* A backend's counters of a VM, summed over CPUs and widened. Pure. */
#ifndef S2TRACE_SOURCE_TOTALS_H
#define S2TRACE_SOURCE_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#include <s2trace/maps.h>

/* Totals of a VM as last read. */
struct row_totals {
	uint32_t vm; /* the VM; 0: never read */
	struct s2_totals totals;
	/*
	 * Counters in the kernel are 32 bits wide and wrap: keep the sums over CPUs, accumulate
	 * changes.
	 */
	__u32 hist[S2_CELL_ROWS][S2_LEVEL__MAX][S2_HIST_BUCKETS];
	struct s2_vm_counts counts;
	uint64_t decisions; /* counted when last read */
	bool settled;	    /* and not more than the time before */
};

struct totals_input {
	const struct s2_agg *aggs; /* one per CPU */
	uint32_t nr_cpus;
	uint64_t counter_hz;
	const struct s2_vm_counts *counts;
};

/* `t` is zeroed before the first call. True if the totals are new or have changed. */
bool totals__update(struct row_totals *r, uint32_t vm, const struct totals_input *in);

#endif /* S2TRACE_SOURCE_TOTALS_H */
