// SPDX-License-Identifier: GPL-2.0-only
#include "view/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Bytes that the first one announces; 0: it cannot be a first one. */
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

size_t utf8__len(const char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *u = (const unsigned char *)s;
	size_t n = utf8__announced(u[0]);
	uint32_t code;

	if (n < 2)
		return n;
	code = u[0] & (0x7f >> n);
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (u[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return n;
}

size_t utf8__columns(const char *s, size_t n)
{
	size_t columns = 0;

	for (size_t i = 0; i < n; i++)
		columns += ((unsigned char)s[i] & 0xc0) != 0x80;
	return columns;
}

static bool is_control(const char *s, size_t n)
{
	unsigned char c = (unsigned char)s[0];

	/* C0 and DEL, and C1 (U+0080 to U+009F), which terminals obey as well. */
	return c < 0x20 || c == 0x7f || (n == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0);
}

void utf8__fit(char *to, size_t size, const char *from, size_t width)
{
	char *end = to + size - 1, *cut = to;
	size_t used = 0;

	while (*from) {
		size_t n = utf8__len(from);
		bool ok = n && !is_control(from, n);

		if (used == width || to + (ok ? n : 1) > end) {
			if (width && cut < end)
				*cut++ = '~';
			to = cut;
			break;
		}
		cut = to;
		memcpy(to, ok ? from : "?", ok ? n : 1);
		to += ok ? n : 1;
		from += n ? n : 1;
		used++;
	}
	*to = '\0';
}
