// SPDX-License-Identifier: GPL-2.0-only
#include "source/ringbuf.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* The kernel wants a power of two, and whole pages. */
static uint64_t shard_size(uint32_t bytes, uint32_t nr_shards)
{
	uint64_t size = sysconf(_SC_PAGESIZE);

	while (size * nr_shards < bytes)
		size <<= 1;
	return size;
}

int ringbuf__create(struct ringbuf *rb, struct bpf_map *map, uint32_t nr_cpus, uint32_t bytes)
{
	uint32_t nr = nr_cpus < RINGBUF_MAX_SHARDS ? nr_cpus : RINGBUF_MAX_SHARDS;
	uint64_t size = shard_size(bytes, nr);
	int ret;

	rb->nr_cpus = nr_cpus;
	rb->page = sysconf(_SC_PAGESIZE);
	for (; rb->nr_shards < nr; rb->nr_shards++) {
		struct ringbuf_shard *s = &rb->shard[rb->nr_shards];

		s->fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, size, NULL);
		if (s->fd < 0)
			return -errno;
		s->memory.size = size;
	}
	ret = bpf_map__set_inner_map_fd(map, rb->shard[0].fd);
	return ret ? ret : bpf_map__set_max_entries(map, nr_cpus);
}

/* A page that the reader writes, a page that the kernel writes, and the data, twice. */
static int map_shard(struct ring_memory *m, int fd, size_t page)
{
	void *ours, *theirs;

	ours = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ours == MAP_FAILED)
		return -errno;
	m->consumer = ours;
	theirs = mmap(NULL, page + 2 * m->size, PROT_READ, MAP_SHARED, fd, page);
	if (theirs == MAP_FAILED)
		return -errno;
	m->producer = theirs;
	m->data = (const char *)theirs + page;
	return 0;
}

int ringbuf__map(struct ringbuf *rb, const struct bpf_map *map)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; i < rb->nr_shards && !ret; i++)
		ret = map_shard(&rb->shard[i].memory, rb->shard[i].fd, rb->page);
	for (i = 0; i < rb->nr_cpus && !ret; i++)
		ret = bpf_map_update_elem(bpf_map__fd(map), &i, &rb->shard[i % rb->nr_shards].fd,
					  BPF_ANY)
			      ? -errno
			      : 0;
	return ret;
}

void ringbuf__destroy(struct ringbuf *rb)
{
	while (rb->nr_shards) {
		struct ringbuf_shard *s = &rb->shard[--rb->nr_shards];

		if (s->memory.producer)
			munmap((void *)s->memory.producer, rb->page + 2 * s->memory.size);
		if (s->memory.consumer)
			munmap(s->memory.consumer, rb->page);
		close(s->fd);
	}
}
