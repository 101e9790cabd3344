// SPDX-License-Identifier: GPL-2.0-only
/*
 * What VMs have mapped now, read from their tables at start and once in a while:
 * so that `top` knows VMs that were there before it, and do nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "source/walk.h"

/* Often enough to see memory grow, unless it took so long that it would be felt. */
#define FILL_NS	   10000000000ULL
#define FILL_SHARE 100 /* of the time at most one part in so many goes into reading */

struct fill {
	struct session *s;
	struct walk *walk;
	uint64_t next_ns, rest_ns; /* when it is due, and when it may be at the earliest */
	uint64_t *adopted;	   /* VMs that this reading made known */
	size_t nr_adopted, room;
	uint64_t cut; /* VMs for which there is no row */
};

struct fill *fill__open(struct session *s)
{
	struct fill *f = calloc(1, sizeof(*f));
	struct error err = {};

	if (!f)
		return NULL;
	f->s = s;
	if (!walk__open(&f->walk, &err))
		return f;
	pr_info("what VMs have mapped by now is not known: %s", err.what);
	free(f);
	return NULL;
}

void fill__close(struct fill *f)
{
	if (!f)
		return;
	walk__close(f->walk);
	free(f->adopted);
	free(f);
}

static int note_adopted(struct fill *f, uint64_t kvm)
{
	size_t room = f->room ? 2 * f->room : 16;
	uint64_t *more;

	if (f->nr_adopted == f->room) {
		more = realloc(f->adopted, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		f->adopted = more;
		f->room = room;
	}
	f->adopted[f->nr_adopted++] = kvm;
	return 0;
}

static void take_vm(void *ctx, const struct walk_totals *t)
{
	struct fill *f = ctx;
	struct session *s = f->s;
	size_t before = model__nr_vms(s->model);
	struct vm_mapped mapped;
	struct vm *vm;

	vm = model__vm_find(s->model, source__adopt(s->source, &s->sink, t->kvm, t->pid));
	if (!vm) {
		f->cut++;
		return;
	}
	if (model__nr_vms(s->model) > before && note_adopted(f, t->kvm))
		source__disown(s->source, t->kvm);
	totals__mapped(&t->map, t->ts_ns, &mapped);
	vm__set_mapped(vm, t->hidden ? NULL : &mapped);
}

/*
 * Of a VM that was destroyed between the reading of the list and its adoption
 * nobody would ever tell that it is gone.
 */
static void disown_dead(struct fill *f)
{
	size_t i;

	if (f->nr_adopted && walk__list(f->walk) < 0)
		return;
	for (i = 0; i < f->nr_adopted; i++)
		if (!walk__has(f->walk, f->adopted[i]))
			source__disown(f->s->source, f->adopted[i]);
	f->nr_adopted = 0;
}

static void read_all(struct fill *f)
{
	int ret;

	f->cut = 0;
	ret = walk__totals(f->walk, model__host(f->s->model)->fwb, take_vm, f);
	if (ret)
		pr_info("cannot read what VMs have mapped: %s", strerror(-ret));
	model__set_cut(f->s->model, f->cut + walk__cut(f->walk));
	disown_dead(f);
	f->s->vm_new = false;
}

void fill__refresh(struct fill *f)
{
	uint64_t start = now_ns(), end;

	if (!f || start < f->rest_ns || (start < f->next_ns && !f->s->vm_new))
		return;
	read_all(f);
	end = now_ns();
	f->rest_ns = end + (end - start) * FILL_SHARE;
	f->next_ns = end + FILL_NS;
}
