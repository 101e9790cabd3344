// SPDX-License-Identifier: GPL-2.0-only
/* Drawing functions shared by all panes. */
#include "view/tui_priv.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "view/utf8.h"

attr_t tui__attr(const struct tui *t, enum paint paint)
{
	attr_t attr = paint == PAINT_REJECTED ? A_BOLD : A_NORMAL;

	if (t->colours && paint != PAINT_PLAIN)
		attr |= COLOR_PAIR(paint);
	return attr;
}

/* The next character of untrusted text; '?' if it cannot be shown. */
static const char *next_char(const char *s, wchar_t *wc, int *columns)
{
	mbstate_t state = { 0 };
	size_t n = mbrtowc(wc, s, strlen(s), &state);
	bool bad = n == (size_t)-1 || n == (size_t)-2;

	*columns = bad || utf8__is_harmful((uint32_t)*wc) ? -1 : wcwidth(*wc);
	if (*columns < 0) {
		*wc = L'?';
		*columns = 1;
	}
	return s + (bad || !n ? 1 : n);
}

#define PUT_MAX 256

/* Converts what fits into `width` columns. Cut text ends in '~'. */
static int clean_text(wchar_t *to, int *nr, const char *text, int width)
{
	int used = 0, n = 0;

	while (*text && n < PUT_MAX - 1) {
		wchar_t wc;
		int columns;

		text = next_char(text, &wc, &columns);
		if (used + columns > width) {
			if (n && used == width)
				used -= wcwidth(to[--n]);
			to[n++] = L'~';
			used++;
			break;
		}
		to[n++] = wc;
		used += columns;
	}
	to[n] = L'\0';
	*nr = n;
	return used;
}

int tui__put(int y, int x, int width, const char *text, bool right, attr_t attr)
{
	wchar_t wide[PUT_MAX];
	int room = COLS - x < width ? COLS - x : width;
	int used, n;

	if (y < 0 || y >= LINES || x < 0 || room <= 0)
		return 0;
	used = clean_text(wide, &n, text, room);
	attron(attr);
	mvaddnwstr(y, x + (right && used < room ? room - used : 0), wide, n);
	attroff(attr);
	return used;
}

/* Draws the cells of a row on the screen. */
struct tui_pen {
	struct row_pen pen;
	const struct tui *t;
	int y, x, marked;
	attr_t attr; /* of all cells; 0: each has its own paint */
};

static void put_cell(struct row_pen *pen, const struct cell *c, size_t start)
{
	struct tui_pen *p = (struct tui_pen *)pen;
	bool right = c->listing->col[c->col].flags & COL_RIGHT;
	attr_t attr = p->attr ? p->attr : tui__attr(p->t, cell__paint(pen->o, c, start));

	if ((int)c->col == p->marked)
		attr |= A_UNDERLINE;
	tui__put(p->y, p->x, (int)c->width, out__cstr(pen->o) + start, right, attr);
	pen->o->len = start;
	p->x += (int)c->width + 1;
}

void tui__row(struct tui *t, const struct listing *l, const uint8_t *width, const struct scope *s,
	      int y, attr_t attr)
{
	struct tui_pen p = { { &t->text, put_cell }, t, y, 0, -1, attr };

	t->text.len = 0;
	listing__row(l, width, &p.pen, s);
	t->text.bad = false;
}

void tui__heads(struct tui *t, const struct listing *l, const uint8_t *width, int y, int marked)
{
	struct tui_pen p = { { &t->text, put_cell }, t, y, 0, marked, A_BOLD };

	t->text.len = 0;
	listing__row(l, width, &p.pen, NULL);
	t->text.bad = false;
}

int tui__host(const struct tui *t, const struct model *m, int lines)
{
	struct host_word words[HOST_WORDS];
	size_t n = host__words(m, words);
	int x = 0, y = 0;

	/* Skip the last word, the loss: the status line always shows it. */
	for (size_t i = 0; i + 1 < n; i++) {
		int len = (int)strlen(words[i].text);

		if (x && x + len > COLS) {
			if (++y == lines)
				break;
			x = 0;
		}
		tui__put(y, x, COLS, words[i].text, false,
			 tui__attr(t, words[i].paint) | (i ? 0 : A_BOLD));
		x += len + 2;
	}
	return y < lines ? y + 1 : lines;
}

void tui__bar(int y, attr_t attr)
{
	if (y >= 0 && y < LINES)
		mvchgat(y, 0, -1, attr & ~A_COLOR, (short)PAIR_NUMBER(attr), NULL);
}

void tui__status(const struct tui *t, const struct model *m, const char *keys)
{
	struct host_word words[HOST_WORDS];
	size_t n = host__words(m, words);
	const struct host_word *lost = &words[n - 1];
	int y = LINES - 1, len = (int)strlen(lost->text);
	attr_t attr = A_REVERSE;

	/* Leave the last cell of the screen blank: some terminals cannot write it. */
	if (len > COLS - 1)
		len = COLS - 1;
	tui__put(y, 0, COLS - len - 2, t->frozen ? "PAUSED (p resumes)" : keys, false, 0);
	tui__bar(y, attr);
	if (lost->paint != PAINT_PLAIN)
		attr |= tui__attr(t, lost->paint);
	tui__put(y, COLS - len - 1, len, lost->text, false, attr);
}

void tui__help(const struct tui *t)
{
	static const char *const lines[] = {
		" Keys ",
		"",
		" up down PgUp PgDn Home End   move",
		" Enter     open the VM and trace its decisions",
		" Tab       decisions, rejections, breakdown",
		" Esc q     back, quit",
		" s  < >    change the sort column",
		" 1 .. 9    sort by that column; 0: by age",
		" r         reverse the order",
		" p         pause",
		" Ctrl-L    redraw",
		"",
		" NORMAL green, NORMAL_NC yellow, DEVICE red",
		" VMA: pf PFNMAP  mm MIXEDMAP  io IO  sh SHARED",
		"      ht HUGETLB  au ALLOW_ANY_UNCACHED",
	};
	int nr = sizeof(lines) / sizeof(lines[0]), width = 52;
	int y = LINES > nr ? (LINES - nr) / 2 : 0;
	int x = COLS > width ? (COLS - width) / 2 : 0;
	(void)t;

	for (int i = 0; i < nr && y + i < LINES; i++) {
		int room = COLS - x < width ? COLS - x : width;

		mvhline(y + i, x, ' ', room);
		tui__put(y + i, x, room, lines[i], false, i ? A_NORMAL : A_BOLD);
		mvchgat(y + i, x, room, A_REVERSE, 0, NULL);
	}
}
