// SPDX-License-Identifier: GPL-2.0-only
/* The kprobe backend: for kernels that have no BPF trampolines. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <s2trace/kmap.h>
#include <s2trace/maps.h>
#include <s2trace/fault.h>

#include "kprobe.skel.h"
#include "source/backend.h"
#include "source/functions.h"

static int probe(const struct btf *btf, struct error *err)
{
	if (access("/sys/bus/event_source/devices/kprobe/type", R_OK)) {
		error__remedy(err, 0, "boot a kernel built with CONFIG_KPROBE_EVENTS=y");
		return error__set(err, -EOPNOTSUPP, "this kernel has no perf kprobes");
	}
	return functions__probe(btf, err);
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
	.choose = functions__prepare,
	.attach = attach,
	.first_prog = "vm_init_end",
};
