// SPDX-License-Identifier: GPL-2.0-only
#include "host/vmas.h"

#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "vma.skel.h"

/* The skeleton; it also keeps the last answer. */
struct vmas {
	struct vma_bpf skel;
};

/* Older kernels lack the kfuncs. That needs no message. */
static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

struct vmas *vmas__open(void)
{
	libbpf_print_fn_t old = libbpf_set_print(quiet);
	struct vma_bpf *skel = vma_bpf__open_and_load();

	libbpf_set_print(old);
	return (struct vmas *)skel;
}

void vmas__close(struct vmas *v)
{
	vma_bpf__destroy((struct vma_bpf *)v);
}

bool vmas__find(struct vmas *v, uint32_t pid, uint64_t hva, struct s2_vma *vma)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct vma_bpf *skel = (struct vma_bpf *)v;

	if (!v)
		return false;
	skel->bss->vma_pid = pid;
	skel->bss->vma_hva = hva;
	if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.find_vma), &opts))
		return false;
	*vma = skel->bss->vma;
	return vma->end;
}
