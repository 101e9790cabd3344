// SPDX-License-Identifier: GPL-2.0-only
/* Decisions and rejections of one VM, newest first, and the one under the cursor in full. */
#include "view/tui_priv.h"

#include <string.h>

#include "view/report.h"

#define DETAIL_LINES 4

/*
 * A column reads a field of the decision or, where the event is a memslot, the
 * other path. Rejections would rather have their reason than anything else.
 */
struct event_column {
	struct tui_column col;
	const char *path, *slot_path;
	int rank_rejected;
};

enum {
	EV_AGE,
	EV_CPU,
	EV_IPA,
	EV_ACCESS,
	EV_FAULT,
	EV_OUTCOME,
	EV_TYPE,
	EV_SIZE,
	EV_PROT,
	EV_VMA,
	EV_US,
	EV_PA,
	EV_LIMIT,
	EV_DEVICE,
	EV_REASON,
	EV__MAX
};

static const struct event_column event_columns[EV__MAX] = {
	[EV_AGE] = { { "AGE s", 7, 0, 1, true, 0, 0 }, NULL, NULL, 3 },
	[EV_CPU] = { { "CPU", 3, 0, 9, true, 0, 0 }, "vcpu", NULL, 8 },
	[EV_IPA] = { { "IPA", 14, 0, 0, false, 0, 0 }, "ipa", "ipa", 0 },
	[EV_ACCESS] = { { "ACCESS", 6, 0, 5, false, 0, 0 }, "access", "change", 4 },
	[EV_FAULT] = { { "FAULT", 11, 0, 10, false, 0, 0 }, "fault", NULL, 9 },
	[EV_OUTCOME] = { { "OUTCOME", 8, 0, 4, false, 0, 0 }, "outcome", "outcome", 1 },
	[EV_TYPE] = { { "TYPE", 12, 0, 2, false, 0, 0 }, "type", NULL, 10 },
	[EV_SIZE] = { { "SIZE", 5, 0, 3, true, 0, 0 }, "size", "size", 7 },
	[EV_PROT] = { { "PROT", 4, 0, 7, false, 0, 0 }, "prot", NULL, 13 },
	[EV_VMA] = { { "VMA", 21, 0, 8, false, 0, 0 }, "vma", "vma", 5 },
	[EV_US] = { { "us", 6, 0, 6, true, 0, 0 }, "duration_ns", NULL, 6 },
	[EV_PA] = { { "PA", 14, 0, 11, false, 0, 0 }, "pa", NULL, 11 },
	[EV_LIMIT] = { { "LIMIT", 10, 0, 12, false, 0, 0 }, "limit", NULL, 14 },
	[EV_DEVICE] = { { "DEVICE", 14, 0, 13, false, 0, 0 }, "device", "device", 12 },
	[EV_REASON] = { { "REASON", 57, 24, 14, false, 0, 0 }, "reason", "reason", 2 },
};

static const struct vm_events *events__of(const struct tui *t, const struct vm *vm)
{
	return t->tab == TAB_REJECTIONS ? &vm->rejected : &vm->recent;
}

/* How far the cursor is behind the newest event. */
static size_t events__index(const struct tui *t, const struct vm_events *evs)
{
	size_t nr = vm_events__count(evs);

	if (t->follow || !nr || t->event >= evs->n)
		return 0;
	return evs->n - 1 - t->event < nr ? evs->n - 1 - t->event : nr - 1;
}

static void events__move(struct tui *t, const struct vm_events *evs, long by)
{
	long i = (long)events__index(t, evs) + by, last = (long)vm_events__count(evs) - 1;

	if (last < 0)
		return;
	i = i < 0 ? 0 : i > last ? last : i;
	t->follow = !i;
	t->event = evs->n - 1 - (uint64_t)i;
}

bool tui_events__key(struct tui *t, const struct vm *vm, int key)
{
	const struct vm_events *evs = events__of(t, vm);

	switch (key) {
	case KEY_UP:
	case 'k':
		events__move(t, evs, -1);
		return true;
	case KEY_DOWN:
	case 'j':
		events__move(t, evs, 1);
		return true;
	case KEY_PPAGE:
		events__move(t, evs, -(long)t->page);
		return true;
	case KEY_NPAGE:
		events__move(t, evs, (long)t->page);
		return true;
	case KEY_HOME:
		events__move(t, evs, -MODEL_RECENT);
		return true;
	case KEY_END:
		events__move(t, evs, MODEL_RECENT);
		return true;
	}
	return false;
}

static void event__age(struct out *o, const struct model *m, const struct vm_event *ev)
{
	uint64_t now = model__now_ns(m);

	if (now > ev->h.ts_ns)
		out__printf(o, "%.1f", (double)(now - ev->h.ts_ns) / 1e9);
	else
		out__str(o, "0.0");
}

/* In words where they have room, else by its name. */
static void event__reason(struct out *o, const struct vm_event *ev, int width)
{
	unsigned int reason =
		ev->h.type == S2_EV_MEMSLOT ? ev->memslot.reason : ev->decision.reason;
	const char *text = vocab__text(&vocab_reason, reason);

	if (reason == S2_REASON_NONE || !text)
		return;
	out__str(o, strlen(text) <= (size_t)width ? text : vocab__name(&vocab_reason, reason));
}

static const char *event__cell(struct out *o, const struct model *m, const struct vm_event *ev,
			       int c, int width)
{
	const struct event_column *col = &event_columns[c];
	const char *path = ev->h.type == S2_EV_MEMSLOT ? col->slot_path : col->path;

	o->len = 0;
	if (c == EV_AGE)
		event__age(o, m, ev);
	else if (c == EV_REASON)
		event__reason(o, ev, width);
	else if (path)
		text__path(o, m, &ev->h, &ev->device, path);
	out__mem(o, "", 1);
	return o->bad ? "" : o->p;
}

static enum paint event__paint(const struct vm_event *ev, int c)
{
	if (c == EV_TYPE && ev->h.type == S2_EV_DECISION)
		return paint__type(ev->decision.memtype);
	if ((c == EV_OUTCOME || c == EV_REASON) && event__is_rejection(&ev->h))
		return PAINT_REJECTED;
	return PAINT_PLAIN;
}

static void events__columns(const struct tui *t, struct tui_column cols[EV__MAX])
{
	for (int c = 0; c < EV__MAX; c++) {
		cols[c] = event_columns[c].col;
		if (t->tab == TAB_REJECTIONS)
			cols[c].rank = event_columns[c].rank_rejected;
	}
	tui__fit(cols, EV__MAX, COLS);
}

static void events__head(const struct tui_column *cols, int y)
{
	int x = 0;

	for (int c = 0; c < EV__MAX; c++) {
		if (!cols[c].shown)
			continue;
		tui__put(y, x, cols[c].got, cols[c].head, cols[c].right, A_BOLD);
		x += cols[c].got + 1;
	}
}

static void events__row(const struct tui *t, const struct model *m, struct out *o,
			const struct tui_column *cols, const struct vm_event *ev, int y)
{
	int x = 0;

	for (int c = 0; c < EV__MAX; c++) {
		if (!cols[c].shown)
			continue;
		tui__put(y, x, cols[c].got, event__cell(o, m, ev, c, cols[c].got), cols[c].right,
			 tui__attr(t, event__paint(ev, c)));
		x += cols[c].got + 1;
	}
}

/* "name value" for each path; returns the next line. */
static int detail__line(struct out *o, const struct model *m, const struct vm_event *ev,
			const char *const *paths, int y)
{
	o->len = 0;
	for (; *paths; paths++) {
		size_t start = o->len;

		if (o->len)
			out__str(o, "  ");
		out__printf(o, "%s ", *paths);
		if (!text__path(o, m, &ev->h, &ev->device, *paths))
			o->len = start;
	}
	out__mem(o, "", 1);
	if (!o->bad)
		tui__put(y, 0, COLS, o->p, false, A_NORMAL);
	return y + 1;
}

static void detail__reason(const struct tui *t, const struct vm_event *ev, int y)
{
	bool slot = ev->h.type == S2_EV_MEMSLOT;
	unsigned int reason = slot ? ev->memslot.reason : ev->decision.reason;
	const char *text = vocab__text(&vocab_reason, reason);

	if (reason != S2_REASON_NONE && text) {
		tui__put(y, 0, COLS, text, false, tui__attr(t, PAINT_REJECTED));
	} else if (!slot && ev->decision.size_shift && S2_HAS(ev->decision.present, S2_F_LIMIT)) {
		text = vocab__text(&vocab_limit, ev->decision.limit);
		tui__put(y, 0, COLS, text ? text : "", false, A_NORMAL);
	}
}

static void events__detail(const struct tui *t, const struct model *m, struct out *o,
			   const struct vm_event *ev, int y)
{
	static const char *const decision[2][8] = {
		{ "hva", "pa", "pc", "slot", "prot", "ret", "vcpu", NULL },
		{ "vma", "kernel_mapped", "mte", "nested", "dirty_log", "limit", "device", NULL },
	};
	static const char *const memslot[2][8] = {
		{ "slot", "ipa", "hva", "size", "change", "ret", NULL },
		{ "vma", "vma.start", "vma.end", "flags", "mte", "device", NULL },
	};
	bool slot = ev->h.type == S2_EV_MEMSLOT;

	mvhline(y, 0, 0, COLS);
	detail__reason(t, ev, y + 1);
	for (int i = 0; i < 2; i++)
		detail__line(o, m, ev, slot ? memslot[i] : decision[i], y + 2 + i);
}

/* First event shown, so that the one of the cursor is among the `rows`. */
static size_t events__top(size_t cursor, int rows)
{
	return rows > 0 && cursor >= (size_t)rows ? cursor - (size_t)rows + 1 : 0;
}

void tui_events__draw(struct tui *t, const struct model *m, const struct vm *vm, int y)
{
	const struct vm_events *evs = events__of(t, vm);
	size_t cursor = events__index(t, evs), nr = vm_events__count(evs);
	int detail = LINES >= 16 && nr ? DETAIL_LINES : 0;
	int rows = LINES - 2 - y - detail;
	size_t top = events__top(cursor, rows);
	struct tui_column cols[EV__MAX];
	struct out o = { 0 };

	t->page = rows > 0 ? (size_t)rows : 1;
	events__columns(t, cols);
	events__head(cols, y++);
	for (int i = 0; i < rows && top + (size_t)i < nr; i++) {
		events__row(t, m, &o, cols, vm_events__at(evs, top + (size_t)i), y + i);
		if (top + (size_t)i == cursor)
			tui__bar(y + i, A_REVERSE);
	}
	if (!nr && rows > 0)
		tui__put(y, 0, COLS,
			 t->tab == TAB_REJECTIONS ? "Nothing was refused." : "None yet.", false,
			 A_DIM);
	if (detail)
		events__detail(t, m, &o, vm_events__at(evs, cursor), LINES - 1 - detail);
	out__free(&o);
}
