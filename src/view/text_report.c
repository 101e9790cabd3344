// SPDX-License-Identifier: GPL-2.0-only
/* Text of top, of the summary at the end, and of check. */
#include "view/report.h"

#include "view/columns.h"
#include "view/human.h"

static void top__row(struct out *o, const struct model *m, const struct vm *vm)
{
	for (int c = 0; c < TOP__MAX; c++) {
		const struct top_column *col = &top_columns[c];
		char cell[CELL_LEN];
		size_t start = o->len;

		if (vm)
			col->cell(cell, sizeof(cell), m, vm);
		out__str(o, vm ? cell : col->head);
		if (col->right)
			out__right(o, start, col->width);
		else
			out__pad(o, start, col->width);
		out__char(o, ' ');
	}
	out__eol(o);
}

void text__top(struct out *o, const struct model *m)
{
	text__host(o, m);
	out__eol(o);
	top__row(o, m, NULL);
	for (size_t i = 0; i < model__nr_vms(m); i++)
		top__row(o, m, model__vm(m, i));
	out__eol(o);
}

/* " 12 mapped, 3 retried": those that are not zero. */
static void summary__counts(struct out *o, const uint64_t *n, const struct vocab *v)
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
	uint64_t level[S2_LEVEL__MAX], access[S2_ACCESS__MAX];

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
	const struct vm_totals *t = &vm->totals;
	char bytes[HUMAN_LEN];

	for (unsigned int c = 0; c < S2_UNMAP__MAX; c++)
		if (t->unmap_n[c])
			out__printf(o, "  unmapped by %s: %llu ranges, %s\n",
				    vocab__name(&vocab_unmap_cause, c),
				    (unsigned long long)t->unmap_n[c],
				    human__bytes(bytes, t->unmap_bytes[c]));
}

static void summary__cmos(struct out *o, const struct vm *vm)
{
	const struct vm_totals *t = &vm->totals;
	char done[HUMAN_LEN], spared[HUMAN_LEN];

	for (unsigned int c = 0; c < S2_CMO__MAX; c++)
		if (t->cmo_n[c][0] || t->cmo_n[c][1])
			out__printf(o, "  %s: %llu done (%s), %llu spared (%s)\n",
				    vocab__name(&vocab_cmo_op, c),
				    (unsigned long long)t->cmo_n[c][1],
				    human__bytes(done, t->cmo_bytes[c][1]),
				    (unsigned long long)t->cmo_n[c][0],
				    human__bytes(spared, t->cmo_bytes[c][0]));
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
	char name[CELL_LEN], pid[CELL_LEN];

	top_columns[TOP_NAME].cell(name, sizeof(name), m, vm);
	top_columns[TOP_PID].cell(pid, sizeof(pid), m, vm);
	out__printf(o, "VM %u %s (process %s)%s: %llu faults", vm->id, name, pid,
		    vm->alive ? "" : ", gone", (unsigned long long)vm__faults(vm));
	if (vm__faults(vm))
		out__char(o, ':');
	summary__counts(o, vm->totals.outcome, &vocab_outcome);
	out__printf(o, "; memslots: %llu accepted, %llu refused\n",
		    (unsigned long long)vm->totals.slots_accepted,
		    (unsigned long long)vm->totals.slots_rejected);
	for (int t = 0; t < S2_MEMTYPE_LEAVES; t++)
		summary__type(o, m, vm, t);
	summary__durations(o, m, vm);
	summary__reasons(o, vm);
	summary__unmaps(o, vm);
	summary__cmos(o, vm);
}

void text__summary(struct out *o, const struct model *m)
{
	const struct source_stats *s = model__stats(m);

	out__printf(o, "seen %llu, emitted %llu, filtered %llu, received %llu, lost %llu",
		    (unsigned long long)s->seen, (unsigned long long)s->emitted,
		    (unsigned long long)s->filtered, (unsigned long long)s->received,
		    (unsigned long long)source_stats__lost(s));
	for (unsigned int i = 0; i < S2_LOST__MAX; i++)
		if (s->lost[i])
			out__printf(o, "\n  %llu lost (%s): %s", (unsigned long long)s->lost[i],
				    vocab__name(&vocab_loss, i), vocab__text(&vocab_loss, i));
	out__eol(o);
	for (size_t i = 0; i < model__nr_vms(m); i++)
		summary__vm(o, m, model__vm(m, i));
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
		out__str(o, item->detail);
	}
	out__eol(o);
	if (item->result != CHECK_YES && item->remedy[0])
		out__printf(o, "       -> %s\n", item->remedy);
}

void text__check(struct out *o, const struct check_report *report)
{
	for (size_t i = 0; i < report->nr_items; i++)
		check__item(o, &report->items[i]);
	out__printf(o, "\n%s\n",
		    report->verdict_text ? report->verdict_text : check__word(report->verdict));
}
