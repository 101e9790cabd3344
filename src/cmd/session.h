/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connects a stream: a live host through the stages, or a file, to the recorder, the model and
 * the command.
 */
#ifndef S2TRACE_CMD_SESSION_H
#define S2TRACE_CMD_SESSION_H

#include "cmd/cmd.h"
#include "model/model.h"
#include "source/source.h"
#include "source/survey.h"
#include "view/view.h"

enum session_survey {
	SURVEY_NONE,
	SURVEY_TOTALS, /* periodic: bytes mapped with each type */
	SURVEY_RANGES, /* periodic: every range */
	SURVEY_ALONE,  /* only surveys, when session__survey() is called */
};

struct session;

struct session_opts {
	const struct common_options *common;
	const struct live_options *live;
	struct s2_filter filter; /* applied in the kernel to single events */
	struct model_opts model;
	enum session_survey survey;
	bool split_pa; /* of a survey */
	/* Called after the model has taken an event. May be NULL. */
	void (*on_event)(struct session *s, const struct s2_event *ev);
	void *ctx;
};

struct recorder;
struct stages;
struct vmtable;

struct session {
	const struct session_opts *opts;
	struct source *source; /* NULL: only surveys */
	struct vmtable *vms;
	struct survey *survey; /* NULL: none */
	struct stages *stages; /* NULL: events come from a file and are complete */
	struct recorder *recorder;
	struct model *model;
	struct view *view;
	struct event_sink in; /* entry of the stream */
	uint64_t end_ns;      /* 0: until interrupted */
	uint64_t survey_due_ns, survey_rest_ns;
	bool vm_gone;	  /* a VM ended since the last totals: its row waits to be recycled */
	bool vm_new;	  /* a VM appeared since the tables were last read */
	bool over;	  /* the stream has ended */
	uint64_t untaken; /* events that the model had no room for */
};

/* 0, or EXIT_TROUBLE after printing an error. `opts` must outlive the session. */
int session__open(struct session *s, const struct session_opts *opts);
/* Takes all pending events; from a file, those of one interval. 0 or EXIT_TROUBLE. */
int session__read(struct session *s);
/* Ends an interval of a live stream: totals, losses, a survey if due, a tick. */
int session__tick(struct session *s);
/* Reads all tables now. 0 or EXIT_TROUBLE. */
int session__survey(struct session *s);
/* Detaches, takes pending events, and ends the stream. 0, EXIT_INCOMPLETE or EXIT_TROUBLE. */
int session__stop(struct session *s);
void session__close(struct session *s);
/* The stream has ended, or the session was interrupted. */
bool session__over(const struct session *s);
/* A signal arrived, --duration is over, or stdout was closed. */
bool session__interrupted(const struct session *s);
bool session__is_live(const struct session *s);

#endif /* S2TRACE_CMD_SESSION_H */
