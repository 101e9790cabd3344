/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Views: the output for users and scripts. A view reads the model and writes to a stream or a
 * terminal. It is independent of BPF.
 *
 * Text and JSON share one set of calls, so commands do not depend on the format. JSON output
 * is newline-delimited objects, each with "schema":"s2trace.<kind>/1". Unknown values are null
 * in JSON and '-' in text.
 */
#ifndef S2TRACE_VIEW_H
#define S2TRACE_VIEW_H

#include <stdio.h>

#include "model/model.h"

enum view_format { VIEW_TEXT, VIEW_JSON, VIEW__MAX };

struct view;

/* Results of `s2trace check`. */
enum check_result { CHECK_YES, CHECK_NO, CHECK_UNKNOWN };

struct check_item {
	const char *name; /* stable, lower_case: "fwb" */
	const char *what; /* "FEAT_S2FWB (stage-2 forced write-back)" */
	enum check_result result;
	bool required;	  /* for mapping GPU memory cacheable */
	char detail[192]; /* how it was determined */
	char remedy[192]; /* what to do about it; "" if nothing is missing */
};

struct check_report {
	const struct s2_ev_host *host;
	const struct check_item *items;
	size_t nr_items;
	enum check_result verdict; /* exit code 0, 1, 2 */
	const char *verdict_text;
};

/* The caller keeps ownership of `out`. NULL with errno set when out of memory. */
struct view *view__new(enum view_format format, FILE *out);
void view__free(struct view *v);

/* Starts a listing of events: headings in text, the host object in JSON. */
void view__trace_header(struct view *v, const struct model *m);
/* Whether the event is shown. Totals, ticks and the like are not. */
bool view__shows(const struct s2_event *ev);
/* One line for an event that the model has; nothing if it is not shown. */
void view__event(struct view *v, const struct model *m, const struct s2_event *ev);
/* The host and all VMs: one block of text, or an object for the host and each VM. */
void view__top(struct view *v, const struct model *m);
/* Headings in text, nothing in JSON. */
void view__map_header(struct view *v);
/* What a VM maps now, one line per span. */
void view__map_vm(struct view *v, const struct model *m, const struct vm *vm);
/* Totals of the last survey. */
void view__map_summary(struct view *v, const struct model *m);
/* At exit: what was counted and lost, and the totals of each VM. */
void view__summary(struct view *v, const struct model *m);
void view__check(struct view *v, const struct check_report *report);
/* An error. JSON: an s2trace.error/1 object on `out`. Text: nothing; the caller logs it. */
void view__error(struct view *v, const char *what, const char *remedy);

/* Prints JSON Schemas of every object that --json can print. */
void view__json_schema(FILE *out);

#endif /* S2TRACE_VIEW_H */
