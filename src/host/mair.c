// SPDX-License-Identifier: GPL-2.0-only
#include "host/mair.h"

#include <bpf/bpf.h>

#include <s2trace/cpucaps.h>
#include <s2trace/mair.h>
#include <s2trace/ownvm.h>

#include "host.skel.h"
#include "host/cpucaps.h"

uint64_t mair__read(void)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct host_bpf *skel = host__load_bpf();
	uint64_t mair = 0;

	if (!skel)
		return 0;
	if (!bpf_prog_test_run_opts(bpf_program__fd(skel->progs.read_cpu_setup), &opts) &&
	    skel->bss->cpu_setup_known)
		mair = mair__from_code(skel->bss->cpu_setup, S2_CPU_SETUP_WORDS);
	host_bpf__destroy(skel);
	return mair;
}
