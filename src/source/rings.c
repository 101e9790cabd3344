// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which records can be handed out in order of time?
 *
 * A program first reserves its record, which moves the ring's producer position, and then reads
 * the clock (s2_event_init()). A reader that has read the clock at T, and the producer position
 * afterwards, therefore knows of every record that is older than T: at T it had been reserved.
 * One gap remains: the CPU of the program may read its clock while the new position is still on
 * its way to memory. SETTLE_NS is longer than that takes. With it, each pass
 *
 *  1. scans each ring up to its producer position, and sorts the records found by time, in an
 *     index: records of one ring are nearly in order, but not quite when CPUs share it, or when a
 *     program was interrupted between the two steps;
 *  2. hands out records that are older than T - SETTLE_NS, from all rings, oldest first.
 *
 * A record that is reserved but not complete (BUSY) ends the scan of its ring. Its time, and that
 * of the records behind it, is unknown. But all of them were reserved after the last pass that
 * scanned this ring to its end, so the T of that pass still holds for this ring, and the oldest T
 * of all rings is the limit for all of them.
 */
#include "source/rings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

#define SETTLE_NS 1000000ULL

/* The header of a record, in the format of the kernel (include/uapi/linux/bpf.h). */
#define HEADER_SIZE 8
#define BUSY	    (1U << 31)
#define DISCARD	    (1U << 30)

/* Positions are 32 bits wide here: they wrap, but no ring is as large. */
struct entry {
	uint64_t ts_ns;
	uint32_t pos, end;
};

struct ring {
	struct ring_memory memory;
	struct ring_reader reader;
	size_t rank; /* among records of equal time */
	uint64_t known_ns;
	uint64_t scanned;    /* position up to which records are in the index */
	struct entry *index; /* [next, nr): scanned, but not handed out; in order of time */
	size_t next, nr, room;
	/*
	 * The space up to `free` is no longer needed. It reaches to the end of the last record that
	 * was handed out whenever all before it were, too: when the sum of their sizes says so.
	 */
	uint32_t handed_out, last_end, free;
	uint64_t published;
};

struct rings {
	struct ring *ring;
	size_t nr, room;
	uint32_t *heap; /* rings with records to be handed out, the oldest first */
	size_t heap_nr, heap_room;
};

struct rings *rings__new(void)
{
	return calloc(1, sizeof(struct rings));
}

void rings__free(struct rings *rings)
{
	size_t i;

	if (!rings)
		return;
	for (i = 0; i < rings->nr; i++)
		free(rings->ring[i].index);
	free(rings->ring);
	free(rings->heap);
	free(rings);
}

int rings__add(struct rings *rings, const struct ring_memory *memory,
	       const struct ring_reader *reader)
{
	const struct array all = { (void **)&rings->ring, &rings->nr, &rings->room,
				   sizeof(*rings->ring), SIZE_MAX };
	uint64_t from = *memory->consumer;
	size_t heap_nr = rings->nr;
	const struct array heap = { (void **)&rings->heap, &heap_nr, &rings->heap_room,
				    sizeof(*rings->heap), SIZE_MAX };

	if (!array__reserve(&all, 0, 1) || !array__reserve(&heap, 0, 1))
		return -ENOMEM;
	rings->ring[rings->nr] = (struct ring){
		.memory = *memory,
		.reader = *reader,
		.rank = rings->nr,
		.scanned = from,
		.handed_out = from,
		.last_end = from,
		.free = from,
		.published = from,
	};
	rings->nr++;
	return 0;
}

/* Scanning */

static const uint32_t *header_at(const struct ring *r, uint64_t pos)
{
	return (const uint32_t *)(r->memory.data + (pos & (r->memory.size - 1)));
}

static const struct s2_event *record_at(const struct ring *r, uint64_t pos)
{
	return (const struct s2_event *)((const char *)header_at(r, pos) + HEADER_SIZE);
}

static bool make_room(struct ring *r)
{
	const struct array index = { (void **)&r->index, &r->nr, &r->room, sizeof(*r->index),
				     SIZE_MAX };

	return array__reserve(&index, 0, 1);
}

/* Behind all that are not newer: nearly always at the end. */
static void add_to_index(struct ring *r, struct entry e)
{
	size_t at;

	for (at = r->nr++; at > r->next && r->index[at - 1].ts_ns > e.ts_ns; at--)
		r->index[at] = r->index[at - 1];
	r->index[at] = e;
}

static void drop_taken(struct ring *r)
{
	if (!r->next)
		return;
	r->nr -= r->next;
	memmove(r->index, r->index + r->next, r->nr * sizeof(*r->index));
	r->next = 0;
}

static int scan(struct ring *r, uint64_t known_ns)
{
	uint64_t end = __atomic_load_n(r->memory.producer, __ATOMIC_ACQUIRE), pos;
	uint32_t header, space;

	drop_taken(r);
	for (pos = r->scanned; pos < end; pos += space, r->scanned = pos) {
		header = __atomic_load_n(header_at(r, pos), __ATOMIC_ACQUIRE);
		if (header & BUSY)
			return 0;
		space = ((header & ~DISCARD) + HEADER_SIZE + 7) & ~7U;
		if (header & DISCARD) {
			r->handed_out += space;
			continue;
		}
		if (r->nr == r->room && !make_room(r))
			return -ENOMEM;
		add_to_index(r, (struct entry){ record_at(r, pos)->ts_ns, pos, pos + space });
	}
	r->known_ns = known_ns;
	return 0;
}

uint64_t rings__known_ns(const struct rings *rings)
{
	uint64_t known_ns = UINT64_MAX;
	size_t i;

	for (i = 0; i < rings->nr; i++)
		if (rings->ring[i].known_ns < known_ns)
			known_ns = rings->ring[i].known_ns;
	return known_ns;
}

/* Handing out */

/* The kernel reads the position whenever it reserves: do not write it for each record. */
static void publish(struct ring *r, uint32_t at_least)
{
	uint32_t more = r->free - (uint32_t)r->published;

	if (more < at_least)
		return;
	r->published += more;
	__atomic_store_n(r->memory.consumer, r->published, __ATOMIC_RELEASE);
}

static void hand_out(struct ring *r, const struct entry *e, const struct event_sink *sink)
{
	r->reader.take(r->reader.ctx, record_at(r, e->pos), sink);
	r->handed_out += e->end - e->pos;
	if ((int32_t)(e->end - r->last_end) > 0)
		r->last_end = e->end;
	if (r->handed_out != r->last_end)
		return;
	r->free = r->last_end;
	publish(r, r->memory.size / 8);
}

/* With nothing left to hand out, space of discarded records is free as well. */
static void end_pass(struct ring *r)
{
	if (r->next == r->nr)
		r->free = r->last_end = r->handed_out = r->scanned;
	publish(r, 1);
}

static bool has_older(const struct ring *r, uint64_t limit_ns)
{
	return r->next < r->nr && r->index[r->next].ts_ns < limit_ns;
}

static bool comes_before(const struct ring *a, const struct ring *b)
{
	uint64_t x = a->index[a->next].ts_ns, y = b->index[b->next].ts_ns;

	return x != y ? x < y : a->rank < b->rank;
}

static struct ring *in_heap(const struct rings *rings, size_t i)
{
	return &rings->ring[rings->heap[i]];
}

/* The smaller child of a place in the heap; 0 if it has none. */
static size_t smaller_child(const struct rings *rings, size_t i)
{
	size_t child = 2 * i + 1;

	if (child >= rings->heap_nr)
		return 0;
	if (child + 1 < rings->heap_nr &&
	    comes_before(in_heap(rings, child + 1), in_heap(rings, child)))
		child++;
	return child;
}

static void sift_down(struct rings *rings, size_t i)
{
	uint32_t moved = rings->heap[i];
	size_t child;

	while ((child = smaller_child(rings, i)) &&
	       comes_before(in_heap(rings, child), &rings->ring[moved])) {
		rings->heap[i] = rings->heap[child];
		i = child;
		rings->heap[i] = moved;
	}
}

static void fill_heap(struct rings *rings, uint64_t limit_ns)
{
	size_t i;

	rings->heap_nr = 0;
	for (i = 0; i < rings->nr; i++)
		if (has_older(&rings->ring[i], limit_ns))
			rings->heap[rings->heap_nr++] = i;
	for (i = rings->heap_nr / 2; i > 0; i--)
		sift_down(rings, i - 1);
}

/* Until when the first ring of the heap comes before all others. */
static uint64_t end_of_run(const struct rings *rings, uint64_t limit_ns)
{
	size_t child = smaller_child(rings, 0);
	const struct ring *other = child ? in_heap(rings, child) : NULL;
	uint64_t end_ns;

	if (!other)
		return limit_ns;
	end_ns = other->index[other->next].ts_ns + (in_heap(rings, 0)->rank < other->rank);
	return end_ns < limit_ns ? end_ns : limit_ns;
}

static size_t take_run(struct rings *rings, uint64_t limit_ns, const struct event_sink *sink)
{
	struct ring *r = in_heap(rings, 0);
	uint64_t end_ns = end_of_run(rings, limit_ns);
	const struct entry *first = &r->index[r->next], *last = &r->index[r->nr], *e = first;

	do
		hand_out(r, e++, sink);
	while (e < last && e->ts_ns < end_ns);
	r->next += e - first;
	if (!has_older(r, limit_ns))
		rings->heap[0] = rings->heap[--rings->heap_nr];
	if (rings->heap_nr)
		sift_down(rings, 0);
	return e - first;
}

int rings__read(struct rings *rings, uint64_t now_ns, const struct event_sink *sink)
{
	uint64_t limit_ns = now_ns > SETTLE_NS ? now_ns - SETTLE_NS : 0;
	size_t n = 0, i;
	int ret = 0;

	for (i = 0; i < rings->nr && !ret; i++)
		ret = scan(&rings->ring[i], limit_ns);
	if (ret)
		return ret;
	limit_ns = rings__known_ns(rings);
	fill_heap(rings, limit_ns);
	while (rings->heap_nr)
		n += take_run(rings, limit_ns, sink);
	for (i = 0; i < rings->nr; i++)
		end_pass(&rings->ring[i]);
	return n;
}
