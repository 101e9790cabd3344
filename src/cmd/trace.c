// SPDX-License-Identifier: GPL-2.0-only
/* s2trace trace: print one line per decision. */
#include <stdio.h>
#include <unistd.h>

#include "cmd/session.h"
#include "host/host.h"
#include "lib/clock.h"
#include "lib/parse.h"
#include "model/filter.h"
#include "model/vocab.h"

struct trace_options {
	struct common_options common; /* first: see run() in main.c */
	struct live_options live;
	const char *vm;
	uint32_t memtypes, accesses;
	uint64_t ipa[2];
	uint64_t max_lines, min_us;
	bool all, rejected;
};

static const struct option_row options[] = {
	{ .name = "rejected",
	  .kind = OPT_FLAG,
	  .help = "Print rejected, injected and poisoned faults and rejected memslots only",
	  OPTION_AT(struct trace_options, rejected) },
	{ .name = "type",
	  .kind = OPT_WORDS,
	  .arg = "TYPE[,..]",
	  .help = "Print these memory types only: NORMAL, NORMAL_NC, DEVICE_nGnRE, NONE",
	  OPTION_AT(struct trace_options, memtypes),
	  .vocab = &vocab_memtype },
	{ .name = "access",
	  .kind = OPT_WORDS,
	  .arg = "ACCESS[,..]",
	  .help = "Print these accesses only: read, write, exec",
	  OPTION_AT(struct trace_options, accesses),
	  .vocab = &vocab_access },
	{ .name = "vm",
	  .kind = OPT_WORD,
	  .arg = "PID|NAME",
	  .help = "Print this VM only; it need not be running yet",
	  OPTION_AT(struct trace_options, vm) },
	{ .name = "ipa",
	  .kind = OPT_RANGE,
	  .arg = "A-B",
	  .help = "Print faults from IPA A to IPA B only",
	  OPTION_AT(struct trace_options, ipa) },
	{ .name = "min-us",
	  .kind = OPT_NUMBER,
	  .arg = "N",
	  .help = "Print faults that took N microseconds or longer only",
	  OPTION_AT(struct trace_options, min_us),
	  .max = 1000000000 },
	{ .name = "all",
	  .kind = OPT_FLAG,
	  .help = "Print VM creation and destruction, memslots, unmapped and protected ranges too",
	  OPTION_AT(struct trace_options, all) },
	{ .letter = 'n',
	  .kind = OPT_NUMBER,
	  .arg = "N",
	  .help = "Exit after N lines",
	  OPTION_AT(struct trace_options, max_lines),
	  .min = 1,
	  .max = UINT64_MAX },
	OPTIONS_END,
};

static void defaults(void *values)
{
	struct trace_options *o = values;

	o->live.ring_bytes = SOURCE_DEFAULT_RING;
	o->memtypes = o->accesses = UINT32_MAX;
	o->ipa[1] = UINT64_MAX;
}

struct listing {
	const struct trace_options *opts;
	struct s2_filter filter; /* what to print */
	struct s2_filter kernel; /* what to emit: may have to be narrower, or wider */
	bool by_name;		 /* the kernel does not know names, only processes */
	uint32_t matched;	 /* number of the VM whose process it filters by; 0: none */
	uint64_t printed;
};

static bool listing_full(const struct listing *l)
{
	return l->opts->max_lines && l->printed >= l->opts->max_lines;
}

/* The kernel has already filtered, but a recording may contain more than requested. */
static bool wants_event(const struct listing *l, const struct s2_event *ev)
{
	const struct s2_ev_decision *d = (const void *)ev;

	switch (ev->type) {
	case S2_EV_DECISION:
		return filter__matches(&l->filter, d) && d->duration_ns >= l->opts->min_us * 1000;
	case S2_EV_CMO:
		return l->opts->live.cmo;
	default:
		return event__is_rejection(ev) || (l->opts->all && !l->opts->rejected);
	}
}

/*
 * The process of the VM of that name; 0 if there are several: then all are emitted, and
 * filtered here.
 */
static uint32_t process_of_name(const struct listing *l, const struct model *m, const struct vm *vm)
{
	const struct vm *before = model__vm_find(m, l->matched);

	return before && before->alive && before != vm ? 0 : vm->pid;
}

/*
 * Decisions of a new VM are emitted until its name is known, so that none is missed of a VM
 * that the user waits for.
 */
static void judge_vm(struct session *s, struct listing *l, const struct s2_event *ev)
{
	const struct vm *vm = model__vm_of(s->model, ev);

	if (!vm || (ev->type != S2_EV_VM && ev->vm <= l->kernel.known_vms))
		return;
	if (ev->vm > l->kernel.known_vms)
		l->kernel.known_vms = ev->vm;
	if (vm->alive && vm->id != l->matched && vm__is(vm, l->opts->vm)) {
		l->kernel.tgid = process_of_name(l, s->model, vm);
		l->matched = vm->id;
	}
	source__set_filter(s->source, &l->kernel);
}

static void on_event(struct session *s, const struct s2_event *ev)
{
	struct listing *l = s->opts->ctx;
	const struct vm *vm;

	if (ev->type == S2_EV_HOST)
		view__trace_header(s->view, s->model);
	if (l->by_name && session__is_live(s))
		judge_vm(s, l, ev);
	if (!view__shows(ev) || listing_full(l) || !wants_event(l, ev))
		return;
	vm = model__vm_of(s->model, ev);
	if (l->opts->vm && !(vm && vm__is(vm, l->opts->vm)))
		return;
	view__event(s->view, s->model, ev);
	l->printed++;
}

static void make_filter(struct s2_filter *f, const struct trace_options *o)
{
	struct s2_ev_host host;

	filter__all(f);
	host__facts_cheap(&host);
	f->memtypes = o->memtypes;
	f->accesses = o->accesses;
	f->ipa_first = o->ipa[0];
	f->ipa_last = o->ipa[1];
	if (o->rejected)
		f->outcomes = OUTCOME_REJECTIONS;
	f->min_ticks = (unsigned __int128)o->min_us * host.counter_hz / 1000000;
	f->changes = o->all && !o->rejected;
	f->cmos = o->live.cmo;
}

static void make_kernel_filter(struct listing *l)
{
	uint64_t pid;

	l->kernel = l->filter;
	if (!l->opts->vm)
		return;
	if (!parse__u64(l->opts->vm, 1, UINT32_MAX, &pid)) {
		l->kernel.tgid = pid;
		return;
	}
	l->by_name = true;
	l->kernel.tgid = S2_NO_TGID;
	l->kernel.known_vms = 0;
}

/* Polling interval of the ring; short enough to look live. */
#define POLL_US 20000
/* How often totals are read and rows of dead VMs are freed. */
#define TICK_NS 1000000000ULL
/* The final summary lists VMs that died within this time. */
#define KEEP_DEAD_NS (3600 * 1000000000ULL)

static int listen(struct session *s, struct listing *l)
{
	uint64_t next = now_ns() + TICK_NS;
	int ret = 0;

	while (!ret && !session__over(s) && !listing_full(l)) {
		if (session__is_live(s))
			usleep(POLL_US);
		ret = session__read(s);
		if (!ret && now_ns() >= next) {
			ret = session__tick(s);
			next += TICK_NS;
		}
		fflush(stdout);
	}
	return ret;
}

static int run(const void *values)
{
	const struct trace_options *o = values;
	struct listing l = { .opts = o };
	struct session_opts opts = {
		.common = &o->common,
		.live = &o->live,
		.model = model_defaults,
		.on_event = on_event,
		.ctx = &l,
	};
	struct session s;
	int ret, stopped;

	make_filter(&l.filter, o);
	make_kernel_filter(&l);
	opts.filter = l.kernel;
	opts.model.keep_dead_ns = KEEP_DEAD_NS;
	ret = session__open(&s, &opts);
	if (ret)
		return ret;
	ret = listen(&s, &l);
	stopped = session__stop(&s);
	view__summary(s.view, s.model);
	fflush(stdout);
	session__close(&s);
	return ret ? ret : stopped;
}

const struct command command_trace = {
	.name = "trace",
	.what = "print one line per decision",
	.doc = "Print one line for each stage-2 decision of KVM, as it is made.",
	.tables = { { options, 0 },
		    { live_options, offsetof(struct trace_options, live) },
		    { common_options, offsetof(struct trace_options, common) } },
	.size = sizeof(struct trace_options),
	.defaults = defaults,
	.run = run,
};
