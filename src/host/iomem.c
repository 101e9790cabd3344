// SPDX-License-Identifier: GPL-2.0-only
#include "host/iomem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct region {
	uint64_t first, last;
};

struct iomem {
	struct region *regions; /* of the first level; in order */
	size_t nr;
};

static void add_region(struct iomem *io, uint64_t first, uint64_t last)
{
	struct region *more;

	/* Adjacent entries are one region: a range may span both. */
	if (io->nr && first && io->regions[io->nr - 1].last == first - 1) {
		io->regions[io->nr - 1].last = last;
		return;
	}
	more = realloc(io->regions, (io->nr + 1) * sizeof(*more));
	if (!more)
		return;
	io->regions = more;
	io->regions[io->nr++] = (struct region){ first, last };
}

struct iomem *iomem__read(void)
{
	struct iomem *io = calloc(1, sizeof(*io));
	FILE *f = io ? fopen("/proc/iomem", "re") : NULL;
	uint64_t first, last;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (line[0] != ' ' && sscanf(line, "%" SCNx64 "-%" SCNx64, &first, &last) == 2 &&
		    last)
			add_region(io, first, last);
	if (f)
		fclose(f);
	return io;
}

void iomem__free(struct iomem *io)
{
	if (io)
		free(io->regions);
	free(io);
}

enum tristate iomem__has(const struct iomem *io, uint64_t pa, uint64_t size)
{
	size_t i;

	for (i = 0; i < io->nr; i++)
		if (pa >= io->regions[i].first && pa <= io->regions[i].last)
			return pa + size - 1 <= io->regions[i].last ? FACT_YES : FACT_NO;
	return io->nr ? FACT_NO : FACT_UNKNOWN;
}
