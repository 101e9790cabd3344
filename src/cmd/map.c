// SPDX-License-Identifier: GPL-2.0-only
/* s2trace map: what the stage-2 tables of every VM map now. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "host/iomem.h"
#include "host/vmas.h"
#include "lib/parse.h"
#include "model/vmflags.h"
#include "source/walk.h"
#include "view/map.h"

struct map_options {
	struct option_set set; /* first: see options__parse() */
	const char *vm;	       /* process id, name or UUID; NULL: all */
	bool split_pa;
	bool summary_only;
	uint64_t times;
};

enum { KEY_VM = 512, KEY_PA, KEY_SUMMARY };

static const struct argp_option options[] = {
	{ "vm", KEY_VM, "PID|NAME", 0, "Only this VM", 0 },
	{ "pa", KEY_PA, NULL, 0, "End a range where host-physical addresses do not go on", 0 },
	{ NULL, 'n', "N", 0, "Read the tables N times (default 1)", 0 },
	{ "summary", KEY_SUMMARY, NULL, 0, "Only what all ranges add up to", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct map_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options__init(state, &o->set, common_children);
		o->times = 1;
		return 0;
	case 'n':
		options__check(state, parse__u64(arg, 1, UINT64_MAX, &o->times), "-n", arg,
			       "a number above 0");
		return 0;
	case KEY_VM:
		o->vm = arg;
		return 0;
	case KEY_PA:
		o->split_pa = true;
		return 0;
	case KEY_SUMMARY:
		o->summary_only = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "What is mapped now, by range: read from the stage-2 tables of every VM, without a "
	       "lock.",
	.children = common_children,
};

struct mapper {
	const struct map_options *opts;
	struct walk *walk;
	struct host_devices *devices;
	struct iomem *iomem;
	struct vmas *vmas; /* NULL: this kernel does not tell */
	struct view *view;
	struct host_facts facts;
	struct map_totals totals;
	bool found; /* a VM that was asked for */
};

/* One VM while its ranges are shown. */
struct mapped_vm {
	uint32_t id, pid;
	char name[64];
};

/* What a driver maps by page frame need not be listed: firmware may have told it alone. */
static void place(struct mapper *m, struct map_range *r, const struct mem_device *dev)
{
	if (r->pa == RANGE_NO_PA)
		return;
	r->in_host = dev ? FACT_YES
			 : iomem__has(m->iomem, r->pa, r->pa_contiguous ? r->size : r->leaf_size);
	if (r->in_host == FACT_NO && (r->vma.flags & VMFLAGS_PFN))
		r->in_host = FACT_UNKNOWN;
}

static void show(struct mapper *m, const struct mapped_vm *vm, struct map_range *r,
		 uint32_t page_shift)
{
	struct mem_device dev = { .bar = -1 }, *found = NULL;
	struct map_line line = { r, vm->id, vm->pid, vm->name, NULL };

	if (r->hva && vm->pid && host_devices__find(m->devices, vm->pid, r->hva, &dev))
		found = &dev;
	line.device = found;
	if (r->hva && vm->pid)
		vmas__find(m->vmas, vm->pid, r->hva, &r->vma);
	place(m, r, found);
	totals__add_range(&m->totals, r, page_shift);
	if (!m->opts->summary_only)
		view__map_range(m->view, &line);
}

/*
 * One MMU, part by part: cut where memslots are, or, with `index`, where a nested
 * MMU's memory is in the VM's own tables.
 */
static void show_tables(struct mapper *m, const struct mapped_vm *vm, const struct walk_result *res,
			int nested, const struct pa_index *index)
{
	struct map_range r, part;
	struct table_geometry g;
	size_t i;

	m->totals.ns += res->ns;
	totals__add_walk(&m->totals, &res->stats);
	walk_result__geometry(res, m->facts.fwb, &g);
	for (i = 0; i < res->nr_ranges; i++) {
		range__decode(&r, &res->ranges[i], &g, nested);
		while (index ? range__cut_by_pa(&r, &part, index)
			     : range__cut(&r, &part, res->slots, res->nr_slots, g.page_shift))
			show(m, vm, &part, g.page_shift);
	}
}

static void show_own(struct mapper *m, const struct mapped_vm *vm, const struct walk_result *res)
{
	m->totals.vms++;
	m->totals.slots_cut += res->slots_cut;
	m->totals.hidden += res->info.hyp_owned;
	show_tables(m, vm, res, -1, NULL);
	if (res->slots_whole)
		return;
	m->totals.slots_unread++;
	pr_warn("the memslots of VM %s (process %u) could not be read", vm->name, vm->pid);
}

static int fill_index(struct mapper *m, const struct walk_result *res, struct pa_index *index)
{
	struct map_range r, part;
	struct table_geometry g;
	int ret = 0;
	size_t i;

	walk_result__geometry(res, m->facts.fwb, &g);
	for (i = 0; i < res->nr_ranges && !ret; i++) {
		range__decode(&r, &res->ranges[i], &g, -1);
		while (!ret && range__cut(&r, &part, res->slots, res->nr_slots, g.page_shift))
			ret = pa_index__add(index, &part);
	}
	pa_index__sort(index);
	return ret;
}

/* The VM's own tables once more, page frame by page frame. */
static int make_index(struct mapper *m, size_t i, struct pa_index *index)
{
	const struct walk_want own = { .nested = -1, .split_pa = true, .slots = true };
	struct walk_result res;
	int ret = walk__vm(m->walk, i, &own, &res);

	if (ret == WALK_OK)
		ret = fill_index(m, &res, index);
	walk_result__free(&res);
	return ret;
}

static int map_mmu(struct mapper *m, size_t i, const struct mapped_vm *vm, int nested,
		   struct pa_index *index)
{
	const struct walk_want want = { .nested = nested, .split_pa = true };
	struct walk_result res;
	int ret = walk__vm(m->walk, i, &want, &res);

	if (ret == WALK_OK && res.nr_ranges && !index->nr)
		ret = make_index(m, i, index);
	if (ret == WALK_OK)
		show_tables(m, vm, &res, nested, index);
	walk_result__free(&res);
	return ret;
}

static int map_nested(struct mapper *m, size_t i, const struct mapped_vm *vm, uint32_t nr)
{
	struct pa_index index = {};
	int ret = 0;
	uint32_t n;

	for (n = 0; n < nr && ret >= 0; n++)
		ret = map_mmu(m, i, vm, n, &index);
	pa_index__free(&index);
	return ret;
}

static int map_one(struct mapper *m, size_t i)
{
	const struct walk_want own = { .nested = -1, .split_pa = m->opts->split_pa, .slots = true };
	struct mapped_vm vm = { .id = i + 1 };
	struct walk_result res;
	char uuid[40];
	int ret = walk__vm(m->walk, i, &own, &res);

	vm.pid = res.pid;
	host__vm_identity(vm.pid, vm.name, sizeof(vm.name), uuid, sizeof(uuid));
	if (ret >= 0 && (!m->opts->vm || host__vm_is(vm.pid, m->opts->vm))) {
		m->found = m->found || ret != WALK_GONE;
		m->totals.gone += ret == WALK_GONE;
		if (ret == WALK_OK) {
			show_own(m, &vm, &res);
			ret = map_nested(m, i, &vm, res.info.nr_nested);
		}
	}
	walk_result__free(&res);
	return ret < 0 ? ret : 0;
}

static int map_all(struct mapper *m, struct error *err)
{
	int i, ret = walk__list(m->walk), nr = ret;

	memset(&m->totals, 0, sizeof(m->totals));
	m->totals.vms_cut = walk__cut(m->walk);
	if (!m->opts->summary_only)
		view__map_header(m->view);
	for (i = 0; i < nr && ret >= 0; i++)
		ret = map_one(m, i);
	if (ret < 0)
		return error__set(err, ret, "cannot read the tables of VMs: %s", strerror(-ret));
	if (m->opts->vm && !m->found) {
		error__remedy(err, 0, "'s2trace map' without --vm lists all of them");
		return error__set(err, -ESRCH, "there is no VM '%s'", m->opts->vm);
	}
	view__map_summary(m->view, &m->totals);
	return 0;
}

static int open_mapper(struct mapper *m, struct error *err)
{
	host__facts_cheap(&m->facts);
	if (strcmp(m->facts.machine, "aarch64")) {
		error__remedy(err, 0,
			      "run it on an arm64 host; scripts/live emulates one on any machine");
		return error__set(err, -ENOTSUP, "stage 2 of KVM/arm64 cannot be read on %s",
				  m->facts.machine);
	}
	host__facts(&m->facts, NULL);
	m->devices = host_devices__new();
	m->iomem = iomem__read();
	m->vmas = vmas__open();
	m->view = view__new(m->opts->set.common.json ? VIEW_JSON : VIEW_TEXT, stdout);
	if (!m->devices || !m->iomem || !m->view)
		return error__set(err, -ENOMEM, "out of memory");
	return walk__open(&m->walk, err);
}

static void close_mapper(struct mapper *m)
{
	walk__close(m->walk);
	view__free(m->view);
	vmas__close(m->vmas);
	iomem__free(m->iomem);
	host_devices__free(m->devices);
}

int cmd_map(int argc, char **argv)
{
	struct map_options o = {};
	struct mapper m = { .opts = &o };
	struct error err = {};
	uint64_t i;
	int ret;

	options__parse(&argp, argc, argv, &o);
	ret = open_mapper(&m, &err);
	for (i = 0; i < o.times && !ret; i++)
		ret = map_all(&m, &err);
	if (ret)
		ret = command__fail(&o.set.common, &err);
	close_mapper(&m);
	return ret;
}
