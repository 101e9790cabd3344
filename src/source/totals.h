/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs of one source count of a VM, summed over CPUs and widened. Pure. */
#ifndef S2TRACE_SOURCE_TOTALS_H
#define S2TRACE_SOURCE_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#include <s2trace/maps.h>

/* Totals of one VM as they were read last. */
struct row_totals {
	uint32_t vm; /* whose they are; 0: they were never read */
	struct s2_totals totals;
	/* The kernel's 32-bit counts wrap: the sums over CPUs, whose changes are added up. */
	__u32 hist[S2_CELL_ROWS][S2_LEVEL__MAX][S2_HIST_BUCKETS];
};

struct totals_input {
	const struct s2_agg *aggs; /* one for each CPU */
	int nr_cpus;
	uint64_t counter_hz;
	const struct s2_vm_counts *counts;
};

/* Zeroed before the first time. True: the totals are new, or have changed. */
bool totals__update(struct row_totals *r, uint32_t vm, const struct totals_input *in);
/* Decisions of every outcome. */
uint64_t totals__seen(const struct s2_totals *t);

#endif /* S2TRACE_SOURCE_TOTALS_H */
