/* SPDX-License-Identifier: GPL-2.0-only */
/* Flags and memory attributes of the VMAs of a process. */
#ifndef S2TRACE_HOST_VMAS_H
#define S2TRACE_HOST_VMAS_H

#include <stdbool.h>
#include <stdint.h>

#include <s2trace/event.h>

struct vmas;

/* NULL if this kernel does not support it (bpf_find_vma(), bpf_task_from_pid(): 6.2). */
struct vmas *vmas__open(void);
void vmas__close(struct vmas *v);
/*
 * False if there is none, or if it cannot be known. `v` may be NULL. vma->attr is set to the
 * index: MAIR_EL1 says what it means (s2trace/mair.h).
 */
bool vmas__find(struct vmas *v, uint32_t pid, uint64_t hva, struct s2_vma *vma);

#endif /* S2TRACE_HOST_VMAS_H */
