// SPDX-License-Identifier: GPL-2.0-only
/* Listings as text: lines of columns. */
#include "view/host_words.h"
#include "view/view_priv.h"

static void text__put(struct row_pen *pen, const struct cell *c, size_t start)
{
	const struct column *col = &c->listing->col[c->col];

	if (col->flags & COL_CUT)
		out__cut(pen->o, start, c->width);
	if (col->flags & COL_RIGHT)
		out__right(pen->o, start, c->width);
	else
		out__pad(pen->o, start, c->width);
	out__char(pen->o, ' ');
}

static void text__row(struct view *v, const struct listing *l, const struct scope *s)
{
	struct row_pen pen = { &v->line, text__put };

	listing__row(l, NULL, &pen, s);
	out__eol(&v->line);
}

static void text__host(struct view *v, const struct model *m)
{
	struct host_word words[HOST_WORDS];
	size_t n = host__words(m, words);

	for (size_t i = 0; i < n; i++) {
		if (i)
			out__str(&v->line, "  ");
		out__str(&v->line, words[i].text);
	}
	out__eol(&v->line);
}

static void text__trace_header(struct view *v, const struct model *m)
{
	text__host(v, m);
	text__row(v, &v->trace, NULL);
}

static void text__event(struct view *v, const struct scope *s)
{
	text__row(v, &v->trace, s);
}

static void text__top(struct view *v, const struct model *m)
{
	struct scope s;

	text__host(v, m);
	text__row(v, &v->vms, NULL);
	for (size_t i = 0; i < model__nr_vms(m); i++) {
		scope__vm(&s, m, model__vm(m, i));
		text__row(v, &v->vms, &s);
	}
	out__eol(&v->line);
}

static void text__map_header(struct view *v)
{
	text__row(v, &v->map, NULL);
}

static void text__map_span(struct view *v, const struct scope *s)
{
	text__row(v, &v->map, s);
}

/* The caller logs it to stderr. */
static void text__error(struct view *v, const struct view_error *error)
{
	(void)v;
	(void)error;
}

const struct view_ops text_ops = {
	.name = "text",
	.trace_header = text__trace_header,
	.event = text__event,
	.top = text__top,
	.map_header = text__map_header,
	.map_span = text__map_span,
	.map_summary = text__map_summary,
	.summary = text__summary,
	.check = text__check,
	.error = text__error,
};
