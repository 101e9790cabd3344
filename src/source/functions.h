/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel functions that backends attach to. The name that a function has in this kernel,
 * and the positions of its arguments, come from BTF, never from the version.
 */
#ifndef S2TRACE_SOURCE_FUNCTIONS_H
#define S2TRACE_SOURCE_FUNCTIONS_H

#include "source/backend.h"

/* The kernel function for a program, by program name. NULL if this kernel has none. */
const char *functions__target(const struct btf *btf, const char *prog);
/* 0, or a negative errno and the first missing required function in *err. */
int functions__probe(const struct btf *btf, struct error *err);
/* Configures what all sources of faults share (bpf/fault.bpf.h). */
int functions__configure_faults(struct bpf_object *obj, const struct backend_env *env,
				struct error *err);
/*
 * Whether BPF trampolines attach. They need ftrace direct calls; a kernel without these has
 * only an inline stub of register_ftrace_direct(), and therefore no BTF for it.
 */
bool functions__can_trace(const struct btf *btf);
/*
 * Configures the programs of bpf/changes.bpf.h. Disables all programs whose function is missing
 * or that this host does not need, and sets the targets of trampolines.
 */
int functions__choose_changes(struct bpf_object *obj, const struct backend_env *env,
			      struct error *err);
/* The same, and configures the programs of bpf/flight.bpf.h. */
int functions__prepare(struct bpf_object *obj, const struct backend_env *env, struct error *err);

#endif /* S2TRACE_SOURCE_FUNCTIONS_H */
