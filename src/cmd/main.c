// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "version.h"

static const struct command commands[] = {
	{ "top", "every VM, live (the default)", cmd_top },
	{ "trace", "one line for each decision", cmd_trace },
	{ "map", "what is mapped now, by range", cmd_map },
	{ "check", "can this host map GPU memory cacheable, and what is missing", cmd_check },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *out)
{
	size_t i;

	fprintf(out, "Usage: s2trace [COMMAND] [OPTION...]\n"
		     "Shows which stage-2 memory type KVM/arm64 chooses for the memory of its VMs, "
		     "and why.\n\n");
	for (i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].what);
	fprintf(out,
		"\n's2trace COMMAND --help' shows the options of each; --version, the version.\n");
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* The command's parser sees "s2trace COMMAND" as the name of the program. */
static int run(const struct command *c, int argc, char **argv)
{
	static char name[64];

	snprintf(name, sizeof(name), "s2trace %s", c->name);
	argv[0] = name;
	return c->run(argc, argv);
}

int main(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2 || (argv[1][0] == '-' && strcmp(argv[1], "--help") && strcmp(argv[1], "-?") &&
			 strcmp(argv[1], "--version")))
		return run(&commands[0], argc, argv);
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
	pr_err("there is no command '%s'", argv[1]);
	usage(stderr);
	return EXIT_TROUBLE;
}
