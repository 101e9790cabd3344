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
	__u8 outcome[16];
	__u8 reason[64];
	__u8 access[4];
	__u8 fault[8];
	__u8 memtype[8];
	__u8 limit[16];
	__u8 change[8];
	__u8 cause[16];
	__u8 cmo[4];
};

#define S2_KMAP(table, i) ((table)[(i) & (sizeof(table) - 1)])

_Static_assert(S2_REASON__MAX <= 64 && S2_OUTCOME__MAX <= 16 && S2_LIMIT__MAX <= 16,
	       "struct s2_kmap is too small");

/* Set once by the loader. */
struct s2_config {
	__u64 tick_mult; /* ns = (ticks * tick_mult) >> S2_TICK_SHIFT */
	__u32 page_shift;
	__u32 max_vms;			 /* rows of the VM table */
	__u64 level_size[S2_LEVEL__MAX]; /* bytes of a leaf at each level */
};

#define S2_TICK_SHIFT 20

#endif /* S2TRACE_KMAP_H */
