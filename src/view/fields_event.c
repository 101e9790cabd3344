// SPDX-License-Identifier: GPL-2.0-only
/* Fields of single events: decisions, memslots, unmaps, protections, cache maintenance, VMs. */
#include "view/field.h"

#include "model/vmflags.h"
#include "view/field_macros.h"

#define EVENT(member)	 AT(SRC_EVENT, struct s2_event, member)
#define DECISION(member) AT(SRC_EVENT, struct s2_ev_decision, member)
#define MEMSLOT(member)	 AT(SRC_EVENT, struct s2_ev_memslot, member)
#define UNMAP(member)	 AT(SRC_EVENT, struct s2_ev_unmap, member)
#define PROTECT(member)	 AT(SRC_EVENT, struct s2_ev_protect, member)
#define CMO(member)	 AT(SRC_EVENT, struct s2_ev_cmo, member)
#define VM_EVENT(member) AT(SRC_EVENT, struct s2_ev_vm, member)

#define TS                                                                                         \
	{                                                                                          \
		FIELD("ts_ns", K_UINT), EVENT(ts_ns), DOC("CLOCK_MONOTONIC, in nanoseconds")       \
	}
#define VM                                                                                         \
	{                                                                                          \
		FIELD("vm", K_OBJ), .src = SRC_WHO, .sub = who_fields, NULLABLE, DOC("the VM")     \
	}
#define BACKEND                                                                                    \
	{                                                                                          \
		FIELD("backend", K_ENUM), EVENT(source), .vocab = &vocab_backend,                  \
							 DOC("source of the event")                \
	}
#define NESTED_DOC                                                                                 \
	DOC("index of the nested MMU whose shadow tables these are; null: the VM's own tables")
#define DEVICE                                                                                     \
	{                                                                                          \
		FIELD("device", K_OBJ),                                                            \
			.src = SRC_DEVICE, .sub = device_fields, NULLABLE,                         \
			DOC("VFIO device that owns the memory; null for ordinary memory")          \
	}

/* Vocabularies for K_LIST fields of flags. */
static const struct vocab_entry vm_flag_entries[] = {
	{ "PFNMAP", "" }, { "MIXEDMAP", "" }, { "IO", "" },
	{ "SHARED", "" }, { "HUGETLB", "" },  { "ALLOW_ANY_UNCACHED", "" },
};
const struct vocab vocab_vm_flag = { "VM flag", vm_flag_entries, 6 };

static const struct vocab_entry slot_flag_entries[] = {
	{ "LOG_DIRTY_PAGES", "" },
	{ "READONLY", "" },
	{ "GUEST_MEMFD", "" },
};
const struct vocab vocab_slot_flag = { "memslot flag", slot_flag_entries, 3 };

static const struct vocab_entry slot_outcome_entries[] = { { "accepted", "" }, { "rejected", "" } };
static const struct vocab vocab_slot_outcome = { "memslot outcome", slot_outcome_entries, 2 };

static const struct vocab_entry cmo_done_entries[] = { { "skipped", "" }, { "done", "" } };
static const struct vocab vocab_cmo_done = { "cache maintenance", cmo_done_entries, 2 };

static uint64_t load(const struct field *f, const struct scope *s)
{
	return field__load((const char *)s->base[f->src] + f->off, f->bytes);
}

bool get_vm_flags(const struct field *f, const struct scope *s, struct value *val)
{
	uint64_t flags = load(f, s);

	val->nr = 0;
	for (const struct vm_flag_name *n = vm_flag_names; n->name; n++)
		if (flags & n->bit)
			val->list[val->nr++] = n->name;
	return true;
}

/* Lists the words of the vocabulary whose bit is set. */
static bool get_bits(const struct field *f, const struct scope *s, struct value *val)
{
	uint64_t bits = load(f, s);

	val->nr = 0;
	for (unsigned int i = 0; bits && i < f->vocab->nr; i++)
		if (S2_HAS(bits, i))
			val->list[val->nr++] = vocab__name(f->vocab, i);
	return true;
}

bool get_slot_flags(const struct field *f, const struct scope *s, struct value *val)
{
	return get_bits(f, s, val);
}

/* "none": as large as stage 2 can map. Meaningless if nothing was mapped. */
static bool get_limit(const struct field *f, const struct scope *s, struct value *val)
{
	const struct s2_ev_decision *d = s->base[SRC_EVENT];

	val->s = d->size_shift ? vocab__name(f->vocab, d->limit) : NULL;
	return val->s;
}

static bool get_prot(const struct field *f, const struct scope *s, struct value *val)
{
	const struct s2_ev_decision *d = s->base[SRC_EVENT];

	(void)f;
	val->s = prot__str(d->prot, val->buf);
	return d->prot || d->size_shift;
}

static bool get_slot_outcome(const struct field *f, const struct scope *s, struct value *val)
{
	const struct s2_ev_memslot *slot = s->base[SRC_EVENT];

	val->s = vocab__name(f->vocab, slot->ret < 0);
	return true;
}

/* Unknown if the slot has no VMA: no end address and no attribute. */
static bool get_slot_vma(const struct field *f, const struct scope *s, struct value *val)
{
	const struct s2_ev_memslot *slot = s->base[SRC_EVENT];

	(void)f;
	(void)val;
	return slot->vma_end || slot->vma_attr != S2_VMA_UNKNOWN;
}

const struct field who_fields[] = {
	{ FIELD("id", K_UINT), AT(SRC_WHO, struct who, id), NULL_AT(0),
	  DOC("counted up from 1, never reused; null: there was no room for the VM") },
	{ FIELD("pid", K_UINT), AT(SRC_WHO, struct who, pid), NULL_AT(0),
	  DOC("process id of the VMM") },
	{ FIELD("name", K_PSTR), AT(SRC_WHO, struct who, name), NULLABLE,
	  DOC("as the VMM names it") },
	FIELDS_END,
};

static const struct field vma_fields[] = {
	{ FIELD("attr", K_ENUM), DECISION(vma_attr), .vocab = &vocab_vma_attr, KNOWN(S2_F_VMA_ATTR),
	  DOC("memory attribute of the host mapping; null without a VMA") },
	{ FIELD("flags", K_LIST), DECISION(vm_flags), .vocab = &vocab_vm_flag,
	  KNOWN(S2_F_VMA_FLAGS), .get = get_vm_flags, DOC("the VM_* flags that affect stage 2") },
	{ FIELD("page_size", K_SHIFT), DECISION(vma_shift), KNOWN(S2_F_VMA_PAGE_SIZE),
	  DOC("largest mapping that the VMA and the memslot allow") },
	FIELDS_END,
};

const struct field device_fields[] = {
	{ FIELD("bdf", K_STR), AT(SRC_DEVICE, struct s2_device, bdf), NULLABLE,
	  DOC("PCI address of the VFIO device") },
	{ FIELD("bar", K_INT), AT(SRC_DEVICE, struct s2_device, bar), NULL_AT((uint32_t)-1),
	  DOC("BAR, or VFIO region index") },
	FIELDS_END,
};

#define FLAG(name, bit, doc)                                                                       \
	{                                                                                          \
		FIELD(name, K_FLAG), DECISION(flags), .arg = bit, DOC(doc)                         \
	}
#define FACT(name, bit, present, doc)                                                              \
	{                                                                                          \
		FIELD(name, K_FLAG), DECISION(flags), .arg = bit, KNOWN(present), DOC(doc)         \
	}

static const struct field decision_fields[] = {
	TS,
	VM,
	{ FIELD("vcpu", K_UINT), DECISION(vcpu), KNOWN(S2_F_VCPU), DOC("index of the vCPU") },
	{ FIELD("ipa", K_HEX), DECISION(ipa), KNOWN(S2_F_IPA),
	  DOC("start of the mapping; of the faulting page if nothing was mapped") },
	{ FIELD("hva", K_HEX), DECISION(hva), .known = 1 + S2_F_HVA, NULL_AT(0),
	  DOC("address in the VMM; null outside any memslot") },
	{ FIELD("pa", K_HEX), DECISION(pa), .known = 1 + S2_F_PA, NULL_AT(S2_NO_PA),
	  DOC("of the page frame; null if none was found") },
	{ FIELD("size", K_SHIFT), DECISION(size_shift), KNOWN(S2_F_SIZE),
	  DOC("bytes mapped; null if nothing was") },
	{ FIELD("access", K_ENUM), DECISION(access), .vocab = &vocab_access, KNOWN(S2_F_ACCESS),
	  DOC("the guest's access") },
	{ FIELD("fault", K_ENUM), DECISION(fault), .vocab = &vocab_fault, KNOWN(S2_F_FAULT),
	  DOC("class of the fault status code") },
	{ FIELD("slot", K_UINT), DECISION(slot), .known = 1 + S2_F_SLOT, NULL_AT(S2_NO_SLOT),
	  DOC("memslot id; null outside any") },
	{ FIELD("vma", K_OBJ), .src = SRC_EVENT, .sub = vma_fields, DOC("the host mapping") },
	FACT("kernel_mapped", S2_DF_KERNEL_MAPPED, S2_F_KERNEL_MAPPED,
	     "pfn_is_map_memory(); null if KVM did not evaluate it"),
	FACT("fwb", S2_DF_FWB, S2_F_FWB, "the host has FEAT_S2FWB"),
	FACT("dic", S2_DF_DIC, S2_F_DIC, "the host has CTR_EL0.DIC"),
	FACT("mte", S2_DF_MTE, S2_F_MTE, "the VM has MTE"),
	FACT("nested", S2_DF_NESTED, S2_F_NESTED, "the fault came from a nested guest"),
	FACT("dirty_log", S2_DF_DIRTY_LOG, S2_F_DIRTY_LOG, "dirty logging is on for the memslot"),
	{ FIELD("outcome", K_ENUM), DECISION(outcome), .vocab = &vocab_outcome, KNOWN(S2_F_OUTCOME),
	  DOC("result of the fault") },
	{ FIELD("type", K_ENUM), DECISION(memtype), .vocab = &vocab_memtype, .known = 1 + S2_F_TYPE,
	  NULL_AT(S2_MEMTYPE_NONE), .end = S2_MEMTYPE_LEAVES,
	  DOC("stage-2 memory type; null if KVM failed before choosing one") },
	{ FIELD("prot", K_PROT), DECISION(prot), KNOWN(S2_F_PROT), .get = get_prot,
	  DOC("permissions of the leaf: rwx, p executable at EL1 only, u at EL0 only, - not") },
	{ FIELD("ret", K_INT), DECISION(ret), KNOWN(S2_F_RET),
	  DOC("return value of the fault handler") },
	{ FIELD("reason", K_ENUM), DECISION(reason), .vocab = &vocab_reason,
	  .known = 1 + S2_F_REASON, NULL_AT(S2_REASON_NONE), .first = 1,
	  DOC("the check that failed; null if none did") },
	{ FIELD("inferred", K_LIST), DECISION(inferred), .vocab = &vocab_decision_field,
	  .get = get_bits, DOC("fields that were derived, not read") },
	{ FIELD("duration_ns", K_NS), DECISION(duration_ns), KNOWN(S2_F_DURATION),
	  DOC("from fault handler entry to the decision") },
	DEVICE,
	BACKEND,
	{ FIELD("fault_ipa", K_HEX), DECISION(fault_ipa), KNOWN(S2_F_IPA),
	  DOC("page-aligned address of the access") },
	{ FIELD("limit", K_ENUM), DECISION(limit), .vocab = &vocab_limit, KNOWN(S2_F_LIMIT),
	  .get = get_limit, DOC("why the mapping is not larger; null if nothing was mapped") },
	FLAG("guest_memfd", S2_DF_GMEM, "guest_memfd backs the memslot"),
	FLAG("protected", S2_DF_PROTECTED, "the VM is protected (pKVM)"),
	{ FIELD("pc", K_HEX), DECISION(pc), KNOWN(S2_F_PC), DOC("guest program counter") },
	FACT("map_writable", S2_DF_MAP_WRITABLE, S2_F_MAP_WRITABLE,
	     "the host allows writes to the page; null if none was looked up"),
	FLAG("vncr", S2_DF_VNCR, "the fault was on the VNCR page of a guest hypervisor"),
	FIELDS_END,
};

static const struct field slot_vma_fields[] = {
	{ FIELD("attr", K_ENUM), MEMSLOT(vma_attr), .vocab = &vocab_vma_attr, NULLABLE,
	  DOC("memory attribute of the host mapping") },
	{ FIELD("flags", K_LIST), MEMSLOT(vm_flags), .vocab = &vocab_vm_flag, .get = get_vm_flags,
	  DOC("the VM_* flags that affect stage 2") },
	{ FIELD("start", K_HEX), MEMSLOT(vma_start), NULL_AT(0), DOC("first address") },
	{ FIELD("end", K_HEX), MEMSLOT(vma_end), NULL_AT(0), DOC("first address after it") },
	FIELDS_END,
};

static const struct field memslot_fields[] = {
	TS,
	VM,
	{ FIELD("slot", K_UINT), MEMSLOT(slot), NULL_AT(S2_NO_SLOT), DOC("memslot id") },
	{ FIELD("ipa", K_HEX), MEMSLOT(ipa), DOC("guest-physical address") },
	{ FIELD("size", K_BYTES), MEMSLOT(size), DOC("bytes") },
	{ FIELD("hva", K_HEX), MEMSLOT(hva), NULL_AT(0), DOC("address in the VMM") },
	{ FIELD("flags", K_LIST), MEMSLOT(flags), .vocab = &vocab_slot_flag, .get = get_slot_flags,
	  DOC("KVM_MEM_* flags") },
	{ FIELD("change", K_ENUM), MEMSLOT(change), .vocab = &vocab_slot_change,
	  DOC("the requested change") },
	{ FIELD("outcome", K_ENUM), MEMSLOT(ret), .vocab = &vocab_slot_outcome,
	  .get = get_slot_outcome, DOC("result of the request") },
	{ FIELD("ret", K_INT), MEMSLOT(ret), DOC("0 or a negative errno") },
	{ FIELD("reason", K_ENUM), MEMSLOT(reason), .vocab = &vocab_reason,
	  .known = 1 + S2_F_REASON, NULL_AT(S2_REASON_NONE), .first = 1,
	  DOC("the check that failed; null if none did") },
	{ FIELD("inferred", K_LIST), MEMSLOT(inferred), .vocab = &vocab_decision_field,
	  .get = get_bits, DOC("fields that were derived, not read") },
	{ FIELD("vma", K_OBJ), .src = SRC_EVENT, .sub = slot_vma_fields, NULLABLE,
	  .get = get_slot_vma,
	  DOC("the VMA that was rejected, or checked last; null if none was checked") },
	{ FIELD("fwb", K_BOOL), MEMSLOT(fwb), KNOWN(S2_F_FWB), DOC("the host has FEAT_S2FWB") },
	{ FIELD("dic", K_BOOL), MEMSLOT(dic), KNOWN(S2_F_DIC), DOC("the host has CTR_EL0.DIC") },
	{ FIELD("mte", K_BOOL), MEMSLOT(mte), KNOWN(S2_F_MTE), DOC("the VM has MTE") },
	DEVICE,
	BACKEND,
	FIELDS_END,
};

static const struct field unmap_fields[] = {
	TS,
	VM,
	{ FIELD("ipa", K_HEX), UNMAP(ipa), DOC("start of the range") },
	{ FIELD("size", K_BYTES), UNMAP(size), DOC("bytes") },
	{ FIELD("cause", K_ENUM), UNMAP(cause), .vocab = &vocab_unmap_cause,
	  DOC("what requested it") },
	{ FIELD("nested", K_INT), UNMAP(nested), NULL_AT((uint16_t)S2_NO_NESTED), NESTED_DOC },
	{ FIELD("by_pid", K_UINT), UNMAP(tgid), NULL_AT(0), DOC("the requesting process") },
	BACKEND,
	FIELDS_END,
};

static const struct field protect_fields[] = {
	TS,
	VM,
	{ FIELD("ipa", K_HEX), PROTECT(ipa), DOC("start of the range") },
	{ FIELD("size", K_BYTES), PROTECT(size), DOC("bytes") },
	{ FIELD("op", K_ENUM), PROTECT(op), .vocab = &vocab_protect_op,
	  DOC("write_protect: its leaves lost write permission; split: its blocks became pages") },
	{ FIELD("nested", K_INT), PROTECT(nested), NULL_AT((uint16_t)S2_NO_NESTED), NESTED_DOC },
	{ FIELD("by_pid", K_UINT), PROTECT(tgid), NULL_AT(0), DOC("the requesting process") },
	BACKEND,
	FIELDS_END,
};

static const struct field cmo_fields[] = {
	TS,
	VM,
	{ FIELD("op", K_ENUM), CMO(op), .vocab = &vocab_cmo_op, DOC("the operation") },
	{ FIELD("size", K_BYTES), CMO(size), DOC("bytes") },
	{ FIELD("done", K_BOOL), CMO(done), .vocab = &vocab_cmo_done, NULL_AT(S2_CMO_UNKNOWN),
	  DOC("false: skipped, because FWB (data) or DIC (instructions) makes it unnecessary") },
	{ FIELD("by_pid", K_UINT), CMO(tgid), NULL_AT(0), DOC("the requesting process") },
	BACKEND,
	FIELDS_END,
};

static const struct field vm_event_fields[] = {
	TS,
	VM,
	{ FIELD("event", K_ENUM), VM_EVENT(event), .vocab = &vocab_vm_event, .end = S2_VM_RETIRED,
	  DOC("what happened to it") },
	BACKEND,
	FIELDS_END,
};

const struct schema schema_decision = { SCHEMA_DECISION, "decision",
					"One stage-2 fault and what KVM decided.",
					decision_fields };
const struct schema schema_memslot = { SCHEMA_MEMSLOT, "memslot",
				       "A change of a memslot, accepted or rejected.",
				       memslot_fields };
const struct schema schema_unmap = { SCHEMA_UNMAP, "unmap", "A range unmapped from stage 2.",
				     unmap_fields };
const struct schema schema_protect = { SCHEMA_PROTECT, "protect",
				       "A range of stage 2 write-protected, or split into pages.",
				       protect_fields };
const struct schema schema_cmo = { SCHEMA_CMO, "cmo", "Cache maintenance, done or skipped.",
				   cmo_fields };
const struct schema schema_vm = { SCHEMA_VM, "vm", "A VM was created, found running, or destroyed.",
				  vm_event_fields };
