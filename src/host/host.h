/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts about this machine and its processes, read from the running system. */
#ifndef S2TRACE_HOST_H
#define S2TRACE_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

/* How a fact was found out, or why it could not be; for `s2trace check`. */
struct host_notes {
	char cpucaps[160]; /* of reading the CPU capabilities with BPF */
	char pfnmap[160];  /* of asking KVM for the capability */
};

/* Fills what can be known; the rest is FACT_UNKNOWN, 0 or "". `notes` may be NULL. */
void host__facts(struct host_facts *facts, struct host_notes *notes);
/* The part of it that needs neither BPF nor /dev/kvm, and costs nothing. */
void host__facts_cheap(struct host_facts *facts);

/*
 * Name and UUID of the VM that process `pid` runs: from the options of QEMU (and
 * so libvirt), cloud-hypervisor or kvmtool, else the command name. Both are
 * empty strings when the process is gone.
 */
void host__vm_identity(uint32_t pid, char *name, size_t name_size, char *uuid, size_t uuid_size);

/* Is `vm`, a process id, a name or a UUID, the VM that process `pid` runs? */
bool host__vm_is(uint32_t pid, const char *vm);
/* The process that runs it; 0: there is none. A process id is taken as it is. */
uint32_t host__find_vm(const char *vm);

/*
 * The VFIO device and BAR behind an address of a process, from its memory map.
 * Keeps what it read of each process; call host_devices__forget() when a VM's
 * memslots change or it is gone.
 */
struct host_devices;
struct host_devices *host_devices__new(void);
void host_devices__free(struct host_devices *hd);
/* True, with *dev filled, when a VFIO device is mapped at `hva`. */
bool host_devices__find(struct host_devices *hd, uint32_t pid, uint64_t hva,
			struct mem_device *dev);
void host_devices__forget(struct host_devices *hd, uint32_t pid);

#endif /* S2TRACE_HOST_H */
