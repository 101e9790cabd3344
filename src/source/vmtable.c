// SPDX-License-Identifier: GPL-2.0-only
#include "source/vmtable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/clock.h"
#include "source/bpfutil.h"
#include "source/source.h"
#include "vmtable.skel.h"

#define DEFAULT_VMS	  256U
#define MIN_VMS		  16U
#define DEFAULT_AGG_BYTES (64U << 20)

struct vmtable {
	struct vmtable_bpf *skel;
	struct shared_memory rows, state; /* struct s2_vm_row, struct s2_vm_table */
	uint32_t max_vms;
};

/* Each VM takes this much memory per CPU and backend. */
static uint32_t choose_max_vms(uint32_t asked)
{
	uint32_t fits = DEFAULT_AGG_BYTES / (bpfutil__nr_cpus() * sizeof(struct s2_agg));

	if (asked)
		return asked;
	if (fits < MIN_VMS)
		return MIN_VMS;
	return fits < DEFAULT_VMS ? fits : DEFAULT_VMS;
}

static int load(struct vmtable *t)
{
	int ret;

	t->skel = vmtable_bpf__open();
	if (!t->skel)
		return -errno;
	ret = bpf_map__set_max_entries(t->skel->maps.rows, t->max_vms);
	if (!ret)
		ret = bpf_map__set_max_entries(t->skel->maps.vms, t->max_vms);
	if (!ret)
		ret = bpf_map__set_max_entries(t->skel->maps.free_rows, t->max_vms);
	return ret ? ret : vmtable_bpf__load(t->skel);
}

static int prepare(struct vmtable *t)
{
	int ret = shared_memory__map(&t->rows, t->skel->maps.rows);
	uint32_t n;

	if (!ret)
		ret = shared_memory__map(&t->state, t->skel->maps.table);
	if (!ret)
		((struct s2_vm_table *)t->state.mem)->nr_cpus = bpfutil__nr_cpus();
	for (n = 0; n < t->max_vms && !ret; n++)
		ret = bpf_map_update_elem(bpf_map__fd(t->skel->maps.free_rows), NULL, &n, 0);
	return ret;
}

int vmtable__open(struct vmtable **out, uint32_t max_vms, struct error *err)
{
	struct vmtable *t;
	int ret;

	if (max_vms > VMTABLE_MAX_VMS) {
		error__remedy(err, 0, "give --max-vms a number up to %d", VMTABLE_MAX_VMS);
		return error__set(err, -EINVAL, "%u VMs are too many", max_vms);
	}
	t = calloc(1, sizeof(*t));
	if (!t)
		return error__set(err, -ENOMEM, "out of memory");
	source__log_libbpf();
	t->max_vms = choose_max_vms(max_vms);
	ret = load(t);
	if (ret)
		bpfutil__load_error(err, ret, "keep the table of VMs");
	else if ((ret = prepare(t)))
		error__set(err, ret, "cannot prepare the table of VMs: %s", strerror(-ret));
	if (ret) {
		vmtable__close(t);
		return ret;
	}
	*out = t;
	return 0;
}

void vmtable__close(struct vmtable *t)
{
	if (!t)
		return;
	shared_memory__unmap(&t->rows);
	shared_memory__unmap(&t->state);
	vmtable_bpf__destroy(t->skel);
	free(t);
}

uint32_t vmtable__max_vms(const struct vmtable *t)
{
	return t->max_vms;
}

int vmtable__share(const struct vmtable *t, struct bpf_object *obj)
{
	struct bpf_map *ours, *theirs;
	int ret = 0;

	bpf_object__for_each_map(ours, t->skel->obj)
	{
		theirs = bpf_map__is_internal(ours)
				 ? NULL
				 : bpf_object__find_map_by_name(obj, bpf_map__name(ours));
		if (theirs && !ret)
			ret = bpf_map__reuse_fd(theirs, bpf_map__fd(ours));
	}
	return ret;
}

uint32_t vmtable__adopt(struct vmtable *t, uint64_t kvm, uint32_t tgid, bool *is_new)
{
	struct s2_vm_ask *ask = &t->skel->bss->ask;

	*ask = (struct s2_vm_ask){ .kvm = kvm, .tgid = tgid };
	if (bpfutil__run(t->skel->progs.adopt))
		return 0;
	*is_new = ask->done;
	return ask->id;
}

uint32_t vmtable__find(const struct vmtable *t, uint64_t kvm)
{
	uint32_t n;

	for (n = 0; n < t->max_vms; n++)
		if (vmtable__row(t, n)->state == S2_VM_LIVE && vmtable__row(t, n)->kvm == kvm)
			return vmtable__row(t, n)->id;
	return 0;
}

/* A VM is reported before KVM adds it to its list; this is the longest it may take. */
#define BIRTH_NS 1000000000ULL

void vmtable__release_unlisted(struct vmtable *t, bool (*listed)(const void *ctx, uint64_t kvm),
			       const void *ctx)
{
	uint64_t now = now_ns(), kvm;
	uint32_t n;

	for (n = 0; n < t->max_vms; n++) {
		const struct s2_vm_row *row = vmtable__row(t, n);

		kvm = row->kvm;
		if (row->state != S2_VM_LIVE || !kvm || row->created_ns + BIRTH_NS >= now ||
		    listed(ctx, kvm))
			continue;
		t->skel->bss->ask = (struct s2_vm_ask){ .kvm = kvm, .index = n };
		bpfutil__run(t->skel->progs.release);
	}
}

const struct s2_vm_row *vmtable__row(const struct vmtable *t, uint32_t index)
{
	return (const struct s2_vm_row *)t->rows.mem + index;
}

int vmtable__recycle(struct vmtable *t, uint32_t index)
{
	struct s2_vm_ask *ask = &t->skel->bss->ask;
	int ret;

	*ask = (struct s2_vm_ask){ .index = index };
	ret = bpfutil__run(t->skel->progs.recycle);
	if (ret)
		return ret;
	return ask->done ? 0 : -EINVAL;
}

void vmtable__set_listeners(struct vmtable *t, uint32_t listeners)
{
	struct s2_vm_table *state = t->state.mem;

	__atomic_store_n(&state->listeners, listeners, __ATOMIC_RELEASE);
}

uint32_t vmtable__listeners(const struct vmtable *t)
{
	const struct s2_vm_table *state = t->state.mem;

	return state->listeners;
}
