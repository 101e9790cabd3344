// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adds the reason that a backend cannot see: inferred from the path of the fault and from how
 * this kernel decides. Inferred reasons are also counted here, because the kernel's totals
 * lack them.
 */
#include "stage/stage_priv.h"

#include "model/infer.h"

struct reasons {
	struct vm_note note;
	uint64_t n[S2_BACKEND__MAX][S2_REASON__MAX];
};

struct complete {
	enum s2_era era;
	struct vm_notes reasons;
};

static int complete_init(void *state)
{
	struct complete *c = state;

	c->era = S2_ERA__MAX;
	c->reasons.size = sizeof(struct reasons);
	return 0;
}

static void complete_fini(void *state)
{
	struct complete *c = state;

	vm_notes__free(&c->reasons);
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

	if (c->era == S2_ERA__MAX)
		return;
	infer__event(ev, c->era);
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

static void complete_take(struct stage *st, struct s2_event *ev)
{
	struct complete *c = st->state;
	const struct s2_ev_vm *vm = (const void *)ev;

	if (ev->type == S2_EV_HOST)
		c->era = ((const struct s2_ev_host *)ev)->era;
	else if (lacks_reasons(ev))
		infer(c, ev);
	else if (ev->type == S2_EV_TOTALS)
		add_reasons(c, (struct s2_ev_totals *)ev);
	else if (ev->type == S2_EV_VM && vm->event == S2_VM_RETIRED)
		vm_notes__drop(&c->reasons, ev->vm);
	stage__pass(st, ev);
}

const struct stage_ops stage_complete = {
	.name = "complete",
	.state_size = sizeof(struct complete),
	.init = complete_init,
	.fini = complete_fini,
	.take = complete_take,
};
