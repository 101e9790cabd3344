/* SPDX-License-Identifier: GPL-2.0-only */
/* Helpers for loading and running BPF objects. */
#ifndef S2TRACE_SOURCE_BPFUTIL_H
#define S2TRACE_SOURCE_BPFUTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/log.h"

struct bpf_map;
struct bpf_object;
struct bpf_program;
struct btf;

/* The kernel's BTF; NULL with *err filled. Freed with btf__free(). */
struct btf *bpfutil__kernel_btf(struct error *err);

/*
 * Whether kvm_arch.nested_mmus is an array of pointers, as in recent kernels, or of structs.
 */
bool bpfutil__nested_indirect(const struct btf *btf);

/* Fills *err with why the kernel did not load the programs that do `what`. Returns `ret`. */
int bpfutil__load_error(struct error *err, int ret, const char *what);

/* The initial value of a variable in a section of its own. NULL if its size differs. */
void *bpfutil__variable(struct bpf_object *obj, const char *section, size_t size);

/* Memory shared by user space and BPF programs. */
struct shared_memory {
	void *mem;
	size_t bytes;
};

/* Maps all values of a map. 0 or -errno. */
int shared_memory__map(struct shared_memory *m, const struct bpf_map *map);
/* Accepts memory that was never mapped. */
void shared_memory__unmap(struct shared_memory *m);

/* The highest number of a CPU that this machine may ever have, and one: arrays have room for it. */
uint32_t bpfutil__nr_cpus(void);

/* Runs a program once, by BPF_PROG_TEST_RUN. 0 or -errno. */
int bpfutil__run(const struct bpf_program *prog);

#endif /* S2TRACE_SOURCE_BPFUTIL_H */
