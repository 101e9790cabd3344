// SPDX-License-Identifier: GPL-2.0-only
/* s2trace record: write the whole stream of events to a file. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/session.h"
#include "lib/clock.h"
#include "model/filter.h"
#include "source/recorder.h"

struct record_options {
	struct common_options common; /* first: see run() in main.c */
	struct live_options live;
};

static void defaults(void *values)
{
	struct record_options *o = values;

	o->live.ring_bytes = SOURCE_DEFAULT_RING;
}

#define POLL_US	     20000
#define TICK_NS	     1000000000ULL
#define KEEP_DEAD_NS 10000000000ULL

/* Progress is for terminals, not for files or pipes. */
static void show_progress(const struct session *s)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%" PRIu64 " events, %" PRIu64 " KiB, %" PRIu64 " lost ",
			recorder__events(s->recorder), recorder__bytes(s->recorder) >> 10,
			loss__total(model__loss(s->model)));
}

static int record(struct session *s)
{
	uint64_t next = now_ns();
	int ret = 0;

	while (!ret && !session__over(s)) {
		ret = session__read(s);
		if (!ret && session__is_live(s) && now_ns() >= next) {
			ret = session__tick(s);
			next += TICK_NS;
			show_progress(s);
		}
		if (session__is_live(s))
			usleep(POLL_US);
	}
	return ret;
}

static void report(const struct session *s, const char *path)
{
	if (isatty(STDERR_FILENO))
		fputc('\r', stderr);
	fprintf(stderr,
		"s2trace: recorded %" PRIu64 " events, %" PRIu64 " bytes, to '%s'; lost %" PRIu64
		"\n",
		recorder__events(s->recorder), recorder__bytes(s->recorder), path,
		loss__total(model__loss(s->model)));
}

static int no_output(const struct record_options *o)
{
	struct error err = {};

	error__remedy(&err, 0, "give -o FILE, or -o - for standard output");
	error__set(&err, -EINVAL, "no output file for the recording");
	return command__fail(&o->common, &err);
}

static int run(const void *values)
{
	const struct record_options *o = values;
	struct session_opts opts = {
		.common = &o->common,
		.live = &o->live,
		.model = model_defaults,
		.survey = SURVEY_RANGES,
	};
	struct session s;
	int ret, stopped;

	if (!o->live.stream.output)
		return no_output(o);
	filter__all(&opts.filter);
	opts.filter.changes = 1;
	opts.filter.cmos = o->live.cmo;
	opts.model.keep_dead_ns = KEEP_DEAD_NS;
	ret = session__open(&s, &opts);
	if (ret)
		return ret;
	ret = record(&s);
	stopped = session__stop(&s);
	report(&s, o->live.stream.output);
	session__close(&s);
	return ret ? ret : stopped;
}

const struct command command_record = {
	.name = "record",
	.what = "record all events to a file, for -i of other commands",
	.doc = "Record all events to a file. 's2trace top', 'trace' and 'map' read it with -i.",
	.tables = { { live_options, offsetof(struct record_options, live) },
		    { common_options, offsetof(struct record_options, common) } },
	.size = sizeof(struct record_options),
	.defaults = defaults,
	.run = run,
};
