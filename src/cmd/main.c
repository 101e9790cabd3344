// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "version.h"
#include "view/view.h"

/* The first is the default. */
static const struct command *const commands[] = { &command_top, &command_trace, &command_map,
						  &command_record, &command_check };

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *out)
{
	fprintf(out, "Usage: s2trace [COMMAND] [OPTION...]\n"
		     "Show which stage-2 memory type KVM/arm64 chooses for guest memory, and "
		     "why.\n\n");
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->what);
	fprintf(out, "\nSee 's2trace COMMAND --help' for the options of a command, and "
		     "'s2trace --version'.\n");
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

int command__fail(const struct common_options *common, const struct error *err)
{
	struct view *v;

	pr_err("%s", err->what);
	if (err->remedy[0])
		fprintf(stderr, "         %s\n", err->remedy);
	if (!common->json)
		return EXIT_TROUBLE;
	v = view__new(VIEW_JSON, stdout);
	if (v)
		view__error(v, err->what, err->remedy);
	view__free(v);
	return EXIT_TROUBLE;
}

/* The values of every command start with the common ones. */
static int run(const struct command *c, int argc, char **argv)
{
	struct common_options *values = calloc(1, c->size);
	static char name[64];
	int ret;

	if (!values) {
		pr_err("out of memory");
		return EXIT_TROUBLE;
	}
	snprintf(name, sizeof(name), "s2trace %s", c->name);
	argv[0] = name;
	options__parse(c, argc, argv, values);
	log__set_level(LOG_WARN + values->verbose);
	if (values->json_schema) {
		view__json_schema(stdout);
		ret = 0;
	} else {
		ret = c->run(values);
	}
	free(values);
	return ret;
}

int main(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2 || (argv[1][0] == '-' && strcmp(argv[1], "--help") && strcmp(argv[1], "-?") &&
			 strcmp(argv[1], "--version")))
		return run(commands[0], argc, argv);
	if (!strcmp(argv[1], "--version")) {
		puts("s2trace " S2TRACE_VERSION);
		return 0;
	}
	if (argv[1][0] == '-' || !strcmp(argv[1], "help")) {
		usage(stdout);
		return 0;
	}
	c = find_command(argv[1]);
	if (c)
		return run(c, argc - 1, argv + 1);
	pr_err("unknown command '%s'", argv[1]);
	usage(stderr);
	return EXIT_TROUBLE;
}
