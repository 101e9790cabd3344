// SPDX-License-Identifier: GPL-2.0-only
/* Recordings: what goes in comes out; what is cut, damaged or foreign does no harm. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <s2trace/recording.h>

#include "events.h"
#include "source/recorder.h"
#include "source/source.h"

#define MAX_BYTES (4U << 20)

static char dir[] = "/tmp/s2trace-recording-XXXXXX", path[64];
static struct error err;

/* A recording as it is in the file. */
static unsigned char bytes[MAX_BYTES];
static size_t nr_bytes;

/* Events that were taken out of one. */
static unsigned char taken[MAX_BYTES];
static size_t taken_bytes, nr_taken;

static void take(void *ctx, const struct s2_event *ev)
{
	(void)ctx;
	assert_true(taken_bytes + ev->len <= sizeof(taken));
	assert_int_equal((uintptr_t)ev % 8, 0);
	memcpy(taken + taken_bytes, ev, ev->len);
	taken_bytes += ev->len;
	nr_taken++;
}

static const struct event_sink sink = { NULL, take };

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/a.s2t", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static int begin(void **state)
{
	(void)state;
	nr_bytes = taken_bytes = nr_taken = 0;
	memset(&err, 0, sizeof(err));
	return 0;
}

static void put(const void *data, size_t len)
{
	assert_true(nr_bytes + len <= sizeof(bytes));
	memcpy(bytes + nr_bytes, data, len);
	nr_bytes += len;
}

static void put_header(uint32_t version, uint32_t len)
{
	struct s2_recording_header h = { .version = version, .len = len };

	memcpy(h.magic, S2_RECORDING_MAGIC, sizeof(h.magic));
	put(&h, sizeof(h));
}

static void write_bytes(size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

/* Of the size that makes the recorder write several times. */
static void put_events(void (*to)(const struct s2_event *ev), int n)
{
	for (int i = 0; i < n; i++) {
		struct s2_ev_decision d = a_leaf((uint64_t)i, KIB(4 * i), PAGE_SHIFT, GIB(i));
		struct s2_ev_memslot m = a_slot((uint64_t)i, 1, KIB(i), KIB(4), 0);
		struct s2_ev_totals t = new_totals(1, (uint64_t)i);
		struct s2_ev_tick tick = new_tick(0, (uint64_t)i);

		t.totals.cell[0][0].ns = (uint64_t)i;
		to(&d.h);
		to(&m.h);
		to(&t.h);
		to(&tick.h);
	}
}

static void put_event(const struct s2_event *ev)
{
	put(ev, ev->len);
}

static struct recorder *recorder;

static void record(const struct s2_event *ev)
{
	recorder__take(recorder, ev);
}

static struct source *open_file(void)
{
	struct source *src = NULL;

	memset(&err, 0, sizeof(err));
	assert_int_equal(source__open_file(&src, path, &err), 0);
	assert_non_null(src);
	assert_string_equal(err.what, "");
	return src;
}

/* All of it; what file_read() returns adds up to what came. */
static bool read_all(struct source *src)
{
	size_t sum = 0;
	bool incomplete;
	int ret;

	while ((ret = source__read(src, &sink)) > 0)
		sum += (size_t)ret;
	assert_int_equal(ret, -ENODATA);
	assert_int_equal(source__read(src, &sink), -ENODATA);
	assert_int_equal(sum, nr_taken);
	incomplete = source__incomplete(src);
	source__close(src);
	return incomplete;
}

static void what_goes_in_comes_out(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(recorder__open(&recorder, path, &err), 0);
	assert_int_equal(recorder__bytes(recorder), sizeof(struct s2_recording_header));
	assert_int_equal(recorder__events(recorder), 0);
	put_events(record, 300);
	assert_int_equal(recorder__events(recorder), 1200);
	put_header(S2_RECORDING_VERSION, sizeof(struct s2_recording_header));
	put_events(put_event, 300);
	assert_int_equal(recorder__bytes(recorder), nr_bytes);
	assert_true(nr_bytes > (512U << 10));
	assert_int_equal(recorder__close(recorder), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, nr_bytes);
	assert_int_equal(st.st_mode & 0777, 0600);

	assert_false(read_all(open_file()));
	assert_int_equal(nr_taken, 1200);
	assert_int_equal(taken_bytes, nr_bytes - sizeof(struct s2_recording_header));
	assert_memory_equal(taken, bytes + sizeof(struct s2_recording_header), taken_bytes);
}

static void what_was_flushed_can_be_read_at_once(void **state)
{
	struct s2_ev_tick tick = new_tick(0, 5);
	struct stat st;

	(void)state;
	assert_int_equal(recorder__open(&recorder, path, &err), 0);
	recorder__take(recorder, &tick.h);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(recorder__flush(recorder), 0);
	assert_false(read_all(open_file()));
	assert_int_equal(nr_taken, 1);
	recorder__take(recorder, &tick.h);
	assert_int_equal(recorder__bytes(recorder), 16 + 24 + 24);
	assert_int_equal(recorder__close(recorder), 0);
	nr_taken = taken_bytes = 0;
	assert_false(read_all(open_file()));
	assert_int_equal(nr_taken, 2);
	assert_int_equal(recorder__close(NULL), 0);
}

/* An interval at a time, so that a reader can keep the pace of what it reads. */
static void reading_stops_at_ticks(void **state)
{
	struct source *src;

	(void)state;
	put_header(S2_RECORDING_VERSION, 16);
	put_events(put_event, 3);
	put_event(&(struct s2_event){ .type = S2_EV_LOSS, .len = 8 }); /* damaged */
	write_bytes(nr_bytes);
	src = open_file();
	for (size_t i = 1; i <= 3; i++) {
		assert_int_equal(source__read(src, &sink), 4);
		assert_int_equal(nr_taken, 4 * i);
	}
	assert_int_equal(source__read(src, &sink), -ENODATA);
	assert_true(source__incomplete(src));
	source__close(src);
}

static void what_is_unknown_is_skipped(void **state)
{
	struct {
		struct s2_event h;
		uint64_t more[2];
	} later = { .h = { .type = 200, .len = sizeof(later) } };
	struct s2_ev_decision d = a_leaf(1, 0, PAGE_SHIFT, 0);
	struct s2_ev_tick tick = new_tick(0, 5);

	(void)state;
	put_header(S2_RECORDING_VERSION, 16);
	put_event(&later.h);
	put_event(&d.h);
	d.memtype = 77;
	put_event(&d.h);
	tick.h.len = 32; /* a newer layout */
	put(&tick, sizeof(tick));
	put("\0\0\0\0\0\0\0\0", 8);
	tick.h.len = 24;
	put_event(&tick.h);
	write_bytes(nr_bytes);
	assert_true(read_all(open_file()));
	assert_int_equal(nr_taken, 2);
	assert_int_equal(((struct s2_event *)taken)->type, S2_EV_DECISION);
	assert_int_equal(((struct s2_event *)(taken + sizeof(d)))->type, S2_EV_TICK);
}

/* Whatever the place at which a recording is cut: the whole events before it come out. */
static void a_cut_leaves_what_is_before(void **state)
{
	struct s2_ev_decision d = a_leaf(1, 0, PAGE_SHIFT, 0);
	struct s2_ev_tick tick = new_tick(0, 1);
	size_t ends[4], nr_ends = 0;

	(void)state;
	put_header(S2_RECORDING_VERSION, 16);
	put_event(&tick.h);
	put_event(&d.h);
	put_event(&tick.h);
	put_event(&tick.h);
	for (size_t at = 16; at < nr_bytes;) {
		at += ((const struct s2_event *)(bytes + at))->len;
		ends[nr_ends++] = at;
	}
	assert_int_equal(nr_ends, 4);
	assert_int_equal(ends[3], nr_bytes);
	for (size_t cut = 16; cut <= nr_bytes; cut++) {
		size_t whole = 0, before = 16;

		while (whole < nr_ends && ends[whole] <= cut)
			before = ends[whole++];
		nr_taken = taken_bytes = 0;
		write_bytes(cut);
		assert_int_equal(read_all(open_file()), before != cut);
		assert_int_equal(nr_taken, whole);
		assert_int_equal(taken_bytes, before - 16);
		assert_memory_equal(taken, bytes + 16, taken_bytes);
	}
}

static void a_damaged_length_ends_the_stream(void **state)
{
	static const uint16_t bad[] = { 0, 8, 15, 17, 25, 0xffff };
	struct s2_ev_tick tick = new_tick(0, 1);

	(void)state;
	put_header(S2_RECORDING_VERSION, 16);
	put_event(&tick.h);
	for (size_t i = 0; i < NR(bad); i++) {
		nr_bytes = 16 + sizeof(tick);
		put_events(put_event, 20);
		memcpy(bytes + 16 + sizeof(tick) + 2, &bad[i], 2);
		write_bytes(nr_bytes);
		nr_taken = taken_bytes = 0;
		assert_true(read_all(open_file()));
		assert_int_equal(nr_taken, 1);
	}
}

static void assert_refused(int ret, const char *why)
{
	struct source *src = NULL;

	memset(&err, 0, sizeof(err));
	assert_int_equal(source__open_file(&src, path, &err), ret);
	assert_null(src);
	assert_non_null(strstr(err.what, why));
	assert_non_null(strstr(err.what, path));
	assert_string_not_equal(err.remedy, "");
}

static void what_is_no_recording_is_refused(void **state)
{
	(void)state;
	put_header(S2_RECORDING_VERSION, 16);
	for (size_t len = 0; len < 16; len++) {
		write_bytes(len);
		assert_refused(-EINVAL, "is not an s2trace recording");
	}
	for (size_t i = 0; i < 8; i++) {
		bytes[i] ^= 1;
		write_bytes(16);
		assert_refused(-EINVAL, "is not an s2trace recording");
		bytes[i] ^= 1;
	}
	write_bytes(16);
	assert_false(read_all(open_file()));
	assert_int_equal(nr_taken, 0);
}

static void other_versions_are_refused(void **state)
{
	(void)state;
	put_header(S2_RECORDING_VERSION + 1, 16);
	write_bytes(16);
	assert_refused(-ENOTSUP, "has version 3 of the format, this s2trace reads version 2");
	begin(NULL);
	put_header(0, 16);
	write_bytes(16);
	assert_refused(-ENOTSUP, "version 0");
}

static void a_longer_header_is_skipped(void **state)
{
	static const char zeros[8192];
	struct s2_ev_tick tick = new_tick(0, 1);

	(void)state;
	put_header(S2_RECORDING_VERSION, 16 + 4096);
	put(zeros, 4096);
	put_event(&tick.h);
	write_bytes(nr_bytes);
	assert_false(read_all(open_file()));
	assert_int_equal(nr_taken, 1);
	write_bytes(16 + 4095);
	assert_refused(-EINVAL, "is not an s2trace recording");
	/* Shorter than one can be, or longer than one would be. */
	begin(NULL);
	put_header(S2_RECORDING_VERSION, 15);
	put(zeros, sizeof(zeros));
	write_bytes(nr_bytes);
	assert_refused(-EINVAL, "is not an s2trace recording");
	begin(NULL);
	put_header(S2_RECORDING_VERSION, 16 + 4097);
	put(zeros, sizeof(zeros));
	write_bytes(nr_bytes);
	assert_refused(-EINVAL, "is not an s2trace recording");
}

static void what_cannot_be_read_is_refused(void **state)
{
	char file[64];

	(void)state;
	memcpy(file, path, sizeof(file));
	snprintf(path, sizeof(path), "%s/none", dir);
	assert_refused(-ENOENT, "No such file or directory");
	snprintf(path, sizeof(path), "%s", dir);
	assert_refused(-EISDIR, "Is a directory");
	memcpy(path, file, sizeof(path));
}

static void what_cannot_be_written_is_refused(void **state)
{
	char deep[80];

	(void)state;
	snprintf(deep, sizeof(deep), "%s/none/a.s2t", dir);
	assert_int_equal(recorder__open(&recorder, deep, &err), -ENOENT);
	assert_non_null(strstr(err.what, deep));
	assert_string_not_equal(err.remedy, "");
}

static void a_full_disk_ends_a_recording(void **state)
{
	(void)state;
	if (access("/dev/full", W_OK))
		skip();
	assert_int_equal(recorder__open(&recorder, "/dev/full", &err), 0);
	put_events(record, 300);
	assert_int_equal(recorder__flush(recorder), -ENOSPC);
	assert_true(recorder__events(recorder) < 1200);
	put_events(record, 300);
	assert_int_equal(recorder__flush(recorder), -ENOSPC);
	assert_int_equal(recorder__bytes(recorder), 0);
	assert_int_equal(recorder__close(recorder), -ENOSPC);
}

/* Writes what is in `bytes` to a pipe on standard input, in small pieces. */
static pid_t feed(size_t piece)
{
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		for (size_t at = 0; at < nr_bytes; at += piece)
			if (write(fds[1], bytes + at,
				  nr_bytes - at < piece ? nr_bytes - at : piece) < 0)
				_exit(1);
		_exit(0);
	}
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	close(fds[1]);
	return pid;
}

static void a_pipe_may_come_in_pieces(void **state)
{
	static const size_t pieces[] = { 1, 7, 1000, 65536 };
	struct source *src;
	int status;

	(void)state;
	put_header(S2_RECORDING_VERSION, 16);
	put_events(put_event, 5);
	for (size_t i = 0; i < NR(pieces); i++) {
		pid_t pid = feed(pieces[i]);

		nr_taken = taken_bytes = 0;
		assert_int_equal(source__open_file(&src, "-", &err), 0);
		assert_false(read_all(src));
		assert_int_equal(nr_taken, 20);
		assert_memory_equal(taken, bytes + 16, nr_bytes - 16);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

/* The other end of a pipe may be slow: an interval is shown when it has come. */
static void an_interval_does_not_wait_for_the_next(void **state)
{
	struct s2_ev_tick tick = new_tick(0, 1);
	struct source *src;
	int fds[2];

	(void)state;
	put_header(S2_RECORDING_VERSION, 16);
	put_event(&tick.h);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], bytes, nr_bytes), nr_bytes);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	assert_int_equal(source__open_file(&src, "-", &err), 0);
	alarm(10);
	assert_int_equal(source__read(src, &sink), 1);
	alarm(0);
	close(fds[1]);
	assert_int_equal(source__read(src, &sink), -ENODATA);
	assert_false(source__incomplete(src));
	source__close(src);
}

static void standard_output_can_be_recorded_to(void **state)
{
	struct s2_ev_tick tick = new_tick(0, 1);
	int out = dup(STDOUT_FILENO), fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	(void)state;
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	assert_int_equal(recorder__open(&recorder, "-", &err), 0);
	recorder__take(recorder, &tick.h);
	assert_int_equal(recorder__close(recorder), 0);
	dup2(out, STDOUT_FILENO); /* it was not closed, either */
	close(out);
	assert_false(read_all(open_file()));
	assert_int_equal(nr_taken, 1);
}

#define T(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_goes_in_comes_out),
		T(what_was_flushed_can_be_read_at_once),
		T(reading_stops_at_ticks),
		T(what_is_unknown_is_skipped),
		T(a_cut_leaves_what_is_before),
		T(a_damaged_length_ends_the_stream),
		T(what_is_no_recording_is_refused),
		T(other_versions_are_refused),
		T(a_longer_header_is_skipped),
		T(what_cannot_be_read_is_refused),
		T(what_cannot_be_written_is_refused),
		T(a_full_disk_ends_a_recording),
		T(a_pipe_may_come_in_pieces),
		T(an_interval_does_not_wait_for_the_next),
		T(standard_output_can_be_recorded_to),
	};

	log__set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
