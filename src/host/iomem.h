/* SPDX-License-Identifier: GPL-2.0-only */
/* Which physical addresses this host lists as memory or devices: /proc/iomem. */
#ifndef S2TRACE_HOST_IOMEM_H
#define S2TRACE_HOST_IOMEM_H

#include <stdint.h>

#include <s2trace/event.h>

struct iomem;

/* NULL when out of memory. */
struct iomem *iomem__read(void);
void iomem__free(struct iomem *io);
/* FACT_UNKNOWN if the kernel hides addresses (they are 0 without CAP_SYS_ADMIN). */
enum tristate iomem__has(const struct iomem *io, uint64_t pa, uint64_t size);
/*
 * Whether the kernel maps this page itself: "System RAM" is what pfn_is_map_memory() accepts
 * (memblock.memory without nomap regions).
 */
enum tristate iomem__is_ram(const struct iomem *io, uint64_t pa);

#endif /* S2TRACE_HOST_IOMEM_H */
