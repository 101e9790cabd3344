// SPDX-License-Identifier: GPL-2.0-only
/* Bar charts: mappings of one VM by type, size and access, faults by outcome and duration. */
#include "view/tui_priv.h"

#include <stdlib.h>
#include <string.h>

#include "model/vocab.h"
#include "view/human.h"

#define LABEL	  14
#define COUNT	  7
#define FIGURES	  16
#define BAR_MAX	  60
#define CHART_MAX 96

struct chart_line {
	char label[40];
	char figures[32];
	double share; /* relative to the longest bar of its group; < 0: a heading */
	enum paint paint;
};

struct chart {
	struct chart_line line[CHART_MAX];
	size_t nr, group; /* `group`: first line of the current group */
};

static struct chart_line *chart__add(struct chart *c, const char *label, double value)
{
	struct chart_line *l = &c->line[c->nr < CHART_MAX ? c->nr++ : CHART_MAX - 1];

	memset(l, 0, sizeof(*l));
	snprintf(l->label, sizeof(l->label), "%s", label);
	l->share = value;
	return l;
}

static void chart__group(struct chart *c, const char *head)
{
	if (c->nr)
		chart__add(c, "", -1);
	chart__add(c, head, -1);
	c->group = c->nr;
}

/* Scales the values of the group to its maximum. */
static void chart__scale(struct chart *c)
{
	double most = 0;

	for (size_t i = c->group; i < c->nr; i++)
		if (c->line[i].share > most)
			most = c->line[i].share;
	for (size_t i = c->group; i < c->nr && most > 0; i++)
		c->line[i].share /= most;
}

static void chart__counted(struct chart *c, const char *label, uint64_t n, uint64_t bytes,
			   enum paint paint)
{
	struct chart_line *l = chart__add(c, label, (double)n);
	char count[HUMAN_LEN], size[HUMAN_LEN];

	snprintf(l->figures, sizeof(l->figures), "%7s %8s", human__count(count, n),
		 human__bytes(size, bytes));
	l->paint = paint;
}

static void chart__types(struct chart *c, const struct model *m, const struct vm *vm)
{
	chart__group(c, "Mappings by type");
	for (int t = 0; t < S2_MEMTYPE_LEAVES; t++)
		chart__counted(c, vocab__name(&vocab_memtype, t), vm__mappings(vm, t),
			       vm__bytes(m, vm, t), paint__type(t));
	chart__scale(c);
}

static void chart__sizes(struct chart *c, const struct model *m, const struct vm *vm)
{
	chart__group(c, "Mappings by size");
	for (int l = 0; l < S2_LEVEL__MAX; l++) {
		char label[24], size[HUMAN_LEN];
		uint64_t n = 0, each = model__level_bytes(m, l);

		for (int t = 0; t < S2_MEMTYPE_LEAVES; t++)
			n += vm__mappings_at(vm, t, l);
		snprintf(label, sizeof(label), "%s %s", vocab__name(&vocab_level, l),
			 each ? human__size(size, each) : "");
		chart__counted(c, label, n, n * each, PAINT_PLAIN);
	}
	chart__scale(c);
}

static void chart__accesses(struct chart *c, const struct vm *vm)
{
	chart__group(c, "Mappings by access");
	for (int a = 0; a < S2_ACCESS__MAX; a++) {
		struct chart_line *l;
		char count[HUMAN_LEN];
		uint64_t n = 0;

		for (int t = 0; t < S2_MEMTYPE_LEAVES; t++)
			n += vm__mappings_by(vm, t, a);
		l = chart__add(c, vocab__name(&vocab_access, a), (double)n);
		snprintf(l->figures, sizeof(l->figures), "%7s", human__count(count, n));
	}
	chart__scale(c);
}

static void chart__outcomes(struct chart *c, const struct vm *vm)
{
	chart__group(c, "Faults by outcome");
	for (int i = 0; i < S2_OUTCOME__MAX; i++) {
		uint64_t n = vm->totals.outcome[i];
		char count[HUMAN_LEN];
		struct chart_line *l;

		if (!n)
			continue;
		l = chart__add(c, vocab__name(&vocab_outcome, i), (double)n);
		snprintf(l->figures, sizeof(l->figures), "%7s", human__count(count, n));
		if (i == S2_OUTCOME_REJECTED || i == S2_OUTCOME_INJECTED)
			l->paint = PAINT_REJECTED;
	}
	chart__scale(c);
}

static void chart__durations(struct chart *c, const struct model *m, const struct vm *vm)
{
	uint64_t hist[S2_HIST_BUCKETS];
	int first = 0, last = S2_HIST_BUCKETS - 1;

	vm__histogram(vm, hist);
	while (first < S2_HIST_BUCKETS && !hist[first])
		first++;
	while (last > first && !hist[last])
		last--;
	chart__group(c, "Faults by duration (us, up to)");
	for (int b = first; b <= last && b < S2_HIST_BUCKETS; b++) {
		uint64_t ns = model__ticks_ns(m, (double)(2ULL << b));
		char us[HUMAN_LEN], count[HUMAN_LEN];
		struct chart_line *l = chart__add(c, ns ? human__us(us, ns) : "-", (double)hist[b]);

		snprintf(l->figures, sizeof(l->figures), "%7s", human__count(count, hist[b]));
	}
	chart__scale(c);
}

void tui_chart__key(struct tui *t, int key)
{
	size_t step = key == KEY_NPAGE || key == KEY_PPAGE ? t->page : 1;

	switch (key) {
	case KEY_UP:
	case 'k':
	case KEY_PPAGE:
		t->scroll -= t->scroll < step ? t->scroll : step;
		break;
	case KEY_DOWN:
	case 'j':
	case KEY_NPAGE:
		t->scroll += step; /* drawing limits it */
		break;
	case KEY_HOME:
		t->scroll = 0;
		break;
	case KEY_END:
		t->scroll = CHART_MAX;
		break;
	}
}

static void chart__bar(const struct tui *t, const struct chart_line *l, int y, int x)
{
	int room = COLS - x - 1;
	int n;

	if (room > BAR_MAX)
		room = BAR_MAX;
	n = room > 0 ? (int)(l->share * room + 0.5) : 0;
	if (!n && l->share > 0 && room > 0)
		n = 1; /* show nonzero values */
	for (int i = 0; i < n; i++)
		tui__put(y, x + i, 1, t->unicode ? "\u2588" : "#", false, tui__attr(t, l->paint));
}

static void chart__line(const struct tui *t, const struct chart_line *l, int y)
{
	int label = COLS < 40 ? 9 : LABEL, figures = COLS < 40 ? COUNT : FIGURES;
	char text[sizeof(l->figures)];

	if (l->share < 0) {
		tui__put(y, 0, COLS, l->label, false, A_BOLD);
		return;
	}
	tui__put(y, 0, label, l->label, false, A_NORMAL);
	/* Where there is no room for the bytes, the count alone. */
	snprintf(text, sizeof(text), "%.*s", figures, l->figures);
	tui__put(y, label + 1, figures, text, false, A_NORMAL);
	chart__bar(t, l, y, label + figures + 2);
}

void tui_chart__draw(struct tui *t, const struct model *m, const struct vm *vm, int y)
{
	struct chart *c = calloc(1, sizeof(*c));
	int rows = LINES - 1 - y;

	if (!c)
		return;
	chart__types(c, m, vm);
	chart__sizes(c, m, vm);
	chart__accesses(c, vm);
	chart__outcomes(c, vm);
	chart__durations(c, m, vm);
	t->page = rows > 0 ? (size_t)rows : 1;
	if (t->scroll + t->page > c->nr)
		t->scroll = c->nr > t->page ? c->nr - t->page : 0;
	for (int i = 0; i < rows && t->scroll + (size_t)i < c->nr; i++)
		chart__line(t, &c->line[t->scroll + (size_t)i], y + i);
	free(c);
}
