/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Views: what people and scripts see. A view reads the model and writes to a
 * stream (or a terminal); it knows nothing of BPF.
 *
 * Text and JSON stand behind one set of calls, so that a command does not care
 * which of the two it writes. JSON is newline-delimited objects, each with
 * "schema":"s2trace.<kind>/1"; what is not known is null there and '-' in text.
 */
#ifndef S2TRACE_VIEW_H
#define S2TRACE_VIEW_H

#include <stdio.h>

#include "model/model.h"

enum view_format { VIEW_TEXT, VIEW_JSON, VIEW__MAX };

struct view;

/* One answer of `s2trace check`. */
enum check_result { CHECK_YES, CHECK_NO, CHECK_UNKNOWN };

struct check_item {
	const char *name; /* stable, lower_case: "fwb" */
	const char *what; /* "FEAT_S2FWB (stage-2 forced write-back)" */
	enum check_result result;
	bool required;	  /* for mapping GPU memory cacheable */
	char detail[192]; /* how it was found out */
	char remedy[192]; /* what to do about it; "" where nothing is missing */
};

struct check_report {
	const struct s2_ev_host *host;
	const struct check_item *items;
	size_t nr_items;
	enum check_result verdict; /* exit code 0, 1, 2 */
	const char *verdict_text;
};

/* `out` stays the caller's. NULL with errno set when out of memory. */
struct view *view__new(enum view_format format, FILE *out);
void view__free(struct view *v);

/* Begins a listing of events: headings in text, the host's object in JSON. */
void view__trace_header(struct view *v, const struct model *m);
/* Is it of interest to people? Totals, ticks and their like are not. */
bool view__shows(const struct s2_event *ev);
/* One event that the model has taken, as one line; nothing if it is not shown. */
void view__event(struct view *v, const struct model *m, const struct s2_event *ev);
/* The host line and a row for each VM: one block of text, or one object for host and each VM. */
void view__top(struct view *v, const struct model *m);
/* Headings in text, nothing in JSON. */
void view__map_header(struct view *v);
/* What one VM maps now, a line for each span. */
void view__map_vm(struct view *v, const struct model *m, const struct vm *vm);
/* What the last survey came to. */
void view__map_summary(struct view *v, const struct model *m);
/* At the end: what was seen, what was lost, totals of each VM. */
void view__summary(struct view *v, const struct model *m);
void view__check(struct view *v, const struct check_report *report);
/* An error. Text: to stderr by the caller's logger; JSON: an object s2trace.error/1 on `out`. */
void view__error(struct view *v, const char *what, const char *remedy);

/* Prints JSON Schemas of every object that --json can print. */
void view__json_schema(FILE *out);

#endif /* S2TRACE_VIEW_H */
