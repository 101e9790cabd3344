// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "lib/log.h"

static enum log_level max_level = LOG_WARN;

void log__set_level(enum log_level level)
{
	max_level = level;
}

void log__vprint(enum log_level level, const char *fmt, va_list ap)
{
	static const char *const prefix[] = { "s2trace: ", "s2trace: warning: ", "s2trace: ",
					      "s2trace: debug: " };

	if (level > max_level)
		return;
	fputs(prefix[level], stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void log__print(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log__vprint(level, fmt, ap);
	va_end(ap);
}

int error__set(struct error *e, int ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->what, sizeof(e->what), fmt, ap);
	va_end(ap);
	return ret;
}

int error__remedy(struct error *e, int ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->remedy, sizeof(e->remedy), fmt, ap);
	va_end(ap);
	return ret;
}
