// SPDX-License-Identifier: GPL-2.0-only
#include "source/tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "host/host.h"
#include "host/ownvm.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "source/bpfutil.h"
#include "source/source.h"
#include "walk.skel.h"

/* A list, or a set of memslots, that changes during a read is read again. */
#define MAX_TRIES 16

struct tables {
	struct walk_bpf *skel;
	uint64_t vms[S2_WALK_MAX_VMS];
	size_t nr_vms, truncated;
};

/* Probing */

static bool has_symbol(const char *name)
{
	char line[256], sym[200];
	FILE *f = fopen("/proc/kallsyms", "re");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %*s %199s", sym) == 1 && !strcmp(sym, name);
	if (f)
		fclose(f);
	return found;
}

int tables__probe(struct error *err)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool typed = btf && btf__find_by_name_kind(btf, "kvm_pgtable", BTF_KIND_STRUCT) >= 0;

	btf__free(btf);
	error__remedy(err, 0,
		      "boot a kernel with CONFIG_DEBUG_INFO_BTF and KVM built in; without "
		      "CONFIG_KALLSYMS_ALL, run it where it may use /dev/kvm");
	if (!typed)
		return error__set(err, -EOPNOTSUPP, "the kernel's BTF has no struct kvm_pgtable");
	if (!has_symbol("vm_list") && !ownvm__vm_list())
		return error__set(err, -EOPNOTSUPP,
				  "/proc/kallsyms lacks vm_list, and no VM could be created to "
				  "find it");
	return 0;
}

/* Opening */

static void configure(struct walk_bpf *skel)
{
	struct btf *btf = btf__load_vmlinux_btf();

	skel->rodata->page_shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));
	skel->rodata->nested_indirect = btf && bpfutil__nested_indirect(btf);
	skel->rodata->can_cast =
		btf && btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	btf__free(btf);
}

static int load(struct tables *t)
{
	t->skel = walk_bpf__open();
	if (!t->skel)
		return -errno;
	configure(t->skel);
	return walk_bpf__load(t->skel);
}

int tables__open(struct tables **out, struct error *err)
{
	struct tables *t = calloc(1, sizeof(*t));
	int ret;

	if (!t)
		return error__set(err, -ENOMEM, "out of memory");
	source__log_libbpf();
	ret = load(t);
	if (!ret) {
		*out = t;
		return 0;
	}
	tables__close(t);
	if (ret != -EPERM && tables__probe(err))
		return ret;
	return bpfutil__load_error(err, ret, "read stage-2 tables");
}

void tables__close(struct tables *t)
{
	if (!t)
		return;
	walk_bpf__destroy(t->skel);
	free(t);
}

/* The list of VMs */

/* How many of `nr` fit, and how many do not. */
static size_t fit(size_t nr, size_t room, size_t *truncated)
{
	*truncated = nr > room ? nr - room : 0;
	return nr - *truncated;
}

static int list_once(struct tables *t)
{
	int ret = bpfutil__run(t->skel->progs.list_vms);

	if (ret || t->skel->bss->list_known)
		return ret;
	t->skel->bss->vm_list_addr = ownvm__vm_list();
	return t->skel->bss->vm_list_addr ? 0 : -ENOENT;
}

int tables__list(struct tables *t)
{
	struct walk_bpf__bss *bss = t->skel->bss;
	int tries, ret = 0;

	bss->list_whole = 0;
	for (tries = 0; tries < MAX_TRIES && !ret && !bss->list_whole; tries++)
		ret = list_once(t);
	if (ret)
		return ret;
	t->nr_vms = fit(bss->nr_vms, S2_WALK_MAX_VMS, &t->truncated);
	memcpy(t->vms, bss->vms, t->nr_vms * sizeof(t->vms[0]));
	return 0;
}

size_t tables__nr_vms(const struct tables *t)
{
	return t->nr_vms;
}

uint64_t tables__vm(const struct tables *t, size_t i)
{
	return t->vms[i];
}

size_t tables__truncated(const struct tables *t)
{
	return t->truncated;
}

bool tables__has(const struct tables *t, uint64_t kvm)
{
	size_t i;

	for (i = 0; i < t->nr_vms; i++)
		if (t->vms[i] == kvm)
			return true;
	return false;
}

/* Memslots */

static int by_gfn(const void *a, const void *b)
{
	const struct s2_walk_slot *x = a, *y = b;

	return x->base_gfn < y->base_gfn ? -1 : x->base_gfn > y->base_gfn;
}

int tables__read_slots(struct tables *t, uint64_t kvm, struct memslots *slots)
{
	struct walk_bpf__bss *bss = t->skel->bss;
	int tries, ret = 0;

	memset(slots, 0, sizeof(*slots));
	bss->ask.kvm = kvm;
	bss->slots_whole = 0;
	for (tries = 0; tries < MAX_TRIES && !ret && !bss->slots_whole; tries++)
		ret = bpfutil__run(t->skel->progs.read_slots);
	slots->unread = !bss->slots_whole;
	if (ret || slots->unread)
		return ret;
	slots->nr = fit(bss->nr_slots, S2_WALK_MAX_SLOTS, &slots->truncated);
	if (!slots->nr)
		return 0;
	slots->slots = malloc(slots->nr * sizeof(*slots->slots));
	if (!slots->slots)
		return -ENOMEM;
	memcpy(slots->slots, bss->slots, slots->nr * sizeof(*slots->slots));
	qsort(slots->slots, slots->nr, sizeof(*slots->slots), by_gfn);
	return 0;
}

void memslots__free(struct memslots *slots)
{
	free(slots->slots);
	memset(slots, 0, sizeof(*slots));
}

/* Tables */

static int take_ranges(struct mmu_tables *mmu, const struct s2_walk_range *ranges, size_t nr)
{
	const struct array a = { (void **)&mmu->ranges, &mmu->nr_ranges, &mmu->room,
				 sizeof(*mmu->ranges), SIZE_MAX };

	if (!array__reserve(&a, 0, nr))
		return -ENOMEM;
	if (nr)
		memcpy(mmu->ranges + mmu->nr_ranges, ranges, nr * sizeof(*ranges));
	mmu->nr_ranges += nr;
	return 0;
}

/* The program go_on() returns now and then to yield the CPU, and when its buffer is full. */
static int read_on(struct tables *t, struct mmu_tables *mmu)
{
	struct walk_bpf__bss *bss = t->skel->bss;
	int ret = 0;

	do {
		ret = bpfutil__run(t->skel->progs.go_on);
		if (!ret)
			ret = take_ranges(mmu, bss->ranges, bss->nr_ranges);
		bss->nr_ranges = 0;
	} while (!ret && bss->state == S2_WALK_MORE);
	return ret;
}

/* Requests to the hypervisor are valid if two consecutive reads agree. */
static int read_tree(struct tables *t, struct mmu_tables *mmu)
{
	struct walk_bpf__bss *bss = t->skel->bss;
	uint64_t last = 0;
	bool whole = false;
	int tries, ret = 0;

	for (tries = 0; tries < MAX_TRIES; tries++) {
		mmu->nr_ranges = 0;
		ret = tries ? bpfutil__run(t->skel->progs.begin) : 0;
		if (!ret && bss->state == S2_WALK_MORE)
			ret = read_on(t, mmu);
		if (ret || bss->state != S2_WALK_DONE ||
		    (whole && bss->tree_whole && bss->tree_hash == last))
			break;
		whole = bss->tree_whole;
		last = bss->tree_hash;
	}
	bss->stats.changed = tries > 1 ? tries - 1 : 0;
	bss->stats.dropped = tries == MAX_TRIES;
	return ret;
}

int tables__read(struct tables *t, const struct s2_walk_ask *ask, struct mmu_tables *mmu)
{
	struct walk_bpf__bss *bss = t->skel->bss;
	int ret;

	memset(mmu, 0, sizeof(*mmu));
	mmu->start_ns = now_ns();
	bss->ask = *ask;
	ret = bpfutil__run(t->skel->progs.begin);
	if (!ret && bss->state == S2_WALK_MORE)
		ret = bss->info.hyp_owned ? read_tree(t, mmu) : read_on(t, mmu);
	mmu->ns = now_ns() - mmu->start_ns;
	mmu->info = bss->info;
	mmu->stats = bss->stats;
	mmu->gone = bss->state != S2_WALK_DONE;
	/* Kernels without mm->owner report the thread that created the VM. */
	mmu->tgid = mmu->info.tgid ? mmu->info.tgid : host__process_of(mmu->info.pid);
	return ret;
}

void mmu_tables__free(struct mmu_tables *mmu)
{
	free(mmu->ranges);
	memset(mmu, 0, sizeof(*mmu));
}
