/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The survey: reads the stage-2 tables of all VMs and yields what they map as events.
 * No lock is taken and nothing is attached; kernels need no more than BTF and kallsyms.
 */
#ifndef S2TRACE_SOURCE_SURVEY_H
#define S2TRACE_SOURCE_SURVEY_H

#include "lib/log.h"
#include "model/event.h"

struct survey;
struct vmtable;

struct survey_opts {
	bool split_pa; /* a range also ends where output addresses do not follow one another */
	bool nested;   /* the tables of nested MMUs too */
	bool coarse; /* ranges of the same type and leaf size are one, whatever their permissions */
};

/* Does this kernel offer it? 0, or a negative errno with why not. */
int survey__probe(struct error *err);
/* `vms` gives VMs their numbers; `fwb` says how descriptors are to be decoded. */
int survey__open(struct survey **s, struct vmtable *vms, const struct survey_opts *opts, int fwb,
		 struct error *err);
/* Frees all resources. Accepts NULL. */
void survey__close(struct survey *s);

/*
 * Reads all VMs once, the oldest first. Of each: a VM event if nobody knew it; its memslots,
 * as region events; survey BEGIN, mapped ranges in order of IPA, and survey END, for each MMU.
 * In the end a survey PASS. VMs that the kernel lists no more are let go of. 0 or -errno.
 */
int survey__pass(struct survey *s, const struct event_sink *sink);

#endif /* S2TRACE_SOURCE_SURVEY_H */
