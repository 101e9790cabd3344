// SPDX-License-Identifier: GPL-2.0-only
/* s2trace top: every VM, live. A terminal UI on a terminal, plain text or JSON elsewhere. */
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/parse.h"
#include "view/tui.h"

struct top_options {
	struct option_set set; /* first: see options__parse() */
	uint64_t interval_ns, max_blocks;
	bool plain;
};

enum { KEY_PLAIN = 512 };

static const struct argp_option options[] = {
	{ "interval", 'd', "SECONDS", 0, "Time between refreshes (default 1)", 0 },
	{ "plain", KEY_PLAIN, NULL, 0, "Plain text, on a terminal too", 0 },
	{ NULL, 'n', "N", 0, "End after N refreshes", 0 },
	{ 0 }
};

/* Few single records are asked for, and all of the ring is resident, twice. */
#define TOP_RING (1U << 20)

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct top_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options__init(state, &o->set, live_children);
		o->set.live.ring_bytes = TOP_RING;
		o->interval_ns = 1000000000;
		return 0;
	case 'd':
		options__check(state, parse__seconds(arg, &o->interval_ns), "--interval", arg,
			       "a number of seconds above 0");
		return 0;
	case 'n':
		options__check(state, parse__u64(arg, 1, UINT64_MAX, &o->max_blocks), "-n", arg,
			       "a number above 0");
		return 0;
	case KEY_PLAIN:
		o->plain = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Every VM: what its memory is mapped as, how fast it faults, what was rejected.",
	.children = live_children,
};

/* VMs that are gone stay for a while, so that people can see why. */
#define KEEP_DEAD_NS 10000000000ULL
/* Between refreshes, keys and waiting records are looked after this often. */
#define LOOK_MS 50

static void rejections_only(struct s2_filter *f)
{
	source__filter_none(f);
	f->always = S2_BIT(S2_OUTCOME_REJECTED) | S2_BIT(S2_OUTCOME_INJECTED) |
		    S2_BIT(S2_OUTCOME_POISONED);
}

struct screen {
	struct session *s;
	const struct top_options *opts;
	struct s2_filter filter;
	struct tui *tui; /* NULL: plain text or JSON */
	struct fill *fill;
	uint64_t blocks;
};

static int refresh_screen(struct screen *scr)
{
	int ret = session__update(scr->s, true);

	fill__refresh(scr->fill);
	model__forget_dead(scr->s->model, now_ns(), KEEP_DEAD_NS);
	model__forget_unused(scr->s->model);
	if (scr->tui) {
		tui__draw(scr->tui, scr->s->model);
		return ret;
	}
	view__top(scr->s->view, scr->s->model);
	fflush(stdout);
	scr->blocks++;
	return ret;
}

/* True when the user wants to leave. */
static bool take_keys(struct screen *scr)
{
	enum tui_wish wish = tui__keys(scr->tui, scr->s->model);

	if (wish == TUI_WATCH) {
		scr->filter.watch_tgid = tui__watched_pid(scr->tui);
		source__set_filter(scr->s->source, &scr->filter);
	}
	return wish == TUI_QUIT;
}

/* One look at keys and records, `ms` later at most. True when the user wants to leave. */
static bool look(struct screen *scr, int ms)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	poll(&in, scr->tui ? 1 : 0, ms);
	if (scr->tui && take_keys(scr))
		return true;
	if (scr->tui && (in.revents & (POLLIN | POLLHUP)))
		tui__draw(scr->tui, scr->s->model);
	return session__update(scr->s, false) != 0;
}

/* Waits for the next refresh. Keys are looked after even when there is no time to wait. */
static bool wait_for(struct screen *scr, uint64_t next_ns)
{
	uint64_t now = now_ns();
	bool leave;
	int ms;

	do {
		ms = now < next_ns ? (next_ns - now) / 1000000 + 1 : 0;
		leave = look(scr, ms < LOOK_MS ? ms : LOOK_MS);
		now = now_ns();
	} while (!leave && now < next_ns && !session__over(scr->s));
	return leave;
}

static int watch(struct screen *scr)
{
	uint64_t next = now_ns();
	int ret;

	do {
		ret = refresh_screen(scr);
		if (ret || (scr->opts->max_blocks && scr->blocks >= scr->opts->max_blocks))
			break;
		next += scr->opts->interval_ns;
		if (next < now_ns())
			next = now_ns(); /* a busy host: late once, not ever after */
	} while (!wait_for(scr, next) && !session__over(scr->s));
	return ret;
}

static bool wants_tui(const struct top_options *o)
{
	return !o->plain && !o->set.common.json && !o->max_blocks && isatty(STDIN_FILENO) &&
	       isatty(STDOUT_FILENO);
}

int cmd_top(int argc, char **argv)
{
	struct top_options o = {};
	struct session s = {};
	struct screen scr = { .s = &s, .opts = &o };
	int ret;

	options__parse(&argp, argc, argv, &o);
	rejections_only(&scr.filter);
	ret = session__open(&s, &o.set, &scr.filter);
	if (ret)
		return ret;
	scr.fill = fill__open(&s);
	if (wants_tui(&o)) {
		scr.tui = tui__new();
		if (!scr.tui)
			pr_warn("this terminal (TERM=%s) cannot be drawn on: plain text it is",
				getenv("TERM") ? getenv("TERM") : "");
	}
	ret = watch(&scr);
	fill__close(scr.fill);
	tui__free(scr.tui);
	session__stop(&s);
	view__summary(s.view, s.model);
	fflush(stdout);
	session__close(&s);
	return ret;
}
