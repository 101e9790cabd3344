/* SPDX-License-Identifier: GPL-2.0-only */
/* What a view writes, as a string. */
#ifndef S2TRACE_TESTS_CAPTURE_H
#define S2TRACE_TESTS_CAPTURE_H

#include "view/view.h"

struct capture {
	struct view *view;
	FILE *file;
	char *text;
	size_t len, taken;
};

void capture__start(struct capture *c, enum view_format format);
/* What was written since the last time, or the start; valid until the next. */
const char *capture__take(struct capture *c);
void capture__end(struct capture *c);

#endif /* S2TRACE_TESTS_CAPTURE_H */
