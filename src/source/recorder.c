// SPDX-License-Identifier: GPL-2.0-only
#include "source/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <s2trace/recording.h>

#define BUFFER_BYTES (256U << 10)

struct recorder {
	int fd;
	int error; /* the first one; nothing is written after it */
	uint64_t events, bytes;
	size_t used;
	char buffer[BUFFER_BYTES];
};

static int write_all(struct recorder *r)
{
	size_t done = 0;
	ssize_t n;

	while (done < r->used && !r->error) {
		n = write(r->fd, r->buffer + done, r->used - done);
		if (n >= 0)
			done += n;
		else if (errno != EINTR)
			r->error = -errno;
	}
	r->bytes += done;
	r->used = 0;
	return r->error;
}

static void put(struct recorder *r, const void *data, size_t len)
{
	if (r->used + len > sizeof(r->buffer))
		write_all(r);
	if (r->error)
		return;
	memcpy(r->buffer + r->used, data, len);
	r->used += len;
}

int recorder__open(struct recorder **out, const char *path, struct error *err)
{
	struct s2_recording_header header = { .version = S2_RECORDING_VERSION,
					      .len = sizeof(header) };
	struct recorder *r = calloc(1, sizeof(*r));

	if (!r)
		return error__set(err, -ENOMEM, "out of memory");
	r->fd = strcmp(path, "-") ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
				  : dup(STDOUT_FILENO);
	if (r->fd < 0) {
		int ret = -errno;

		free(r);
		error__remedy(err, 0, "give -o a file in a directory that can be written to");
		return error__set(err, ret, "cannot write '%s': %s", path, strerror(-ret));
	}
	memcpy(header.magic, S2_RECORDING_MAGIC, sizeof(header.magic));
	put(r, &header, sizeof(header));
	*out = r;
	return 0;
}

void recorder__take(struct recorder *r, const struct s2_event *ev)
{
	put(r, ev, ev->len);
	if (!r->error)
		r->events++;
}

int recorder__flush(struct recorder *r)
{
	return r->error ? r->error : write_all(r);
}

uint64_t recorder__events(const struct recorder *r)
{
	return r->events;
}

uint64_t recorder__bytes(const struct recorder *r)
{
	return r->bytes + r->used;
}

int recorder__close(struct recorder *r)
{
	int ret;

	if (!r)
		return 0;
	ret = recorder__flush(r);
	if (close(r->fd) && !ret)
		ret = -errno;
	free(r);
	return ret;
}
