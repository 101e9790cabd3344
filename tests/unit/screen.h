/* SPDX-License-Identifier: GPL-2.0-only */
/* What is on ncurses' screen. */
#ifndef S2TRACE_TESTS_SCREEN_H
#define S2TRACE_TESTS_SCREEN_H

#include <curses.h>
#include <string.h>

/* Valid until the next call. */
static inline const char *row(int y)
{
	static char text[1024];

	mvinnstr(y, 0, text, sizeof(text) - 1);
	return text;
}

/* The row that `text` stands in, -1 if there is none. */
static inline int row_of(const char *text)
{
	for (int y = 0; y < LINES; y++)
		if (strstr(row(y), text))
			return y;
	return -1;
}

#endif /* S2TRACE_TESTS_SCREEN_H */
