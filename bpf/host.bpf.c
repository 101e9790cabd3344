// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads which CPU capabilities this arm64 kernel has detected. Their numbers are
 * macros, so BTF does not have them: arm64_features[] pairs each with its
 * description, and system_cpucaps is the bitmap of those that all CPUs have.
 */
#include "kernel.h"
#include <s2trace/cpucaps.h>

char LICENSE[] SEC("license") = "GPL";

/* The table ends with an entry without a matches() function; 256 is ample. */
#define MAX_FEATURES 256

extern const void arm64_features __ksym;
extern const void system_cpucaps __ksym;

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
	bpf_loop(MAX_FEATURES, read_feature, &w, 0);
	return 0;
}
