/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of VMs come from outside: they may hold any bytes. */
#ifndef S2TRACE_VIEW_UTF8_H
#define S2TRACE_VIEW_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_INVALID	 UINT32_MAX
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/*
 * The code point at *s (never beyond its NUL), which moves behind it; UTF8_INVALID, and
 * *s moves on by one byte, where it is not valid UTF-8.
 */
uint32_t utf8__next(const char **s);
/*
 * Must a terminal not see it? Controls (C0, DEL, C1), what reorders or breaks lines
 * (U+2028 to U+202E, U+2066 to U+2069), and what is not valid.
 */
bool utf8__is_harmful(uint32_t code);
/* Columns that `n` bytes take on a terminal, counted as one for each character. */
size_t utf8__columns(const char *s, size_t n);

#endif /* S2TRACE_VIEW_UTF8_H */
