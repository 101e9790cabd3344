// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flags and memory attribute of the VMA at an address of a process. /proc/PID/smaps has most
 * of the flags, but not the attribute, and walks all page tables of the process.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <s2trace/event.h>

char LICENSE[] SEC("license") = "GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_struct {
	int tgid;
};

typedef struct {
	__u64 pgprot;
} pgprot_t;

struct vm_area_struct {
	unsigned long vm_start, vm_end, vm_flags;
	pgprot_t vm_page_prot;
};

#pragma clang attribute pop

/* Since 6.2. */
extern struct task_struct *bpf_task_from_pid(__s32 pid) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;

/* Input: an address of a process. Output: its VMA, all 0 if there is none. */
__s32 vma_pid;
__u64 vma_hva;
struct s2_vma vma;

static long take_vma(struct task_struct *task, struct vm_area_struct *vma, struct s2_vma *out)
{
	(void)task;
	out->start = BPF_CORE_READ(vma, vm_start);
	out->end = BPF_CORE_READ(vma, vm_end);
	out->flags = BPF_CORE_READ(vma, vm_flags);
	out->attr = BPF_CORE_READ(vma, vm_page_prot.pgprot) >> 2 &
		    7; /* PTE_ATTRINDX: an index into MAIR_EL1 */
	return 0;
}

/* Looks up one address. User space runs this once per address; there are few memslots. */
SEC("syscall")
int find_vma(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(vma_pid);
	struct s2_vma found = {};

	(void)ctx;
	vma = found;
	if (!task)
		return 0;
	if (!bpf_find_vma(task, vma_hva, take_vma, &found, 0))
		vma = found;
	bpf_task_release(task);
	return 0;
}
