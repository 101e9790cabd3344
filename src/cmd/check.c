// SPDX-License-Identifier: GPL-2.0-only
/* s2trace check: whether this host can map GPU memory cacheable, and what is missing. */
#include <stdio.h>
#include <string.h>

#include <s2trace/mair.h>

#include "cmd/cmd.h"
#include "host/host.h"
#include "source/era.h"
#include "source/source.h"
#include "source/survey.h"
#include "view/view.h"

struct check_options {
	struct common_options common;
};

/*
 * One question. The answer comes from the facts, or from a backend, which provides the reason
 * and the remedy itself. Printed in this order.
 */
struct question {
	const char *name, *what;
	bool required;
	bool vma_is_enough; /* not required if the VMA alone decides */
	enum check_result (*ask)(const struct s2_ev_host *f);
	const char *remedy;
	enum s2_backend backend; /* without `ask` */
};

static enum check_result from_fact(enum tristate fact)
{
	return fact == FACT_UNKNOWN ? CHECK_UNKNOWN : fact == FACT_YES ? CHECK_YES : CHECK_NO;
}

static enum check_result ask_arm64(const struct s2_ev_host *f)
{
	return strcmp(f->machine, "aarch64") ? CHECK_NO : CHECK_YES;
}

static enum check_result ask_kvm(const struct s2_ev_host *f)
{
	return from_fact(f->kvm);
}

static enum check_result ask_fwb(const struct s2_ev_host *f)
{
	return from_fact(f->fwb);
}

static enum check_result ask_dic(const struct s2_ev_host *f)
{
	return from_fact(f->dic);
}

static enum check_result ask_pfnmap(const struct s2_ev_host *f)
{
	return from_fact(f->cacheable_pfnmap);
}

static enum check_result ask_era(const struct s2_ev_host *f)
{
	return f->era_shown == FACT_YES ? CHECK_YES : CHECK_UNKNOWN;
}

static enum check_result ask_mair(const struct s2_ev_host *f)
{
	return f->mair_el1 ? CHECK_YES : CHECK_UNKNOWN;
}

/* Backends are listed best first: the first one available is chosen. */
static const struct question questions[] = {
	{ .name = "arm64",
	  .what = "an arm64 machine",
	  .required = true,
	  .ask = ask_arm64,
	  .remedy = "run it on the arm64 host; scripts/live emulates one on any machine" },
	{ .name = "kvm",
	  .what = "KVM (/dev/kvm)",
	  .required = true,
	  .ask = ask_kvm,
	  .remedy = "boot at EL2 with CONFIG_KVM=y, and without kvm-arm.mode=none" },
	{ .name = "fwb",
	  .what = "FEAT_S2FWB, stage-2 forced write-back",
	  .required = true,
	  .ask = ask_fwb,
	  .remedy = "none: it is a CPU feature (Armv8.4), which Grace has" },
	{ .name = "dic",
	  .what = "CTR_EL0.DIC, no instruction cache maintenance",
	  .required = true,
	  .vma_is_enough = true,
	  .ask = ask_dic,
	  .remedy = "none: it is a CPU feature, which Grace has; firmware may hide it" },
	{ .name = "cacheable_pfnmap",
	  .what = "KVM maps cacheable PFNMAP memory",
	  .required = true,
	  .vma_is_enough = true,
	  .ask = ask_pfnmap,
	  .remedy = "if FWB and DIC are present: boot Linux 6.17 or later, or a kernel with the "
		    "series backported" },
	{ .name = "era",
	  .what = "how KVM decides",
	  .ask = ask_era,
	  .remedy = "trace, or check again while a VM has device memory mapped" },
	{ .name = "mair_el1", .what = "attributes of VMAs (MAIR_EL1)", .ask = ask_mair },
	{ .name = "backend_tracepoint",
	  .what = "tracepoints of the s2trace series",
	  .backend = S2_BACKEND_TRACEPOINT },
	{ .name = "backend_fentry",
	  .what = "BPF trampolines, for unpatched kernels",
	  .backend = S2_BACKEND_FENTRY },
	{ .name = "backend_kprobe",
	  .what = "kprobes, for older kernels",
	  .backend = S2_BACKEND_KPROBE },
	{ .name = "backend_survey",
	  .what = "access to stage-2 tables, for 's2trace map'",
	  .backend = S2_BACKEND_SURVEY },
};

#define NR_QUESTIONS (sizeof(questions) / sizeof(questions[0]))

static const char *describe_era(const struct s2_ev_host *f)
{
	bool certain = f->era_shown == FACT_YES;

	switch ((enum s2_era)f->era) {
	case S2_ERA_6_1:
		return "as Linux 6.1: what the kernel does not map is Device memory";
	case S2_ERA_6_9:
		return certain ? "as Linux 6.9: devices may allow Normal-NC"
			       : "as Linux 6.9, or from the VMA alone, as NVIDIA's 6.8 to 6.14";
	case S2_ERA_6_17:
	case S2_ERA_7_1:
		return certain ? "as Linux 6.17 and later, NVIDIA's 6.17 included"
			       : "probably as Linux 6.17 and later: this CPU does not show it";
	case S2_ERA_VMA:
		return "from the VMA alone, as NVIDIA's 6.8 to 6.14";
	case S2_ERA_VMA_EXEC:
		return "from the VMA alone, as NVIDIA's 6.8 to 6.14 with Extended GPU Memory";
	default:
		return "";
	}
}

/* A kernel that has Device memory where pgprot_writecombine() asks for Normal-NC. */
static const char *describe_mair(const struct s2_ev_host *f)
{
	if (!f->mair_el1)
		return "cannot follow __cpu_setup(): they stay unknown";
	if (s2_mair_decode(f->mair_el1, S2_VMA_NORMAL_NC) == S2_VMA_DEVICE_nGnRE)
		return "NC-to-nGnRE workaround: Normal-NC mappings of the host are Device-nGnRE";
	return "from what __cpu_setup() writes to MAIR_EL1";
}

static const char *detail(const char *name, const struct s2_ev_host *f,
			  const struct host_notes *notes)
{
	if (!strcmp(name, "arm64"))
		return f->machine;
	if (!strcmp(name, "fwb") || !strcmp(name, "dic"))
		return notes->cpucaps;
	if (!strcmp(name, "cacheable_pfnmap"))
		return notes->pfnmap;
	if (!strcmp(name, "era"))
		return describe_era(f);
	if (!strcmp(name, "mair_el1"))
		return describe_mair(f);
	return "";
}

static bool vma_decides(const struct s2_ev_host *f)
{
	return f->era == S2_ERA_VMA || f->era == S2_ERA_VMA_EXEC;
}

static void answer_from_facts(struct check_item *item, const struct question *q,
			      const struct s2_ev_host *f, const struct host_notes *notes)
{
	item->result = q->ask(f);
	snprintf(item->detail, sizeof(item->detail), "%s", detail(q->name, f, notes));
	if (item->result == CHECK_NO && item->required)
		snprintf(item->remedy, sizeof(item->remedy), "%s", q->remedy);
	else if (item->result == CHECK_UNKNOWN && !host__may_use_bpf())
		snprintf(item->remedy, sizeof(item->remedy),
			 "run it as root, or with CAP_BPF and CAP_PERFMON");
	else if (item->result == CHECK_UNKNOWN && !q->required && q->remedy)
		snprintf(item->remedy, sizeof(item->remedy), "%s", q->remedy);
}

static void answer_from_backend(struct check_item *item, const struct question *q)
{
	struct error err = {};
	int ret = q->backend == S2_BACKEND_SURVEY ? survey__probe(&err)
						  : source__probe(q->backend, &err);

	item->result = ret ? CHECK_NO : CHECK_YES;
	if (item->result == CHECK_YES)
		return;
	snprintf(item->detail, sizeof(item->detail), "%.*s", (int)sizeof(item->detail) - 1,
		 err.what);
	snprintf(item->remedy, sizeof(item->remedy), "%.*s", (int)sizeof(item->remedy) - 1,
		 err.remedy);
}

static void mark_chosen(struct check_item *items)
{
	size_t i;

	for (i = 0; i < NR_QUESTIONS; i++) {
		if (questions[i].ask || questions[i].backend == S2_BACKEND_SURVEY ||
		    items[i].result != CHECK_YES)
			continue;
		snprintf(items[i].detail, sizeof(items[i].detail), "chosen: the best available");
		return;
	}
}

static void answer(struct check_item *items, const struct s2_ev_host *f,
		   const struct host_notes *notes)
{
	const struct question *q;
	size_t i;

	for (i = 0; i < NR_QUESTIONS; i++) {
		q = &questions[i];
		items[i] = (struct check_item){ .name = q->name,
						.what = q->what,
						.required = q->required &&
							    !(q->vma_is_enough && vma_decides(f)) };
		if (q->ask)
			answer_from_facts(&items[i], q, f, notes);
		else
			answer_from_backend(&items[i], q);
	}
	mark_chosen(items);
}

/* KVM's capability decides. Without it, a missing requirement is enough for a no. */
static enum check_result by_requirements(const struct check_report *r)
{
	enum check_result verdict = from_fact(r->host->cacheable_pfnmap);

	if (ask_arm64(r->host) == CHECK_NO)
		return CHECK_UNKNOWN;
	for (size_t i = 0; i < r->nr_items && verdict == CHECK_UNKNOWN; i++)
		if (r->items[i].required && r->items[i].result == CHECK_NO)
			verdict = CHECK_NO;
	return verdict;
}

/* Vendors' kernels have no capability. Until they decide, mainline 6.9 looks the same. */
static void judge(struct check_report *r)
{
	const struct s2_ev_host *f = r->host;

	if (vma_decides(f))
		r->verdict = ask_fwb(f);
	else if (f->era == S2_ERA_6_9 && f->era_shown != FACT_YES)
		r->verdict = CHECK_UNKNOWN;
	else
		r->verdict = by_requirements(r);
	r->verdict_text = r->verdict == CHECK_YES ? "this host can map GPU memory cacheable"
			  : r->verdict == CHECK_NO
				  ? "this host cannot map GPU memory cacheable"
				  : "could not tell whether this host can map GPU memory cacheable";
}

static int run(const void *values)
{
	const struct check_options *o = values;
	struct check_item items[NR_QUESTIONS];
	struct check_report report = { .items = items, .nr_items = NR_QUESTIONS };
	struct host_notes notes;
	struct s2_ev_host facts;
	struct view *v;

	host__facts(&facts, &notes);
	era__find(&facts);
	answer(items, &facts, &notes);
	report.host = &facts;
	judge(&report);
	v = view__new(o->common.json ? VIEW_JSON : VIEW_TEXT, stdout);
	if (v)
		view__check(v, &report);
	view__free(v);
	return report.verdict;
}

const struct command command_check = {
	.name = "check",
	.what = "check whether this host can map GPU memory cacheable, and what is missing",
	.doc = "Check whether this host can map GPU memory cacheable into its VMs, and if not, "
	       "which requirement is missing.\vExit status: 0 yes, 1 no, 2 could not tell.",
	.tables = { { common_options, offsetof(struct check_options, common) } },
	.size = sizeof(struct check_options),
	.run = run,
};
