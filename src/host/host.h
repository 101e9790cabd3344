/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts about this machine and its processes, read from the running system. */
#ifndef S2TRACE_HOST_H
#define S2TRACE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <s2trace/event.h>

/* How a fact was determined, or why it could not be; for `s2trace check`. */
struct host_notes {
	char cpucaps[160]; /* about the CPU capabilities */
	char pfnmap[160];  /* about KVM's capability */
};

/*
 * Fills a host event. Unknown facts are FACT_UNKNOWN, 0 or "". Does not set sources and era.
 * `notes` may be NULL.
 */
void host__facts(struct s2_ev_host *host, struct host_notes *notes);
/* Only the facts that need neither BPF nor /dev/kvm, and cost nothing. */
void host__facts_cheap(struct s2_ev_host *host);

/*
 * Name and UUID of the VM that process `pid` runs: from the options of QEMU (also for
 * libvirt), cloud-hypervisor or kvmtool, else the name of the process. Both are empty if the
 * process is gone.
 */
void host__vm_identity(uint32_t pid, char *name, size_t name_size, char *uuid, size_t uuid_size);

/* The process of a thread; 0: it is gone. */
uint32_t host__process_of(uint32_t thread);

/* Whether KVM can run nested guests. FACT_UNKNOWN if /dev/kvm cannot be opened. */
enum tristate host__nested(void);

/* Whether this process may load BPF programs (CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN). */
bool host__may_use_bpf(void);

#endif /* S2TRACE_HOST_H */
