// SPDX-License-Identifier: GPL-2.0-only
/* Figures derived from the model. Nothing is stored here. */
#include "model/model.h"

/* A table is one page and has page_size / 8 entries. */
uint64_t model__level_bytes(const struct model *m, enum s2_level level)
{
	uint64_t page = model__host(m)->page_size;
	uint64_t bytes = page;

	for (int l = S2_LEVEL_PAGE; l < (int)level; l++)
		bytes *= page / 8;
	return bytes;
}

static uint64_t cell__sum(const struct s2_cell_total *cell)
{
	uint64_t sum = 0;

	for (int a = 0; a < S2_ACCESS__MAX; a++)
		sum += cell->n[a];
	return sum;
}

uint64_t vm__mappings_at(const struct vm *vm, enum s2_memtype type, enum s2_level level)
{
	return cell__sum(&vm->totals.cell[type][level]);
}

uint64_t vm__mappings(const struct vm *vm, enum s2_memtype type)
{
	uint64_t sum = 0;

	for (int l = 0; l < S2_LEVEL__MAX; l++)
		sum += vm__mappings_at(vm, type, l);
	return sum;
}

uint64_t vm__mappings_by(const struct vm *vm, enum s2_memtype type, enum s2_access access)
{
	uint64_t sum = 0;

	for (int l = 0; l < S2_LEVEL__MAX; l++)
		sum += vm->totals.cell[type][l].n[access];
	return sum;
}

uint64_t vm__bytes(const struct model *m, const struct vm *vm, enum s2_memtype type)
{
	uint64_t sum = 0;

	for (int l = 0; l < S2_LEVEL__MAX; l++)
		sum += vm__mappings_at(vm, type, l) * model__level_bytes(m, l);
	return sum;
}

uint64_t vm__mean_ns(const struct vm *vm)
{
	const struct s2_cell_total *cell = &vm->totals.cell[0][0];
	uint64_t n = 0, ns = 0;

	for (int i = 0; i < S2_CELL_ROWS * S2_LEVEL__MAX; i++) {
		n += cell__sum(&cell[i]);
		ns += cell[i].ns;
	}
	return n ? ns / n : 0;
}

void vm__histogram(const struct vm *vm, uint64_t hist[S2_HIST_BUCKETS])
{
	const struct s2_cell_total *cell = &vm->totals.cell[0][0];

	for (int b = 0; b < S2_HIST_BUCKETS; b++)
		hist[b] = 0;
	for (int i = 0; i < S2_CELL_ROWS * S2_LEVEL__MAX; i++)
		for (int b = 0; b < S2_HIST_BUCKETS; b++)
			hist[b] += cell[i].hist[b];
}

/* The `q` quantile in ticks, interpolated linearly within its bucket. */
static double hist__quantile(const uint64_t hist[S2_HIST_BUCKETS], double q)
{
	double total = 0, below = 0;

	for (int b = 0; b < S2_HIST_BUCKETS; b++)
		total += (double)hist[b];
	for (int b = 0; b < S2_HIST_BUCKETS; b++) {
		double low = b ? (double)(1ULL << b) : 0;
		double high = (double)(2ULL << b);

		if (hist[b] && below + (double)hist[b] >= q * total)
			return low + (high - low) * (q * total - below) / (double)hist[b];
		below += (double)hist[b];
	}
	return 0;
}

uint64_t model__ticks_ns(const struct model *m, double ticks)
{
	uint64_t hz = model__host(m)->counter_hz;

	return hz ? (uint64_t)(ticks * 1e9 / (double)hz + 0.5) : 0;
}

uint64_t vm__quantile_ns(const struct model *m, const struct vm *vm, double q)
{
	uint64_t hist[S2_HIST_BUCKETS];

	vm__histogram(vm, hist);
	return model__ticks_ns(m, hist__quantile(hist, q));
}
