// SPDX-License-Identifier: GPL-2.0-only
/* The kprobe backend: for kernels that have no BPF trampolines. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <s2trace/kmap.h>
#include <s2trace/path.h>
#include <s2trace/event.h>

#include "kprobe.skel.h"
#include "model/infer.h"
#include "source/backend.h"
#include "source/functions.h"

static int probe(const struct btf *btf, struct error *err)
{
	if (access("/sys/bus/event_source/devices/kprobe/type", R_OK)) {
		error__remedy(err, 0, "boot a kernel built with CONFIG_KPROBE_EVENTS=y");
		return error__set(err, -EOPNOTSUPP, "this kernel has no kprobes for perf");
	}
	return functions__probe(btf, err);
}

static int choose(struct bpf_object *obj, const struct btf *btf, const struct source_opts *opts,
		  struct error *err)
{
	static const struct function_places at = {
		.args = offsetof(struct kprobe_bpf__rodata, args),
		.config = offsetof(struct kprobe_bpf__rodata, fault_config),
	};

	return functions__prepare(obj, btf, opts, &at, err);
}

static struct bpf_link *attach(struct bpf_program *prog, const struct btf *btf)
{
	bool at_return = !strcmp(bpf_program__section_name(prog), "kretprobe");

	return bpf_program__attach_kprobe(prog, at_return,
					  functions__target(btf, bpf_program__name(prog)));
}

const struct backend backend_kprobe = {
	.id = S2_BACKEND_KPROBE,
	.elf = kprobe_bpf__elf_bytes,
	.probe = probe,
	.choose = choose,
	.attach = attach,
	.infer = infer__record,
	.first_prog = "vm_init_end",
	.kmap_offset = offsetof(struct kprobe_bpf__rodata, kmap),
	.config_offset = offsetof(struct kprobe_bpf__rodata, config),
	.filter_offset = offsetof(struct kprobe_bpf__bss, filter),
	.last_id_offset = offsetof(struct kprobe_bpf__bss, last_vm_id),
};
