// SPDX-License-Identifier: GPL-2.0-only
#include "source/bpfutil.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "source/source.h"

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

struct btf *bpfutil__kernel_btf(struct error *err)
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

bool bpfutil__nested_indirect(const struct btf *btf)
{
	const struct btf_type *t = member_type(btf, "kvm_arch", "nested_mmus");

	t = t && btf_is_ptr(t) ? btf__type_by_id(btf, t->type) : NULL;
	return t && btf_is_ptr(t);
}

int bpfutil__load_error(struct error *err, int ret, const char *what)
{
	if (ret == -EPERM) {
		error__remedy(err, 0, "run it as root, or with CAP_BPF and CAP_PERFMON");
		return error__set(err, ret, "not allowed to load BPF programs");
	}
	error__remedy(err, 0, "run it again with -v to see the kernel's message");
	return error__set(err, ret, "the kernel rejected the BPF programs that %s: %s", what,
			  strerror(-ret));
}

void *bpfutil__variable(struct bpf_object *obj, const char *section, size_t size)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, section);
	size_t has = 0;
	void *value = map ? (void *)bpf_map__initial_value(map, &has) : NULL;

	return has == size ? value : NULL;
}

/* Elements of an array are laid out at a multiple of 8 bytes. */
int shared_memory__map(struct shared_memory *m, const struct bpf_map *map)
{
	size_t page = sysconf(_SC_PAGESIZE), value = (bpf_map__value_size(map) + 7) & ~7UL;
	size_t bytes = (value * bpf_map__max_entries(map) + page - 1) & ~(page - 1);
	void *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	if (mem == MAP_FAILED)
		return -errno;
	m->mem = mem;
	m->bytes = bytes;
	return 0;
}

void shared_memory__unmap(struct shared_memory *m)
{
	if (m->mem)
		munmap(m->mem, m->bytes);
	m->mem = NULL;
}

uint32_t bpfutil__nr_cpus(void)
{
	FILE *f = fopen("/sys/devices/system/cpu/possible", "re");
	unsigned int last = 0, n;
	int c = ',';

	/* Ranges, separated by commas: "0-3,8-11". */
	while (f && (c == ',' || c == '-') && fscanf(f, "%u", &n) == 1) {
		last = n;
		c = fgetc(f);
	}
	if (f)
		fclose(f);
	return last + 1;
}

int bpfutil__run(const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	return bpf_prog_test_run_opts(bpf_program__fd(prog), &opts) ? -errno : 0;
}
