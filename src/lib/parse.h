/* SPDX-License-Identifier: GPL-2.0-only */
/* Parses numbers. Trailing junk is an error. All functions return 0 or -EINVAL. */
#ifndef S2TRACE_LIB_PARSE_H
#define S2TRACE_LIB_PARSE_H

#include <stdint.h>

/* Decimal or 0x hexadecimal, from min to max. */
int parse__u64(const char *text, uint64_t min, uint64_t max, uint64_t *value);
/* Also accepts a suffix K, M or G (powers of 1024). */
int parse__size(const char *text, uint64_t min, uint64_t max, uint64_t *value);
/* Seconds, with an optional fraction, in nanoseconds; above 0. */
int parse__seconds(const char *text, uint64_t *ns);
/* "A-B", both inclusive; "A" alone means "A-A". */
int parse__range(const char *text, uint64_t *first, uint64_t *last);

#endif /* S2TRACE_LIB_PARSE_H */
