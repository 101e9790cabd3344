// SPDX-License-Identifier: GPL-2.0-only
/* The command line: one row per option drives parsing and usage. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

enum arg_type { ARG_FLAG, ARG_U64, ARG_STRING };

struct arg {
	const char *name;
	enum arg_type type;
	size_t offset;
	const char *value, *help;
};

#define ARG(name, type, field, value, help)                                                        \
	{                                                                                          \
		name, type, offsetof(struct args, field), value, help                              \
	}

static const struct arg arg_table[] = {
	ARG("name", ARG_STRING, name, "NAME", "name of the VM; -name, as in QEMU, works too"),
	ARG("vcpus", ARG_U64, vcpus, "N", "number of vCPUs, each with its own thread and range"),
	ARG("size", ARG_U64, size, "BYTES", "memory to touch (suffixes K, M, G)"),
	ARG("device", ARG_STRING, device, "BDF", "PCI device; default: the first suitable one"),
	ARG("phys", ARG_U64, phys, "ADDR",
	    "address to map from /dev/mem; default: the GPU's memory"),
	ARG("seconds", ARG_U64, seconds, "S", "keep touching the memory for S seconds"),
	ARG("rate", ARG_U64, rate, "N", "stage-2 faults per second meanwhile (default: 10)"),
	ARG("churn", ARG_U64, churn, "N", "VMs to create and destroy (situation churn)"),
	ARG("hold", ARG_U64, hold, "S", "keep the VM for S seconds after the report"),
	ARG("barrier", ARG_STRING, barrier, "FILE", "start when FILE exists"),
	ARG("fwb", ARG_U64, fwb, "0|1", "the host has FWB; default: from KVM's capability"),
	ARG("dic", ARG_U64, dic, "0|1", "the host has DIC; default: from KVM's capability"),
	ARG("era", ARG_STRING, era, "ERA", "era of the host's kernel: 6.9 or 7.1 (default)"),
	ARG("list", ARG_FLAG, list, NULL, "list the situations"),
	ARG("help", ARG_FLAG, help, NULL, "print this help"),
};

void args_usage(FILE *f)
{
	fprintf(f,
		"Usage: s2guest SITUATION [OPTION]...\n"
		"       s2guest --list\n\n"
		"Causes one situation of stage-2 mapping in its own VM, and prints what KVM must\n"
		"decide, as one line of JSON.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(arg_table); i++) {
		const struct arg *a = &arg_table[i];

		fprintf(f, "  --%-8s %-6s %s\n", a->name, a->value ? a->value : "", a->help);
	}
	fprintf(f, "\nExit status: 0 caused, %d not possible on this host, 2 failed.\n",
		EXIT_SKIPPED);
}

static int suffix_shift(const char *s)
{
	switch (s[0]) {
	case '\0':
		return 0;
	case 'K':
		return s[1] ? -1 : 10;
	case 'M':
		return s[1] ? -1 : 20;
	case 'G':
		return s[1] ? -1 : 30;
	default:
		return -1;
	}
}

static int parse_u64(const char *s, uint64_t *val)
{
	unsigned long long v;
	char *end;
	int shift;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	errno = 0;
	v = strtoull(s, &end, 0);
	shift = suffix_shift(end);
	if (errno || shift < 0 || (v << shift) >> shift != v)
		return -EINVAL;
	*val = v << shift;
	return 0;
}

static const struct arg *find_arg(const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(arg_table); i++)
		if (!strcmp(s, arg_table[i].name))
			return &arg_table[i];
	return NULL;
}

static int set_arg(struct args *args, const struct arg *a, const char *val)
{
	void *p = (char *)args + a->offset;

	if (a->type == ARG_FLAG) {
		*(bool *)p = true;
		return 0;
	}
	if (!val) {
		fprintf(stderr, "s2guest: --%s needs a value\n", a->name);
		return -EINVAL;
	}
	if (a->type == ARG_STRING) {
		*(const char **)p = val;
		return 0;
	}
	if (parse_u64(val, p)) {
		fprintf(stderr, "s2guest: --%s: not a number: %s\n", a->name, val);
		return -EINVAL;
	}
	return 0;
}

static int parse_option(struct args *args, char **argv, int *i)
{
	const struct arg *a;

	a = find_arg(argv[*i] + (argv[*i][1] == '-' ? 2 : 1));
	if (!a || (argv[*i][1] != '-' && strcmp(a->name, "name"))) {
		fprintf(stderr, "s2guest: unknown option %s, see --help\n", argv[*i]);
		return -EINVAL;
	}
	if (set_arg(args, a, a->type == ARG_FLAG ? NULL : argv[*i + 1]))
		return -EINVAL;
	if (a->type != ARG_FLAG)
		(*i)++;
	return 0;
}

static int check_args(const struct args *args)
{
	if (args->vcpus < 1 || args->vcpus > MAX_VCPUS) {
		fprintf(stderr, "s2guest: --vcpus must be 1 to %d\n", MAX_VCPUS);
		return -EINVAL;
	}
	if (args->fwb > 2 || args->dic > 2) {
		fprintf(stderr, "s2guest: --fwb and --dic are 0 or 1\n");
		return -EINVAL;
	}
	if (!args->situation && !args->list && !args->help) {
		fprintf(stderr, "s2guest: which situation? see --list\n");
		return -EINVAL;
	}
	return 0;
}

int args_parse(struct args *args, int argc, char **argv)
{
	*args = (struct args){ .vcpus = 1, .churn = 10, .fwb = 2, .dic = 2 };

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-') {
			if (parse_option(args, argv, &i))
				return -EINVAL;
		} else if (args->situation) {
			fprintf(stderr, "s2guest: one situation at a time: %s\n", argv[i]);
			return -EINVAL;
		} else {
			args->situation = argv[i];
		}
	}
	return check_args(args);
}
