/* SPDX-License-Identifier: GPL-2.0-only */
/* A growing array with insertion and removal at any index. */
#ifndef S2TRACE_LIB_ARRAY_H
#define S2TRACE_LIB_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

struct array {
	void **base;
	size_t *nr, *room;
	size_t size, max; /* bytes per element; limit of elements */
};

/* Makes room to replace `out` elements by `in`. False: more than `max`, or out of memory. */
bool array__reserve(const struct array *a, size_t out, size_t in);
/* Replaces `out` elements at `at` by `in` new ones, which the caller fills in. */
void array__splice(const struct array *a, size_t at, size_t out, size_t in);

#endif /* S2TRACE_LIB_ARRAY_H */
