// SPDX-License-Identifier: GPL-2.0-only
/* s2trace top: show every VM, live. Full-screen on a terminal, else plain text or JSON. */
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/session.h"
#include "lib/clock.h"
#include "model/filter.h"
#include "view/tui.h"

struct top_options {
	struct common_options common; /* first: see run() in main.c */
	struct live_options live;
	uint64_t interval_ns, max_blocks;
	bool plain;
};

static const struct option_row options[] = {
	{ .name = "interval",
	  .letter = 'd',
	  .kind = OPT_SECONDS,
	  .arg = "SECONDS",
	  .help = "Time between refreshes (default: 1)",
	  OPTION_AT(struct top_options, interval_ns) },
	{ .name = "plain",
	  .kind = OPT_FLAG,
	  .help = "Use plain text even on a terminal",
	  OPTION_AT(struct top_options, plain) },
	{ .letter = 'n',
	  .kind = OPT_NUMBER,
	  .arg = "N",
	  .help = "Exit after N refreshes",
	  OPTION_AT(struct top_options, max_blocks),
	  .min = 1,
	  .max = UINT64_MAX },
	OPTIONS_END,
};

/* top requests few single events, and all of a ring is resident memory. */
#define TOP_RING (1U << 20)
/* Dead VMs stay for a while, so that users can see why they died. */
#define KEEP_DEAD_NS 10000000000ULL
/* How often keys and events are polled between refreshes. */
#define POLL_MS 50

static void defaults(void *values)
{
	struct top_options *o = values;

	o->live.ring_bytes = TOP_RING;
	o->interval_ns = 1000000000;
}

struct screen {
	struct session session;
	const struct top_options *opts;
	struct s2_filter filter;
	struct tui *tui; /* NULL: plain text or JSON */
	uint64_t blocks;
};

static bool screen_full(const struct screen *scr)
{
	return scr->opts->max_blocks && scr->blocks >= scr->opts->max_blocks;
}

/* Refresh at the end of an interval, whether live or recorded. */
static void on_event(struct session *s, const struct s2_event *ev)
{
	struct screen *scr = s->opts->ctx;
	const struct s2_ev_tick *tick = (const void *)ev;

	if (ev->type != S2_EV_TICK || tick->last)
		return;
	if (scr->tui) {
		tui__draw(scr->tui, s->model);
	} else if (!screen_full(scr)) {
		view__top(s->view, s->model);
		fflush(stdout);
		scr->blocks++;
	}
}

/* True if the user quits. */
static bool take_keys(struct screen *scr)
{
	enum tui_wish wish = tui__keys(scr->tui, scr->session.model);

	if (wish == TUI_WATCH && session__is_live(&scr->session)) {
		scr->filter.watch_tgid = tui__watched_pid(scr->tui);
		source__set_filter(scr->session.source, &scr->filter);
	}
	return wish == TUI_QUIT;
}

/* Waits up to `ms` for keys. True if the user quits. */
static bool poll_keys(struct screen *scr, int ms)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	poll(&in, scr->tui ? 1 : 0, ms);
	if (scr->tui && take_keys(scr))
		return true;
	if (scr->tui && (in.revents & (POLLIN | POLLHUP)))
		tui__draw(scr->tui, scr->session.model);
	return false;
}

/* Waits for the next refresh. Polls keys even if it is already due. True if the user quits. */
static bool wait_until(struct screen *scr, uint64_t next_ns)
{
	bool live = session__is_live(&scr->session), leave;
	uint64_t now = now_ns();
	int ms;

	do {
		ms = now < next_ns ? (next_ns - now) / 1000000 + 1 : 0;
		leave = poll_keys(scr, ms < POLL_MS ? ms : POLL_MS);
		if (live && !leave)
			leave = session__read(&scr->session);
		now = now_ns();
	} while (!leave && now < next_ns && !session__over(&scr->session));
	return leave;
}

static int refresh(struct screen *scr)
{
	int ret = session__read(&scr->session);

	return ret ? ret : session__tick(&scr->session);
}

/* Terminals show a recording at its own pace, everything else as fast as possible. */
static int watch(struct screen *scr)
{
	bool paced = session__is_live(&scr->session) || scr->tui;
	uint64_t next = now_ns();
	int ret;

	do {
		ret = refresh(scr);
		if (ret || screen_full(scr))
			break;
		next += scr->opts->interval_ns;
		if (next < now_ns())
			next = now_ns(); /* busy host: skip, do not catch up */
	} while (!(paced && wait_until(scr, next)) && !session__over(&scr->session));
	return ret;
}

/* Keeps the final state of a recording on the screen until the user quits. */
static void linger(struct screen *scr)
{
	if (!scr->tui || !scr->session.over)
		return;
	while (!poll_keys(scr, POLL_MS) && !session__interrupted(&scr->session))
		;
}

static bool wants_tui(const struct top_options *o)
{
	return !o->plain && !o->common.json && !o->max_blocks && isatty(STDIN_FILENO) &&
	       isatty(STDOUT_FILENO);
}

static void open_tui(struct screen *scr)
{
	const char *term = getenv("TERM");

	scr->tui = tui__new();
	if (!scr->tui)
		pr_warn("terminal type '%s' is unsupported; using plain text", term ? term : "");
}

static int run(const void *values)
{
	const struct top_options *o = values;
	struct screen scr = { .opts = o };
	struct session_opts opts = {
		.common = &o->common,
		.live = &o->live,
		.model = model_defaults,
		.survey = SURVEY_TOTALS,
		.on_event = on_event,
		.ctx = &scr,
	};
	int ret, stopped;

	filter__only(&scr.filter, OUTCOME_REJECTIONS);
	opts.filter = scr.filter;
	opts.model.keep_dead_ns = KEEP_DEAD_NS;
	opts.model.drop_unused = true;
	ret = session__open(&scr.session, &opts);
	if (ret)
		return ret;
	if (wants_tui(o))
		open_tui(&scr);
	ret = watch(&scr);
	linger(&scr);
	tui__free(scr.tui);
	scr.tui = NULL;
	stopped = session__stop(&scr.session);
	view__summary(scr.session.view, scr.session.model);
	fflush(stdout);
	session__close(&scr.session);
	return ret ? ret : stopped;
}

const struct command command_top = {
	.name = "top",
	.what = "show every VM, live (the default)",
	.doc = "Show every VM: what its memory is mapped as, its fault rate, and what KVM "
	       "rejected.",
	.tables = { { options, 0 },
		    { live_options, offsetof(struct top_options, live) },
		    { common_options, offsetof(struct top_options, common) } },
	.size = sizeof(struct top_options),
	.defaults = defaults,
	.run = run,
};
