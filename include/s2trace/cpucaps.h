/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Entries of arm64_features[]: bpf/host.bpf.c reads them, src/host looks up descriptions. */
#ifndef S2TRACE_CPUCAPS_H
#define S2TRACE_CPUCAPS_H

#define S2_MAX_CPUCAPS 256

struct s2_cpucap {
	char desc[60];
	__u32 set;
};

#endif /* S2TRACE_CPUCAPS_H */
