// SPDX-License-Identifier: GPL-2.0-only
/* The terminal view on a terminal: what keys send, how large it is, what is written to it. */
#define _XOPEN_SOURCE_EXTENDED
#include "unit.h"

#include <curses.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "fixture.h"
#include "screen.h"
#include "view/tui.h"

static struct {
	int user, out, in; /* the other end of the terminal; stdout and stdin before */
	struct model *m;
	struct tui *tui;
} t;

static void set_size(unsigned short rows, unsigned short cols)
{
	const struct winsize size = { .ws_row = rows, .ws_col = cols };

	assert_int_equal(ioctl(t.user, TIOCSWINSZ, &size), 0);
}

/* VMs 1 to 3: gpu0, vm2, vm3. */
static int begin(void **state)
{
	int terminal;

	(void)state;
	t.user = posix_openpt(O_RDWR | O_NOCTTY);
	if (t.user < 0 || grantpt(t.user) || unlockpt(t.user))
		return -1;
	terminal = open(ptsname(t.user), O_RDWR | O_NOCTTY);
	set_size(24, 80);
	fflush(stdout);
	t.out = dup(STDOUT_FILENO);
	t.in = dup(STDIN_FILENO);
	dup2(terminal, STDOUT_FILENO);
	dup2(terminal, STDIN_FILENO);
	close(terminal);
	t.m = fixture__model();
	for (uint32_t id = 2; id <= 3; id++) {
		struct s2_ev_vm created = fixture__vm(id, S2_VM_CREATED);
		struct s2_ev_identity identity = fixture__identity(id, id == 2 ? "vm2" : "vm3");

		fixture__take(t.m, &created);
		fixture__take(t.m, &identity);
	}
	t.tui = tui__new();
	if (!t.tui)
		return -1;
	tui__draw(t.tui, t.m);
	return 0;
}

static int end(void **state)
{
	(void)state;
	tui__free(t.tui);
	model__free(t.m);
	fflush(stdout);
	dup2(t.out, STDOUT_FILENO);
	dup2(t.in, STDIN_FILENO);
	close(t.out);
	close(t.in);
	close(t.user);
	return 0;
}

/* Bytes that were written to the terminal since. */
static size_t written(void)
{
	struct pollfd there = { .fd = t.user, .events = POLLIN };
	char text[65536];
	size_t all = 0;

	while (poll(&there, 1, 20) > 0) {
		ssize_t n = read(t.user, text, sizeof(text));

		if (n <= 0)
			break;
		all += (size_t)n;
	}
	return all;
}

static enum tui_wish send_keys(const char *keys)
{
	struct pollfd there = { .fd = STDIN_FILENO, .events = POLLIN };
	enum tui_wish wish;

	assert_int_equal(write(t.user, keys, strlen(keys)), strlen(keys));
	assert_int_equal(poll(&there, 1, 5000), 1);
	wish = tui__keys(t.tui, t.m);
	tui__draw(t.tui, t.m);
	written();
	return wish;
}

static void expect_cursor(const char *name)
{
	int y = row_of(name);

	assert_true(y >= 0);
	assert_true(mvinch(y, 0) & A_REVERSE);
}

/* Those of the terminal's description, and what others send. */
static void keys_are_known_by_what_they_send(void **state)
{
	static const struct {
		const char *down, *up;
	} keys[] = {
		{ "j", "k" },
		{ "\033OB", "\033OA" },
		{ "\033[B", "\033[A" },
		{ "\033OF", "\033OH" },
		{ "\033[F", "\033[H" },
		{ "\033[4~", "\033[1~" },
		{ "\033[6~", "\033[5~" },
	};

	(void)state;
	for (size_t i = 0; i < NR(keys); i++) {
		expect_cursor("gpu0 ");
		send_keys(keys[i].down);
		expect_cursor(i < 3 ? "vm2" : "vm3");
		send_keys(keys[i].up);
	}
	expect_cursor("gpu0 ");
}

static void keys_are_read_one_by_one(void **state)
{
	(void)state;
	assert_int_equal(tui__keys(t.tui, t.m), TUI_NOTHING); /* and do not wait for one */
	assert_int_equal(send_keys("jk\r"), TUI_WATCH);
	assert_true(row_of("VM 1  gpu0") >= 0);
	send_keys("\t");
	assert_true(row_of("REASON") >= 0);
	send_keys("\033[Z");
	assert_true(row_of("REASON") < 0);
	assert_int_equal(send_keys("\033"), TUI_WATCH);
	assert_true(row_of("vm2") >= 0);
	assert_int_equal(send_keys("Z"), TUI_NOTHING); /* means nothing, and is not echoed */
	assert_int_equal(row_of("Z"), -1);
	assert_int_equal(send_keys("q"), TUI_QUIT);
}

/* Esc begins other keys, too: no more than an instant is to be waited for them. */
static void escape_is_not_waited_for(void **state)
{
	(void)state;
	assert_int_equal(get_escdelay(), 25);
}

static void the_screen_follows_the_terminal(void **state)
{
	(void)state;
	set_size(30, 100);
	assert_int_equal(tui__keys(t.tui, t.m), TUI_NOTHING);
	assert_int_equal(LINES, 30);
	assert_int_equal(COLS, 100);
	assert_non_null(strstr(row(29), "lost 0"));
	set_size(12, 60);
	tui__draw(t.tui, t.m);
	assert_int_equal(LINES, 12);
	assert_int_equal(COLS, 60);
	assert_non_null(strstr(row(11), "lost 0"));
	set_size(0, 0); /* not known */
	tui__keys(t.tui, t.m);
	assert_int_equal(LINES, 12);
	assert_int_equal(COLS, 60);
	set_size(12, 61);
	tui__keys(t.tui, t.m);
	assert_int_equal(COLS, 61);
	set_size(13, 61);
	tui__keys(t.tui, t.m);
	assert_int_equal(LINES, 13);
}

/* What does not change is written once; Ctrl-L writes it again. */
static void the_screen_is_redrawn_when_asked_to(void **state)
{
	size_t first = written();

	(void)state;
	assert_true(first > 300);
	tui__draw(t.tui, t.m);
	assert_true(written() < 20);
	assert_int_equal(write(t.user, "\014", 1), 1);
	assert_int_equal(tui__keys(t.tui, t.m), TUI_NOTHING);
	tui__draw(t.tui, t.m);
	assert_true(written() > 300);
}

static int environment(void **state)
{
	(void)state;
	setenv("TERM", "xterm", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	unsetenv("NO_COLOR");
	unsetenv("TERMINFO");
	unsetenv("LINES");
	unsetenv("COLUMNS");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keys_are_known_by_what_they_send, begin, end),
		cmocka_unit_test_setup_teardown(keys_are_read_one_by_one, begin, end),
		cmocka_unit_test_setup_teardown(escape_is_not_waited_for, begin, end),
		cmocka_unit_test_setup_teardown(the_screen_follows_the_terminal, begin, end),
		cmocka_unit_test_setup_teardown(the_screen_is_redrawn_when_asked_to, begin, end),
	};

	return cmocka_run_group_tests(tests, environment, NULL);
}
