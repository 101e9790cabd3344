// SPDX-License-Identifier: GPL-2.0-only
/* Options: a row for each drives parsing, --help and the checks. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "model/vocab.h"

#define SECOND 1000000000ULL

/* A command with an option of every kind, in a table of its own, and all that are shared. */
struct own {
	bool flag;
	const char *word;
	uint64_t number, at_least, size, seconds, range[2];
	uint32_t words;
	int level;
};

struct values {
	struct common_options common;
	struct live_options live;
	struct own own;
};

static const struct option_row own_options[] = {
	{ .name = "flag", .kind = OPT_FLAG, .help = "A flag", OPTION_AT(struct own, flag) },
	{ .name = "word",
	  .letter = 'w',
	  .kind = OPT_WORD,
	  .arg = "WORD",
	  .help = "A word",
	  OPTION_AT(struct own, word) },
	{ .letter = 'n',
	  .kind = OPT_NUMBER,
	  .arg = "N",
	  .help = "A number without a name",
	  OPTION_AT(struct own, number),
	  .min = 2,
	  .max = 9 },
	{ .name = "at-least",
	  .kind = OPT_NUMBER,
	  .arg = "N",
	  .help = "A number without an end",
	  OPTION_AT(struct own, at_least),
	  .min = 1,
	  .max = UINT64_MAX },
	{ .name = "size",
	  .kind = OPT_SIZE,
	  .arg = "BYTES",
	  .help = "A size",
	  OPTION_AT(struct own, size),
	  .min = 4096,
	  .max = 1 << 20 },
	{ .name = "seconds",
	  .kind = OPT_SECONDS,
	  .arg = "S",
	  .help = "A time",
	  OPTION_AT(struct own, seconds) },
	{ .name = "range",
	  .kind = OPT_RANGE,
	  .arg = "A-B",
	  .help = "A range",
	  OPTION_AT(struct own, range) },
	{ .name = "words",
	  .kind = OPT_WORDS,
	  .arg = "TYPE[,..]",
	  .help = "Some words",
	  OPTION_AT(struct own, words),
	  .vocab = &vocab_memtype },
	{ .name = "level", .kind = OPT_LEVEL, .help = "A level", OPTION_AT(struct own, level) },
	OPTIONS_END,
};

static void set_defaults(void *values)
{
	((struct values *)values)->own.number = 5;
}

static const struct command command = {
	.name = "test",
	.doc = "What the command does.\vWhat is said behind the options.",
	.tables = { { common_options, offsetof(struct values, common) },
		    { live_options, offsetof(struct values, live) },
		    { own_options, offsetof(struct values, own) } },
	.size = sizeof(struct values),
	.defaults = set_defaults,
};

static struct values values;

/* Up to three arguments; they must be right. */
static void parse(const char *a, const char *b, const char *c)
{
	char name[] = "s2trace test";
	char *argv[] = { name, (char *)a, (char *)b, (char *)c, NULL };
	int argc = 1 + !!a + !!b + !!c;

	memset(&values, 0, sizeof(values));
	options__parse(&command, argc, argv, &values);
}

static char said[8192];

/* In a process of its own, for it exits; returns its status, and what it said. */
static int parse_elsewhere(const char *a, const char *b, FILE *stream)
{
	size_t used = 0;
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(fds[1], fileno(stream));
		parse(a, b, NULL);
		_exit(99);
	}
	close(fds[1]);
	while ((n = read(fds[0], said + used, sizeof(said) - 1 - used)) > 0)
		used += (size_t)n;
	said[used] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void values_begin_with_their_defaults(void **state)
{
	(void)state;
	parse(NULL, NULL, NULL);
	assert_int_equal(values.own.number, 5);
	values.own.number = 0;
	assert_memory_equal(&values, &(struct values){ 0 }, sizeof(values));
	parse("-n", "7", NULL);
	assert_int_equal(values.own.number, 7);
}

static void flags_and_levels(void **state)
{
	(void)state;
	parse("--flag", "--json", NULL);
	assert_true(values.own.flag);
	assert_true(values.common.json);
	assert_false(values.common.json_schema);
	assert_int_equal(values.common.verbose, 0);
	parse("-vv", "--verbose", "--level");
	assert_int_equal(values.common.verbose, 3);
	assert_int_equal(values.own.level, 1);
	assert_false(values.own.flag);
	parse("--json-schema", NULL, NULL);
	assert_true(values.common.json_schema);
	assert_false(values.common.json);
}

static void words_are_taken_as_they_are(void **state)
{
	(void)state;
	parse("--word=a b", "-i", "-");
	assert_string_equal(values.own.word, "a b");
	assert_string_equal(values.live.stream.input, "-");
	assert_null(values.live.stream.output);
	parse("-w", "x", "-ofile");
	assert_string_equal(values.own.word, "x");
	assert_string_equal(values.live.stream.output, "file");
	parse("--backend", "fentry", "--cmo");
	assert_string_equal(values.live.backend, "fentry");
	assert_true(values.live.cmo);
}

static void numbers_have_limits(void **state)
{
	(void)state;
	parse("-n2", NULL, NULL);
	assert_int_equal(values.own.number, 2);
	parse("-n", "0x9", NULL);
	assert_int_equal(values.own.number, 9);
	parse("--at-least=18446744073709551615", NULL, NULL);
	assert_true(values.own.at_least == UINT64_MAX);
	parse("--max-vms=1", NULL, NULL);
	assert_int_equal(values.live.max_vms, 1);
	parse("--max-vms=4096", NULL, NULL);
	assert_int_equal(values.live.max_vms, 4096);
}

static void sizes_have_suffixes(void **state)
{
	(void)state;
	parse("--size=4096", NULL, NULL);
	assert_int_equal(values.own.size, 4096);
	parse("--size=4K", NULL, NULL);
	assert_int_equal(values.own.size, 4096);
	parse("--size=1m", NULL, NULL);
	assert_int_equal(values.own.size, 1 << 20);
	parse("--ring-size=1G", NULL, NULL);
	assert_int_equal(values.live.ring_bytes, 1 << 30);
	parse("--ring-size=4096", NULL, NULL);
	assert_int_equal(values.live.ring_bytes, 4096);
}

static void times_are_in_seconds(void **state)
{
	(void)state;
	parse("--seconds=2", "--duration=0.5", NULL);
	assert_int_equal(values.own.seconds, 2 * SECOND);
	assert_int_equal(values.live.duration_ns, SECOND / 2);
	parse("--seconds=.25", NULL, NULL);
	assert_int_equal(values.own.seconds, SECOND / 4);
	parse("--seconds=1e9", NULL, NULL);
	assert_int_equal(values.own.seconds, 1000000000 * SECOND);
}

static void ranges_have_two_ends(void **state)
{
	(void)state;
	parse("--range=0x1000-0x1fff", NULL, NULL);
	assert_int_equal(values.own.range[0], 0x1000);
	assert_int_equal(values.own.range[1], 0x1fff);
	parse("--range=7", NULL, NULL);
	assert_int_equal(values.own.range[0], 7);
	assert_int_equal(values.own.range[1], 7);
}

static void words_of_a_vocabulary_become_bits(void **state)
{
	(void)state;
	parse("--words=NORMAL_NC", NULL, NULL);
	assert_int_equal(values.own.words, S2_BIT(S2_MEMTYPE_NORMAL_NC));
	parse("--words=normal,device_ngnre", NULL, NULL);
	assert_int_equal(values.own.words,
			 S2_BIT(S2_MEMTYPE_NORMAL) | S2_BIT(S2_MEMTYPE_DEVICE_nGnRE));
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *arg, *value, *message;
	} rows[] = {
		{ "-n", "1", "invalid value '1' for -n: expected a number from 2 to 9" },
		{ "-n", "10", "invalid value '10' for -n: expected a number from 2 to 9" },
		{ "-n", "", "invalid value '' for -n" },
		{ "-n", "5x", "invalid value '5x' for -n" },
		{ "-n", "-5", "invalid value '-5' for -n" },
		{ "-n", " 5", "invalid value ' 5' for -n" },
		{ "-n", "0x", "invalid value '0x' for -n" },
		{ "--at-least=0", NULL,
		  "invalid value '0' for --at-least: expected a number from 1\n" },
		{ "--at-least=18446744073709551616", NULL, "for --at-least" },
		{ "--max-vms=0", NULL, "for --max-vms: expected a number from 1 to 4096" },
		{ "--max-vms=4097", NULL, "for --max-vms" },
		{ "--size=4095", NULL, "for --size: expected a size from 4096 to 1048576 bytes" },
		{ "--size=2M", NULL, "for --size" },
		{ "--size=1MM", NULL, "for --size" },
		{ "--size=99999999999999999G", NULL, "for --size" },
		{ "--ring-size=4095", NULL, "for --ring-size" },
		{ "--ring-size=1073741825", NULL, "for --ring-size" },
		{ "--seconds=0", NULL, "for --seconds: expected a number of seconds above 0" },
		{ "--seconds=-1", NULL, "for --seconds" },
		{ "--seconds=1s", NULL, "for --seconds" },
		{ "--seconds=nan", NULL, "for --seconds" },
		{ "--seconds=inf", NULL, "for --seconds" },
		{ "--seconds=1e10", NULL, "for --seconds" },
		{ "--range=2-1", NULL, "for --range: expected a range like 0x40000000-0x7fffffff" },
		{ "--range=1-", NULL, "for --range" },
		{ "--range=1-2-3", NULL, "for --range" },
		{ "--words=NORMAL,bad,worse", NULL, "unknown memory type 'bad'" },
		{ "--words=", NULL, "unknown memory type ''" },
		{ "more", NULL, "unexpected argument 'more'" },
		{ "--unknown", NULL, "--unknown" },
		{ "-z", NULL, "'z'" },
		{ "--word", NULL, "--word" },
		{ "--flag=1", NULL, "--flag" },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		assert_int_equal(parse_elsewhere(rows[i].arg, rows[i].value, stderr), 2);
		if (!strstr(said, rows[i].message))
			fail_msg("%s: \"%s\" is not in \"%s\"", rows[i].arg, rows[i].message, said);
		assert_ptr_equal(strstr(said, "s2trace test: "), said);
	}
}

static void assert_table_in_help(const struct option_row *row)
{
	for (; row->name || row->letter; row++) {
		char name[64], letter[8];

		snprintf(name, sizeof(name), "--%s%s%s", row->name ? row->name : "",
			 row->arg ? "=" : "", row->arg ? row->arg : "");
		snprintf(letter, sizeof(letter), "-%c", row->letter);
		if (row->name)
			assert_non_null(strstr(said, name));
		if (row->letter)
			assert_non_null(strstr(said, letter));
		/* Long ones are wrapped. */
		snprintf(name, sizeof(name), "%.20s", row->help);
		assert_non_null(strstr(said, name));
	}
}

static void help_lists_every_option(void **state)
{
	(void)state;
	assert_int_equal(parse_elsewhere("--help", NULL, stdout), 0);
	assert_table_in_help(common_options);
	assert_table_in_help(live_options);
	assert_table_in_help(own_options);
	assert_ptr_equal(strstr(said, "Usage: s2trace test [OPTION...]"), said);
	assert_non_null(strstr(said, "What the command does."));
	assert_non_null(strstr(said, "What is said behind the options."));
	/* Tables stay together, in the order in which they are listed. */
	assert_true(strstr(said, "--json") < strstr(said, "--backend"));
	assert_true(strstr(said, "--ring-size") < strstr(said, "--words"));
	assert_true(strstr(said, "--at-least") > strstr(said, "--max-vms"));
}

static void versions_are_told(void **state)
{
	(void)state;
	assert_int_equal(parse_elsewhere("--version", NULL, stdout), 0);
	assert_ptr_equal(strstr(said, "s2trace "), said);
}

/* Commands that read a stream, and nothing live, take the first of these alone. */
static void streams_have_an_input_and_an_output(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; stream_options[i].name; i++) {
		assert_string_equal(stream_options[i].name, live_options[i].name);
		assert_int_equal(stream_options[i].offset, live_options[i].offset);
		assert_int_equal(stream_options[i].letter, live_options[i].letter);
		assert_string_equal(stream_options[i].help, live_options[i].help);
	}
	assert_int_equal(i, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_begin_with_their_defaults),
		cmocka_unit_test(flags_and_levels),
		cmocka_unit_test(words_are_taken_as_they_are),
		cmocka_unit_test(numbers_have_limits),
		cmocka_unit_test(sizes_have_suffixes),
		cmocka_unit_test(times_are_in_seconds),
		cmocka_unit_test(ranges_have_two_ends),
		cmocka_unit_test(words_of_a_vocabulary_become_bits),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(help_lists_every_option),
		cmocka_unit_test(versions_are_told),
		cmocka_unit_test(streams_have_an_input_and_an_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
