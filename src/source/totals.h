/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs count on each CPU, summed to the totals of a VM. Pure. */
#ifndef S2TRACE_SOURCE_TOTALS_H
#define S2TRACE_SOURCE_TOTALS_H

#include "model/model.h"

/* What the kernel's wrapping 32-bit counts become: summed over CPUs, widened by their changes. */
struct row_hist {
	__u32 last[S2_CELL_ROWS][S2_LEVEL__MAX][S2_HIST_BUCKETS];
	uint64_t sum[S2_CELL_ROWS][S2_LEVEL__MAX][S2_HIST_BUCKETS];
};

struct totals_input {
	const struct s2_agg *aggs; /* one for each CPU */
	int nr_cpus;
	uint64_t counter_hz;
	const struct s2_vm_row *row;
};

/* `h` is kept from one sum to the next, zeroed before the first. */
void totals__sum(struct vm_totals *t, const struct totals_input *in, struct row_hist *h);
/* Decisions of every outcome. */
uint64_t totals__seen(const struct vm_totals *t);

#endif /* S2TRACE_SOURCE_TOTALS_H */
