/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A growing buffer that lines are composed in. A line is written in one piece
 * or, when memory ran out, not at all (`bad`).
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
/* Room for `n` more bytes, NULL when memory ran out. */
char *out__grow(struct out *o, size_t n);
/* Writes what was composed to `f` and starts anew. */
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

/* Text of our own. */
void out__str(struct out *o, const char *s);
/*
 * Text that others control (names, UUIDs, what a user typed): the only way in which it
 * gets into a line of text. What a terminal must not see becomes '?'; beyond `width`
 * characters it is cut and ends in '~'.
 */
void out__foreign(struct out *o, const char *s, size_t width);
#define OUT_WHOLE SIZE_MAX
void out__u64(struct out *o, uint64_t v);
void out__i64(struct out *o, int64_t v);
void out__hex(struct out *o, uint64_t v); /* "0x1f" */
void out__printf(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Blanks until `width` columns stand after `start`. */
void out__pad(struct out *o, size_t start, size_t width);
/* Moves what stands after `start` to the right end of `width` columns. */
void out__right(struct out *o, size_t start, size_t width);
/* Cuts what stands after `start` to `width` columns, of which the last is then a '~'. */
void out__cut(struct out *o, size_t start, size_t width);
/* Ends a line: no blanks before the line feed. */
void out__eol(struct out *o);
/* As a string; valid until more is written. */
const char *out__cstr(struct out *o);

#endif /* S2TRACE_VIEW_OUT_H */
