// SPDX-License-Identifier: GPL-2.0-only
#include "view/human.h"

#include <inttypes.h>
#include <stdio.h>

static const char *human__scaled(char *buf, double v, double base, const char *units)
{
	/* 999.95 would be printed as 1000.0. */
	while (v >= base - 0.05 && units[1]) {
		v /= base;
		units++;
	}
	snprintf(buf, HUMAN_LEN, "%.*f%c", v < 99.95 ? 1 : 0, v, *units);
	return buf;
}

const char *human__bytes(char *buf, uint64_t bytes)
{
	if (bytes >= 1024)
		return human__scaled(buf, (double)bytes / 1024, 1024, "KMGTPE");
	snprintf(buf, HUMAN_LEN, "%" PRIu64, bytes);
	return buf;
}

const char *human__size(char *buf, uint64_t bytes)
{
	const char *unit = "BKMGTPE";
	uint64_t n = bytes;

	while (n && !(n % 1024) && unit[1]) {
		n /= 1024;
		unit++;
	}
	if (n > 9999)
		return human__bytes(buf, bytes);
	if (*unit == 'B')
		snprintf(buf, HUMAN_LEN, "%" PRIu64, n);
	else
		snprintf(buf, HUMAN_LEN, "%" PRIu64 "%c", n, *unit);
	return buf;
}

const char *human__count(char *buf, uint64_t n)
{
	if (n >= 10000)
		return human__scaled(buf, (double)n / 1000, 1000, "kMGTPE");
	snprintf(buf, HUMAN_LEN, "%" PRIu64, n);
	return buf;
}

const char *human__rate(char *buf, double per_s)
{
	if (per_s >= 9999.5)
		return human__count(buf, (uint64_t)per_s);
	snprintf(buf, HUMAN_LEN, "%.*f", per_s > 0 && per_s < 9.95 ? 1 : 0, per_s);
	return buf;
}

const char *human__us(char *buf, uint64_t ns)
{
	double us = (double)ns / 1000;

	if (us >= 1e6) {
		snprintf(buf, HUMAN_LEN, "%.*fs", us < 99.95e6 ? 1 : 0, us / 1e6);
		return buf;
	}
	snprintf(buf, HUMAN_LEN, "%.*f", us < 9.995 ? 2 : us < 99.95 ? 1 : 0, us);
	return buf;
}
