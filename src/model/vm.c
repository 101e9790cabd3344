// SPDX-License-Identifier: GPL-2.0-only
#include "model/vm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/vmflags.h"

struct vm *vm__new(uint32_t id, uint32_t object, const struct space_opts *opts)
{
	struct vm *vm = calloc(1, sizeof(*vm));

	if (!vm)
		return NULL;
	vm->id = id;
	vm->object = object;
	vm->alive = true;
	vm->totals_source = S2_BACKEND__MAX;
	space__init(&vm->space, opts);
	return vm;
}

void vm__free(struct vm *vm)
{
	if (!vm)
		return;
	space__free(&vm->space);
	free(vm->recent.ev);
	free(vm->rejected.ev);
	free(vm);
}

/* Copies the events; the rest was copied by the caller. */
static int events__clone(struct vm_events *to, const struct vm_events *from)
{
	if (!from->room)
		return 0;
	to->ev = malloc(from->room * sizeof(*to->ev));
	if (!to->ev)
		return -ENOMEM;
	memcpy(to->ev, from->ev, from->room * sizeof(*to->ev));
	return 0;
}

struct vm *vm__clone(const struct vm *vm)
{
	struct vm *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *vm;
	copy->recent.ev = copy->rejected.ev = NULL;
	if (!space__clone(&copy->space, &vm->space) && !events__clone(&copy->recent, &vm->recent) &&
	    !events__clone(&copy->rejected, &vm->rejected))
		return copy;
	vm__free(copy);
	return NULL;
}

/* Allocates on demand: a VM without events needs no memory. */
static int events__grow(struct vm_events *evs)
{
	size_t room = evs->room ? 2 * evs->room : 4;
	struct vm_event *ev;

	if (evs->n < evs->room || evs->room == MODEL_RECENT)
		return 0;
	ev = realloc(evs->ev, room * sizeof(*ev));
	if (!ev)
		return -ENOMEM;
	memset(ev + evs->room, 0, (room - evs->room) * sizeof(*ev));
	evs->ev = ev;
	evs->room = room;
	return 0;
}

static int events__add(struct vm_events *evs, const struct s2_event *h,
		       const struct s2_device *device)
{
	static const struct s2_device none = { .bar = -1 };
	struct vm_event *ev;

	if (events__grow(evs))
		return -ENOMEM;
	ev = &evs->ev[evs->n++ % evs->room];
	memcpy(ev, h, event__size(h->type));
	ev->device = device ? *device : none;
	return 0;
}

size_t vm_events__count(const struct vm_events *evs)
{
	return evs->n < evs->room ? evs->n : evs->room;
}

const struct vm_event *vm_events__at(const struct vm_events *evs, size_t i)
{
	return i < vm_events__count(evs) ? &evs->ev[(evs->n - 1 - i) % evs->room] : NULL;
}

enum s2_reason vm__last_reason(const struct vm *vm)
{
	const struct vm_event *ev = vm_events__at(&vm->rejected, 0);

	return ev ? event__reason(&ev->h) : S2_REASON_NONE;
}

/* Only PFN mappings can belong to a device. */
static bool may_be_device(const struct s2_ev_decision *d)
{
	return !S2_HAS(d->present, S2_F_VMA_FLAGS) || (d->vm_flags & VMFLAGS_PFN);
}

const struct s2_device *vm__device_of(const struct vm *vm, const struct s2_event *ev)
{
	const struct s2_ev_decision *d = (const void *)ev;
	const struct s2_ev_memslot *m = (const void *)ev;
	const struct region *r = NULL;

	if (ev->type == S2_EV_MEMSLOT && s2_device_known(&m->device))
		return &m->device;
	if (ev->type == S2_EV_MEMSLOT && m->ret >= 0)
		r = space__region(&vm->space, m->ipa);
	else if (ev->type == S2_EV_DECISION && may_be_device(d))
		r = space__region(&vm->space, d->ipa);
	return r && s2_device_known(&r->device) ? &r->device : NULL;
}

enum s2_level level__of(uint64_t leaf_size, uint32_t page_size)
{
	uint64_t page = page_size ? page_size : 4096, pmd = page * page / 8;

	if (leaf_size >= pmd * (page / 8))
		return S2_LEVEL_PUD;
	return leaf_size >= pmd ? S2_LEVEL_PMD : S2_LEVEL_PAGE;
}

static unsigned int hist__bucket(uint64_t ns, uint64_t hz)
{
	uint64_t ticks = (unsigned __int128)ns * hz / 1000000000;
	unsigned int b = ticks ? 63 - (unsigned int)__builtin_clzll(ticks) : 0;

	return b < S2_HIST_BUCKETS ? b : S2_HIST_BUCKETS - 1;
}

static void count__reason(struct s2_totals *t, unsigned int reason)
{
	if (reason != S2_REASON_NONE && reason < S2_REASON__MAX)
		t->reason[reason]++;
}

static void count__decision(struct s2_totals *t, const struct s2_ev_decision *d,
			    const struct s2_ev_host *host)
{
	bool mapped = d->outcome == S2_OUTCOME_MAPPED;
	uint64_t size = d->size_shift ? 1ULL << d->size_shift : 0;
	struct s2_cell_total *cell;

	if (d->access >= S2_ACCESS__MAX || d->outcome >= S2_OUTCOME__MAX ||
	    d->memtype >= S2_CELL_ROWS)
		return;
	cell = &t->cell[mapped ? d->memtype : S2_CELL_OTHER][level__of(size, host->page_size)];
	cell->n[d->access]++;
	cell->ns += d->duration_ns;
	cell->hist[hist__bucket(d->duration_ns, host->counter_hz)]++;
	t->outcome[d->outcome]++;
	count__reason(t, d->reason);
}

static void count__memslot(struct s2_totals *t, const struct s2_ev_memslot *m)
{
	if (m->ret >= 0) {
		t->slots_accepted++;
		return;
	}
	t->slots_rejected++;
	count__reason(t, m->reason);
}

static void count__unmap(struct s2_totals *t, const struct s2_ev_unmap *u)
{
	if (u->cause >= S2_UNMAP__MAX)
		return;
	t->unmap_n[u->cause]++;
	t->unmap_bytes[u->cause] += u->size;
}

static void count__protect(struct s2_totals *t, const struct s2_ev_protect *p)
{
	if (p->op >= S2_PROTECT__MAX)
		return;
	t->protect_n[p->op]++;
	t->protect_bytes[p->op] += p->size;
}

static void count__cmo(struct s2_totals *t, const struct s2_ev_cmo *c)
{
	if (c->op >= S2_CMO__MAX || c->done == S2_CMO_UNKNOWN)
		return;
	t->cmo_n[c->op][!!c->done]++;
	t->cmo_bytes[c->op][!!c->done] += c->size;
}

static bool is_counted(const struct s2_event *ev)
{
	return ev->type == S2_EV_DECISION || ev->type == S2_EV_MEMSLOT || ev->type == S2_EV_UNMAP ||
	       ev->type == S2_EV_PROTECT || ev->type == S2_EV_CMO;
}

/*
 * Counts events until the stream has totals. If several backends report the same events,
 * only one of them counts.
 */
static void vm__count(struct vm *vm, const struct s2_event *ev, const struct s2_ev_host *host)
{
	const void *p = ev;

	if (vm->counted || !is_counted(ev))
		return;
	if (vm->totals_source == S2_BACKEND__MAX)
		vm->totals_source = ev->source;
	if (vm->totals_source != ev->source)
		return;
	switch (ev->type) {
	case S2_EV_DECISION:
		count__decision(&vm->totals, p, host);
		break;
	case S2_EV_MEMSLOT:
		count__memslot(&vm->totals, p);
		break;
	case S2_EV_UNMAP:
		count__unmap(&vm->totals, p);
		break;
	case S2_EV_PROTECT:
		count__protect(&vm->totals, p);
		break;
	case S2_EV_CMO:
		count__cmo(&vm->totals, p);
		break;
	}
}

/* Keeps the totals of the best backend: the one with the lowest number. */
static void vm__set_totals(struct vm *vm, const struct s2_ev_totals *ev)
{
	if (vm->counted && ev->h.source > vm->totals_source)
		return;
	vm->totals_source = ev->h.source;
	vm->counted = true;
	vm->totals = ev->totals;
}

static void vm__lifecycle(struct vm *vm, const struct s2_ev_vm *ev)
{
	switch (ev->event) {
	case S2_VM_CREATED:
		if (!vm->created_ns || ev->h.ts_ns < vm->created_ns)
			vm->created_ns = ev->h.ts_ns;
		break;
	case S2_VM_FOUND:
		vm->found = true;
		break;
	case S2_VM_RETIRED:
		vm->retired = true;
		/* fallthrough */
	case S2_VM_DESTROYED:
		vm->alive = false;
		if (!vm->destroyed_ns)
			vm->destroyed_ns = ev->h.ts_ns;
		break;
	}
}

static void vm__identify(struct vm *vm, const struct s2_ev_identity *ev)
{
	memcpy(vm->name, ev->name, sizeof(vm->name));
	memcpy(vm->uuid, ev->uuid, sizeof(vm->uuid));
}

static void vm__read(struct vm *vm, const struct s2_ev_mapped *m, uint32_t page_size)
{
	/* Shadow tables map memory that the VM's own tables map already. */
	if (m->nested != S2_NO_NESTED)
		return;
	vm->reading.bytes[m->memtype] += m->size;
	vm->reading.leaves_at[level__of(1ULL << m->leaf_shift, page_size)] += m->leaves;
}

/* If pKVM hides memory types, their sums would mislead. */
static void vm__survey(struct vm *vm, const struct s2_ev_survey *s)
{
	if (s->nested != S2_NO_NESTED)
		return;
	if (s->step == S2_SURVEY_BEGIN)
		memset(&vm->reading, 0, sizeof(vm->reading));
	if (s->step != S2_SURVEY_END)
		return;
	vm->mapped = vm->reading;
	vm->mapped.ts_ns = s->h.ts_ns;
	vm->mapped.lost = s->dropped + s->unreadable;
	if (s->hyp_owned && vm->mapped.bytes[S2_MEMTYPE_NONE])
		vm->mapped.ts_ns = 0;
}

int vm__take(struct vm *vm, const struct s2_event *ev, const struct s2_ev_host *host)
{
	const struct s2_device *device;
	const void *p = ev;
	int ret = 0;

	if (!vm->pid)
		vm->pid = event__vm_pid(ev);
	space__take(&vm->space, ev);
	vm__count(vm, ev, host);
	device = vm__device_of(vm, ev);
	switch (ev->type) {
	case S2_EV_DECISION:
		ret = events__add(&vm->recent, ev, device);
		break;
	case S2_EV_VM:
		vm__lifecycle(vm, p);
		break;
	case S2_EV_IDENTITY:
		vm__identify(vm, p);
		break;
	case S2_EV_TOTALS:
		vm__set_totals(vm, p);
		break;
	case S2_EV_MAPPED:
		vm__read(vm, p, host->page_size);
		break;
	case S2_EV_SURVEY:
		vm__survey(vm, p);
		break;
	}
	if (event__is_rejection(ev) && events__add(&vm->rejected, ev, device))
		ret = -ENOMEM;
	return ret;
}

void vm__tick(struct vm *vm, double seconds)
{
	uint64_t faults = vm__faults(vm), before = vm->tick_faults;

	vm->tick_faults = faults;
	vm->faults_per_s = faults > before && seconds > 0 ? (double)(faults - before) / seconds : 0;
}

bool vm__is(const struct vm *vm, const char *who)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%u", vm->pid);
	return *who && (!strcmp(who, pid) || !strcmp(who, vm->name) || !strcmp(who, vm->uuid));
}

const struct vm_mapped *vm__mapped(const struct vm *vm)
{
	return vm->alive && vm->mapped.ts_ns ? &vm->mapped : NULL;
}

uint64_t vm__faults(const struct vm *vm)
{
	return totals__decisions(&vm->totals, UINT32_MAX);
}

uint64_t vm__rejections(const struct vm *vm)
{
	return totals__decisions(&vm->totals, OUTCOME_REJECTIONS) + vm->totals.slots_rejected;
}
