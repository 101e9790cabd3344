// SPDX-License-Identifier: GPL-2.0-only
/* The list of VMs. */
#include "view/tui_priv.h"

#include <stdlib.h>
#include <string.h>

/* qsort() passes no context. There is only one terminal and one thread. */
static const struct model *sort_model;
static const struct tui *sort_tui;

static int compare_text(const struct scope s[2])
{
	unsigned int col = (unsigned int)sort_tui->sort;
	struct out text = { 0 };
	size_t second;
	int order = 0;

	listing__cell(&sort_tui->vms, col, &text, &s[0]);
	out__mem(&text, "", 1);
	second = text.len;
	listing__cell(&sort_tui->vms, col, &text, &s[1]);
	out__mem(&text, "", 1);
	if (!text.bad)
		order = strcoll(text.p, text.p + second);
	out__free(&text);
	return order;
}

static int compare_column(const struct vm *a, const struct vm *b)
{
	double (*key)(const struct scope *s) = vm_columns[sort_tui->sort].key;
	struct scope s[2];
	double ka, kb;

	scope__vm(&s[0], sort_model, a);
	scope__vm(&s[1], sort_model, b);
	if (!key)
		return compare_text(s);
	ka = key(&s[0]);
	kb = key(&s[1]);
	return (ka < kb) - (ka > kb);
}

/* Figures in descending order, words in ascending order, ties by age. */
static int compare_rows(const void *pa, const void *pb)
{
	const struct vm *a = *(const struct vm *const *)pa, *b = *(const struct vm *const *)pb;
	int order = 0;

	if (sort_tui->sort != SORT_NONE)
		order = compare_column(a, b);
	if (!order)
		order = (a->id > b->id) - (a->id < b->id);
	return sort_tui->reverse ? -order : order;
}

static void list__rows(struct tui *t, const struct model *m)
{
	size_t nr = model__nr_vms(m);

	if (nr > t->room) {
		const struct vm **rows = realloc(t->rows, nr * sizeof(*rows));

		if (!rows)
			nr = t->room;
		else
			t->rows = rows;
		t->room = nr;
	}
	for (size_t i = 0; i < nr; i++)
		t->rows[i] = model__vm(m, i);
	t->nr_rows = nr;
	sort_model = m;
	sort_tui = t;
	if (nr)
		qsort(t->rows, nr, sizeof(*t->rows), compare_rows);
}

/* Finds the row of the selected VM. If it is gone, selects the VM now at that row. */
static void list__find_cursor(struct tui *t)
{
	for (size_t i = 0; i < t->nr_rows; i++) {
		if (t->rows[i]->id == t->cursor) {
			t->row = i;
			return;
		}
	}
	if (t->row >= t->nr_rows)
		t->row = t->nr_rows ? t->nr_rows - 1 : 0;
	if (t->nr_rows)
		t->cursor = t->rows[t->row]->id;
}

const struct vm *tui_list__current(struct tui *t, const struct model *m)
{
	list__rows(t, m);
	list__find_cursor(t);
	return t->nr_rows ? t->rows[t->row] : NULL;
}

static void list__move(struct tui *t, long by)
{
	long row = (long)t->row + by, last = (long)t->nr_rows - 1;

	if (last < 0)
		return;
	t->row = (size_t)(row < 0 ? 0 : row > last ? last : row);
	t->cursor = t->rows[t->row]->id;
}

/* Cycles through all columns and SORT_NONE. */
static void list__sort_by(struct tui *t, int step)
{
	int states = VM__MAX + 1;

	t->sort = (t->sort + 1 + step + states) % states - 1;
}

static void list__open(struct tui *t, const struct vm *vm)
{
	if (!vm)
		return;
	t->open = vm->id;
	t->watched_pid = vm->alive ? vm->pid : 0;
	t->pane = PANE_VM;
	t->tab = TAB_DECISIONS;
	t->follow = true;
	t->scroll = 0;
}

static void list__sort_key(struct tui *t, int key)
{
	switch (key) {
	case 's':
	case '>':
	case KEY_RIGHT:
		list__sort_by(t, 1);
		break;
	case '<':
	case KEY_LEFT:
		list__sort_by(t, -1);
		break;
	case 'r':
		t->reverse = !t->reverse;
		break;
	}
	if (key >= '0' && key <= '9' && key - '1' < VM__MAX)
		t->sort = key - '1'; /* '0' is SORT_NONE */
}

void tui_list__key(struct tui *t, const struct model *m, int key)
{
	const struct vm *vm = tui_list__current(t, m);

	switch (key) {
	case KEY_UP:
	case 'k':
		list__move(t, -1);
		break;
	case KEY_DOWN:
	case 'j':
		list__move(t, 1);
		break;
	case KEY_PPAGE:
		list__move(t, -(long)t->page);
		break;
	case KEY_NPAGE:
		list__move(t, (long)t->page);
		break;
	case KEY_HOME:
		list__move(t, -(long)t->nr_rows);
		break;
	case KEY_END:
		list__move(t, (long)t->nr_rows);
		break;
	case '\r':
	case '\n':
	case KEY_ENTER:
		list__open(t, vm);
		break;
	default:
		list__sort_key(t, key);
	}
}

static void list__row(struct tui *t, const struct model *m, const uint8_t *width,
		      const struct vm *vm, int y)
{
	struct scope s;

	scope__vm(&s, m, vm);
	tui__row(t, &t->vms, width, &s, y, vm->alive ? 0 : A_DIM);
	if (vm->id == t->cursor)
		tui__bar(y, A_REVERSE | (vm->alive ? 0 : A_DIM));
}

/* The last reason of the selected VM in full, if its column has no room for it. */
static void list__reason(struct tui *t, int y)
{
	const struct vm *vm = t->nr_rows ? t->rows[t->row] : NULL;
	enum s2_reason reason = vm ? vm__last_reason(vm) : S2_REASON_NONE;
	const char *text = vocab__text(&vocab_reason, reason);

	if (reason == S2_REASON_NONE || !text)
		return;
	t->text.len = 0;
	out__foreign(&t->text, vm->name[0] ? vm->name : "last rejection", OUT_WHOLE);
	out__str(&t->text, ": ");
	out__str(&t->text, text);
	tui__put(y, 0, COLS, out__cstr(&t->text), false, tui__attr(t, PAINT_REJECTED));
}

static void list__scroll(struct tui *t, int rows)
{
	t->page = rows > 0 ? (size_t)rows : 1;
	if (t->row < t->top)
		t->top = t->row;
	if (t->row >= t->top + t->page)
		t->top = t->row - t->page + 1;
	if (t->top + t->page > t->nr_rows)
		t->top = t->nr_rows > t->page ? t->nr_rows - t->page : 0;
}

void tui_list__draw(struct tui *t, const struct model *m)
{
	uint8_t width[COLUMNS_MAX];
	int y = tui__host(t, m, LINES >= 16 ? 3 : LINES >= 10 ? 2 : 1);
	bool reason;
	int rows;

	listing__fit(&t->vms, RANK_USUAL, (unsigned int)COLS, width);
	reason = LINES >= 8 && width[VM_REASON] < vm_columns[VM_REASON].width;
	list__rows(t, m);
	list__find_cursor(t);
	if (LINES >= 12)
		y++;
	tui__heads(t, &t->vms, width, y++, t->sort);
	rows = LINES - 1 - reason - y;
	list__scroll(t, rows);
	for (int i = 0; i < rows && t->top + (size_t)i < t->nr_rows; i++)
		list__row(t, m, width, t->rows[t->top + (size_t)i], y + i);
	if (!t->nr_rows && rows > 0)
		tui__put(y, 0, COLS, "No VM yet.", false, A_DIM);
	if (reason)
		list__reason(t, LINES - 2);
	tui__status(t, m, "Enter open  s sort  r reverse  p pause  h help  q quit");
}
