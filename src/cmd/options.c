// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/options.h"

#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/exit.h"
#include "lib/parse.h"
#include "model/vocab.h"
#include "source/vmtable.h"
#include "version.h"

const char *argp_program_version = "s2trace " S2TRACE_VERSION;
const char *argp_program_bug_address = NULL;

#define MIN_RING 4096ULL
#define MAX_RING (1ULL << 30)

const struct option_row common_options[] = {
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .help = "Print newline-delimited JSON objects instead of text",
	  OPTION_AT(struct common_options, json) },
	{ .name = "json-schema",
	  .kind = OPT_FLAG,
	  .help = "Print the JSON Schema of these objects and exit",
	  OPTION_AT(struct common_options, json_schema) },
	{ .name = "verbose",
	  .letter = 'v',
	  .kind = OPT_LEVEL,
	  .help = "Print more messages; repeat for debug messages",
	  OPTION_AT(struct common_options, verbose) },
	OPTIONS_END,
};

#define STREAM_ROWS(type, member)                                                                  \
	{ .name = "input",                                                                         \
	  .letter = 'i',                                                                           \
	  .kind = OPT_WORD,                                                                        \
	  .arg = "FILE",                                                                           \
	  .help = "Read a recording instead of this host (-: standard input)",                     \
	  OPTION_AT(type, member.input) },                                                         \
	{                                                                                          \
		.name = "output", .letter = 'o', .kind = OPT_WORD, .arg = "FILE",                  \
		.help = "Record the stream of events to FILE as well",                             \
		OPTION_AT(type, member.output)                                                     \
	}

struct stream_only {
	struct stream_options stream;
};

const struct option_row stream_options[] = {
	STREAM_ROWS(struct stream_only, stream),
	OPTIONS_END,
};

const struct option_row live_options[] = {
	STREAM_ROWS(struct live_options, stream),
	{ .name = "backend",
	  .kind = OPT_WORD,
	  .arg = "NAME[,..]",
	  .help = "Use these backends: tracepoint, fentry, kprobe (default: the best available)",
	  OPTION_AT(struct live_options, backend) },
	{ .name = "duration",
	  .kind = OPT_SECONDS,
	  .arg = "SECONDS",
	  .help = "Exit after SECONDS",
	  OPTION_AT(struct live_options, duration_ns) },
	{ .name = "ring-size",
	  .kind = OPT_SIZE,
	  .arg = "BYTES",
	  .help = "Size of all ring buffers together (default: 8M, 1M for top)",
	  OPTION_AT(struct live_options, ring_bytes),
	  .min = MIN_RING,
	  .max = MAX_RING },
	{ .name = "max-vms",
	  .kind = OPT_NUMBER,
	  .arg = "N",
	  .help = "Count up to N VMs at once (default: 256, fewer on hosts with many CPUs)",
	  OPTION_AT(struct live_options, max_vms),
	  .min = 1,
	  .max = VMTABLE_MAX_VMS },
	{ .name = "cmo",
	  .kind = OPT_FLAG,
	  .help = "Trace cache maintenance too (two more events per fault)",
	  OPTION_AT(struct live_options, cmo) },
	OPTIONS_END,
};

/* Keys of options without a letter are above all letters. */
#define FIRST_KEY   512
#define MAX_OPTIONS 40

struct parser {
	const struct command *command;
	char *values;
	size_t nr;
	const struct option_row *rows[MAX_OPTIONS];
	char *value[MAX_OPTIONS];
	struct argp_option argp[MAX_OPTIONS + 1];
};

static int key_of(const struct option_row *row, size_t i)
{
	return row->letter ? row->letter : FIRST_KEY + (int)i;
}

static void add_table(struct parser *p, const struct option_table *t)
{
	for (const struct option_row *row = t->rows; row && (row->name || row->letter); row++) {
		size_t i = p->nr++;

		p->rows[i] = row;
		p->value[i] = p->values + t->offset + row->offset;
		p->argp[i] = (struct argp_option){ .name = row->name,
						   .key = key_of(row, i),
						   .arg = row->arg,
						   .doc = row->help,
						   .group = (int)(t - p->command->tables) };
	}
}

/* "a number from 1 to 4096" */
static void describe(const struct option_row *row, char *text, size_t size)
{
	switch (row->kind) {
	case OPT_SECONDS:
		snprintf(text, size, "a number of seconds above 0");
		break;
	case OPT_SIZE:
		snprintf(text, size, "a size from %" PRIu64 " to %" PRIu64 " bytes", row->min,
			 row->max);
		break;
	case OPT_RANGE:
		snprintf(text, size, "a range like 0x40000000-0x7fffffff");
		break;
	default:
		if (row->max == UINT64_MAX)
			snprintf(text, size, "a number from %" PRIu64, row->min);
		else
			snprintf(text, size, "a number from %" PRIu64 " to %" PRIu64, row->min,
				 row->max);
	}
}

static void reject(struct argp_state *state, const struct option_row *row, const char *arg)
{
	char want[96], letter[2] = { row->letter };

	describe(row, want, sizeof(want));
	argp_error(state, "invalid value '%s' for %s%s: expected %s", arg, row->name ? "--" : "-",
		   row->name ? row->name : letter, want);
}

static void set_words(struct argp_state *state, const struct option_row *row, const char *arg,
		      uint32_t *mask)
{
	const char *bad = NULL;

	if (vocab__mask(row->vocab, arg, mask, &bad))
		argp_error(state, "unknown %s '%.*s'", row->vocab->what, (int)strcspn(bad, ","),
			   bad);
}

static void set(struct argp_state *state, const struct option_row *row, const char *arg,
		void *value)
{
	uint64_t *number = value;
	int ret = 0;

	switch (row->kind) {
	case OPT_FLAG:
		*(bool *)value = true;
		break;
	case OPT_LEVEL:
		++*(int *)value;
		break;
	case OPT_WORD:
		*(const char **)value = arg;
		break;
	case OPT_NUMBER:
		ret = parse__u64(arg, row->min, row->max, number);
		break;
	case OPT_SIZE:
		ret = parse__size(arg, row->min, row->max, number);
		break;
	case OPT_SECONDS:
		ret = parse__seconds(arg, number);
		break;
	case OPT_RANGE:
		ret = parse__range(arg, &number[0], &number[1]);
		break;
	case OPT_WORDS:
		set_words(state, row, arg, value);
		break;
	}
	if (ret)
		reject(state, row, arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct parser *p = state->input;

	if (key == ARGP_KEY_ARG)
		argp_error(state, "unexpected argument '%s'", arg);
	for (size_t i = 0; i < p->nr; i++) {
		if (key != key_of(p->rows[i], i))
			continue;
		set(state, p->rows[i], arg, p->value[i]);
		return 0;
	}
	return key == ARGP_KEY_ARG ? 0 : ARGP_ERR_UNKNOWN;
}

/* argp takes the name in messages from argv[0]: "s2trace trace" tells users the command. */
void options__parse(const struct command *c, int argc, char **argv, void *values)
{
	struct parser p = { .command = c, .values = values };
	const struct argp argp = { .options = p.argp, .parser = parse, .doc = c->doc };

	for (size_t i = 0; i < MAX_TABLES; i++)
		add_table(&p, &c->tables[i]);
	if (c->defaults)
		c->defaults(values);
	argp_err_exit_status = EXIT_TROUBLE;
	argp_parse(&argp, argc, argv, 0, NULL, &p);
}
