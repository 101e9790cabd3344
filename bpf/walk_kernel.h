/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel types for bpf/walk.bpf.c, relocated by name (CO-RE). */
#ifndef S2TRACE_BPF_WALK_KERNEL_H
#define S2TRACE_BPF_WALK_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
#include "walk_types.h"
#pragma clang attribute pop

/* 34 words: the type used to read parts of a table in place. */
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
};

extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;
extern const void vm_list __ksym __weak;
/* A static key; its count is the first member. */
extern const void kvm_protected_mode_initialized __ksym __weak;

#endif /* S2TRACE_BPF_WALK_KERNEL_H */
