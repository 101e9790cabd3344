// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <s2trace/kmap.h>
#include <s2trace/fault.h>
#include <s2trace/maps.h>

#include "host/host.h"
#include "source/bpfutil.h"
#include "source/functions.h"
#include "source/kmap.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/* Some programs are needed only on some hosts, or on request. */
enum need {
	NEED_REQUIRED, /* nothing useful is left without it */
	NEED_ALWAYS,
	NEED_NO_FWB, /* KVM resets memory with a vCPU only where it must clean caches */
	NEED_NESTED,
	NEED_CMO,
	NEED_LOOKUP, /* the page frame lookup is observed */
	NEED_NO_LOOKUP,
};

/* Prefix of program names: the kprobe source has two programs for some functions. */
struct function {
	const char *prog;
	const char *names[2]; /* whichever the kernel has; never both */
	enum need need;
};

static const struct function functions[] = {
	{ "abort", { "kvm_handle_guest_abort" }, NEED_REQUIRED },
	{ "map", { "kvm_pgtable_stage2_map" }, NEED_REQUIRED },
	{ "vm_init", { "kvm_arch_init_vm" }, NEED_REQUIRED },
	{ "vm_destroy", { "kvm_arch_destroy_vm" }, NEED_REQUIRED },
	{ "relax", { "kvm_pgtable_stage2_relax_perms" }, NEED_ALWAYS },
	{ "pkvm_map", { "pkvm_pgtable_stage2_map" }, NEED_ALWAYS },
	{ "pkvm_relax", { "pkvm_pgtable_stage2_relax_perms" }, NEED_ALWAYS },
	{ "faultin", { "__kvm_faultin_pfn", "__gfn_to_pfn_memslot" }, NEED_LOOKUP },
	{ "poison", { "send_sig_mceerr" }, NEED_NO_LOOKUP },
	{ "gmem", { "kvm_gmem_get_pfn" }, NEED_ALWAYS },
	{ "inject_abort", { "kvm_inject_sea", "kvm_inject_dabt" }, NEED_ALWAYS },
	{ "inject_pabt", { "kvm_inject_pabt" }, NEED_ALWAYS },
	{ "inject_size", { "kvm_inject_size_fault" }, NEED_ALWAYS },
	{ "inject_excl", { "kvm_inject_dabt_excl_atomic" }, NEED_ALWAYS },
	{ "inject_s2", { "kvm_inject_s2_fault" }, NEED_ALWAYS },
	{ "memslot", { "kvm_arch_prepare_memory_region" }, NEED_ALWAYS },
	{ "unmap", { "kvm_unmap_gfn_range" }, NEED_ALWAYS },
	{ "flush_slot", { "kvm_arch_flush_shadow_memslot" }, NEED_ALWAYS },
	{ "protect", { "kvm_pgtable_stage2_wrprotect" }, NEED_ALWAYS },
	{ "pkvm_protect", { "pkvm_pgtable_stage2_wrprotect" }, NEED_ALWAYS },
	{ "split", { "kvm_pgtable_stage2_split" }, NEED_ALWAYS },
	{ "reset", { "stage2_unmap_vm" }, NEED_NO_FWB },
	{ "reset_unmap", { "kvm_pgtable_stage2_unmap" }, NEED_NO_FWB },
	{ "pkvm_reset_unmap", { "pkvm_pgtable_stage2_unmap" }, NEED_NO_FWB },
	{ "shadow", { "kvm_nested_s2_unmap" }, NEED_NESTED },
	{ "shadow_unmap", { "kvm_stage2_unmap_range" }, NEED_NESTED },
	{ "shadow_protect", { "kvm_stage2_wp_range" }, NEED_NESTED },
	{ "vncr", { "kvm_handle_vncr_abort" }, NEED_NESTED },
	{ "cmo_clean", { "clean_dcache_guest_page" }, NEED_CMO },
	{ "cmo_inval", { "invalidate_icache_guest_page" }, NEED_CMO },
	{ "cmo_map", { "kvm_pgtable_stage2_map" }, NEED_CMO },
	{ "cmo_unmap", { "kvm_pgtable_stage2_unmap" }, NEED_CMO },
	{ "cmo_relax", { "kvm_pgtable_stage2_relax_perms" }, NEED_CMO },
	{ "cmo_flush", { "kvm_pgtable_stage2_flush" }, NEED_CMO },
};

/* Names must match exactly, apart from the suffix: some are prefixes of others. */
static const struct function *find_function(const char *prog)
{
	static const char *const suffixes[] = { "", "_begin", "_end" };
	size_t i, s, len;

	for (i = 0; i < NR(functions); i++) {
		len = strlen(functions[i].prog);
		if (strncmp(prog, functions[i].prog, len))
			continue;
		for (s = 0; s < NR(suffixes); s++)
			if (!strcmp(prog + len, suffixes[s]))
				return &functions[i];
	}
	return NULL;
}

static bool has_function(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

static const char *find_name(const struct btf *btf, const struct function *fn)
{
	size_t i;

	for (i = 0; i < NR(fn->names) && fn->names[i]; i++)
		if (has_function(btf, fn->names[i]))
			return fn->names[i];
	return NULL;
}

/* Caches the result: each lookup scans BTF from the start. */
static const char *present_name(const struct btf *btf, const struct function *fn)
{
	static struct {
		const char *name;
		bool known;
	} memo[NR(functions)];
	size_t i = fn - functions;

	if (!memo[i].known)
		memo[i].name = find_name(btf, fn);
	memo[i].known = true;
	return memo[i].name;
}

const char *functions__target(const struct btf *btf, const char *prog)
{
	const struct function *fn = find_function(prog);

	return fn ? present_name(btf, fn) : NULL;
}

int functions__probe(const struct btf *btf, struct error *err)
{
	size_t i;

	for (i = 0; i < NR(functions); i++) {
		if (functions[i].need != NEED_REQUIRED || present_name(btf, &functions[i]))
			continue;
		error__remedy(err, 0, "boot a kernel with CONFIG_KVM=y");
		return error__set(err, -EOPNOTSUPP, "this kernel has no function %s",
				  functions[i].names[0]);
	}
	return 0;
}

/* The index of an argument, by name. */
static __u8 find_arg(const struct btf *btf, const char *function, const char *arg)
{
	const struct btf_type *fn, *proto;
	const struct btf_param *p;
	const char *name;
	int i, id;

	id = btf__find_by_name_kind(btf, function, BTF_KIND_FUNC);
	if (id < 0)
		return S2_NO_ARG;
	fn = btf__type_by_id(btf, id);
	proto = btf__type_by_id(btf, fn->type);
	for (i = 0, p = btf_params(proto); i < btf_vlen(proto); i++, p++) {
		name = btf__name_by_offset(btf, p->name_off);
		if (name && !strcmp(name, arg))
			return i;
	}
	return S2_NO_ARG;
}

static void fill_args(struct s2_args *args, const struct btf *btf)
{
	static const char map[] = "kvm_pgtable_stage2_map";
	static const char relax[] = "kvm_pgtable_stage2_relax_perms";

	args->map_size = find_arg(btf, map, "size");
	args->map_phys = find_arg(btf, map, "phys");
	args->map_prot = find_arg(btf, map, "prot");
	args->relax_prot = find_arg(btf, relax, "prot");
	args->writable = find_arg(btf, "__kvm_faultin_pfn", "writable");
	if (args->writable == S2_NO_ARG)
		args->writable = find_arg(btf, "__gfn_to_pfn_memslot", "writable");
}

static int check_args(const struct s2_args *args, struct error *err)
{
	if (args->map_size != S2_NO_ARG && args->map_phys != S2_NO_ARG &&
	    args->map_prot != S2_NO_ARG)
		return 0;
	return error__set(err, -EOPNOTSUPP,
			  "unknown arguments of kvm_pgtable_stage2_map() in this kernel");
}

/*
 * Whether to observe the page frame lookup, which every fault pays for. Single decisions are to
 * show the page, and judge_unseen() in bpf/flight.bpf.h needs the last slot.
 */
static bool needs_lookup(const struct backend_env *env)
{
	uint32_t offset;

	return env->opts->filter.outcomes ||
	       !kmap__offset(env->btf, "kvm_memslots", "last_used_slot", &offset);
}

/* Programs read the memory type with one shift: DEVICE, and next to it NORMAL_NC since 6.9. */
static int find_type_bits(struct s2_fault_config *c, const struct btf *btf, struct error *err)
{
	uint64_t device, nc;

	if (!kmap__value(btf, "kvm_pgtable_prot", "KVM_PGTABLE_PROT_DEVICE", &device) || !device)
		return error__set(err, -EOPNOTSUPP, "this kernel has no KVM_PGTABLE_PROT_DEVICE");
	c->type_shift = __builtin_ctzll(device);
	c->type_mask = 1;
	if (!kmap__value(btf, "kvm_pgtable_prot", "KVM_PGTABLE_PROT_NORMAL_NC", &nc))
		return 0;
	c->type_mask = 3;
	if (nc == device << 1)
		return 0;
	return error__set(err, -EOPNOTSUPP,
			  "this kernel encodes memory types in enum kvm_pgtable_prot in a new way");
}

/* Durations are in ticks of the system counter, whichever backend measured them. */
int functions__configure_faults(struct bpf_object *obj, const struct backend_env *env,
				struct error *err)
{
	struct s2_fault_config *c = bpfutil__variable(obj, ".rodata.s2_fault", sizeof(*c));
	const struct s2_ev_host *host = env->host;

	if (!c)
		return error__set(err, -EINVAL, "the BPF programs have no configuration");
	c->ns_mult = (host->counter_hz << S2_TICK_SHIFT) / 1000000000ULL;
	c->detail = needs_lookup(env);
	if (host->fwb >= 0)
		c->known |= S2_BIT(S2_F_FWB);
	if (host->dic >= 0)
		c->known |= S2_BIT(S2_F_DIC);
	c->fwb = host->fwb == FACT_YES;
	c->dic = host->dic == FACT_YES;
	kmap__offset(env->btf, "kvm_s2_fault_result", "prot", &c->prot_offset);
	return find_type_bits(c, env->btf, err);
}

static bool is_needed(enum need need, const struct backend_env *env)
{
	switch (need) {
	case NEED_NO_FWB:
		return env->host->fwb != FACT_YES;
	case NEED_NESTED:
		return host__nested() != FACT_NO;
	case NEED_CMO:
		return env->opts->cmo;
	case NEED_LOOKUP:
		return needs_lookup(env);
	case NEED_NO_LOOKUP:
		return !needs_lookup(env);
	default:
		return true;
	}
}

static int set_target(struct bpf_program *prog, const char *target, struct error *err)
{
	const char *section = bpf_program__section_name(prog);
	int ret;

	if (strcmp(section, "fentry") && strcmp(section, "fexit"))
		return 0;
	ret = bpf_program__set_attach_target(prog, 0, target);
	if (ret)
		return error__set(err, ret, "cannot attach to %s: %s", target, strerror(-ret));
	return 0;
}

static int choose_programs(struct bpf_object *obj, const struct backend_env *env, struct error *err)
{
	const struct function *fn;
	struct bpf_program *prog;
	const char *target;
	int ret = 0;

	bpf_object__for_each_program(prog, obj)
	{
		fn = find_function(bpf_program__name(prog));
		if (!fn || ret)
			continue;
		target = present_name(env->btf, fn);
		if (target && is_needed(fn->need, env)) {
			ret = set_target(prog, target, err);
			continue;
		}
		pr_debug("no need or no function for the program %s", bpf_program__name(prog));
		bpf_program__set_autoload(prog, false);
	}
	return ret;
}

bool functions__can_trace(const struct btf *btf)
{
	return has_function(btf, "register_ftrace_direct");
}

static __u8 cmo_done(enum tristate spared)
{
	return spared == FACT_UNKNOWN ? S2_CMO_UNKNOWN : spared == FACT_NO;
}

int functions__choose_changes(struct bpf_object *obj, const struct backend_env *env,
			      struct error *err)
{
	struct s2_change_config *c = bpfutil__variable(obj, ".rodata.s2_changes", sizeof(*c));

	if (!c)
		return error__set(err, -EINVAL, "the BPF programs have no configuration");
	c->clean_done = cmo_done(env->host->fwb);
	c->inval_done = cmo_done(env->host->dic);
	c->nested_indirect = bpfutil__nested_indirect(env->btf);
	return choose_programs(obj, env, err);
}

int functions__prepare(struct bpf_object *obj, const struct backend_env *env, struct error *err)
{
	struct s2_args *args = bpfutil__variable(obj, ".rodata.s2_args", sizeof(*args));
	int ret = functions__configure_faults(obj, env, err);

	if (!args)
		return error__set(err, -EINVAL, "the BPF programs have no configuration");
	fill_args(args, env->btf);
	if (!ret)
		ret = check_args(args, err);
	return ret ? ret : functions__choose_changes(obj, env, err);
}
