/* SPDX-License-Identifier: GPL-2.0-only */
/* A host, VMs and records to test with. */
#ifndef S2TRACE_TESTS_FIXTURE_H
#define S2TRACE_TESTS_FIXTURE_H

#include "model/model.h"

#define FIXTURE_PID 4242
#define FIXTURE_TS  1000000000ULL

extern const struct host_facts fixture_host;
extern const struct mem_device fixture_device;
extern const struct vm_mapped fixture_mapped;

/* usemem of a Grace Hopper, mapped cacheable; everything is known. */
struct s2_ev_decision fixture__mapped(void);
/* The same on a host that has neither FWB nor DIC. */
struct s2_ev_decision fixture__rejected(void);
/* Nothing but the VM is known. */
struct s2_ev_decision fixture__unknown(void);
struct s2_ev_memslot fixture__memslot(void);
struct s2_ev_memslot fixture__memslot_refused(void);
struct s2_ev_unmap fixture__unmap(void);
struct s2_ev_cmo fixture__cmo(void);
struct s2_ev_vm fixture__vm(uint32_t id, enum s2_vm_event event);

/* With the host set, and nothing else. */
struct model *fixture__empty(void);
/* And with VM 1, "gpu0", that has totals, decisions and rejections. */
struct model *fixture__model(void);

#endif /* S2TRACE_TESTS_FIXTURE_H */
