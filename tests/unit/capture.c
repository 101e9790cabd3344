// SPDX-License-Identifier: GPL-2.0-only
#include "capture.h"

#include <stdlib.h>

void capture__start(struct capture *c, enum view_format format)
{
	c->file = open_memstream(&c->text, &c->len);
	c->taken = 0;
	c->view = view__new(format, c->file);
}

const char *capture__take(struct capture *c)
{
	size_t from = c->taken;

	fflush(c->file);
	c->taken = c->len;
	return c->text + from;
}

void capture__end(struct capture *c)
{
	view__free(c->view);
	fclose(c->file);
	free(c->text);
}
