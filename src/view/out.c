// SPDX-License-Identifier: GPL-2.0-only
#include "view/out.h"

#include <endian.h>
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

void out__foreign(struct out *o, const char *s, size_t width)
{
	size_t last = o->len; /* where the last character begins */

	for (size_t used = 0; *s; used++) {
		const char *from = s;
		uint32_t code = utf8__next(&s);

		if (used == width) {
			o->len = last;
			if (width)
				out__char(o, '~');
			return;
		}
		last = o->len;
		if (utf8__is_harmful(code))
			out__char(o, '?');
		else
			out__mem(o, from, (size_t)(s - from));
	}
}

static unsigned int decimal_digits(uint64_t v)
{
	static const uint64_t power[] = {
		0,
		10ULL,
		100ULL,
		1000ULL,
		10000ULL,
		100000ULL,
		1000000ULL,
		10000000ULL,
		100000000ULL,
		1000000000ULL,
		10000000000ULL,
		100000000000ULL,
		1000000000000ULL,
		10000000000000ULL,
		100000000000000ULL,
		1000000000000000ULL,
		10000000000000000ULL,
		100000000000000000ULL,
		1000000000000000000ULL,
		10000000000000000000ULL,
	};
	/* 1233 / 4096 is a little more than log10(2). */
	unsigned int guess = (64 - (unsigned int)__builtin_clzll(v | 1)) * 1233 >> 12;

	return guess + (v >= power[guess]);
}

/* Two digits at a time, from the end. */
void out__u64(struct out *o, uint64_t v)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	unsigned int n = v < 10 ? 1 : decimal_digits(v);
	char *p = out__room(o, n);

	if (!p)
		return;
	o->len += n;
	for (; v >= 100; v /= 100) {
		n -= 2;
		memcpy(p + n, pairs + v % 100 * 2, 2);
	}
	if (v >= 10)
		memcpy(p, pairs + v * 2, 2);
	else
		*p = (char)('0' + v);
}

void out__i64(struct out *o, int64_t v)
{
	if (v < 0)
		out__char(o, '-');
	out__u64(o, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

/* Eight digits at once: one byte per nibble, the first digit in the highest byte. */
static uint64_t hex_digits(uint32_t v)
{
	uint64_t x = (uint64_t)(v & 0xffff0000) << 16 | (v & 0xffff);

	x = (x & 0x0000ff000000ff00) << 8 | (x & 0x000000ff000000ff);
	x = (x & 0x00f000f000f000f0) << 4 | (x & 0x000f000f000f000f);
	/* 'a' - '0' - 10 more for those above 9. */
	return x + 0x3030303030303030 + ((x + 0x0606060606060606) >> 4 & 0x0101010101010101) * 39;
}

void out__hex(struct out *o, uint64_t v)
{
	uint64_t digits[2] = { htobe64(hex_digits((uint32_t)(v >> 32))),
			       htobe64(hex_digits((uint32_t)v)) };
	unsigned int n = v ? (67 - (unsigned int)__builtin_clzll(v)) / 4 : 1;
	char *p = out__room(o, 2 + n);

	if (!p)
		return;
	p[0] = '0';
	p[1] = 'x';
	memcpy(p + 2, (char *)digits + sizeof(digits) - n, n);
	o->len += 2 + n;
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
	char *p;

	if (used >= width)
		return;
	p = out__room(o, width - used);
	if (!p)
		return;
	memset(p, ' ', width - used);
	o->len += width - used;
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

void out__cut(struct out *o, size_t start, size_t width)
{
	size_t used = 0, at = start;

	if (o->bad || utf8__columns(o->p + start, o->len - start) <= width)
		return;
	/* The text is valid UTF-8. Keep width - 1 characters. */
	for (; at < o->len; at++)
		if (((unsigned char)o->p[at] & 0xc0) != 0x80 && ++used == width)
			break;
	o->len = at;
	if (width)
		out__char(o, '~');
}

void out__eol(struct out *o)
{
	while (o->len && o->p[o->len - 1] == ' ')
		o->len--;
	out__char(o, '\n');
}

const char *out__cstr(struct out *o)
{
	if (!out__room(o, 1) || o->bad)
		return "";
	o->p[o->len] = '\0';
	return o->p;
}
