// SPDX-License-Identifier: GPL-2.0-only
#include "lib/array.h"

#include <stdlib.h>
#include <string.h>

bool array__reserve(const struct array *a, size_t out, size_t in)
{
	size_t nr = *a->nr - out + in, room = nr + nr / 2 + 4;
	void *base;

	if (nr > *a->nr && nr > a->max)
		return false;
	if (nr <= *a->room)
		return true;
	base = realloc(*a->base, room * a->size);
	if (!base)
		return false;
	*a->base = base;
	*a->room = room;
	return true;
}

void array__splice(const struct array *a, size_t at, size_t out, size_t in)
{
	char *base = *a->base;

	if (in != out)
		memmove(base + (at + in) * a->size, base + (at + out) * a->size,
			(*a->nr - at - out) * a->size);
	*a->nr = *a->nr - out + in;
}
