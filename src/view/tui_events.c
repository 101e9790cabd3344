// SPDX-License-Identifier: GPL-2.0-only
/* Decisions and rejections of one VM, newest first, with details of the selected one. */
#include "view/tui_priv.h"

#include <string.h>

#define DETAIL_LINES 4

static const struct vm_events *events__of(const struct tui *t, const struct vm *vm)
{
	return t->tab == TAB_REJECTIONS ? &vm->rejected : &vm->recent;
}

/* Distance of the cursor from the newest event. */
static size_t events__index(const struct tui *t, const struct vm_events *evs)
{
	size_t nr = vm_events__count(evs);

	if (t->follow || !nr || t->event >= evs->n)
		return 0;
	return evs->n - 1 - t->event < nr ? evs->n - 1 - t->event : nr - 1;
}

static void events__move(struct tui *t, const struct vm_events *evs, long by)
{
	long i = (long)events__index(t, evs) + by, last = (long)vm_events__count(evs) - 1;

	if (last < 0)
		return;
	i = i < 0 ? 0 : i > last ? last : i;
	t->follow = !i;
	t->event = evs->n - 1 - (uint64_t)i;
}

void tui_events__key(struct tui *t, const struct vm *vm, int key)
{
	const struct vm_events *evs = events__of(t, vm);

	switch (key) {
	case KEY_UP:
	case 'k':
		events__move(t, evs, -1);
		break;
	case KEY_DOWN:
	case 'j':
		events__move(t, evs, 1);
		break;
	case KEY_PPAGE:
		events__move(t, evs, -(long)t->page);
		break;
	case KEY_NPAGE:
		events__move(t, evs, (long)t->page);
		break;
	case KEY_HOME:
		events__move(t, evs, -MODEL_RECENT);
		break;
	case KEY_END:
		events__move(t, evs, MODEL_RECENT);
		break;
	}
}

static bool detail__value(struct out *o, const struct scope *s, const char *path)
{
	size_t start = o->len;
	bool attr;

	if (!strcmp(path, "device"))
		return out__device(o, s);
	if (strcmp(path, "vma"))
		return scope__text(o, s, path);
	attr = scope__text(o, s, "vma.attr");
	if (attr)
		out__char(o, ' ');
	if (scope__text(o, s, "vma.flags"))
		return true;
	o->len -= attr;
	return o->len > start;
}

/* "name value" for each path with a known value. */
static void detail__line(struct tui *t, const struct scope *s, const char *const *paths, int y)
{
	struct out *o = &t->text;

	o->len = 0;
	for (; *paths; paths++) {
		size_t start = o->len;

		if (o->len)
			out__str(o, "  ");
		out__str(o, *paths);
		out__char(o, ' ');
		if (!detail__value(o, s, *paths))
			o->len = start;
	}
	tui__put(y, 0, COLS, out__cstr(o), false, A_NORMAL);
}

static void detail__reason(struct tui *t, const struct scope *s, int y)
{
	const struct s2_ev_decision *d = s->base[SRC_EVENT];
	const char *text;

	t->text.len = 0;
	if (out__reason(&t->text, s, OUT_WHOLE)) {
		tui__put(y, 0, COLS, out__cstr(&t->text), false, tui__attr(t, PAINT_REJECTED));
	} else if (s->schema == &schema_decision && d->size_shift &&
		   S2_HAS(d->present, S2_F_LIMIT)) {
		text = vocab__text(&vocab_limit, d->limit);
		tui__put(y, 0, COLS, text ? text : "", false, A_NORMAL);
	}
}

static void events__detail(struct tui *t, const struct scope *s, int y)
{
	static const char *const decision[2][8] = {
		{ "hva", "pa", "pc", "slot", "prot", "ret", "vcpu", NULL },
		{ "vma", "kernel_mapped", "mte", "nested", "dirty_log", "limit", "device", NULL },
	};
	static const char *const memslot[2][8] = {
		{ "slot", "ipa", "hva", "size", "change", "ret", NULL },
		{ "vma", "vma.start", "vma.end", "flags", "mte", "device", NULL },
	};
	bool slot = s->schema == &schema_memslot;

	mvhline(y, 0, 0, COLS);
	detail__reason(t, s, y + 1);
	for (int i = 0; i < 2; i++)
		detail__line(t, s, slot ? memslot[i] : decision[i], y + 2 + i);
}

/* The first event to show, so that the cursor is within the `rows`. */
static size_t events__top(size_t cursor, int rows)
{
	return rows > 0 && cursor >= (size_t)rows ? cursor - (size_t)rows + 1 : 0;
}

void tui_events__draw(struct tui *t, const struct model *m, const struct vm *vm, int y)
{
	const struct vm_events *evs = events__of(t, vm);
	size_t cursor = events__index(t, evs), nr = vm_events__count(evs);
	int detail = LINES >= 16 && nr ? DETAIL_LINES : 0;
	int rows = LINES - 2 - y - detail;
	size_t top = events__top(cursor, rows);
	uint8_t width[COLUMNS_MAX];
	struct scope s;

	t->page = rows > 0 ? (size_t)rows : 1;
	listing__fit(&t->events, t->tab == TAB_REJECTIONS ? RANK_REJECTIONS : RANK_USUAL,
		     (unsigned int)COLS, width);
	tui__heads(t, &t->events, width, y++, -1);
	for (int i = 0; i < rows && top + (size_t)i < nr; i++) {
		scope__kept(&s, m, vm, vm_events__at(evs, top + (size_t)i));
		tui__row(t, &t->events, width, &s, y + i, 0);
		if (top + (size_t)i == cursor)
			tui__bar(y + i, A_REVERSE);
	}
	if (!nr && rows > 0)
		tui__put(y, 0, COLS,
			 t->tab == TAB_REJECTIONS ? "No rejections." : "No decisions yet.", false,
			 A_DIM);
	if (!detail)
		return;
	scope__kept(&s, m, vm, vm_events__at(evs, cursor));
	events__detail(t, &s, LINES - 1 - detail);
}
