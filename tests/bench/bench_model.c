// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast user space takes events in and writes them out again, on one core: what `trace`,
 * `record` and every later source stand on; and how fast it reads what the kernel has counted.
 * Prints a table.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/model.h"
#include "source/rings.h"
#include "source/totals.h"
#include "view/view.h"

#define NR_EVENTS 4096 /* as many as a ring holds: they do not stay in the first cache */
#define NR_VMS	  64
#define SECONDS	  1.0

static struct s2_ev_decision events[NR_EVENTS];

/* Of this process: what else the machine does is not its fault. */
static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Faults of NR_VMS guests, in runs of 16 as a ring that several CPUs fill has them. */
static void fill_events(void)
{
	for (unsigned int i = 0; i < NR_EVENTS; i++) {
		struct s2_ev_decision *d = &events[i];

		memset(d, 0, sizeof(*d));
		d->h.type = S2_EV_DECISION;
		d->h.len = sizeof(*d);
		d->h.vm = 1 + (i / 16) % NR_VMS;
		d->h.ts_ns = 1000000000ULL + i * 1000;
		d->ipa = d->fault_ipa = 0x400000000000 + i * 0x200000ULL;
		d->hva = 0xffff84000000 + i * 0x200000ULL;
		d->pa = 0x480000000000 + i * 0x200000ULL;
		d->vm_flags = 0x4408; /* PFNMAP, IO, SHARED */
		d->pc = 0xffff800080012340;
		d->duration_ns = 2000 + i;
		d->tgid = 4000 + d->h.vm;
		d->present = S2_BIT(S2_F__MAX) - 1;
		d->flags = S2_BIT(S2_DF_FWB) | S2_BIT(S2_DF_DIC);
		d->slot = 3;
		d->size_shift = d->vma_shift = 21;
		d->prot = 0xf;
	}
}

struct bench {
	struct model *m;
	struct view *view;
};

static void take_in(struct bench *b, const struct s2_ev_decision *d)
{
	model__take(b->m, &d->h);
}

static void write_line(struct bench *b, const struct s2_ev_decision *d)
{
	view__event(b->view, b->m, &d->h);
}

static void do_both(struct bench *b, const struct s2_ev_decision *d)
{
	take_in(b, d);
	write_line(b, d);
}

static void measure(const char *what, struct bench *b,
		    void (*one)(struct bench *, const struct s2_ev_decision *), double goal)
{
	double start = now(), took;
	uint64_t n = 0;

	do {
		for (unsigned int i = 0; i < NR_EVENTS; i++)
			one(b, &events[i]);
		n += NR_EVENTS;
		took = now() - start;
	} while (took < SECONDS);
	printf("%-34s %10.2f M/s %8.1f ns", what, (double)n / took / 1e6, took * 1e9 / (double)n);
	if (goal > 0)
		printf("   goal %4.1f M/s", goal);
	printf("\n");
}

static void measure_view(const char *what, struct bench *b, enum view_format format, FILE *null,
			 void (*one)(struct bench *, const struct s2_ev_decision *), double goal)
{
	b->view = view__new(format, null);
	measure(what, b, one, goal);
	view__free(b->view);
}

/* Each VM has a name, and a device behind the memslot that its faults are in. */
static void introduce(struct model *m, uint32_t id)
{
	struct s2_ev_identity name = { .tgid = 4000 + id };
	struct s2_ev_region slot = {
		.ipa = 0x400000000000,
		.size = NR_EVENTS * 0x200000ULL,
		.hva = 0xffff84000000,
		.vma = { 0xffff84000000, 0xffff84000000 + NR_EVENTS * 0x200000ULL, 0x4408 },
		.device = { .bdf = "0000:01:00.0", .bar = 4 },
		.slot = 3,
		.whole = 1,
	};

	event__init(&name, S2_EV_IDENTITY, sizeof(name), S2_BACKEND_TRACEPOINT, id, 1);
	event__init(&slot, S2_EV_REGION, sizeof(slot), S2_BACKEND_TRACEPOINT, id, 1);
	snprintf(name.name, sizeof(name.name), "gpu%u", id);
	model__take(m, &name.h);
	model__take(m, &slot.h);
}

/* Rings, full of records that 16 CPUs wrote in runs of up to 8. */

#define NR_RINGS  16
#define RING_SIZE (512U << 10)

static struct {
	uint64_t producer, consumer;
	char *data;
} ring[NR_RINGS];
static uint64_t nr_records;

static bool put_record(unsigned int n, uint64_t ts_ns)
{
	const uint32_t header[2] = { sizeof(struct s2_ev_decision), 0 };
	struct s2_ev_decision d = { .h = { .len = sizeof(d), .ts_ns = ts_ns } };
	char *at = ring[n].data + ring[n].producer;

	if (ring[n].producer + sizeof(header) + sizeof(d) > RING_SIZE)
		return false;
	memcpy(at, header, sizeof(header));
	memcpy(at + sizeof(header), &d, sizeof(d));
	ring[n].producer += sizeof(header) + sizeof(d);
	return true;
}

static bool fill_rings(void)
{
	uint64_t ts_ns = 1;
	unsigned int n;

	for (n = 0; n < NR_RINGS; n++) {
		ring[n].data = malloc(RING_SIZE);
		if (!ring[n].data)
			return false;
	}
	srand(1);
	for (n = 0; put_record(n, ts_ns); ts_ns++)
		if (rand() % 5 == 0)
			n = rand() % NR_RINGS;
	return true;
}

static void count_record(void *ctx, const struct s2_event *record, const struct event_sink *sink)
{
	(void)ctx;
	(void)sink;
	nr_records += record->len > 0;
}

static void read_rings(void)
{
	const struct ring_reader reader = { .take = count_record };
	struct rings *rings = rings__new();
	unsigned int n;

	for (n = 0; n < NR_RINGS; n++) {
		struct ring_memory m = { &ring[n].producer, &ring[n].consumer, ring[n].data,
					 RING_SIZE };

		ring[n].consumer = 0;
		rings__add(rings, &m, &reader);
	}
	rings__read(rings, UINT64_MAX, NULL);
	rings__free(rings);
}

static void measure_rings(void)
{
	double start, took;

	if (!fill_rings())
		return;
	start = now();
	do {
		read_rings();
		took = now() - start;
	} while (took < SECONDS);
	printf("%-34s %10.2f M/s %8.1f ns\n", "records of 16 rings, in order",
	       (double)nr_records / took / 1e6, took * 1e9 / (double)nr_records);
	for (unsigned int n = 0; n < NR_RINGS; n++)
		free(ring[n].data);
}

/* Totals of many VMs on a large host. Each VM has run on a few of the CPUs. */

#define BIG_CPUS   144
#define BIG_VMS	   256
#define CPUS_OF_VM 8

static struct s2_agg *big_aggs;
static struct row_totals big_totals[BIG_VMS];

static struct s2_agg *agg_of(unsigned int vm, unsigned int i)
{
	return &big_aggs[vm * BIG_CPUS + (vm * CPUS_OF_VM + i) % BIG_CPUS];
}

static void count_faults(void)
{
	for (unsigned int vm = 0; vm < BIG_VMS; vm++) {
		for (unsigned int i = 0; i < CPUS_OF_VM; i++) {
			agg_of(vm, i)->outcome[S2_OUTCOME_MAPPED]++;
			agg_of(vm, i)->cell[S2_MEMTYPE_NORMAL][S2_LEVEL_PAGE].hist[9]++;
		}
	}
}

static void read_totals(void)
{
	static const struct s2_vm_counts none;

	for (unsigned int vm = 0; vm < BIG_VMS; vm++) {
		const struct totals_input in = {
			.aggs = &big_aggs[vm * BIG_CPUS],
			.nr_cpus = BIG_CPUS,
			.counter_hz = 1000000000,
			.counts = &none,
		};

		totals__update(&big_totals[vm], vm + 1, &in);
	}
}

static void measure_totals(const char *what, bool busy)
{
	double took = 0, start;
	unsigned int n = 0;

	do {
		if (busy || n == 0)
			count_faults();
		start = now();
		read_totals();
		took += now() - start;
		n++;
	} while (took < SECONDS);
	printf("%-34s %10.2f ms   goal  5.0 ms\n", what, took * 1e3 / n);
}

static void measure_big_host(void)
{
	size_t size = (size_t)BIG_CPUS * BIG_VMS * sizeof(*big_aggs);

	big_aggs = aligned_alloc(64, size);
	if (!big_aggs)
		return;
	memset(big_aggs, 0, size);
	measure_totals("totals of 256 VMs, 144 CPUs, busy", true);
	measure_totals("the same, idle", false);
	free(big_aggs);
}

int main(void)
{
	FILE *null = fopen("/dev/null", "w");
	struct bench b = { .m = model__new(NULL) };
	struct s2_ev_host host = { .page_size = 4096, .counter_hz = 1000000000 };

	if (!null || !b.m) {
		perror("bench_model");
		return 2;
	}
	event__init(&host, S2_EV_HOST, sizeof(host), S2_BACKEND_TRACEPOINT, 0, 1);
	model__take(b.m, &host.h);
	for (uint32_t id = 1; id <= NR_VMS; id++)
		introduce(b.m, id);
	fill_events();
	measure("events into the model", &b, take_in, 5);
	measure_view("JSON lines", &b, VIEW_JSON, null, write_line, 1);
	measure_view("text lines", &b, VIEW_TEXT, null, write_line, 0);
	measure_view("events in, JSON lines out", &b, VIEW_JSON, null, do_both, 0);
	measure_rings();
	measure_big_host();
	model__free(b.m);
	fclose(null);
	return 0;
}
