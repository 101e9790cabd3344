// SPDX-License-Identifier: GPL-2.0-only
#include "view/out.h"

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

char *put__u64(char *p, uint64_t v)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	char digits[PUT_U64_MAX];
	int i = sizeof(digits);

	for (; v >= 10; v /= 100) {
		i -= 2;
		memcpy(digits + i, pairs + 2 * (v % 100), 2);
	}
	/* Of an odd number of digits the first is left, of an even one none, but for 0 itself. */
	if (v || i == sizeof(digits))
		digits[--i] = (char)('0' + v);
	memcpy(p, digits + i, sizeof(digits) - i);
	return p + sizeof(digits) - i;
}

char *put__hex(char *p, uint64_t v)
{
	int digits = v ? (67 - __builtin_clzll(v)) / 4 : 1;

	*p++ = '0';
	*p++ = 'x';
	for (int i = digits - 1; i >= 0; i--, v >>= 4)
		p[i] = "0123456789abcdef"[v & 15];
	return p + digits;
}

void out__u64(struct out *o, uint64_t v)
{
	char digits[PUT_U64_MAX];

	out__mem(o, digits, put__u64(digits, v) - digits);
}

void out__i64(struct out *o, int64_t v)
{
	if (v < 0)
		out__char(o, '-');
	out__u64(o, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void out__hex(struct out *o, uint64_t v)
{
	char digits[PUT_HEX_MAX];

	out__mem(o, digits, put__hex(digits, v) - digits);
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

static void out__json_special(struct out *o, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t";
	static const char to[] = "\"\\bfnrt";
	const char *at = strchr(from, c);

	if (at) {
		out__char(o, '\\');
		out__char(o, to[at - from]);
	} else {
		out__printf(o, "\\u%04x", c);
	}
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void out__json_str(struct out *o, const char *s)
{
	out__char(o, '"');
	while (*s) {
		size_t n = 0;

		while (is_plain((unsigned char)s[n]))
			n++;
		if (n) {
			out__mem(o, s, n);
		} else if ((unsigned char)*s < 0x80) {
			out__json_special(o, (unsigned char)*s);
			n = 1;
		} else {
			n = utf8__len(s);
			out__mem(o, n ? s : UTF8_REPLACEMENT, n ? n : 3);
		}
		s += n ? n : 1;
	}
	out__char(o, '"');
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
