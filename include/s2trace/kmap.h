/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps the kernel's enumerators to ours. The loader fills it from the kernel's BTF before it
 * loads the programs; it is read-only afterwards.
 */
#ifndef S2TRACE_KMAP_H
#define S2TRACE_KMAP_H

#include <s2trace/vocab.h>

/* Sizes are powers of two: the programs mask their index instead of comparing it. */
struct s2_kmap {
	__u8 change[8];
};

#define S2_KMAP(table, i) ((table)[(i) & (sizeof(table) - 1)])

/* Set once by the loader. */
struct s2_config {
	__u32 page_shift;
	__u32 pad;
	__u64 level_size[S2_LEVEL__MAX]; /* bytes of a leaf at each level */
};

/* For conversions of time without a division. */
#define S2_TICK_SHIFT 20

#endif /* S2TRACE_KMAP_H */
