/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What KVM makes of a VM of our own, which never runs: for kernels that do not tell
 * where their variables are (without CONFIG_KALLSYMS_ALL).
 */
#ifndef S2TRACE_HOST_OWNVM_H
#define S2TRACE_HOST_OWNVM_H

#include <stdint.h>

#include <s2trace/event.h>

/* A new VM of ours that never runs: its file descriptor, or a negative errno. */
int ownvm__create(void);
/* Does KVM use stage-2 forced write-back? FACT_UNKNOWN where it cannot be read. */
enum tristate ownvm__fwb(void);
/* The address of the list of all VMs (vm_list), 0 where it cannot be found. */
uint64_t ownvm__vm_list(void);

#endif /* S2TRACE_HOST_OWNVM_H */
