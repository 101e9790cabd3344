// SPDX-License-Identifier: GPL-2.0-only
/* Stages, on a host that this test makes up. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <s2trace/event.h>
#include <s2trace/ownvm.h>
#include <s2trace/fault.h>

#include "events.h"
#include "host/host.h"
#include "host/iomem.h"
#include "host/maps.h"
#include "host/vmas.h"
#include "oom.h"
#include "stage/stage.h"

#define PID	   100
#define VM_PFNMAP  0x400ULL
#define VM_MIXED   0x10000000ULL
#define MAX_EVENTS 32

/* As mainline has it, and with Device-nGnRE for Normal-NC. */
#define MAIR		 0x000000040044ffffULL
#define MAIR_NC_TO_NGNRE 0x000044040004ffffULL

/* The host */

static struct {
	const char *name, *uuid; /* of PID; NULL: the process is gone */
	unsigned int asked, refreshed, forgotten, found;
	struct host_map maps[4]; /* of PID, in order */
	size_t nr_maps;
	bool has_vmas;
	uint64_t iomem_end; /* 0: not known */
	uint64_t ram_end;   /* likewise */
} host;

static struct vmas {
	int unused;
} fake_vmas;

void host__vm_identity(uint32_t pid, char *name, size_t name_size, char *uuid, size_t uuid_size)
{
	host.asked++;
	snprintf(name, name_size, "%s", pid == PID && host.name ? host.name : "");
	snprintf(uuid, uuid_size, "%s", pid == PID && host.uuid ? host.uuid : "");
}

struct host_maps *host_maps__new(void)
{
	return malloc(1);
}

void host_maps__free(struct host_maps *hm)
{
	free(hm);
}

bool host_maps__next(struct host_maps *hm, uint32_t pid, uint64_t hva, struct host_map *map)
{
	(void)hm;
	for (size_t i = 0; pid == PID && i < host.nr_maps; i++) {
		if (host.maps[i].end <= hva)
			continue;
		*map = host.maps[i];
		return true;
	}
	return false;
}

bool host_maps__find(struct host_maps *hm, uint32_t pid, uint64_t hva, struct host_map *map)
{
	host.found++;
	return host_maps__next(hm, pid, hva, map) && map->start <= hva;
}

void host_maps__refresh(struct host_maps *hm, uint32_t pid)
{
	(void)hm;
	assert_int_equal(pid, PID);
	host.refreshed++;
}

void host_maps__forget(struct host_maps *hm, uint32_t pid)
{
	(void)hm;
	assert_int_equal(pid, PID);
	host.forgotten++;
}

struct vmas *vmas__open(void)
{
	return host.has_vmas ? &fake_vmas : NULL;
}

void vmas__close(struct vmas *v)
{
	(void)v;
}

/* The VMA of each map has flags of its own. */
bool vmas__find(struct vmas *v, uint32_t pid, uint64_t hva, struct s2_vma *vma)
{
	struct host_map map;

	if (!v || !host_maps__next(NULL, pid, hva, &map))
		return false;
	*vma = (struct s2_vma){ map.start, map.end, VM_PFNMAP, S2_VMA_NORMAL_NC, { 0 } };
	return true;
}

struct iomem *iomem__read(void)
{
	return malloc(1);
}

void iomem__free(struct iomem *io)
{
	free(io);
}

enum tristate iomem__has(const struct iomem *io, uint64_t pa, uint64_t size)
{
	(void)io;
	if (!host.iomem_end)
		return FACT_UNKNOWN;
	return pa + size <= host.iomem_end ? FACT_YES : FACT_NO;
}

enum tristate iomem__is_ram(const struct iomem *io, uint64_t pa)
{
	(void)io;
	if (!host.ram_end)
		return FACT_UNKNOWN;
	return pa < host.ram_end ? FACT_YES : FACT_NO;
}

static void add_map(uint64_t start, uint64_t end, int bar)
{
	struct host_map *map = &host.maps[host.nr_maps++];

	*map = (struct host_map){ start, end, { .bar = bar } };
	if (bar >= 0)
		strcpy(map->device.bdf, "0000:01:00.0");
}

/* What comes out */

union any {
	struct s2_event h;
	struct s2_ev_host host;
	struct s2_ev_decision decision;
	struct s2_ev_memslot memslot;
	struct s2_ev_identity identity;
	struct s2_ev_region region;
	struct s2_ev_totals totals;
	struct s2_ev_mapped mapped;
	struct s2_ev_vm vm;
};

static struct stages *stages;
static union any out[MAX_EVENTS];
static size_t nr_out;

static void collect(void *ctx, const struct s2_event *ev)
{
	assert_ptr_equal(ctx, out);
	assert_true(nr_out < MAX_EVENTS);
	memcpy(&out[nr_out++], ev, ev->len);
}

static const struct event_sink sink = { out, collect };

static int begin(void **state)
{
	(void)state;
	memset(&host, 0, sizeof(host));
	host.has_vmas = true;
	nr_out = 0;
	stages = stages__new(&sink);
	return stages ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	stages__free(stages);
	return 0;
}

/* Events are not the stages' to change: they work on a copy. */
static void take_event(const struct s2_event *ev)
{
	const struct event_sink in = stages__sink(stages);
	union any before;

	memcpy(&before, ev, ev->len);
	nr_out = 0;
	event_sink__take(&in, ev);
	assert_memory_equal(&before, ev, ev->len);
}

#define take(ev) take_event(&(ev).h)

static void assert_out(size_t i, unsigned int type)
{
	assert_true(i < nr_out);
	assert_int_equal(out[i].h.type, type);
}

static void take_host(enum s2_era era, uint32_t page_size)
{
	struct s2_ev_host h = new_host(0, 1);

	h.era = era;
	h.page_size = page_size;
	h.cacheable_pfnmap = FACT_YES;
	h.mair_el1 = MAIR;
	take(h);
	assert_int_equal(nr_out, 1);
	assert_out(0, S2_EV_HOST);
}

static struct s2_ev_vm a_vm(uint32_t object, enum s2_vm_event event, const char *comm)
{
	struct s2_ev_vm vm = new_vm(object, 5);

	vm.event = event;
	vm.tgid = PID;
	snprintf(vm.comm, sizeof(vm.comm), "%s", comm);
	return vm;
}

/* A VM whose name is known already, so that nothing is said of it. */
static void introduce_vm(uint32_t object)
{
	struct s2_ev_vm vm = a_vm(object, S2_VM_FOUND, "");

	host.name = "gpu0";
	take(vm);
	assert_int_equal(nr_out, 2);
}

/* complete */

/* Of a source that does not see why: the host had no page frame. */
static struct s2_ev_decision without_reason(enum s2_backend source)
{
	struct s2_ev_decision d = a_rejection(1, MIB(4));

	d.h.source = source;
	d.reason = S2_REASON_NONE;
	d.present &= ~S2_BIT(S2_F_REASON);
	d.path = S2_PATH_PFN | S2_PATH_BAD_PFN;
	d.ret = -14;
	return d;
}

static void take_totals(uint32_t object, enum s2_backend source)
{
	struct s2_ev_totals t = new_totals(object, 1);

	t.h.source = source;
	t.totals.reason[S2_REASON_BAD_PFN] = 100;
	take(t);
	assert_out(nr_out - 1, S2_EV_TOTALS);
}

static uint64_t bad_pfns(void)
{
	return out[nr_out - 1].totals.totals.reason[S2_REASON_BAD_PFN];
}

static void reasons_are_inferred_and_counted(void **state)
{
	struct s2_ev_decision d = without_reason(S2_BACKEND_FENTRY);
	struct s2_ev_vm retired = a_vm(1, S2_VM_RETIRED, "");

	(void)state;
	take_host(S2_ERA_6_17, 4096);
	introduce_vm(1);
	take_totals(1, S2_BACKEND_FENTRY);
	assert_int_equal(bad_pfns(), 100);
	take(d);
	assert_out(0, S2_EV_DECISION);
	assert_int_equal(out[0].decision.reason, S2_REASON_BAD_PFN);
	assert_true(S2_HAS(out[0].decision.inferred, S2_F_REASON));
	take(d);
	d.h.source = S2_BACKEND_KPROBE;
	take(d);
	d.h.vm = 2;
	take(d);
	/* Each source, and each VM, by itself. */
	take_totals(1, S2_BACKEND_FENTRY);
	assert_int_equal(bad_pfns(), 102);
	assert_int_equal(out[nr_out - 1].totals.totals.reason[S2_REASON_NONE], 0);
	take_totals(1, S2_BACKEND_KPROBE);
	assert_int_equal(bad_pfns(), 101);
	take_totals(1, S2_BACKEND_TRACEPOINT);
	assert_int_equal(bad_pfns(), 100);
	take_totals(2, S2_BACKEND_KPROBE);
	assert_int_equal(bad_pfns(), 101);
	take_totals(3, S2_BACKEND_KPROBE);
	assert_int_equal(bad_pfns(), 100);
	take(retired);
	take_totals(1, S2_BACKEND_FENTRY);
	assert_int_equal(bad_pfns(), 100);
	take_totals(2, S2_BACKEND_KPROBE);
	assert_int_equal(bad_pfns(), 101);
}

static void a_vm_that_ended_still_has_its_reasons(void **state)
{
	struct s2_ev_decision d = without_reason(S2_BACKEND_FENTRY);
	struct s2_ev_vm destroyed = a_vm(1, S2_VM_DESTROYED, "");

	(void)state;
	take_host(S2_ERA_6_17, 4096);
	take(d);
	take(destroyed);
	take_totals(1, S2_BACKEND_FENTRY);
	assert_int_equal(bad_pfns(), 101);
}

static struct s2_ev_host a_host(enum s2_era era, enum tristate cacheable_pfnmap, uint64_t mair)
{
	struct s2_ev_host h = new_host(0, 1);

	h.era = era;
	h.cacheable_pfnmap = cacheable_pfnmap;
	h.era_shown = FACT_UNKNOWN;
	h.mair_el1 = mair;
	h.realtime_ns = 77;
	return h;
}

static struct s2_ev_decision with_attr(unsigned int idx)
{
	struct s2_ev_decision d = a_leaf(9, MIB(4), PAGE_SHIFT, MIB(512));

	d.present = S2_BIT(S2_F_VMA_ATTR) | S2_BIT(S2_F_VMA_FLAGS) | S2_BIT(S2_F_PA) |
		    S2_BIT(S2_F_TYPE);
	d.vm_flags = VM_PFNMAP;
	d.vma_attr = idx;
	d.pa = MIB(512);
	d.memtype = S2_MEMTYPE_NORMAL;
	return d;
}

static unsigned int attr_of_last(void)
{
	const struct s2_ev_decision *d = &out[nr_out - 1].decision;

	assert_int_equal(S2_HAS(d->present, S2_F_VMA_ATTR), d->vma_attr != S2_VMA_UNKNOWN);
	return d->vma_attr;
}

static void attributes_are_decoded_by_mair(void **state)
{
	struct s2_ev_host h = a_host(S2_ERA_7_1, FACT_YES, MAIR_NC_TO_NGNRE);
	struct s2_ev_decision nc = with_attr(2), dma = with_attr(5), device = with_attr(4);
	struct s2_ev_memslot m = a_slot(9, 3, GIB(1), MIB(8), MIB(64));

	(void)state;
	/* Before the host is known, nothing is. */
	take(nc);
	assert_int_equal(attr_of_last(), S2_VMA_UNKNOWN);
	take(h);
	take(nc);
	assert_int_equal(attr_of_last(), S2_VMA_DEVICE_nGnRE);
	take(dma);
	assert_int_equal(attr_of_last(), S2_VMA_NORMAL_NC);
	take(device);
	assert_int_equal(attr_of_last(), S2_VMA_DEVICE_nGnRE);
	m.tgid = PID;
	m.vma_attr = 2;
	take(m);
	assert_int_equal(out[0].memslot.vma_attr, S2_VMA_DEVICE_nGnRE);
	h.mair_el1 = MAIR;
	take(h);
	take(nc);
	assert_int_equal(attr_of_last(), S2_VMA_NORMAL_NC);
	take(m);
	assert_int_equal(out[0].memslot.vma_attr, S2_VMA_NORMAL_NC);
	h.mair_el1 = 0;
	take(h);
	take(nc);
	assert_int_equal(attr_of_last(), S2_VMA_UNKNOWN);
	take(m);
	assert_int_equal(out[0].memslot.vma_attr, S2_VMA_UNKNOWN);
}

/* The host is reported again, before what showed it. */
static void assert_learns(enum s2_era era)
{
	assert_out(0, S2_EV_HOST);
	assert_int_equal(out[0].host.era, era);
	assert_int_equal(out[0].host.era_shown, FACT_YES);
	assert_int_equal(out[0].host.realtime_ns, 77);
	assert_int_equal(out[0].host.mair_el1, MAIR);
}

static void a_decision_shows_the_era(void **state)
{
	struct s2_ev_host h = a_host(S2_ERA_6_9, FACT_NO, MAIR);
	struct s2_ev_decision d = with_attr(0);

	(void)state;
	take(h);
	assert_int_equal(out[0].host.era_shown, FACT_UNKNOWN);
	/* Whether the kernel maps this page is not known. */
	take(d);
	assert_out(0, S2_EV_DECISION);
	host.ram_end = MIB(256);
	take(d);
	assert_learns(S2_ERA_VMA);
	assert_int_equal(out[0].h.ts_ns, d.h.ts_ns);
	assert_out(nr_out - 1, S2_EV_DECISION);
	take(d);
	assert_out(0, S2_EV_DECISION);
	d.access = S2_ACCESS_EXEC;
	take(d);
	assert_learns(S2_ERA_VMA_EXEC);
	d.access = S2_ACCESS_READ;
	take(d);
	assert_out(0, S2_EV_DECISION);
}

static void tables_show_the_era(void **state)
{
	struct s2_ev_host h = a_host(S2_ERA_6_9, FACT_NO, MAIR);
	struct s2_ev_mapped m = a_range(9, 0, MIB(4), MIB(512));

	(void)state;
	host.ram_end = GIB(1);
	take(h);
	take(m);
	assert_out(0, S2_EV_MAPPED);
	host.ram_end = MIB(256);
	take(m);
	assert_learns(S2_ERA_VMA);
	assert_out(1, S2_EV_MAPPED);
}

static void a_certain_era_stays(void **state)
{
	struct s2_ev_host h = a_host(S2_ERA_7_1, FACT_YES, MAIR);
	struct s2_ev_decision d = with_attr(0);

	(void)state;
	host.ram_end = MIB(256);
	take(h);
	assert_int_equal(out[0].host.era_shown, FACT_YES);
	take(d);
	assert_out(0, S2_EV_DECISION);
}

static void what_the_kernel_says_is_not_inferred(void **state)
{
	struct s2_ev_decision d = without_reason(S2_BACKEND_TRACEPOINT);

	(void)state;
	take_host(S2_ERA_6_17, 4096);
	introduce_vm(1);
	take(d);
	assert_int_equal(out[0].decision.reason, S2_REASON_NONE);
	assert_int_equal(out[0].decision.path, d.path);
	/* Nor is a reason counted again that came with the event. */
	d = without_reason(S2_BACKEND_FENTRY);
	d.reason = S2_REASON_BAD_PFN;
	take(d);
	take_totals(1, S2_BACKEND_FENTRY);
	assert_int_equal(bad_pfns(), 100);
	/* And one of no VM is nobody's. */
	d = without_reason(S2_BACKEND_FENTRY);
	d.h.vm = 0;
	take(d);
	assert_int_equal(out[0].decision.reason, S2_REASON_BAD_PFN);
}

/* A cacheable device where FWB is missing: refused since 6.17. */
static void the_era_of_the_host_decides(void **state)
{
	struct s2_ev_memslot m = a_slot(1, 1, MIB(4), MIB(2), MIB(64));

	(void)state;
	introduce_vm(1);
	m.h.source = S2_BACKEND_KPROBE;
	m.ret = -22;
	m.vm_flags = VM_PFNMAP;
	m.vma_start = MIB(64);
	m.vma_end = MIB(66);
	m.vma_attr = S2_VMA_NORMAL;
	m.present = S2_MEMSLOT_FIELDS & ~S2_BIT(S2_F_REASON);
	m.tgid = PID;
	take(m);
	assert_int_equal(out[0].memslot.reason, S2_REASON_NONE);
	take_host(S2_ERA_6_17, 4096);
	take(m);
	assert_out(0, S2_EV_MEMSLOT);
	assert_int_equal(out[0].memslot.reason, S2_REASON_PFNMAP_NEEDS_FWB_DIC);
}

/* identify */

static void a_name_comes_before_the_event_that_made_the_vm_known(void **state)
{
	struct s2_ev_vm vm = a_vm(7, S2_VM_CREATED, "CPU 0/KVM");

	(void)state;
	host.name = "gpu0";
	host.uuid = "6a8d";
	take(vm);
	assert_int_equal(nr_out, 2);
	assert_out(0, S2_EV_IDENTITY);
	assert_int_equal(out[0].h.vm, 7);
	assert_int_equal(out[0].h.ts_ns, 5);
	assert_int_equal(out[0].h.len, sizeof(struct s2_ev_identity));
	assert_int_equal(out[0].h.source, vm.h.source);
	assert_int_equal(out[0].identity.tgid, PID);
	assert_string_equal(out[0].identity.name, "gpu0");
	assert_string_equal(out[0].identity.uuid, "6a8d");
	assert_out(1, S2_EV_VM);
	/* Once for each VM. */
	take(vm);
	assert_int_equal(nr_out, 1);
	assert_int_equal(host.asked, 1);
	host.name = "x"; /* is a name */
	vm.h.vm = 9;
	take(vm);
	assert_string_equal(out[0].identity.name, "x");
	host.name = "gpu0";
	vm.h.vm = 8;
	take(vm);
	assert_int_equal(nr_out, 2);
	/* When it has retired, nothing is kept of it. */
	vm.h.vm = 7;
	vm.event = S2_VM_RETIRED;
	take(vm);
	assert_int_equal(nr_out, 1);
	vm.event = S2_VM_FOUND;
	take(vm);
	assert_int_equal(nr_out, 2);
	vm.h.vm = 8;
	take(vm);
	assert_int_equal(nr_out, 1);
}

static void the_end_of_a_vm_introduces_none(void **state)
{
	struct s2_ev_vm vm = a_vm(7, S2_VM_RETIRED, "qemu");

	(void)state;
	host.name = "gpu0";
	take(vm);
	assert_int_equal(nr_out, 1);
	assert_out(0, S2_EV_VM);
	assert_int_equal(host.asked, 0);
}

static void a_process_that_is_gone_leaves_the_name_of_its_thread(void **state)
{
	struct s2_ev_vm vm = a_vm(7, S2_VM_CREATED, "fifteen letters");

	(void)state;
	take(vm);
	assert_int_equal(nr_out, 2);
	assert_string_equal(out[0].identity.name, "fifteen letters");
	assert_string_equal(out[0].identity.uuid, "");
	take(vm);
	assert_int_equal(nr_out, 1);
}

static void a_vm_without_a_name_is_asked_for_again(void **state)
{
	struct s2_ev_vm vm = a_vm(7, S2_VM_FOUND, "");
	struct s2_ev_unmap unmap = an_unmap(1, 0, 1);
	struct s2_ev_tick tick = new_tick(0, 1);

	(void)state;
	take(vm);
	assert_int_equal(nr_out, 1);
	assert_int_equal(host.asked, 1);
	unmap.h.vm = 7;
	take(unmap); /* names no process of the VM */
	assert_int_equal(host.asked, 1);
	host.name = "late";
	take(vm);
	assert_int_equal(nr_out, 2);
	assert_string_equal(out[0].identity.name, "late");
	take(tick);
	assert_int_equal(nr_out, 1);
	assert_int_equal(host.asked, 2);
}

static void vms_of_an_s2trace_end_there(void **state)
{
	struct s2_ev_vm vm = a_vm(7, S2_VM_CREATED, S2_PROBE_COMM);
	struct s2_ev_decision d = a_leaf(1, 0, PAGE_SHIFT, 0);

	(void)state;
	host.name = "anything";
	take(vm);
	assert_int_equal(nr_out, 0);
	d.h.vm = 7;
	take(d);
	assert_int_equal(nr_out, 0);
	vm.event = S2_VM_DESTROYED;
	take(vm);
	vm.event = S2_VM_RETIRED;
	take(vm);
	assert_int_equal(nr_out, 0);
	/* Found running, its thread is not known, but its process is. */
	vm = a_vm(8, S2_VM_FOUND, "");
	host.name = "s2trace";
	take(vm);
	assert_int_equal(nr_out, 0);
	vm.h.vm = 9;
	host.name = S2_PROBE_COMM;
	take(vm);
	assert_int_equal(nr_out, 0);
	vm.h.vm = 10;
	host.name = "s2tracer";
	take(vm);
	assert_int_equal(nr_out, 2);
	/* The name of a thread counts where the VM was made by it. */
	vm = a_vm(11, S2_VM_FOUND, S2_PROBE_COMM);
	take(vm);
	assert_int_equal(nr_out, 2);
	/* Others are not touched by it. */
	vm = a_vm(12, S2_VM_CREATED, S2_PROBE_COMM);
	take(vm);
	assert_int_equal(nr_out, 0);
	d.h.vm = 10;
	take(d);
	assert_int_equal(nr_out, 1);
}

/* locate */

static void assert_region(size_t i, uint64_t ipa, uint64_t size, uint64_t hva, int bar)
{
	assert_out(i, S2_EV_REGION);
	assert_int_equal(out[i].h.vm, 1);
	assert_int_equal(out[i].region.ipa, ipa);
	assert_int_equal(out[i].region.size, size);
	assert_int_equal(out[i].region.hva, hva);
	assert_int_equal(out[i].region.device.bar, bar);
	assert_int_equal(out[i].region.whole, 0);
}

static void the_vmas_of_a_memslot_are_regions(void **state)
{
	struct s2_ev_memslot m = a_slot(9, 3, GIB(1), MIB(8), MIB(64));

	(void)state;
	take_host(S2_ERA_7_1, 4096);
	introduce_vm(1);
	add_map(MIB(60), MIB(66), -1);
	add_map(MIB(68), MIB(70), 2);
	add_map(MIB(70), MIB(90), 4);
	m.tgid = PID;
	m.flags = 2;
	take(m);
	assert_int_equal(nr_out, 4);
	assert_out(0, S2_EV_MEMSLOT);
	assert_region(1, GIB(1), MIB(2), MIB(64), -1);
	assert_region(2, GIB(1) + MIB(4), MIB(2), MIB(68), 2);
	assert_region(3, GIB(1) + MIB(6), MIB(2), MIB(70), 4);
	for (size_t i = 1; i < 4; i++) {
		assert_int_equal(out[i].h.ts_ns, 9);
		assert_int_equal(out[i].region.slot, 3);
		assert_int_equal(out[i].region.slot_flags, 2);
		assert_int_equal(out[i].region.vma.start, host.maps[i - 1].start);
		assert_int_equal(out[i].region.vma.end, host.maps[i - 1].end);
		assert_int_equal(out[i].region.vma.flags, VM_PFNMAP);
		assert_int_equal(out[i].region.vma.attr, S2_VMA_NORMAL_NC);
	}
	assert_string_equal(out[3].region.device.bdf, "0000:01:00.0");
	assert_int_equal(host.forgotten, 1);
	/* And need not be told again when they are faulted in. */
	{
		struct s2_ev_decision d = a_leaf(9, GIB(1), PAGE_SHIFT, 0);

		d.tgid = PID;
		d.hva = MIB(64);
		d.vm_flags = VM_PFNMAP;
		take(d);
		assert_int_equal(nr_out, 1);
	}
}

static void a_memslot_of_one_vma_needs_no_regions(void **state)
{
	struct s2_ev_memslot m = a_slot(9, 3, GIB(1), MIB(8), MIB(64));

	(void)state;
	introduce_vm(1);
	add_map(MIB(64), MIB(72), 2);
	m.tgid = PID;
	m.vma_start = MIB(64);
	m.vma_end = MIB(72);
	take(m);
	assert_int_equal(nr_out, 1);
	m.vma_start++;
	take(m);
	assert_int_equal(nr_out, 2);
	m.vma_start--;
	m.vma_end--;
	take(m);
	assert_int_equal(nr_out, 2);
}

static void only_memslots_that_came_to_be_have_regions(void **state)
{
	struct s2_ev_memslot m = a_slot(9, 3, GIB(1), MIB(8), MIB(64));

	(void)state;
	introduce_vm(1);
	add_map(MIB(64), MIB(72), 2);
	m.tgid = PID;
	m.ret = -1;
	take(m);
	assert_int_equal(nr_out, 1);
	m.ret = 0;
	for (uint8_t c = 0; c < S2_SLOT__MAX; c++) {
		m.change = c;
		take(m);
		assert_int_equal(nr_out, c == S2_SLOT_CREATE || c == S2_SLOT_MOVE ? 2 : 1);
	}
}

static void the_device_of_a_memslot_is_named(void **state)
{
	struct s2_ev_memslot m = a_slot(9, 3, GIB(1), MIB(8), MIB(64));

	(void)state;
	introduce_vm(1);
	add_map(MIB(64), MIB(68), 2);
	add_map(MIB(68), MIB(72), 4);
	m.tgid = PID;
	m.ret = -22;
	m.device.bar = -7;
	take(m); /* not memory of a driver */
	assert_int_equal(out[0].memslot.device.bar, -1);
	assert_int_equal(host.found, 0);
	m.vm_flags = VM_PFNMAP;
	m.vma_start = MIB(60);
	take(m);
	assert_int_equal(out[0].memslot.device.bar, 2);
	m.vma_start = MIB(68);
	take(m);
	assert_int_equal(out[0].memslot.device.bar, 4);
	m.vm_flags = VM_MIXED;
	take(m);
	assert_int_equal(out[0].memslot.device.bar, 4);
	m.device.bar = 0; /* the source knows it */
	take(m);
	assert_int_equal(out[0].memslot.device.bar, 0);
	host.nr_maps = 0;
	m.device.bar = -7;
	take(m);
	assert_int_equal(out[0].memslot.device.bar, -1);
}

static void memslots_that_a_survey_finds_are_whole(void **state)
{
	struct s2_ev_region slot = a_region(9, 3, GIB(1), MIB(4), MIB(64));

	(void)state;
	introduce_vm(1);
	add_map(MIB(64), MIB(66), -1);
	add_map(MIB(66), MIB(68), 2);
	slot.device.bar = 0;
	slot.vma.attr = 0;
	slot.slot_flags = 1;
	take(slot);
	assert_int_equal(nr_out, 3);
	assert_out(0, S2_EV_REGION);
	assert_int_equal(out[0].region.whole, 1);
	assert_int_equal(out[0].region.device.bar, -1);
	assert_int_equal(out[0].region.vma.attr, S2_VMA_UNKNOWN);
	assert_region(1, GIB(1), MIB(2), MIB(64), -1);
	assert_region(2, GIB(1) + MIB(2), MIB(2), MIB(66), 2);
	assert_int_equal(out[2].region.slot_flags, 1);
	assert_int_equal(host.refreshed, 1);
	slot.hva = 0; /* guest_memfd */
	take(slot);
	assert_int_equal(nr_out, 1);
	slot.hva = MIB(64);
	slot.h.vm = 55; /* whose process is not known */
	take(slot);
	assert_int_equal(nr_out, 1);
	assert_int_equal(host.refreshed, 1);
}

/* Surveys that follow one another closely do not ask /proc again, unless a memslot is new. */
static void what_was_just_told_is_not_asked_for_again(void **state)
{
	struct s2_ev_region slot = a_region(1000, 3, GIB(1), MIB(2), MIB(64));
	struct s2_ev_region other = a_region(1000, 4, GIB(2), MIB(2), MIB(64));

	(void)state;
	introduce_vm(1);
	add_map(MIB(64), MIB(66), -1);
	take(slot);
	assert_int_equal(nr_out, 2);
	take(other); /* of the same survey */
	assert_int_equal(nr_out, 2);
	slot.h.ts_ns += 4999999999;
	take(slot);
	assert_int_equal(nr_out, 1);
	assert_int_equal(out[0].region.whole, 1);
	slot.h.ts_ns++;
	take(slot);
	assert_int_equal(nr_out, 2);
	other = a_region(slot.h.ts_ns + 1, 5, GIB(3), MIB(2), MIB(64));
	take(other);
	assert_int_equal(nr_out, 2);
}

static void without_vmas_their_flags_are_not_known(void **state)
{
	struct s2_ev_region slot = a_region(9, 3, GIB(1), MIB(4), MIB(64));

	(void)state;
	host.has_vmas = false;
	stages__free(stages);
	stages = stages__new(&sink);
	introduce_vm(1);
	add_map(MIB(64), MIB(66), 1);
	take(slot);
	assert_int_equal(nr_out, 2);
	assert_int_equal(out[1].region.vma.end, 0);
	assert_int_equal(out[1].region.vma.attr, S2_VMA_UNKNOWN);
	assert_int_equal(out[1].region.device.bar, 1);
}

static struct s2_ev_decision on_device(uint64_t ipa, uint8_t shift, uint64_t hva)
{
	struct s2_ev_decision d = a_leaf(9, ipa, shift, 0);

	d.tgid = PID;
	d.hva = hva;
	d.vm_flags = VM_PFNMAP;
	d.vma_attr = S2_VMA_DEVICE_nGnRE;
	return d;
}

static void device_memory_is_told_of_before_the_first_decision_on_it(void **state)
{
	struct s2_ev_decision d = on_device(GIB(1) + MIB(4), PMD_SHIFT, MIB(64) + KIB(12));

	(void)state;
	take_host(S2_ERA_7_1, 4096);
	introduce_vm(1);
	add_map(MIB(62), MIB(72), 4);
	take(d);
	assert_int_equal(nr_out, 2);
	assert_region(0, GIB(1) + MIB(2), MIB(10), MIB(62), 4);
	assert_int_equal(out[0].region.slot, S2_NO_SLOT);
	assert_int_equal(out[0].region.vma.flags, VM_PFNMAP);
	assert_int_equal(out[0].region.vma.attr, S2_VMA_DEVICE_nGnRE);
	assert_int_equal(out[0].region.vma.start, MIB(62));
	assert_int_equal(out[0].region.vma.end, MIB(72));
	assert_out(1, S2_EV_DECISION);
	/* Once for all of it. */
	d.ipa = GIB(1) + MIB(2);
	d.hva = MIB(62);
	take(d);
	assert_int_equal(nr_out, 1);
	d.ipa = GIB(1) + MIB(12) - 1;
	take(d);
	assert_int_equal(nr_out, 1);
	assert_int_equal(host.found, 1);
	d.ipa = GIB(1) + MIB(12);
	take(d);
	assert_int_equal(nr_out, 2);
}

static void a_vma_may_begin_below_all_ipas(void **state)
{
	struct s2_ev_decision d = on_device(MIB(2), PMD_SHIFT, MIB(66));

	(void)state;
	introduce_vm(1);
	add_map(MIB(60), MIB(72), 4);
	take(d);
	assert_region(0, 0, MIB(8), MIB(64), 4);
}

static void a_block_may_begin_below_its_vma(void **state)
{
	struct s2_ev_decision d = on_device(GIB(1), PMD_SHIFT, MIB(65) + KIB(4));

	(void)state;
	introduce_vm(1);
	add_map(MIB(65), MIB(72), 4);
	take(d);
	assert_region(0, GIB(1) + MIB(1), MIB(7), MIB(65), 4);
}

static void a_fault_in_a_large_page_lies_where_it_lies(void **state)
{
	struct s2_ev_decision d = on_device(GIB(1) + KIB(12), 0, MIB(64));

	(void)state;
	introduce_vm(1);
	d.hva = MIB(64) + KIB(12); /* of 4K, unless it is known */
	add_map(MIB(64), MIB(72), 4);
	take(d);
	assert_region(0, GIB(1), MIB(8), MIB(64), 4);
	d.ipa = GIB(3) + KIB(12);
	d.hva = MIB(64);
	take_host(S2_ERA_6_17, 65536);
	host.nr_maps = 0;
	add_map(MIB(64), MIB(72), 4);
	take(d);
	assert_region(0, GIB(3), MIB(8), MIB(64), 4);
	take_host(S2_ERA_6_17, 0); /* not known: what it was */
	d.ipa = GIB(2) + KIB(12);
	take(d);
	assert_region(0, GIB(2), MIB(8), MIB(64), 4);
}

static void other_memory_is_not_looked_up(void **state)
{
	struct s2_ev_decision d = on_device(GIB(1), PAGE_SHIFT, MIB(64));

	(void)state;
	introduce_vm(1);
	add_map(MIB(62), MIB(72), 4);
	d.vm_flags = ~(VM_PFNMAP | VM_MIXED);
	take(d);
	assert_int_equal(nr_out, 1);
	d.vm_flags = VM_PFNMAP;
	d.present &= ~S2_BIT(S2_F_VMA_FLAGS);
	take(d);
	assert_int_equal(nr_out, 1);
	d.present |= S2_BIT(S2_F_VMA_FLAGS);
	d.hva = 0;
	take(d);
	assert_int_equal(nr_out, 1);
	assert_int_equal(host.found, 0);
	d.hva = MIB(72);
	take(d);
	assert_int_equal(nr_out, 1);
	assert_int_equal(host.found, 1);
	d.hva = MIB(62);
	d.vm_flags = VM_MIXED;
	take(d);
	assert_int_equal(nr_out, 2);
	d.h.vm = 0;
	take(d);
	assert_int_equal(nr_out, 1);
}

/* A VMM may map other memory at the same address, under a memslot that stays. */
static void memory_that_is_mapped_anew_is_told_of_anew(void **state)
{
	struct s2_ev_decision d = on_device(GIB(1), PAGE_SHIFT, MIB(64));

	(void)state;
	introduce_vm(1);
	add_map(MIB(64), MIB(72), 4);
	take(d);
	assert_int_equal(nr_out, 2);
	assert_int_equal(host.refreshed, 0);
	host.nr_maps = 0;
	add_map(MIB(64), MIB(72), -1);
	d.vm_flags = 0;
	take(d);
	assert_int_equal(nr_out, 2);
	assert_region(0, GIB(1), MIB(8), MIB(64), -1);
	assert_int_equal(host.refreshed, 1);
	take(d);
	assert_int_equal(nr_out, 1);
	d.vm_flags = VM_PFNMAP;
	take(d);
	assert_int_equal(nr_out, 2);
	assert_int_equal(host.refreshed, 2);
}

static void a_new_memslot_forgets_what_was_told(void **state)
{
	struct s2_ev_decision d = on_device(GIB(1), PAGE_SHIFT, MIB(64));
	struct s2_ev_memslot m = a_slot(9, 3, GIB(4), MIB(8), GIB(1));

	(void)state;
	introduce_vm(1);
	add_map(MIB(64), MIB(72), 4);
	take(d);
	take(d);
	assert_int_equal(nr_out, 1);
	m.tgid = PID;
	take(m);
	take(d);
	assert_int_equal(nr_out, 2);
	/* What the memslot's own event tells needs no region. */
	m.ipa = GIB(1);
	m.hva = MIB(64);
	m.vma_start = MIB(64);
	m.vma_end = MIB(72);
	m.vm_flags = VM_PFNMAP;
	take(m);
	take(d);
	assert_int_equal(nr_out, 1);
}

/* The oldest spans are told again where there are very many. */
static void many_spans_are_remembered(void **state)
{
	struct s2_ev_decision d;

	(void)state;
	introduce_vm(1);
	for (uint64_t i = 0; i < 65; i++) {
		host.nr_maps = 0;
		add_map(MIB(64 + i), MIB(65 + i), 4);
		d = on_device(GIB(1 + i), PAGE_SHIFT, MIB(64 + i));
		take(d);
		assert_int_equal(nr_out, 2);
	}
	for (uint64_t i = 1; i < 65; i++) {
		d = on_device(GIB(1 + i), PAGE_SHIFT, MIB(64 + i));
		take(d);
		assert_int_equal(nr_out, 1);
	}
	d = on_device(GIB(1), PAGE_SHIFT, MIB(128));
	take(d);
	assert_int_equal(nr_out, 2);
}

/* What surveys tell again and again takes the place of what they told before. */
static void spans_that_are_told_again_take_no_room(void **state)
{
	struct s2_ev_region slot = a_region(9, 3, GIB(1), MIB(4), MIB(64));
	struct s2_ev_decision d = on_device(GIB(8), PAGE_SHIFT, MIB(68));

	(void)state;
	introduce_vm(1);
	add_map(MIB(64), MIB(66), 1);
	add_map(MIB(66), MIB(68), 2);
	add_map(MIB(68), MIB(70), 3);
	take(slot);
	take(d);
	assert_int_equal(nr_out, 2);
	for (int i = 0; i < 100; i++)
		take(slot);
	take(d);
	assert_int_equal(nr_out, 1);
}

static int in_host(struct s2_ev_mapped m)
{
	take(m);
	assert_int_equal(nr_out, 1);
	assert_out(0, S2_EV_MAPPED);
	return out[0].mapped.in_host;
}

static void memory_is_of_the_host_or_not(void **state)
{
	struct s2_ev_mapped m = a_range(9, GIB(1), MIB(1), MIB(7));

	(void)state;
	introduce_vm(1);
	m.in_host = -1;
	assert_int_equal(in_host(m), FACT_UNKNOWN);
	host.iomem_end = MIB(8);
	assert_int_equal(in_host(m), FACT_YES);
	m.pa++;
	assert_int_equal(in_host(m), FACT_NO);
	m.pa_contiguous = 0; /* the first leaf is all that is known */
	assert_int_equal(in_host(m), FACT_YES);
	m.pa = MIB(8) - KIB(4);
	assert_int_equal(in_host(m), FACT_YES);
	m.pa++;
	assert_int_equal(in_host(m), FACT_NO);
	m.pa = S2_NO_PA;
	m.in_host = 77;
	assert_int_equal(in_host(m), 77);
}

static void memory_of_a_known_device_is_of_the_host(void **state)
{
	struct s2_ev_mapped m = a_range(9, GIB(1), MIB(1), MIB(7));
	struct s2_ev_decision d = on_device(GIB(1), PAGE_SHIFT, MIB(64));

	(void)state;
	introduce_vm(1);
	host.iomem_end = MIB(1);
	assert_int_equal(in_host(m), FACT_NO);
	add_map(MIB(64), MIB(72), 4);
	take(d);
	assert_int_equal(in_host(m), FACT_YES);
	m.nested = 0;
	assert_int_equal(in_host(m), FACT_NO);
	m.own_ipa = GIB(1);
	m.ipa = 0;
	assert_int_equal(in_host(m), FACT_YES);
	/* A driver's memory of no known device: firmware may have told its driver alone of it. */
	host.nr_maps = 0;
	add_map(MIB(64), MIB(72), -1);
	d.ipa = GIB(2);
	take(d);
	m.own_ipa = GIB(2);
	assert_int_equal(in_host(m), FACT_UNKNOWN);
	m.pa = 0;
	assert_int_equal(in_host(m), FACT_YES);
}

/* The source named it, for the VMA of the whole memslot. */
static void memory_of_a_memslots_device_is_of_the_host(void **state)
{
	struct s2_ev_memslot slot = a_slot(1, 1, GIB(1), MIB(2), MIB(64));
	struct s2_ev_mapped m = a_range(9, GIB(1), MIB(1), MIB(7));

	(void)state;
	introduce_vm(1);
	host.iomem_end = MIB(1);
	slot.tgid = PID;
	slot.vm_flags = VM_PFNMAP;
	slot.vma_start = MIB(64);
	slot.vma_end = MIB(66);
	slot.device = (struct s2_device){ .bar = -1 };
	take(slot);
	assert_int_equal(in_host(m), FACT_UNKNOWN);
	slot.device = (struct s2_device){ .bdf = "0000:01:00.0", .bar = 4 };
	take(slot);
	assert_int_equal(in_host(m), FACT_YES);
}

static void a_vm_that_retired_is_forgotten(void **state)
{
	struct s2_ev_vm vm = a_vm(1, S2_VM_DESTROYED, "");
	struct s2_ev_decision d = on_device(GIB(1), PAGE_SHIFT, MIB(64));

	(void)state;
	introduce_vm(1);
	add_map(MIB(64), MIB(72), 4);
	take(d);
	take(vm);
	assert_int_equal(host.forgotten, 0);
	take(d);
	assert_int_equal(nr_out, 1);
	vm.event = S2_VM_RETIRED;
	take(vm);
	assert_int_equal(host.forgotten, 1);
	take(d);
	assert_int_equal(nr_out, 3);
	assert_out(0, S2_EV_IDENTITY);
	assert_out(1, S2_EV_REGION);
	assert_out(2, S2_EV_DECISION);
}

static void what_is_longer_than_any_event_is_dropped(void **state)
{
	static struct {
		struct s2_event h;
		char more[UINT16_MAX + 1];
	} ev;
	const struct event_sink in = stages__sink(stages);

	(void)state;
	ev.h.type = S2_EV_TOTALS;
	ev.h.len = sizeof(struct s2_ev_totals) + 8;
	event_sink__take(&in, &ev.h);
	assert_int_equal(nr_out, 0);
	ev.h.len -= 8;
	event_sink__take(&in, &ev.h);
	assert_int_equal(nr_out, 1);
	stages__free(NULL);
}

/* In any order, and many. */
static void notes_are_kept_for_each_vm(void **state)
{
	struct s2_ev_vm vm;

	(void)state;
	host.name = "gpu0";
	for (uint32_t i = 1; i <= 101; i++) {
		vm = a_vm(i * 37 % 102, S2_VM_CREATED, "");
		if (!vm.h.vm)
			continue;
		take(vm);
		take(vm);
		assert_int_equal(nr_out, 1);
	}
	for (uint32_t i = 1; i <= 101; i += 2) {
		vm = a_vm(i, S2_VM_RETIRED, "");
		take(vm);
	}
	for (uint32_t i = 1; i <= 101; i++) {
		vm = a_vm(i, S2_VM_CREATED, "");
		take(vm);
		assert_int_equal(nr_out, i % 2 ? 2 : 1);
	}
}

/* Whichever allocation fails: events that come are passed on. */
static void memory_may_run_out(void **state)
{
	struct s2_ev_decision d = without_reason(S2_BACKEND_FENTRY);
	struct s2_ev_host h = new_host(0, 1);
	bool failed = true;

	(void)state;
	h.era = S2_ERA_6_17;
	for (size_t n = 0; failed; n++) {
		stages__free(stages);
		oom__fail_after(n);
		stages = stages__new(&sink);
		if (!stages) {
			assert_true(oom__stop());
			assert_int_equal(errno, ENOMEM);
			continue;
		}
		take(h);
		for (uint32_t vm = 1; vm <= 20; vm++) {
			d.h.vm = vm;
			take(d);
			assert_out(nr_out - 1, S2_EV_DECISION);
		}
		failed = oom__stop();
		take_totals(20, S2_BACKEND_FENTRY);
		assert_true(bad_pfns() == 101 || (failed && bad_pfns() == 100));
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(reasons_are_inferred_and_counted),
		T(a_vm_that_ended_still_has_its_reasons),
		T(attributes_are_decoded_by_mair),
		T(a_decision_shows_the_era),
		T(tables_show_the_era),
		T(a_certain_era_stays),
		T(what_the_kernel_says_is_not_inferred),
		T(the_era_of_the_host_decides),
		T(a_name_comes_before_the_event_that_made_the_vm_known),
		T(the_end_of_a_vm_introduces_none),
		T(a_process_that_is_gone_leaves_the_name_of_its_thread),
		T(a_vm_without_a_name_is_asked_for_again),
		T(vms_of_an_s2trace_end_there),
		T(the_vmas_of_a_memslot_are_regions),
		T(a_memslot_of_one_vma_needs_no_regions),
		T(only_memslots_that_came_to_be_have_regions),
		T(the_device_of_a_memslot_is_named),
		T(memslots_that_a_survey_finds_are_whole),
		T(what_was_just_told_is_not_asked_for_again),
		T(without_vmas_their_flags_are_not_known),
		T(device_memory_is_told_of_before_the_first_decision_on_it),
		T(a_vma_may_begin_below_all_ipas),
		T(a_block_may_begin_below_its_vma),
		T(a_fault_in_a_large_page_lies_where_it_lies),
		T(other_memory_is_not_looked_up),
		T(memory_that_is_mapped_anew_is_told_of_anew),
		T(a_new_memslot_forgets_what_was_told),
		T(many_spans_are_remembered),
		T(spans_that_are_told_again_take_no_room),
		T(memory_is_of_the_host_or_not),
		T(memory_of_a_known_device_is_of_the_host),
		T(memory_of_a_memslots_device_is_of_the_host),
		T(a_vm_that_retired_is_forgotten),
		T(what_is_longer_than_any_event_is_dropped),
		T(notes_are_kept_for_each_vm),
		T(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
