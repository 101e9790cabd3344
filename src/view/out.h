/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A growing buffer to compose lines. A line is written in one piece or, if memory ran out, not
 * at all (`bad`).
 */
#ifndef S2TRACE_VIEW_OUT_H
#define S2TRACE_VIEW_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct out {
	char *p;
	size_t len, cap;
	bool bad;
};

void out__free(struct out *o);
/* Room for `n` more bytes. NULL when out of memory. */
char *out__grow(struct out *o, size_t n);
/* Writes the buffer to `f` and empties it. */
void out__flush(struct out *o, FILE *f);

static inline char *out__room(struct out *o, size_t n)
{
	return n <= o->cap - o->len ? o->p + o->len : out__grow(o, n);
}

static inline void out__mem(struct out *o, const char *s, size_t n)
{
	char *p = out__room(o, n);

	if (!p)
		return;
	memcpy(p, s, n);
	o->len += n;
}

static inline void out__char(struct out *o, char c)
{
	char *p = out__room(o, 1);

	if (!p)
		return;
	*p = c;
	o->len++;
}

/* Trusted text. */
void out__str(struct out *o, const char *s);
/*
 * Untrusted text (names, UUIDs, user input), which must not enter a line in any other way.
 * Characters that could harm a terminal become '?'. Text beyond `width` characters is cut and
 * ends in '~'.
 */
void out__foreign(struct out *o, const char *s, size_t width);
#define OUT_WHOLE SIZE_MAX
void out__u64(struct out *o, uint64_t v);
void out__i64(struct out *o, int64_t v);
void out__hex(struct out *o, uint64_t v); /* "0x1f" */
void out__printf(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Pads with blanks to `width` columns after `start`. */
void out__pad(struct out *o, size_t start, size_t width);
/* Right-aligns the text after `start` in `width` columns. */
void out__right(struct out *o, size_t start, size_t width);
/* Cuts the text after `start` to `width` columns; the last one becomes a '~'. */
void out__cut(struct out *o, size_t start, size_t width);
/* Ends a line without trailing blanks. */
void out__eol(struct out *o);
/* As a string, valid until the next write. */
const char *out__cstr(struct out *o);

#endif /* S2TRACE_VIEW_OUT_H */
