/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VM table, which all sources of this process share. It lives in BPF maps, and the
 * programs in bpf/vmtable.bpf.c own it; user space asks them to change it.
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

/*
 * `max_vms` 0: 256, or as many as fit in 64 MiB of kernel memory. 0, or a negative errno with
 * *err.
 */
int vmtable__open(struct vmtable **t, uint32_t max_vms, struct error *err);
/* Frees all resources. Accepts NULL. */
void vmtable__close(struct vmtable *t);
uint32_t vmtable__max_vms(const struct vmtable *t);

/* Makes an object that is open, but not loaded, use this table's maps. 0 or -errno. */
int vmtable__share(const struct vmtable *t, struct bpf_object *obj);

/*
 * Adds a VM that has not caused an event yet: its struct kvm is at address `kvm`, its process
 * is `tgid`. Sets *is_new if it was unknown. Returns its number, or 0 if the table is full.
 */
uint32_t vmtable__adopt(struct vmtable *t, uint64_t kvm, uint32_t tgid, bool *is_new);
/* The number of a VM, or 0 if it is unknown. */
uint32_t vmtable__find(const struct vmtable *t, uint64_t kvm);
/*
 * Releases VMs that are no longer in the kernel's list and whose end was missed: their rows
 * become DEAD.
 */
void vmtable__release_unlisted(struct vmtable *t, bool (*listed)(const void *ctx, uint64_t kvm),
			       const void *ctx);

/* Rows by index, in memory shared with the BPF programs. */
const struct s2_vm_row *vmtable__row(const struct vmtable *t, uint32_t index);
/* Frees a DEAD row for another VM, after all readers have read it. 0 or -errno. */
int vmtable__recycle(struct vmtable *t, uint32_t index);
/* Bits of enum s2_backend: the attached backends, which report creation and destruction of VMs. */
void vmtable__set_listeners(struct vmtable *t, uint32_t listeners);
uint32_t vmtable__listeners(const struct vmtable *t);

#endif /* S2TRACE_SOURCE_VMTABLE_H */
