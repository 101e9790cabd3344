// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoint backend: the bare tracepoints of the patch series, and BPF trampolines. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <s2trace/fault.h>
#include <s2trace/kmap.h>
#include <s2trace/maps.h>

#include "source/backend.h"
#include "source/functions.h"
#include "source/kmap.h"
#include "tracepoint.skel.h"

/*
 * The name of a bare tracepoint in BPF. DECLARE_TRACE(x) creates x in older kernels, and x_tp
 * in recent ones.
 */
static int tracepoint_name(const struct btf *btf, const char *base, char *name, size_t size)
{
	static const char *const suffixes[] = { "_tp", "" };
	char type[96];
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(type, sizeof(type), "btf_trace_%s%s", base, suffixes[i]);
		if (btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) < 0)
			continue;
		snprintf(name, size, "%s%s", base, suffixes[i]);
		return 0;
	}
	return -ENOENT;
}

static int no_tracepoint(struct error *err, const char *base)
{
	error__remedy(err, 0,
		      "boot a kernel with the series in patches/ applied ('s2trace check' shows "
		      "what this one offers)");
	return error__set(err, -EOPNOTSUPP, "this kernel has no tracepoint %s", base);
}

static int probe(const struct btf *btf, struct error *err)
{
	char name[64];

	if (tracepoint_name(btf, "kvm_s2_fault", name, sizeof(name)))
		return no_tracepoint(err, "kvm_s2_fault");
	return 0;
}

struct target {
	const char *prog, *tracepoint;
	bool required; /* nothing useful is left without it */
};

static const struct target targets[] = {
	{ "on_fault", "kvm_s2_fault", true },
	{ "on_memslot", "kvm_s2_memslot", false },
};

static int choose_one(struct bpf_program *prog, const struct target *t, const struct btf *btf,
		      struct error *err)
{
	char name[64];
	int ret;

	ret = tracepoint_name(btf, t->tracepoint, name, sizeof(name));
	if (ret && t->required)
		return no_tracepoint(err, t->tracepoint);
	if (ret) {
		pr_warn("this kernel has no tracepoint %s: its events are missing", t->tracepoint);
		bpf_program__set_autoload(prog, false);
		return 0;
	}
	ret = bpf_program__set_attach_target(prog, 0, name);
	if (ret)
		return error__set(err, ret, "cannot attach to %s: %s", name, strerror(-ret));
	return 0;
}

/* Without trampolines, a VM becomes known by its first fault. */
static int choose_trampolines(struct bpf_object *obj, const struct backend_env *env,
			      struct error *err)
{
	struct bpf_program *prog;

	if (functions__can_trace(env->btf))
		return functions__choose_changes(obj, env, err);
	pr_warn("this kernel has no ftrace direct calls: unmaps, write protection, cache "
		"maintenance, and the creation and end of VMs are missing");
	bpf_object__for_each_program(prog, obj)
	{
		if (functions__target(env->btf, bpf_program__name(prog)))
			bpf_program__set_autoload(prog, false);
	}
	return 0;
}

static int choose(struct bpf_object *obj, const struct backend_env *env, struct error *err)
{
	struct bpf_program *prog;
	uint32_t offset;
	size_t i;
	int ret;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		prog = bpf_object__find_program_by_name(obj, targets[i].prog);
		ret = choose_one(prog, &targets[i], env->btf, err);
		if (ret)
			return ret;
	}
	if (!kmap__offset(env->btf, "kvm_s2_fault_result", "prot", &offset)) {
		error__remedy(err, 0, "apply the whole series in patches/ to this kernel");
		return error__set(err, -EOPNOTSUPP, "kvm_s2_fault passes no permissions here");
	}
	ret = functions__configure_faults(obj, env, err);
	return ret ? ret : choose_trampolines(obj, env, err);
}

const struct backend backend_tracepoint = {
	.id = S2_BACKEND_TRACEPOINT,
	.elf = tracepoint_bpf__elf_bytes,
	.probe = probe,
	.choose = choose,
	.first_prog = "vm_init",
};
