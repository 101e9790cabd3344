/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A backend: BPF programs that fill records from one kind of event. All share
 * bpf/s2trace.bpf.h, so that the live source treats them alike: maps have the
 * same names, and four variables are found by their offsets.
 */
#ifndef S2TRACE_SOURCE_BACKEND_H
#define S2TRACE_SOURCE_BACKEND_H

#include <stddef.h>

#include "model/decision.h"
#include "source/source.h"

struct bpf_link;
struct bpf_object;
struct bpf_program;
struct btf;

struct backend {
	enum s2_backend id;
	const void *(*elf)(size_t *size);
	/* Does this kernel offer what it needs? 0, or a negative errno with why not. */
	int (*probe)(const struct btf *btf, struct error *err);
	/* Chooses programs for this kernel, and what they attach to, before they are loaded. */
	int (*choose)(struct bpf_object *obj, const struct btf *btf, const struct source_opts *opts,
		      struct error *err);
	/* NULL with errno set on failure; where it is not given, libbpf knows how. */
	struct bpf_link *(*attach)(struct bpf_program *prog, const struct btf *btf);
	/* Completes a record with what can be inferred; NULL: there is nothing to infer. */
	void (*infer)(struct s2_event *rec, enum decision_era era);
	const char *first_prog;		      /* attached before all others; may be NULL */
	size_t kmap_offset, config_offset;    /* in .rodata */
	size_t filter_offset, last_id_offset; /* in .bss */
};

extern const struct backend backend_tracepoint, backend_fentry, backend_kprobe;

#endif /* S2TRACE_SOURCE_BACKEND_H */
