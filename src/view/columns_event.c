// SPDX-License-Identifier: GPL-2.0-only
/* Columns of single events: lines of `trace`, and the events that the model keeps per VM. */
#include "view/column.h"

#include "model/event.h"

static bool cell_time(struct out *o, const struct cell *c)
{
	const struct s2_event *ev = c->scope->base[SRC_EVENT];
	uint64_t us =
		ev->ts_ns > c->scope->origin_ns ? (ev->ts_ns - c->scope->origin_ns) / 1000 : 0;

	out__u64(o, us / 1000000);
	/* Write "1" and six digits, then replace the "1" by the point. */
	out__u64(o, 1000000 + us % 1000000);
	if (!o->bad)
		o->p[o->len - 7] = '.';
	return false;
}

void out__who(struct out *o, const struct scope *s, size_t width)
{
	const struct who *who = s->base[SRC_WHO];
	size_t start = o->len, digits;

	if (!who)
		return;
	if (who->pid)
		out__u64(o, who->pid);
	if (!who->name || !who->name[0])
		return;
	digits = o->len - start;
	o->len = start;
	out__foreign(o, who->name, who->pid && digits + 1 < width ? width - digits - 1 : width);
	if (!who->pid)
		return;
	out__char(o, '/');
	out__u64(o, who->pid);
}

static bool cell_vm(struct out *o, const struct cell *c)
{
	out__who(o, c->scope, c->width);
	return false;
}

bool out__device(struct out *o, const struct scope *s)
{
	const struct s2_device *d = s->base[SRC_DEVICE];

	if (!d)
		return false;
	out__foreign(o, d->bdf[0] ? d->bdf : "vfio", OUT_WHOLE);
	if (d->bar < 0)
		return true;
	out__char(o, '/');
	out__i64(o, d->bar);
	return true;
}

bool cell__device(struct out *o, const struct cell *c)
{
	out__device(o, c->scope);
	return false;
}

/* Faults have no label: they are the usual case. */
static bool cell_event(struct out *o, const struct cell *c)
{
	static const char *const word[SCHEMA__MAX] = {
		[SCHEMA_MEMSLOT] = "memslot ", [SCHEMA_UNMAP] = "unmap ", [SCHEMA_VM] = "vm "
	};

	if (word[c->scope->schema->id])
		out__str(o, word[c->scope->schema->id]);
	cell__fields(o, c);
	return false;
}

bool out__reason(struct out *o, const struct scope *s, size_t width)
{
	enum s2_reason reason = event__reason(s->base[SRC_EVENT]);
	const char *text = vocab__text(&vocab_reason, reason);

	if (!S2_HAS(s->present, S2_F_REASON) || reason == S2_REASON_NONE || !text)
		return false;
	out__str(o, strlen(text) <= width ? text : vocab__name(&vocab_reason, reason));
	return true;
}

/* The memory type or, on failure, the reason, which replaces all following columns. */
static bool cell_result(struct out *o, const struct cell *c)
{
	if (out__reason(o, c->scope, OUT_WHOLE))
		return true;
	cell__fields(o, c);
	return false;
}

static bool cell_reason(struct out *o, const struct cell *c)
{
	out__reason(o, c->scope, c->width);
	return false;
}

static bool cell_age(struct out *o, const struct cell *c)
{
	const struct s2_event *ev = c->scope->base[SRC_EVENT];
	uint64_t now = model__now_ns(c->scope->m);

	out__printf(o, "%.1f", now > ev->ts_ns ? (double)(now - ev->ts_ns) / 1e9 : 0.0);
	return false;
}

static enum paint paint_type(const struct scope *s)
{
	const struct s2_event *ev = s->base[SRC_EVENT];

	if (ev->type != S2_EV_DECISION)
		return PAINT_PLAIN;
	return paint__type(((const struct s2_ev_decision *)ev)->memtype);
}

static enum paint paint_rejection(const struct scope *s)
{
	return event__is_rejection(s->base[SRC_EVENT]) ? PAINT_REJECTED : PAINT_PLAIN;
}

#define VMA .path = { "vma.attr", "vma.flags" }

/* 103 columns precede TYPE, so that reasons (57 characters at most) end by column 160. */
const struct column trace_columns[TRACE_COLUMNS] = {
	{ "TIME", 11, .flags = COL_RIGHT, .path = { "ts_ns" }, .cell = cell_time },
	{ "VM", 13, .cell = cell_vm },
	{ "CPU", 3, .flags = COL_RIGHT, .path = { "vcpu" } },
	{ "IPA", 14, .path = { "ipa" } },
	{ "EVENT", 18, .path = { "access|change|cause|op|event", "fault" }, .cell = cell_event },
	{ "VMA", 21, VMA },
	{ "US", 7, .flags = COL_RIGHT, .path = { "duration_ns" } },
	{ "OUTCOME", 8, .path = { "outcome|done" }, .paint_of = paint_rejection },
	{ "TYPE", 12, .path = { "type" }, .cell = cell_result, .paint_of = paint_type },
	{ "SIZE", 4, .flags = COL_RIGHT, .path = { "size" } },
	{ "PROT", 4, .path = { "prot" } },
	{ "PA", 14, .path = { "pa" } },
	{ "DEVICE", 12, .flags = COL_BLANK, .cell = cell__device },
};

/* For rejections, the reason is the most important column. */
const struct column event_columns[EVENT_COLUMNS] = {
	{ "AGE s", 7, .flags = COL_RIGHT, .rank = { 1, 3 }, .cell = cell_age },
	{ "CPU", 3, .flags = COL_RIGHT, .rank = { 9, 8 }, .path = { "vcpu" } },
	{ "IPA", 14, .rank = { 0, 0 }, .path = { "ipa" } },
	{ "ACCESS", 6, .rank = { 5, 4 }, .path = { "access|change" } },
	{ "FAULT", 11, .rank = { 10, 9 }, .path = { "fault" } },
	{ "OUTCOME", 8, .rank = { 4, 1 }, .path = { "outcome" }, .paint_of = paint_rejection },
	{ "TYPE", 12, .rank = { 2, 10 }, .path = { "type" }, .paint_of = paint_type },
	{ "SIZE", 5, .flags = COL_RIGHT, .rank = { 3, 7 }, .path = { "size" } },
	{ "PROT", 4, .rank = { 7, 13 }, .path = { "prot" } },
	{ "VMA", 21, .rank = { 8, 5 }, VMA },
	{ "us", 6, .flags = COL_RIGHT, .rank = { 6, 6 }, .path = { "duration_ns" } },
	{ "PA", 14, .rank = { 11, 11 }, .path = { "pa" } },
	{ "LIMIT", 10, .rank = { 12, 14 }, .path = { "limit" } },
	{ "DEVICE", 14, .flags = COL_BLANK, .rank = { 13, 12 }, .cell = cell__device },
	{ "REASON", 57, .least = 24, .flags = COL_BLANK, .rank = { 14, 2 }, .cell = cell_reason,
	  .paint_of = paint_rejection },
};
