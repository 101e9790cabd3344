// SPDX-License-Identifier: GPL-2.0-only
/* Columns of VMs: the rows of `top`. */
#include "view/column.h"

#include "view/human.h"

static const struct vm *vm_of(const struct scope *s)
{
	return s->base[SRC_VM];
}

static double key_pid(const struct scope *s)
{
	return vm_of(s)->pid;
}

static bool cell_mapped(struct out *o, const struct cell *c)
{
	const struct vm_mapped *now = vm__mapped(vm_of(c->scope));
	char bytes[HUMAN_LEN];

	for (int t = 0; now && t < S2_MEMTYPE_LEAVES; t++) {
		if (t)
			out__char(o, '/');
		out__str(o, human__bytes(bytes, now->bytes[t]));
	}
	return false;
}

static double key_mapped(const struct scope *s)
{
	const struct vm_mapped *now = vm__mapped(vm_of(s));
	double bytes = 0;

	for (int t = 0; now && t < S2_MEMTYPE_LEAVES; t++)
		bytes += (double)now->bytes[t];
	return now ? bytes : -1;
}

static void out__type(struct out *o, const struct scope *s, enum s2_memtype type)
{
	uint64_t n = vm__mappings(vm_of(s), type);
	char text[HUMAN_LEN];

	if (!n)
		return;
	out__str(o, human__bytes(text, vm__bytes(s->m, vm_of(s), type)));
	out__char(o, '/');
	out__str(o, human__count(text, n));
}

#define TYPE_COLUMN(suffix, type)                                                                  \
	static bool cell_##suffix(struct out *o, const struct cell *c)                             \
	{                                                                                          \
		out__type(o, c->scope, type);                                                      \
		return false;                                                                      \
	}                                                                                          \
	static double key_##suffix(const struct scope *s)                                          \
	{                                                                                          \
		return (double)vm__bytes(s->m, vm_of(s), type);                                    \
	}

TYPE_COLUMN(normal, S2_MEMTYPE_NORMAL)
TYPE_COLUMN(nc, S2_MEMTYPE_NORMAL_NC)
TYPE_COLUMN(device, S2_MEMTYPE_DEVICE_nGnRE)

static bool cell_sizes(struct out *o, const struct cell *c)
{
	char text[HUMAN_LEN];

	for (int l = 0; l < S2_LEVEL__MAX; l++) {
		uint64_t n = 0;

		for (int t = 0; t < S2_MEMTYPE_LEAVES; t++)
			n += vm__mappings_at(vm_of(c->scope), t, l);
		if (l)
			out__char(o, '/');
		out__str(o, human__count(text, n));
	}
	return false;
}

/* Mean size of a mapping. */
static double key_sizes(const struct scope *s)
{
	double bytes = 0, n = 0;

	for (int t = 0; t < S2_MEMTYPE_LEAVES; t++) {
		bytes += (double)vm__bytes(s->m, vm_of(s), t);
		n += (double)vm__mappings(vm_of(s), t);
	}
	return n > 0 ? bytes / n : 0;
}

static bool cell_rate(struct out *o, const struct cell *c)
{
	char rate[HUMAN_LEN];

	out__str(o, vm_of(c->scope)->alive ? human__rate(rate, vm_of(c->scope)->faults_per_s)
					   : "gone");
	return false;
}

static double key_rate(const struct scope *s)
{
	return vm_of(s)->alive ? vm_of(s)->faults_per_s : -1;
}

static double key_mean(const struct scope *s)
{
	return (double)vm__mean_ns(vm_of(s));
}

static double key_p99(const struct scope *s)
{
	return (double)vm__quantile_ns(s->m, vm_of(s), 0.99);
}

static bool cell_rejected(struct out *o, const struct cell *c)
{
	char count[HUMAN_LEN];

	out__str(o, human__count(count, vm__rejections(vm_of(c->scope))));
	return false;
}

static double key_rejected(const struct scope *s)
{
	return (double)vm__rejections(vm_of(s));
}

static bool cell_reason(struct out *o, const struct cell *c)
{
	enum s2_reason reason = vm__last_reason(vm_of(c->scope));
	const char *text = vocab__text(&vocab_reason, reason);

	if (reason != S2_REASON_NONE && text)
		out__str(o, text);
	return false;
}

const struct column vm_columns[VM__MAX] = {
	[VM_PID] = { "PID", 7, .flags = COL_RIGHT, .rank = { 1 }, .path = { "vm.pid" },
		     .key = key_pid },
	[VM_NAME] = { "NAME", 12, .flags = COL_CUT, .rank = { 0 }, .path = { "vm.name" } },
	[VM_MAPPED] = { "NOW N/NC/DEV", 17, .flags = COL_RIGHT, .rank = { 3 }, .cell = cell_mapped,
			.key = key_mapped },
	[VM_NORMAL] = { "NORMAL", 11, .flags = COL_RIGHT, .rank = { 2 }, .paint = PAINT_NORMAL,
			.cell = cell_normal, .key = key_normal },
	[VM_NORMAL_NC] = { "NORMAL_NC", 11, .flags = COL_RIGHT, .rank = { 6 }, .paint = PAINT_NC,
			   .cell = cell_nc, .key = key_nc },
	[VM_DEVICE] = { "DEVICE", 11, .flags = COL_RIGHT, .rank = { 7 }, .paint = PAINT_DEVICE,
			.cell = cell_device, .key = key_device },
	[VM_SIZES] = { "PAGE/PMD/PUD", 13, .flags = COL_RIGHT, .rank = { 11 }, .cell = cell_sizes,
		       .key = key_sizes },
	[VM_RATE] = { "FAULTS/S", 8, .flags = COL_RIGHT, .rank = { 5 }, .cell = cell_rate,
		      .key = key_rate },
	[VM_MEAN] = { "MEAN us", 7, .flags = COL_RIGHT, .rank = { 9 }, .path = { "mean_ns" },
		      .key = key_mean },
	[VM_P99] = { "P99 us", 7, .flags = COL_RIGHT, .rank = { 10 }, .path = { "p99_ns" },
		     .key = key_p99 },
	[VM_REJECTED] = { "REJ", 4, .flags = COL_RIGHT, .rank = { 4 }, .paint = PAINT_REJECTED,
			  .cell = cell_rejected, .key = key_rejected },
	[VM_REASON] = { "LAST REASON", 57, .least = 16, .rank = { 8 }, .paint = PAINT_REJECTED,
			.cell = cell_reason },
};
