// SPDX-License-Identifier: GPL-2.0-only
/* s2trace map: what the stage-2 tables of every VM map now. */
#include <errno.h>
#include <stdio.h>

#include "cmd/session.h"

struct map_options {
	struct common_options common; /* first: see run() in main.c */
	struct live_options live;     /* only .stream has options */
	const char *vm;		      /* process id, name or UUID; NULL: all */
	bool split_pa;
	bool summary_only;
	uint64_t times;
};

static const struct option_row options[] = {
	{ .name = "vm",
	  .kind = OPT_WORD,
	  .arg = "PID|NAME",
	  .help = "Print this VM only",
	  OPTION_AT(struct map_options, vm) },
	{ .name = "pa",
	  .kind = OPT_FLAG,
	  .help = "Split ranges where host-physical addresses are not contiguous",
	  OPTION_AT(struct map_options, split_pa) },
	{ .letter = 'n',
	  .kind = OPT_NUMBER,
	  .arg = "N",
	  .help = "Read the tables N times (default: 1)",
	  OPTION_AT(struct map_options, times),
	  .min = 1,
	  .max = UINT64_MAX },
	{ .name = "summary",
	  .kind = OPT_FLAG,
	  .help = "Print totals only",
	  OPTION_AT(struct map_options, summary_only) },
	OPTIONS_END,
};

static void defaults(void *values)
{
	struct map_options *o = values;

	o->times = 1;
}

/* Enough to list every range of a VM that is mapped in pages. */
#define MAX_REGIONS  (1U << 16)
#define MAX_MAPPINGS (1U << 24)

struct mapper {
	const struct map_options *opts;
	bool found;   /* a VM that matches */
	bool printed; /* since the tables were last read */
};

static void print_vms(struct session *s, struct mapper *m)
{
	const struct map_options *o = m->opts;

	for (size_t i = 0; i < model__nr_vms(s->model); i++) {
		const struct vm *vm = model__vm(s->model, i);

		if (!vm->alive || (o->vm && !vm__is(vm, o->vm)))
			continue;
		m->found = true;
		if (!o->summary_only)
			view__map_vm(s->view, s->model, vm);
	}
}

static void print_map(struct session *s, struct mapper *m)
{
	if (!m->opts->summary_only)
		view__map_header(s->view);
	print_vms(s, m);
	view__map_summary(s->view, s->model);
	fflush(stdout);
	m->printed = true;
}

/*
 * If the stream only contains surveys, print each of them; if it also contains decisions,
 * print the final state.
 */
static void on_event(struct session *s, const struct s2_event *ev)
{
	const struct s2_ev_survey *survey = (const void *)ev;
	struct mapper *m = s->opts->ctx;

	if (ev->type != S2_EV_TICK)
		m->printed = m->printed && ev->type == S2_EV_LOSS;
	if (ev->type == S2_EV_SURVEY && survey->step == S2_SURVEY_PASS &&
	    model__backend(s->model) == S2_BACKEND__MAX)
		print_map(s, m);
}

static int read_all(struct session *s, struct mapper *m)
{
	int ret = 0;

	for (uint64_t i = 0;
	     session__is_live(s) && i < m->opts->times && !ret && !session__interrupted(s); i++)
		ret = session__survey(s);
	while (!session__is_live(s) && !ret && !session__over(s))
		ret = session__read(s);
	if (!ret && !m->printed)
		print_map(s, m);
	return ret;
}

static int nobody(const struct map_options *o)
{
	struct error err = {};

	error__remedy(&err, 0, "omit --vm to list all VMs");
	error__set(&err, -ESRCH, "there is no VM '%s'", o->vm);
	return command__fail(&o->common, &err);
}

static int run(const void *values)
{
	const struct map_options *o = values;
	struct mapper m = { .opts = o };
	struct session_opts opts = {
		.common = &o->common,
		.live = &o->live,
		.model = model_defaults,
		.survey = SURVEY_ALONE,
		.split_pa = o->split_pa,
		.on_event = on_event,
		.ctx = &m,
	};
	struct session s;
	int ret, stopped;

	opts.model.space = (struct space_opts){ MAX_REGIONS, MAX_MAPPINGS, o->split_pa };
	ret = session__open(&s, &opts);
	if (ret)
		return ret;
	ret = read_all(&s, &m);
	stopped = session__stop(&s);
	session__close(&s);
	if (!ret && o->vm && !m.found)
		ret = nobody(o);
	return ret ? ret : stopped;
}

const struct command command_map = {
	.name = "map",
	.what = "print what is mapped now, by range",
	.doc = "Print what is mapped now, by range, from the stage-2 tables of every VM. No lock "
	       "is taken.",
	.tables = { { options, 0 },
		    { stream_options, offsetof(struct map_options, live) },
		    { common_options, offsetof(struct map_options, common) } },
	.size = sizeof(struct map_options),
	.defaults = defaults,
	.run = run,
};
