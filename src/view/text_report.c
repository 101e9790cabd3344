// SPDX-License-Identifier: GPL-2.0-only
/* Text of the final summaries and of check. */
#include "view/human.h"
#include "view/view_priv.h"

/* " 12 mapped, 3 retried": nonzero counts only. */
static void summary__counts(struct out *o, const __u64 *n, const struct vocab *v)
{
	const char *between = " ";

	for (unsigned int i = 0; i < v->nr; i++) {
		if (!n[i])
			continue;
		out__str(o, between);
		out__u64(o, n[i]);
		out__char(o, ' ');
		out__str(o, vocab__name(v, i));
		between = ", ";
	}
}

static void summary__type(struct out *o, const struct model *m, const struct vm *vm, int type)
{
	char bytes[HUMAN_LEN];
	__u64 level[S2_LEVEL__MAX], access[S2_ACCESS__MAX];

	if (!vm__mappings(vm, type))
		return;
	for (int l = 0; l < S2_LEVEL__MAX; l++)
		level[l] = vm__mappings_at(vm, type, l);
	for (int a = 0; a < S2_ACCESS__MAX; a++)
		access[a] = vm__mappings_by(vm, type, a);
	out__printf(o, "  %-12s %s in %llu mappings:", vocab__name(&vocab_memtype, type),
		    human__bytes(bytes, vm__bytes(m, vm, type)),
		    (unsigned long long)vm__mappings(vm, type));
	summary__counts(o, level, &vocab_level);
	out__str(o, ";");
	summary__counts(o, access, &vocab_access);
	out__eol(o);
}

static void summary__reasons(struct out *o, const struct vm *vm)
{
	for (unsigned int r = 1; r < S2_REASON__MAX; r++) {
		if (!vm->totals.reason[r])
			continue;
		out__printf(o, "  %llu x %s: %s\n", (unsigned long long)vm->totals.reason[r],
			    vocab__name(&vocab_reason, r), vocab__text(&vocab_reason, r));
	}
}

static void summary__unmaps(struct out *o, const struct vm *vm)
{
	const struct s2_totals *t = &vm->totals;
	char bytes[HUMAN_LEN];

	for (unsigned int c = 0; c < S2_UNMAP__MAX; c++)
		if (t->unmap_n[c])
			out__printf(o, "  unmapped by %s: %llu ranges, %s\n",
				    vocab__name(&vocab_unmap_cause, c),
				    (unsigned long long)t->unmap_n[c],
				    human__bytes(bytes, t->unmap_bytes[c]));
}

static void summary__protects(struct out *o, const struct vm *vm)
{
	const struct s2_totals *t = &vm->totals;
	char bytes[HUMAN_LEN];

	for (unsigned int op = 0; op < S2_PROTECT__MAX; op++)
		if (t->protect_n[op])
			out__printf(o, "  %s: %llu ranges, %s\n",
				    vocab__name(&vocab_protect_op, op),
				    (unsigned long long)t->protect_n[op],
				    human__bytes(bytes, t->protect_bytes[op]));
}

static void summary__cmos(struct out *o, const struct vm *vm)
{
	const struct s2_totals *t = &vm->totals;
	char done[HUMAN_LEN], skipped[HUMAN_LEN];

	for (unsigned int c = 0; c < S2_CMO__MAX; c++)
		if (t->cmo_n[c][0] || t->cmo_n[c][1])
			out__printf(o, "  %s: %llu done (%s), %llu skipped (%s)\n",
				    vocab__name(&vocab_cmo_op, c),
				    (unsigned long long)t->cmo_n[c][1],
				    human__bytes(done, t->cmo_bytes[c][1]),
				    (unsigned long long)t->cmo_n[c][0],
				    human__bytes(skipped, t->cmo_bytes[c][0]));
}

static void summary__durations(struct out *o, const struct model *m, const struct vm *vm)
{
	char mean[HUMAN_LEN], p99[HUMAN_LEN];

	if (!vm__mean_ns(vm))
		return;
	out__printf(o, "  fault duration: mean %s us", human__us(mean, vm__mean_ns(vm)));
	if (vm__quantile_ns(m, vm, 0.99))
		out__printf(o, ", p99 %s us", human__us(p99, vm__quantile_ns(m, vm, 0.99)));
	out__eol(o);
}

static void summary__vm(struct out *o, const struct model *m, const struct vm *vm)
{
	out__printf(o, "VM %u ", vm->id);
	out__foreign(o, vm->name[0] ? vm->name : "-", vm_columns[VM_NAME].width);
	out__str(o, " (process ");
	if (vm->pid)
		out__u64(o, vm->pid);
	else
		out__char(o, '-');
	out__printf(o, ")%s: %s%llu faults", vm->alive ? "" : ", gone",
		    vm->counted || !vm__faults(vm) ? "" : "at least ",
		    (unsigned long long)vm__faults(vm));
	if (vm__faults(vm))
		out__char(o, ':');
	summary__counts(o, vm->totals.outcome, &vocab_outcome);
	out__printf(o, "; memslots: %llu accepted, %llu rejected\n",
		    (unsigned long long)vm->totals.slots_accepted,
		    (unsigned long long)vm->totals.slots_rejected);
	for (int t = 0; t < S2_MEMTYPE_LEAVES; t++)
		summary__type(o, m, vm, t);
	summary__durations(o, m, vm);
	summary__reasons(o, vm);
	summary__unmaps(o, vm);
	summary__protects(o, vm);
	summary__cmos(o, vm);
	if (vm->space.truncated)
		out__printf(o, "  %llu events did not fit into the model of the address space\n",
			    (unsigned long long)vm->space.truncated);
}

void text__summary(struct view *v, const struct model *m)
{
	const struct s2_ev_loss *loss = model__loss(m);
	struct out *o = &v->line;

	out__printf(o, "seen %llu, emitted %llu, filtered %llu, received %llu, lost %llu",
		    (unsigned long long)loss->seen, (unsigned long long)loss->emitted,
		    (unsigned long long)loss->filtered, (unsigned long long)loss->received,
		    (unsigned long long)loss__total(loss));
	for (unsigned int i = 0; i < S2_LOST__MAX; i++)
		if (loss->lost[i])
			out__printf(o, "\n  %llu lost (%s): %s", (unsigned long long)loss->lost[i],
				    vocab__name(&vocab_loss, i), vocab__text(&vocab_loss, i));
	out__eol(o);
	for (size_t i = 0; i < model__nr_vms(m); i++)
		summary__vm(o, m, model__vm(m, i));
}

/* Reports what the listing lacks, and why. */
static void survey__gaps(struct out *o, const struct survey_totals *t, uint64_t truncated)
{
	if (truncated)
		out__printf(o, "no room for %llu ranges, or changes of them: they are missing\n",
			    (unsigned long long)truncated);
	if (t->vms_truncated || t->slots_truncated)
		out__printf(o, "no room for %llu VMs and %llu memslots: they are missing\n",
			    (unsigned long long)t->vms_truncated,
			    (unsigned long long)t->slots_truncated);
	if (t->slots_unread)
		out__printf(o,
			    "the memslots of %llu VMs kept changing: their ranges have no slot\n",
			    (unsigned long long)t->slots_unread);
	if (t->hyp_owned)
		out__printf(o,
			    "the hypervisor (pKVM) owns the tables of %llu VMs: what it was asked "
			    "to map is shown\n",
			    (unsigned long long)t->hyp_owned);
}

static void survey__reading(struct out *o, const struct survey_totals *t)
{
	char took[HUMAN_LEN];

	out__printf(o, "%llu tables read in %s us, %llu changed meanwhile, %llu lost",
		    (unsigned long long)t->tables, human__us(took, t->ns),
		    (unsigned long long)t->changed, (unsigned long long)t->lost);
	if (t->lost)
		out__printf(o, " (%llu kept changing, %llu unreadable)",
			    (unsigned long long)t->dropped, (unsigned long long)t->unreadable);
	if (t->gone)
		out__printf(o, "; %llu VMs ended meanwhile", (unsigned long long)t->gone);
	if (t->unlisted_pa_ranges)
		out__printf(o, "; %llu ranges (?) at addresses that this host does not list",
			    (unsigned long long)t->unlisted_pa_ranges);
	out__eol(o);
}

void text__map_summary(struct view *v, const struct model *m)
{
	const struct survey_totals *t = model__survey(m);
	struct out *o = &v->line;
	char bytes[HUMAN_LEN];

	out__eol(o);
	for (int type = 0; type < S2_MEMTYPE__MAX; type++)
		if (t->bytes[type] || type < S2_MEMTYPE_LEAVES)
			out__printf(o, "%s %s, ", vocab__name(&vocab_memtype, type),
				    human__bytes(bytes, t->bytes[type]));
	out__printf(o, "in %llu VMs: %llu leaves, %llu ranges\n", (unsigned long long)t->vms,
		    (unsigned long long)t->leaves, (unsigned long long)t->ranges);
	survey__reading(o, t);
	survey__gaps(o, t, model__space_truncated(m));
}

static const char *check__word(enum check_result result)
{
	static const char *const word[] = { "yes", "no", "?" };

	return (unsigned int)result < 3 ? word[result] : "?";
}

static void check__item(struct out *o, const struct check_item *item)
{
	size_t start = o->len;

	out__printf(o, "%-4s %s", check__word(item->result), item->what);
	if (!item->required)
		out__str(o, " (not required)");
	if (item->detail[0]) {
		out__pad(o, start, 50);
		out__str(o, "  ");
		out__foreign(o, item->detail, OUT_WHOLE);
	}
	out__eol(o);
	if (item->result == CHECK_YES || !item->remedy[0])
		return;
	out__str(o, "       -> ");
	out__foreign(o, item->remedy, OUT_WHOLE);
	out__eol(o);
}

void text__check(struct view *v, const struct check_report *report)
{
	struct out *o = &v->line;

	for (size_t i = 0; i < report->nr_items; i++)
		check__item(o, &report->items[i]);
	out__printf(o, "\n%s\n",
		    report->verdict_text ? report->verdict_text : check__word(report->verdict));
}
