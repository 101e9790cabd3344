// SPDX-License-Identifier: GPL-2.0-only
/*
 * The terminal view: drawn into a terminal of which only the screen in ncurses'
 * memory is looked at, fed with keys as a user would press them.
 */
#define _XOPEN_SOURCE_EXTENDED
#include "unit.h"

#include <curses.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "oom.h"
#include "screen.h"
#include "view/tui.h"

/* ncurses does not free what it began with when newterm() fails. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:new_prescr";
}

struct bed {
	struct tui *tui;
	struct model *m;
	int out; /* where stdout went before */
};

static void set_size(int rows, int cols)
{
	resizeterm(rows, cols);
}

/* The terminal gets what ncurses writes: nobody wants to see it in a test's log. */
static void bed__start(struct bed *b, struct model *m, int rows, int cols)
{
	int null = open("/dev/null", O_RDWR);

	fflush(stdout);
	b->out = dup(STDOUT_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDIN_FILENO);
	close(null);
	b->m = m;
	b->tui = tui__new();
	assert_non_null(b->tui);
	set_size(rows, cols);
	tui__draw(b->tui, m);
}

static void bed__end(struct bed *b)
{
	tui__free(b->tui);
	fflush(stdout);
	dup2(b->out, STDOUT_FILENO);
	close(b->out);
	model__free(b->m);
}

static enum tui_wish press(struct bed *b, int key)
{
	enum tui_wish wish;

	ungetch(key);
	wish = tui__keys(b->tui, b->m);
	tui__draw(b->tui, b->m);
	return wish;
}

static void expect(const char *text)
{
	if (row_of(text) >= 0)
		return;
	for (int y = 0; y < LINES; y++)
		print_error("|%s\n", row(y));
	fail_msg("\"%s\" is not on the screen", text);
}

static void expect_not(const char *text)
{
	assert_int_equal(row_of(text), -1);
}

static bool is_marked(int y)
{
	return y >= 0 && (mvinch(y, 0) & A_REVERSE) != 0; /* ERR has every attribute */
}

static void rename_vm(struct model *m, const char *name)
{
	struct s2_ev_identity id = fixture__identity(1, name);

	fixture__take(m, &id);
}

/* VM 1 of the fixture, and 40 more: vm02, vm03 ... with ever fewer faults. */
static struct model *many(void)
{
	struct model *m = fixture__model();

	for (uint32_t id = 2; id <= 41; id++) {
		struct s2_ev_vm created = fixture__vm(id, S2_VM_CREATED);
		struct s2_ev_totals t = fixture__totals();
		struct s2_ev_identity identity;
		char name[8];

		snprintf(name, sizeof(name), "vm%02u", id);
		identity = fixture__identity(id, name);
		created.tgid = 10000 + id;
		memset(&t.totals, 0, sizeof(t.totals));
		t.h.vm = id;
		t.totals.outcome[S2_OUTCOME_MAPPED] = 100 - id;
		t.totals.cell[S2_MEMTYPE_NORMAL][S2_LEVEL_PAGE].n[S2_ACCESS_READ] = 100 - id;
		fixture__take(m, &created);
		fixture__take(m, &identity);
		fixture__take(m, &t);
	}
	return m;
}

/* As fixture__model(); VMs that ended are dropped by the next tick. */
static struct model *forgetful(void)
{
	const struct model_opts opts = { .space = model_defaults.space,
					 .max_vms = 64,
					 .keep_dead_ns = 1 };
	struct s2_ev_vm created = fixture__vm(1, S2_VM_CREATED);
	struct s2_ev_identity identity = fixture__identity(1, "gpu0");
	struct s2_ev_totals totals = fixture__totals();
	struct model *m = model__new(&opts);

	fixture__take(m, &fixture_host);
	fixture__take(m, &created);
	fixture__take(m, &identity);
	fixture__take(m, &totals);
	return m;
}

static void end_vm(struct model *m)
{
	struct s2_ev_vm gone = fixture__vm(1, S2_VM_DESTROYED);
	struct s2_ev_vm retired = fixture__vm(1, S2_VM_RETIRED);

	fixture__take(m, &gone);
	fixture__take(m, &retired);
}

static void tick(struct model *m)
{
	struct s2_ev_tick t = fixture__tick(FIXTURE_TS + 1000000000);

	fixture__take(m, &t);
}

static void the_list_shows_host_and_vms(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, many(), 24, 80);
	expect("s2trace grace-01");
	expect("Linux 7.3.4-arm64");
	expect("FWB yes");
	expect("cacheable PFNMAP -");
	expect("lost 0");
	expect("NAME");
	expect("gpu0");
	expect("1.0G/512");
	expect("vm02");
	expect_not("vm41");
	/* The reason has no column here: it is told for the VM under the cursor. */
	expect("gpu0: cacheable PFNMAP needs FWB and DIC, this host lacks both");
	bed__end(&b);
}

static void loss_is_in_view(void **state)
{
	struct s2_ev_survey pass = fixture__survey(S2_SURVEY_PASS);
	struct s2_ev_loss loss = fixture__loss();
	struct bed b;

	(void)state;
	bed__start(&b, fixture__model(), 24, 80);
	loss.lost[S2_LOST_RING] = 12;
	pass.vms_truncated = 7;
	fixture__take(b.m, &loss);
	fixture__take(b.m, &pass);
	tui__draw(b.tui, b.m);
	expect("lost 12 ring:12");
	expect("7 VMs not shown");
	press(&b, '\r');
	expect("lost 12 ring:12");
	set_size(5, 20);
	tui__draw(b.tui, b.m);
	expect("lost 12");
	bed__end(&b);
}

static void wide_terminals_have_every_column(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, fixture__model(), 30, 160);
	expect("PAGE/PMD/PUD");
	expect("P99 us");
	expect("LAST REASON");
	expect("5/512/0");
	expect("4.0G/32.0M/0");
	bed__end(&b);
}

static void the_cursor_moves_and_the_list_scrolls(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, many(), 24, 80);
	assert_true(is_marked(row_of("gpu0 ")));
	press(&b, KEY_DOWN);
	assert_true(is_marked(row_of("vm02")));
	assert_false(is_marked(row_of("gpu0 ")));
	press(&b, KEY_UP);
	press(&b, KEY_UP);
	assert_true(is_marked(row_of("gpu0 ")));
	press(&b, KEY_END);
	assert_true(is_marked(row_of("vm41")));
	expect_not("vm02");
	press(&b, KEY_PPAGE);
	press(&b, KEY_NPAGE);
	assert_true(is_marked(row_of("vm41")));
	press(&b, KEY_HOME);
	assert_true(is_marked(row_of("gpu0 ")));
	bed__end(&b);
}

static void sorting_keeps_the_cursor_on_its_vm(void **state)
{
	struct bed b;
	int first;

	(void)state;
	bed__start(&b, many(), 50, 160);
	first = row_of("gpu0 ");
	press(&b, KEY_DOWN); /* vm02 */
	press(&b, '1');	     /* by process, the largest first */
	assert_true(row_of("vm41") == first);
	assert_true(is_marked(row_of("vm02")));
	press(&b, 'r');
	assert_true(row_of("gpu0 ") == first);
	press(&b, 'r');
	press(&b, '2'); /* by name, from a on */
	assert_true(row_of("gpu0 ") == first);
	assert_true(row_of("vm02") == first + 1);
	press(&b, '>'); /* by what is mapped now */
	assert_true(row_of("gpu0 ") == first);
	press(&b, '<');
	press(&b, '<');
	assert_true(row_of("vm41") == first);
	press(&b, '0');
	for (int column = 0; column < 13; column++)
		press(&b, 's'); /* round, to where it began */
	assert_true(row_of("vm02") == first + 1);
	assert_true(is_marked(row_of("vm02")));
	bed__end(&b);
}

static void a_vm_is_opened_watched_and_left(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, many(), 24, 80);
	press(&b, '\n');
	expect("VM 1  gpu0");
	press(&b, KEY_BACKSPACE);
	expect("vm02");
	press(&b, KEY_ENTER);
	expect("VM 1  gpu0");
	press(&b, 27);
	assert_int_equal(tui__watched_pid(b.tui), 0);
	assert_int_equal(press(&b, '\r'), TUI_WATCH);
	assert_int_equal(tui__watched_pid(b.tui), FIXTURE_PID);
	expect("VM 1  gpu0  process 4242");
	expect("mapped now: NORMAL 4.0G  NORMAL_NC 32.0M  DEVICE_nGnRE 0");
	expect("0x400000000000");
	expect("mapped");
	assert_int_equal(press(&b, '\t'), TUI_NOTHING);
	expect("rejected");
	expect("pfnmap_needs_fwb");
	expect("create");
	press(&b, '\t');
	expect("Mappings by type");
	expect("DEVICE_nGnRE");
	press(&b, KEY_END);
	expect("Faults by duration");
	press(&b, '\t');
	expect("ACCESS");
	assert_int_equal(press(&b, 'q'), TUI_WATCH);
	assert_int_equal(tui__watched_pid(b.tui), 0);
	expect("vm02");
	assert_int_equal(press(&b, 'q'), TUI_QUIT);
	bed__end(&b);
}

static void an_event_is_shown_in_full(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, fixture__model(), 24, 120);
	press(&b, '\r');
	expect("cacheable PFNMAP needs FWB and DIC, this host lacks both"); /* the newest */
	expect("ret -14");
	press(&b, KEY_DOWN);
	expect("the host's own page is no larger");
	expect("pa 0x480000000000");
	expect("vma NORMAL pf io sh");
	expect("device 0000:01:00.0/4");
	press(&b, '\t');
	press(&b, KEY_DOWN);
	expect("size 16G");
	expect("ret -22");
	bed__end(&b);
}

static void the_cursor_stays_on_its_event(void **state)
{
	struct s2_ev_decision d = fixture__mapped();
	struct bed b;

	(void)state;
	bed__start(&b, fixture__model(), 24, 120);
	press(&b, '\r');
	press(&b, KEY_DOWN);
	expect("pa 0x480000000000");
	d.pa = 0x123000;
	for (int i = 0; i < 5; i++)
		fixture__take(b.m, &d);
	tui__draw(b.tui, b.m);
	expect("pa 0x480000000000");
	press(&b, KEY_HOME);
	expect("pa 0x123000");
	for (int i = 0; i < 2 * MODEL_RECENT; i++)
		fixture__take(b.m, &d);
	press(&b, KEY_END);
	press(&b, KEY_PPAGE);
	bed__end(&b);
}

/* Of more events than there are rows, those around the cursor are shown. */
static void events_scroll_with_their_cursor(void **state)
{
	struct s2_ev_decision d = fixture__mapped();
	struct bed b;
	int first;

	(void)state;
	bed__start(&b, fixture__named(), 12, 160);
	for (uint64_t i = 0; i < 40; i++) {
		d.pa = 0xa000000 + (i << 12);
		fixture__take(b.m, &d);
	}
	press(&b, '\r');
	first = row_of("0xa027000"); /* the newest */
	assert_true(first > 0 && is_marked(first));
	assert_int_equal(row_of("0xa026000"), first + 1);
	press(&b, KEY_DOWN);
	assert_false(is_marked(first));
	assert_true(is_marked(row_of("0xa026000")));
	press(&b, KEY_END);
	assert_true(is_marked(row_of("0xa000000")));
	assert_int_equal(row_of("0xa000000"), LINES - 2);
	expect_not("0xa027000");
	press(&b, KEY_PPAGE);
	assert_true(is_marked(row_of("0xa006000")));
	press(&b, KEY_HOME);
	assert_true(is_marked(first));
	assert_int_equal(row_of("0xa027000"), first);
	press(&b, 'j');
	assert_true(is_marked(row_of("0xa026000")));
	press(&b, 'k');
	assert_true(is_marked(row_of("0xa027000")));
	press(&b, KEY_NPAGE);
	assert_true(is_marked(row_of("0xa021000")));
	bed__end(&b);
}

/* The longest reason has 57 columns; where there are fewer, its name must do. */
static void reasons_are_in_words_where_they_have_room(void **state)
{
	struct bed b;
	int y;

	(void)state;
	bed__start(&b, fixture__model(), 30, 250);
	press(&b, '\r');
	y = row_of("rejected");
	assert_non_null(strstr(row(y), "cacheable PFNMAP needs FWB and DIC, this host lacks both"));
	press(&b, '\t');
	set_size(30, 60);
	tui__draw(b.tui, b.m);
	y = row_of("0x400000000000 ");
	assert_non_null(strstr(row(y), "pfnmap_needs_fwb_dic"));
	assert_null(strstr(row(y), "needs FWB and DIC"));
	bed__end(&b);
}

/* In full it is told without its BAR where that is not known. */
static void devices_are_told(void **state)
{
	struct s2_ev_memslot slot = fixture__memslot_refused();
	struct bed b;

	(void)state;
	slot.device = fixture_device;
	slot.device.bar = -1;
	bed__start(&b, fixture__named(), 24, 170);
	fixture__take(b.m, &slot);
	press(&b, '\r');
	press(&b, '\t');
	expect("device 0000:01:00.0  ");
	slot.device = (struct s2_device){ .bar = 2 };
	fixture__take(b.m, &slot);
	tui__draw(b.tui, b.m);
	expect("device vfio/2");
	slot.device.bar = -1;
	fixture__take(b.m, &slot);
	tui__draw(b.tui, b.m);
	expect_not("device");
	bed__end(&b);
}

static int bars_in(int y)
{
	int n = 0;

	for (const char *p = row(y); (p = strstr(p, "\u2588")); p++)
		n++;
	return n;
}

/* The largest of a group takes all the room; something is more than nothing. */
static void bars_are_as_long_as_what_they_stand_for(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, fixture__model(), 40, 80);
	press(&b, '\r');
	press(&b, '\t');
	press(&b, '\t');
	assert_int_equal(bars_in(row_of("NORMAL  ")), 80 - 14 - 16 - 2 - 1);
	assert_int_equal(bars_in(row_of("512     1.0G")), 80 - 14 - 16 - 2 - 1);
	assert_int_equal(bars_in(row_of("NORMAL_NC  ")), 1);
	assert_int_equal(bars_in(row_of("DEVICE_nGnRE  ")), 0);
	assert_int_equal(bars_in(row_of("read  ")), 1);
	assert_int_equal(bars_in(row_of("4.10  ")), 47);
	bed__end(&b);
}

static attr_t attr_of(const char *text)
{
	int y = row_of(text);

	assert_true(y >= 0);
	return mvinch(y, (int)(strstr(row(y), text) - row(y))) & A_ATTRIBUTES;
}

static void the_heading_tells_the_order(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, many(), 24, 160);
	assert_false(attr_of("NAME") & A_UNDERLINE);
	press(&b, '2');
	assert_true(attr_of("NAME") & A_UNDERLINE);
	assert_false(attr_of("PID") & A_UNDERLINE);
	press(&b, '1');
	assert_false(attr_of("NAME") & A_UNDERLINE);
	assert_true(attr_of("PID") & A_UNDERLINE);
	bed__end(&b);
}

static void names_that_begin_alike_are_in_order(void **state)
{
	struct s2_ev_identity longer = fixture__identity(2, "ba");
	struct s2_ev_vm created = fixture__vm(2, S2_VM_CREATED);
	struct model *m = fixture__named();
	struct bed b;

	(void)state;
	fixture__take(m, &created);
	fixture__take(m, &longer);
	rename_vm(m, "b");
	bed__start(&b, m, 24, 160);
	press(&b, '2');
	assert_int_equal(row_of("4242 b "), row_of("4242 ba") - 1);
	press(&b, 'r');
	assert_int_equal(row_of("4242 b "), row_of("4242 ba") + 1);
	bed__end(&b);
}

static void a_vm_that_goes_is_dimmed_then_left(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, forgetful(), 24, 80);
	press(&b, '\r');
	end_vm(b.m);
	tui__draw(b.tui, b.m);
	expect("(gone)");
	press(&b, KEY_LEFT);
	press(&b, 'q');
	assert_true((mvinch(row_of("gone"), 0) & A_DIM) != 0);
	press(&b, '\r');
	tick(b.m);
	tui__draw(b.tui, b.m);
	expect("No VM yet.");
	assert_int_equal(tui__keys(b.tui, b.m), TUI_NOTHING);
	bed__end(&b);
}

/* It was alive when it was opened: the caller is told to watch no more. */
static void the_caller_hears_that_a_vm_went(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, forgetful(), 24, 80);
	assert_int_equal(press(&b, '\r'), TUI_WATCH);
	end_vm(b.m);
	tick(b.m);
	tui__draw(b.tui, b.m);
	assert_int_equal(tui__keys(b.tui, b.m), TUI_WATCH);
	assert_int_equal(tui__watched_pid(b.tui), 0);
	bed__end(&b);
}

static void a_pause_holds_the_screen(void **state)
{
	struct s2_ev_vm another = fixture__vm(2, S2_VM_CREATED);
	struct bed b;

	(void)state;
	bed__start(&b, fixture__model(), 24, 80);
	press(&b, 'p');
	expect("PAUSED");
	assert_null(strstr(row(LINES - 1), "help")); /* nor what else the keys would do */
	rename_vm(b.m, "other");
	fixture__take(b.m, &another);
	tui__draw(b.tui, b.m);
	expect("gpu0");
	expect_not("other");
	press(&b, KEY_END);
	expect("gpu0");
	press(&b, 'p');
	expect("other");
	expect_not("PAUSED");
	bed__end(&b);
}

static void help_lies_over_it_until_a_key(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, fixture__model(), 24, 80);
	press(&b, 'h');
	expect("Keys");
	expect("pause");
	assert_int_equal(press(&b, 'q'), TUI_NOTHING); /* closes the help only */
	expect_not("Keys");
	bed__end(&b);
}

static void every_size_is_survived(void **state)
{
	static const int sizes[][2] = { { 24, 80 }, { 5, 20 },	 { 3, 10 }, { 1, 1 },  { 2, 200 },
					{ 60, 9 },  { 50, 250 }, { 7, 40 }, { 24, 80 } };
	static const int keys[] = { KEY_DOWN,  '\r', KEY_DOWN, '\t', KEY_NPAGE, '\t',
				    KEY_NPAGE, 'h',  'h',      27,   's',	'r' };
	struct bed b;

	(void)state;
	bed__start(&b, many(), 24, 80);
	for (size_t i = 0; i < NR(sizes); i++) {
		set_size(sizes[i][0], sizes[i][1]);
		tui__draw(b.tui, b.m);
		for (size_t k = 0; k < NR(keys); k++)
			press(&b, keys[k]);
		assert_int_equal(LINES, sizes[i][0]);
		assert_int_equal(COLS, sizes[i][1]);
	}
	expect("vm");
	bed__end(&b);
}

static void small_terminals_show_what_matters(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, fixture__model(), 5, 20);
	expect("gpu0");
	expect("PID");
	expect("lost 0");
	bed__end(&b);
}

/* Wide characters, control characters, bytes that are nothing. */
static void names_may_hold_anything(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, fixture__model(), 24, 80);
	rename_vm(b.m,
		  "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe5\x90\x8d\xe5\x89\x8d\xe3"
		  "\x81\xa7");
	tui__draw(b.tui, b.m);
	expect("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe5\x90\x8d~");
	expect("1.0G/512"); /* the columns behind it are where they were */
	assert_memory_equal(strstr(row(row_of("1.0G/512")), "1.0G/512"), "1.0G/512  ", 10);
	rename_vm(b.m, "a\033[2J\xff\xe6z");
	tui__draw(b.tui, b.m);
	expect("a?[2J??z");
	expect("a?[2J??z: cacheable PFNMAP"); /* the line below the list */
	rename_vm(b.m, "\xef\xbf\xbf"	      /* not a character */
		       "x");
	tui__draw(b.tui, b.m);
	expect("?x  ");
	rename_vm(b.m, "\xe2\x80\xae"
		       "evil\xc2\x9b");
	tui__draw(b.tui, b.m);
	expect("?evil?");
	press(&b, '\r');
	expect("VM 1  ?evil?  process 4242");
	bed__end(&b);
}

/* The pair of the first figure of vm02, which the cursor does not cover. */
static int pair_of_normal(void)
{
	int y = row_of("vm02");
	const char *figure = strstr(row(y), "/98");

	assert_non_null(figure);
	return PAIR_NUMBER(mvinch(y, (int)(figure - row(y))));
}

/* The '-' of a VM without NORMAL_NC is not yellow, a 0 in REJ not red. */
static void nothing_has_no_colour(void **state)
{
	struct bed b;
	int y, x;

	(void)state;
	bed__start(&b, many(), 24, 160);
	y = row_of("vm02");
	x = (int)(strstr(row(y), "/98 ") - row(y)) + 2 + 12; /* the next column's end */
	assert_int_equal(mvinch(y, x) & A_CHARTEXT, '-');
	assert_int_equal(PAIR_NUMBER(mvinch(y, x)), 0);
	x = (int)(strstr(row(row_of("REJ")), "REJ") - row(row_of("REJ"))) + 2;
	assert_int_equal(mvinch(y, x) & A_CHARTEXT, '0');
	assert_int_equal(PAIR_NUMBER(mvinch(y, x)), 0);
	bed__end(&b);
}

static void colours_are_there_unless_unwanted(void **state)
{
	static const short colours[] = { COLOR_GREEN, COLOR_YELLOW, COLOR_RED, COLOR_RED,
					 COLOR_GREEN };
	struct bed b;

	(void)state;
	bed__start(&b, many(), 24, 160);
	assert_int_not_equal(pair_of_normal(), 0);
	for (short pair = 1; pair <= (short)NR(colours); pair++) {
		short colour, background;

		assert_int_equal(pair_content(pair, &colour, &background), OK);
		assert_int_equal(colour, colours[pair - 1]);
		assert_int_equal(background, -1); /* the terminal's own */
	}
	bed__end(&b);
	setenv("NO_COLOR", "1", 1);
	bed__start(&b, many(), 24, 160);
	assert_int_equal(pair_of_normal(), 0);
	bed__end(&b);
	unsetenv("NO_COLOR");
	setenv("TERM", "vt100", 1);
	bed__start(&b, many(), 24, 160);
	assert_int_equal(pair_of_normal(), 0);
	bed__end(&b);
	setenv("TERM", "xterm", 1);
}

static void unusable_terminals_are_refused(void **state)
{
	static const char *const terms[] = { "", "dumb", "no-such-terminal" };

	(void)state;
	for (size_t i = 0; i < NR(terms); i++) {
		setenv("TERM", terms[i], 1);
		assert_null(tui__new());
	}
	tui__free(NULL);
	setenv("TERM", "xterm", 1);
}

/* As in an initramfs, which has no terminfo database. */
static void usual_terminals_need_no_database(void **state)
{
	struct bed b;

	(void)state;
	setenv("TERM", "xterm-no-such-variant", 1);
	bed__start(&b, fixture__model(), 24, 80);
	expect("gpu0");
	assert_null(getenv("TERMINFO"));
	bed__end(&b);
	setenv("TERMINFO", "/nonexistent", 1);
	bed__start(&b, fixture__model(), 24, 80);
	assert_string_equal(getenv("TERMINFO"), "/nonexistent");
	bed__end(&b);
	unsetenv("TERMINFO");
	setenv("TERM", "xterm", 1);
}

/*
 * Whole screens are compared with those of tui.golden. '|' begins a row of text, '+' how the cells
 * of the row above look, if any stands out: a digit is a colour (enum paint), r reverse,
 * u underlined, b bold, d dim.
 */
static char look_of(int y, int x)
{
	wchar_t text[CCHARW_MAX + 1];
	attr_t attr = 0;
	cchar_t cell;
	short pair = 0;

	mvin_wch(y, x, &cell);
	getcchar(&cell, text, &attr, &pair, NULL);
	if (pair)
		return (char)('0' + pair);
	if (attr & A_REVERSE)
		return 'r';
	if (attr & A_UNDERLINE)
		return 'u';
	if (attr & A_BOLD)
		return 'b';
	return attr & A_DIM ? 'd' : ' ';
}

static void write_line(FILE *to, char mark, const char *text)
{
	size_t len = strlen(text);

	while (len && text[len - 1] == ' ')
		len--;
	if (mark == '|' || len)
		fprintf(to, "%c%.*s\n", mark, (int)len, text);
}

static char *screen(void)
{
	char *text = NULL, look[512] = "";
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	for (int y = 0; y < LINES; y++) {
		for (int x = 0; x < COLS; x++)
			look[x] = look_of(y, x);
		look[COLS] = '\0';
		write_line(to, '|', mvinch(y, 0) & A_ALTCHARSET ? "(line)" : row(y));
		write_line(to, '+', look);
	}
	fclose(to);
	return text;
}

/* The screen of that name, to be freed. */
static char *golden_screen(const char *name)
{
	char *text = NULL, line[1024];
	FILE *from = fopen(GOLDEN, "r"), *to;
	bool inside = false;
	size_t len = 0;

	assert_non_null(from);
	to = open_memstream(&text, &len);
	while (fgets(line, sizeof(line), from)) {
		if (!strncmp(line, "== ", 3)) {
			line[strcspn(line, "\n")] = '\0';
			inside = !strcmp(line + 3, name);
		} else if (inside) {
			fputs(line, to);
		}
	}
	fclose(to);
	fclose(from);
	return text;
}

static void expect_screen(const struct bed *b, const char *name, int rows, int cols)
{
	char *have, *want = golden_screen(name);

	set_size(rows, cols);
	tui__draw(b->tui, b->m);
	have = screen();
	if (strcmp(have, want)) {
		fprintf(stderr, "== %s\n%s", name, have);
		fail_msg("the screen is not that of tui.golden");
	}
	free(have);
	free(want);
}

static void no_vm_is_said(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, fixture__empty(), 24, 80);
	expect_screen(&b, "no VM", 10, 80);
	set_size(24, 80);
	tui__draw(b.tui, b.m);
	expect("No VM yet.");
	assert_int_equal(press(&b, '\r'), TUI_NOTHING);
	press(&b, KEY_DOWN);
	press(&b, KEY_END);
	bed__end(&b);
}

static void the_list_is_as_it_was(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, many(), 24, 80);
	expect_screen(&b, "list", 24, 80);
	expect_screen(&b, "wide list", 16, 160);
	expect_screen(&b, "list in 12 rows", 12, 80);
	expect_screen(&b, "list in 11 rows", 11, 60);
	expect_screen(&b, "list in 10 rows", 10, 40);
	expect_screen(&b, "list in 9 rows", 9, 40);
	expect_screen(&b, "list in 8 rows", 8, 40);
	expect_screen(&b, "list in 7 rows", 7, 40);
	press(&b, 'h');
	expect_screen(&b, "help", 24, 80);
	expect_screen(&b, "help in 9 rows", 9, 40);
	bed__end(&b);
}

static void a_vm_is_as_it_was(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, fixture__model(), 24, 80);
	press(&b, '\r');
	expect_screen(&b, "decisions", 24, 80);
	expect_screen(&b, "decisions in 16 rows", 16, 80);
	expect_screen(&b, "decisions in 15 rows", 15, 80);
	expect_screen(&b, "decisions in 14 rows", 14, 80);
	expect_screen(&b, "decisions in 13 rows", 13, 80);
	expect_screen(&b, "decisions in 10 rows", 10, 80);
	expect_screen(&b, "decisions in 9 rows", 9, 80);
	expect_screen(&b, "decisions in 8 rows", 8, 80);
	expect_screen(&b, "decisions in 7 rows", 7, 80);
	press(&b, KEY_DOWN);
	expect_screen(&b, "wide decisions", 16, 160);
	press(&b, '\t');
	expect_screen(&b, "rejections", 24, 100);
	press(&b, KEY_DOWN);
	expect_screen(&b, "wide rejections", 16, 220);
	press(&b, '\t');
	expect_screen(&b, "breakdown", 40, 80);
	expect_screen(&b, "narrow breakdown", 30, 50);
	set_size(30, 39);
	tui__draw(b.tui, b.m);
	expect("NORMAL        512 \u2588");
	expect_screen(&b, "breakdown in 40 columns", 30, 40);
	expect_screen(&b, "wide breakdown", 16, 120);
	press(&b, KEY_NPAGE);
	expect_screen(&b, "second page of the breakdown", 16, 120);
	press(&b, KEY_UP);
	expect_screen(&b, "one up from there", 16, 120);
	bed__end(&b);
}

/* Of which nothing is known; and one that ended, with events lost. */
static void odd_vms_are_as_they_were(void **state)
{
	struct s2_ev_loss loss = fixture__loss();
	struct bed b;

	(void)state;
	bed__start(&b, fixture__named(), 16, 80);
	loss.lost[S2_LOST_RING] = 12;
	press(&b, '\r');
	expect_screen(&b, "nothing known", 16, 80);
	press(&b, KEY_RIGHT);
	expect_screen(&b, "no rejections", 16, 80);
	end_vm(b.m);
	fixture__take(b.m, &loss);
	expect_screen(&b, "gone, events lost", 16, 80);
	press(&b, KEY_RIGHT);
	expect_screen(&b, "empty breakdown", 30, 80);
	press(&b, 'q');
	press(&b, '2');
	expect_screen(&b, "list with one that is gone", 9, 80);
	expect_screen(&b, "next to no room", 3, 12);
	expect_screen(&b, "room for the loss alone", 3, 15);
	bed__end(&b);
}

static void an_unknown_event_is_as_it_was(void **state)
{
	struct s2_ev_decision d = fixture__unknown();
	struct s2_ev_memslot s = fixture__memslot_refused();
	struct bed b;

	(void)state;
	s.present = S2_BIT(S2_F_REASON);
	s.vma_attr = S2_VMA_UNKNOWN;
	s.vma_start = s.vma_end = 0;
	bed__start(&b, fixture__named(), 16, 80);
	fixture__take(b.m, &d);
	fixture__take(b.m, &s);
	press(&b, '\r');
	expect_screen(&b, "nothing known of a decision", 16, 80);
	press(&b, '\t');
	expect_screen(&b, "little known of a memslot", 16, 80);
	bed__end(&b);
}

/* It ran before, has a UUID, a rate, and was read a while ago. */
static void a_vm_that_was_found_is_as_it_was(void **state)
{
	struct s2_ev_vm found = fixture__vm(1, S2_VM_FOUND);
	struct s2_ev_identity id = fixture__identity(1, "gpu0");
	struct s2_ev_tick tick = fixture__tick(FIXTURE_TS);
	struct s2_ev_totals totals = fixture__totals();
	struct s2_ev_decision d = fixture__mapped();
	struct model *m = fixture__empty();
	struct bed b;

	(void)state;
	snprintf(id.uuid, sizeof(id.uuid), "c0ffee00-0000-4000-8000-00000000cafe");
	fixture__take(m, &found);
	fixture__take(m, &id);
	fixture__take(m, &tick);
	fixture__read_tables(m);
	d.limit = S2_LIMIT_NONE;
	fixture__take(m, &d);
	fixture__take(m, &totals);
	tick.h.ts_ns += 5000000000;
	fixture__take(m, &tick);
	bed__start(&b, m, 16, 100);
	press(&b, '\r');
	expect_screen(&b, "found", 16, 100);
	bed__end(&b);
}

/* Two VMs, the second ahead of the first in every column. */
static struct model *rivals(void)
{
	struct s2_ev_vm created = fixture__vm(2, S2_VM_CREATED);
	struct s2_ev_identity id = fixture__identity(2, "a-second");
	struct s2_ev_totals less = fixture__totals(), more;
	struct s2_ev_survey begin = fixture__survey(S2_SURVEY_BEGIN);
	struct s2_ev_survey end = fixture__survey(S2_SURVEY_END);
	struct s2_ev_mapped range = fixture__mapped_range();
	struct s2_ev_tick tick = fixture__tick(FIXTURE_TS);
	struct s2_ev_decision d = fixture__rejected();
	struct model *m = fixture__model();

	rename_vm(m, "first");
	created.tgid = id.tgid = d.tgid = FIXTURE_PID + 1;
	fixture__take(m, &created);
	fixture__take(m, &id);
	less.totals.cell[S2_MEMTYPE_DEVICE_nGnRE][S2_LEVEL_PAGE].n[S2_ACCESS_READ] = 1;
	fixture__take(m, &less);
	fixture__take(m, &tick);
	more = less;
	more.h.vm = begin.h.vm = end.h.vm = range.h.vm = d.h.vm = 2;
	for (int type = 0; type < S2_MEMTYPE_LEAVES; type++) {
		struct s2_cell_total *pud = &more.totals.cell[type][S2_LEVEL_PUD];

		pud->n[S2_ACCESS_READ] = 100;
		pud->ns = 100 * 1000000;
		pud->hist[20] = 100;
	}
	more.totals.outcome[S2_OUTCOME_MAPPED] += 300;
	more.totals.outcome[S2_OUTCOME_REJECTED] += 300;
	d.reason = S2_REASON_IPA_OUT_OF_RANGE;
	fixture__take(m, &d);
	fixture__take(m, &more);
	range.size *= 2;
	fixture__take(m, &begin);
	fixture__take(m, &range);
	fixture__take(m, &end);
	tick.h.ts_ns += 1000000000;
	fixture__take(m, &tick);
	return m;
}

static void every_column_can_be_sorted_by(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, rivals(), 24, 200);
	assert_int_equal(row_of("a-second"), row_of("first") + 1);
	for (int column = 0; column < 12; column++) {
		press(&b, 's');
		if (row_of("a-second") != row_of("first") - 1)
			fail_msg("column %d", column + 1);
		press(&b, 'r');
		if (row_of("a-second") != row_of("first") + 1)
			fail_msg("column %d, in reverse", column + 1);
		press(&b, 'r');
	}
	press(&b, 's'); /* by age again */
	assert_int_equal(row_of("a-second"), row_of("first") + 1);
	press(&b, KEY_LEFT);
	assert_true(attr_of("LAST REASON") & A_UNDERLINE);
	press(&b, KEY_RIGHT);
	press(&b, KEY_RIGHT);
	assert_true(attr_of("PID") & A_UNDERLINE);
	press(&b, '9');
	assert_true(attr_of("MEAN us") & A_UNDERLINE);
	press(&b, '/'); /* and ':' are beside the digits */
	press(&b, ':');
	assert_true(attr_of("MEAN us") & A_UNDERLINE);
	bed__end(&b);
}

/* Of its 23 lines, 8 have room. */
static void the_breakdown_scrolls(void **state)
{
	static const struct {
		int key;
		const char *text;
		int row; /* of the text, once the key was pressed */
	} steps[] = {
		{ KEY_DOWN, "by size", 9 },    { 'j', "by size", 8 },
		{ 'k', "by size", 9 },	       { KEY_UP, "by size", 10 },
		{ 'k', "by size", 10 },	       { KEY_NPAGE, "by outcome", 12 },
		{ 'j', "by outcome", 11 },     { KEY_END, "by outcome", 5 },
		{ KEY_UP, "by outcome", 6 },   { KEY_DOWN, "by outcome", 5 },
		{ KEY_DOWN, "by outcome", 5 }, { KEY_PPAGE, "by access", 8 },
		{ 'x', "by access", 8 },       { KEY_HOME, "by size", 10 },
		{ KEY_END, "by outcome", 5 },  { KEY_LEFT, "REASON", 5 },
		{ KEY_RIGHT, "by size", 10 },
	};
	struct bed b;

	(void)state;
	bed__start(&b, fixture__model(), 14, 80);
	press(&b, '\r');
	press(&b, '\t');
	press(&b, '\t');
	for (size_t i = 0; i < NR(steps); i++) {
		press(&b, steps[i].key);
		if (row_of(steps[i].text) != steps[i].row)
			fail_msg("step %zu: row %d", i, row_of(steps[i].text));
	}
	bed__end(&b);
}

/* What cannot be had is not shown; nothing else is amiss. */
static void memory_may_run_out(void **state)
{
	struct bed b;

	(void)state;
	bed__start(&b, many(), 40, 80);
	oom__fail_after(0);
	assert_null(tui__new());
	assert_true(oom__stop());
	oom__fail_after(0);
	press(&b, 'p');
	assert_true(oom__stop());
	expect_not("PAUSED");
	press(&b, 'p');
	expect("PAUSED");
	press(&b, 'p');
	press(&b, '\r');
	press(&b, KEY_LEFT);
	expect("Mappings by type");
	oom__fail_after(0);
	tui__draw(b.tui, b.m);
	assert_true(oom__stop());
	expect_not("Mappings by type");
	expect("VM 1");
	tui__draw(b.tui, b.m);
	expect("Mappings by type");
	bed__end(&b);
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
		cmocka_unit_test(the_list_shows_host_and_vms),
		cmocka_unit_test(no_vm_is_said),
		cmocka_unit_test(loss_is_in_view),
		cmocka_unit_test(wide_terminals_have_every_column),
		cmocka_unit_test(the_cursor_moves_and_the_list_scrolls),
		cmocka_unit_test(sorting_keeps_the_cursor_on_its_vm),
		cmocka_unit_test(a_vm_is_opened_watched_and_left),
		cmocka_unit_test(an_event_is_shown_in_full),
		cmocka_unit_test(the_cursor_stays_on_its_event),
		cmocka_unit_test(events_scroll_with_their_cursor),
		cmocka_unit_test(reasons_are_in_words_where_they_have_room),
		cmocka_unit_test(devices_are_told),
		cmocka_unit_test(bars_are_as_long_as_what_they_stand_for),
		cmocka_unit_test(the_heading_tells_the_order),
		cmocka_unit_test(names_that_begin_alike_are_in_order),
		cmocka_unit_test(a_vm_that_goes_is_dimmed_then_left),
		cmocka_unit_test(the_caller_hears_that_a_vm_went),
		cmocka_unit_test(a_pause_holds_the_screen),
		cmocka_unit_test(help_lies_over_it_until_a_key),
		cmocka_unit_test(every_size_is_survived),
		cmocka_unit_test(small_terminals_show_what_matters),
		cmocka_unit_test(names_may_hold_anything),
		cmocka_unit_test(nothing_has_no_colour),
		cmocka_unit_test(colours_are_there_unless_unwanted),
		cmocka_unit_test(unusable_terminals_are_refused),
		cmocka_unit_test(usual_terminals_need_no_database),
		cmocka_unit_test(the_list_is_as_it_was),
		cmocka_unit_test(a_vm_is_as_it_was),
		cmocka_unit_test(odd_vms_are_as_they_were),
		cmocka_unit_test(an_unknown_event_is_as_it_was),
		cmocka_unit_test(a_vm_that_was_found_is_as_it_was),
		cmocka_unit_test(every_column_can_be_sorted_by),
		cmocka_unit_test(the_breakdown_scrolls),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, environment, NULL);
}
