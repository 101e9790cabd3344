// SPDX-License-Identifier: GPL-2.0-only
/* s2trace trace: one line for each decision. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/parse.h"
#include "model/vocab.h"

struct trace_options {
	struct option_set set; /* first: see options__parse() */
	struct s2_filter filter;
	const char *vm;
	uint64_t max_records, min_us;
	bool all, rejected;
};

enum { KEY_REJECTED = 512, KEY_TYPE, KEY_ACCESS, KEY_VM, KEY_IPA, KEY_MIN_US, KEY_ALL };

static const struct argp_option options[] = {
	{ "rejected", KEY_REJECTED, NULL, 0, "Only what was rejected, injected or poisoned", 0 },
	{ "type", KEY_TYPE, "TYPE[,..]", 0, "Only these: NORMAL, NORMAL_NC, DEVICE_nGnRE, NONE",
	  0 },
	{ "access", KEY_ACCESS, "ACCESS[,..]", 0, "Only these: read, write, exec", 0 },
	{ "vm", KEY_VM, "PID|NAME", 0, "Only this VM", 0 },
	{ "ipa", KEY_IPA, "A-B", 0, "Only faults from IPA A to IPA B", 0 },
	{ "min-us", KEY_MIN_US, "N", 0, "Only faults that took N microseconds or more", 0 },
	{ "all", KEY_ALL, NULL, 0, "VMs, memslots and unmapped ranges too, not decisions alone",
	  0 },
	{ NULL, 'n', "N", 0, "End after N lines", 0 },
	{ 0 }
};

static void parse_mask(struct argp_state *state, const struct vocab *v, const char *arg,
		       __u32 *mask)
{
	const char *bad = NULL;

	if (vocab__mask(v, arg, mask, &bad))
		argp_error(state, "there is no %s '%.*s'", v->what, (int)strcspn(bad, ","), bad);
}

static void parse_ipa(struct argp_state *state, const char *arg, struct s2_filter *f)
{
	uint64_t first = 0, last = 0;

	options__check(state, parse__range(arg, &first, &last), "--ipa", arg,
		       "a range like 0x40000000-0x7fffffff");
	f->ipa_first = first;
	f->ipa_last = last;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct trace_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options__init(state, &o->set, live_children);
		source__filter_all(&o->filter);
		return 0;
	case KEY_REJECTED:
		o->rejected = true;
		return 0;
	case KEY_ALL:
		o->all = true;
		return 0;
	case KEY_TYPE:
		parse_mask(state, &vocab_memtype, arg, &o->filter.memtypes);
		return 0;
	case KEY_ACCESS:
		parse_mask(state, &vocab_access, arg, &o->filter.accesses);
		return 0;
	case KEY_VM:
		o->vm = arg;
		return 0;
	case KEY_IPA:
		parse_ipa(state, arg, &o->filter);
		return 0;
	case KEY_MIN_US:
		options__check(state, parse__u64(arg, 0, 1000000000, &o->min_us), "--min-us", arg,
			       "a number of microseconds");
		return 0;
	case 'n':
		options__check(state, parse__u64(arg, 1, UINT64_MAX, &o->max_records), "-n", arg,
			       "a number above 0");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "One line for each stage-2 decision of KVM, as it is made.",
	.children = live_children,
};

static int find_vm(struct trace_options *o)
{
	struct error err = {};

	if (!o->vm)
		return 0;
	o->filter.tgid = host__find_vm(o->vm);
	if (o->filter.tgid)
		return 0;
	error__set(&err, 0, "no process runs a VM named '%s'", o->vm);
	error__remedy(&err, 0, "give its process id, or start it first ('s2trace top' lists VMs)");
	return command__fail(&o->set.common, &err);
}

static void complete_filter(struct trace_options *o, uint64_t counter_hz)
{
	struct s2_filter *f = &o->filter;

	if (o->rejected)
		f->outcomes = S2_BIT(S2_OUTCOME_REJECTED) | S2_BIT(S2_OUTCOME_INJECTED) |
			      S2_BIT(S2_OUTCOME_POISONED);
	f->min_ticks = (unsigned __int128)o->min_us * counter_hz / 1000000;
	f->unmaps = o->all && !o->rejected;
	f->cmos = o->set.live.cmo;
}

struct listing {
	const struct trace_options *opts;
	uint64_t printed;
};

/* The kernel filters decisions; records of other types are few and chosen here. */
static bool chosen(const struct trace_options *o, const struct s2_event *rec, const struct vm *vm)
{
	if (rec->type == S2_EV_DECISION || rec->type == S2_EV_CMO)
		return true;
	if (o->filter.tgid && (!vm || vm->pid != o->filter.tgid))
		return false;
	return event__is_rejection(rec) || (o->all && !o->rejected);
}

static bool listing_full(const struct listing *l)
{
	return l->opts->max_records && l->printed >= l->opts->max_records;
}

static void print_record(struct session *s, const struct s2_event *rec,
			 const struct mem_device *dev)
{
	struct listing *l = s->ctx;

	if (listing_full(l) || !chosen(l->opts, rec, model__vm_find(s->model, rec->vm)))
		return;
	view__record(s->view, s->model, rec, dev);
	l->printed++;
}

/* How long to sleep between looks at the ring: short enough to seem live. */
#define LOOK_US 20000

/* Totals are read, and rows of dead VMs given back, this often. */
#define COLLECT_NS 1000000000ULL
/* The summary at the end lists VMs that have been gone for no longer than this. */
#define KEEP_DEAD_NS (3600 * 1000000000ULL)

static int listen(struct session *s, struct listing *l)
{
	uint64_t next = now_ns() + COLLECT_NS;
	bool collect;
	int ret = 0;

	view__trace_header(s->view, s->model);
	fflush(stdout);
	while (!ret && !session__over(s) && !listing_full(l)) {
		usleep(LOOK_US);
		collect = now_ns() >= next;
		ret = session__update(s, collect);
		fflush(stdout);
		if (!collect)
			continue;
		model__forget_dead(s->model, now_ns(), KEEP_DEAD_NS);
		next += COLLECT_NS;
	}
	return ret;
}

int cmd_trace(int argc, char **argv)
{
	struct trace_options o = {};
	struct listing l = { .opts = &o };
	struct session s = { .on_record = print_record, .ctx = &l };
	struct host_facts facts;
	int ret;

	options__parse(&argp, argc, argv, &o);
	host__facts_cheap(&facts);
	complete_filter(&o, facts.counter_hz);
	ret = find_vm(&o);
	if (!ret)
		ret = session__open(&s, &o.set, &o.filter);
	if (ret)
		return ret;
	ret = listen(&s, &l);
	session__stop(&s);
	view__summary(s.view, s.model);
	fflush(stdout);
	session__close(&s);
	return ret;
}
