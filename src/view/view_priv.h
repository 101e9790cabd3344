/* SPDX-License-Identifier: GPL-2.0-only */
/* The interface between view.c and the formats. */
#ifndef S2TRACE_VIEW_PRIV_H
#define S2TRACE_VIEW_PRIV_H

#include "view/column.h"
#include "view/field.h"
#include "view/out.h"
#include "view/view.h"

struct view_error {
	const char *what, *remedy;
};

/*
 * Operations of a format. All are required, but may write nothing. They compose into v->line;
 * view.c writes and empties it after each call.
 */
struct view_ops {
	const char *name; /* "text" */
	void (*trace_header)(struct view *v, const struct model *m);
	void (*event)(struct view *v, const struct scope *s);
	void (*top)(struct view *v, const struct model *m);
	void (*map_header)(struct view *v);
	void (*map_span)(struct view *v, const struct scope *s);
	void (*map_summary)(struct view *v, const struct model *m);
	void (*summary)(struct view *v, const struct model *m);
	void (*check)(struct view *v, const struct check_report *report);
	void (*error)(struct view *v, const struct view_error *error);
};

extern const struct view_ops text_ops, json_ops;
/* By enum view_format. */
extern const struct view_ops *const view_formats[VIEW__MAX];

struct view {
	const struct view_ops *ops;
	FILE *out;
	struct out line;
	uint64_t origin_ns; /* of the first event: times in text are relative to it */
	/* text only */
	struct listing trace, vms, map;
};

/* The rest of the text side. */
void text__summary(struct view *v, const struct model *m);
void text__map_summary(struct view *v, const struct model *m);
void text__check(struct view *v, const struct check_report *report);

/* A JSON Schema document of all objects. */
void json__schemas(struct out *o);

#endif /* S2TRACE_VIEW_PRIV_H */
