/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The wiring of a stream: a live host through the stages, or a file as it is, into the
 * recorder, the model, and whoever watches.
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
	SURVEY_TOTALS, /* now and then, what VMs map of each type */
	SURVEY_RANGES, /* now and then, each range */
	SURVEY_ALONE,  /* nothing but surveys, when session__survey() is called */
};

struct session;

struct session_opts {
	const struct common_options *common;
	const struct live_options *live;
	struct s2_filter filter; /* applied in the kernel to single events */
	struct model_opts model;
	enum session_survey survey;
	bool split_pa; /* of a survey */
	/* After the model has taken an event; may be NULL. */
	void (*on_event)(struct session *s, const struct s2_event *ev);
	void *ctx;
};

struct recorder;
struct stages;
struct vmtable;

struct session {
	const struct session_opts *opts;
	struct source *source; /* NULL: nothing but surveys */
	struct vmtable *vms;
	struct survey *survey; /* NULL: none */
	struct stages *stages; /* NULL: events come from a file, and are complete */
	struct recorder *recorder;
	struct model *model;
	struct view *view;
	struct event_sink in; /* where events are put in */
	uint64_t end_ns;      /* 0: until a signal */
	uint64_t survey_due_ns, survey_rest_ns;
	bool vm_gone;	  /* a VM ended since totals were read: its row waits to be used again */
	bool vm_new;	  /* a VM became known since tables were read */
	bool over;	  /* the stream has ended */
	uint64_t untaken; /* events that the model had no room for */
};

/* 0, or EXIT_TROUBLE having said what is wrong. `opts` must live as long as the session. */
int session__open(struct session *s, const struct session_opts *opts);
/* Takes in all events that wait; of a file, those of one interval. 0 or EXIT_TROUBLE. */
int session__read(struct session *s);
/* Ends an interval of a live stream: totals, losses, a survey if one is due, a tick. */
int session__tick(struct session *s);
/* Reads all tables now. 0 or EXIT_TROUBLE. */
int session__survey(struct session *s);
/* Detaches, takes in what is left, and ends the stream. 0, EXIT_INCOMPLETE or EXIT_TROUBLE. */
int session__stop(struct session *s);
void session__close(struct session *s);
/* The stream has ended, or the session was interrupted. */
bool session__over(const struct session *s);
/* A signal came, the time is over, or nobody reads the output any more. */
bool session__interrupted(const struct session *s);
bool session__is_live(const struct session *s);

#endif /* S2TRACE_CMD_SESSION_H */
