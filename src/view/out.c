// SPDX-License-Identifier: GPL-2.0-only
#include "view/out.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "view/utf8.h"

void out__free(struct out *o)
{
	free(o->p);
	memset(o, 0, sizeof(*o));
}

char *out__grow(struct out *o, size_t n)
{
	size_t cap = 2 * o->cap + n + 256;
	char *p = realloc(o->p, cap);

	if (!p) {
		o->bad = true;
		return NULL;
	}
	o->p = p;
	o->cap = cap;
	return p + o->len;
}

void out__flush(struct out *o, FILE *f)
{
	if (!o->bad && o->len)
		fwrite(o->p, 1, o->len, f);
	o->len = 0;
	o->bad = false;
}

void out__str(struct out *o, const char *s)
{
	out__mem(o, s, strlen(s));
}

void out__u64(struct out *o, uint64_t v)
{
	out__printf(o, "%" PRIu64, v);
}

void out__i64(struct out *o, int64_t v)
{
	out__printf(o, "%" PRId64, v);
}

void out__hex(struct out *o, uint64_t v)
{
	out__printf(o, "0x%" PRIx64, v);
}

void out__printf(struct out *o, const char *fmt, ...)
{
	char small[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n > 0)
		out__mem(o, small, (size_t)n < sizeof(small) ? (size_t)n : sizeof(small) - 1);
}

void out__pad(struct out *o, size_t start, size_t width)
{
	size_t used = o->bad ? width : utf8__columns(o->p + start, o->len - start);

	for (; used < width; used++)
		out__char(o, ' ');
}

void out__right(struct out *o, size_t start, size_t width)
{
	size_t used = o->bad ? width : utf8__columns(o->p + start, o->len - start);
	size_t missing = used < width ? width - used : 0;

	if (!missing || !out__room(o, missing))
		return;
	memmove(o->p + start + missing, o->p + start, o->len - start);
	memset(o->p + start, ' ', missing);
	o->len += missing;
}

void out__eol(struct out *o)
{
	while (o->len && o->p[o->len - 1] == ' ')
		o->len--;
	out__char(o, '\n');
}
