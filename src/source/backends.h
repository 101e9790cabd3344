/* SPDX-License-Identifier: GPL-2.0-only */
/* Which backends there are, and which of them are opened. */
#ifndef S2TRACE_SOURCE_BACKENDS_H
#define S2TRACE_SOURCE_BACKENDS_H

#include "source/backend.h"

/* All that there are, best first; the last is NULL. */
extern const struct backend *const backends[];

/* Loads and attaches a backend. 0, or a negative errno with *err filled. */
typedef int (*backend_open_fn)(void *ctx, const struct backend *b, struct error *err);

/*
 * Opens those backends of `all` whose names are in `names`, separated by commas. NULL: the
 * best that this kernel offers; where it fails to open, the next is tried, with a warning.
 * 0, or a negative errno with *err filled.
 */
int backends__open(const struct backend *const *all, const char *names, const struct btf *btf,
		   backend_open_fn open, void *ctx, struct error *err);
/* NULL where `all` has none of that number. */
const struct backend *backends__find(const struct backend *const *all, enum s2_backend id);

#endif /* S2TRACE_SOURCE_BACKENDS_H */
