// SPDX-License-Identifier: GPL-2.0-only
/* The fentry backend: BPF trampolines on functions of an unpatched kernel. */
#include <errno.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <s2trace/kmap.h>
#include <s2trace/maps.h>
#include <s2trace/fault.h>

#include "fentry.skel.h"
#include "source/backend.h"
#include "source/functions.h"

static int probe(const struct btf *btf, struct error *err)
{
	if (!functions__can_trace(btf)) {
		error__remedy(err, 0,
			      "boot a kernel built with "
			      "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y (arm64: since 6.4)");
		return error__set(err, -EOPNOTSUPP, "this kernel has no ftrace direct calls");
	}
	return functions__probe(btf, err);
}

const struct backend backend_fentry = {
	.id = S2_BACKEND_FENTRY,
	.elf = fentry_bpf__elf_bytes,
	.probe = probe,
	.choose = functions__prepare,
	.first_prog = "vm_init",
};
