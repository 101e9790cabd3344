// SPDX-License-Identifier: GPL-2.0-only
#include "source/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <s2trace/kmap.h>

#include "model/descriptor.h"
#include "source/bpfutil.h"
#include "source/fault.h"
#include "source/kmap.h"
#include "source/ringbuf.h"
#include "source/totals.h"
#include "source/vmtable.h"

#define MAX_LINKS 64

struct listener {
	const struct backend *backend;
	struct bpf_object *obj;
	struct bpf_link *links[MAX_LINKS];
	int nr_links;
	struct shared_memory aggs, stats, counts, filter;
	struct ringbuf rings;
	struct fault_env faults;
	struct row_totals **totals; /* indexed by row; NULL until the row is used */
	uint64_t received, retired_seen;
	uint64_t counter_hz;
	uint32_t max_vms, nr_cpus;
};

/* Loading */

static int size_map(struct listener *l, const char *name, uint32_t entries)
{
	return bpf_map__set_max_entries(bpf_object__find_map_by_name(l->obj, name), entries);
}

static int size_maps(struct listener *l, const struct backend_env *env)
{
	int ret = vmtable__share(env->vms, l->obj);

	if (!ret)
		ret = size_map(l, "aggs", l->nr_cpus * l->max_vms);
	if (!ret)
		ret = size_map(l, "stats", l->nr_cpus);
	if (!ret)
		ret = size_map(l, "counts", l->max_vms);
	if (!ret)
		ret = ringbuf__create(&l->rings, bpf_object__find_map_by_name(l->obj, "rings"),
				      l->nr_cpus, env->opts->ring_bytes);
	return ret;
}

static void set_config(struct s2_config *c)
{
	int level, shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));

	c->page_shift = shift;
	for (level = 0; level < S2_LEVEL__MAX; level++)
		c->level_size[level] = 1ULL << level__shift(shift, 3 - level);
}

static int configure(struct listener *l, const struct backend_env *env, struct error *err)
{
	struct s2_config *config = bpfutil__variable(l->obj, ".rodata.s2_config", sizeof(*config));
	struct s2_kmap *kmap = bpfutil__variable(l->obj, ".rodata.s2_kmap", sizeof(*kmap));

	if (!config || !kmap)
		return error__set(err, -EINVAL, "the BPF programs have no configuration");
	set_config(config);
	kmap__fill(kmap, env->btf);
	fault_env__init(&l->faults, env->btf, env->host);
	return l->backend->choose(l->obj, env, err);
}

static int load(struct listener *l, const struct backend_env *env, struct error *err)
{
	size_t size;
	const void *elf = l->backend->elf(&size);
	int ret;

	l->obj = bpf_object__open_mem(elf, size, NULL);
	if (libbpf_get_error(l->obj)) {
		l->obj = NULL;
		return error__set(err, -errno, "cannot open the BPF programs: %s", strerror(errno));
	}
	ret = configure(l, env, err);
	if (ret)
		return ret;
	ret = size_maps(l, env);
	if (!ret)
		ret = bpf_object__load(l->obj);
	return ret ? bpfutil__load_error(err, ret, "trace") : 0;
}

static int map_memory(struct listener *l)
{
	const struct {
		const char *map;
		struct shared_memory *memory;
	} all[] = {
		{ "aggs", &l->aggs },
		{ "stats", &l->stats },
		{ "counts", &l->counts },
		{ ".data.s2_filter", &l->filter },
	};
	int ret = 0;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]) && !ret; i++)
		ret = shared_memory__map(all[i].memory,
					 bpf_object__find_map_by_name(l->obj, all[i].map));
	return ret ? ret : ringbuf__map(&l->rings, bpf_object__find_map_by_name(l->obj, "rings"));
}

static int prepare(struct listener *l, const struct s2_filter *filter, struct error *err)
{
	int ret = -ENOMEM;

	l->totals = calloc(l->max_vms, sizeof(*l->totals));
	if (l->totals)
		ret = map_memory(l);
	if (ret)
		return error__set(err, ret, "cannot map what the BPF programs write: %s",
				  strerror(-ret));
	listener__set_filter(l, filter);
	return 0;
}

/* Attaching */

static int attach_prog(struct listener *l, struct bpf_program *prog, const struct btf *btf)
{
	struct bpf_link *link;

	if (l->nr_links == MAX_LINKS)
		return -E2BIG;
	link = l->backend->attach ? l->backend->attach(prog, btf) : bpf_program__attach(prog);
	if (libbpf_get_error(link))
		return -errno;
	l->links[l->nr_links++] = link;
	return 0;
}

/* VM creation first: a VM created during attach must be known before it faults. */
static int attach(struct listener *l, const struct btf *btf, struct error *err)
{
	struct bpf_program *prog, *first;
	int ret;

	first = bpf_object__find_program_by_name(l->obj, l->backend->first_prog);
	ret = bpf_program__autoload(first) ? attach_prog(l, first, btf) : 0;
	bpf_object__for_each_program(prog, l->obj)
	{
		if (!ret && prog != first && bpf_program__autoload(prog))
			ret = attach_prog(l, prog, btf);
	}
	if (ret)
		return error__set(err, ret, "cannot attach the BPF programs: %s", strerror(-ret));
	return 0;
}

int listener__open(struct listener **out, const struct backend *b, const struct backend_env *env,
		   struct error *err)
{
	struct listener *l = calloc(1, sizeof(*l));
	int ret;

	if (!l)
		return error__set(err, -ENOMEM, "out of memory");
	l->backend = b;
	l->nr_cpus = bpfutil__nr_cpus();
	l->counter_hz = env->host->counter_hz;
	l->max_vms = vmtable__max_vms(env->vms);
	ret = load(l, env, err);
	if (!ret)
		ret = prepare(l, &env->opts->filter, err);
	if (!ret)
		ret = attach(l, env->btf, err);
	if (ret) {
		listener__close(l);
		return ret;
	}
	*out = l;
	return 0;
}

void listener__detach(struct listener *l)
{
	while (l->nr_links)
		bpf_link__destroy(l->links[--l->nr_links]);
}

void listener__close(struct listener *l)
{
	uint32_t n;

	if (!l)
		return;
	listener__detach(l);
	ringbuf__destroy(&l->rings);
	shared_memory__unmap(&l->aggs);
	shared_memory__unmap(&l->stats);
	shared_memory__unmap(&l->counts);
	shared_memory__unmap(&l->filter);
	for (n = 0; l->totals && n < l->max_vms; n++)
		free(l->totals[n]);
	free(l->totals);
	bpf_object__close(l->obj);
	free(l);
}

/* Reading */

enum s2_backend listener__id(const struct listener *l)
{
	return l->backend->id;
}

static bool is_unrestricted(const struct s2_filter *f)
{
	const uint32_t all_types = S2_BIT(S2_MEMTYPE__MAX) - 1;
	const uint32_t all_accesses = S2_BIT(S2_ACCESS__MAX) - 1;

	return !f->tgid && (f->memtypes & all_types) == all_types &&
	       (f->accesses & all_accesses) == all_accesses && !f->ipa_first &&
	       f->ipa_last == UINT64_MAX && !f->min_ticks;
}

void listener__set_filter(struct listener *l, const struct s2_filter *filter)
{
	struct s2_filter f = *filter;

	f.any = f.outcomes | f.always | (f.watch_tgid ? UINT32_MAX : 0);
	f.unchecked = f.always | (is_unrestricted(&f) ? f.outcomes : 0);
	memcpy(l->filter.mem, &f, sizeof(f));
}

/* The one place where a record of the ring becomes an event. */
static void deliver(void *ctx, const struct s2_event *record, const struct event_sink *sink)
{
	struct s2_ev_decision d;
	struct listener *l = ctx;

	l->received++;
	if (record->type != S2_EV_DECISION) {
		event_sink__take(sink, record);
		return;
	}
	fault__decision(&l->faults, (const struct s2_raw_fault *)record, &d);
	event_sink__take(sink, &d.h);
}

int listener__add_rings(struct listener *l, struct rings *rings)
{
	const struct ring_reader reader = { deliver, l };
	uint32_t i;
	int ret = 0;

	for (i = 0; i < l->rings.nr_shards && !ret; i++)
		ret = rings__add(rings, &l->rings.shard[i].memory, &reader);
	return ret;
}

/* As s2_vm_row.first_agg. */
static struct s2_agg *aggs_of(const struct listener *l, uint32_t row)
{
	return (struct s2_agg *)l->aggs.mem + (size_t)row * l->nr_cpus;
}

int listener__read_totals(struct listener *l, const struct s2_vm_row *row, uint64_t now_ns,
			  const struct event_sink *sink)
{
	const struct totals_input in = {
		.aggs = aggs_of(l, row->index),
		.nr_cpus = l->nr_cpus,
		.counter_hz = l->counter_hz,
		.counts = (const struct s2_vm_counts *)l->counts.mem + row->index,
	};
	struct row_totals *t = l->totals[row->index];
	struct s2_ev_totals ev = { .tgid = row->tgid };

	if (!t)
		t = l->totals[row->index] = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	if (!totals__update(t, row->id, &in))
		return 0;
	event__init(&ev, S2_EV_TOTALS, sizeof(ev), l->backend->id, row->id, now_ns);
	ev.totals = t->totals;
	event_sink__take(sink, &ev.h);
	return 0;
}

void listener__clear_row(struct listener *l, uint32_t row)
{
	memset(aggs_of(l, row), 0, l->nr_cpus * sizeof(struct s2_agg));
	memset((struct s2_vm_counts *)l->counts.mem + row, 0, sizeof(struct s2_vm_counts));
	if (l->totals[row])
		l->retired_seen += totals__decisions(&l->totals[row]->totals, UINT32_MAX);
	free(l->totals[row]);
	l->totals[row] = NULL;
}

/* How often the kernel skipped a program because it was already running on that CPU. */
static uint64_t recursion_misses(const struct listener *l)
{
	struct bpf_program *prog;
	uint64_t n = 0;

	bpf_object__for_each_program(prog, l->obj)
	{
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);

		if (bpf_program__fd(prog) >= 0 &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
			n += info.recursion_misses;
	}
	return n;
}

static uint64_t count_seen(const struct listener *l)
{
	uint64_t seen = l->retired_seen;
	uint32_t n;

	for (n = 0; n < l->max_vms; n++)
		if (l->totals[n])
			seen += totals__decisions(&l->totals[n]->totals, UINT32_MAX);
	return seen;
}

void listener__read_loss(struct listener *l, uint64_t now_ns, const struct event_sink *sink)
{
	const struct s2_stats *stats = l->stats.mem;
	struct s2_ev_loss ev = {};
	uint64_t wanted = 0;
	uint32_t cpu;
	int i;

	event__init(&ev, S2_EV_LOSS, sizeof(ev), l->backend->id, 0, now_ns);
	for (cpu = 0; cpu < l->nr_cpus; cpu++) {
		ev.emitted += stats[cpu].emitted;
		wanted += stats[cpu].wanted;
		for (i = 0; i < S2_LOST__MAX; i++)
			ev.lost[i] += stats[cpu].lost[i];
	}
	ev.lost[S2_LOST_RECURSION] = recursion_misses(l);
	ev.seen = count_seen(l);
	ev.filtered = ev.seen > wanted ? ev.seen - wanted : 0;
	ev.received = l->received;
	event_sink__take(sink, &ev.h);
}
