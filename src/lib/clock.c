// SPDX-License-Identifier: GPL-2.0-only
#include "lib/clock.h"

#include <time.h>

static uint64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

uint64_t now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t realtime_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}
