// SPDX-License-Identifier: GPL-2.0-only
/* Fields of mapped ranges. */
#include "view/field.h"

#include "view/field_macros.h"

#define SPAN(member)	AT(SRC_SPAN, struct span, member)
#define MAPPING(member) AT(SRC_MAPPING, struct mapping, member)
#define REGION(member)	AT(SRC_REGION, struct region, member)
#define VMA(member)	AT(SRC_VMA, struct s2_vma, member)
#define SURVEY(member)	AT(SRC_SURVEY, struct survey_totals, member)

static bool get_flags_of_slot(const struct field *f, const struct scope *s, struct value *val)
{
	const struct region *r = s->base[SRC_REGION];

	return get_slot_flags(f, s, val) && r->slot != SPACE_NO_SLOT;
}

/* The mapping's own_ipa is that of its first byte; the span may begin later. */
static bool get_own_ipa(const struct field *f, const struct scope *s, struct value *val)
{
	const struct mapping *map = s->base[SRC_MAPPING];
	const struct span *span = s->base[SRC_SPAN];

	(void)f;
	val->u = map->own_ipa + (span->ipa - map->ipa);
	return map->own_ipa != S2_NO_IPA;
}

/* Fields of a nested MMU's range that its tables do not contain. */
static const struct vocab_entry inferred_entries[] = {
	{ "own_ipa", "" }, { "slot", "" }, { "slot_flags", "" },
	{ "hva", "" },	   { "vma", "" },  { "device", "" },
};
static const struct vocab vocab_inferred = { "field", inferred_entries, 6 };

static bool get_inferred(const struct field *f, const struct scope *s, struct value *val)
{
	const struct mapping *map = s->base[SRC_MAPPING];

	val->nr = 0;
	if (map->own_ipa == S2_NO_IPA)
		return true;
	for (unsigned int i = 0; i < f->vocab->nr; i++)
		val->list[val->nr++] = vocab__name(f->vocab, i);
	return true;
}

static bool get_truncated(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	val->u = model__space_truncated(s->m);
	return true;
}

static const struct field vma_fields[] = {
	{ FIELD("attr", K_ENUM), VMA(attr), .vocab = &vocab_vma_attr, NULLABLE,
	  DOC("memory attribute of the host mapping") },
	{ FIELD("flags", K_LIST), VMA(flags), .vocab = &vocab_vm_flag, .get = get_vm_flags,
	  DOC("the VM_* flags that affect stage 2") },
	{ FIELD("start", K_HEX), VMA(start), DOC("first address") },
	{ FIELD("end", K_HEX), VMA(end), DOC("first address after it") },
	FIELDS_END,
};

static const struct field map_fields[] = {
	{ FIELD("vm", K_OBJ), .src = SRC_WHO, .sub = who_fields, DOC("the VM") },
	{ FIELD("nested", K_INT), MAPPING(nested), NULL_AT((uint16_t)S2_NO_NESTED),
	  DOC("index of the nested MMU whose shadow tables these are; null: the VM's own tables") },
	{ FIELD("ipa", K_HEX), SPAN(ipa), DOC("first guest-physical address") },
	{ FIELD("size", K_BYTES), SPAN(size), DOC("bytes") },
	{ FIELD("pa", K_HEX), SPAN(pa), NULL_AT(S2_NO_PA),
	  DOC("host-physical address of the first byte") },
	{ FIELD("pa_contiguous", K_BOOL), SPAN(pa_contiguous),
	  DOC("host-physical addresses are contiguous as well") },
	{ FIELD("type", K_ENUM), MAPPING(type), .vocab = &vocab_memtype, .end = S2_MEMTYPE_LEAVES,
	  NULL_AT(S2_MEMTYPE_NONE),
	  DOC("stage-2 memory type; null: an encoding that KVM does not use, or unknown (pKVM)") },
	{ FIELD("prot", K_PROT), MAPPING(prot), NULL_AT(S2_NO_PROT),
	  DOC("stage-2 permissions; null: unknown (pKVM)") },
	{ FIELD("leaf_size", K_SHIFT), MAPPING(leaf_shift), DOC("bytes per leaf") },
	{ FIELD("leaves", K_UINT), SPAN(leaves), DOC("number of leaves") },
	{ FIELD("slot", K_INT), REGION(slot), NULL_AT((uint32_t)SPACE_NO_SLOT), DOC("memslot id") },
	{ FIELD("slot_flags", K_LIST), REGION(slot_flags), .vocab = &vocab_slot_flag, NULLABLE,
	  .get = get_flags_of_slot, DOC("KVM_MEM_* flags of the memslot") },
	{ FIELD("hva", K_HEX), SPAN(hva), NULL_AT(0), DOC("address in the VMM") },
	{ FIELD("vma", K_OBJ), .src = SRC_VMA, .sub = vma_fields, NULLABLE,
	  DOC("the host mapping at this address") },
	{ FIELD("device", K_OBJ), .src = SRC_DEVICE, .sub = device_fields, NULLABLE,
	  DOC("VFIO device that owns the memory; null for ordinary memory") },
	{ FIELD("own_ipa", K_HEX), .src = SRC_MAPPING, NULLABLE, .get = get_own_ipa,
	  DOC("of a nested MMU: where the VM's own tables map the same pa") },
	{ FIELD("inferred", K_LIST), .src = SRC_MAPPING, .vocab = &vocab_inferred,
	  .get = get_inferred,
	  DOC("fields that were derived by looking up pa in the VM's own tables") },
	{ FIELD("ipa_is_pa", K_TRI), SPAN(ipa_is_pa), NULLABLE,
	  DOC("guest-physical equals host-physical address over the whole range") },
	{ FIELD("in_host", K_TRI), MAPPING(in_host), NULLABLE,
	  DOC("pa is memory, or belongs to a device, that this host lists") },
	FIELDS_END,
};

static const struct field map_summary_fields[] = {
	{ FIELD("vms", K_UINT), SURVEY(vms), DOC("VMs whose tables were read") },
	{ FIELD("vms_gone", K_UINT), SURVEY(gone), DOC("VMs that ended while they were read") },
	{ FIELD("hyp_owned", K_UINT), SURVEY(hyp_owned),
	  DOC("VMs whose tables belong to the hypervisor (pKVM): for these, what it was asked to "
	      "map is shown") },
	{ FIELD("vms_truncated", K_UINT), SURVEY(vms_truncated),
	  DOC("VMs that are missing because there was no room for more") },
	{ FIELD("slots_truncated", K_UINT), SURVEY(slots_truncated),
	  DOC("memslots that are missing because there was no room for more: their ranges have "
	      "no slot") },
	{ FIELD("vms_slots_unread", K_UINT), SURVEY(slots_unread),
	  DOC("VMs whose memslots kept changing while they were read: their ranges have no "
	      "slot") },
	{ FIELD("ranges", K_UINT), SURVEY(ranges), DOC("ranges found") },
	{ FIELD("ranges_truncated", K_UINT), .src = SRC_SURVEY, .get = get_truncated,
	  DOC("ranges, or changes of them, that are missing because there was no room for more") },
	{ FIELD("leaves", K_UINT), SURVEY(leaves), DOC("leaves read") },
	{ FIELD("tables", K_UINT), SURVEY(tables), DOC("tables read") },
	{ FIELD("changed", K_UINT), SURVEY(changed),
	  DOC("tables that changed while they were read, and were read again") },
	{ FIELD("dropped", K_UINT), SURVEY(dropped),
	  DOC("tables that kept changing: what they map is missing") },
	{ FIELD("unreadable", K_UINT), SURVEY(unreadable),
	  DOC("tables that could not be read: what they map is missing") },
	{ FIELD("lost", K_UINT), SURVEY(lost), DOC("dropped plus unreadable") },
	{ FIELD("unlisted_pa_ranges", K_UINT), SURVEY(unlisted_pa_ranges),
	  DOC("ranges whose pa is neither memory nor a device that this host lists") },
	{ FIELD("bytes", K_COUNTS), SURVEY(bytes), .vocab = &vocab_memtype,
	  DOC("mapped by the VMs' own tables, by stage-2 memory type; NONE: an encoding that KVM "
	      "does not use, or unknown (pKVM)") },
	{ FIELD("leaves_at", K_COUNTS), SURVEY(leaves_at), .vocab = &vocab_level,
	  DOC("leaves by level") },
	{ FIELD("duration_ns", K_NS), SURVEY(ns), DOC("time spent reading the tables") },
	FIELDS_END,
};

const struct schema schema_map = { SCHEMA_MAP, "map", "A range that a VM maps now.", map_fields };
const struct schema schema_map_summary = { SCHEMA_MAP_SUMMARY, "map_summary",
					   "Totals of all ranges.", map_summary_fields };
