/* SPDX-License-Identifier: GPL-2.0-only */
/* UTF-8 from untrusted sources, such as names of VMs, which may contain any bytes. */
#ifndef S2TRACE_VIEW_UTF8_H
#define S2TRACE_VIEW_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_INVALID	 UINT32_MAX
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/*
 * Returns the code point at *s and advances *s, never beyond the NUL. If it is not valid
 * UTF-8, returns UTF8_INVALID and advances by one byte.
 */
uint32_t utf8__next(const char **s);
/*
 * Whether it could harm a terminal: controls (C0, DEL, C1), characters that break or reorder
 * lines (U+2028 to U+202E, U+2066 to U+2069), and invalid ones.
 */
bool utf8__is_harmful(uint32_t code);
/* Terminal columns of `n` bytes, at one per character. */
size_t utf8__columns(const char *s, size_t n);

#endif /* S2TRACE_VIEW_UTF8_H */
