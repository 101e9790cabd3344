// SPDX-License-Identifier: GPL-2.0-only
/* Figures for people, names that may hold anything, and the line they are written to. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "view/human.h"
#include "view/json_writer.h"
#include "view/out.h"
#include "view/utf8.h"

static void bytes_have_units(void **state)
{
	char buf[HUMAN_LEN];

	(void)state;
	assert_string_equal(human__bytes(buf, 0), "0");
	assert_string_equal(human__bytes(buf, 1023), "1023");
	assert_string_equal(human__bytes(buf, 1024), "1.0K");
	assert_string_equal(human__bytes(buf, 315392), "308K");
	assert_string_equal(human__bytes(buf, 1 << 20), "1.0M");
	assert_string_equal(human__bytes(buf, (1 << 20) - 1), "1.0M");
	assert_string_equal(human__bytes(buf, 1ULL << 30), "1.0G");
	assert_string_equal(human__bytes(buf, UINT64_MAX), "16.0E");
}

static void sizes_are_exact(void **state)
{
	char buf[HUMAN_LEN];

	(void)state;
	assert_string_equal(human__size(buf, 4096), "4K");
	assert_string_equal(human__size(buf, 65536), "64K");
	assert_string_equal(human__size(buf, 2 << 20), "2M");
	assert_string_equal(human__size(buf, 512 << 20), "512M");
	assert_string_equal(human__size(buf, 1 << 30), "1G");
	assert_string_equal(human__size(buf, 96ULL << 30), "96G");
	assert_string_equal(human__size(buf, 100), "100");
	assert_string_equal(human__size(buf, 0), "0");
	assert_string_equal(human__size(buf, (1 << 30) + 4096), "1.0G");
}

static void counts_and_times_are_short(void **state)
{
	char buf[HUMAN_LEN];

	(void)state;
	assert_string_equal(human__count(buf, 9999), "9999");
	assert_string_equal(human__count(buf, 16384), "16.4k");
	assert_string_equal(human__count(buf, 999999), "1.0M");
	assert_string_equal(human__rate(buf, 0), "0");
	assert_string_equal(human__rate(buf, 0.5), "0.5");
	assert_string_equal(human__rate(buf, 123.4), "123");
	assert_string_equal(human__rate(buf, 25000), "25.0k");
	assert_string_equal(human__us(buf, 850), "0.85");
	assert_string_equal(human__us(buf, 12345), "12.3");
	assert_string_equal(human__us(buf, 1234567), "1235");
	assert_string_equal(human__us(buf, 10000000000), "10.0s");
}

static void utf8_is_told_from_what_is_not(void **state)
{
	static const struct {
		const char *s;
		size_t len; /* 0: not valid */
		uint32_t code;
	} cases[] = {
		{ "a", 1, 'a' },
		{ "\xc2\x80", 2, 0x80 },
		{ "\xc3\xa4", 2, 0xe4 },
		{ "\xe0\xa0\x80", 3, 0x800 },
		{ "\xe6\x97\xa5", 3, 0x65e5 },
		{ "\xed\x9f\xbf", 3, 0xd7ff },
		{ "\xee\x80\x80", 3, 0xe000 },
		{ "\xf0\x90\x80\x80", 4, 0x10000 },
		{ "\xf0\x9f\x98\x80", 4, 0x1f600 },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
		{ "\x80", 0, UTF8_INVALID },
		{ "\xc0\x80", 0, UTF8_INVALID },
		{ "\xc1\xbf", 0, UTF8_INVALID },
		{ "\xe0\x80\x80", 0, UTF8_INVALID },
		{ "\xe0\x9f\xbf", 0, UTF8_INVALID },
		{ "\xed\xa0\x80", 0, UTF8_INVALID },
		{ "\xed\xbf\xbf", 0, UTF8_INVALID },
		{ "\xf0\x8f\xbf\xbf", 0, UTF8_INVALID },
		{ "\xf5\x80\x80\x80", 0, UTF8_INVALID },
		{ "\xe6\x97", 0, UTF8_INVALID },
		{ "\xff", 0, UTF8_INVALID },
		{ "\xf4\x90\x80\x80", 0, UTF8_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < NR(cases); i++) {
		const char *s = cases[i].s;

		assert_int_equal(utf8__next(&s), cases[i].code);
		assert_int_equal(s - cases[i].s, cases[i].len ? cases[i].len : 1);
	}
}

static void what_steers_a_terminal_is_harmful(void **state)
{
	static const uint32_t harmful[] = { 0,	    0x1b,   0x1f,   0x7f,   0x80,   0x9f,
					    0x2028, 0x202a, 0x202e, 0x2066, 0x2069, UTF8_INVALID };
	static const uint32_t fine[] = { ' ',	 '~',	 0xa0,	 0xe4,	 0x2027,
					 0x202f, 0x2065, 0x206a, 0x65e5, 0x1f600 };

	(void)state;
	for (size_t i = 0; i < NR(harmful); i++)
		assert_true(utf8__is_harmful(harmful[i]));
	for (size_t i = 0; i < NR(fine); i++)
		assert_false(utf8__is_harmful(fine[i]));
}

static const char *line(struct out *o)
{
	out__mem(o, "", 1);
	return o->p;
}

static void names_are_made_fit_for_a_terminal(void **state)
{
	static const struct {
		const char *name;
		size_t width;
		const char *shown;
	} cases[] = {
		{ "gpu0", 4, "gpu0" },
		{ "gpu0x", 4, "gpu~" },
		{ "\033[31mred\n", 12, "?[31mred?" },
		{ "\xc2\x9b"
		  "1m\xff",
		  12, "?1m?" },
		{ "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 2, "\xe6\x97\xa5~" },
		{ "\xe6\x97\xa5\xe6\x9c\xac", 2, "\xe6\x97\xa5\xe6\x9c\xac" },
		{ "x", 0, "" },
		{ "", 3, "" },
	};

	(void)state;
	for (size_t i = 0; i < NR(cases); i++) {
		struct out o = { 0 };

		out__foreign(&o, cases[i].name, cases[i].width);
		assert_string_equal(line(&o), cases[i].shown);
		out__free(&o);
	}
	assert_int_equal(utf8__columns("a\xc3\xa4z", 4), 3);
}

static void numbers_are_written_whole(void **state)
{
	struct out o = { 0 };

	(void)state;
	out__u64(&o, 0);
	out__char(&o, ' ');
	out__u64(&o, UINT64_MAX);
	out__char(&o, ' ');
	out__i64(&o, INT64_MIN);
	out__char(&o, ' ');
	out__hex(&o, 0);
	out__char(&o, ' ');
	out__hex(&o, UINT64_MAX);
	assert_string_equal(line(&o), "0 18446744073709551615 -9223372036854775808 "
				      "0x0 0xffffffffffffffff");
	out__free(&o);
}

static void cells_are_aligned_and_lines_end_clean(void **state)
{
	struct out o = { 0 };
	size_t start;

	(void)state;
	out__str(&o, "ab");
	out__pad(&o, 0, 4);
	start = o.len;
	out__str(&o, "\xc3\xa4");
	out__right(&o, start, 3);
	start = o.len;
	out__str(&o, "wide");
	out__right(&o, start, 3);
	out__pad(&o, start, 9);
	out__eol(&o);
	assert_string_equal(line(&o), "ab    \xc3\xa4wide\n");
	out__free(&o);
}

/* What JSON has for the number; o is to be freed. */
static const char *json_number(struct out *o, double d)
{
	struct json_writer w = { .o = o };

	json__real(&w, d);
	return line(o);
}

static void numbers_in_json_have_three_digits(void **state)
{
	static const struct {
		double d, rounded;
	} cases[] = {
		{ 0, 0 },
		{ 12.5, 12.5 },
		{ 1.0 / 3, 0.333 },
		{ 2.0 / 3, 0.667 },
		{ -2.0 / 3, -0.667 },
		{ 0.0004, 0 },
		{ 0.0006, 0.001 },
		{ 1234567.0004, 1234567 },
		{ 1234567.1236, 1234567.124 },
	};

	(void)state;
	for (size_t i = 0; i < NR(cases); i++) {
		struct out o = { 0 };
		const char *n = json_number(&o, cases[i].d);
		const char *dot;
		char *end;

		assert_true(strtod(n, &end) == cases[i].rounded);
		dot = memchr(n, '.', end - n);
		assert_true(!dot || end - dot <= 4);
		out__free(&o);
	}
}

static void json_knows_no_infinity(void **state)
{
	static const double cases[] = { INFINITY, -INFINITY, NAN };

	(void)state;
	for (size_t i = 0; i < NR(cases); i++) {
		struct out o = { 0 };

		assert_memory_equal(json_number(&o, cases[i]), "null", 4);
		out__free(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_have_units),
		cmocka_unit_test(sizes_are_exact),
		cmocka_unit_test(counts_and_times_are_short),
		cmocka_unit_test(utf8_is_told_from_what_is_not),
		cmocka_unit_test(what_steers_a_terminal_is_harmful),
		cmocka_unit_test(names_are_made_fit_for_a_terminal),
		cmocka_unit_test(numbers_are_written_whole),
		cmocka_unit_test(cells_are_aligned_and_lines_end_clean),
		cmocka_unit_test(numbers_in_json_have_three_digits),
		cmocka_unit_test(json_knows_no_infinity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
