// SPDX-License-Identifier: GPL-2.0-only
/* The list of VMs. */
#include "view/tui_priv.h"

#include <stdlib.h>
#include <string.h>

/* qsort() hands no context down; there is one terminal, and one thread. */
static const struct model *sort_model;
static const struct tui *sort_tui;

static int compare_text(const struct top_column *col, const struct vm *a, const struct vm *b)
{
	char text[2][CELL_LEN];

	col->cell(text[0], CELL_LEN, sort_model, a);
	col->cell(text[1], CELL_LEN, sort_model, b);
	return strcoll(text[0], text[1]);
}

/* Figures from the largest down, words from A on; VMs that are equal by age. */
static int compare_rows(const void *pa, const void *pb)
{
	const struct vm *a = *(struct vm *const *)pa, *b = *(struct vm *const *)pb;
	int order = 0;

	if (sort_tui->sort != SORT_NONE) {
		const struct top_column *col = &top_columns[sort_tui->sort];

		if (col->key) {
			double ka = col->key(sort_model, a), kb = col->key(sort_model, b);

			order = (ka < kb) - (ka > kb);
		} else {
			order = compare_text(col, a, b);
		}
	}
	if (!order)
		order = (a->id > b->id) - (a->id < b->id);
	return sort_tui->reverse ? -order : order;
}

static void list__rows(struct tui *t, const struct model *m)
{
	size_t nr = model__nr_vms(m);

	if (nr > t->room) {
		struct vm **rows = realloc(t->rows, nr * sizeof(*rows));

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

/* Finds the VM of the cursor again; where it went, the one in its place. */
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

/* From no column over each of them to no column. */
static void list__sort_by(struct tui *t, int step)
{
	int states = TOP__MAX + 1;

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

static bool list__sort_key(struct tui *t, int key)
{
	switch (key) {
	case 's':
	case '>':
	case KEY_RIGHT:
		list__sort_by(t, 1);
		return true;
	case '<':
	case KEY_LEFT:
		list__sort_by(t, -1);
		return true;
	case 'r':
		t->reverse = !t->reverse;
		return true;
	}
	if (key >= '0' && key <= '9' && key - '1' < TOP__MAX) {
		t->sort = key - '1'; /* '0' is SORT_NONE */
		return true;
	}
	return false;
}

bool tui_list__key(struct tui *t, const struct model *m, int key)
{
	const struct vm *vm = tui_list__current(t, m);

	switch (key) {
	case KEY_UP:
	case 'k':
		list__move(t, -1);
		return true;
	case KEY_DOWN:
	case 'j':
		list__move(t, 1);
		return true;
	case KEY_PPAGE:
		list__move(t, -(long)t->page);
		return true;
	case KEY_NPAGE:
		list__move(t, (long)t->page);
		return true;
	case KEY_HOME:
		list__move(t, -(long)t->nr_rows);
		return true;
	case KEY_END:
		list__move(t, (long)t->nr_rows);
		return true;
	case '\r':
	case '\n':
	case KEY_ENTER:
		list__open(t, vm);
		return true;
	}
	return list__sort_key(t, key);
}

static void list__columns(struct tui_column cols[TOP__MAX])
{
	for (int c = 0; c < TOP__MAX; c++) {
		const struct top_column *col = &top_columns[c];

		cols[c] = (struct tui_column){ .head = col->head,
					       .width = col->width,
					       .least = c == TOP_REASON ? 16 : 0,
					       .rank = col->rank,
					       .right = col->right };
	}
	tui__fit(cols, TOP__MAX, COLS);
}

static void list__head(const struct tui *t, const struct tui_column *cols, int y)
{
	int x = 0;

	for (int c = 0; c < TOP__MAX; c++) {
		if (!cols[c].shown)
			continue;
		tui__put(y, x, cols[c].got, cols[c].head, cols[c].right,
			 c == t->sort ? A_UNDERLINE | A_BOLD : A_BOLD);
		x += cols[c].got + 1;
	}
}

static attr_t cell__attr(const struct tui *t, int c, const char *text, const struct vm *vm)
{
	if (!vm->alive)
		return A_DIM;
	if (!strcmp(text, "-") || !strcmp(text, "0"))
		return A_NORMAL;
	return tui__attr(t, top_columns[c].paint);
}

static void list__row(const struct tui *t, const struct model *m, const struct tui_column *cols,
		      const struct vm *vm, int y)
{
	int x = 0;

	for (int c = 0; c < TOP__MAX; c++) {
		char text[CELL_LEN];

		if (!cols[c].shown)
			continue;
		if (c == TOP_NAME)
			snprintf(text, sizeof(text), "%s", vm->name[0] ? vm->name : "-");
		else
			top_columns[c].cell(text, sizeof(text), m, vm);
		tui__put(y, x, cols[c].got, text, cols[c].right, cell__attr(t, c, text, vm));
		x += cols[c].got + 1;
	}
	if (vm->id == t->cursor)
		tui__bar(y, A_REVERSE | (vm->alive ? 0 : A_DIM));
}

/* Why the VM of the cursor was refused something, where its column has no room. */
static void list__reason(const struct tui *t, const struct model *m, int y)
{
	const struct vm *vm = t->nr_rows ? t->rows[t->row] : NULL;
	char text[2 * CELL_LEN], reason[CELL_LEN];

	if (!vm || vm__last_reason(vm) == S2_REASON_NONE)
		return;
	top_columns[TOP_REASON].cell(reason, sizeof(reason), m, vm);
	snprintf(text, sizeof(text), "%s: %s", vm->name[0] ? vm->name : "last rejection", reason);
	tui__put(y, 0, COLS, text, false, tui__attr(t, PAINT_REJECTED));
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
	struct tui_column cols[TOP__MAX];
	int y = tui__host(t, m, LINES >= 16 ? 3 : LINES >= 10 ? 2 : 1);
	bool reason;
	int rows;

	list__columns(cols);
	reason = LINES >= 8 && (!cols[TOP_REASON].shown || cols[TOP_REASON].got < 57);
	list__rows(t, m);
	list__find_cursor(t);
	if (LINES >= 12)
		y++;
	list__head(t, cols, y++);
	rows = LINES - 1 - reason - y;
	list__scroll(t, rows);
	for (int i = 0; i < rows && t->top + (size_t)i < t->nr_rows; i++)
		list__row(t, m, cols, t->rows[t->top + (size_t)i], y + i);
	if (!t->nr_rows && rows > 0)
		tui__put(y, 0, COLS, "No VM yet.", false, A_DIM);
	if (reason)
		list__reason(t, m, LINES - 2);
	tui__status(t, m, "Enter open  s sort  r reverse  p pause  h help  q quit");
}
