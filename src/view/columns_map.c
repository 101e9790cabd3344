// SPDX-License-Identifier: GPL-2.0-only
/* Columns of mapped ranges. */
#include "view/column.h"

#include "view/human.h"

/* Suffix "L2:0": shadow tables of that nested MMU. */
static bool cell_vm(struct out *o, const struct cell *c)
{
	const struct mapping *map = c->scope->base[SRC_MAPPING];
	char nested[16] = "";

	if (map->nested != S2_NO_NESTED)
		snprintf(nested, sizeof(nested), " L2:%d", map->nested);
	out__who(o, c->scope, c->width - strlen(nested));
	out__str(o, nested);
	return false;
}

static bool cell_ipa(struct out *o, const struct cell *c)
{
	const struct span *span = c->scope->base[SRC_SPAN];

	out__hex(o, span->ipa);
	out__char(o, '-');
	out__hex(o, span->ipa + span->size - 1);
	return false;
}

/* Suffix '~': addresses are not contiguous; '?': this host does not list the address. */
static bool cell_pa(struct out *o, const struct cell *c)
{
	const struct mapping *map = c->scope->base[SRC_MAPPING];
	const struct span *span = c->scope->base[SRC_SPAN];

	if (span->pa == S2_NO_PA)
		return false;
	out__hex(o, span->pa);
	if (!span->pa_contiguous)
		out__char(o, '~');
	if (map->in_host == FACT_NO)
		out__char(o, '?');
	return false;
}

/* Suffix '*': inferred. */
static bool cell_slot(struct out *o, const struct cell *c)
{
	const struct mapping *map = c->scope->base[SRC_MAPPING];

	cell__fields(o, c);
	if (map->own_ipa != S2_NO_IPA)
		out__char(o, '*');
	return false;
}

static enum paint paint_type(const struct scope *s)
{
	return paint__type(((const struct mapping *)s->base[SRC_MAPPING])->type);
}

const struct column map_columns[MAP_COLUMNS] = {
	{ "VM", 16, .cell = cell_vm },
	{ "IPA", 27, .cell = cell_ipa },
	{ "SIZE", 6, .flags = COL_RIGHT, .path = { "size" } },
	{ "PA", 15, .cell = cell_pa },
	{ "TYPE", 12, .path = { "type" }, .paint_of = paint_type },
	{ "PROT", 4, .path = { "prot" } },
	{ "LEAVES", 12, .flags = COL_RIGHT, .path = { "leaves", "leaf_size" }, .between = " x " },
	{ "SLOT", 4, .flags = COL_RIGHT, .path = { "slot" }, .cell = cell_slot },
	{ "VMA", 25, .path = { "vma.attr", "vma.flags" } },
	{ "DEVICE", 14, .cell = cell__device },
	{ "IPA=PA", 6, .path = { "ipa_is_pa" } },
};
