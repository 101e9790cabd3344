// SPDX-License-Identifier: GPL-2.0-only
#include "view/json_writer.h"

#include <math.h>

#include "view/utf8.h"

void json__newline(struct json_writer *w)
{
	if (w->named || !w->o->len) {
		w->named = false;
		return;
	}
	out__char(w->o, '\n');
	for (unsigned int i = 0; i < w->depth; i++)
		out__char(w->o, ' ');
}

void json__open(struct json_writer *w, char bracket)
{
	json__value(w);
	out__char(w->o, bracket);
	w->comma = false;
	w->depth++;
}

void json__close(struct json_writer *w, char bracket)
{
	w->depth--;
	if (w->pretty && w->comma)
		json__newline(w);
	out__char(w->o, bracket);
	w->comma = true;
}

void json__name(struct json_writer *w, const char *name)
{
	json__word(w, name);
	out__str(w->o, w->pretty ? ": " : ":");
	w->comma = false;
	w->named = w->pretty;
}

static void json__escape(struct json_writer *w, uint32_t code)
{
	static const char letter[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
				       ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\' };

	if (code == UTF8_INVALID) {
		out__str(w->o, UTF8_REPLACEMENT);
	} else if (code < sizeof(letter) && letter[code]) {
		out__char(w->o, '\\');
		out__char(w->o, letter[code]);
	} else {
		out__printf(w->o, "\\u%04X", code); /* all are below U+10000 */
	}
}

void json__str(struct json_writer *w, const char *s)
{
	const char *run = s;

	json__value(w);
	out__char(w->o, '"');
	while (*s) {
		const char *at = s;
		uint32_t code = utf8__next(&s);

		if (code != '"' && code != '\\' && !utf8__is_harmful(code))
			continue;
		out__mem(w->o, run, (size_t)(at - run));
		json__escape(w, code);
		run = s;
	}
	out__mem(w->o, run, (size_t)(s - run));
	out__char(w->o, '"');
}

void json__real(struct json_writer *w, double d)
{
	uint64_t thousandths, digits = 3, rest;

	if (!isfinite(d)) {
		json__null(w);
		return;
	}
	json__value(w);
	if (signbit(d))
		out__char(w->o, '-');
	if (fabs(d) >= 1e12) { /* thousandths are meaningless at this size */
		out__printf(w->o, "%.0f.0", fabs(d));
		return;
	}
	thousandths = (uint64_t)round(fabs(d) * 1000);
	out__u64(w->o, thousandths / 1000);
	for (rest = thousandths % 1000; digits > 1 && !(rest % 10); digits--)
		rest /= 10;
	out__printf(w->o, ".%0*llu", (int)digits, (unsigned long long)rest);
}
