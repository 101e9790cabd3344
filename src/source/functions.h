/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel functions that backends for unpatched kernels attach to. The name that a function
 * has in this kernel, and the positions of its arguments, come from BTF, never from the
 * version.
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
/* Disables programs whose function is missing, and configures the others. */
int functions__prepare(struct bpf_object *obj, const struct backend_env *env, struct error *err);

#endif /* S2TRACE_SOURCE_FUNCTIONS_H */
