/* SPDX-License-Identifier: GPL-2.0-only */
/* Human-readable figures. `buf` has HUMAN_LEN bytes and is returned. */
#ifndef S2TRACE_VIEW_HUMAN_H
#define S2TRACE_VIEW_HUMAN_H

#include <stdint.h>

#define HUMAN_LEN 24

/* "512", "4.0K", "1.0G": powers of 1024. */
const char *human__bytes(char *buf, uint64_t bytes);
/* Exact for whole numbers of units ("4K", "2M"), else as above. */
const char *human__size(char *buf, uint64_t bytes);
/* "9999", "16.4k", "1.2M": powers of 1000. */
const char *human__count(char *buf, uint64_t n);
const char *human__rate(char *buf, double per_s);
/* Microseconds: "0.85", "12.3", "1234"; "1.2s" from one second. */
const char *human__us(char *buf, uint64_t ns);

#endif /* S2TRACE_VIEW_HUMAN_H */
