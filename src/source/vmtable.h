/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of VMs that all sources of this process share. It lives in BPF maps and the
 * programs of bpf/vmtable.bpf.c own it: user space asks them.
 */
#ifndef S2TRACE_SOURCE_VMTABLE_H
#define S2TRACE_SOURCE_VMTABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <s2trace/maps.h>

#include "lib/log.h"

struct bpf_object;
struct vmtable;

#define VMTABLE_MAX_VMS 4096

/* `max_vms` 0: 256, or what fits in 64 MiB of kernel memory. 0, or a negative errno with *err. */
int vmtable__open(struct vmtable **t, uint32_t max_vms, struct error *err);
/* Frees all resources. Accepts NULL. */
void vmtable__close(struct vmtable *t);
uint32_t vmtable__max_vms(const struct vmtable *t);

/* Lets an object that was opened, and not loaded yet, use this table's maps. 0 or -errno. */
int vmtable__share(const struct vmtable *t, struct bpf_object *obj);

/*
 * Makes a VM known that has caused no event yet: its struct kvm is at the address `kvm`, its
 * process is `tgid`. *is_new: nobody knew it. Its number; 0: the table is full.
 */
uint32_t vmtable__adopt(struct vmtable *t, uint64_t kvm, uint32_t tgid, bool *is_new);
/* The number of a VM that is known; 0: it is not. */
uint32_t vmtable__find(const struct vmtable *t, uint64_t kvm);
/*
 * Lets go of VMs that are not in the kernel's own list and whose end nobody saw: their
 * rows become DEAD.
 */
void vmtable__release_unlisted(struct vmtable *t, bool (*listed)(const void *ctx, uint64_t kvm),
			       const void *ctx);

/* Rows by index, mapped memory that programs write. */
const struct s2_vm_row *vmtable__row(const struct vmtable *t, uint32_t index);
/* A DEAD row was read to its end by all: another VM may have it. 0 or -errno. */
int vmtable__recycle(struct vmtable *t, uint32_t index);
/* Bits of enum s2_backend: who is attached, and tells of the life of VMs. */
void vmtable__set_listeners(struct vmtable *t, uint32_t listeners);
uint32_t vmtable__listeners(const struct vmtable *t);

#endif /* S2TRACE_SOURCE_VMTABLE_H */
