// SPDX-License-Identifier: GPL-2.0-only
/*
 * The address space against a naive one: an array with what is known of each page.
 * Random events go into both, and after each of them all pages must agree.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "events.h"
#include "model/space.h"

#define PAGES	 512
#define PAGE	 4096ULL
#define BASE	 MIB(64)
#define ROUNDS	 1500
#define MAX_LEAF 6 /* log2 of pages */

struct page {
	bool known, mapped;
	uint8_t type, prot, leaf_shift;
	uint64_t pa, ts_ns;
	int32_t slot; /* of the region: SPACE_NO_SLOT with in_region */
	bool in_region;
	uint64_t hva;
	uint32_t slot_flags;
	int32_t bar;
};

static struct page pages[PAGES];
static struct ipa_space space;
static uint64_t now, seed;

static unsigned int below(unsigned int n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(seed >> 33) % n;
}

static uint64_t ipa_of(size_t page)
{
	return BASE + page * PAGE;
}

static void forget_regions(size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		pages[i].in_region = false;
}

/* Leaves are aligned, and never reach out of the array. */
static void unmap_leaf(size_t page)
{
	size_t leaf = 1U << (pages[page].leaf_shift - PAGE_SHIFT), first = page & ~(leaf - 1);

	for (size_t i = first; i < first + leaf; i++) {
		pages[i].mapped = false;
		pages[i].ts_ns = now;
	}
}

static void map_page(size_t page, const struct page *like)
{
	struct page *p = &pages[page];

	p->known = p->mapped = true;
	p->type = like->type;
	p->prot = like->prot;
	p->leaf_shift = like->leaf_shift;
	p->pa = like->pa;
	p->ts_ns = now;
}

static void random_leaf(void)
{
	unsigned int shift = below(4) ? 0 : below(MAX_LEAF + 1);
	size_t nr = 1U << shift, first = below(PAGES) & ~(nr - 1);
	struct page like = { .type = (uint8_t)below(2),
			     .prot = (uint8_t)(1 + below(3)),
			     .leaf_shift = (uint8_t)(PAGE_SHIFT + shift),
			     .pa = below(4) ? ipa_of(first) + GIB(1)
					    : GIB(2) + PAGE * below(1000) };
	struct s2_ev_decision d = a_leaf(now, ipa_of(first), like.leaf_shift, like.pa);

	d.memtype = like.type;
	d.prot = like.prot;
	space__take(&space, &d.h);
	if (pages[first].mapped && pages[first].leaf_shift > like.leaf_shift)
		unmap_leaf(first);
	for (size_t i = 0; i < nr; i++, like.pa += PAGE)
		map_page(first + i, &like);
}

static void random_relax(void)
{
	size_t page = below(PAGES), leaf, first;
	struct s2_ev_decision d = a_leaf(now, ipa_of(page), PAGE_SHIFT, 0);

	d.outcome = S2_OUTCOME_RELAXED;
	d.prot = (uint8_t)(1 + below(2));
	if (pages[page].known)
		d.size_shift = pages[page].leaf_shift;
	leaf = 1U << (d.size_shift - PAGE_SHIFT);
	first = page & ~(leaf - 1);
	d.ipa = ipa_of(first);
	/* A part of a block may be gone since: the address is that of the fault. */
	if (!pages[first].mapped || pages[first].leaf_shift != d.size_shift)
		return;
	space__take(&space, &d.h);
	for (size_t i = first; i < first + leaf; i++) {
		pages[i].prot = d.prot;
		pages[i].ts_ns = now;
	}
}

static void random_unmap(void)
{
	size_t first = below(PAGES), nr = below(below(4) ? 8 : PAGES);
	struct s2_ev_unmap u = an_unmap(now, ipa_of(first), nr * PAGE);

	space__take(&space, &u.h);
	for (size_t i = first; i < first + nr && i < PAGES; i++)
		if (pages[i].known && pages[i].mapped)
			unmap_leaf(i);
}

/* Both operations change all of a leaf of which they touch a part. */
static void protect_leaf(size_t page, enum s2_protect_op op)
{
	size_t leaf = 1U << (pages[page].leaf_shift - PAGE_SHIFT), first = page & ~(leaf - 1);
	bool done = op == S2_PROTECT_SPLIT ? leaf == 1 : !(pages[page].prot & S2_PROT_W);

	if (done)
		return;
	for (size_t i = first; i < first + leaf; i++) {
		if (op == S2_PROTECT_SPLIT)
			pages[i].leaf_shift = PAGE_SHIFT;
		else
			pages[i].prot &= (uint8_t)~S2_PROT_W;
		pages[i].ts_ns = now;
	}
}

static void random_protect(void)
{
	enum s2_protect_op op = below(S2_PROTECT__MAX);
	size_t first = below(PAGES), nr = below(below(4) ? 8 : PAGES);
	struct s2_ev_protect p = a_protection(now, op, ipa_of(first), nr * PAGE);

	space__take(&space, &p.h);
	for (size_t i = first; i < first + nr && i < PAGES; i++)
		if (pages[i].known && pages[i].mapped)
			protect_leaf(i, op);
}

static void take_range(size_t first, size_t nr, const struct page *p)
{
	struct s2_ev_mapped m = a_range(now, ipa_of(first), nr * PAGE, p->pa);

	m.leaf_shift = p->leaf_shift;
	m.memtype = p->type;
	m.prot = p->prot;
	m.in_host = -1;
	space__take(&space, &m.h);
}

static void take_step(enum s2_survey_step step, uint64_t ts_ns)
{
	struct s2_ev_survey s = a_survey(ts_ns, step, S2_NO_NESTED);

	space__take(&space, &s.h);
}

/* Reads pages that were not told of; some of what is known turns out to be wrong. */
static void random_survey(void)
{
	take_step(S2_SURVEY_BEGIN, now);
	for (size_t i = 0, nr; i < PAGES; i += nr) {
		struct page p = pages[i];

		nr = 1;
		if (p.known && p.mapped && p.leaf_shift > PAGE_SHIFT) {
			nr = 1U << (p.leaf_shift - PAGE_SHIFT);
		} else if (!below(20)) {
			p = (struct page){ .known = true,
					   .mapped = true,
					   .type = (uint8_t)below(2),
					   .prot = S2_PROT_R,
					   .leaf_shift = PAGE_SHIFT,
					   .pa = PAGE * below(1000) };
		}
		if (!p.known || !p.mapped)
			continue;
		if (!below(10)) {
			for (size_t j = i; j < i + nr; j++)
				pages[j].mapped = false;
			continue;
		}
		take_range(i, nr, &p);
		for (size_t j = i; j < i + nr; j++, p.pa += PAGE)
			map_page(j, &p);
	}
	take_step(S2_SURVEY_END, now);
}

/* What is read is what was there when reading began; decisions that come meanwhile are newer. */
static void survey_with_faults(void)
{
	struct page before[PAGES];
	uint64_t began = now;

	memcpy(before, pages, sizeof(before));
	take_step(S2_SURVEY_BEGIN, began);
	for (int i = 0; i < 5; i++) {
		now++;
		random_leaf();
		random_unmap();
	}
	for (size_t i = 0, nr; i < PAGES; i += nr) {
		const struct page *p = &before[i];
		struct s2_ev_mapped m = a_range(began, ipa_of(i), PAGE, p->pa);

		nr = 1;
		if (!p->known || !p->mapped)
			continue;
		nr = 1U << (p->leaf_shift - PAGE_SHIFT);
		m.size = nr * PAGE;
		m.leaf_shift = p->leaf_shift;
		m.memtype = p->type;
		m.prot = p->prot;
		m.in_host = -1;
		space__take(&space, &m.h);
	}
	take_step(S2_SURVEY_END, began);
}

static void random_slot(void)
{
	size_t first = below(PAGES), nr = 1 + below(PAGES - (unsigned int)first);
	struct s2_ev_memslot m = a_slot(now, (uint16_t)below(4), ipa_of(first), nr * PAGE,
					below(2) ? GIB(8) + ipa_of(first) : 0);

	m.change = (uint8_t)below(S2_SLOT__MAX);
	m.flags = below(4);
	space__take(&space, &m.h);
	for (size_t i = 0; i < PAGES; i++) {
		struct page *p = &pages[i];

		if (!p->in_region || p->slot != m.slot)
			continue;
		if (m.change == S2_SLOT_FLAGS_ONLY) {
			p->slot_flags = m.flags;
			continue;
		}
		if (p->known && p->mapped)
			unmap_leaf(i);
	}
	if (m.change == S2_SLOT_FLAGS_ONLY)
		return;
	for (size_t i = 0; i < PAGES; i++)
		if (pages[i].in_region && pages[i].slot == m.slot)
			forget_regions(i, i + 1);
	for (size_t i = first; m.change != S2_SLOT_DELETE && i < first + nr; i++) {
		pages[i].in_region = true;
		pages[i].slot = m.slot;
		pages[i].slot_flags = m.flags;
		pages[i].hva = m.hva ? m.hva + (i - first) * PAGE : 0;
		pages[i].bar = -1;
	}
}

static void learn_page(struct page *p, const struct s2_ev_region *r, uint64_t hva)
{
	bool stale =
		p->in_region && ((p->slot >= 0 && r->slot != S2_NO_SLOT && p->slot != r->slot) ||
				 (p->hva && hva && p->hva != hva));

	if (!p->in_region || stale) {
		p->in_region = true;
		p->slot = SPACE_NO_SLOT;
		p->slot_flags = r->slot_flags;
		p->hva = 0;
		p->bar = -1;
	}
	if (r->slot != S2_NO_SLOT) {
		p->slot = r->slot;
		p->slot_flags = r->slot_flags;
	}
	if (hva)
		p->hva = hva;
	if (r->device.bar >= 0 || r->vma.end)
		p->bar = r->device.bar;
}

static void random_region(void)
{
	size_t first = below(PAGES), nr = 1 + below(PAGES - (unsigned int)first);
	uint16_t slot = below(3) ? S2_NO_SLOT : (uint16_t)below(4);
	struct s2_ev_region r = a_region(now, slot, ipa_of(first), nr * PAGE,
					 below(2) ? GIB(8) + ipa_of(first) + below(2) * PAGE : 0);

	r.device.bar = (int)below(3) - 1;
	r.vma.end = below(2);
	r.slot_flags = slot == S2_NO_SLOT ? 0 : below(4);
	space__take(&space, &r.h);
	for (size_t i = first; i < first + nr; i++)
		learn_page(&pages[i], &r, r.hva ? r.hva + (i - first) * PAGE : 0);
}

static void compare_mapping(size_t i)
{
	const struct mapping *m = space__mapping(&space, ipa_of(i));
	const struct page *p = &pages[i];

	assert_int_equal(m != NULL, p->known);
	if (!m)
		return;
	assert_int_equal(m->mapped, p->mapped);
	assert_int_equal(m->type, p->type);
	assert_int_equal(m->prot, p->prot);
	assert_int_equal(m->leaf_shift, p->leaf_shift);
	/* Pages that were joined have the time of the latest. */
	assert_true(m->ts_ns >= p->ts_ns);
}

static void compare_region(size_t i)
{
	const struct region *r = space__region(&space, ipa_of(i));
	const struct page *p = &pages[i];

	assert_int_equal(r != NULL, p->in_region);
	if (!r)
		return;
	assert_int_equal(r->slot, p->slot);
	assert_int_equal(r->slot_flags, p->slot_flags);
	assert_int_equal(r->hva ? r->hva + (ipa_of(i) - r->ipa) : 0, p->hva);
	assert_int_equal(r->device.bar, p->bar);
}

static bool agree(const struct mapping *a, const struct mapping *b)
{
	bool follows = a->pa_contiguous && b->pa_contiguous && a->pa + a->size == b->pa;

	return a->mapped == b->mapped && a->type == b->type && a->prot == b->prot &&
	       a->leaf_shift == b->leaf_shift && (!space.opts.split_pa || !a->mapped || follows);
}

/* In order, apart from one another, and no two that could be one. */
static void check_order(void)
{
	for (size_t i = 0; i + 1 < space.nr_mappings; i++) {
		const struct mapping *a = &space.mappings[i], *b = a + 1;

		assert_true(a->size && b->size && a->ipa + a->size <= b->ipa);
		assert_false(a->ipa + a->size == b->ipa && agree(a, b));
	}
	for (size_t i = 0; i + 1 < space.nr_regions; i++) {
		const struct region *a = &space.regions[i], *b = a + 1;

		assert_true(a->size && b->size && a->ipa + a->size <= b->ipa);
	}
	assert_int_equal(space.truncated, 0);
}

/* Spans, together, are all that is mapped, with the addresses that were told. */
static void compare_spans(void)
{
	struct space_cursor c = {};
	struct span span;
	size_t page = 0;

	while (space__next(&space, &c, &span)) {
		size_t first = (span.ipa - BASE) / PAGE, nr = span.size / PAGE;

		for (; page < first; page++)
			assert_false(pages[page].mapped);
		assert_int_equal(span.size % PAGE, 0);
		assert_ptr_equal(span.region, space__region(&space, span.ipa));
		assert_ptr_equal(span.region, space__region(&space, span.ipa + span.size - 1));
		if (space.opts.split_pa)
			assert_true(span.pa_contiguous && span.pa != S2_NO_PA);
		for (; page < first + nr; page++) {
			assert_true(pages[page].mapped);
			if (span.pa != S2_NO_PA && (span.pa_contiguous || page == first))
				assert_int_equal(pages[page].pa, span.pa + (page - first) * PAGE);
		}
	}
	for (; page < PAGES; page++)
		assert_false(pages[page].mapped);
}

static void step(void)
{
	unsigned int what = below(100);

	now++;
	if (what < 50)
		random_leaf();
	else if (what < 57)
		random_relax();
	else if (what < 65)
		random_protect();
	else if (what < 85)
		random_unmap();
	else if (what < 90)
		random_slot();
	else if (what < 95)
		random_region();
	else if (what < 98)
		random_survey();
	else
		survey_with_faults();
}

static void run(uint64_t first_seed, bool split_pa)
{
	const struct space_opts opts = { 2 * PAGES, 2 * PAGES, split_pa };

	seed = first_seed;
	now = 0;
	memset(pages, 0, sizeof(pages));
	space__init(&space, &opts);
	for (int round = 0; round < ROUNDS; round++) {
		step();
		check_order();
		compare_spans();
		for (size_t i = 0; i < PAGES; i++) {
			compare_mapping(i);
			compare_region(i);
		}
	}
	space__free(&space);
}

static void joined_where_they_agree(void **state)
{
	(void)state;
	run(1, false);
	run(2, false);
}

static void split_where_addresses_do_not_follow(void **state)
{
	(void)state;
	run(3, true);
	run(4, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joined_where_they_agree),
		cmocka_unit_test(split_where_addresses_do_not_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
