// SPDX-License-Identifier: GPL-2.0-only
#include "source/walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "host/ownvm.h"
#include "lib/clock.h"
#include "source/source.h"
#include "walk.skel.h"

/* A list or a set of memslots that changes while it is read is read again. */
#define MAX_TRIES 16

struct walk {
	struct walk_bpf *skel;
	uint64_t vms[S2_WALK_MAX_VMS];
	size_t nr_vms, cut;
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

int walk__probe(struct error *err)
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
				  "/proc/kallsyms does not have vm_list, and no VM could be made "
				  "to find it");
	return 0;
}

/* Opening */

static const struct btf_type *member_type(const struct btf *btf, const char *type,
					  const char *member)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, id);
	const struct btf_member *m;
	int i;

	for (i = 0; t && i < btf_vlen(t); i++) {
		m = &btf_members(t)[i];
		if (!strcmp(btf__name_by_offset(btf, m->name_off), member))
			return btf__type_by_id(btf, m->type);
	}
	return NULL;
}

/* Nested MMUs were an array of structs at first, and are one of pointers since. */
static bool nested_indirect(const struct btf *btf)
{
	const struct btf_type *t = member_type(btf, "kvm_arch", "nested_mmus");

	t = t && btf_is_ptr(t) ? btf__type_by_id(btf, t->type) : NULL;
	return t && btf_is_ptr(t);
}

static void configure(struct walk_bpf *skel)
{
	struct btf *btf = btf__load_vmlinux_btf();

	skel->rodata->page_shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));
	skel->rodata->nested_indirect = btf && nested_indirect(btf);
	skel->rodata->can_cast =
		btf && btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	btf__free(btf);
}

static int load_error(struct error *err, int ret)
{
	if (ret == -EPERM) {
		error__remedy(err, 0, "run it as root, or with CAP_BPF and CAP_PERFMON");
		return error__set(err, ret, "not allowed to load BPF programs");
	}
	if (walk__probe(err))
		return ret;
	error__remedy(err, 0, "run it again with -v: the kernel's own message follows");
	return error__set(err, ret, "the kernel refused the BPF programs that walk its tables: %s",
			  strerror(-ret));
}

static int load(struct walk *w)
{
	w->skel = walk_bpf__open();
	if (!w->skel)
		return -errno;
	configure(w->skel);
	return walk_bpf__load(w->skel);
}

int walk__open(struct walk **out, struct error *err)
{
	struct walk *w = calloc(1, sizeof(*w));
	int ret;

	if (!w)
		return error__set(err, -ENOMEM, "out of memory");
	source__log_libbpf();
	ret = load(w);
	if (ret) {
		walk__close(w);
		return load_error(err, ret);
	}
	*out = w;
	return 0;
}

void walk__close(struct walk *w)
{
	if (!w)
		return;
	walk_bpf__destroy(w->skel);
	free(w);
}

/* Running */

static int run(const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	return bpf_prog_test_run_opts(bpf_program__fd(prog), &opts) ? -errno : 0;
}

/* How many of `nr` there is room for, and how many are cut off. */
static size_t fit(size_t nr, size_t room, size_t *cut)
{
	*cut = nr > room ? nr - room : 0;
	return nr - *cut;
}

static int list_vms(struct walk *w)
{
	int ret = run(w->skel->progs.list_vms);

	if (ret || w->skel->bss->list_known)
		return ret;
	w->skel->bss->vm_list_addr = ownvm__vm_list();
	return w->skel->bss->vm_list_addr ? 0 : -ENOENT;
}

int walk__list(struct walk *w)
{
	int tries, ret = 0;

	w->skel->bss->list_whole = 0;
	for (tries = 0; tries < MAX_TRIES && !ret && !w->skel->bss->list_whole; tries++)
		ret = list_vms(w);
	if (ret)
		return ret;
	w->nr_vms = fit(w->skel->bss->nr_vms, S2_WALK_MAX_VMS, &w->cut);
	memcpy(w->vms, w->skel->bss->vms, w->nr_vms * sizeof(w->vms[0]));
	return w->nr_vms;
}

size_t walk__cut(const struct walk *w)
{
	return w->cut;
}

bool walk__has(const struct walk *w, uint64_t kvm)
{
	size_t i;

	for (i = 0; i < w->nr_vms; i++)
		if (w->vms[i] == kvm)
			return true;
	return false;
}

static int take_ranges(struct walk_result *res, const struct s2_walk_range *ranges, size_t nr)
{
	struct s2_walk_range *more;

	if (res->nr_ranges + nr > res->room) {
		res->room = (res->nr_ranges + nr) * 2;
		more = realloc(res->ranges, res->room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		res->ranges = more;
	}
	if (nr)
		memcpy(res->ranges + res->nr_ranges, ranges, nr * sizeof(*ranges));
	res->nr_ranges += nr;
	return 0;
}

static int read_slots(struct walk *w, struct walk_result *res)
{
	int tries, ret = 0;

	w->skel->bss->slots_whole = 0;
	for (tries = 0; tries < MAX_TRIES && !ret && !w->skel->bss->slots_whole; tries++)
		ret = run(w->skel->progs.read_slots);
	if (ret)
		return ret;
	res->slots_whole = w->skel->bss->slots_whole;
	if (!res->slots_whole)
		return 0;
	res->nr_slots = fit(w->skel->bss->nr_slots, S2_WALK_MAX_SLOTS, &res->slots_cut);
	res->slots = malloc((res->nr_slots + 1) * sizeof(*res->slots));
	if (!res->slots)
		return -ENOMEM;
	memcpy(res->slots, w->skel->bss->slots, res->nr_slots * sizeof(*res->slots));
	slots__sort(res->slots, res->nr_slots);
	return 0;
}

/* A process's threads have numbers too: the VM may have been made by one of them. */
static uint32_t process_of(uint32_t thread)
{
	char path[64], line[128];
	unsigned int tgid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/status", thread);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Tgid: %u", &tgid) == 1)
			break;
	if (f)
		fclose(f);
	return tgid;
}

/* Program go_on() gives the CPU back now and then, and when its ranges are to be taken out. */
static int walk_on(struct walk *w, struct walk_result *res)
{
	int ret = 0;

	do {
		ret = run(w->skel->progs.go_on);
		if (!ret)
			ret = take_ranges(res, w->skel->bss->ranges, w->skel->bss->nr_ranges);
		w->skel->bss->nr_ranges = 0;
	} while (!ret && w->skel->bss->state == S2_WALK_MORE);
	return ret;
}

/* What the hypervisor was asked for is believed if it was read twice and was the same. */
static int walk_tree(struct walk *w, struct walk_result *res)
{
	struct walk_bpf__bss *bss = w->skel->bss;
	uint64_t last = 0;
	bool whole = false;
	int tries, ret = 0;

	for (tries = 0; tries < MAX_TRIES; tries++) {
		res->nr_ranges = 0;
		ret = tries ? run(w->skel->progs.begin) : 0;
		if (!ret && bss->state == S2_WALK_MORE)
			ret = walk_on(w, res);
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

static int outcome(const struct walk *w)
{
	return w->skel->bss->state == S2_WALK_DONE ? WALK_OK : WALK_GONE;
}

int walk__vm(struct walk *w, size_t i, const struct walk_want *want, struct walk_result *res)
{
	uint64_t start = now_ns();
	int ret;

	memset(res, 0, sizeof(*res));
	w->skel->bss->ask = (struct s2_walk_ask){ w->vms[i], want->nested, want->split_pa };
	ret = run(w->skel->progs.begin);
	if (!ret && w->skel->bss->state == S2_WALK_MORE)
		ret = w->skel->bss->info.hyp_owned ? walk_tree(w, res) : walk_on(w, res);
	res->ns = now_ns() - start;
	res->info = w->skel->bss->info;
	res->stats = w->skel->bss->stats;
	if (!ret && want->slots && outcome(w) == WALK_OK)
		ret = read_slots(w, res);
	res->pid = res->info.tgid ? res->info.tgid : process_of(res->info.pid);
	return ret ? ret : outcome(w);
}

void walk_result__free(struct walk_result *res)
{
	free(res->ranges);
	free(res->slots);
	memset(res, 0, sizeof(*res));
}

void walk_result__geometry(const struct walk_result *res, enum tristate fwb,
			   struct table_geometry *g)
{
	g->page_shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));
	g->oa = res->info.oa;
	g->fwb = fwb;
}

static void sum(const struct walk_result *res, enum tristate fwb, struct map_totals *t)
{
	struct table_geometry g;
	struct map_range r;
	size_t i;

	walk_result__geometry(res, fwb, &g);
	totals__add_walk(t, &res->stats);
	for (i = 0; i < res->nr_ranges; i++) {
		range__decode(&r, &res->ranges[i], &g, -1);
		totals__add_range(t, &r, g.page_shift);
	}
}

int walk__totals(struct walk *w, enum tristate fwb,
		 void (*vm)(void *ctx, const struct walk_totals *t), void *ctx)
{
	const struct walk_want own = { .nested = -1 };
	int i, ret = 0, nr = walk__list(w);
	struct walk_result res;

	/* The kernel puts new VMs in front. */
	for (i = nr - 1; i >= 0 && ret >= 0; i--) {
		struct walk_totals t = { .kvm = w->vms[i] };

		ret = walk__vm(w, i, &own, &res);
		t.pid = res.pid;
		t.ts_ns = now_ns();
		sum(&res, fwb, &t.map);
		t.hidden = res.info.hyp_owned && t.map.bytes[S2_MEMTYPE_NONE];
		if (ret == WALK_OK)
			vm(ctx, &t);
		walk_result__free(&res);
	}
	return nr < 0 ? nr : ret < 0 ? ret : 0;
}
