// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adds the reason that a backend cannot see: inferred from the path of the fault and from how
 * this kernel decides. Inferred reasons are also counted here, because the kernel's totals
 * lack them. Reports how it decides when a decision shows it. Decodes the attribute of the
 * VMA: up to here, it is the index that KVM goes by.
 */
#include "stage/stage_priv.h"

#include <errno.h>

#include <s2trace/mair.h>

#include "host/iomem.h"
#include "model/infer.h"

struct reasons {
	struct vm_note note;
	uint64_t n[S2_BACKEND__MAX][S2_REASON__MAX];
};

struct complete {
	struct s2_ev_host host;
	struct iomem *iomem;
	struct vm_notes reasons;
};

static int complete_init(void *state)
{
	struct complete *c = state;

	c->host.era = S2_ERA__MAX;
	c->reasons.size = sizeof(struct reasons);
	c->iomem = iomem__read();
	return c->iomem ? 0 : -ENOMEM;
}

static void complete_fini(void *state)
{
	struct complete *c = state;

	vm_notes__free(&c->reasons);
	iomem__free(c->iomem);
}

static bool lacks_reasons(const struct s2_event *ev)
{
	return (ev->source == S2_BACKEND_FENTRY || ev->source == S2_BACKEND_KPROBE) &&
	       (ev->type == S2_EV_DECISION || ev->type == S2_EV_MEMSLOT);
}

static void infer(struct complete *c, struct s2_event *ev)
{
	enum s2_reason before = event__reason(ev), reason;
	struct reasons *r;

	if (c->host.era == S2_ERA__MAX)
		return;
	infer__event(ev, c->host.era);
	reason = event__reason(ev);
	if (reason == before || reason == S2_REASON_NONE || !ev->vm)
		return;
	r = vm_notes__get(&c->reasons, ev->vm);
	if (r)
		r->n[ev->source][reason]++;
}

static void add_reasons(struct complete *c, struct s2_ev_totals *t)
{
	const struct reasons *r = vm_notes__find(&c->reasons, t->h.vm);

	for (int i = 0; r && i < S2_REASON__MAX; i++)
		t->totals.reason[i] += r->n[t->h.source][i];
}

static void take_host(struct complete *c, struct s2_ev_host *host)
{
	if (host->era_shown != FACT_YES)
		host->era_shown = (int8_t)infer__era_is_certain(host);
	c->host = *host;
}

static enum tristate kernel_maps(const struct complete *c, const struct s2_ev_decision *d)
{
	if (S2_HAS(d->present, S2_F_KERNEL_MAPPED))
		return S2_HAS(d->flags, S2_DF_KERNEL_MAPPED) ? FACT_YES : FACT_NO;
	return S2_HAS(d->present, S2_F_PA) ? iomem__is_ram(c->iomem, d->pa) : FACT_UNKNOWN;
}

/* Of eras without the capability, only VMA may turn out to be another, VMA_EXEC. */
static bool may_learn(const struct s2_ev_host *host)
{
	return host->era_shown != FACT_YES || host->era == S2_ERA_VMA;
}

static void learn_era(struct stage *st, const struct s2_event *from, enum s2_era era)
{
	struct complete *c = st->state;
	struct s2_ev_host host;

	if (era == S2_ERA__MAX || (era == c->host.era && c->host.era_shown == FACT_YES))
		return;
	c->host.era = (uint8_t)era;
	c->host.era_shown = FACT_YES;
	c->host.h.ts_ns = from->ts_ns;
	host = c->host;
	stage__pass(st, &host.h);
}

static void learn_from_decision(struct stage *st, const struct s2_ev_decision *d)
{
	const struct complete *c = st->state;

	if (may_learn(&c->host))
		learn_era(st, &d->h, infer__shown_era(d, &c->host, kernel_maps(c, d)));
}

static void learn_from_mapping(struct stage *st, const struct s2_ev_mapped *m)
{
	const struct complete *c = st->state;

	if (may_learn(&c->host) && m->pa != S2_NO_PA)
		learn_era(st, &m->h,
			  infer__era_of_mapping(m, &c->host, iomem__is_ram(c->iomem, m->pa)));
}

static void decode_decision(const struct complete *c, struct s2_ev_decision *d)
{
	if (!S2_HAS(d->present, S2_F_VMA_ATTR))
		return;
	d->vma_attr = (uint8_t)s2_mair_decode(c->host.mair_el1, d->vma_attr);
	if (d->vma_attr == S2_VMA_UNKNOWN) {
		d->present &= ~S2_BIT(S2_F_VMA_ATTR);
		d->inferred &= ~S2_BIT(S2_F_VMA_ATTR);
	}
}

static void decode_memslot(const struct complete *c, struct s2_ev_memslot *m)
{
	m->vma_attr = (uint8_t)s2_mair_decode(c->host.mair_el1, m->vma_attr);
	if (m->vma_attr == S2_VMA_UNKNOWN)
		m->inferred &= ~S2_BIT(S2_F_VMA_ATTR);
}

static void complete_take(struct stage *st, struct s2_event *ev)
{
	struct complete *c = st->state;
	const struct s2_ev_vm *vm = (const void *)ev;

	if (ev->type == S2_EV_HOST)
		take_host(c, (struct s2_ev_host *)ev);
	else if (ev->type == S2_EV_DECISION)
		learn_from_decision(st, (const struct s2_ev_decision *)ev);
	else if (ev->type == S2_EV_MAPPED)
		learn_from_mapping(st, (const struct s2_ev_mapped *)ev);
	else if (ev->type == S2_EV_TOTALS)
		add_reasons(c, (struct s2_ev_totals *)ev);
	else if (ev->type == S2_EV_VM && vm->event == S2_VM_RETIRED)
		vm_notes__drop(&c->reasons, ev->vm);
	if (lacks_reasons(ev))
		infer(c, ev);
	if (ev->type == S2_EV_DECISION)
		decode_decision(c, (struct s2_ev_decision *)ev);
	else if (ev->type == S2_EV_MEMSLOT)
		decode_memslot(c, (struct s2_ev_memslot *)ev);
	stage__pass(st, ev);
}

const struct stage_ops stage_complete = {
	.name = "complete",
	.state_size = sizeof(struct complete),
	.init = complete_init,
	.fini = complete_fini,
	.take = complete_take,
};
