/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's enumerators to ours, by name, from the kernel's BTF. */
#ifndef S2TRACE_SOURCE_KMAP_H
#define S2TRACE_SOURCE_KMAP_H

#include <stdbool.h>

#include <s2trace/kmap.h>

#include "lib/log.h"

struct btf;

/*
 * 0, or a negative errno with *err filled when an enum is missing altogether that
 * the tracepoints need. Without `tracepoints` none is needed.
 */
int kmap__fill(struct s2_kmap *map, const struct btf *btf, bool tracepoints, struct error *err);

/* Does the kernel have this enumerator? */
bool kmap__knows(const struct btf *btf, const char *enum_name, const char *enumerator);

#endif /* S2TRACE_SOURCE_KMAP_H */
