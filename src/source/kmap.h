/* SPDX-License-Identifier: GPL-2.0-only */
/* Translates the kernel's enumerators to ours, by name, from the kernel's BTF. */
#ifndef S2TRACE_SOURCE_KMAP_H
#define S2TRACE_SOURCE_KMAP_H

#include <stdbool.h>

#include <s2trace/kmap.h>

#include "lib/log.h"

struct btf;

/*
 * 0, or a negative errno with *err filled if an enum is missing that the tracepoints require.
 * Without `tracepoints`, none is required.
 */
int kmap__fill(struct s2_kmap *map, const struct btf *btf, bool tracepoints, struct error *err);

/* Whether the kernel has this enumerator. */
bool kmap__knows(const struct btf *btf, const char *enum_name, const char *enumerator);

#endif /* S2TRACE_SOURCE_KMAP_H */
