// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast user space takes events in and writes them out again, on one core:
 * what `trace`, `record` and every later source stand on. Prints a table.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/model.h"
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
	model__free(b.m);
	fclose(null);
	return 0;
}
