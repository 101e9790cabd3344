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

#include "lib/clock.h"
#include "model/infer.h"
#include "model/vocab.h"
#include "source/backend.h"
#include "source/kmap.h"
#include "source/totals.h"

#define MAX_LINKS	  40
#define DEFAULT_VMS	  256U
#define DEFAULT_AGG_BYTES (64U << 20)

struct source {
	const struct backend *backend;
	struct bpf_object *obj;
	struct bpf_link *links[MAX_LINKS];
	int nr_links;
	struct {
		int aggs, rows, vms, free_rows, stats,
			ring; /* file descriptors; they are the object's */
	} maps;
	void *bss; /* mapped: the filter is in there */
	size_t bss_bytes;
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
	enum decision_era era; /* how this kernel decides, for what is inferred */
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
	static const char *const by_vm[] = { "aggs", "rows", "vms", "free_rows" };
	size_t i;
	int ret = 0;

	for (i = 0; i < sizeof(by_vm) / sizeof(by_vm[0]) && !ret; i++)
		ret = bpf_map__set_max_entries(bpf_object__find_map_by_name(src->obj, by_vm[i]),
					       src->max_vms);
	if (!ret)
		ret = bpf_map__set_max_entries(bpf_object__find_map_by_name(src->obj, "ring"),
					       round_up_ring(opts->ring_bytes));
	return ret;
}

/* The map behind a section of variables: its name ends with the section's. */
static struct bpf_map *section_map(const struct source *src, const char *section)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, src->obj) if (strstr(bpf_map__name(map), section)) return map;
	return NULL;
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

static int fill_rodata(struct source *src, const struct source_opts *opts, const struct btf *btf,
		       struct error *err)
{
	size_t size;
	char *rodata = (char *)bpf_map__initial_value(section_map(src, ".rodata"), &size);

	set_config((struct s2_config *)(rodata + src->backend->config_offset), opts->counter_hz);
	return kmap__fill((struct s2_kmap *)(rodata + src->backend->kmap_offset), btf,
			  src->backend->id == S2_BACKEND_TRACEPOINT, err);
}

static int open_object(struct source *src, struct error *err)
{
	size_t size;
	const void *elf = src->backend->elf(&size);

	src->obj = bpf_object__open_mem(elf, size, NULL);
	if (libbpf_get_error(src->obj)) {
		src->obj = NULL;
		return error__set(err, -errno, "cannot open the BPF programs: %s", strerror(errno));
	}
	return 0;
}

static int load(struct source *src, const struct source_opts *opts, const struct btf *btf,
		struct error *err)
{
	int ret = open_object(src, err);

	if (!ret)
		ret = src->backend->choose(src->obj, btf, opts, err);
	if (!ret)
		ret = fill_rodata(src, opts, btf, err);
	if (ret)
		return ret;
	ret = size_maps(src, opts);
	if (!ret)
		ret = bpf_object__load(src->obj);
	return ret ? load_error(err, ret) : 0;
}

static void find_maps(struct source *src)
{
	src->maps.aggs = bpf_object__find_map_fd_by_name(src->obj, "aggs");
	src->maps.rows = bpf_object__find_map_fd_by_name(src->obj, "rows");
	src->maps.vms = bpf_object__find_map_fd_by_name(src->obj, "vms");
	src->maps.free_rows = bpf_object__find_map_fd_by_name(src->obj, "free_rows");
	src->maps.stats = bpf_object__find_map_fd_by_name(src->obj, "stats");
	src->maps.ring = bpf_object__find_map_fd_by_name(src->obj, "ring");
}

static int map_shared(int fd, size_t bytes, void **mem, size_t *mapped)
{
	size_t page = sysconf(_SC_PAGESIZE);

	*mapped = (bytes + page - 1) & ~(page - 1);
	*mem = mmap(NULL, *mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (*mem != MAP_FAILED)
		return 0;
	*mem = NULL;
	return -errno;
}

static int map_memory(struct source *src)
{
	struct bpf_map *bss = section_map(src, ".bss");
	void *rows;
	int ret;

	ret = map_shared(bpf_map__fd(bss), bpf_map__value_size(bss), &src->bss, &src->bss_bytes);
	if (ret)
		return ret;
	/* Array elements are laid out at a multiple of 8 bytes, as the struct is. */
	ret = map_shared(src->maps.rows, src->max_vms * sizeof(*src->rows), &rows,
			 &src->rows_bytes);
	src->rows = rows;
	return ret;
}

static int give_row(struct source *src, uint32_t row)
{
	return bpf_map_update_elem(src->maps.free_rows, NULL, &row, 0);
}

/* The totals of a VM count reasons in the kernel, where it knows them. */
static void count_inferred(struct source *src, uint32_t vm, enum s2_reason reason)
{
	uint32_t n;

	for (n = 0; n < src->max_vms; n++)
		if (src->rows[n].id == vm && src->rows[n].state != S2_VM_FREE)
			break;
	if (vm && n < src->max_vms && reason < S2_REASON__MAX)
		__atomic_add_fetch(&src->rows[n].reason[reason], 1, __ATOMIC_RELAXED);
}

union any_rec {
	struct s2_event h;
	struct s2_ev_decision decision;
	struct s2_ev_memslot memslot;
};

static enum s2_reason reason_of(const union any_rec *r)
{
	return r->h.type == S2_EV_DECISION  ? r->decision.reason
	       : r->h.type == S2_EV_MEMSLOT ? r->memslot.reason
					    : S2_REASON_NONE;
}

/* Records lie in memory that only the kernel may write. */
static const struct s2_event *infer(struct source *src, const struct s2_event *rec,
				    union any_rec *copy)
{
	enum s2_reason before;

	if (!src->backend->infer || rec->len > sizeof(*copy))
		return rec;
	memcpy(copy, rec, rec->len);
	before = reason_of(copy);
	src->backend->infer(&copy->h, src->era);
	if (reason_of(copy) != before)
		count_inferred(src, rec->vm, reason_of(copy));
	return &copy->h;
}

static int on_ring(void *ctx, void *data, size_t size)
{
	struct source *src = ctx;
	union any_rec copy;

	(void)size;
	src->received++;
	src->sink->record(src->sink->ctx, infer(src, data, &copy));
	return 0;
}

static int prepare(struct source *src, const struct s2_filter *filter, struct error *err)
{
	uint32_t i;
	int ret;

	src->hist = calloc(src->max_vms, sizeof(*src->hist));
	src->agg_buf = calloc(src->nr_cpus, sizeof(*src->agg_buf));
	src->stats_buf = calloc(src->nr_cpus, sizeof(*src->stats_buf));
	if (!src->hist || !src->agg_buf || !src->stats_buf)
		return error__set(err, -ENOMEM, "out of memory");
	find_maps(src);
	ret = map_memory(src);
	for (i = 0; i < src->max_vms && !ret; i++)
		ret = give_row(src, i);
	if (ret)
		return error__set(err, ret, "cannot prepare the table of VMs: %s", strerror(-ret));
	source__set_filter(src, filter);
	src->ring = ring_buffer__new(src->maps.ring, on_ring, src, NULL);
	if (!src->ring)
		return error__set(err, -errno, "cannot map the ring buffer: %s", strerror(errno));
	return 0;
}

static int attach_prog(struct source *src, struct bpf_program *prog, const struct btf *btf)
{
	struct bpf_link *link;

	if (src->nr_links == MAX_LINKS)
		return -E2BIG;
	link = src->backend->attach ? src->backend->attach(prog, btf) : bpf_program__attach(prog);
	if (libbpf_get_error(link))
		return -errno;
	src->links[src->nr_links++] = link;
	return 0;
}

/* VMs first: a VM that is made while we attach must be known before it faults. */
static int attach_all(struct source *src, const struct btf *btf)
{
	struct bpf_program *prog, *first;
	int ret;

	first = bpf_object__find_program_by_name(src->obj, src->backend->first_prog);
	ret = attach_prog(src, first, btf);
	bpf_object__for_each_program(prog, src->obj) if (!ret && prog != first &&
							 bpf_program__autoload(prog)) ret =
		attach_prog(src, prog, btf);
	return ret;
}

static int attach(struct source *src, const struct btf *btf, struct error *err)
{
	int ret = attach_all(src, btf);

	if (ret)
		return error__set(err, ret, "cannot attach the BPF programs: %s", strerror(-ret));
	return 0;
}

/* libbpf's own messages rank one level lower than ours; a verifier log has many lines. */
static int libbpf_log(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level != LIBBPF_DEBUG)
		log__vprint(level == LIBBPF_WARN ? LOG_INFO : LOG_DEBUG, fmt, ap);
	return 0;
}

void source__log_libbpf(void)
{
	libbpf_set_print(libbpf_log);
}

static struct btf *kernel_btf(struct error *err)
{
	struct btf *btf;

	source__log_libbpf();
	btf = btf__load_vmlinux_btf();
	if (libbpf_get_error(btf)) {
		error__remedy(err, 0, "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y");
		error__set(err, -ENOENT, "this kernel has no BTF (/sys/kernel/btf/vmlinux)");
		return NULL;
	}
	return btf;
}

/* All that there are, best first. */
static const struct backend *const backends[] = { &backend_tracepoint, &backend_fentry,
						  &backend_kprobe };

#define NR_BACKENDS (sizeof(backends) / sizeof(backends[0]))

static const struct backend *find_backend(enum s2_backend id)
{
	size_t i;

	for (i = 0; i < NR_BACKENDS; i++)
		if (backends[i]->id == id)
			return backends[i];
	return NULL;
}

static int bad_backend(struct error *err, const char *name, bool known)
{
	error__remedy(err, 0, "leave --backend out, or see 's2trace check' for what there is");
	return error__set(err, -EINVAL,
			  known ? "the backend '%s' is not built into this s2trace"
				: "there is no backend '%s'",
			  name);
}

/* The one that was asked for, else the best that this kernel offers. */
static int choose_backend(struct source *src, const char *name, const struct btf *btf,
			  struct error *err)
{
	int id = name ? vocab__id(&vocab_backend, name, strlen(name)) : -1, ret = -EOPNOTSUPP;
	size_t i;

	src->backend = id < 0 ? NULL : find_backend(id);
	if (name)
		return src->backend ? src->backend->probe(btf, err)
				    : bad_backend(err, name, id >= 0);
	for (i = 0; i < NR_BACKENDS && ret; i++) {
		src->backend = backends[i];
		ret = backends[i]->probe(btf, err);
	}
	return ret;
}

int source__probe(enum s2_backend id, struct error *err)
{
	const struct backend *b = find_backend(id);
	struct btf *btf;
	int ret;

	if (!b)
		return bad_backend(err, vocab__name(&vocab_backend, id), true);
	btf = kernel_btf(err);
	if (!btf)
		return -ENOENT;
	ret = b->probe(btf, err);
	btf__free(btf);
	return ret;
}

static int start(struct source *src, const struct source_opts *opts, struct error *err)
{
	struct btf *btf = kernel_btf(err);
	int ret;

	if (!btf)
		return -ENOENT;
	src->era = infer__era(kmap__knows(btf, "kvm_pgtable_prot", "KVM_PGTABLE_PROT_NORMAL_NC"),
			      opts->host);
	ret = choose_backend(src, opts->backend, btf, err);
	if (!ret)
		ret = load(src, opts, btf, err);
	if (!ret)
		ret = prepare(src, &opts->filter, err);
	if (!ret)
		ret = attach(src, btf, err);
	btf__free(btf);
	return ret;
}

int source__open_live(struct source **out, const struct source_opts *opts, struct error *err)
{
	struct source *src;
	int ret;

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
	ret = start(src, opts, err);
	if (ret) {
		source__close(src);
		return ret;
	}
	*out = src;
	return 0;
}

void source__stop(struct source *src)
{
	while (src->nr_links)
		bpf_link__destroy(src->links[--src->nr_links]);
}

void source__close(struct source *src)
{
	uint32_t i;

	if (!src)
		return;
	ring_buffer__free(src->ring);
	if (src->rows)
		munmap(src->rows, src->rows_bytes);
	if (src->bss)
		munmap(src->bss, src->bss_bytes);
	for (i = 0; src->hist && i < src->max_vms; i++)
		free(src->hist[i]);
	free(src->hist);
	free(src->agg_buf);
	free(src->stats_buf);
	source__stop(src);
	bpf_object__close(src->obj);
	free(src);
}

enum s2_backend source__backend(const struct source *src)
{
	return src->backend->id;
}

void source__set_filter(struct source *src, const struct s2_filter *filter)
{
	struct s2_filter f = *filter;

	f.any = f.outcomes | f.always | (f.watch_tgid ? UINT32_MAX : 0);
	memcpy((char *)src->bss + src->backend->filter_offset, &f, sizeof(f));
}

int source__poll(struct source *src, const struct source_sink *sink)
{
	src->sink = sink;
	return ring_buffer__consume(src->ring);
}

static int read_totals(struct source *src, uint32_t row, struct vm_totals *t)
{
	const struct totals_input in = { src->agg_buf, src->nr_cpus, src->counter_hz,
					 &src->rows[row] };

	if (bpf_map_lookup_elem(src->maps.aggs, &row, src->agg_buf))
		return -errno;
	if (!src->hist[row])
		src->hist[row] = calloc(1, sizeof(*src->hist[row]));
	if (!src->hist[row])
		return -ENOMEM;
	totals__sum(t, &in, src->hist[row]);
	return 0;
}

/* The VM is gone and its totals are read: zero the row and let another VM have it. */
static int recycle(struct source *src, uint32_t n, uint64_t seen)
{
	struct s2_vm_row *row = &src->rows[n];

	memset(src->agg_buf, 0, src->nr_cpus * sizeof(*src->agg_buf));
	if (bpf_map_update_elem(src->maps.aggs, &n, src->agg_buf, BPF_ANY))
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
	struct vm_totals totals;
	/* The state is read before the counts: once DEAD, they do not change any more. */
	__u32 state = __atomic_load_n(&src->rows[n].state, __ATOMIC_ACQUIRE);
	int ret;

	if (state == S2_VM_FREE)
		return 0;
	ret = read_totals(src, n, &totals);
	if (ret)
		return ret;
	sink->totals(sink->ctx, src->rows[n].id, src->rows[n].tgid, &totals);
	if (state == S2_VM_DEAD) {
		sink->gone(sink->ctx, src->rows[n].id);
		return recycle(src, n, totals__seen(&totals));
	}
	*seen += totals__seen(&totals);
	return 0;
}

/* How often the kernel did not run a program because it was already running on that CPU. */
static uint64_t recursion_misses(const struct source *src)
{
	struct bpf_program *prog;
	uint64_t n = 0;

	bpf_object__for_each_program(prog, src->obj)
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

	if (bpf_map_lookup_elem(src->maps.stats, &zero, src->stats_buf))
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

/* VMs that user space finds */

/* As s2_row_init() does it, but for a VM of another process. */
static void init_row(struct source *src, uint32_t n, uint32_t pid)
{
	uint32_t *last = (uint32_t *)((char *)src->bss + src->backend->last_id_offset);
	struct s2_vm_row *row = &src->rows[n];

	row->created_ns = 0;
	row->tgid = pid;
	row->index = n;
	row->id = __atomic_add_fetch(last, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&row->state, S2_VM_LIVE, __ATOMIC_RELEASE);
}

static void tell_found(struct source *src, const struct source_sink *sink,
		       const struct s2_vm_row *row)
{
	struct s2_ev_vm found = {
		.h = { .type = S2_EV_VM,
		       .source = src->backend->id,
		       .len = sizeof(found),
		       .vm = row->id,
		       .ts_ns = now_ns() },
		.tgid = row->tgid,
		.event = S2_VM_FOUND,
	};

	sink->record(sink->ctx, &found.h);
}

/* An event may make the same VM known meanwhile: the hash decides which of the two wins. */
static int add_row(struct source *src, const struct source_sink *sink, uint64_t kvm, uint32_t pid)
{
	uint32_t n;

	if (bpf_map_lookup_and_delete_elem(src->maps.free_rows, NULL, &n))
		return -errno;
	init_row(src, n, pid);
	if (bpf_map_update_elem(src->maps.vms, &kvm, &n, BPF_NOEXIST)) {
		src->rows[n].state = S2_VM_FREE;
		give_row(src, n);
		return 0;
	}
	src->rows[n].kvm = kvm;
	tell_found(src, sink, &src->rows[n]);
	return 0;
}

uint32_t source__adopt(struct source *src, const struct source_sink *sink, uint64_t kvm,
		       uint32_t pid)
{
	uint32_t n;

	if (bpf_map_lookup_elem(src->maps.vms, &kvm, &n) &&
	    (add_row(src, sink, kvm, pid) || bpf_map_lookup_elem(src->maps.vms, &kvm, &n)))
		return 0;
	return src->rows[n].id;
}

/* As s2_vm_del() does it. */
static void disown(struct source *src, struct s2_vm_row *row)
{
	uint64_t kvm = row->kvm;

	if (bpf_map_delete_elem(src->maps.vms, &kvm))
		return;
	row->kvm = 0;
	__atomic_store_n(&row->state, S2_VM_DEAD, __ATOMIC_RELEASE);
}

/* A VM is told of before it comes into the kernel's list: this long it may take at most. */
#define BIRTH_NS 1000000000ULL

void source__reap(struct source *src, bool (*alive)(const void *ctx, uint64_t kvm), const void *ctx)
{
	uint64_t now = now_ns();
	struct s2_vm_row *row;

	for (row = src->rows; row < src->rows + src->max_vms; row++)
		if (row->state == S2_VM_LIVE && row->kvm && row->created_ns + BIRTH_NS < now &&
		    !alive(ctx, row->kvm))
			disown(src, row);
}
