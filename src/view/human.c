// SPDX-License-Identifier: GPL-2.0-only
#include "view/human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

/* `v` in units of 10^-decimals, followed by `unit`. */
static const char *human__fixed(char *buf, uint64_t v, int decimals, const char *unit)
{
	char digits[HUMAN_LEN], *p = digits + sizeof(digits);
	size_t len;

	for (int n = 0; v || n <= decimals; n++) {
		if (n && n == decimals)
			*--p = '.';
		*--p = (char)('0' + v % 10);
		v /= 10;
	}
	len = (size_t)(digits + sizeof(digits) - p);
	memcpy(buf, p, len);
	strcpy(buf + len, unit);
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
	static const char *const unit[] = { "", "K", "M", "G", "T", "P", "E" };
	uint64_t n = bytes;
	size_t i = 0;

	for (; n && !(n % 1024) && i < sizeof(unit) / sizeof(unit[0]) - 1; i++)
		n /= 1024;
	return n > 9999 ? human__bytes(buf, bytes) : human__fixed(buf, n, 0, unit[i]);
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
	if (ns < 9995)
		return human__fixed(buf, (ns + 5) / 10, 2, "");
	if (ns < 99950)
		return human__fixed(buf, (ns + 50) / 100, 1, "");
	if (ns < 1000000000)
		return human__fixed(buf, (ns + 500) / 1000, 0, "");
	if (ns < 99950000000)
		return human__fixed(buf, (ns + 50000000) / 100000000, 1, "s");
	return human__fixed(buf, ns / 1000000000 + (ns % 1000000000 >= 500000000), 0, "s");
}
