// SPDX-License-Identifier: GPL-2.0-only
/* Figures for people, names that may hold anything, and the line they are written to. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "oom.h"
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
	assert_string_equal(human__bytes(buf, 102348), "99.9K");
	assert_string_equal(human__bytes(buf, 102349), "100K");
	assert_string_equal(human__bytes(buf, 1048524), "1024K");
	assert_string_equal(human__bytes(buf, 1048525), "1.0M");
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
	assert_string_equal(human__size(buf, 9999), "9999");
	assert_string_equal(human__size(buf, 10000), "9.8K");
	assert_string_equal(human__size(buf, 10001), "9.8K");
	assert_string_equal(human__size(buf, 1ULL << 60), "1E");
	assert_string_equal(human__size(buf, 8ULL << 60), "8E");
}

static void counts_and_times_are_short(void **state)
{
	char buf[HUMAN_LEN];

	(void)state;
	assert_string_equal(human__count(buf, 9999), "9999");
	assert_string_equal(human__count(buf, 16384), "16.4k");
	assert_string_equal(human__count(buf, 10000), "10.0k");
	assert_string_equal(human__count(buf, 99949), "99.9k");
	assert_string_equal(human__count(buf, 99951), "100k");
	assert_string_equal(human__count(buf, 999999), "1.0M");
	assert_string_equal(human__rate(buf, 0), "0");
	assert_string_equal(human__rate(buf, 0.5), "0.5");
	assert_string_equal(human__rate(buf, 123.4), "123");
	assert_string_equal(human__rate(buf, 9.94), "9.9");
	assert_string_equal(human__rate(buf, 9.96), "10");
	assert_string_equal(human__rate(buf, 9999.4), "9999");
	assert_string_equal(human__rate(buf, 10000), "10.0k");
	assert_string_equal(human__rate(buf, 25000), "25.0k");
	assert_string_equal(human__us(buf, 0), "0.00");
	assert_string_equal(human__us(buf, 4), "0.00");
	assert_string_equal(human__us(buf, 5), "0.01");
	assert_string_equal(human__us(buf, 9994), "9.99");
	assert_string_equal(human__us(buf, 9995), "10.0");
	assert_string_equal(human__us(buf, 99949), "99.9");
	assert_string_equal(human__us(buf, 99950), "100");
	assert_string_equal(human__us(buf, 100499), "100");
	assert_string_equal(human__us(buf, 100500), "101");
	assert_string_equal(human__us(buf, 999999999), "1000000");
	assert_string_equal(human__us(buf, 1000000000), "1.0s");
	assert_string_equal(human__us(buf, 1049999999), "1.0s");
	assert_string_equal(human__us(buf, 1050000000), "1.1s");
	assert_string_equal(human__us(buf, 99949999999), "99.9s");
	assert_string_equal(human__us(buf, 99950000000), "100s");
	assert_string_equal(human__us(buf, 100499999999), "100s");
	assert_string_equal(human__us(buf, 100500000000), "101s");
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

/* Eight bytes at once, and what is left of them. */
static void columns_are_characters(void **state)
{
	static const char text[] = "a\xc3\xa4\xe6\x97\xa5\xf0\x9f\x98\x80"
				   "b\xc3\xb6\xe6\x9c\xac\xf0\x9f\x98\x81"
				   "c\xc3\xbc\xe8\xaa\x9e\xf0\x9f\x98\x82";
	size_t begun = 0;

	(void)state;
	assert_int_equal(utf8__columns(text, 0), 0);
	for (size_t n = 1; n < sizeof(text); n++) {
		begun += ((unsigned char)text[n - 1] & 0xc0) != 0x80;
		assert_int_equal(utf8__columns(text, n), begun);
	}
	assert_int_equal(begun, 12);
}

/* The last column of what is cut tells that something was. */
static void cells_are_cut_to_their_width(void **state)
{
	static const struct {
		const char *text;
		size_t width;
		const char *want;
	} cases[] = {
		{ "gpu0", 5, "gpu0" },
		{ "gpu0", 4, "gpu0" },
		{ "gpu0", 3, "gp~" },
		{ "gpu0", 1, "~" },
		{ "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 3,
		  "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e" },
		{ "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 2, "\xe6\x97\xa5~" },
	};

	(void)state;
	for (size_t i = 0; i < NR(cases); i++) {
		struct out o = { 0 };

		out__str(&o, "|");
		out__str(&o, cases[i].text);
		out__cut(&o, 1, cases[i].width);
		assert_string_equal(line(&o) + 1, cases[i].want);
		out__free(&o);
	}
}

/* Each way to write something, where there is no room for it. */
static void write_something(struct out *o, int how)
{
	switch (how) {
	case 0:
		out__char(o, 'x');
		break;
	case 1:
		out__str(o, "text");
		break;
	case 2:
		out__u64(o, 12345);
		break;
	case 3:
		out__i64(o, -5);
		break;
	case 4:
		out__hex(o, 0x1234);
		break;
	case 5:
		out__printf(o, "%d", 7);
		break;
	case 6:
		out__foreign(o, "name", 3);
		break;
	case 7:
		out__pad(o, 0, 5);
		break;
	case 8:
		out__eol(o);
		break;
	}
}

static void a_line_without_memory_is_dropped(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	for (int how = 0; how < 9; how++) {
		struct out o = { 0 };

		oom__fail_after(0);
		write_something(&o, how);
		assert_true(oom__stop());
		assert_true(o.bad);
		/* What follows finds memory again, but the line is no longer whole. */
		out__str(&o, "rest");
		out__pad(&o, 0, 50);
		out__right(&o, 0, 60);
		out__cut(&o, 0, 1);
		assert_string_equal(out__cstr(&o), "");
		out__flush(&o, f);
		fflush(f);
		assert_int_equal(len, 0);
		assert_false(o.bad);
		write_something(&o, how);
		assert_true(o.len > 0);
		out__free(&o);
	}
	fclose(f);
	free(text);
}

static void cells_without_memory_stay_as_they_are(void **state)
{
	struct out o = { 0 };

	(void)state;
	out__str(&o, "x");
	oom__fail_after(0);
	out__right(&o, 0, 10000);
	assert_true(oom__stop());
	assert_true(o.bad);
	assert_int_equal(o.len, 1);
	o.bad = false;
	oom__fail_after(0);
	out__pad(&o, 0, 10000);
	assert_true(oom__stop());
	assert_int_equal(o.len, 1);
	out__free(&o);
	oom__fail_after(0);
	assert_string_equal(out__cstr(&o), "");
	assert_true(oom__stop());
	out__free(&o);
}

/* 511 characters are all that one call writes. */
static void long_texts_are_cut(void **state)
{
	char text[600];
	struct out o = { 0 };

	(void)state;
	memset(text, 'x', sizeof(text));
	text[511] = '\0';
	out__printf(&o, "%s", text);
	assert_string_equal(line(&o), text);
	o.len = 0;
	text[511] = 'x';
	text[599] = '\0';
	out__printf(&o, "%s", text);
	text[511] = '\0';
	assert_string_equal(line(&o), text);
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
		cmocka_unit_test(columns_are_characters),
		cmocka_unit_test(cells_are_cut_to_their_width),
		cmocka_unit_test(a_line_without_memory_is_dropped),
		cmocka_unit_test(cells_without_memory_stay_as_they_are),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(numbers_in_json_have_three_digits),
		cmocka_unit_test(json_knows_no_infinity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
