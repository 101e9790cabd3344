// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <bpf/btf.h>

#include "lib/log.h"
#include "model/vocab.h"
#include "source/kmap.h"

/* One row for each kernel enum that events refer to. */
struct enum_map {
	const char *enum_name;
	const char *prefix; /* common prefix of the enumerators */
	const struct vocab *vocab;
	size_t offset, size; /* of the table in struct s2_kmap */
	unsigned int other;  /* value for enumerators that s2trace does not know */
};

#define TABLE(member) offsetof(struct s2_kmap, member), sizeof(((struct s2_kmap *)0)->member)

static const struct enum_map enum_maps[] = {
	{ "kvm_mr_change", "KVM_MR_", &vocab_slot_change, TABLE(change), S2_SLOT__MAX },
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

void kmap__fill(struct s2_kmap *map, const struct btf *btf)
{
	const struct enum_map *em;
	size_t i;
	int id;

	for (i = 0; i < sizeof(enum_maps) / sizeof(enum_maps[0]); i++) {
		em = &enum_maps[i];
		id = btf__find_by_name_kind(btf, em->enum_name, BTF_KIND_ENUM);
		if (id >= 0)
			fill_one((__u8 *)map + em->offset, em, btf, btf__type_by_id(btf, id));
	}
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

bool kmap__value(const struct btf *btf, const char *enum_name, const char *enumerator,
		 uint64_t *value)
{
	const struct btf_type *t = find_enum(btf, enum_name);
	const char *name;
	int i;

	for (i = 0; t && i < btf_vlen(t); i++) {
		name = btf__name_by_offset(btf, enumerator_name(t, i));
		if (!name || strcmp(name, enumerator))
			continue;
		*value = btf_is_enum64(t) ? btf_enum64_value(btf_enum64(t) + i)
					  : (uint32_t)btf_enum(t)[i].val;
		return true;
	}
	return false;
}

bool kmap__offset(const struct btf *btf, const char *type, const char *member, uint32_t *offset)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, id);
	const char *name;
	int i;

	for (i = 0; t && i < btf_vlen(t); i++) {
		name = btf__name_by_offset(btf, btf_members(t)[i].name_off);
		if (!name || strcmp(name, member))
			continue;
		*offset = btf_member_bit_offset(t, i) / 8;
		return true;
	}
	return false;
}
