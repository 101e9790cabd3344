// SPDX-License-Identifier: GPL-2.0-only
/* Several BPF ring buffers read as one stream: order, what must wait, and when space is free. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "oom.h"
#include "source/rings.h"

#define NR_RINGS  3
#define RING_SIZE 4096
#define SETTLE	  1000000ULL /* records as recent as this wait */
#define BUSY	  (1U << 31)
#define DISCARD	  (1U << 30)

/* A ring as the kernel fills it. */
struct fake {
	uint64_t producer, consumer;
	_Alignas(8) char data[2 * RING_SIZE];
};

static struct fake fake[NR_RINGS];
static struct rings *rings;

#define MAX_TAKEN 4096

static struct taken {
	uint64_t ts_ns;
	uint32_t vm;
	size_t ring;
} taken[MAX_TAKEN];
static size_t nr_taken;
static void (*on_taken)(void);

static void take(void *ctx, const struct s2_event *record, const struct event_sink *sink)
{
	(void)sink;
	assert_true(nr_taken < MAX_TAKEN);
	taken[nr_taken++] =
		(struct taken){ record->ts_ns, record->vm, (size_t)((struct fake *)ctx - fake) };
	if (on_taken)
		on_taken();
}

/* Both halves of the data show the same memory. */
static void store(struct fake *f, uint64_t pos, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		size_t at = (pos + i) % RING_SIZE;

		f->data[at] = f->data[at + RING_SIZE] = ((const char *)bytes)[i];
	}
}

#define FULL UINT64_MAX

static uint64_t space(uint32_t len)
{
	return (len + 8 + 7) & ~7ULL;
}

/* Returns the position of the record, or FULL. */
static uint64_t reserve(struct fake *f, uint32_t len)
{
	const uint32_t header[2] = { len | BUSY, 0 };
	uint64_t pos = f->producer;

	if (pos + space(len) - f->consumer > RING_SIZE)
		return FULL;
	store(f, pos, header, sizeof(header));
	f->producer += space(len);
	return pos;
}

static void commit(struct fake *f, uint64_t pos, uint32_t len, uint64_t ts_ns, uint32_t vm)
{
	const struct s2_event ev = { .len = len, .vm = vm, .ts_ns = ts_ns };

	store(f, pos + 8, &ev, sizeof(ev));
	store(f, pos, &len, sizeof(len));
}

static void discard(struct fake *f, uint64_t pos, uint32_t len)
{
	len |= DISCARD;
	store(f, pos, &len, sizeof(len));
}

#define LEN 40

static void put(size_t ring, uint64_t ts_ns, uint32_t vm)
{
	uint64_t pos = reserve(&fake[ring], LEN);

	assert_true(pos != FULL);
	commit(&fake[ring], pos, LEN, ts_ns, vm);
}

/* Reads what is older than `until_ns`, as far as that is known. */
static int read_until(uint64_t until_ns)
{
	return rings__read(rings, until_ns + SETTLE, NULL);
}

static void expect_vms(const uint32_t *vms, size_t nr)
{
	assert_int_equal(nr_taken, nr);
	for (size_t i = 0; i < nr; i++)
		assert_int_equal(taken[i].vm, vms[i]);
}

#define EXPECT(...)                                                                                \
	expect_vms((const uint32_t[]){ __VA_ARGS__ }, NR(((const uint32_t[]){ __VA_ARGS__ })))

static int setup(void **state)
{
	(void)state;
	memset(fake, 0, sizeof(fake));
	nr_taken = 0;
	on_taken = NULL;
	rings = rings__new();
	for (size_t i = 0; i < NR_RINGS; i++) {
		const struct ring_memory m = { &fake[i].producer, &fake[i].consumer, fake[i].data,
					       RING_SIZE };
		const struct ring_reader reader = { take, &fake[i] };

		assert_int_equal(rings__add(rings, &m, &reader), 0);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rings__free(rings);
	return 0;
}

static void records_come_in_order_of_time(void **state)
{
	(void)state;
	put(0, 20, 1);
	put(0, 40, 2);
	put(0, 41, 3);
	put(2, 10, 4);
	put(2, 40, 5); /* of one time: the first ring first */
	put(1, 30, 6);
	put(1, 50, 7);
	assert_int_equal(read_until(100), 7);
	EXPECT(4, 1, 6, 2, 5, 3, 7);
	assert_int_equal(read_until(100), 0);
	for (size_t i = 0; i < NR_RINGS; i++)
		assert_int_equal(fake[i].consumer, fake[i].producer);
}

/* Each record is passed to the reader of its own ring. */
static void readers_are_told_apart(void **state)
{
	(void)state;
	put(1, 10, 1);
	put(0, 20, 2);
	put(1, 30, 3);
	read_until(100);
	assert_int_equal(taken[0].ring, 1);
	assert_int_equal(taken[1].ring, 0);
	assert_int_equal(taken[2].ring, 1);
}

/* CPUs that share a ring reserve in one order, and may read the clock in another. */
static void one_ring_is_sorted(void **state)
{
	(void)state;
	put(0, 30, 1);
	put(0, 10, 2);
	put(0, 30, 3);
	put(0, 20, 4);
	put(1, 25, 5);
	read_until(100);
	EXPECT(2, 4, 5, 1, 3);
}

/* Other CPUs may still be about to show older ones. */
static void recent_records_wait(void **state)
{
	(void)state;
	put(0, 10, 1);
	put(0, 30, 2);
	put(1, 20, 3);
	assert_int_equal(read_until(20), 1);
	assert_int_equal(rings__known_ns(rings), 20);
	put(2, 20, 4);
	assert_int_equal(read_until(30), 2);
	assert_int_equal(rings__read(rings, UINT64_MAX, NULL), 1); /* nobody writes any more */
	EXPECT(1, 3, 4, 2);
}

/* Nothing is known of the time of a busy record, but that it began after the last pass. */
static void busy_records_stop_the_pass(void **state)
{
	uint64_t pos;

	(void)state;
	put(0, 10, 1);
	put(1, 15, 2);
	read_until(50);
	EXPECT(1, 2);
	pos = reserve(&fake[1], LEN);
	put(1, 80, 3);
	put(0, 45, 4);
	put(0, 70, 5);
	assert_int_equal(read_until(90), 1);
	assert_int_equal(rings__known_ns(rings), 50);
	EXPECT(1, 2, 4);
	assert_int_equal(read_until(95), 0);
	commit(&fake[1], pos, LEN, 60, 6);
	assert_int_equal(read_until(100), 3);
	assert_int_equal(rings__known_ns(rings), 100);
	EXPECT(1, 2, 4, 6, 5, 3);
}

/* Also when the other ring is next in line. */
static void equal_times_keep_the_order_of_rings(void **state)
{
	(void)state;
	put(2, 30, 1);
	put(2, 40, 2);
	put(0, 40, 3);
	put(1, 40, 4);
	put(0, 40, 5);
	read_until(100);
	EXPECT(1, 3, 5, 4, 2);
}

static void discarded_records_are_skipped(void **state)
{
	uint64_t pos;

	(void)state;
	read_until(40);
	discard(&fake[0], reserve(&fake[0], LEN), LEN);
	put(0, 10, 1);
	discard(&fake[0], reserve(&fake[0], 24), 24);
	pos = reserve(&fake[0], LEN);
	read_until(50);
	EXPECT(1);
	assert_int_equal(fake[0].consumer, pos);
	discard(&fake[0], pos, LEN);
	assert_int_equal(read_until(60), 0);
	assert_int_equal(fake[0].consumer, fake[0].producer);
	assert_int_equal(rings__known_ns(rings), 60);
	discard(&fake[0], reserve(&fake[0], LEN), LEN);
	put(0, 65, 2);
	pos = fake[0].producer;
	put(0, 80, 3);
	read_until(70);
	EXPECT(1, 2);
	assert_int_equal(fake[0].consumer, pos);
}

/* What was handed out first may be behind what waits. */
static void space_is_freed_in_order_of_position(void **state)
{
	(void)state;
	put(0, 10, 1);
	put(0, 60, 2);
	put(0, 20, 3);
	put(0, 70, 4);
	read_until(50);
	EXPECT(1, 3);
	assert_int_equal(fake[0].consumer, space(LEN));
	read_until(65);
	assert_int_equal(fake[0].consumer, 3 * space(LEN));
	read_until(100);
	assert_int_equal(fake[0].consumer, fake[0].producer);
	EXPECT(1, 3, 2, 4);
}

static size_t taken_when_free;

static void try_to_write(void)
{
	if (!taken_when_free && reserve(&fake[0], LEN) != FULL)
		taken_when_free = nr_taken;
}

static void full_rings_get_space_during_a_pass(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < RING_SIZE / space(LEN); n++)
		put(0, n, n);
	assert_true(reserve(&fake[0], LEN) == FULL);
	taken_when_free = 0;
	on_taken = try_to_write;
	assert_int_equal(read_until(RING_SIZE), n);
	assert_in_range(taken_when_free, 1, n / 4);
}

/* Long enough to go round many times, with records of different lengths. */
static void rings_wrap_around(void **state)
{
	uint64_t ts = 0;

	(void)state;
	for (int round = 0; round < 100; round++) {
		nr_taken = 0;
		for (int i = 0; i < 30; i++, ts++) {
			uint32_t len = 24 + 8 * (ts % 11);

			commit(&fake[ts % 2], reserve(&fake[ts % 2], len), len, ts, ts);
		}
		assert_int_equal(read_until(ts), 30);
		for (size_t i = 0; i < nr_taken; i++)
			assert_int_equal(taken[i].ts_ns, ts - 30 + i);
	}
	assert_true(fake[0].producer > 10 * RING_SIZE);
}

/*
 * Programs that are interrupted anywhere, and a reader that looks at any time: no record comes
 * after a newer one, nor after its time was known.
 */
struct writer {
	size_t ring;
	uint64_t pos, ts_ns; /* ts_ns 0: the clock was not read yet */
	bool busy;
};

static void step(struct writer *w, uint64_t now, uint64_t *nr_written)
{
	if (!w->busy) {
		w->pos = reserve(&fake[w->ring], LEN);
		w->busy = w->pos != FULL;
		w->ts_ns = 0;
	} else if (!w->ts_ns) {
		w->ts_ns = now;
	} else {
		commit(&fake[w->ring], w->pos, LEN, w->ts_ns, 1);
		w->busy = false;
		++*nr_written;
	}
}

static void order_holds_for_any_interleaving(void **state)
{
	struct writer writers[8] = {};
	uint64_t now, known = 0, last = 0, nr_written = 0, nr_read = 0;

	(void)state;
	srand(1);
	for (size_t i = 0; i < NR(writers); i++)
		writers[i].ring = i % NR_RINGS;
	for (now = 1; now < 200000; now++) {
		step(&writers[rand() % NR(writers)], now, &nr_written);
		if (rand() % 50)
			continue;
		nr_taken = 0;
		nr_read += read_until(now);
		for (size_t i = 0; i < nr_taken; i++) {
			assert_true(taken[i].ts_ns >= last && taken[i].ts_ns >= known);
			last = taken[i].ts_ns;
		}
		known = rings__known_ns(rings);
		assert_true(!last || last < known);
	}
	nr_taken = 0;
	nr_read += rings__read(rings, UINT64_MAX, NULL);
	assert_true(nr_written > 40000);
	assert_in_range(nr_written - nr_read, 0, NR(writers) * RING_SIZE / space(LEN));
}

static void memory_may_run_out(void **state)
{
	uint32_t n = 0;
	int ret;

	(void)state;
	for (n = 0; n < 40; n++)
		put(n % NR_RINGS, n, n);
	for (size_t after = 0;; after++) {
		oom__fail_after(after);
		ret = read_until(100);
		if (!oom__stop())
			break;
		assert_int_equal(ret, -ENOMEM);
	}
	assert_int_equal(nr_taken, n);
	for (size_t i = 0; i < nr_taken; i++)
		assert_int_equal(taken[i].vm, i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_come_in_order_of_time, setup, teardown),
		cmocka_unit_test_setup_teardown(equal_times_keep_the_order_of_rings, setup,
						teardown),
		cmocka_unit_test_setup_teardown(readers_are_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(one_ring_is_sorted, setup, teardown),
		cmocka_unit_test_setup_teardown(recent_records_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(busy_records_stop_the_pass, setup, teardown),
		cmocka_unit_test_setup_teardown(discarded_records_are_skipped, setup, teardown),
		cmocka_unit_test_setup_teardown(space_is_freed_in_order_of_position, setup,
						teardown),
		cmocka_unit_test_setup_teardown(full_rings_get_space_during_a_pass, setup,
						teardown),
		cmocka_unit_test_setup_teardown(rings_wrap_around, setup, teardown),
		cmocka_unit_test_setup_teardown(order_holds_for_any_interleaving, setup, teardown),
		cmocka_unit_test_setup_teardown(memory_may_run_out, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
