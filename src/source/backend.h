/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A backend: BPF programs that make events of what KVM does, in one way. All share
 * bpf/s2trace.bpf.h, so that their maps and their configuration have the same names.
 */
#ifndef S2TRACE_SOURCE_BACKEND_H
#define S2TRACE_SOURCE_BACKEND_H

#include <stddef.h>

#include "source/source.h"

struct bpf_link;
struct bpf_object;
struct bpf_program;
struct btf;

/* What a backend is opened with. */
struct backend_env {
	const struct btf *btf; /* the kernel's */
	const struct live_opts *opts;
	const struct s2_ev_host *host;
	struct vmtable *vms;
};

struct backend {
	enum s2_backend id;
	const void *(*elf)(size_t *size);
	/* Does this kernel offer what it needs? 0, or a negative errno with why not. */
	int (*probe)(const struct btf *btf, struct error *err);
	/* Chooses programs for this kernel, and what they attach to, before they are loaded. */
	int (*choose)(struct bpf_object *obj, const struct backend_env *env, struct error *err);
	/* NULL with errno set on failure; where it is not given, libbpf knows how. */
	struct bpf_link *(*attach)(struct bpf_program *prog, const struct btf *btf);
	const char *first_prog; /* attached before all others */
};

extern const struct backend backend_tracepoint, backend_fentry, backend_kprobe;

#endif /* S2TRACE_SOURCE_BACKEND_H */
