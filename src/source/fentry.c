// SPDX-License-Identifier: GPL-2.0-only
/* The fentry backend: BPF trampolines on functions of an unpatched kernel. */
#include <errno.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <s2trace/kmap.h>
#include <s2trace/maps.h>
#include <s2trace/fault.h>

#include "fentry.skel.h"
#include "source/backend.h"
#include "source/functions.h"

/*
 * Trampolines attach through ftrace direct calls. A kernel without them has only an inline
 * stub of this function, and therefore no BTF for it.
 */
static int probe(const struct btf *btf, struct error *err)
{
	if (btf__find_by_name_kind(btf, "register_ftrace_direct", BTF_KIND_FUNC) < 0) {
		error__remedy(err, 0,
			      "boot a kernel built with "
			      "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y (arm64: since 6.4)");
		return error__set(err, -EOPNOTSUPP, "this kernel has no ftrace direct calls");
	}
	return functions__probe(btf, err);
}

static int set_targets(struct bpf_object *obj, const struct btf *btf, struct error *err)
{
	struct bpf_program *prog;
	const char *target;
	int ret;

	bpf_object__for_each_program(prog, obj)
	{
		if (!bpf_program__autoload(prog))
			continue;
		target = functions__target(btf, bpf_program__name(prog));
		ret = bpf_program__set_attach_target(prog, 0, target);
		if (ret)
			return error__set(err, ret, "cannot attach to %s: %s", target,
					  strerror(-ret));
	}
	return 0;
}

static int choose(struct bpf_object *obj, const struct backend_env *env, struct error *err)
{
	int ret = functions__prepare(obj, env, err);

	return ret ? ret : set_targets(obj, env->btf, err);
}

const struct backend backend_fentry = {
	.id = S2_BACKEND_FENTRY,
	.elf = fentry_bpf__elf_bytes,
	.probe = probe,
	.choose = choose,
	.first_prog = "vm_init",
};
