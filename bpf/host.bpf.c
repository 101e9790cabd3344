// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads which CPU capabilities this arm64 kernel has detected. Their numbers are macros, which
 * BTF does not contain: arm64_features[] pairs each with its description, and system_cpucaps
 * is the bitmap of those that all CPUs have.
 *
 * Reads the instructions that program MAIR_EL1, too.
 *
 * A kernel without CONFIG_KALLSYMS_ALL hides the addresses of its variables. There, some of
 * this can be read through a VM of our own.
 */
#include "kernel.h"
#include <s2trace/cpucaps.h>
#include <s2trace/mair.h>
#include <s2trace/ownvm.h>

char LICENSE[] SEC("license") = "GPL";

/* The table ends with an entry without a matches() function; 256 is ample. */
#define MAX_FEATURES 256

extern const void arm64_features __ksym __weak;
extern const void system_cpucaps __ksym __weak;
extern const void __cpu_setup __ksym __weak;

struct s2_cpucap cpucaps[S2_MAX_CPUCAPS];
__u32 nr_cpucaps;

struct walk {
	const char *entry;
	__u32 size;
};

static bool has_cap(__u16 cap)
{
	__u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word),
			      (const char *)&system_cpucaps + cap / 64 * sizeof(word));
	return word >> (cap % 64) & 1;
}

static long read_feature(__u32 i, struct walk *w)
{
	const struct arm64_cpu_capabilities *c = (const void *)(w->entry + i * w->size);
	const char *desc = BPF_CORE_READ(c, desc);
	__u16 cap = BPF_CORE_READ(c, capability);
	__u32 n = nr_cpucaps;

	if (!BPF_CORE_READ(c, matches))
		return 1;
	if (!desc || n >= S2_MAX_CPUCAPS)
		return 0;
	bpf_probe_read_kernel_str(cpucaps[n].desc, sizeof(cpucaps[n].desc), desc);
	cpucaps[n].set = has_cap(cap);
	nr_cpucaps = n + 1;
	return 0;
}

SEC("syscall")
int read_cpucaps(void *ctx)
{
	struct walk w = {
		.entry = (const char *)&arm64_features,
		.size = bpf_core_type_size(struct arm64_cpu_capabilities),
	};

	(void)ctx;
	if (!&arm64_features || !&system_cpucaps)
		return 0;
	bpf_loop(MAX_FEATURES, read_feature, &w, 0);
	return 0;
}

__u32 cpu_setup[S2_CPU_SETUP_WORDS];
__u32 cpu_setup_known;

SEC("syscall")
int read_cpu_setup(void *ctx)
{
	(void)ctx;
	cpu_setup_known =
		&__cpu_setup && !bpf_probe_read_kernel(cpu_setup, sizeof(cpu_setup), &__cpu_setup);
	return 0;
}

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next, *prev;
};

struct kvm___list {
	struct list_head vm_list;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_struct {
	struct files_struct *files;
};

#pragma clang attribute pop

struct s2_own_vm own_vm;

/* KVM's object behind a file descriptor of this process, or 0. */
static __u64 behind_file(__s32 fd)
{
	const struct task_struct *task = (const void *)bpf_get_current_task();
	const struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	const struct file *file = NULL;

	if (fd < 0 || (__u32)fd >= BPF_CORE_READ(fdt, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(fdt, fd) + fd);
	return (__u64)BPF_CORE_READ(file, private_data);
}

SEC("syscall")
int read_own_vm(void *ctx)
{
	const struct kvm___list *kvm = (const void *)behind_file(own_vm.vm_fd);
	const struct kvm_vcpu *vcpu = (const void *)behind_file(own_vm.vcpu_fd);

	(void)ctx;
	own_vm.node = own_vm.prev = own_vm.hcr = 0;
	if (kvm) {
		own_vm.node = (__u64)kvm + bpf_core_field_offset(struct kvm___list, vm_list);
		own_vm.prev = (__u64)BPF_CORE_READ(kvm, vm_list.prev);
	}
	if (vcpu)
		own_vm.hcr = BPF_CORE_READ(vcpu, arch.hcr_el2);
	return 0;
}
