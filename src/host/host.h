/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts about this machine and its processes, read from the running system. */
#ifndef S2TRACE_HOST_H
#define S2TRACE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <s2trace/event.h>

/* How a fact was found out, or why it could not be; for `s2trace check`. */
struct host_notes {
	char cpucaps[160]; /* of reading the CPU capabilities with BPF */
	char pfnmap[160];  /* of asking KVM for the capability */
};

/*
 * Fills a host event with what can be known; the rest is FACT_UNKNOWN, 0 or "". Sources and
 * era are those of whoever listens. `notes` may be NULL.
 */
void host__facts(struct s2_ev_host *host, struct host_notes *notes);
/* The part of it that needs neither BPF nor /dev/kvm, and costs nothing. */
void host__facts_cheap(struct s2_ev_host *host);

/*
 * Name and UUID of the VM that process `pid` runs: from the options of QEMU (and
 * so libvirt), cloud-hypervisor or kvmtool, else the command name. Both are
 * empty strings when the process is gone.
 */
void host__vm_identity(uint32_t pid, char *name, size_t name_size, char *uuid, size_t uuid_size);

/* The process of a thread; 0: it is gone. */
uint32_t host__process_of(uint32_t thread);

/* May this process load BPF programs (CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN)? */
bool host__may_use_bpf(void);

#endif /* S2TRACE_HOST_H */
