// SPDX-License-Identifier: GPL-2.0-only
#include "model/event.h"

#include <errno.h>
#include <string.h>

/* IPA and PA have 56 bits at the most (Arm ARM, FEAT_D128): sums of two cannot wrap. */
#define MAX_ADDRESS (1ULL << 56)

void event__init(void *ev, enum s2_event_type type, size_t size, enum s2_backend source,
		 uint32_t vm, uint64_t ts_ns)
{
	*(struct s2_event *)ev = (struct s2_event){ .type = (uint8_t)type,
						    .source = (uint8_t)source,
						    .len = (uint16_t)size,
						    .vm = vm,
						    .ts_ns = ts_ns };
}

static bool is_string(const char *s, size_t size)
{
	return memchr(s, '\0', size);
}

static bool is_device(const struct s2_device *d)
{
	return is_string(d->bdf, sizeof(d->bdf));
}

static bool is_range(uint64_t first, uint64_t size)
{
	return first <= MAX_ADDRESS && size <= MAX_ADDRESS;
}

static bool is_fact(int8_t fact)
{
	return fact >= -1 && fact <= 1;
}

static bool check_decision(const void *ev)
{
	const struct s2_ev_decision *d = ev;

	return is_range(d->ipa, 0) && is_range(d->fault_ipa, 0) && d->size_shift < 56 &&
	       d->vma_shift < 56 && d->outcome < S2_OUTCOME__MAX && d->reason < S2_REASON__MAX &&
	       d->access < S2_ACCESS__MAX && d->fault < S2_FAULT__MAX &&
	       d->memtype < S2_MEMTYPE__MAX && d->limit < S2_LIMIT__MAX;
}

static bool check_memslot(const void *ev)
{
	const struct s2_ev_memslot *m = ev;

	return is_range(m->ipa, m->size) && is_device(&m->device) && m->change < S2_SLOT__MAX &&
	       m->reason < S2_REASON__MAX;
}

static bool check_unmap(const void *ev)
{
	const struct s2_ev_unmap *u = ev;

	return u->cause < S2_UNMAP__MAX && u->nested >= S2_NO_NESTED;
}

static bool check_protect(const void *ev)
{
	const struct s2_ev_protect *p = ev;

	return p->op < S2_PROTECT__MAX && p->nested >= S2_NO_NESTED && p->leaf_shift < 56 &&
	       (p->op != S2_PROTECT_SPLIT || p->leaf_shift >= 12);
}

static bool check_cmo(const void *ev)
{
	const struct s2_ev_cmo *c = ev;

	return c->op < S2_CMO__MAX && (c->done <= 1 || c->done == S2_CMO_UNKNOWN);
}

static bool check_vm(const void *ev)
{
	const struct s2_ev_vm *vm = ev;

	return vm->event < S2_VM__MAX && is_string(vm->comm, sizeof(vm->comm));
}

static bool check_host(const void *ev)
{
	const struct s2_ev_host *h = ev;

	return is_string(h->hostname, sizeof(h->hostname)) &&
	       is_string(h->kernel, sizeof(h->kernel)) &&
	       is_string(h->machine, sizeof(h->machine)) &&
	       is_string(h->kvm_mode, sizeof(h->kvm_mode)) && h->era <= S2_ERA__MAX &&
	       h->page_size <= 1 << 20 && is_fact(h->kvm) && is_fact(h->fwb) && is_fact(h->dic) &&
	       is_fact(h->idc) && is_fact(h->cacheable_pfnmap) && is_fact(h->era_shown);
}

static bool check_identity(const void *ev)
{
	const struct s2_ev_identity *id = ev;

	return is_string(id->name, sizeof(id->name)) && is_string(id->uuid, sizeof(id->uuid));
}

static bool check_region(const void *ev)
{
	const struct s2_ev_region *r = ev;

	return is_range(r->ipa, r->size) && is_device(&r->device);
}

static bool check_totals(const void *ev)
{
	(void)ev;
	return true;
}

static bool check_mapped(const void *ev)
{
	const struct s2_ev_mapped *m = ev;

	return is_range(m->ipa, m->size) && (m->own_ipa == S2_NO_IPA || is_range(m->own_ipa, 0)) &&
	       m->leaf_shift >= 12 && m->leaf_shift < 56 && m->memtype < S2_MEMTYPE__MAX &&
	       m->pa_contiguous <= 1 && m->nested >= -1 && is_fact(m->in_host);
}

static bool check_survey(const void *ev)
{
	const struct s2_ev_survey *s = ev;

	return s->step < S2_SURVEY__MAX && s->nested >= -1;
}

static bool check_loss(const void *ev)
{
	(void)ev;
	return true;
}

static bool check_tick(const void *ev)
{
	(void)ev;
	return true;
}

struct event_type {
	const char *name;
	size_t size;
	bool (*check)(const void *ev);
};

#define EVENT_ROW(id, number, name) [id] = { #name, sizeof(struct s2_ev_##name), check_##name },

static const struct event_type types[] = { S2_EVENT_TYPES(EVENT_ROW) };

static const struct event_type *find_type(unsigned int type)
{
	return type < sizeof(types) / sizeof(types[0]) && types[type].name ? &types[type] : NULL;
}

const char *event__type_name(unsigned int type)
{
	const struct event_type *t = find_type(type);

	return t ? t->name : NULL;
}

size_t event__size(unsigned int type)
{
	const struct event_type *t = find_type(type);

	return t ? t->size : 0;
}

int event__check(const struct s2_event *ev, size_t avail)
{
	const struct event_type *t;

	if (avail < sizeof(*ev))
		return -EAGAIN;
	if (ev->len < sizeof(*ev) || ev->len % 8)
		return -EINVAL;
	if (avail < ev->len)
		return -EAGAIN;
	t = find_type(ev->type);
	if (!t || ev->len != t->size || ev->source >= S2_BACKEND__MAX)
		return -ENOTSUP;
	return t->check(ev) ? 0 : -ENOTSUP;
}

uint32_t event__vm_pid(const struct s2_event *ev)
{
	switch (ev->type) {
	case S2_EV_DECISION:
		return ((const struct s2_ev_decision *)ev)->tgid;
	case S2_EV_MEMSLOT:
		return ((const struct s2_ev_memslot *)ev)->tgid;
	case S2_EV_VM:
		return ((const struct s2_ev_vm *)ev)->tgid;
	case S2_EV_IDENTITY:
		return ((const struct s2_ev_identity *)ev)->tgid;
	case S2_EV_TOTALS:
		return ((const struct s2_ev_totals *)ev)->tgid;
	case S2_EV_SURVEY:
		return ((const struct s2_ev_survey *)ev)->tgid;
	default:
		return 0;
	}
}

bool event__is_rejection(const struct s2_event *ev)
{
	switch (ev->type) {
	case S2_EV_DECISION:
		return S2_HAS(OUTCOME_REJECTIONS, ((const struct s2_ev_decision *)ev)->outcome);
	case S2_EV_MEMSLOT:
		return ((const struct s2_ev_memslot *)ev)->ret < 0;
	default:
		return false;
	}
}

enum s2_reason event__reason(const struct s2_event *ev)
{
	switch (ev->type) {
	case S2_EV_DECISION:
		return ((const struct s2_ev_decision *)ev)->reason;
	case S2_EV_MEMSLOT:
		return ((const struct s2_ev_memslot *)ev)->reason;
	default:
		return S2_REASON_NONE;
	}
}

uint64_t totals__decisions(const struct s2_totals *t, uint32_t outcomes)
{
	uint64_t sum = 0;

	for (int o = 0; o < S2_OUTCOME__MAX; o++)
		if (S2_HAS(outcomes, o))
			sum += t->outcome[o];
	return sum;
}
