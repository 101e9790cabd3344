/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lets bpf/walk.bpf.c run in a test: kernel types as the test makes them, helpers
 * that read this process's memory, and nothing to relocate. It stands in for
 * bpf/walk_kernel.h, whose include guard it takes.
 */
#ifndef S2TRACE_BPF_WALK_KERNEL_H
#define S2TRACE_BPF_WALK_KERNEL_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "../../bpf/walk_types.h"

struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
};

static struct list_head vm_list;
static int kvm_protected_mode_initialized;
/* The test's: are there the types and fields that only pKVM has? */
static bool stub_has_pkvm;

/* The test's: it may change what is read. */
long bpf_probe_read_kernel(void *dst, __u32 size, const void *src);
void *bpf_rdonly_cast(const void *obj, __u32 type);

static inline long stub_loop(__u32 nr, long (*fn)(__u32 i, void *ctx), void *ctx)
{
	__u32 i;

	for (i = 0; i < nr; i++)
		if (fn(i, ctx))
			break;
	return i;
}

#define SEC(name)
#define __noinline static __attribute__((noinline))
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define bpf_loop(nr, fn, ctx, flags)	   stub_loop(nr, (long (*)(__u32, void *))(fn), ctx)
#define bpf_core_read(dst, size, src)	   bpf_probe_read_kernel(dst, size, src)
#define bpf_core_type_id_kernel(type)	   1
#define bpf_core_type_size(type)	   sizeof(type)
#define bpf_core_field_offset(type, field) offsetof(type, field)
#define bpf_core_field_exists(...)	   STUB_EXISTS(__VA_ARGS__, stub_has_pkvm, 1)
/* Of the two ways to ask, (type, field) is used for what few kernels have. */
#define STUB_EXISTS(a, b, n, ...)		n
#define __builtin_preserve_access_index(expr)	(expr)
#define BPF_CORE_READ_BITFIELD_PROBED(p, field) ((p)->field)
#define BPF_CORE_READ(...)			STUB_READ(__VA_ARGS__, STUB_3, STUB_2, STUB_1)(__VA_ARGS__)
#define STUB_READ(p, a, b, c, name, ...)	name
#define STUB_1(p, a)				((p)->a)
#define STUB_2(p, a, b)				((p)->a->b)
#define STUB_3(p, a, b, c)			((p)->a->b->c)

#endif /* S2TRACE_BPF_WALK_KERNEL_H */
