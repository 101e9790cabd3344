/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of the VM_* flags that affect stage 2, as spelled by
 * `s2trace explain --vm-flags` (the kernel's, without VM_).
 */
#ifndef S2TRACE_MODEL_VMFLAGS_H
#define S2TRACE_MODEL_VMFLAGS_H

#include <stdint.h>

/* VM_PFNMAP and VM_MIXEDMAP: PFN mappings of a driver. */
#define VMFLAGS_PFN ((1ULL << 10) | (1ULL << 28))

struct vm_flag_name {
	const char *name;
	uint64_t bit;
	const char *mnemonic; /* two letters, for compact text */
};

/* Ends with a row whose name is NULL. */
extern const struct vm_flag_name vm_flag_names[];

#endif /* S2TRACE_MODEL_VMFLAGS_H */
