/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads kernel state through a VM of our own, which never runs: for kernels that hide the
 * addresses of their variables (without CONFIG_KALLSYMS_ALL).
 */
#ifndef S2TRACE_HOST_OWNVM_H
#define S2TRACE_HOST_OWNVM_H

#include <stdint.h>

#include <s2trace/event.h>

/* Creates a VM that never runs. Its file descriptor, or a negative errno. */
int ownvm__create(void);
/* Whether KVM uses stage-2 forced write-back. FACT_UNKNOWN if it cannot be read. */
enum tristate ownvm__fwb(void);
/* The address of the list of all VMs (vm_list), or 0 if it cannot be found. */
uint64_t ownvm__vm_list(void);

#endif /* S2TRACE_HOST_OWNVM_H */
