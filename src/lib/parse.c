// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/parse.h"

/* strtoull() accepts signs and blanks, and does not report an empty string. */
static int number(const char *text, uint64_t *value, const char **end)
{
	char *stop;
	int base = !strncasecmp(text, "0x", 2) ? 16 : 10;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &stop, base);
	if (errno || (base == 16 && stop <= text + 2))
		return -EINVAL;
	*end = stop;
	return 0;
}

static int in_range(uint64_t value, uint64_t min, uint64_t max)
{
	return value < min || value > max ? -EINVAL : 0;
}

int parse__u64(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	const char *end;
	int ret = number(text, value, &end);

	if (ret || *end)
		return -EINVAL;
	return in_range(*value, min, max);
}

int parse__size(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	static const char units[] = "KMG";
	const char *end, *unit;
	int shift = 0;

	if (number(text, value, &end))
		return -EINVAL;
	unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (unit) {
		shift = 10 * (unit - units + 1);
		end++;
	}
	if (*end || *value > UINT64_MAX >> shift)
		return -EINVAL;
	*value <<= shift;
	return in_range(*value, min, max);
}

int parse__seconds(const char *text, uint64_t *ns)
{
	char *end;
	double s;

	if (!isdigit((unsigned char)*text) && *text != '.')
		return -EINVAL;
	s = strtod(text, &end);
	if (*end || !isfinite(s) || s <= 0 || s > 1e9)
		return -EINVAL;
	*ns = s * 1e9;
	return 0;
}

int parse__range(const char *text, uint64_t *first, uint64_t *last)
{
	const char *end;

	if (number(text, first, &end))
		return -EINVAL;
	*last = *first;
	if (!*end)
		return 0;
	if (*end != '-' || number(end + 1, last, &end) || *end)
		return -EINVAL;
	return *last < *first ? -EINVAL : 0;
}
