/* SPDX-License-Identifier: GPL-2.0-only */
/* Meanings of colours. */
#ifndef S2TRACE_VIEW_PAINT_H
#define S2TRACE_VIEW_PAINT_H

#include <s2trace/vocab.h>

enum paint { PAINT_PLAIN, PAINT_NORMAL, PAINT_NC, PAINT_DEVICE, PAINT_REJECTED, PAINT_GOOD };

static inline enum paint paint__type(unsigned int memtype)
{
	switch (memtype) {
	case S2_MEMTYPE_NORMAL:
		return PAINT_NORMAL;
	case S2_MEMTYPE_NORMAL_NC:
		return PAINT_NC;
	case S2_MEMTYPE_DEVICE_nGnRE:
		return PAINT_DEVICE;
	default:
		return PAINT_PLAIN;
	}
}

#endif /* S2TRACE_VIEW_PAINT_H */
