// SPDX-License-Identifier: GPL-2.0-only
#include "oom.h"

#include <errno.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t nr, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t nr, size_t size);
void *__wrap_realloc(void *p, size_t size);

static bool armed, failed;
static size_t left;

void oom__fail_after(size_t n)
{
	armed = true;
	failed = false;
	left = n;
}

bool oom__stop(void)
{
	armed = false;
	return failed;
}

static bool fails(void)
{
	if (!armed || left--)
		return false;
	armed = false;
	failed = true;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t nr, size_t size)
{
	return fails() ? NULL : __real_calloc(nr, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}
