// SPDX-License-Identifier: GPL-2.0-only
#include "model/descriptor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

/* MemAttr[3:0] as KVM writes it (arch/arm64/include/asm/memory.h, MT_S2_*). */
#define MEMATTR_DEVICE_nGnRE 0x1
#define MEMATTR_NC	     0x5
#define MEMATTR_FWB_NORMAL   0x6
#define MEMATTR_NORMAL	     0xf

/* Without FWB, 6 is another type. With FWB, 0xf is reserved. Accept only valid encodings. */
enum s2_memtype desc__type(uint64_t desc, enum tristate fwb)
{
	switch ((desc & S2_DESC_MEMATTR) >> 2) {
	case MEMATTR_DEVICE_nGnRE:
		return S2_MEMTYPE_DEVICE_nGnRE;
	case MEMATTR_NC:
		return S2_MEMTYPE_NORMAL_NC;
	case MEMATTR_FWB_NORMAL:
		return fwb == FACT_NO ? S2_MEMTYPE_NONE : S2_MEMTYPE_NORMAL;
	case MEMATTR_NORMAL:
		return fwb == FACT_YES ? S2_MEMTYPE_NONE : S2_MEMTYPE_NORMAL;
	default:
		return S2_MEMTYPE_NONE;
	}
}

/* XN[1:0]: who may not execute (Arm ARM, "Stage 2 instruction execution permissions"). */
static unsigned int xn_prot(unsigned int xn)
{
	static const unsigned char prot[] = { S2_PROT_PX | S2_PROT_UX, S2_PROT_UX, 0, S2_PROT_PX };

	return prot[xn & 3];
}

unsigned int desc__prot(uint64_t desc)
{
	return (desc & S2_DESC_READ ? S2_PROT_R : 0) | (desc & S2_DESC_WRITE ? S2_PROT_W : 0) |
	       xn_prot((desc & S2_DESC_XN) >> 53);
}

static uint64_t bits(unsigned int high, unsigned int low)
{
	return (~0ULL >> (63 - high)) & (~0ULL << low);
}

uint64_t desc__pa(uint64_t desc, const struct table_geometry *g)
{
	switch (g->oa) {
	case S2_OA_HYP:
		return desc & bits(51, g->page_shift);
	case S2_OA_52_LPA2:
		return (desc & bits(49, g->page_shift)) | (desc & bits(9, 8)) << 42;
	case S2_OA_52_LPA:
		return (desc & bits(47, g->page_shift)) | (desc & bits(15, 12)) << 36;
	default:
		return desc & bits(47, g->page_shift);
	}
}

unsigned int level__shift(uint32_t page_shift, int level)
{
	return (page_shift - 3) * (4 - level) + 3;
}

static uint64_t leaf_size(const struct s2_ev_mapped *m)
{
	return 1ULL << m->leaf_shift;
}

void mapped__decode(struct s2_ev_mapped *m, const struct s2_walk_range *raw, uint64_t attrs,
		    const struct table_geometry *g)
{
	m->ipa = raw->ipa;
	m->leaves = raw->leaves;
	m->leaf_shift = level__shift(g->page_shift, (int)raw->level - 1);
	m->size = raw->leaves << m->leaf_shift;
	/* The bits below the size of a block are not part of its address. */
	m->pa = desc__pa(raw->desc, g) & ~(leaf_size(m) - 1);
	m->pa_contiguous = !raw->scattered;
	m->own_ipa = S2_NO_IPA;
	m->in_host = FACT_UNKNOWN;
	m->prot = S2_NO_PROT;
	if (g->oa == S2_OA_HYP) {
		m->memtype = raw->desc & S2_DESC_MEMATTR ? S2_MEMTYPE_NORMAL : S2_MEMTYPE_NONE;
		return;
	}
	m->memtype = desc__type(raw->desc, g->fwb);
	if (attrs == S2_DESC_ALL_ATTRS)
		m->prot = desc__prot(raw->desc);
}

void mapped__split(struct s2_ev_mapped *rest, struct s2_ev_mapped *part, uint64_t size)
{
	uint64_t leaves;

	*part = *rest;
	if (size >= rest->size) {
		rest->size = rest->leaves = 0;
		return;
	}
	part->size = size;
	/* A leaf across the split counts where it begins. */
	leaves = (size + leaf_size(rest) - 1) >> rest->leaf_shift;
	part->leaves = leaves < rest->leaves ? leaves : rest->leaves;
	rest->ipa += size;
	rest->size -= size;
	rest->leaves -= part->leaves;
	if (!rest->pa_contiguous)
		rest->pa = S2_NO_PA;
	else if (rest->pa != S2_NO_PA)
		rest->pa += size;
	part->pa_contiguous = part->pa_contiguous || part->leaves <= 1;
}

int pa_index__add(struct pa_index *x, const struct s2_ev_mapped *m)
{
	const struct array a = { (void **)&x->entries, &x->nr, &x->room, sizeof(*x->entries),
				 SIZE_MAX };

	if (m->pa == S2_NO_PA || !m->pa_contiguous)
		return 0;
	if (!array__reserve(&a, 0, 1))
		return -ENOMEM;
	x->entries[x->nr++] = (struct pa_entry){ .pa = m->pa, .size = m->size, .ipa = m->ipa };
	return 0;
}

static int by_pa(const void *a, const void *b)
{
	const struct pa_entry *x = a, *y = b;

	return x->pa < y->pa ? -1 : x->pa > y->pa;
}

void pa_index__sort(struct pa_index *x)
{
	size_t i, widest = 0; /* the entry so far that ends last */

	if (x->nr)
		qsort(x->entries, x->nr, sizeof(*x->entries), by_pa);
	for (i = 1; i < x->nr; i++) {
		struct pa_entry *e = &x->entries[i], *w = &x->entries[widest];

		if (e->pa < w->pa + w->size)
			e->twice = w->twice = true;
		if (e->pa + e->size > w->pa + w->size)
			widest = i;
	}
}

void pa_index__free(struct pa_index *x)
{
	free(x->entries);
	memset(x, 0, sizeof(*x));
}

/* Index of the first entry that begins above `pa`. Earlier ones may extend beyond it. */
static size_t entry_behind(const struct pa_index *x, uint64_t pa)
{
	size_t low = 0, high = x->nr, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (x->entries[mid].pa > pa)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* The only entry that maps `pa`, or NULL. *end: where the answer changes. */
static const struct pa_entry *entry_at(const struct pa_index *x, uint64_t pa, uint64_t *end)
{
	size_t n = entry_behind(x, pa);
	const struct pa_entry *e = n ? &x->entries[n - 1] : NULL;

	*end = n < x->nr ? x->entries[n].pa : UINT64_MAX;
	if (!e || pa - e->pa >= e->size)
		return NULL;
	if (e->pa + e->size < *end)
		*end = e->pa + e->size;
	return e->twice ? NULL : e;
}

bool mapped__cut_by_pa(struct s2_ev_mapped *rest, struct s2_ev_mapped *part,
		       const struct pa_index *x)
{
	const struct pa_entry *e;
	uint64_t pa = rest->pa, end;

	if (!rest->size)
		return false;
	if (pa == S2_NO_PA || !rest->pa_contiguous) {
		mapped__split(rest, part, rest->size);
		return true;
	}
	e = entry_at(x, pa, &end);
	mapped__split(rest, part, end - pa);
	if (e)
		part->own_ipa = e->ipa + (pa - e->pa);
	return true;
}
