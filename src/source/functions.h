/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel functions that a source without the patch series attaches to. Which
 * of several names this kernel has, and where in the arguments a thing stands, is
 * read in its BTF: never told from its version.
 */
#ifndef S2TRACE_SOURCE_FUNCTIONS_H
#define S2TRACE_SOURCE_FUNCTIONS_H

#include "source/backend.h"

/* The function that a program belongs to, by the program's name; NULL: this kernel has none. */
const char *functions__target(const struct btf *btf, const char *prog);
/* 0, or a negative errno with the first function missing without which nothing can be told. */
int functions__probe(const struct btf *btf, struct error *err);
/* Leaves out the programs that have no function, and tells the others what they must know. */
int functions__prepare(struct bpf_object *obj, const struct backend_env *env, struct error *err);

#endif /* S2TRACE_SOURCE_FUNCTIONS_H */
