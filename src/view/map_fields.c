// SPDX-License-Identifier: GPL-2.0-only
/* Fields of what is mapped. */
#include "view/map_priv.h"

#include "model/vmflags.h"
#include "view/field_macros.h"

/*
 * A field of the range that a line points to: `off` is one of struct map_range,
 * and `get` follows the pointer.
 */
#define RANGE(member) AT(SRC_REC, struct map_range, member), .get = get_range
#define LINE(member)  AT(SRC_REC, struct map_line, member)
#define TOTAL(member) AT(SRC_ITEM, struct map_totals, member)

static const struct map_range *range_of(const struct scope *s)
{
	return ((const struct map_line *)s->base[SRC_REC])->range;
}

static bool get_range(const struct field *f, const struct scope *s, struct value *val)
{
	const char *at = (const char *)range_of(s) + f->off;

	switch (f->bytes) {
	case 1:
		val->u = *(const uint8_t *)at;
		break;
	case 4:
		val->i = *(const int32_t *)at;
		break;
	default:
		val->u = *(const uint64_t *)at;
	}
	return !(f->flags & FF_NONE) || val->u != f->none;
}

static bool get_tri(const struct field *f, const struct scope *s, struct value *val)
{
	enum tristate t = *(const enum tristate *)((const char *)range_of(s) + f->off);

	val->u = t == FACT_YES;
	return t != FACT_UNKNOWN;
}

static bool get_type(const struct field *f, const struct scope *s, struct value *val)
{
	val->s = vocab__name(f->vocab, range_of(s)->type);
	return range_of(s)->type != S2_MEMTYPE_NONE;
}

static bool get_prot(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	val->s = prot__str(range_of(s)->prot, val->buf);
	return range_of(s)->prot != RANGE_NO_PROT;
}

static bool has_vma(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	(void)val;
	return range_of(s)->vma.end;
}

static bool get_attr(const struct field *f, const struct scope *s, struct value *val)
{
	val->s = vocab__name(f->vocab, range_of(s)->vma.attr);
	return val->s;
}

static bool get_flags(const struct field *f, const struct scope *s, struct value *val)
{
	uint64_t flags = range_of(s)->vma.flags;

	(void)f;
	val->nr = 0;
	for (const struct vm_flag_name *n = vm_flag_names; n->name; n++)
		if (flags & n->bit)
			val->list[val->nr++] = n->name;
	return true;
}

static const struct mem_device *device_of(const struct scope *s)
{
	return ((const struct map_line *)s->base[SRC_REC])->device;
}

static bool has_device(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	(void)val;
	return device_of(s);
}

static bool get_bdf(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	val->s = device_of(s)->bdf;
	return val->s[0];
}

static bool get_bar(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	val->i = device_of(s)->bar;
	return val->i >= 0;
}

/* As the memslots' own flags are called in s2trace.memslot/1. */
static const struct vocab_entry slot_flag_entries[] = {
	{ "LOG_DIRTY_PAGES", "" },
	{ "READONLY", "" },
	{ "GUEST_MEMFD", "" },
};
static const struct vocab vocab_slot_flags = { "memslot flag", slot_flag_entries, 3 };

static bool get_slot_flags(const struct field *f, const struct scope *s, struct value *val)
{
	val->nr = 0;
	for (unsigned int i = 0; i < f->vocab->nr; i++)
		if (S2_HAS(range_of(s)->slot_flags, i))
			val->list[val->nr++] = vocab__name(f->vocab, i);
	return range_of(s)->slot != RANGE_NO_SLOT;
}

/* What of a nested MMU's range is not in its tables. */
static const struct vocab_entry inferred_entries[] = {
	{ "own_ipa", "" }, { "slot", "" }, { "slot_flags", "" },
	{ "hva", "" },	   { "vma", "" },  { "device", "" },
};
static const struct vocab vocab_inferred = { "field", inferred_entries, 6 };

static bool get_inferred(const struct field *f, const struct scope *s, struct value *val)
{
	val->nr = 0;
	if (range_of(s)->own_ipa == RANGE_NO_IPA)
		return true;
	for (unsigned int i = 0; i < f->vocab->nr; i++)
		val->list[val->nr++] = vocab__name(f->vocab, i);
	return true;
}

static const struct vocab_entry flag_entries[] = {
	{ "PFNMAP", "" }, { "MIXEDMAP", "" }, { "IO", "" },
	{ "SHARED", "" }, { "HUGETLB", "" },  { "ALLOW_ANY_UNCACHED", "" },
};
static const struct vocab vocab_flags = { "VM flag", flag_entries, 6 };

static const struct field vm_fields[] = {
	{ NAME("id"), K_UINT, LINE(vm_id), DOC("of this listing, counted up from 1") },
	{ NAME("pid"), K_UINT, LINE(vm_pid), NULL_AT(0), DOC("process of the VMM") },
	{ NAME("name"), K_PSTR, LINE(vm_name), NULLABLE, DOC("as the VMM gives it") },
	FIELDS_END,
};

static const struct field vma_fields[] = {
	{ NAME("attr"), K_ENUM, .src = SRC_REC, .vocab = &vocab_vma_attr, NULLABLE, .get = get_attr,
	  DOC("memory attribute of the host's own mapping") },
	{ NAME("flags"), K_LIST, .src = SRC_REC, .vocab = &vocab_flags, .get = get_flags,
	  DOC("VM_* flags that matter to stage 2") },
	{ NAME("start"), K_HEX, RANGE(vma.start), DOC("its first address") },
	{ NAME("end"), K_HEX, RANGE(vma.end), DOC("the address behind it") },
	FIELDS_END,
};

static const struct field device_fields[] = {
	{ NAME("bdf"), K_STR, .src = SRC_REC, NULLABLE, .get = get_bdf, DOC("PCI address") },
	{ NAME("bar"), K_INT, .src = SRC_REC, NULLABLE, .get = get_bar, DOC("region of it") },
	FIELDS_END,
};

static const struct field map_fields[] = {
	{ NAME("vm"), K_OBJ, .src = SRC_REC, .sub = vm_fields, DOC("the VM") },
	{ NAME("nested"), K_INT, RANGE(nested), NULL_AT((uint64_t)-1),
	  DOC("shadow tables of this nested MMU; null: the VM's own tables") },
	{ NAME("ipa"), K_HEX, RANGE(ipa), DOC("first guest-physical address") },
	{ NAME("size"), K_BYTES, RANGE(size), DOC("bytes") },
	{ NAME("pa"), K_HEX, RANGE(pa), NULL_AT(RANGE_NO_PA),
	  DOC("host-physical address of the first byte") },
	{ NAME("pa_contiguous"), K_BOOL, RANGE(pa_contiguous),
	  DOC("the host-physical addresses follow one another too") },
	{ NAME("type"), K_ENUM, .src = SRC_REC, .vocab = &vocab_memtype, .end = S2_MEMTYPE_LEAVES,
	  NULLABLE, .get = get_type,
	  DOC("stage-2 memory type; null: none that KVM uses, or not known (pKVM)") },
	{ NAME("prot"), K_PROT, .src = SRC_REC, NULLABLE, .get = get_prot,
	  DOC("stage-2 permissions; null: not known (pKVM)") },
	{ NAME("leaf_size"), K_BYTES, RANGE(leaf_size), DOC("bytes that each leaf maps") },
	{ NAME("leaves"), K_UINT, RANGE(leaves), DOC("how many there are") },
	{ NAME("slot"), K_INT, RANGE(slot), NULL_AT((uint64_t)RANGE_NO_SLOT),
	  DOC("number of the memslot") },
	{ NAME("slot_flags"), K_LIST, .src = SRC_REC, .vocab = &vocab_slot_flags, NULLABLE,
	  .get = get_slot_flags, DOC("of the memslot") },
	{ NAME("hva"), K_HEX, RANGE(hva), NULL_AT(0), DOC("address in the VMM's process") },
	{ NAME("vma"), K_OBJ, .src = SRC_REC, .sub = vma_fields, NULLABLE, .get = has_vma,
	  DOC("the host's own mapping at this address") },
	{ NAME("device"), K_OBJ, .src = SRC_REC, .sub = device_fields, NULLABLE, .get = has_device,
	  DOC("the VFIO device that it belongs to") },
	{ NAME("own_ipa"), K_HEX, RANGE(own_ipa), NULL_AT(RANGE_NO_IPA),
	  DOC("of a nested MMU: where the VM's own tables map the same memory, found by pa") },
	{ NAME("inferred"), K_LIST, .src = SRC_REC, .vocab = &vocab_inferred, .get = get_inferred,
	  DOC("fields that were found by pa, in the VM's own tables") },
	{ NAME("ipa_is_pa"), K_BOOL, AT(SRC_REC, struct map_range, ipa_is_pa), NULLABLE,
	  .get = get_tri, DOC("guest-physical equals host-physical address, all over the range") },
	{ NAME("in_host"), K_BOOL, AT(SRC_REC, struct map_range, in_host), NULLABLE, .get = get_tri,
	  DOC("pa is memory or a device's of this host, as far as it lists them") },
	FIELDS_END,
};

static const struct field summary_fields[] = {
	{ NAME("vms"), K_UINT, TOTAL(vms), DOC("VMs whose tables were read") },
	{ NAME("gone"), K_UINT, TOTAL(gone), DOC("VMs that went away meanwhile: not shown") },
	{ NAME("hidden"), K_UINT, TOTAL(hidden),
	  DOC("of these: VMs whose tables are the hypervisor's own (pKVM): what it was asked "
	      "to map is shown") },
	{ NAME("vms_cut"), K_UINT, TOTAL(vms_cut),
	  DOC("VMs beyond those that there is room for: not shown") },
	{ NAME("slots_cut"), K_UINT, TOTAL(slots_cut),
	  DOC("memslots beyond those that there is room for: ranges in them have no slot") },
	{ NAME("slots_unread"), K_UINT, TOTAL(slots_unread),
	  DOC("VMs whose memslots changed all the while: their ranges have no slot") },
	{ NAME("ranges"), K_UINT, TOTAL(ranges), DOC("ranges shown") },
	{ NAME("leaves"), K_UINT, TOTAL(leaves), DOC("leaves read") },
	{ NAME("tables"), K_UINT, TOTAL(tables), DOC("tables read") },
	{ NAME("changed"), K_UINT, TOTAL(changed),
	  DOC("tables that changed while they were read, and were looked at again") },
	{ NAME("dropped"), K_UINT, TOTAL(dropped),
	  DOC("of these: changed again and again; what they map is missing") },
	{ NAME("unreadable"), K_UINT, TOTAL(unreadable),
	  DOC("tables that could not be read; what they map is missing") },
	{ NAME("lost"), K_UINT, TOTAL(lost), DOC("tables that are missing: the sum of both") },
	{ NAME("strays"), K_UINT, TOTAL(strays),
	  DOC("ranges whose address is neither memory nor a device's of this host") },
	{ NAME("bytes"), K_COUNTS, TOTAL(bytes), .vocab = &vocab_memtype,
	  DOC("mapped by the VMs' own tables, by stage-2 memory type; NONE: none that KVM uses") },
	{ NAME("leaves_at"), K_COUNTS, TOTAL(leaves_at), .vocab = &vocab_level,
	  DOC("leaves by their size") },
	{ NAME("ns"), K_NS, TOTAL(ns), DOC("that reading the tables took") },
	FIELDS_END,
};

const struct schema schema_map = { "map", "What is mapped now: one range of one VM.", map_fields };
const struct schema schema_map_summary = { "map_summary", "What all ranges add up to.",
					   summary_fields };
