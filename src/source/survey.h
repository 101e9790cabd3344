/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The survey reads the stage-2 tables of all VMs, and yields what they map as events. It takes
 * no lock and attaches nothing; the kernel needs only BTF and kallsyms.
 */
#ifndef S2TRACE_SOURCE_SURVEY_H
#define S2TRACE_SOURCE_SURVEY_H

#include "lib/log.h"
#include "model/event.h"

struct survey;
struct vmtable;

struct survey_opts {
	bool split_pa; /* split ranges where output addresses are not contiguous */
	bool nested;   /* include tables of nested MMUs */
	bool coarse;   /* merge ranges of the same type and leaf size, whatever their permissions */
};

/* Checks that this kernel allows it. 0, or a negative errno with the reason in *err. */
int survey__probe(struct error *err);
/* `vms` numbers the VMs; `fwb` determines how descriptors are decoded. */
int survey__open(struct survey **s, struct vmtable *vms, const struct survey_opts *opts, int fwb,
		 struct error *err);
/* Frees all resources. Accepts NULL. */
void survey__close(struct survey *s);

/*
 * Reads all VMs once, oldest first. For each VM: a VM event if it was unknown, its memslots as
 * region events, and for each MMU survey BEGIN, mapped ranges in order of IPA, and survey END.
 * Ends with survey PASS. Releases VMs that are no longer in the kernel's list. 0 or -errno.
 */
int survey__pass(struct survey *s, const struct event_sink *sink);

#endif /* S2TRACE_SOURCE_SURVEY_H */
