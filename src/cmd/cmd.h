/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Subcommands: one file each, which parses its options and wires a source to a
 * view, nothing else. What they share is here and in options.c and session.c.
 */
#ifndef S2TRACE_CMD_H
#define S2TRACE_CMD_H

#include <argp.h>

#include "host/host.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "model/model.h"
#include "source/source.h"
#include "view/view.h"

/* The exit code of every error, and of a `check` that could not tell. */
#define EXIT_TROUBLE 2

struct command {
	const char *name;
	const char *what; /* one line, for --help */
	int (*run)(int argc, char **argv);
};

int cmd_top(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_map(int argc, char **argv);
int cmd_check(int argc, char **argv);

/* Options that every subcommand takes. */
struct common_options {
	bool json;
	int verbose;
};

/* Options of every subcommand that listens to a kernel. */
struct live_options {
	const char *backend;
	uint64_t ring_bytes, max_vms, duration_ns;
	bool cmo;
};

/* What subcommands share of their options; each one's own struct begins with it. */
struct option_set {
	struct common_options common;
	struct live_options live;
};

/* The children of a subcommand's argp: with the options that listening takes, or without. */
extern const struct argp_child live_children[], common_children[];
/* On ARGP_KEY_INIT: sets defaults, and passes `set` down to the children. */
void options__init(struct argp_state *state, struct option_set *set,
		   const struct argp_child *children);
/*
 * Parses a subcommand's arguments into `input`, whose first member must be a
 * struct option_set. Exits with 2, having said why, when they are wrong; exits
 * with 0 after --help, --version and --json-schema.
 */
void options__parse(const struct argp *argp, int argc, char **argv, void *input);
/* Ends with "bad NUMBER for --option" when `ret` is an error of a parse__ function. */
void options__check(struct argp_state *state, int ret, const char *option, const char *arg,
		    const char *want);

/* A source, the model that it feeds, and what joins processes and devices to it. */
struct session {
	struct source *source;
	struct model *model;
	struct host_devices *devices;
	struct view *view;
	struct source_sink sink;
	/* Called for each record after the model has taken it; may be NULL. */
	void (*on_record)(struct session *s, const struct s2_event *rec,
			  const struct mem_device *dev);
	void *ctx;
	uint64_t start_ns, end_ns; /* end 0: until a signal */
	bool vm_gone; /* a VM was destroyed since totals were read: its row waits to be used again
		       */
	bool vm_new;  /* a VM became known since tables were read */
};

/* 0, or EXIT_TROUBLE having said what is wrong. `filter` is applied in the kernel. */
int session__open(struct session *s, const struct option_set *set, const struct s2_filter *filter);
/* Detaches, takes in what is left, and closes all but the model. */
void session__stop(struct session *s);
void session__close(struct session *s);
/* Takes in all waiting records; with `totals`, the totals too. 0 or EXIT_TROUBLE. */
int session__update(struct session *s, bool totals);
/* A signal came, the time is over, or nobody reads the output any more. */
bool session__over(const struct session *s);

/* What VMs have mapped now. NULL, and said with -v, where it cannot be known. */
struct fill *fill__open(struct session *s);
/* Reads it if it is due; NULL is fine. */
void fill__refresh(struct fill *f);
void fill__close(struct fill *f);

/* Says what is wrong: as text on stderr, and as an object on stdout with --json. */
int command__fail(const struct common_options *common, const struct error *err);

#endif /* S2TRACE_CMD_H */
