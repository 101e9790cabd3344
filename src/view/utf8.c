// SPDX-License-Identifier: GPL-2.0-only
#include "view/utf8.h"

#include <string.h>

/* Length of a sequence by its first byte; 0: not a first byte. */
static size_t utf8__announced(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c < 0xc2)
		return 0;
	if (c < 0xe0)
		return 2;
	if (c < 0xf0)
		return 3;
	return c < 0xf5 ? 4 : 0;
}

uint32_t utf8__next(const char **s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *u = (const unsigned char *)(*s)++;
	size_t n = utf8__announced(u[0]);
	uint32_t code;

	if (n < 2)
		return n ? u[0] : UTF8_INVALID;
	code = u[0] & (0x7f >> n);
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return UTF8_INVALID;
		code = code << 6 | (u[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return UTF8_INVALID;
	*s += n - 1;
	return code;
}

bool utf8__is_harmful(uint32_t code)
{
	if (code < 0x7f)
		return code < 0x20;
	return code < 0xa0 || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == UTF8_INVALID;
}

/* Marks the continuation bytes (10xxxxxx) among eight bytes with a 1 each. */
static uint64_t continuations(const char *s)
{
	uint64_t x;

	memcpy(&x, s, sizeof(x));
	return x >> 7 & ~x >> 6 & 0x0101010101010101;
}

size_t utf8__columns(const char *s, size_t n)
{
	size_t columns = n, i = 0;

	for (; i + 8 <= n; i += 8)
		columns -= continuations(s + i) * 0x0101010101010101 >> 56;
	for (; i < n; i++)
		columns -= ((unsigned char)s[i] & 0xc0) == 0x80;
	return columns;
}
