// SPDX-License-Identifier: GPL-2.0-only
#include "host/iomem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct region {
	uint64_t first, last;
};

/* In order. */
struct region_list {
	struct region *regions;
	size_t nr;
};

struct iomem {
	struct region_list all; /* of the first level */
	struct region_list ram;
};

static void add_region(struct region_list *list, uint64_t first, uint64_t last)
{
	struct region *more;

	/* Adjacent entries are one region: a range may span both. */
	if (list->nr && first && list->regions[list->nr - 1].last == first - 1) {
		list->regions[list->nr - 1].last = last;
		return;
	}
	more = realloc(list->regions, (list->nr + 1) * sizeof(*more));
	if (!more)
		return;
	list->regions = more;
	list->regions[list->nr++] = (struct region){ first, last };
}

static void add_line(struct iomem *io, const char *line)
{
	uint64_t first, last;
	char what[32] = "";

	if (line[0] == ' ' ||
	    sscanf(line, "%" SCNx64 "-%" SCNx64 " : %31[^\n]", &first, &last, what) < 2 || !last)
		return;
	add_region(&io->all, first, last);
	if (!strncmp(what, "System RAM", strlen("System RAM")))
		add_region(&io->ram, first, last);
}

struct iomem *iomem__read(void)
{
	struct iomem *io = calloc(1, sizeof(*io));
	FILE *f = io ? fopen("/proc/iomem", "re") : NULL;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		add_line(io, line);
	if (f)
		fclose(f);
	return io;
}

void iomem__free(struct iomem *io)
{
	if (!io)
		return;
	free(io->all.regions);
	free(io->ram.regions);
	free(io);
}

static enum tristate has(const struct region_list *list, uint64_t pa, uint64_t size)
{
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (pa >= list->regions[i].first && pa <= list->regions[i].last)
			return pa + size - 1 <= list->regions[i].last ? FACT_YES : FACT_NO;
	return list->nr ? FACT_NO : FACT_UNKNOWN;
}

enum tristate iomem__has(const struct iomem *io, uint64_t pa, uint64_t size)
{
	return has(&io->all, pa, size);
}

enum tristate iomem__is_ram(const struct iomem *io, uint64_t pa)
{
	return has(&io->ram, pa, 1);
}
