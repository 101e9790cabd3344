/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A recording in its simplest encoding: this header, then the events as they are, in the
 * order they were received. Little-endian.
 */
#ifndef S2TRACE_RECORDING_H
#define S2TRACE_RECORDING_H

#include <s2trace/event.h>

#define S2_RECORDING_MAGIC   "s2trace\n" /* 8 bytes, without the NUL */
#define S2_RECORDING_VERSION 2

struct s2_recording_header {
	char magic[8];
	__u32 version; /* readers reject higher versions */
	__u32 len;     /* of this header; events follow */
};

S2_ASSERT_SIZE(struct s2_recording_header, 16);

#endif /* S2TRACE_RECORDING_H */
