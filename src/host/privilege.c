// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>

#include "host/host.h"

/* Since 5.8. CAP_SYS_ADMIN includes both. */
#ifndef CAP_BPF
#define CAP_PERFMON 38
#define CAP_BPF	    39
#endif

#define CAP_MASK(cap) (1ULL << (cap))

bool host__may_use_bpf(void)
{
	const uint64_t both = CAP_MASK(CAP_BPF) | CAP_MASK(CAP_PERFMON);
	FILE *f = fopen("/proc/self/status", "re");
	uint64_t caps = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %" SCNx64, &caps) == 1)
			break;
	if (f)
		fclose(f);
	return (caps & both) == both || (caps & CAP_MASK(CAP_SYS_ADMIN));
}
