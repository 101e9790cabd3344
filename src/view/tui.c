// SPDX-License-Identifier: GPL-2.0-only
/* Setup and teardown of the terminal view, and keys common to all panes. */
#include "view/tui_priv.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "view/tui_terminfo.h"

#define KEY_ESC 27

/* Names of terminals that our built-in description fits. */
static bool is_usual_terminal(const char *term)
{
	static const char *const usual[] = { "xterm", "linux", "screen", "tmux",     "vt220",
					     "rxvt",  "ansi",  "foot",	 "alacritty" };

	for (size_t i = 0; term && i < sizeof(usual) / sizeof(usual[0]); i++)
		if (!strncmp(term, usual[i], strlen(usual[i])))
			return true;
	return false;
}

/*
 * Uses newterm(), because initscr() exits on failure. If the system has no description of the
 * terminal (an initramfs has no database at all), tries the built-in one.
 */
static SCREEN *open_terminal(void)
{
	const char *term = getenv("TERM");
	SCREEN *screen;
	char *own;

	screen = newterm(NULL, stdout, stdin);
	if (screen || !is_usual_terminal(term))
		return screen;
	own = getenv("TERMINFO");
	own = own ? strdup(own) : NULL;
	setenv("TERMINFO", TUI_TERMINFO, 1);
	screen = newterm(TUI_TERMINFO_NAME, stdout, stdin);
	if (own)
		setenv("TERMINFO", own, 1);
	else
		unsetenv("TERMINFO");
	free(own);
	return screen;
}

static void setup_colours(struct tui *t)
{
	const char *no_color = getenv("NO_COLOR");

	t->colours = has_colors() && !(no_color && *no_color);
	if (!t->colours)
		return;
	start_color();
	use_default_colors();
	init_pair(PAINT_NORMAL, COLOR_GREEN, -1);
	init_pair(PAINT_NC, COLOR_YELLOW, -1);
	init_pair(PAINT_DEVICE, COLOR_RED, -1);
	init_pair(PAINT_REJECTED, COLOR_RED, -1);
	init_pair(PAINT_GOOD, COLOR_GREEN, -1);
}

/* Sequences that terminals send whatever their description says. */
static void setup_keys(void)
{
	static const struct {
		const char *sequence;
		int key;
	} more[] = {
		{ "\033[A", KEY_UP },	  { "\033[B", KEY_DOWN },  { "\033[H", KEY_HOME },
		{ "\033[F", KEY_END },	  { "\033[1~", KEY_HOME }, { "\033[4~", KEY_END },
		{ "\033OH", KEY_HOME },	  { "\033OF", KEY_END },   { "\033[5~", KEY_PPAGE },
		{ "\033[6~", KEY_NPAGE }, { "\033[Z", KEY_BTAB },
	};

	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		define_key(more[i].sequence, more[i].key);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	cbreak();
	noecho();
	nonl();
	set_escdelay(25);
}

/* Terminals that cannot move the cursor ("dumb") are unusable. */
static SCREEN *usable(SCREEN *screen)
{
	const char *cup = screen ? tigetstr("cup") : NULL;

	if (cup && cup != (char *)-1)
		return screen;
	if (screen)
		delscreen(screen);
	return NULL;
}

struct tui *tui__new(void)
{
	struct tui *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	setlocale(LC_CTYPE, "");
	t->unicode = !strcmp(nl_langinfo(CODESET), "UTF-8");
	t->sort = SORT_NONE;
	t->follow = true;
	t->screen = usable(open_terminal());
	if (!t->screen) {
		free(t);
		errno = ENOTTY;
		return NULL;
	}
	listing__init(&t->vms, COLUMNS(vm_columns));
	listing__init(&t->events, COLUMNS(event_columns));
	set_term(t->screen);
	setup_keys();
	setup_colours(t);
	curs_set(0);
	return t;
}

void tui__free(struct tui *t)
{
	if (!t)
		return;
	endwin();
	delscreen(t->screen);
	model__free(t->frozen);
	free(t->rows);
	out__free(&t->text);
	free(t);
}

uint32_t tui__watched_pid(const struct tui *t)
{
	return t->watched_pid;
}

static const struct model *tui__shown(const struct tui *t, const struct model *m)
{
	return t->frozen ? t->frozen : m;
}

/* If there is no memory for a copy, the view is not paused. */
static void tui__pause(struct tui *t, const struct model *m)
{
	struct model *frozen = t->frozen ? NULL : model__clone(m);

	model__free(t->frozen);
	t->frozen = frozen;
	t->nr_rows = 0;
}

/* True: quit. */
static bool tui__key(struct tui *t, const struct model *m, int key)
{
	const struct model *shown = tui__shown(t, m);

	if (t->help) {
		t->help = false;
		return false;
	}
	switch (key) {
	case 'h':
	case '?':
	case KEY_F(1):
		t->help = true;
		return false;
	case 'p':
		tui__pause(t, m);
		return false;
	case 'L' - '@':
		clearok(curscr, TRUE);
		return false;
	case 'q':
	case KEY_ESC:
		if (t->pane == PANE_LIST)
			return true;
		break;
	}
	if (t->pane == PANE_VM)
		tui_vm__key(t, shown, key);
	else
		tui_list__key(t, shown, key);
	return false;
}

/*
 * Polls the size of the terminal, because the caller may handle SIGWINCH itself. True if it
 * has changed.
 */
static bool tui__follow_size(void)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) || !ws.ws_row || !ws.ws_col)
		return false;
	if (ws.ws_row == LINES && ws.ws_col == COLS)
		return false;
	resizeterm(ws.ws_row, ws.ws_col);
	return true;
}

enum tui_wish tui__keys(struct tui *t, const struct model *m)
{
	bool resized = tui__follow_size();
	int key;

	while ((key = getch()) != ERR) {
		if (key == KEY_RESIZE)
			resized = true;
		else if (tui__key(t, m, key))
			return TUI_QUIT;
	}
	if (resized)
		tui__draw(t, m);
	/* Drawing closes the pane of a VM that is gone: report that as well. */
	if (t->watched_pid == t->told_pid)
		return TUI_NOTHING;
	t->told_pid = t->watched_pid;
	return TUI_WATCH;
}

void tui__draw(struct tui *t, const struct model *m)
{
	const struct model *shown = tui__shown(t, m);

	tui__follow_size();
	erase();
	if (t->pane == PANE_VM)
		tui_vm__draw(t, shown);
	else
		tui_list__draw(t, shown);
	if (t->help)
		tui__help(t);
	refresh();
}
