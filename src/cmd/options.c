// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/parse.h"
#include "version.h"

/* Keys of options without a letter. */
enum { KEY_JSON = 256, KEY_JSON_SCHEMA, KEY_BACKEND, KEY_RING, KEY_MAX_VMS, KEY_DURATION, KEY_CMO };

const char *argp_program_version = "s2trace " S2TRACE_VERSION;
const char *argp_program_bug_address = NULL;

#define MIN_RING 4096ULL
#define MAX_RING (1ULL << 30)

void options__check(struct argp_state *state, int ret, const char *option, const char *arg,
		    const char *want)
{
	if (ret)
		argp_error(state, "bad value '%s' for %s: it takes %s", arg, option, want);
}

static const struct argp_option common_options[] = {
	{ "json", KEY_JSON, NULL, 0, "Newline-delimited JSON objects instead of text", 90 },
	{ "json-schema", KEY_JSON_SCHEMA, NULL, 0, "Print the schema of these objects, and exit",
	  90 },
	{ "verbose", 'v', NULL, 0, "Say more; twice: debug messages too", 90 },
	{ 0 }
};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct option_set *set = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is not an option", arg);
		return 0;
	case KEY_JSON:
		set->common.json = true;
		return 0;
	case KEY_JSON_SCHEMA:
		view__json_schema(stdout);
		exit(0);
	case 'v':
		set->common.verbose++;
		log__set_level(LOG_WARN + set->common.verbose);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option live_options[] = {
	{ "backend", KEY_BACKEND, "NAME", 0, "Listen by NAME only: tracepoint, fentry, kprobe",
	  80 },
	{ "duration", KEY_DURATION, "SECONDS", 0, "End after SECONDS", 80 },
	{ "ring-size", KEY_RING, "BYTES", 0, "Size of the ring buffer (default 8M; of top, 1M)",
	  80 },
	{ "max-vms", KEY_MAX_VMS, "N", 0,
	  "Count up to N VMs at once (default 256, fewer on hosts with many CPUs)", 80 },
	{ "cmo", KEY_CMO, NULL, 0, "Watch cache maintenance too (two more events a fault)", 80 },
	{ 0 }
};

static error_t parse_live(int key, char *arg, struct argp_state *state)
{
	struct option_set *set = state->input;
	struct live_options *live = &set->live;

	switch (key) {
	case KEY_BACKEND:
		live->backend = arg;
		return 0;
	case KEY_DURATION:
		options__check(state, parse__seconds(arg, &live->duration_ns), "--duration", arg,
			       "a number of seconds above 0");
		return 0;
	case KEY_RING:
		options__check(state, parse__size(arg, MIN_RING, MAX_RING, &live->ring_bytes),
			       "--ring-size", arg, "4K to 1G");
		return 0;
	case KEY_MAX_VMS:
		options__check(state, parse__u64(arg, 1, SOURCE_MAX_VMS, &live->max_vms),
			       "--max-vms", arg, "a number from 1 to 4096");
		return 0;
	case KEY_CMO:
		live->cmo = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp_common = { .options = common_options, .parser = parse_common };
static const struct argp argp_live = { .options = live_options, .parser = parse_live };

const struct argp_child common_children[] = { { &argp_common, 0, NULL, 0 }, { 0 } };
const struct argp_child live_children[] = { { &argp_live, 0, NULL, 0 },
					    { &argp_common, 0, NULL, 0 },
					    { 0 } };

void options__init(struct argp_state *state, struct option_set *set,
		   const struct argp_child *children)
{
	int i;

	set->live.ring_bytes = SOURCE_DEFAULT_RING;
	for (i = 0; children[i].argp; i++)
		state->child_inputs[i] = set;
}

/* argp names the program after argv[0]: "s2trace trace" tells people where they are. */
void options__parse(const struct argp *argp, int argc, char **argv, void *input)
{
	argp_err_exit_status = EXIT_TROUBLE;
	argp_parse(argp, argc, argv, 0, NULL, input);
}
