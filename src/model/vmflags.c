// SPDX-License-Identifier: GPL-2.0-only
#include "model/vmflags.h"

#include <stddef.h>

/*
 * Only bits that are the same in every arm64 kernel from 6.1 to 7.3, sorted by their weight in
 * the decision: those that its predicates check come first. Mnemonics are those of VmFlags in
 * /proc/PID/smaps, which has none for the last.
 */
const struct vm_flag_name vm_flag_names[] = {
	{ "PFNMAP", 1ULL << 10, "pf" },
	{ "MIXEDMAP", 1ULL << 28, "mm" },
	{ "IO", 1ULL << 14, "io" },
	{ "SHARED", 1ULL << 3, "sh" },
	{ "HUGETLB", 1ULL << 22, "ht" },
	{ "ALLOW_ANY_UNCACHED", 1ULL << 39, "au" }, /* since 8c47ce3e1d2c (6.9) */
	{ NULL, 0, NULL },
};
