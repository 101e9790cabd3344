// SPDX-License-Identifier: GPL-2.0-only
#include "model/ranges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* MemAttr[3:0] as KVM writes it (arch/arm64/include/asm/memory.h, MT_S2_*). */
#define MEMATTR_DEVICE_nGnRE 0x1
#define MEMATTR_NC	     0x5
#define MEMATTR_FWB_NORMAL   0x6
#define MEMATTR_NORMAL	     0xf

/* Without FWB 6 would be another type, and with it 0xf is reserved: take each only where it fits.
 */
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

uint64_t level__size(uint32_t page_shift, int level)
{
	return 1ULL << ((page_shift - 3) * (4 - level) + 3);
}

static void find_ipa_is_pa(struct map_range *r)
{
	if (r->pa == RANGE_NO_PA)
		r->ipa_is_pa = FACT_UNKNOWN;
	else
		r->ipa_is_pa = r->pa_contiguous && r->ipa == r->pa ? FACT_YES : FACT_NO;
}

void range__decode(struct map_range *r, const struct s2_walk_range *raw,
		   const struct table_geometry *g, int nested)
{
	memset(r, 0, sizeof(*r));
	r->ipa = raw->ipa;
	r->leaves = raw->leaves;
	r->leaf_size = level__size(g->page_shift, (int)raw->level - 1);
	r->size = r->leaves * r->leaf_size;
	/* Bits of a block's address below its size are none of the address. */
	r->pa = desc__pa(raw->desc, g) & ~(r->leaf_size - 1);
	r->pa_contiguous = !raw->scattered;
	if (g->oa == S2_OA_HYP) {
		r->type = raw->desc & S2_DESC_MEMATTR ? S2_MEMTYPE_NORMAL : S2_MEMTYPE_NONE;
		r->prot = RANGE_NO_PROT;
	} else {
		r->type = desc__type(raw->desc, g->fwb);
		r->prot = desc__prot(raw->desc);
	}
	r->nested = nested;
	r->slot = RANGE_NO_SLOT;
	r->own_ipa = RANGE_NO_IPA;
	r->in_host = FACT_UNKNOWN;
	r->vma.attr = S2_VMA_UNKNOWN;
	find_ipa_is_pa(r);
}

void range__split(struct map_range *r, struct map_range *part, uint64_t size)
{
	*part = *r;
	if (size >= r->size) {
		r->size = r->leaves = 0;
		return;
	}
	part->size = size;
	/* A leaf that reaches over the end of a memslot is counted where it begins. */
	part->leaves = (size + r->leaf_size - 1) / r->leaf_size;
	r->ipa += size;
	r->size -= size;
	r->leaves -= part->leaves;
	if (r->hva)
		r->hva += size;
	if (!r->pa_contiguous)
		r->pa = RANGE_NO_PA;
	else if (r->pa != RANGE_NO_PA)
		r->pa += size;
	part->pa_contiguous = part->pa_contiguous || part->leaves <= 1;
	find_ipa_is_pa(part);
	find_ipa_is_pa(r);
}

/* The first memslot that ends above `gfn`. */
static const struct s2_walk_slot *slot_from(const struct s2_walk_slot *slots, size_t nr,
					    uint64_t gfn)
{
	size_t low = 0, high = nr, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (slots[mid].base_gfn + slots[mid].npages > gfn)
			high = mid;
		else
			low = mid + 1;
	}
	return low < nr ? &slots[low] : NULL;
}

bool range__cut(struct map_range *r, struct map_range *part, const struct s2_walk_slot *slots,
		size_t nr_slots, uint32_t page_shift)
{
	uint64_t gfn = r->ipa >> page_shift, end;
	const struct s2_walk_slot *s;
	bool inside;

	if (!r->size)
		return false;
	s = slot_from(slots, nr_slots, gfn);
	inside = s && s->base_gfn <= gfn;
	end = inside ? s->base_gfn + s->npages : s ? s->base_gfn : UINT64_MAX >> page_shift;
	range__split(r, part, (end - gfn) << page_shift);
	if (!inside)
		return true;
	part->slot = s->id;
	part->slot_flags = s->flags;
	part->hva = s->hva ? s->hva + ((gfn - s->base_gfn) << page_shift) : 0;
	return true;
}

static int by_gfn(const void *a, const void *b)
{
	const struct s2_walk_slot *x = a, *y = b;

	return x->base_gfn < y->base_gfn ? -1 : x->base_gfn > y->base_gfn;
}

void slots__sort(struct s2_walk_slot *slots, size_t nr)
{
	if (nr)
		qsort(slots, nr, sizeof(*slots), by_gfn);
}

int pa_index__add(struct pa_index *x, const struct map_range *r)
{
	size_t room = x->room ? 2 * x->room : 64;
	struct pa_entry *more;

	if (r->pa == RANGE_NO_PA || !r->pa_contiguous)
		return 0;
	if (x->nr == x->room) {
		more = realloc(x->entries, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		x->entries = more;
		x->room = room;
	}
	x->entries[x->nr++] = (struct pa_entry){ .pa = r->pa,
						 .size = r->size,
						 .ipa = r->ipa,
						 .hva = r->hva,
						 .slot_flags = r->slot_flags,
						 .slot = r->slot };
	return 0;
}

static int by_pa(const void *a, const void *b)
{
	const struct pa_entry *x = a, *y = b;

	return x->pa < y->pa ? -1 : x->pa > y->pa;
}

void pa_index__sort(struct pa_index *x)
{
	size_t i, widest = 0; /* of those so far, the one that ends last */

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

/* The first entry that begins behind `pa`; those before it may reach over it. */
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

bool range__cut_by_pa(struct map_range *r, struct map_range *part, const struct pa_index *x)
{
	const struct pa_entry *e = NULL;
	uint64_t pa = r->pa, end;
	size_t n;

	if (!r->size)
		return false;
	n = entry_behind(x, pa);
	end = n < x->nr ? x->entries[n].pa : UINT64_MAX;
	if (n && pa - x->entries[n - 1].pa < x->entries[n - 1].size) {
		e = &x->entries[n - 1];
		if (e->pa + e->size < end)
			end = e->pa + e->size;
	}
	if (pa == RANGE_NO_PA || !r->pa_contiguous || (e && e->twice))
		e = NULL;
	range__split(r, part, pa == RANGE_NO_PA || !r->pa_contiguous ? r->size : end - pa);
	if (!e)
		return true;
	part->own_ipa = e->ipa + (pa - e->pa);
	part->slot = e->slot;
	part->slot_flags = e->slot_flags;
	part->hva = e->hva ? e->hva + (pa - e->pa) : 0;
	return true;
}

static enum s2_level level_of(uint64_t leaf_size, uint32_t page_shift)
{
	if (leaf_size >= level__size(page_shift, 1))
		return S2_LEVEL_PUD;
	return leaf_size >= level__size(page_shift, 2) ? S2_LEVEL_PMD : S2_LEVEL_PAGE;
}

void totals__add_range(struct map_totals *t, const struct map_range *r, uint32_t page_shift)
{
	t->ranges++;
	/* Shadow tables map again what the VM's own map already. */
	if (r->nested < 0)
		t->bytes[r->type] += r->size;
	t->leaves_at[level_of(r->leaf_size, page_shift)] += r->leaves;
	t->strays += r->in_host == FACT_NO;
}

void totals__add_walk(struct map_totals *t, const struct s2_walk_stats *s)
{
	t->leaves += s->leaves;
	t->tables += s->tables;
	t->changed += s->changed;
	t->dropped += s->dropped;
	t->unreadable += s->unreadable;
	t->lost = t->dropped + t->unreadable;
}

void totals__mapped(const struct map_totals *t, uint64_t ts_ns, struct vm_mapped *mapped)
{
	mapped->ts_ns = ts_ns;
	mapped->lost = t->lost;
	memcpy(mapped->bytes, t->bytes, sizeof(mapped->bytes));
	memcpy(mapped->leaves_at, t->leaves_at, sizeof(mapped->leaves_at));
}
