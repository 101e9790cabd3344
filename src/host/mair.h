/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The content of MAIR_EL1. Only the kernel can read the register, and it keeps no copy. But it
 * programs every CPU in __cpu_setup(), whose instructions, with all alternatives of this
 * machine patched in, can be read, and the value computed from them.
 */
#ifndef S2TRACE_HOST_MAIR_H
#define S2TRACE_HOST_MAIR_H

#include <stddef.h>
#include <stdint.h>

/* 0: unknown (no privileges, no symbol, code that this cannot follow). */
uint64_t mair__read(void);
/* What `nr` instructions write to MAIR_EL1. 0: unknown. Pure. */
uint64_t mair__from_code(const uint32_t *code, size_t nr);

#endif /* S2TRACE_HOST_MAIR_H */
