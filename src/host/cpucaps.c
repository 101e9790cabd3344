// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <s2trace/cpucaps.h>
#include <s2trace/ownvm.h>

#include "host.skel.h"
#include "host/cpucaps.h"

/* The skeleton serves as the table: the program writes to its .bss. */
struct cpucaps {
	struct host_bpf skel;
};

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

struct host_bpf *host__load_bpf(void)
{
	libbpf_print_fn_t old = libbpf_set_print(quiet);
	struct host_bpf *skel = host_bpf__open_and_load();
	int err = errno;

	libbpf_set_print(old);
	errno = err;
	return skel;
}

struct cpucaps *cpucaps__read(struct error *err)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct host_bpf *skel = host__load_bpf();
	int ret = skel ? 0 : -errno;

	if (!skel) {
		error__set(err, ret, "cannot read CPU capabilities with BPF: %s", strerror(-ret));
		return NULL;
	}
	ret = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.read_cpucaps), &opts);
	if (ret || !skel->bss->nr_cpucaps) {
		error__set(err, ret, "cannot read CPU capabilities with BPF: %s",
			   ret ? strerror(-ret) : "the kernel's table is empty");
		host_bpf__destroy(skel);
		return NULL;
	}
	return (struct cpucaps *)skel;
}

void cpucaps__free(struct cpucaps *caps)
{
	host_bpf__destroy((struct host_bpf *)caps);
}

/* A capability may have several rows, one per way to detect it. Any of them counts. */
enum tristate cpucaps__has(const struct cpucaps *caps, const char *desc)
{
	enum tristate has = FACT_UNKNOWN;
	__u32 i;

	for (i = 0; i < caps->skel.bss->nr_cpucaps; i++) {
		if (strncmp(caps->skel.bss->cpucaps[i].desc, desc,
			    sizeof(caps->skel.bss->cpucaps[i].desc) - 1))
			continue;
		if (caps->skel.bss->cpucaps[i].set)
			return FACT_YES;
		has = FACT_NO;
	}
	return has;
}
