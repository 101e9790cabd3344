/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of the terminal view. */
#ifndef S2TRACE_VIEW_TUI_PRIV_H
#define S2TRACE_VIEW_TUI_PRIV_H

#include <curses.h>

#include "view/column.h"
#include "view/host_words.h"
#include "view/tui.h"

enum tui_pane { PANE_LIST, PANE_VM };
enum tui_tab { TAB_DECISIONS, TAB_REJECTIONS, TAB_BREAKDOWN, TAB__MAX };

#define SORT_NONE (-1) /* in order of arrival */

struct tui {
	SCREEN *screen;
	struct model *frozen; /* shown while paused; NULL: not paused */
	enum tui_pane pane;
	enum tui_tab tab;
	bool help, colours, unicode;
	struct out text; /* scratch buffer */
	struct listing vms, events;
	/* the list */
	int sort; /* enum vm_column, or SORT_NONE */
	bool reverse;
	uint32_t cursor; /* number of the VM: the cursor follows it when rows move */
	size_t row;	 /* last position of the cursor, in case the VM goes away */
	size_t top;	 /* first row shown */
	size_t page;	 /* rows that fit */
	const struct vm **rows;
	size_t nr_rows, room;
	/* the VM pane */
	uint32_t open;	/* number of the VM */
	uint64_t event; /* number of the event under the cursor */
	bool follow;	/* the cursor stays on the newest event */
	size_t scroll;	/* of the breakdown */
	uint32_t watched_pid, told_pid;
};

/* tui_draw.c */
attr_t tui__attr(const struct tui *t, enum paint paint);
/* Draws text in `width` columns, cut and sanitized. Returns the number of columns used. */
int tui__put(int y, int x, int width, const char *text, bool right, attr_t attr);
/* Draws a row of a listing at line y, in `attr` or, if that is 0, in the colours of the cells. */
void tui__row(struct tui *t, const struct listing *l, const uint8_t *width, const struct scope *s,
	      int y, attr_t attr);
/* Draws the headings, with column `marked` highlighted (-1: none). */
void tui__heads(struct tui *t, const struct listing *l, const uint8_t *width, int y, int marked);
/* Draws the host in up to `lines` lines. Returns the number of lines used. */
int tui__host(const struct tui *t, const struct model *m, int lines);
void tui__bar(int y, attr_t attr);
void tui__status(const struct tui *t, const struct model *m, const char *keys);
void tui__help(const struct tui *t);

/* tui_list.c */
void tui_list__key(struct tui *t, const struct model *m, int key);
void tui_list__draw(struct tui *t, const struct model *m);
/* The VM under the cursor, NULL if there is none. */
const struct vm *tui_list__current(struct tui *t, const struct model *m);

/* tui_vm.c */
void tui_vm__key(struct tui *t, const struct model *m, int key);
void tui_vm__draw(struct tui *t, const struct model *m);

/* tui_events.c */
void tui_events__key(struct tui *t, const struct vm *vm, int key);
void tui_events__draw(struct tui *t, const struct model *m, const struct vm *vm, int y);

/* tui_chart.c */
void tui_chart__key(struct tui *t, int key);
void tui_chart__draw(struct tui *t, const struct model *m, const struct vm *vm, int y);

#endif /* S2TRACE_VIEW_TUI_PRIV_H */
