/* SPDX-License-Identifier: GPL-2.0-only */
/* What is mapped now: one line for each range, and what they add up to. */
#ifndef S2TRACE_VIEW_MAP_H
#define S2TRACE_VIEW_MAP_H

#include "model/ranges.h"
#include "view/view.h"

struct map_line {
	const struct map_range *range;
	uint32_t vm_id, vm_pid; /* 0: not known */
	const char *vm_name;
	const struct mem_device *device; /* may be NULL */
};

/* Headings in text, nothing in JSON. */
void view__map_header(struct view *v);
void view__map_range(struct view *v, const struct map_line *line);
void view__map_summary(struct view *v, const struct map_totals *t);

#endif /* S2TRACE_VIEW_MAP_H */
