/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF ring buffers of one object, sharded by CPU: its map `rings` has an element for each
 * CPU, so that CPUs neither wait for one lock nor share its line of a cache.
 */
#ifndef S2TRACE_SOURCE_RINGBUF_H
#define S2TRACE_SOURCE_RINGBUF_H

#include <stdint.h>

#include "source/rings.h"

struct bpf_map;

#define RINGBUF_MAX_SHARDS 16 /* more CPUs share them */

struct ringbuf {
	uint32_t nr_cpus, nr_shards;
	size_t page;
	struct ringbuf_shard {
		int fd;
		struct ring_memory memory;
	} shard[RINGBUF_MAX_SHARDS];
};

/*
 * Creates the shards, of `bytes` together or a little more, and sizes the map for them. Before the
 * object is loaded. 0 or -errno.
 */
int ringbuf__create(struct ringbuf *rb, struct bpf_map *map, uint32_t nr_cpus, uint32_t bytes);
/* Stores the shards in the map, which is loaded now, and maps their memory. 0 or -errno. */
int ringbuf__map(struct ringbuf *rb, const struct bpf_map *map);
/* Frees all resources. Accepts one that is zeroed. */
void ringbuf__destroy(struct ringbuf *rb);

#endif /* S2TRACE_SOURCE_RINGBUF_H */
