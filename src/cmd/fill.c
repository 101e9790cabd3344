// SPDX-License-Identifier: GPL-2.0-only
/*
 * What VMs have mapped now, read from their tables at start and once in a while:
 * so that `top` knows VMs that were there before it, and do nothing.
 */
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
	uint64_t cut;		   /* VMs for which there is no row */
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
	free(f);
}

static void take_vm(void *ctx, const struct walk_totals *t)
{
	struct fill *f = ctx;
	struct session *s = f->s;
	struct vm_mapped mapped;
	struct vm *vm;

	vm = model__vm_find(s->model, source__adopt(s->source, &s->sink, t->kvm, t->pid));
	if (!vm) {
		f->cut++;
		return;
	}
	totals__mapped(&t->map, t->ts_ns, &mapped);
	vm__set_mapped(vm, t->hidden ? NULL : &mapped);
}

static bool is_alive(const void *walk, uint64_t kvm)
{
	return walk__has(walk, kvm);
}

static void read_all(struct fill *f)
{
	int ret;

	f->cut = 0;
	ret = walk__totals(f->walk, model__host(f->s->model)->fwb, take_vm, f);
	if (ret)
		pr_info("cannot read what VMs have mapped: %s", strerror(-ret));
	model__set_cut(f->s->model, f->cut + walk__cut(f->walk));
	if (!ret && !walk__cut(f->walk))
		source__reap(f->s->source, is_alive, f->walk);
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
