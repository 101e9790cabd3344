/* SPDX-License-Identifier: GPL-2.0-only */
/* A host, VMs and events to test with. */
#ifndef S2TRACE_TESTS_FIXTURE_H
#define S2TRACE_TESTS_FIXTURE_H

#include "model/model.h"

#define FIXTURE_PID 4242
#define FIXTURE_TS  1000000000ULL
#define FIXTURE_IPA 0x400000000000ULL /* of the device's memory */

extern const struct s2_ev_host fixture_host;
extern const struct s2_device fixture_device;

/* Hands an event to the model, which must take it. */
void fixture__take(struct model *m, const void *ev);

/* usemem of a Grace Hopper, mapped cacheable; everything is known. */
struct s2_ev_decision fixture__mapped(void);
/* The same on a host that has neither FWB nor DIC. */
struct s2_ev_decision fixture__rejected(void);
/* Nothing but the VM is known. */
struct s2_ev_decision fixture__unknown(void);
struct s2_ev_memslot fixture__memslot(void);
struct s2_ev_memslot fixture__memslot_refused(void);
struct s2_ev_unmap fixture__unmap(void);
struct s2_ev_protect fixture__protect(void);
struct s2_ev_cmo fixture__cmo(void);
struct s2_ev_vm fixture__vm(uint32_t id, enum s2_vm_event event);
struct s2_ev_identity fixture__identity(uint32_t id, const char *name);
/* The memslot over the device's memory. */
struct s2_ev_region fixture__region(void);
struct s2_ev_totals fixture__totals(void);
/* What the VM's own tables map there: 4G in leaves of 2M. */
struct s2_ev_mapped fixture__mapped_range(void);
struct s2_ev_survey fixture__survey(enum s2_survey_step step);
struct s2_ev_loss fixture__loss(void);
struct s2_ev_tick fixture__tick(uint64_t ts_ns);

/* Hands over a whole reading of VM 1: the device's memory, 32M of NORMAL_NC, one table lost. */
void fixture__read_tables(struct model *m);

/*
 * Hands over a whole survey that found `mapped` and has every gap there is: tables of pKVM, VMs
 * and memslots without room, memslots and tables that could not be read, a VM that ended.
 */
void fixture__survey_with_gaps(struct model *m, const struct s2_ev_mapped *mapped);

/* With the host set, and nothing else. */
struct model *fixture__empty(void);
/* And with VM 1, "gpu0", of which nothing else is known. */
struct model *fixture__named(void);
/* And with its region, totals, decisions, rejections, and what it maps. */
struct model *fixture__model(void);

#endif /* S2TRACE_TESTS_FIXTURE_H */
