// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/session.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "host/host.h"
#include "lib/clock.h"
#include "source/recorder.h"
#include "source/vmtable.h"
#include "stage/stage.h"

/* How often tables are read, unless that takes too long. */
#define SURVEY_NS    10000000000ULL
#define SURVEY_SHARE 100 /* at most this fraction of the time is spent reading */

static volatile sig_atomic_t got_signal;

static void on_signal(int sig)
{
	(void)sig;
	got_signal = 1;
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL); /* the write fails instead, which ends the session */
}

static void note_life(struct session *s, const struct s2_ev_vm *vm)
{
	if (vm->event == S2_VM_DESTROYED)
		s->vm_gone = true;
	else if (vm->event != S2_VM_RETIRED)
		s->vm_new = true;
}

/* Passes complete events to the recorder, to the model, and to the command. */
static void tee(void *ctx, const struct s2_event *ev)
{
	struct session *s = ctx;

	if (s->recorder)
		recorder__take(s->recorder, ev);
	if (model__take(s->model, ev))
		s->untaken++;
	if (ev->type == S2_EV_VM)
		note_life(s, (const struct s2_ev_vm *)ev);
	if (s->opts->on_event)
		s->opts->on_event(s, ev);
}

static int not_arm64(struct error *err, const char *machine)
{
	error__remedy(err, 0,
		      "run it on an arm64 host, or read a recording with -i FILE; scripts/live "
		      "emulates a host on any machine");
	return error__set(err, -ENOTSUP, "KVM/arm64 stage 2 cannot be traced on %s", machine);
}

static int open_survey(struct session *s, const struct s2_ev_host *host, struct error *err)
{
	const struct survey_opts opts = {
		.split_pa = s->opts->split_pa,
		.nested = s->opts->survey != SURVEY_TOTALS,
		.coarse = s->opts->survey == SURVEY_TOTALS,
	};
	int ret;

	if (s->opts->survey == SURVEY_NONE)
		return 0;
	ret = survey__open(&s->survey, s->vms, &opts, host->fwb, err);
	if (!ret || s->opts->survey == SURVEY_ALONE)
		return ret;
	pr_info("cannot show what VMs map now: %s", err->what);
	return 0;
}

static int open_listeners(struct session *s, struct s2_ev_host *host, struct error *err)
{
	const struct live_options *live = s->opts->live;
	const struct live_opts opts = {
		.backends = live->backend,
		.ring_bytes = live->ring_bytes,
		.filter = s->opts->filter,
		.cmo = live->cmo,
	};

	if (s->opts->survey == SURVEY_ALONE)
		return 0;
	return source__open_live(&s->source, s->vms, &opts, host, err);
}

/* The host event comes first: it is needed to interpret all others. */
static int open_live(struct session *s, struct error *err)
{
	const struct event_sink out = { s, tee };
	struct s2_ev_host host;
	int ret;

	host__facts_cheap(&host);
	if (strcmp(host.machine, "aarch64"))
		return not_arm64(err, host.machine);
	host__facts(&host, NULL);
	s->stages = stages__new(&out);
	if (!s->stages)
		return error__set(err, -ENOMEM, "out of memory");
	s->in = stages__sink(s->stages);
	ret = vmtable__open(&s->vms, s->opts->live->max_vms, err);
	if (!ret)
		ret = open_listeners(s, &host, err);
	if (!ret)
		ret = open_survey(s, &host, err);
	if (ret)
		return ret;
	if (s->survey)
		host.sources |= S2_BIT(S2_BACKEND_SURVEY);
	event_sink__take(&s->in, &host.h);
	return 0;
}

static int open_stream(struct session *s, struct error *err)
{
	const struct stream_options *stream = &s->opts->live->stream;
	int ret = 0;

	s->in = (struct event_sink){ s, tee };
	if (stream->output)
		ret = recorder__open(&s->recorder, stream->output, err);
	if (ret)
		return ret;
	return stream->input ? source__open_file(&s->source, stream->input, err)
			     : open_live(s, err);
}

int session__open(struct session *s, const struct session_opts *opts)
{
	struct error err = {};
	int ret;

	memset(s, 0, sizeof(*s));
	s->opts = opts;
	s->model = model__new(&opts->model);
	s->view = view__new(opts->common->json ? VIEW_JSON : VIEW_TEXT, stdout);
	if (!s->model || !s->view)
		ret = error__set(&err, -ENOMEM, "out of memory");
	else
		ret = open_stream(s, &err);
	if (ret) {
		session__close(s);
		return command__fail(opts->common, &err);
	}
	catch_signals();
	if (opts->live->duration_ns)
		s->end_ns = now_ns() + opts->live->duration_ns;
	return 0;
}

static int cannot_read(int ret)
{
	pr_err("cannot read from the kernel: %s", strerror(-ret));
	return EXIT_TROUBLE;
}

/* A full disk ends the session. The recording stays readable. */
static int flush_recorder(struct session *s)
{
	int ret = s->recorder ? recorder__flush(s->recorder) : 0;

	if (!ret)
		return 0;
	pr_err("cannot write '%s': %s; the recording can be read up to this point",
	       s->opts->live->stream.output, strerror(-ret));
	s->over = true;
	return EXIT_TROUBLE;
}

static int collect(struct session *s)
{
	int ret = s->source ? source__collect(s->source, &s->in) : 0;

	s->vm_gone = false;
	return ret < 0 ? cannot_read(ret) : 0;
}

int session__read(struct session *s)
{
	int ret = s->source ? source__read(s->source, &s->in) : 0;

	if (ret == -ENODATA)
		s->over = true;
	else if (ret < 0)
		return cannot_read(ret);
	return s->vm_gone && s->stages ? collect(s) : 0;
}

int session__survey(struct session *s)
{
	uint64_t start = now_ns(), end;
	int ret;

	s->vm_new = false;
	ret = survey__pass(s->survey, &s->in);
	end = now_ns();
	/* The first survey is part of startup: it fills caches, and takes longer. */
	if (s->survey_due_ns)
		s->survey_rest_ns = end + (end - start) * SURVEY_SHARE;
	s->survey_due_ns = end + SURVEY_NS;
	if (ret >= 0)
		return 0;
	pr_err("cannot read the stage-2 tables: %s", strerror(-ret));
	return EXIT_TROUBLE;
}

static void survey_if_due(struct session *s)
{
	uint64_t now = now_ns();

	if (s->survey && now >= s->survey_rest_ns && (now >= s->survey_due_ns || s->vm_new))
		session__survey(s);
}

static void emit_tick(struct session *s, bool last)
{
	struct s2_ev_tick tick = { .last = last };

	event__init(&tick, S2_EV_TICK, sizeof(tick), 0, 0, now_ns());
	event_sink__take(&s->in, &tick.h);
}

int session__tick(struct session *s)
{
	int ret;

	if (!s->stages)
		return 0;
	ret = collect(s);
	survey_if_due(s);
	emit_tick(s, false);
	return ret ? ret : flush_recorder(s);
}

static int stop_live(struct session *s)
{
	int ret = 0;

	if (s->source) {
		source__stop(s->source);
		ret = session__read(s);
		if (!ret)
			ret = collect(s);
	}
	emit_tick(s, true);
	return ret;
}

int session__stop(struct session *s)
{
	int ret = s->stages ? stop_live(s) : 0;

	if (!ret)
		ret = flush_recorder(s);
	if (s->untaken)
		pr_warn("%" PRIu64 " events are missing: no memory, or no room for more VMs",
			s->untaken);
	if (!ret && s->source && source__incomplete(s->source))
		ret = EXIT_INCOMPLETE;
	return ret;
}

void session__close(struct session *s)
{
	survey__close(s->survey);
	source__close(s->source);
	vmtable__close(s->vms);
	stages__free(s->stages);
	recorder__close(s->recorder);
	view__free(s->view);
	model__free(s->model);
	memset(s, 0, sizeof(*s));
}

bool session__interrupted(const struct session *s)
{
	return got_signal || ferror(stdout) || (s->end_ns && now_ns() >= s->end_ns);
}

bool session__over(const struct session *s)
{
	return s->over || session__interrupted(s);
}

bool session__is_live(const struct session *s)
{
	return s->stages;
}
