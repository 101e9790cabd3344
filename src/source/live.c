// SPDX-License-Identifier: GPL-2.0-only
/*
 * The live source: chooses a backend, loads and attaches it, reads its ring and
 * its totals.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "model/vocab.h"
#include "source/kmap.h"
#include "source/source.h"
#include "tracepoint.skel.h"

#define DEFAULT_VMS	  256U
#define DEFAULT_AGG_BYTES (64U << 20)

/* What the kernel's wrapping 32-bit counts become: summed over CPUs, widened by their changes. */
struct row_hist {
	__u32 last[S2_CELL_ROWS][S2_LEVEL__MAX][S2_HIST_BUCKETS];
	uint64_t sum[S2_CELL_ROWS][S2_LEVEL__MAX][S2_HIST_BUCKETS];
};

struct source {
	struct tracepoint_bpf *skel;
	struct ring_buffer *ring;
	const struct source_sink *sink; /* while polling */
	struct s2_vm_row *rows;		/* mapped; max_vms of them */
	size_t rows_bytes;
	struct row_hist **hist; /* by row; NULL until the row has been used */
	struct s2_agg *agg_buf; /* one for each CPU */
	struct s2_stats *stats_buf;
	uint64_t received, retired_seen;
	uint32_t max_vms;
	int nr_cpus;
	uint64_t counter_hz;
};

void source__filter_none(struct s2_filter *f)
{
	memset(f, 0, sizeof(*f));
	f->ipa_last = UINT64_MAX;
}

void source__filter_all(struct s2_filter *f)
{
	source__filter_none(f);
	f->outcomes = f->memtypes = f->accesses = UINT32_MAX;
}

/* libbpf's own messages rank one level lower than ours; a verifier log has many lines. */
static int libbpf_log(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level != LIBBPF_DEBUG)
		log__vprint(level == LIBBPF_WARN ? LOG_INFO : LOG_DEBUG, fmt, ap);
	return 0;
}

static struct btf *kernel_btf(struct error *err)
{
	struct btf *btf;

	libbpf_set_print(libbpf_log);
	btf = btf__load_vmlinux_btf();
	if (libbpf_get_error(btf)) {
		error__remedy(err, 0, "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y");
		error__set(err, -ENOENT, "this kernel has no BTF (/sys/kernel/btf/vmlinux)");
		return NULL;
	}
	return btf;
}

/*
 * The name that BPF knows a bare tracepoint by. DECLARE_TRACE(x) makes x in
 * older kernels and x_tp in recent ones.
 */
static int tracepoint_name(const struct btf *btf, const char *base, char *name, size_t size)
{
	static const char *const suffixes[] = { "_tp", "" };
	char type[96];
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(type, sizeof(type), "btf_trace_%s%s", base, suffixes[i]);
		if (btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) < 0)
			continue;
		snprintf(name, size, "%s%s", base, suffixes[i]);
		return 0;
	}
	return -ENOENT;
}

static int no_tracepoint(struct error *err, const char *base)
{
	error__remedy(err, 0,
		      "boot a kernel with the series in patches/ applied ('s2trace check' shows "
		      "what this one offers)");
	return error__set(err, -EOPNOTSUPP, "this kernel has no tracepoint %s", base);
}

int source__probe_tracepoint(struct error *err)
{
	struct btf *btf = kernel_btf(err);
	char name[64];
	int ret;

	if (!btf)
		return -ENOENT;
	ret = tracepoint_name(btf, "kvm_s2_decision", name, sizeof(name));
	if (ret)
		ret = no_tracepoint(err, "kvm_s2_decision");
	btf__free(btf);
	return ret;
}

static int set_targets(struct source *src, const struct btf *btf, struct error *err)
{
	const struct {
		struct bpf_program *prog;
		const char *base;
		bool required; /* without it there is nothing worth to show */
	} targets[] = {
		{ src->skel->progs.on_decision, "kvm_s2_decision", true },
		{ src->skel->progs.on_vm, "kvm_s2_vm", true },
		{ src->skel->progs.on_memslot, "kvm_s2_memslot", false },
		{ src->skel->progs.on_unmap, "kvm_s2_unmap", false },
		{ src->skel->progs.on_cmo, "kvm_s2_cmo", false },
	};
	char name[64];
	size_t i;
	int ret;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		if (!bpf_program__autoload(targets[i].prog))
			continue;
		ret = tracepoint_name(btf, targets[i].base, name, sizeof(name));
		if (ret && targets[i].required)
			return no_tracepoint(err, targets[i].base);
		if (ret) {
			pr_warn("this kernel has no tracepoint %s: what it tells is missing",
				targets[i].base);
			bpf_program__set_autoload(targets[i].prog, false);
			continue;
		}
		ret = bpf_program__set_attach_target(targets[i].prog, 0, name);
		if (ret)
			return error__set(err, ret, "cannot attach to %s: %s", name,
					  strerror(-ret));
	}
	return 0;
}

static uint32_t choose_max_vms(const struct source *src, uint32_t asked)
{
	uint32_t fits = DEFAULT_AGG_BYTES / (src->nr_cpus * sizeof(struct s2_agg));

	if (asked)
		return asked;
	if (fits < 16)
		return 16;
	return fits < DEFAULT_VMS ? fits : DEFAULT_VMS;
}

static uint32_t round_up_ring(uint32_t bytes)
{
	uint32_t size = sysconf(_SC_PAGESIZE);

	while (size < bytes && size < 1U << 30)
		size <<= 1;
	return size;
}

static int size_maps(struct source *src, const struct source_opts *opts)
{
	struct bpf_map *const by_vm[] = { src->skel->maps.aggs, src->skel->maps.rows,
					  src->skel->maps.vms, src->skel->maps.free_rows };
	size_t i;
	int ret = 0;

	for (i = 0; i < sizeof(by_vm) / sizeof(by_vm[0]) && !ret; i++)
		ret = bpf_map__set_max_entries(by_vm[i], src->max_vms);
	if (!ret)
		ret = bpf_map__set_max_entries(src->skel->maps.ring,
					       round_up_ring(opts->ring_bytes));
	return ret;
}

/* Leaf sizes follow from the granule: each table level resolves page_shift - 3 bits. */
static void set_config(struct s2_config *c, uint64_t counter_hz)
{
	int level, shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));

	c->page_shift = shift;
	for (level = 0; level < S2_LEVEL__MAX; level++)
		c->level_size[level] = 1ULL << (shift + level * (shift - 3));
	if (counter_hz)
		c->tick_mult = (1000000000ULL << S2_TICK_SHIFT) / counter_hz;
}

static int load_error(struct error *err, int ret)
{
	if (ret == -EPERM) {
		error__remedy(err, 0, "run it as root, or with CAP_BPF and CAP_PERFMON");
		return error__set(err, ret, "not allowed to load BPF programs");
	}
	error__remedy(err, 0, "run it again with -v: the kernel's own message follows");
	return error__set(err, ret, "the kernel refused the BPF programs: %s", strerror(-ret));
}

static int load(struct source *src, const struct source_opts *opts, struct error *err)
{
	struct btf *btf = kernel_btf(err);
	int ret = -ENOENT;

	if (!btf)
		return ret;
	src->skel = tracepoint_bpf__open();
	if (!src->skel) {
		ret = error__set(err, -errno, "cannot open the BPF programs: %s", strerror(errno));
		goto out;
	}
	bpf_program__set_autoload(src->skel->progs.on_cmo, opts->cmo);
	ret = set_targets(src, btf, err);
	if (ret)
		goto out;
	ret = kmap__fill((struct s2_kmap *)&src->skel->rodata->kmap, btf, err);
	if (ret)
		goto out;
	set_config((struct s2_config *)&src->skel->rodata->config, opts->counter_hz);
	src->skel->bss->filter = opts->filter;
	ret = size_maps(src, opts);
	if (!ret)
		ret = tracepoint_bpf__load(src->skel);
	if (ret)
		ret = load_error(err, ret);
out:
	btf__free(btf);
	return ret;
}

static int give_row(struct source *src, uint32_t row)
{
	return bpf_map_update_elem(bpf_map__fd(src->skel->maps.free_rows), NULL, &row, 0);
}

static int map_rows(struct source *src)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *mem;

	/* Array elements are laid out at a multiple of 8 bytes, as the struct is. */
	src->rows_bytes = (src->max_vms * sizeof(*src->rows) + page - 1) & ~(page - 1);
	mem = mmap(NULL, src->rows_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		   bpf_map__fd(src->skel->maps.rows), 0);
	if (mem == MAP_FAILED)
		return -errno;
	src->rows = mem;
	return 0;
}

static int on_ring(void *ctx, void *data, size_t size)
{
	struct source *src = ctx;
	const struct s2_rec *rec = data;

	(void)size;
	src->received++;
	src->sink->record(src->sink->ctx, rec);
	return 0;
}

static int prepare(struct source *src, struct error *err)
{
	uint32_t i;
	int ret;

	src->hist = calloc(src->max_vms, sizeof(*src->hist));
	src->agg_buf = calloc(src->nr_cpus, sizeof(*src->agg_buf));
	src->stats_buf = calloc(src->nr_cpus, sizeof(*src->stats_buf));
	if (!src->hist || !src->agg_buf || !src->stats_buf)
		return error__set(err, -ENOMEM, "out of memory");
	ret = map_rows(src);
	for (i = 0; i < src->max_vms && !ret; i++)
		ret = give_row(src, i);
	if (ret)
		return error__set(err, ret, "cannot prepare the table of VMs: %s", strerror(-ret));
	src->ring = ring_buffer__new(bpf_map__fd(src->skel->maps.ring), on_ring, src, NULL);
	if (!src->ring)
		return error__set(err, -errno, "cannot map the ring buffer: %s", strerror(errno));
	return 0;
}

/* VMs first: a VM that is made while we attach must be known before it faults. */
static int attach(struct source *src, struct error *err)
{
	int ret;

	src->skel->links.on_vm = bpf_program__attach(src->skel->progs.on_vm);
	if (!src->skel->links.on_vm)
		ret = -errno;
	else
		ret = tracepoint_bpf__attach(src->skel);
	if (ret)
		return error__set(err, ret, "cannot attach the BPF programs: %s", strerror(-ret));
	return 0;
}

static int check_backend(const char *name, struct error *err)
{
	int id;

	if (!name)
		return 0;
	id = vocab__id(&vocab_backend, name, strlen(name));
	if (id == S2_BACKEND_TRACEPOINT)
		return 0;
	error__remedy(err, 0, "use --backend tracepoint, or leave the option out");
	return error__set(err, -EINVAL,
			  id < 0 ? "there is no backend '%s'"
				 : "the backend '%s' is not built into this s2trace",
			  name);
}

int source__open_live(struct source **out, const struct source_opts *opts, struct error *err)
{
	struct source *src;
	int ret = check_backend(opts->backend, err);

	if (ret)
		return ret;
	if (opts->max_vms > SOURCE_MAX_VMS) {
		error__remedy(err, 0, "give --max-vms a number up to %d", SOURCE_MAX_VMS);
		return error__set(err, -EINVAL, "%u VMs are too many", opts->max_vms);
	}
	src = calloc(1, sizeof(*src));
	if (!src)
		return error__set(err, -ENOMEM, "out of memory");
	src->nr_cpus = libbpf_num_possible_cpus();
	src->counter_hz = opts->counter_hz;
	src->max_vms = choose_max_vms(src, opts->max_vms);
	ret = load(src, opts, err);
	if (!ret)
		ret = prepare(src, err);
	if (!ret)
		ret = attach(src, err);
	if (ret) {
		source__close(src);
		return ret;
	}
	*out = src;
	return 0;
}

void source__stop(struct source *src)
{
	tracepoint_bpf__detach(src->skel);
}

void source__close(struct source *src)
{
	uint32_t i;

	if (!src)
		return;
	ring_buffer__free(src->ring);
	if (src->rows)
		munmap(src->rows, src->rows_bytes);
	for (i = 0; src->hist && i < src->max_vms; i++)
		free(src->hist[i]);
	free(src->hist);
	free(src->agg_buf);
	free(src->stats_buf);
	tracepoint_bpf__destroy(src->skel);
	free(src);
}

enum s2_backend source__backend(const struct source *src)
{
	(void)src;
	return S2_BACKEND_TRACEPOINT;
}

void source__set_filter(struct source *src, const struct s2_filter *filter)
{
	src->skel->bss->filter = *filter;
}

int source__poll(struct source *src, const struct source_sink *sink)
{
	src->sink = sink;
	return ring_buffer__consume(src->ring);
}

static uint64_t ticks_to_ns(const struct source *src, uint64_t ticks)
{
	return src->counter_hz ? (unsigned __int128)ticks * 1000000000 / src->counter_hz : 0;
}

/* Differences of sums that wrap are right as long as less than 2^32 were added in between. */
static void widen_hist(const __u32 *now, __u32 *last, uint64_t *sum)
{
	int b;

	for (b = 0; b < S2_HIST_BUCKETS; b++) {
		sum[b] += (__u32)(now[b] - last[b]);
		last[b] = now[b];
	}
}

static void sum_cell(const struct source *src, struct row_hist *h, struct vm_cell *cell, int type,
		     int level)
{
	__u32 hist[S2_HIST_BUCKETS] = {};
	const struct s2_cell *c;
	uint64_t ticks = 0;
	int cpu, i;

	for (cpu = 0; cpu < src->nr_cpus; cpu++) {
		c = &src->agg_buf[cpu].cell[type][level];
		for (i = 0; i < S2_ACCESS__MAX; i++)
			cell->n[i] += c->n[i];
		for (i = 0; i < S2_HIST_BUCKETS; i++)
			hist[i] += c->hist[i];
		ticks += c->ticks;
	}
	cell->ns = ticks_to_ns(src, ticks);
	widen_hist(hist, h->last[type][level], h->sum[type][level]);
	memcpy(cell->hist, h->sum[type][level], sizeof(cell->hist));
}

static int sum_aggs(struct source *src, uint32_t row, struct vm_totals *t)
{
	int type, level, cpu, i;

	if (bpf_map_lookup_elem(bpf_map__fd(src->skel->maps.aggs), &row, src->agg_buf))
		return -errno;
	if (!src->hist[row])
		src->hist[row] = calloc(1, sizeof(*src->hist[row]));
	if (!src->hist[row])
		return -ENOMEM;
	for (type = 0; type < S2_CELL_ROWS; type++)
		for (level = 0; level < S2_LEVEL__MAX; level++)
			sum_cell(src, src->hist[row], &t->cell[type][level], type, level);
	for (cpu = 0; cpu < src->nr_cpus; cpu++)
		for (i = 0; i < S2_OUTCOME__MAX; i++)
			t->outcome[i] += src->agg_buf[cpu].outcome[i];
	return 0;
}

static void copy_row(const struct s2_vm_row *r, struct vm_totals *t)
{
	memcpy(t->reason, r->reason, sizeof(t->reason));
	t->slots_accepted = r->slots_accepted;
	t->slots_rejected = r->slots_rejected;
	memcpy(t->unmap_n, r->unmap_n, sizeof(t->unmap_n));
	memcpy(t->unmap_bytes, r->unmap_bytes, sizeof(t->unmap_bytes));
	memcpy(t->cmo_n, r->cmo_n, sizeof(t->cmo_n));
	memcpy(t->cmo_bytes, r->cmo_bytes, sizeof(t->cmo_bytes));
}

static uint64_t totals_seen(const struct vm_totals *t)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < S2_OUTCOME__MAX; i++)
		n += t->outcome[i];
	return n;
}

/* The VM is gone and its totals are read: zero the row and let another VM have it. */
static int recycle(struct source *src, uint32_t n, uint64_t seen)
{
	struct s2_vm_row *row = &src->rows[n];

	memset(src->agg_buf, 0, src->nr_cpus * sizeof(*src->agg_buf));
	if (bpf_map_update_elem(bpf_map__fd(src->skel->maps.aggs), &n, src->agg_buf, BPF_ANY))
		return -errno;
	src->retired_seen += seen;
	free(src->hist[n]);
	src->hist[n] = NULL;
	memset(row, 0, sizeof(*row));
	return give_row(src, n);
}

static int collect_row(struct source *src, uint32_t n, const struct source_sink *sink,
		       uint64_t *seen)
{
	struct vm_totals totals = {};
	/* The state is read before the counts: once DEAD, they do not change any more. */
	__u32 state = __atomic_load_n(&src->rows[n].state, __ATOMIC_ACQUIRE);
	int ret;

	if (state == S2_VM_FREE)
		return 0;
	ret = sum_aggs(src, n, &totals);
	if (ret)
		return ret;
	copy_row(&src->rows[n], &totals);
	sink->totals(sink->ctx, src->rows[n].id, src->rows[n].tgid, &totals);
	if (state == S2_VM_DEAD) {
		sink->gone(sink->ctx, src->rows[n].id);
		return recycle(src, n, totals_seen(&totals));
	}
	*seen += totals_seen(&totals);
	return 0;
}

/* How often the kernel did not run a program because it was already running on that CPU. */
static uint64_t recursion_misses(const struct source *src)
{
	struct bpf_program *prog;
	uint64_t n = 0;

	bpf_object__for_each_program(prog, src->skel->obj)
	{
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);

		if (bpf_program__fd(prog) >= 0 &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
			n += info.recursion_misses;
	}
	return n;
}

static int collect_stats(struct source *src, const struct source_sink *sink, uint64_t seen)
{
	struct source_stats st = {};
	uint64_t wanted = 0;
	__u32 zero = 0;
	int cpu, i;

	if (bpf_map_lookup_elem(bpf_map__fd(src->skel->maps.stats), &zero, src->stats_buf))
		return -errno;
	for (cpu = 0; cpu < src->nr_cpus; cpu++) {
		st.emitted += src->stats_buf[cpu].emitted;
		wanted += src->stats_buf[cpu].wanted;
		for (i = 0; i < S2_LOST__MAX; i++)
			st.lost[i] += src->stats_buf[cpu].lost[i];
	}
	st.lost[S2_LOST_RECURSION] = recursion_misses(src);
	st.seen = seen + src->retired_seen;
	st.filtered = st.seen > wanted ? st.seen - wanted : 0;
	st.received = src->received;
	sink->stats(sink->ctx, &st);
	return 0;
}

int source__collect(struct source *src, const struct source_sink *sink)
{
	uint64_t seen = 0;
	uint32_t n;
	int ret;

	for (n = 0; n < src->max_vms; n++) {
		ret = collect_row(src, n, sink, &seen);
		if (ret)
			return ret;
	}
	return collect_stats(src, sink, seen);
}
