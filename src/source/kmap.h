/* SPDX-License-Identifier: GPL-2.0-only */
/* Translates the kernel's enumerators to ours, by name, from the kernel's BTF. */
#ifndef S2TRACE_SOURCE_KMAP_H
#define S2TRACE_SOURCE_KMAP_H

#include <stdbool.h>
#include <stdint.h>

#include <s2trace/kmap.h>

struct btf;

/* Leaves tables of enums that the kernel does not have at zero. */
void kmap__fill(struct s2_kmap *map, const struct btf *btf);

/* The value of an enumerator. False if the kernel does not have it. */
bool kmap__value(const struct btf *btf, const char *enum_name, const char *enumerator,
		 uint64_t *value);

/* The offset of a member of a struct, in bytes. False if the kernel does not have it. */
bool kmap__offset(const struct btf *btf, const char *type, const char *member, uint32_t *offset);

#endif /* S2TRACE_SOURCE_KMAP_H */
