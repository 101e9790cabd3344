// SPDX-License-Identifier: GPL-2.0-only
#include "model/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct model {
	struct model_opts opts;
	struct s2_ev_host host;
	struct s2_ev_loss loss[S2_BACKEND__MAX]; /* per backend */
	struct s2_ev_loss loss_sum;
	struct survey_totals survey;
	bool surveyed; /* a pass has ended: reset at the next one */
	uint64_t vms_truncated;
	bool vms_counted;
	uint64_t now_ns;
	uint32_t last_id;
	struct vm **vms;       /* sorted by id */
	struct vm **by_object; /* the same, sorted by number in the stream */
	size_t nr, room;
	size_t last; /* index in by_object of the last event's VM: events come in runs */
};

const struct model_opts model_defaults = {
	.space = { .max_regions = 1024, .max_mappings = 4096 },
	.max_vms = 32768,
};

struct model *model__new(const struct model_opts *opts)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->opts = opts ? *opts : model_defaults;
	m->host.era = S2_ERA__MAX;
	m->host.kvm = m->host.fwb = m->host.dic = m->host.idc = FACT_UNKNOWN;
	m->host.cacheable_pfnmap = m->host.era_shown = FACT_UNKNOWN;
	return m;
}

void model__free(struct model *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nr; i++)
		vm__free(m->vms[i]);
	free(m->vms);
	free(m->by_object);
	free(m);
}

const struct s2_ev_host *model__host(const struct model *m)
{
	return &m->host;
}

enum s2_backend model__backend(const struct model *m)
{
	for (int b = 0; b < S2_BACKEND__MAX; b++)
		if (b != S2_BACKEND_SURVEY && S2_HAS(m->host.sources, b))
			return b;
	return S2_BACKEND__MAX;
}

const struct s2_ev_loss *model__loss(const struct model *m)
{
	return &m->loss_sum;
}

uint64_t loss__total(const struct s2_ev_loss *loss)
{
	uint64_t sum = 0;

	for (int i = 0; i < S2_LOST__MAX; i++)
		sum += loss->lost[i];
	return sum;
}

const struct survey_totals *model__survey(const struct model *m)
{
	return &m->survey;
}

uint64_t model__space_truncated(const struct model *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->nr; i++)
		sum += m->vms[i]->space.truncated;
	return sum;
}

bool model__vms_truncated(const struct model *m, uint64_t *vms)
{
	*vms = m->vms_truncated;
	return m->vms_counted;
}

uint64_t model__now_ns(const struct model *m)
{
	return m->now_ns;
}

size_t model__nr_vms(const struct model *m)
{
	return m->nr;
}

const struct vm *model__vm(const struct model *m, size_t index)
{
	return index < m->nr ? m->vms[index] : NULL;
}

const struct vm *model__vm_find(const struct model *m, uint32_t id)
{
	size_t low = 0, high = m->nr, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (m->vms[mid]->id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < m->nr && m->vms[low]->id == id ? m->vms[low] : NULL;
}

/* Index in by_object of the first VM whose number is not below `object`. */
static size_t object_from(const struct model *m, uint32_t object)
{
	size_t low = 0, high = m->nr, mid;

	if (m->last < m->nr && m->by_object[m->last]->object == object)
		return m->last;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (m->by_object[mid]->object < object)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct vm *find_object(const struct model *m, uint32_t object)
{
	size_t i = object_from(m, object);

	return object && i < m->nr && m->by_object[i]->object == object ? m->by_object[i] : NULL;
}

const struct vm *model__vm_of(const struct model *m, const struct s2_event *ev)
{
	return find_object(m, ev->vm);
}

const struct s2_device *model__device_of(const struct model *m, const struct s2_event *ev)
{
	const struct vm *vm = model__vm_of(m, ev);
	const struct s2_ev_memslot *slot = (const void *)ev;

	if (vm)
		return vm__device_of(vm, ev);
	return ev->type == S2_EV_MEMSLOT && s2_device_known(&slot->device) ? &slot->device : NULL;
}

static int make_room(struct model *m)
{
	size_t room = m->room ? 2 * m->room : 16;
	struct vm **vms;

	if (m->nr < m->room)
		return 0;
	vms = realloc(m->vms, room * sizeof(struct vm *));
	if (!vms)
		return -ENOMEM;
	m->vms = vms;
	vms = realloc(m->by_object, room * sizeof(struct vm *));
	if (!vms)
		return -ENOMEM;
	m->by_object = vms;
	m->room = room;
	return 0;
}

static void insert(struct model *m, struct vm *vm)
{
	size_t at = object_from(m, vm->object);

	memmove(&m->by_object[at + 1], &m->by_object[at], (m->nr - at) * sizeof(struct vm *));
	m->by_object[at] = vm;
	m->vms[m->nr++] = vm;
	m->last = at;
}

static struct vm *add_vm(struct model *m, uint32_t object)
{
	struct vm *vm;

	if (make_room(m))
		return NULL;
	vm = vm__new(m->last_id + 1, object, &m->opts.space);
	if (!vm)
		return NULL;
	m->last_id++;
	insert(m, vm);
	return vm;
}

/* The end of an unknown VM does not add one. */
static bool makes_vm(const struct s2_event *ev)
{
	const struct s2_ev_vm *vm = (const void *)ev;

	return ev->vm && (ev->type != S2_EV_VM ||
			  (vm->event != S2_VM_DESTROYED && vm->event != S2_VM_RETIRED));
}

static int take_of_vm(struct model *m, const struct s2_event *ev)
{
	struct vm *vm = find_object(m, ev->vm);

	if (!vm && makes_vm(ev)) {
		if (m->nr >= m->opts.max_vms)
			return -ENOSPC;
		vm = add_vm(m, ev->vm);
		if (!vm)
			return -ENOMEM;
	}
	if (!vm)
		return 0;
	m->last = object_from(m, ev->vm);
	return vm__take(vm, ev, &m->host);
}

static void take_loss(struct model *m, const struct s2_ev_loss *ev)
{
	struct s2_ev_loss *sum = &m->loss_sum;

	if (ev->h.source >= S2_BACKEND__MAX)
		return;
	m->loss[ev->h.source] = *ev;
	memset(sum, 0, sizeof(*sum));
	for (int b = 0; b < S2_BACKEND__MAX; b++) {
		sum->seen += m->loss[b].seen;
		sum->emitted += m->loss[b].emitted;
		sum->filtered += m->loss[b].filtered;
		sum->received += m->loss[b].received;
		for (int i = 0; i < S2_LOST__MAX; i++)
			sum->lost[i] += m->loss[b].lost[i];
	}
}

static void count_mapped(struct model *m, const struct s2_ev_mapped *ev)
{
	struct survey_totals *t = &m->survey;

	t->ranges++;
	if (ev->nested == S2_NO_NESTED)
		t->bytes[ev->memtype] += ev->size;
	t->leaves_at[level__of(1ULL << ev->leaf_shift, m->host.page_size)] += ev->leaves;
	t->unlisted_pa_ranges += ev->in_host == FACT_NO;
}

static void count_reading(struct survey_totals *t, const struct s2_ev_survey *ev)
{
	bool own = ev->nested == S2_NO_NESTED;

	t->vms += own;
	t->hyp_owned += own && ev->hyp_owned;
	t->leaves += ev->leaves;
	t->tables += ev->tables;
	t->changed += ev->changed;
	t->dropped += ev->dropped;
	t->unreadable += ev->unreadable;
	t->lost += ev->dropped + ev->unreadable;
	t->slots_truncated += ev->slots_truncated;
	t->slots_unread += ev->slots_unread;
	t->ns += ev->ns;
}

static void take_survey(struct model *m, const struct s2_ev_survey *ev)
{
	if (m->surveyed)
		memset(&m->survey, 0, sizeof(m->survey));
	m->surveyed = ev->step == S2_SURVEY_PASS;
	switch (ev->step) {
	case S2_SURVEY_END:
		count_reading(&m->survey, ev);
		break;
	case S2_SURVEY_GONE:
		m->survey.gone++;
		break;
	case S2_SURVEY_PASS:
		m->survey.vms_truncated = m->vms_truncated = ev->vms_truncated;
		m->vms_counted = true;
		break;
	}
}

static bool is_over(const struct model *m, const struct vm *vm)
{
	if (!vm->retired)
		return false;
	if (m->opts.drop_unused && !vm__faults(vm) && !vm__rejections(vm))
		return true;
	return m->opts.keep_dead_ns && m->now_ns > vm->destroyed_ns &&
	       m->now_ns - vm->destroyed_ns > m->opts.keep_dead_ns;
}

/* Compacts one of the two arrays. Returns the number of VMs left. */
static size_t drop_over(const struct model *m, struct vm **vms, bool free_them)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->nr; i++) {
		struct vm *vm = vms[i];

		if (!is_over(m, vm))
			vms[kept++] = vm;
		else if (free_them)
			vm__free(vm);
	}
	return kept;
}

static void take_tick(struct model *m, const struct s2_ev_tick *ev)
{
	double seconds = 0;
	size_t kept;

	if (m->now_ns && ev->h.ts_ns > m->now_ns)
		seconds = (double)(ev->h.ts_ns - m->now_ns) / 1e9;
	for (size_t i = 0; i < m->nr; i++)
		vm__tick(m->vms[i], seconds);
	m->now_ns = ev->h.ts_ns;
	drop_over(m, m->by_object, false);
	kept = drop_over(m, m->vms, true);
	m->nr = kept;
}

int model__take(struct model *m, const struct s2_event *ev)
{
	const void *p = ev;

	switch (ev->type) {
	case S2_EV_HOST:
		m->host = *(const struct s2_ev_host *)p;
		break;
	case S2_EV_LOSS:
		take_loss(m, p);
		break;
	case S2_EV_TICK:
		take_tick(m, p);
		break;
	case S2_EV_SURVEY:
		take_survey(m, p);
		break;
	case S2_EV_MAPPED:
		count_mapped(m, p);
		break;
	}
	return ev->vm ? take_of_vm(m, ev) : 0;
}

struct model *model__clone(const struct model *m)
{
	struct model *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *m;
	copy->vms = copy->by_object = NULL;
	copy->nr = copy->room = 0;
	for (size_t i = 0; i < m->nr; i++) {
		struct vm *vm = make_room(copy) ? NULL : vm__clone(m->vms[i]);

		if (!vm) {
			model__free(copy);
			return NULL;
		}
		insert(copy, vm);
	}
	return copy;
}
