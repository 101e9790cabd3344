/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal view of `s2trace top` (ncursesw). It draws the model and translates keys to
 * requests for the caller. It does not poll anything itself.
 */
#ifndef S2TRACE_VIEW_TUI_H
#define S2TRACE_VIEW_TUI_H

#include "model/model.h"

struct tui;

/* NULL with errno set when the terminal cannot be used (TERM unknown, no memory). */
struct tui *tui__new(void);
/* Restores the terminal. Accepts NULL. */
void tui__free(struct tui *t);

enum tui_wish {
	TUI_NOTHING, /* no key, or one that needs a redraw at most */
	TUI_QUIT,
	TUI_WATCH, /* the watched VM changed: see tui__watched_pid() */
};

/* Handles all pending keys (never blocks), resizing included. */
enum tui_wish tui__keys(struct tui *t, const struct model *m);
/* Process id of the VM whose decisions are to be emitted; 0: none. */
uint32_t tui__watched_pid(const struct tui *t);
/* Redraws. Call it after keys and once per interval. */
void tui__draw(struct tui *t, const struct model *m);

#endif /* S2TRACE_VIEW_TUI_H */
