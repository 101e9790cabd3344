// SPDX-License-Identifier: GPL-2.0-only
/* What is mapped, as text; JSON comes from the fields. */
#include "view/map_priv.h"

#include "model/vmflags.h"
#include "view/human.h"
#include "view/report.h"

enum map_column {
	COL_VM,
	COL_IPA,
	COL_SIZE,
	COL_PA,
	COL_TYPE,
	COL_PROT,
	COL_LEAVES,
	COL_SLOT,
	COL_VMA,
	COL_DEVICE,
	COL_SAME,
	COL__MAX
};

static const struct {
	const char *head;
	uint8_t width;
	bool right;
} columns[COL__MAX] = {
	[COL_VM] = { "VM", 16, false },	       [COL_IPA] = { "IPA", 27, false },
	[COL_SIZE] = { "SIZE", 6, true },      [COL_PA] = { "PA", 15, false },
	[COL_TYPE] = { "TYPE", 12, false },    [COL_PROT] = { "PROT", 4, false },
	[COL_LEAVES] = { "LEAVES", 12, true }, [COL_SLOT] = { "SLOT", 4, true },
	[COL_VMA] = { "VMA", 25, false },      [COL_DEVICE] = { "DEVICE", 14, false },
	[COL_SAME] = { "IPA=PA", 6, false },
};

static void end_column(struct out *o, int c, size_t start)
{
	if (o->len == start)
		out__char(o, '-');
	if (columns[c].right)
		out__right(o, start, columns[c].width);
	else
		out__pad(o, start, columns[c].width);
	out__char(o, ' ');
}

void text__map_header(struct out *o)
{
	for (int c = 0; c < COL__MAX; c++) {
		size_t start = o->len;

		out__str(o, columns[c].head);
		end_column(o, c, start);
	}
	out__eol(o);
}

static void put_vm(struct out *o, const struct map_line *l)
{
	if (l->vm_name && l->vm_name[0])
		out__printf(o, "%.10s", l->vm_name);
	out__char(o, '/');
	if (l->vm_pid)
		out__u64(o, l->vm_pid);
	else
		out__char(o, '-');
	if (l->range->nested >= 0)
		out__printf(o, " L2:%d", l->range->nested);
}

/* '~': the addresses behind the first do not follow it. */
static void put_pa(struct out *o, const struct map_range *r)
{
	if (r->pa == RANGE_NO_PA)
		return;
	out__hex(o, r->pa);
	if (!r->pa_contiguous)
		out__char(o, '~');
	if (r->in_host == FACT_NO)
		out__char(o, '?');
}

static void put_vma(struct out *o, const struct range_vma *vma)
{
	const char *attr = vocab__name(&vocab_vma_attr, vma->attr);

	if (!vma->end)
		return;
	out__str(o, attr ? attr : "-");
	for (const struct vm_flag_name *n = vm_flag_names; n->name; n++) {
		if (!(vma->flags & n->bit))
			continue;
		out__char(o, ' ');
		out__str(o, n->mnemonic);
	}
}

static void put_device(struct out *o, const struct mem_device *dev)
{
	if (!dev)
		return;
	out__str(o, dev->bdf[0] ? dev->bdf : "vfio");
	if (dev->bar >= 0)
		out__printf(o, "/%d", dev->bar);
}

static void put_cell(struct out *o, const struct map_line *l, enum map_column c)
{
	const struct map_range *r = l->range;
	const char *type = vocab__name(&vocab_memtype, r->type);
	char buf[HUMAN_LEN];

	switch (c) {
	case COL_VM:
		put_vm(o, l);
		break;
	case COL_IPA:
		out__hex(o, r->ipa);
		out__char(o, '-');
		out__hex(o, r->ipa + r->size - 1);
		break;
	case COL_SIZE:
		out__str(o, human__size(buf, r->size));
		break;
	case COL_PA:
		put_pa(o, r);
		break;
	case COL_TYPE:
		out__str(o, r->type == S2_MEMTYPE_NONE ? "-" : type);
		break;
	case COL_PROT:
		if (r->prot != RANGE_NO_PROT)
			out__str(o, prot__str(r->prot, buf));
		break;
	case COL_LEAVES:
		out__u64(o, r->leaves);
		out__str(o, " x ");
		out__str(o, human__size(buf, r->leaf_size));
		break;
	case COL_SLOT:
		if (r->slot != RANGE_NO_SLOT)
			out__i64(o, r->slot);
		if (r->own_ipa != RANGE_NO_IPA)
			out__char(o, '*'); /* inferred */
		break;
	case COL_VMA:
		put_vma(o, &r->vma);
		break;
	case COL_DEVICE:
		put_device(o, l->device);
		break;
	default:
		if (r->ipa_is_pa != FACT_UNKNOWN)
			out__str(o, r->ipa_is_pa == FACT_YES ? "yes" : "no");
	}
}

void text__map_range(struct out *o, const struct map_line *l)
{
	for (int c = 0; c < COL__MAX; c++) {
		size_t start = o->len;

		put_cell(o, l, c);
		end_column(o, c, start);
	}
	out__eol(o);
}

static void put_losses(struct out *o, const struct map_totals *t)
{
	out__printf(o, "%llu changed meanwhile, %llu lost", (unsigned long long)t->changed,
		    (unsigned long long)t->lost);
	if (t->lost)
		out__printf(o, " (%llu changed again and again, %llu unreadable)",
			    (unsigned long long)t->dropped, (unsigned long long)t->unreadable);
	if (t->gone)
		out__printf(o, "; %llu VMs went away", (unsigned long long)t->gone);
	if (t->strays)
		out__printf(o, "; %llu ranges outside of what this host lists (?)",
			    (unsigned long long)t->strays);
	out__eol(o);
	if (t->vms_cut || t->slots_cut)
		out__printf(o, "too many to be read: %llu VMs and %llu memslots are missing\n",
			    (unsigned long long)t->vms_cut, (unsigned long long)t->slots_cut);
	if (t->slots_unread)
		out__printf(o, "the memslots of %llu VMs changed all the while: they are missing\n",
			    (unsigned long long)t->slots_unread);
	if (t->hidden)
		out__printf(
			o,
			"of %llu VMs: what the hypervisor was asked to map (pKVM), their tables "
			"are its own\n",
			(unsigned long long)t->hidden);
}

void text__map_summary(struct out *o, const struct map_totals *t)
{
	char buf[HUMAN_LEN];

	out__eol(o);
	for (int type = 0; type < S2_MEMTYPE__MAX; type++)
		if (t->bytes[type] || type < S2_MEMTYPE_LEAVES)
			out__printf(o, "%s %s, ", vocab__name(&vocab_memtype, type),
				    human__bytes(buf, t->bytes[type]));
	out__printf(o, "in %llu VMs: %llu leaves, %llu ranges\n", (unsigned long long)t->vms,
		    (unsigned long long)t->leaves, (unsigned long long)t->ranges);
	out__printf(o, "%llu tables read in %s us, ", (unsigned long long)t->tables,
		    human__us(buf, t->ns));
	put_losses(o, t);
}
