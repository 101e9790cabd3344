// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file source: reads a recording, and trusts nothing in it. Unknown or out-of-range events
 * are skipped and counted; damage ends the stream.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <s2trace/recording.h>

#include "source/source.h"

/* Several times the size of the longest event that a header can describe. */
#define BUFFER_BYTES (256U << 10)

struct file_source {
	struct source source;
	int fd;
	char *path;
	uint64_t offset, skipped; /* position of `at` in the file; number of events */
	int error;		  /* errno of the read that ended the stream */
	bool eof, cut, damaged;
	size_t at, filled;
	/* Aligned copy of the current event. */
	__u64 event[(UINT16_MAX + 1) / sizeof(__u64)];
	char buffer[BUFFER_BYTES];
};

/* Reads only what is available: the writer of a pipe may be slow. */
static void refill(struct file_source *f)
{
	ssize_t n;

	memmove(f->buffer, f->buffer + f->at, f->filled - f->at);
	f->filled -= f->at;
	f->at = 0;
	do {
		n = read(f->fd, f->buffer + f->filled, sizeof(f->buffer) - f->filled);
	} while (n < 0 && errno == EINTR);
	f->error = n < 0 ? errno : 0;
	f->eof = n <= 0;
	f->filled += n > 0 ? n : 0;
}

static int check_next(struct file_source *f)
{
	const struct s2_event *ev = (const void *)f->event;
	size_t avail = f->filled - f->at;

	if (avail < sizeof(*ev))
		return -EAGAIN;
	memcpy(f->event, f->buffer + f->at, sizeof(*ev));
	if (ev->len <= avail)
		memcpy(f->event, f->buffer + f->at, ev->len);
	return event__check(ev, avail);
}

/* As event__check(); -ENODATA at the end. The event is in f->event. */
static int next_event(struct file_source *f)
{
	int ret;

	while ((ret = check_next(f)) == -EAGAIN && !f->eof)
		refill(f);
	return ret == -EAGAIN && f->filled == f->at ? -ENODATA : ret;
}

static void advance(struct file_source *f)
{
	const struct s2_event *ev = (const void *)f->event;

	f->at += ev->len;
	f->offset += ev->len;
}

/* Reads up to the end of an interval, so that the caller can keep the pace of the recording. */
static int file_read(struct source *src, const struct event_sink *sink)
{
	struct file_source *f = (struct file_source *)src;
	const struct s2_event *ev = (const void *)f->event;
	int nr = 0, ret;

	if (f->cut || f->damaged)
		return -ENODATA;
	while (!(ret = next_event(f)) || ret == -ENOTSUP) {
		advance(f);
		f->skipped += ret == -ENOTSUP;
		if (ret)
			continue;
		event_sink__take(sink, ev);
		nr++;
		if (ev->type == S2_EV_TICK)
			return nr;
	}
	f->cut = ret == -EAGAIN;
	f->damaged = ret == -EINVAL;
	return nr ? nr : -ENODATA;
}

static bool file_incomplete(const struct source *src)
{
	const struct file_source *f = (const struct file_source *)src;

	if (f->error)
		pr_warn("%s: cannot read beyond byte %" PRIu64 ": %s", f->path, f->offset,
			strerror(f->error));
	if (f->skipped)
		pr_warn("%s: skipped %" PRIu64 " events that are unknown to this version or out "
			"of range",
			f->path, f->skipped);
	if (f->cut && !f->error)
		pr_warn("%s: ends in the middle of an event, at byte %" PRIu64
			": the recording was cut off",
			f->path, f->offset);
	if (f->damaged)
		pr_warn("%s: damaged at byte %" PRIu64 ": the rest is not shown", f->path,
			f->offset);
	return f->skipped || f->cut || f->damaged || f->error;
}

static void file_close(struct source *src)
{
	struct file_source *f = (struct file_source *)src;

	if (f->fd > STDIN_FILENO)
		close(f->fd);
	free(f->path);
	free(f);
}

static const struct source_ops file_ops = {
	.read = file_read,
	.incomplete = file_incomplete,
	.close = file_close,
};

static int cannot_read(struct error *err, const char *path, int error)
{
	error__remedy(err, 0, "give -i a readable file, or - for standard input");
	return error__set(err, -error, "cannot read '%s': %s", path, strerror(error));
}

static int no_recording(struct error *err, const char *path)
{
	error__remedy(err, 0, "give a file written by 's2trace record -o FILE'");
	return error__set(err, -EINVAL, "'%s' is not an s2trace recording", path);
}

static bool read_exactly(struct file_source *f, void *to, size_t len)
{
	while (f->filled - f->at < len && !f->eof)
		refill(f);
	if (f->filled - f->at < len)
		return false;
	memcpy(to, f->buffer + f->at, len);
	f->at += len;
	f->offset += len;
	return true;
}

/* Skips header fields that later versions may append. */
static int read_header(struct file_source *f, struct error *err)
{
	struct s2_recording_header h;
	char rest[4096];

	if (!read_exactly(f, &h, sizeof(h)) ||
	    memcmp(h.magic, S2_RECORDING_MAGIC, sizeof(h.magic)) || h.len < sizeof(h) ||
	    h.len - sizeof(h) > sizeof(rest) || !read_exactly(f, rest, h.len - sizeof(h)))
		return f->error ? cannot_read(err, f->path, f->error) : no_recording(err, f->path);
	if (h.version == S2_RECORDING_VERSION)
		return 0;
	error__remedy(err, 0, "read it with the s2trace that wrote it, or a newer one");
	return error__set(err, -ENOTSUP,
			  "'%s' has version %u of the format, this s2trace reads version %d",
			  f->path, h.version, S2_RECORDING_VERSION);
}

int source__open_file(struct source **out, const char *path, struct error *err)
{
	struct file_source *f = calloc(1, sizeof(*f));
	int ret;

	if (!f)
		return error__set(err, -ENOMEM, "out of memory");
	f->source.ops = &file_ops;
	f->path = strdup(path);
	f->fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (f->fd < 0) {
		ret = cannot_read(err, path, errno);
	} else {
		ret = f->path ? read_header(f, err) : error__set(err, -ENOMEM, "out of memory");
	}
	if (ret) {
		file_close(&f->source);
		return ret;
	}
	*out = &f->source;
	return 0;
}
