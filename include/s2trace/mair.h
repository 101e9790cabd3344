/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Decodes the attribute index of a stage-1 descriptor by the content of MAIR_EL1, and defines
 * what bpf/host.bpf.c reads for src/host to find that content.
 *
 * The number of an index says nothing: kernels with CONFIG_ARM64_WORKAROUND_NC_TO_NGNRE can
 * have Device-nGnRE where others have Normal-NC.
 */
#ifndef S2TRACE_MAIR_H
#define S2TRACE_MAIR_H

#include <s2trace/vocab.h>

/* The size of __cpu_setup(), in instructions, is well below this. */
#define S2_CPU_SETUP_WORDS 256

/* MAIR_EL1.Attr<n> (Arm ARM D24.2.109), as arch/arm64/include/asm/sysreg.h names them. */
#define S2_MAIR_DEVICE_nGnRnE 0x00
#define S2_MAIR_DEVICE_nGnRE  0x04
#define S2_MAIR_NORMAL_NC     0x44
#define S2_MAIR_NORMAL_TAGGED 0xf0
#define S2_MAIR_NORMAL	      0xff

/* The index that the kernel reserves for tagged memory (MT_NORMAL_TAGGED). */
#define S2_MAIR_TAGGED_IDX 1

/* `mair` 0: unknown. */
static inline enum s2_vma_attr s2_mair_decode(unsigned long long mair, unsigned int idx)
{
	if (!mair || idx > 7)
		return S2_VMA_UNKNOWN;
	switch (mair >> (8 * idx) & 0xff) {
	case S2_MAIR_DEVICE_nGnRnE:
		return S2_VMA_DEVICE_nGnRnE;
	case S2_MAIR_DEVICE_nGnRE:
		return S2_VMA_DEVICE_nGnRE;
	case S2_MAIR_NORMAL_NC:
		return S2_VMA_NORMAL_NC;
	case S2_MAIR_NORMAL:
		/* Becomes Tagged after __cpu_setup(), on CPUs with MTE. */
		return idx == S2_MAIR_TAGGED_IDX ? S2_VMA_NORMAL_TAGGED : S2_VMA_NORMAL;
	case S2_MAIR_NORMAL_TAGGED:
		return S2_VMA_NORMAL_TAGGED;
	default:
		return S2_VMA_UNKNOWN;
	}
}

#endif /* S2TRACE_MAIR_H */
