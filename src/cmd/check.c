// SPDX-License-Identifier: GPL-2.0-only
/* s2trace check: can this host map GPU memory cacheable, and if not, what is missing? */
#include <string.h>

#include "cmd/cmd.h"
#include "source/walk.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT:
		options__init(state, state->input, 1);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is not an option", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &argp_common, 0, NULL, 0 }, { 0 } };
static const struct argp argp = {
	.parser = parse,
	.doc = "Can this host map GPU memory cacheable into its VMs, and if not, which requirement "
	       "is "
	       "missing?\vExit status: 0 yes, 1 no, 2 could not tell.",
	.children = children,
};

/* One question; its answer comes from the facts. Order is that of the printed list. */
struct question {
	const char *name, *what;
	bool required;
	enum check_result (*ask)(const struct host_facts *f);
	const char *remedy;
};

static enum check_result from_fact(enum tristate fact)
{
	return fact == FACT_UNKNOWN ? CHECK_UNKNOWN : fact == FACT_YES ? CHECK_YES : CHECK_NO;
}

static enum check_result ask_arm64(const struct host_facts *f)
{
	return strcmp(f->machine, "aarch64") ? CHECK_NO : CHECK_YES;
}

static enum check_result ask_kvm(const struct host_facts *f)
{
	return from_fact(f->kvm);
}

static enum check_result ask_fwb(const struct host_facts *f)
{
	return from_fact(f->fwb);
}

static enum check_result ask_dic(const struct host_facts *f)
{
	return from_fact(f->dic);
}

static enum check_result ask_pfnmap(const struct host_facts *f)
{
	return from_fact(f->cacheable_pfnmap);
}

static enum check_result ask_tracepoint(const struct host_facts *f)
{
	struct error err = {};

	(void)f;
	return source__probe(S2_BACKEND_TRACEPOINT, &err) ? CHECK_NO : CHECK_YES;
}

static enum check_result ask_fentry(const struct host_facts *f)
{
	struct error err = {};

	(void)f;
	return source__probe(S2_BACKEND_FENTRY, &err) ? CHECK_NO : CHECK_YES;
}

static enum check_result ask_kprobe(const struct host_facts *f)
{
	struct error err = {};

	(void)f;
	return source__probe(S2_BACKEND_KPROBE, &err) ? CHECK_NO : CHECK_YES;
}

static enum check_result ask_walk(const struct host_facts *f)
{
	struct error err = {};

	(void)f;
	return walk__probe(&err) ? CHECK_NO : CHECK_YES;
}

static const struct question questions[] = {
	{ "arm64", "an arm64 machine", true, ask_arm64,
	  "run it on the arm64 host; scripts/live emulates one on any machine" },
	{ "kvm", "KVM (/dev/kvm)", true, ask_kvm,
	  "boot at EL2 with CONFIG_KVM=y, and without kvm-arm.mode=none" },
	{ "fwb", "FEAT_S2FWB, stage-2 forced write-back", true, ask_fwb,
	  "none: it is a feature of the CPU (Armv8.4), and Grace has it" },
	{ "dic", "CTR_EL0.DIC, no instruction cache maintenance", true, ask_dic,
	  "none: it is a feature of the CPU, and Grace has it; firmware may hide it" },
	{ "cacheable_pfnmap", "KVM maps cacheable PFNMAP memory", true, ask_pfnmap,
	  "with FWB and DIC there: boot Linux 6.17 or later, or a kernel with the series "
	  "backported" },
	{ "backend_tracepoint", "tracepoints of the s2trace series", false, ask_tracepoint,
	  "apply the series in patches/ to this kernel, to see decisions and their reasons" },
	{ "backend_fentry", "BPF trampolines, for a kernel as it is", false, ask_fentry,
	  "boot a kernel with BTF and ftrace direct calls (arm64: since 6.4)" },
	{ "backend_kprobe", "kprobes, for a kernel older than that", false, ask_kprobe,
	  "boot a kernel with BTF and CONFIG_KPROBE_EVENTS=y" },
	{ "backend_walk", "stage-2 tables can be read, for 's2trace map'", false, ask_walk,
	  "boot a kernel with BTF, CONFIG_KALLSYMS_ALL=y and KVM built in" },
};

#define NR_QUESTIONS (sizeof(questions) / sizeof(questions[0]))

static const char *detail(const char *name, const struct host_facts *f,
			  const struct host_notes *notes)
{
	if (!strcmp(name, "arm64"))
		return f->machine;
	if (!strcmp(name, "fwb") || !strcmp(name, "dic"))
		return notes->cpucaps;
	if (!strcmp(name, "cacheable_pfnmap"))
		return notes->pfnmap;
	return "";
}

static void answer(struct check_item *items, const struct host_facts *f,
		   const struct host_notes *notes)
{
	const struct question *q;
	size_t i;

	for (i = 0; i < NR_QUESTIONS; i++) {
		q = &questions[i];
		items[i] = (struct check_item){
			.name = q->name,
			.what = q->what,
			.required = q->required,
			.result = q->ask(f),
		};
		snprintf(items[i].detail, sizeof(items[i].detail), "%s", detail(q->name, f, notes));
		if (items[i].result == CHECK_NO)
			snprintf(items[i].remedy, sizeof(items[i].remedy), "%s", q->remedy);
		else if (items[i].result == CHECK_UNKNOWN)
			snprintf(items[i].remedy, sizeof(items[i].remedy),
				 "run it as root to find out");
	}
}

/* KVM's own word counts; without it, a missing requirement is enough for a no. */
static void judge(struct check_report *r)
{
	size_t i;

	r->verdict = from_fact(r->host->cacheable_pfnmap);
	if (ask_arm64(r->host) == CHECK_NO)
		r->verdict = CHECK_UNKNOWN;
	else if (r->verdict == CHECK_UNKNOWN)
		for (i = 0; i < r->nr_items; i++)
			if (r->items[i].required && r->items[i].result == CHECK_NO)
				r->verdict = CHECK_NO;
	r->verdict_text = r->verdict == CHECK_YES ? "this host can map GPU memory cacheable"
			  : r->verdict == CHECK_NO
				  ? "this host cannot map GPU memory cacheable"
				  : "could not tell whether this host can map GPU memory cacheable";
}

int cmd_check(int argc, char **argv)
{
	struct check_item items[NR_QUESTIONS];
	struct check_report report = { .items = items, .nr_items = NR_QUESTIONS };
	struct option_set set = {};
	struct host_notes notes;
	struct host_facts facts;
	struct view *v;

	options__parse(&argp, argc, argv, &set);
	host__facts(&facts, &notes);
	answer(items, &facts, &notes);
	report.host = &facts;
	judge(&report);
	v = view__new(set.common.json ? VIEW_JSON : VIEW_TEXT, stdout);
	if (v)
		view__check(v, &report);
	view__free(v);
	return report.verdict;
}
