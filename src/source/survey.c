// SPDX-License-Identifier: GPL-2.0-only
#include "source/survey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "model/descriptor.h"
#include "source/tables.h"
#include "source/vmtable.h"

struct survey {
	struct survey_opts opts;
	struct tables *tables;
	struct vmtable *vms;
	int fwb;
};

/* The VM that is being reported. */
struct reading {
	struct survey *s;
	const struct event_sink *sink;
	uint64_t kvm;
	uint64_t start_ns;
	uint32_t vm; /* its number */
};

int survey__probe(struct error *err)
{
	return tables__probe(err);
}

int survey__open(struct survey **out, struct vmtable *vms, const struct survey_opts *opts, int fwb,
		 struct error *err)
{
	struct survey *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return error__set(err, -ENOMEM, "out of memory");
	s->opts = *opts;
	s->vms = vms;
	s->fwb = fwb;
	ret = tables__open(&s->tables, err);
	if (ret) {
		survey__close(s);
		return ret;
	}
	*out = s;
	return 0;
}

void survey__close(struct survey *s)
{
	if (!s)
		return;
	tables__close(s->tables);
	free(s);
}

static void take_vm_event(const struct event_sink *sink, enum s2_vm_event event, uint32_t vm,
			  uint32_t tgid, uint64_t ts_ns)
{
	struct s2_ev_vm ev = { .tgid = tgid, .event = event };

	event__init(&ev, S2_EV_VM, sizeof(ev), S2_BACKEND_SURVEY, vm, ts_ns);
	event_sink__take(sink, &ev.h);
}

static void take_slots(const struct reading *r, const struct memslots *slots)
{
	const uint32_t page_shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));
	const struct s2_walk_slot *slot;

	for (slot = slots->slots; slot < slots->slots + slots->nr; slot++) {
		struct s2_ev_region ev = {
			.ipa = slot->base_gfn << page_shift,
			.size = slot->npages << page_shift,
			.hva = slot->hva,
			.vma.attr = S2_VMA_UNKNOWN,
			.device.bar = -1,
			.slot = slot->id,
			.slot_flags = slot->flags,
			.whole = 1,
		};

		event__init(&ev, S2_EV_REGION, sizeof(ev), S2_BACKEND_SURVEY, r->vm, r->start_ns);
		event_sink__take(r->sink, &ev.h);
	}
}

static struct s2_walk_ask own_tables(const struct reading *r)
{
	return (struct s2_walk_ask){
		.kvm = r->kvm,
		.nested = S2_NO_NESTED,
		.attrs = r->s->opts.coarse ? S2_DESC_TYPE_ATTRS : S2_DESC_ALL_ATTRS,
		.split_pa = r->s->opts.split_pa,
	};
}

/* Decodes the ranges of one MMU. `take` returns 0 to continue, or a value to stop with. */
static int decode(const struct reading *r, const struct s2_walk_ask *ask,
		  const struct mmu_tables *mmu, int (*take)(void *ctx, struct s2_ev_mapped *m),
		  void *ctx)
{
	const struct table_geometry g = { __builtin_ctzl(sysconf(_SC_PAGESIZE)), mmu->info.oa,
					  r->s->fwb };
	struct s2_ev_mapped m = { .nested = ask->nested };
	int ret = 0;
	size_t i;

	event__init(&m, S2_EV_MAPPED, sizeof(m), S2_BACKEND_SURVEY, r->vm, mmu->start_ns);
	for (i = 0; i < mmu->nr_ranges && !ret; i++) {
		mapped__decode(&m, &mmu->ranges[i], ask->attrs, &g);
		ret = take(ctx, &m);
	}
	return ret;
}

static int take_mapped(void *ctx, struct s2_ev_mapped *m)
{
	event_sink__take(ctx, &m->h);
	return 0;
}

static struct s2_ev_survey survey_step(const struct reading *r, enum s2_survey_step step,
				       uint64_t ts_ns, const struct s2_walk_ask *ask,
				       const struct mmu_tables *mmu)
{
	struct s2_ev_survey ev = {
		.step = step,
		.hyp_owned = mmu->info.hyp_owned,
		.nested = ask->nested,
		.tgid = mmu->tgid,
	};

	event__init(&ev, S2_EV_SURVEY, sizeof(ev), S2_BACKEND_SURVEY, r->vm, ts_ns);
	return ev;
}

static void take_begin(const struct reading *r, const struct s2_walk_ask *ask,
		       const struct mmu_tables *mmu)
{
	struct s2_ev_survey ev = survey_step(r, S2_SURVEY_BEGIN, mmu->start_ns, ask, mmu);

	event_sink__take(r->sink, &ev.h);
}

/* `slots` is NULL for a nested MMU: the VM's own survey reported them. */
static void take_end(const struct reading *r, const struct s2_walk_ask *ask,
		     const struct mmu_tables *mmu, const struct memslots *slots)
{
	struct s2_ev_survey ev = survey_step(r, S2_SURVEY_END, mmu->start_ns + mmu->ns, ask, mmu);

	ev.ns = mmu->ns;
	ev.leaves = mmu->stats.leaves;
	ev.tables = mmu->stats.tables;
	ev.changed = mmu->stats.changed;
	ev.dropped = mmu->stats.dropped;
	ev.unreadable = mmu->stats.unreadable;
	if (slots) {
		ev.slots_truncated = slots->truncated;
		ev.slots_unread = slots->unread;
	}
	event_sink__take(r->sink, &ev.h);
}

/* Nested MMUs: their mappings are looked up by PA in the VM's own tables. */

static int add_to_index(void *ctx, struct s2_ev_mapped *m)
{
	return pa_index__add(ctx, m);
}

/* The VM's own tables again, indexed by page frame. */
static int make_index(const struct reading *r, struct pa_index *index)
{
	struct s2_walk_ask ask = own_tables(r);
	struct mmu_tables mmu;
	int ret;

	ask.split_pa = true;
	ret = tables__read(r->s->tables, &ask, &mmu);
	if (!ret && !mmu.gone)
		ret = decode(r, &ask, &mmu, add_to_index, index);
	pa_index__sort(index);
	mmu_tables__free(&mmu);
	return ret;
}

struct nested_sink {
	const struct event_sink *sink;
	const struct pa_index *index;
};

static int take_nested(void *ctx, struct s2_ev_mapped *m)
{
	const struct nested_sink *n = ctx;
	struct s2_ev_mapped part;

	while (mapped__cut_by_pa(m, &part, n->index))
		event_sink__take(n->sink, &part.h);
	return 0;
}

/* An unused MMU maps nothing. */
static int read_nested(const struct reading *r, uint32_t nested, struct pa_index *index)
{
	struct nested_sink n = { r->sink, index };
	struct s2_walk_ask ask = own_tables(r);
	struct mmu_tables mmu;
	int ret;

	ask.nested = nested;
	ask.split_pa = true;
	ret = tables__read(r->s->tables, &ask, &mmu);
	if (mmu.gone)
		mmu.nr_ranges = 0;
	if (!ret && mmu.nr_ranges && !index->nr)
		ret = make_index(r, index);
	if (!ret) {
		take_begin(r, &ask, &mmu);
		decode(r, &ask, &mmu, take_nested, &n);
		take_end(r, &ask, &mmu, NULL);
	}
	mmu_tables__free(&mmu);
	return ret;
}

static int read_all_nested(const struct reading *r, uint32_t nr)
{
	struct pa_index index = {};
	uint32_t n;
	int ret = 0;

	for (n = 0; n < nr && !ret; n++)
		ret = read_nested(r, n, &index);
	pa_index__free(&index);
	return ret;
}

/* A VM that ended while it was read. Others may know it nevertheless. */
static void take_gone(const struct reading *r, const struct s2_walk_ask *ask,
		      const struct mmu_tables *mmu)
{
	struct s2_ev_survey ev = survey_step(r, S2_SURVEY_GONE, now_ns(), ask, mmu);

	ev.h.vm = vmtable__find(r->s->vms, r->kvm);
	event_sink__take(r->sink, &ev.h);
}

/* True if the VM has a number. */
static bool take_owner(struct reading *r, uint32_t tgid)
{
	bool is_new = false;

	r->vm = vmtable__adopt(r->s->vms, r->kvm, tgid, &is_new);
	if (is_new)
		take_vm_event(r->sink, S2_VM_FOUND, r->vm, tgid, r->start_ns);
	return r->vm;
}

/* Reports nothing before all of the VM was read: what a dying VM leaves behind is not valid. */
static int read_vm(struct reading *r, uint32_t *no_room)
{
	const struct s2_walk_ask ask = own_tables(r);
	struct mmu_tables mmu = {};
	struct memslots slots;
	int ret;

	ret = tables__read_slots(r->s->tables, r->kvm, &slots);
	if (!ret)
		ret = tables__read(r->s->tables, &ask, &mmu);
	if (!ret && mmu.gone) {
		take_gone(r, &ask, &mmu);
	} else if (!ret && !take_owner(r, mmu.tgid)) {
		++*no_room;
	} else if (!ret) {
		take_slots(r, &slots);
		take_begin(r, &ask, &mmu);
		decode(r, &ask, &mmu, take_mapped, (void *)r->sink);
		take_end(r, &ask, &mmu, &slots);
		if (r->s->opts.nested)
			ret = read_all_nested(r, mmu.info.nr_nested);
	}
	mmu_tables__free(&mmu);
	memslots__free(&slots);
	return ret;
}

static bool is_listed(const void *tables, uint64_t kvm)
{
	return tables__has(tables, kvm);
}

/* Without attached backends, no one else needs the counters in the rows of dead VMs. */
static int retire_unlisted(struct survey *s, const struct event_sink *sink)
{
	const struct s2_vm_row *row;
	uint32_t n;
	int ret = 0;

	if (tables__truncated(s->tables))
		return 0;
	vmtable__release_unlisted(s->vms, is_listed, s->tables);
	if (vmtable__listeners(s->vms))
		return 0;
	for (n = 0; n < vmtable__max_vms(s->vms) && !ret; n++) {
		row = vmtable__row(s->vms, n);
		if (row->state != S2_VM_DEAD)
			continue;
		take_vm_event(sink, S2_VM_RETIRED, row->id, row->tgid, now_ns());
		ret = vmtable__recycle(s->vms, n);
	}
	return ret;
}

int survey__pass(struct survey *s, const struct event_sink *sink)
{
	struct s2_ev_survey ev = { .step = S2_SURVEY_PASS, .nested = S2_NO_NESTED };
	struct reading r = { .s = s, .sink = sink };
	uint64_t start = now_ns();
	int ret = tables__list(s->tables);
	uint32_t no_room = 0;
	size_t i;

	/* The kernel inserts new VMs at the front. */
	for (i = ret ? 0 : tables__nr_vms(s->tables); i-- && !ret;) {
		r.kvm = tables__vm(s->tables, i);
		r.start_ns = now_ns();
		ret = read_vm(&r, &no_room);
	}
	if (!ret)
		ret = retire_unlisted(s, sink);
	if (ret)
		return ret;
	ev.ns = now_ns() - start;
	ev.vms_truncated = tables__truncated(s->tables) + no_room;
	event__init(&ev, S2_EV_SURVEY, sizeof(ev), S2_BACKEND_SURVEY, 0, now_ns());
	event_sink__take(sink, &ev.h);
	return 0;
}
