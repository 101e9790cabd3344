/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A backend: BPF programs that hook KVM in one way and emit events. All share
 * bpf/s2trace.bpf.h, so their maps and configuration sections have the same names.
 */
#ifndef S2TRACE_SOURCE_BACKEND_H
#define S2TRACE_SOURCE_BACKEND_H

#include <stddef.h>

#include "source/source.h"

struct bpf_link;
struct bpf_object;
struct bpf_program;
struct btf;

/* Parameters for opening a backend. */
struct backend_env {
	const struct btf *btf; /* the kernel's */
	const struct live_opts *opts;
	const struct s2_ev_host *host;
	struct vmtable *vms;
};

struct backend {
	enum s2_backend id;
	const void *(*elf)(size_t *size);
	/*
	 * Checks that this kernel has what the backend needs. 0, or a negative errno with *err
	 * filled.
	 */
	int (*probe)(const struct btf *btf, struct error *err);
	/* Selects programs for this kernel, and their targets, before load. */
	int (*choose)(struct bpf_object *obj, const struct backend_env *env, struct error *err);
	/* NULL with errno set on failure. Optional: by default libbpf attaches by section name. */
	struct bpf_link *(*attach)(struct bpf_program *prog, const struct btf *btf);
	const char *first_prog; /* attached before all others */
};

extern const struct backend backend_tracepoint, backend_fentry, backend_kprobe;

#endif /* S2TRACE_SOURCE_BACKEND_H */
