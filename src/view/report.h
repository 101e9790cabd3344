/* SPDX-License-Identifier: GPL-2.0-only */
/* What view.c hands to the text and to the JSON side. */
#ifndef S2TRACE_VIEW_REPORT_H
#define S2TRACE_VIEW_REPORT_H

#include "view/field.h"
#include "view/out.h"

struct view_fault {
	const char *what, *remedy;
};

/* One object with its schema, and the line feed. */
void json__object(struct out *o, const struct schema *schema, const struct scope *s);

/* A JSON Schema document of all that is printed. */
void json__schemas(struct out *o);

/* Columns of text; resolved from their paths once. */
struct text;
struct text *text__new(void);
void text__free(struct text *t);
void text__record(struct text *t, struct out *o, const struct schema *schema, const struct line *l);
void text__trace_header(struct text *t, struct out *o, const struct model *m);
/* What the field of that name of a record says; false: nothing is known. */
bool text__path(struct out *o, const struct model *m, const struct s2_event *rec,
		const struct mem_device *device, const char *path);
void text__top(struct out *o, const struct model *m);
void text__summary(struct out *o, const struct model *m);
void text__check(struct out *o, const struct check_report *report);

#endif /* S2TRACE_VIEW_REPORT_H */
