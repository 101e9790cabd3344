/* SPDX-License-Identifier: GPL-2.0-only */
/* An array that elements are taken out of, and put into, at any place. */
#ifndef S2TRACE_MODEL_ARRAY_H
#define S2TRACE_MODEL_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

struct array {
	void **base;
	size_t *nr, *room;
	size_t size, max; /* of an element; elements */
};

/* Room for one that has `out` elements less and `in` more; false where that is more than `max`. */
bool array__reserve(const struct array *a, size_t out, size_t in);
/* At `at`, `out` elements are replaced by `in` new ones, which are left to be written. */
void array__splice(const struct array *a, size_t at, size_t out, size_t in);

#endif /* S2TRACE_MODEL_ARRAY_H */
