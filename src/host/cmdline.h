/* SPDX-License-Identifier: GPL-2.0-only */
/* The identity of a VM, from the arguments of its VMM. Pure. */
#ifndef S2TRACE_HOST_CMDLINE_H
#define S2TRACE_HOST_CMDLINE_H

#include <stddef.h>

/*
 * Name and UUID of the VM, from the `n` bytes at `buf`, which are arguments as in
 * /proc/PID/cmdline, separated by NUL bytes. Understands QEMU, cloud-hypervisor (also as
 * started by libvirt or Kata Containers) and kvmtool. Sets what is missing to "".
 */
void cmdline__vm_identity(const char *buf, size_t n, char *name, size_t name_size, char *uuid,
			  size_t uuid_size);

#endif /* S2TRACE_HOST_CMDLINE_H */
