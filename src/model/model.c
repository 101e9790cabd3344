// SPDX-License-Identifier: GPL-2.0-only
#include "model/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct model {
	struct host_facts host;
	struct source_stats stats;
	enum s2_backend backend;
	uint64_t cut;
	bool cut_known;
	uint64_t now_ns; /* of the last tick; 0: none yet */
	struct vm **vms; /* in order of id */
	size_t nr, room;
	size_t last; /* index of the VM of the last record: they come in runs */
};

struct model *model__new(void)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->host.kvm = FACT_UNKNOWN;
	m->host.fwb = FACT_UNKNOWN;
	m->host.dic = FACT_UNKNOWN;
	m->host.idc = FACT_UNKNOWN;
	m->host.cacheable_pfnmap = FACT_UNKNOWN;
	return m;
}

void model__free(struct model *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nr; i++)
		free(m->vms[i]);
	free(m->vms);
	free(m);
}

void model__set_host(struct model *m, const struct host_facts *host)
{
	m->host = *host;
}

const struct host_facts *model__host(const struct model *m)
{
	return &m->host;
}

void model__set_backend(struct model *m, enum s2_backend backend)
{
	m->backend = backend;
}

enum s2_backend model__backend(const struct model *m)
{
	return m->backend;
}

void model__set_stats(struct model *m, const struct source_stats *stats)
{
	m->stats = *stats;
}

const struct source_stats *model__stats(const struct model *m)
{
	return &m->stats;
}

void model__set_cut(struct model *m, uint64_t vms)
{
	m->cut = vms;
	m->cut_known = true;
}

bool model__cut(const struct model *m, uint64_t *vms)
{
	*vms = m->cut;
	return m->cut_known;
}

uint64_t source_stats__lost(const struct source_stats *stats)
{
	uint64_t sum = 0;

	for (int i = 0; i < S2_LOST__MAX; i++)
		sum += stats->lost[i];
	return sum;
}

uint64_t model__now_ns(const struct model *m)
{
	return m->now_ns;
}

/* Index of the first VM whose id is not below `id`. */
static size_t model__lower_bound(const struct model *m, uint32_t id)
{
	size_t low = 0, high = m->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->vms[mid]->id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct vm *model__vm_find(const struct model *m, uint32_t id)
{
	size_t i = model__lower_bound(m, id);

	return i < m->nr && m->vms[i]->id == id ? m->vms[i] : NULL;
}

static int model__make_room(struct model *m)
{
	size_t room = m->room ? 2 * m->room : 16;
	struct vm **vms;

	if (m->nr < m->room)
		return 0;
	vms = realloc(m->vms, room * sizeof(*vms));
	if (!vms)
		return -ENOMEM;
	m->vms = vms;
	m->room = room;
	return 0;
}

static struct vm *model__vm_insert(struct model *m, size_t at, uint32_t id)
{
	struct vm *vm;

	if (model__make_room(m))
		return NULL;
	vm = calloc(1, sizeof(*vm));
	if (!vm)
		return NULL;
	vm->id = id;
	vm->alive = true;
	memmove(&m->vms[at + 1], &m->vms[at], (m->nr - at) * sizeof(*m->vms));
	m->vms[at] = vm;
	m->nr++;
	return vm;
}

struct vm *model__vm_get(struct model *m, uint32_t id, uint32_t pid)
{
	struct vm *vm;

	if (!id)
		return NULL;
	if (m->last >= m->nr || m->vms[m->last]->id != id)
		m->last = model__lower_bound(m, id);
	if (m->last < m->nr && m->vms[m->last]->id == id)
		vm = m->vms[m->last];
	else
		vm = model__vm_insert(m, m->last, id);
	if (vm && !vm->pid)
		vm->pid = pid;
	return vm;
}

void vm__set_totals(struct vm *vm, const struct vm_totals *totals)
{
	vm->totals = *totals;
}

void vm__set_mapped(struct vm *vm, const struct vm_mapped *mapped)
{
	vm->mapped = mapped ? *mapped : (struct vm_mapped){ 0 };
}

const struct vm_mapped *vm__mapped(const struct vm *vm)
{
	return vm->alive && vm->mapped.ts_ns ? &vm->mapped : NULL;
}

static void vm__note(struct vm_events *evs, const void *rec, size_t len,
		     const struct mem_device *device)
{
	struct vm_event *ev = &evs->ev[evs->n++ % MODEL_RECENT];

	memcpy(ev, rec, len);
	if (device)
		ev->device = *device;
	else
		memset(&ev->device, 0, sizeof(ev->device));
}

static void vm__lifecycle(struct vm *vm, const struct s2_ev_vm *rec)
{
	switch (rec->event) {
	case S2_VM_CREATED:
		vm->created_ns = rec->h.ts_ns;
		break;
	case S2_VM_FOUND:
		vm->found = true;
		break;
	case S2_VM_DESTROYED:
		vm->alive = false;
		vm->destroyed_ns = rec->h.ts_ns;
		break;
	}
}

/* Bytes that a record of this type must have; 0: not a type that the model knows. */
static size_t event__size(unsigned int type)
{
	static const uint8_t size[] = {
		[S2_EV_DECISION] = sizeof(struct s2_ev_decision),
		[S2_EV_MEMSLOT] = sizeof(struct s2_ev_memslot),
		[S2_EV_UNMAP] = sizeof(struct s2_ev_unmap),
		[S2_EV_CMO] = sizeof(struct s2_ev_cmo),
		[S2_EV_VM] = sizeof(struct s2_ev_vm),
	};

	return type < sizeof(size) ? size[type] : 0;
}

uint32_t event__vm_pid(const struct s2_event *rec)
{
	switch (rec->type) {
	case S2_EV_DECISION:
		return ((const struct s2_ev_decision *)rec)->tgid;
	case S2_EV_MEMSLOT:
		return ((const struct s2_ev_memslot *)rec)->tgid;
	case S2_EV_VM:
		return ((const struct s2_ev_vm *)rec)->tgid;
	default:
		return 0;
	}
}

struct vm *model__record(struct model *m, const struct s2_event *rec,
			 const struct mem_device *device)
{
	size_t size = event__size(rec->type);
	struct vm *vm;

	if (!size || rec->len < size)
		return NULL;
	vm = model__vm_get(m, rec->vm, event__vm_pid(rec));
	if (!vm)
		return NULL;
	if (rec->type == S2_EV_DECISION)
		vm__note(&vm->recent, rec, size, device);
	else if (rec->type == S2_EV_VM)
		vm__lifecycle(vm, (const struct s2_ev_vm *)rec);
	if (event__is_rejection(rec))
		vm__note(&vm->rejected, rec, size, device);
	return vm;
}

static double vm__rate(struct vm *vm, double seconds)
{
	uint64_t faults = vm__faults(vm);
	uint64_t before = vm->tick_faults;

	vm->tick_faults = faults;
	return faults > before && seconds > 0 ? (double)(faults - before) / seconds : 0;
}

void model__tick(struct model *m, uint64_t now_ns)
{
	double seconds = 0;

	if (m->now_ns && now_ns > m->now_ns)
		seconds = (double)(now_ns - m->now_ns) / 1e9;
	for (size_t i = 0; i < m->nr; i++)
		m->vms[i]->faults_per_s = vm__rate(m->vms[i], seconds);
	m->now_ns = now_ns;
}

size_t model__nr_vms(const struct model *m)
{
	return m->nr;
}

struct vm *model__vm(const struct model *m, size_t index)
{
	return index < m->nr ? m->vms[index] : NULL;
}

struct model *model__clone(const struct model *m)
{
	struct model *copy = model__new();

	if (!copy)
		return NULL;
	copy->host = m->host;
	copy->stats = m->stats;
	copy->backend = m->backend;
	copy->cut = m->cut;
	copy->cut_known = m->cut_known;
	copy->now_ns = m->now_ns;
	for (size_t i = 0; i < m->nr; i++) {
		struct vm *vm = model__vm_get(copy, m->vms[i]->id, 0);

		if (!vm) {
			model__free(copy);
			return NULL;
		}
		*vm = *m->vms[i];
	}
	return copy;
}

static void forget_if(struct model *m, bool (*unwanted)(const struct vm *vm, const void *arg),
		      const void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->nr; i++) {
		struct vm *vm = m->vms[i];

		if (unwanted(vm, arg))
			free(vm);
		else
			m->vms[kept++] = vm;
	}
	m->nr = kept;
}

struct age {
	uint64_t now_ns, keep_ns;
};

static bool long_dead(const struct vm *vm, const void *arg)
{
	const struct age *age = arg;

	return !vm->alive && age->now_ns >= vm->destroyed_ns &&
	       age->now_ns - vm->destroyed_ns > age->keep_ns;
}

void model__forget_dead(struct model *m, uint64_t now_ns, uint64_t keep_ns)
{
	const struct age age = { now_ns, keep_ns };

	forget_if(m, long_dead, &age);
}

static bool never_used(const struct vm *vm, const void *arg)
{
	(void)arg;
	return !vm->alive && !vm__faults(vm) && !vm__rejections(vm);
}

void model__forget_unused(struct model *m)
{
	forget_if(m, never_used, NULL);
}
