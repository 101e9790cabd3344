/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds and opens backends. */
#ifndef S2TRACE_SOURCE_BACKENDS_H
#define S2TRACE_SOURCE_BACKENDS_H

#include "source/backend.h"

/* All backends, best first; ends with NULL. */
extern const struct backend *const backends[];

/* Loads and attaches a backend. 0, or a negative errno with *err filled. */
typedef int (*backend_open_fn)(void *ctx, const struct backend *b, struct error *err);

/*
 * Opens the backends of `all` that `names` lists, separated by commas. NULL: the best that
 * this kernel offers; if it fails to open, the next is tried, with a warning. 0, or a negative
 * errno with *err filled.
 */
int backends__open(const struct backend *const *all, const char *names, const struct btf *btf,
		   backend_open_fn open, void *ctx, struct error *err);
/* NULL if `all` does not contain it. */
const struct backend *backends__find(const struct backend *const *all, enum s2_backend id);

#endif /* S2TRACE_SOURCE_BACKENDS_H */
