// SPDX-License-Identifier: GPL-2.0-only
/* The backends that are built in. */
#include <errno.h>

#include <bpf/btf.h>

#include "source/backends.h"
#include "source/bpfutil.h"
#include "source/survey.h"

const struct backend *const backends[] = { &backend_tracepoint, &backend_fentry, &backend_kprobe,
					   NULL };

int source__probe(enum s2_backend id, struct error *err)
{
	const struct backend *b = backends__find(backends, id);
	struct btf *btf;
	int ret;

	if (!b)
		return survey__probe(err);
	btf = bpfutil__kernel_btf(err);
	if (!btf)
		return -ENOENT;
	ret = b->probe(btf, err);
	btf__free(btf);
	return ret;
}
