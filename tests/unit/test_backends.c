// SPDX-License-Identifier: GPL-2.0-only
/* Which backends are opened, and what becomes of those that fail. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "source/backends.h"

/* What each of three backends does. */
static struct {
	int probe, open;
} fakes[3];

static char opened[64];
static const struct btf *const no_btf;

static int fake_probe(int i, struct error *err)
{
	if (fakes[i].probe)
		error__set(err, 0, "no probe %d", i);
	return fakes[i].probe;
}

static int probe_0(const struct btf *btf, struct error *err)
{
	(void)btf;
	return fake_probe(0, err);
}

static int probe_1(const struct btf *btf, struct error *err)
{
	(void)btf;
	return fake_probe(1, err);
}

static int probe_2(const struct btf *btf, struct error *err)
{
	(void)btf;
	return fake_probe(2, err);
}

static const struct backend best = { .id = S2_BACKEND_TRACEPOINT, .probe = probe_0 };
static const struct backend second = { .id = S2_BACKEND_FENTRY, .probe = probe_1 };
static const struct backend last = { .id = S2_BACKEND_KPROBE, .probe = probe_2 };
static const struct backend *const all[] = { &best, &second, &last, NULL };

static int fake_open(void *ctx, const struct backend *b, struct error *err)
{
	int i = b == &best ? 0 : b == &second ? 1 : 2;
	size_t len = strlen(opened);

	(void)ctx;
	snprintf(opened + len, sizeof(opened) - len, "%d", i);
	if (fakes[i].open)
		error__set(err, 0, "no open %d", i);
	return fakes[i].open;
}

/* What is written to stderr meanwhile goes to `said`. */
static char said[512];

static int open_backends(const char *names, struct error *err)
{
	FILE *log = tmpfile();
	int ret, keep = dup(STDERR_FILENO);
	size_t n;

	assert_non_null(log);
	opened[0] = '\0';
	fflush(stderr);
	dup2(fileno(log), STDERR_FILENO);
	ret = backends__open(all, names, no_btf, fake_open, NULL, err);
	fflush(stderr);
	dup2(keep, STDERR_FILENO);
	close(keep);
	rewind(log);
	n = fread(said, 1, sizeof(said) - 1, log);
	said[n] = '\0';
	fclose(log);
	return ret;
}

static int reset(void **state)
{
	(void)state;
	memset(fakes, 0, sizeof(fakes));
	return 0;
}

static void the_best_that_is_offered_is_opened(void **state)
{
	struct error err = {};

	(void)state;
	assert_int_equal(open_backends(NULL, &err), 0);
	assert_string_equal(opened, "0");
	fakes[0].probe = -EOPNOTSUPP;
	assert_int_equal(open_backends(NULL, &err), 0);
	assert_string_equal(opened, "1");
	assert_string_equal(said, "");
}

static void the_next_is_tried_and_said(void **state)
{
	struct error err = {};

	(void)state;
	fakes[0].open = -EINVAL;
	fakes[1].probe = -EOPNOTSUPP;
	assert_int_equal(open_backends(NULL, &err), 0);
	assert_string_equal(opened, "02");
	assert_non_null(strstr(said, "tracepoint"));
	assert_non_null(strstr(said, "no open 0"));
	assert_non_null(strstr(said, "kprobe"));
	assert_null(strstr(said, "fentry"));
}

/* The error that is told is that of the one that could have been, not of those that cannot. */
static void the_last_failure_is_told(void **state)
{
	struct error err = {};

	(void)state;
	fakes[0].open = -EINVAL;
	fakes[1].open = -E2BIG;
	fakes[2].probe = -EOPNOTSUPP;
	assert_int_equal(open_backends(NULL, &err), -E2BIG);
	assert_string_equal(opened, "01");
	assert_string_equal(err.what, "no open 1");
}

static void nothing_is_offered(void **state)
{
	struct error err = {};

	(void)state;
	fakes[0].probe = fakes[1].probe = fakes[2].probe = -EOPNOTSUPP;
	assert_int_equal(open_backends(NULL, &err), -EOPNOTSUPP);
	assert_string_equal(opened, "");
	assert_string_equal(err.what, "no probe 2");
}

static void what_is_not_allowed_is_not_tried_again(void **state)
{
	struct error err = {};

	(void)state;
	fakes[0].open = -EPERM;
	assert_int_equal(open_backends(NULL, &err), -EPERM);
	assert_string_equal(opened, "0");
	assert_string_equal(said, "");
}

static void all_that_are_named_are_opened(void **state)
{
	struct error err = {};

	(void)state;
	assert_int_equal(open_backends("kprobe,tracepoint", &err), 0);
	assert_string_equal(opened, "20");
	assert_int_equal(open_backends("fentry,fentry", &err), 0);
	assert_string_equal(opened, "1");
}

static void who_is_named_is_not_replaced(void **state)
{
	struct error err = {};

	(void)state;
	fakes[0].open = -EINVAL;
	assert_int_equal(open_backends("tracepoint", &err), -EINVAL);
	assert_string_equal(opened, "0");
	fakes[1].probe = -EOPNOTSUPP;
	assert_int_equal(open_backends("kprobe,fentry,tracepoint", &err), -EOPNOTSUPP);
	assert_string_equal(opened, "2");
	assert_string_equal(err.what, "no probe 1");
}

static void names_must_be_known(void **state)
{
	static const char *const bad[] = { "",	      "fenty",		"fentry,",
					   ",fentry", "fentry,,kprobe", "fentry,survey" };
	struct error err;

	(void)state;
	for (size_t i = 0; i < NR(bad); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(open_backends(bad[i], &err), -EINVAL);
		assert_non_null(strstr(err.what, "there is no backend"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_best_that_is_offered_is_opened, reset),
		cmocka_unit_test_setup(the_next_is_tried_and_said, reset),
		cmocka_unit_test_setup(the_last_failure_is_told, reset),
		cmocka_unit_test_setup(nothing_is_offered, reset),
		cmocka_unit_test_setup(what_is_not_allowed_is_not_tried_again, reset),
		cmocka_unit_test_setup(all_that_are_named_are_opened, reset),
		cmocka_unit_test_setup(who_is_named_is_not_replaced, reset),
		cmocka_unit_test_setup(names_must_be_known, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
