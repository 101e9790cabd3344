/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lets bpf/vmtable.bpf.c run in a test: maps that are told apart by their addresses, and
 * live in the test. It stands in for bpf/kernel.h, whose include guard it takes.
 */
#ifndef S2TRACE_BPF_KERNEL_H
#define S2TRACE_BPF_KERNEL_H

#include <linux/types.h>
#include <stdbool.h>

/* The test's. */
void *bpf_map_lookup_elem(void *map, const void *key);
long bpf_map_update_elem(void *map, const void *key, const void *value, __u64 flags);
long bpf_map_delete_elem(void *map, const void *key);
long bpf_map_push_elem(void *map, const void *value, __u64 flags);
long bpf_map_pop_elem(void *map, void *value);
__u64 bpf_ktime_get_ns(void);

enum { BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_QUEUE };
enum { BPF_F_MMAPABLE = 1, BPF_NOEXIST = 1 };

#define SEC(name)
#define __uint(name, value) int(*name)[value]
#define __type(name, value) value *name
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#endif /* S2TRACE_BPF_KERNEL_H */
