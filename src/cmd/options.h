/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options. Each has a row, which drives parsing, --help and checks. A command lists the tables
 * it uses, each with the offset of its values in the command's own.
 */
#ifndef S2TRACE_CMD_OPTIONS_H
#define S2TRACE_CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vocab;

enum option_kind {
	OPT_FLAG,    /* bool */
	OPT_LEVEL,   /* int: number of times given */
	OPT_WORD,    /* const char * */
	OPT_NUMBER,  /* uint64_t, from min to max */
	OPT_SIZE,    /* the same, with K, M, G */
	OPT_SECONDS, /* uint64_t, in nanoseconds, above 0 */
	OPT_WORDS,   /* uint32_t: mask of words of `vocab`, separated by commas */
	OPT_RANGE,   /* uint64_t [2]: A-B, both inclusive */
};

struct option_row {
	const char *name; /* without dashes; NULL: letter only */
	char letter;	  /* 0: name only */
	enum option_kind kind;
	const char *arg; /* "SECONDS"; NULL for flags */
	const char *help;
	size_t offset; /* of the value */
	uint64_t min, max;
	const struct vocab *vocab;
};

#define OPTION_AT(type, member) .offset = offsetof(type, member)
/* The last row of a table. */
#define OPTIONS_END                                                                                \
	{                                                                                          \
		.name = NULL                                                                       \
	}

struct option_table {
	const struct option_row *rows;
	size_t offset; /* of the struct that contains the values */
};

#define MAX_TABLES 3

struct command {
	const char *name;
	const char *what; /* one line, for the list of commands */
	const char *doc;  /* for --help; text after \v follows the options */
	struct option_table tables[MAX_TABLES];
	size_t size; /* of its values, which start zeroed */
	void (*defaults)(void *values);
	/* Returns the exit status. */
	int (*run)(const void *values);
};

/* Options of every command. */
struct common_options {
	bool json, json_schema;
	int verbose;
};

/* Options of every command that reads a stream of events. */
struct stream_options {
	const char *input;  /* a recording; NULL: this host */
	const char *output; /* record the stream as well; NULL: no */
};

/* Options of commands that trace a kernel. */
struct live_options {
	struct stream_options stream;
	const char *backend;
	uint64_t ring_bytes, max_vms, duration_ns;
	bool cmo;
};

extern const struct option_row common_options[], stream_options[], live_options[];

/*
 * Parses the arguments of a command into `values`. Exits with status 2 and a message if they
 * are invalid, with 0 after --help and --version.
 */
void options__parse(const struct command *c, int argc, char **argv, void *values);

#endif /* S2TRACE_CMD_OPTIONS_H */
