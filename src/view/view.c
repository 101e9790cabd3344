// SPDX-License-Identifier: GPL-2.0-only
/* The door of the views: the same calls end in text or in JSON. */
#include "view/view.h"

#include <errno.h>
#include <stdlib.h>

#include "view/map_priv.h"
#include "view/report.h"

struct view {
	enum view_format format;
	FILE *out;
	struct out line;
	struct text *text;
};

struct view *view__new(enum view_format format, FILE *out)
{
	struct view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->format = format;
	v->out = out;
	v->text = text__new();
	if (!v->text) {
		free(v);
		errno = ENOMEM;
		return NULL;
	}
	return v;
}

void view__free(struct view *v)
{
	if (!v)
		return;
	text__free(v->text);
	out__free(&v->line);
	free(v);
}

void view__trace_header(struct view *v, const struct model *m)
{
	struct scope s;

	if (v->format == VIEW_TEXT) {
		text__trace_header(v->text, &v->line, m);
	} else {
		scope__init(&s, m);
		json__object(&v->line, &schema_host, &s);
	}
	out__flush(&v->line, v->out);
}

void view__record(struct view *v, const struct model *m, const struct s2_event *rec,
		  const struct mem_device *device)
{
	const struct schema *schema;
	struct line line;

	schema = line__init(&line, m, rec, device);
	if (!schema)
		return;
	if (v->format == VIEW_JSON)
		json__object(&v->line, schema, &line.scope);
	else
		text__record(v->text, &v->line, schema, &line);
	out__flush(&v->line, v->out);
}

static void json__top(struct out *o, const struct model *m)
{
	struct scope s;

	scope__init(&s, m);
	json__object(o, &schema_host, &s);
	for (size_t i = 0; i < model__nr_vms(m); i++) {
		s.base[SRC_VM] = model__vm(m, i);
		json__object(o, &schema_top, &s);
	}
}

void view__top(struct view *v, const struct model *m)
{
	if (v->format == VIEW_JSON)
		json__top(&v->line, m);
	else
		text__top(&v->line, m);
	out__flush(&v->line, v->out);
}

void view__summary(struct view *v, const struct model *m)
{
	struct scope s;

	scope__init(&s, m);
	if (v->format == VIEW_JSON)
		json__object(&v->line, &schema_summary, &s);
	else
		text__summary(&v->line, m);
	out__flush(&v->line, v->out);
}

void view__check(struct view *v, const struct check_report *report)
{
	struct scope s = { .base = { [SRC_HOST] = report->host, [SRC_CHECK] = report } };

	if (v->format == VIEW_JSON)
		json__object(&v->line, &schema_check, &s);
	else
		text__check(&v->line, report);
	out__flush(&v->line, v->out);
}

void view__map_header(struct view *v)
{
	if (v->format == VIEW_TEXT)
		text__map_header(&v->line);
	out__flush(&v->line, v->out);
}

void view__map_range(struct view *v, const struct map_line *line)
{
	struct scope s = { .base = { [SRC_REC] = line } };

	if (v->format == VIEW_JSON)
		json__object(&v->line, &schema_map, &s);
	else
		text__map_range(&v->line, line);
	out__flush(&v->line, v->out);
}

void view__map_summary(struct view *v, const struct map_totals *t)
{
	struct scope s = { .base = { [SRC_ITEM] = t } };

	if (v->format == VIEW_JSON)
		json__object(&v->line, &schema_map_summary, &s);
	else
		text__map_summary(&v->line, t);
	out__flush(&v->line, v->out);
}

void view__error(struct view *v, const char *what, const char *remedy)
{
	const struct view_fault fault = { what, remedy };
	struct scope s = { .base = { [SRC_ITEM] = &fault } };

	if (v->format == VIEW_JSON)
		json__object(&v->line, &schema_error, &s);
	out__flush(&v->line, v->out);
}

void view__json_schema(FILE *out)
{
	struct out o = { 0 };

	json__schemas(&o);
	out__flush(&o, out);
	out__free(&o);
}
