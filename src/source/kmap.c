// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <bpf/btf.h>

#include "model/vocab.h"
#include "source/kmap.h"

/* One row for each kernel enum that events refer to. */
struct enum_map {
	const char *enum_name;
	const char *prefix; /* common prefix of the enumerators */
	const struct vocab *vocab;
	size_t offset, size; /* of the table in struct s2_kmap */
	unsigned int other;  /* value for enumerators that s2trace does not know */
	bool required;	     /* false: belongs to an optional tracepoint */
};

#define TABLE(member) offsetof(struct s2_kmap, member), sizeof(((struct s2_kmap *)0)->member)

static const struct enum_map enum_maps[] = {
	{ "kvm_s2_outcome", "KVM_S2_OUTCOME_", &vocab_outcome, TABLE(outcome), S2_OUTCOME__MAX,
	  true },
	{ "kvm_s2_reason", "KVM_S2_REASON_", &vocab_reason, TABLE(reason), S2_REASON_UNKNOWN,
	  true },
	{ "kvm_s2_access", "KVM_S2_ACCESS_", &vocab_access, TABLE(access), S2_ACCESS__MAX, true },
	{ "kvm_s2_fault", "KVM_S2_FAULT_", &vocab_fault, TABLE(fault), S2_FAULT_OTHER, true },
	{ "kvm_s2_memtype", "KVM_S2_MEMTYPE_", &vocab_memtype, TABLE(memtype), S2_MEMTYPE_NONE,
	  true },
	{ "kvm_s2_limit", "KVM_S2_LIMIT_", &vocab_limit, TABLE(limit), S2_LIMIT__MAX, true },
	{ "kvm_s2_unmap_cause", "KVM_S2_UNMAP_", &vocab_unmap_cause, TABLE(cause), S2_UNMAP_OTHER,
	  false },
	{ "kvm_s2_cmo_op", "KVM_S2_CMO_", &vocab_cmo_op, TABLE(cmo), S2_CMO__MAX, false },
	{ "kvm_mr_change", "KVM_MR_", &vocab_slot_change, TABLE(change), S2_SLOT__MAX, false },
};

static void fill_one(__u8 *table, const struct enum_map *em, const struct btf *btf,
		     const struct btf_type *t)
{
	const struct btf_enum *e = btf_enum(t);
	size_t skip = strlen(em->prefix);
	const char *name;
	int i, id;

	memset(table, em->other, em->size);
	for (i = 0; i < btf_vlen(t); i++, e++) {
		name = btf__name_by_offset(btf, e->name_off);
		if (!name || strncmp(name, em->prefix, skip) || (size_t)e->val >= em->size)
			continue;
		id = vocab__id(em->vocab, name + skip, strlen(name + skip));
		if (id >= 0)
			table[e->val] = id;
		else
			pr_debug("unknown enumerator %s", name);
	}
}

int kmap__fill(struct s2_kmap *map, const struct btf *btf, bool tracepoints, struct error *err)
{
	const struct enum_map *em;
	size_t i;
	int id;

	for (i = 0; i < sizeof(enum_maps) / sizeof(enum_maps[0]); i++) {
		em = &enum_maps[i];
		id = btf__find_by_name_kind(btf, em->enum_name, BTF_KIND_ENUM);
		if (id < 0 && !(em->required && tracepoints))
			continue;
		if (id < 0) {
			error__remedy(err, 0, "apply the whole series in patches/ to this kernel");
			return error__set(err, -ENOENT, "the kernel's BTF has no enum %s",
					  em->enum_name);
		}
		fill_one((__u8 *)map + em->offset, em, btf, btf__type_by_id(btf, id));
	}
	return 0;
}

/* Recent versions of pahole use another BTF kind for enums with values beyond 32 bits. */
static const struct btf_type *find_enum(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_ENUM64);

	if (id < 0)
		id = btf__find_by_name_kind(btf, name, BTF_KIND_ENUM);
	return id < 0 ? NULL : btf__type_by_id(btf, id);
}

static __u32 enumerator_name(const struct btf_type *t, int i)
{
	return btf_is_enum64(t) ? btf_enum64(t)[i].name_off : btf_enum(t)[i].name_off;
}

bool kmap__knows(const struct btf *btf, const char *enum_name, const char *enumerator)
{
	const struct btf_type *t = find_enum(btf, enum_name);
	const char *name;
	int i;

	for (i = 0; t && i < btf_vlen(t); i++) {
		name = btf__name_by_offset(btf, enumerator_name(t, i));
		if (name && !strcmp(name, enumerator))
			return true;
	}
	return false;
}
