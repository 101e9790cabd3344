// SPDX-License-Identifier: GPL-2.0-only
/* The VM pane: identity, totals and tabs. */
#include "view/tui_priv.h"

#include <string.h>

#include "model/vocab.h"
#include "view/human.h"

#define KEY_ESC 27

static const char *const tab_names[TAB__MAX] = { "Decisions", "Rejections", "Breakdown" };

static void vm__close(struct tui *t)
{
	t->pane = PANE_LIST;
	t->watched_pid = 0;
}

static void vm__turn(struct tui *t, int step)
{
	t->tab = (t->tab + TAB__MAX + step) % TAB__MAX;
	t->follow = true;
	t->scroll = 0;
}

void tui_vm__key(struct tui *t, const struct model *m, int key)
{
	const struct vm *vm = model__vm_find(m, t->open);

	switch (key) {
	case KEY_ESC:
	case 'q':
	case KEY_BACKSPACE:
		vm__close(t);
		break;
	case '\t':
	case KEY_RIGHT:
		vm__turn(t, 1);
		break;
	case KEY_BTAB:
	case KEY_LEFT:
		vm__turn(t, -1);
		break;
	default:
		if (t->tab == TAB_BREAKDOWN)
			tui_chart__key(t, key);
		else if (vm)
			tui_events__key(t, vm, key);
	}
}

static void vm__title(struct tui *t, const struct vm *vm)
{
	struct out *o = &t->text;

	o->len = 0;
	out__printf(o, "VM %u  ", vm->id);
	out__foreign(o, vm->name[0] ? vm->name : "-", OUT_WHOLE);
	out__printf(o, "  process %u", vm->pid);
	if (vm->uuid[0]) {
		out__str(o, "  ");
		out__foreign(o, vm->uuid, OUT_WHOLE);
	}
	if (!vm->alive)
		out__str(o, "  (gone)");
	else if (vm->found)
		out__str(o, "  (ran before tracing began)");
	tui__put(0, 0, COLS, out__cstr(o), false, A_BOLD | (vm->alive ? 0 : A_DIM));
}

static void vm__figures(const struct tui *t, const struct model *m, const struct vm *vm, int y)
{
	char faults[HUMAN_LEN], rate[HUMAN_LEN], mean[HUMAN_LEN], p50[HUMAN_LEN], p99[HUMAN_LEN];
	char text[256], rejected[64];
	uint64_t rejections = vm__rejections(vm);
	int x;

	snprintf(text, sizeof(text), "faults %s  %s/s  mean %s us  p50 %s  p99 %s",
		 human__count(faults, vm__faults(vm)), human__rate(rate, vm->faults_per_s),
		 human__us(mean, vm__mean_ns(vm)), human__us(p50, vm__quantile_ns(m, vm, 0.5)),
		 human__us(p99, vm__quantile_ns(m, vm, 0.99)));
	x = tui__put(y, 0, COLS, text, false, A_NORMAL) + 2;
	snprintf(rejected, sizeof(rejected), "rejections %llu", (unsigned long long)rejections);
	tui__put(y, x, COLS, rejected, false, rejections ? tui__attr(t, PAINT_REJECTED) : A_NORMAL);
}

/* What is mapped now, by type, each in its colour. */
static void vm__mapped_now(const struct tui *t, const struct model *m, const struct vm *vm, int y)
{
	const struct vm_mapped *now = vm__mapped(vm);
	uint64_t age = now && model__now_ns(m) > now->ts_ns ? model__now_ns(m) - now->ts_ns : 0;
	char text[64], bytes[HUMAN_LEN];
	int x = tui__put(y, 0, COLS, "mapped now:", false, A_NORMAL) + 1;

	if (!now) {
		tui__put(y, x, COLS, "unknown", false, A_DIM);
		return;
	}
	for (int type = 0; type < S2_MEMTYPE_LEAVES; type++) {
		snprintf(text, sizeof(text), "%s %s", vocab__name(&vocab_memtype, type),
			 human__bytes(bytes, now->bytes[type]));
		x += tui__put(y, x, COLS, text, false,
			      now->bytes[type] ? tui__attr(t, paint__type(type)) : A_NORMAL) +
		     2;
	}
	snprintf(text, sizeof(text), "(%llu s ago)", (unsigned long long)(age / 1000000000));
	tui__put(y, x, COLS, text, false, A_DIM);
}

static void vm__tabs(const struct tui *t, int y)
{
	int x = 0;

	for (int tab = 0; tab < TAB__MAX; tab++) {
		char text[32];

		snprintf(text, sizeof(text), " %s ", tab_names[tab]);
		x += tui__put(y, x, COLS, text, false,
			      tab == (int)t->tab ? A_REVERSE | A_BOLD : A_NORMAL) +
		     1;
	}
}

void tui_vm__draw(struct tui *t, const struct model *m)
{
	const struct vm *vm = model__vm_find(m, t->open);
	int y = 1;

	if (!vm) {
		vm__close(t);
		tui_list__draw(t, m);
		return;
	}
	vm__title(t, vm);
	if (LINES >= 8)
		vm__figures(t, m, vm, y++);
	if (LINES >= 10)
		vm__mapped_now(t, m, vm, y++);
	if (LINES >= 14)
		y++;
	vm__tabs(t, y++);
	if (t->tab == TAB_BREAKDOWN)
		tui_chart__draw(t, m, vm, y);
	else
		tui_events__draw(t, m, vm, y);
	tui__status(t, m, "Tab next  up down move  p pause  h help  Esc back");
}
