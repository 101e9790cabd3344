/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of VMs come from outside: they may hold any bytes. */
#ifndef S2TRACE_VIEW_UTF8_H
#define S2TRACE_VIEW_UTF8_H

#include <stddef.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/* Bytes of the character at `s` (never beyond its NUL); 0: not valid UTF-8. */
size_t utf8__len(const char *s);
/* Columns that `n` bytes take on a terminal, counted as one for each character. */
size_t utf8__columns(const char *s, size_t n);
/*
 * Copies at most `width` characters, replacing what a terminal must not see
 * (control characters, bytes that are not UTF-8). What was cut ends in '~'.
 */
void utf8__fit(char *to, size_t size, const char *from, size_t width);

#endif /* S2TRACE_VIEW_UTF8_H */
