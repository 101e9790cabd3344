/* SPDX-License-Identifier: GPL-2.0-only */
/* Shorthand for the tables of struct field. */
#ifndef S2TRACE_VIEW_FIELD_MACROS_H
#define S2TRACE_VIEW_FIELD_MACROS_H

#include <string.h>

#include <s2trace/event.h>

#include "view/json_writer.h"

#define FIELD(name_, kind_)                                                                        \
	.name = name_, .key = JSON_KEY(name_), .key_len = JSON_KEY_LEN(name_), .kind = kind_
#define AT(src_, type, member)                                                                     \
	.src = src_, .off = offsetof(type, member), .bytes = sizeof(((type *)0)->member)
/* Null if the backend of the event does not know it. */
#define KNOWN(bit)     .known = 1 + (bit), .flags = FF_NULL
#define NULL_AT(value) .flags = FF_NULL | FF_NONE, .none = value
#define NULLABLE       .flags = FF_NULL
#define DOC(text)      .doc = text
#define FIELDS_END                                                                                 \
	{                                                                                          \
		.name = NULL                                                                       \
	}

#endif /* S2TRACE_VIEW_FIELD_MACROS_H */
