// SPDX-License-Identifier: GPL-2.0-only
/* Entry points of the views: dispatch to the operations of a format. */
#include "view/view.h"

#include <stdlib.h>

#include "view/view_priv.h"

const struct view_ops *const view_formats[VIEW__MAX] = {
	[VIEW_TEXT] = &text_ops,
	[VIEW_JSON] = &json_ops,
};

struct view *view__new(enum view_format format, FILE *out)
{
	struct view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->ops = view_formats[format];
	v->out = out;
	listing__init(&v->trace, COLUMNS(trace_columns));
	listing__init(&v->vms, COLUMNS(vm_columns));
	listing__init(&v->map, COLUMNS(map_columns));
	return v;
}

void view__free(struct view *v)
{
	if (!v)
		return;
	out__free(&v->line);
	free(v);
}

void view__trace_header(struct view *v, const struct model *m)
{
	v->ops->trace_header(v, m);
	out__flush(&v->line, v->out);
}

bool view__shows(const struct s2_event *ev)
{
	return event_schema(ev);
}

void view__event(struct view *v, const struct model *m, const struct s2_event *ev)
{
	struct scope s;

	if (!scope__event(&s, m, ev))
		return;
	if (!v->origin_ns)
		v->origin_ns = ev->ts_ns;
	s.origin_ns = v->origin_ns;
	v->ops->event(v, &s);
	out__flush(&v->line, v->out);
}

void view__top(struct view *v, const struct model *m)
{
	v->ops->top(v, m);
	out__flush(&v->line, v->out);
}

void view__map_header(struct view *v)
{
	v->ops->map_header(v);
	out__flush(&v->line, v->out);
}

void view__map_vm(struct view *v, const struct model *m, const struct vm *vm)
{
	struct space_cursor at = { 0 };
	struct span span;
	struct scope s;

	while (space__next(&vm->space, &at, &span)) {
		scope__span(&s, m, vm, &span);
		v->ops->map_span(v, &s);
		out__flush(&v->line, v->out);
	}
}

void view__map_summary(struct view *v, const struct model *m)
{
	v->ops->map_summary(v, m);
	out__flush(&v->line, v->out);
}

void view__summary(struct view *v, const struct model *m)
{
	v->ops->summary(v, m);
	out__flush(&v->line, v->out);
}

void view__check(struct view *v, const struct check_report *report)
{
	v->ops->check(v, report);
	out__flush(&v->line, v->out);
}

void view__error(struct view *v, const char *what, const char *remedy)
{
	const struct view_error error = { what, remedy };

	v->ops->error(v, &error);
	out__flush(&v->line, v->out);
}

void view__json_schema(FILE *out)
{
	struct out o = { 0 };

	json__schemas(&o);
	out__flush(&o, out);
	out__free(&o);
}
