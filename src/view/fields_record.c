// SPDX-License-Identifier: GPL-2.0-only
/* Fields of single records: decisions, memslots, unmaps, cache maintenance, VMs. */
#include "view/field.h"

#include "model/vmflags.h"
#include "view/field_macros.h"

#define DECISION(member) AT(SRC_REC, struct s2_ev_decision, member)
#define MEMSLOT(member)	 AT(SRC_REC, struct s2_ev_memslot, member)
#define UNMAP(member)	 AT(SRC_REC, struct s2_ev_unmap, member)
#define CMO(member)	 AT(SRC_REC, struct s2_ev_cmo, member)
#define VM(member)	 AT(SRC_REC, struct s2_ev_vm, member)
#define REC(member)	 AT(SRC_REC, struct s2_event, member)

#define TS                                                                                         \
	{                                                                                          \
		NAME("ts_ns"), K_UINT, REC(ts_ns), DOC("CLOCK_MONOTONIC, in nanoseconds")          \
	}
#define WHO                                                                                        \
	{                                                                                          \
		NAME("vm"), K_OBJ, .src = SRC_WHO, .sub = who_fields, NULLABLE, DOC("the VM")      \
	}
#define BACKEND                                                                                    \
	{                                                                                          \
		NAME("backend"), K_ENUM, REC(source), .vocab = &vocab_backend,                     \
						      DOC("where the record comes from")           \
	}

/* The words of K_LIST fields that are VM_* flags, as a vocabulary of their own. */
static const struct vocab_entry vm_flag_entries[] = {
	{ "PFNMAP", "" }, { "MIXEDMAP", "" }, { "IO", "" },
	{ "SHARED", "" }, { "HUGETLB", "" },  { "ALLOW_ANY_UNCACHED", "" },
};
static const struct vocab vocab_vm_flag = { "VM flag", vm_flag_entries, 6 };

static const struct vocab_entry slot_flag_entries[] = {
	{ "LOG_DIRTY_PAGES", "" },
	{ "READONLY", "" },
	{ "GUEST_MEMFD", "" },
};
static const struct vocab vocab_slot_flag = { "memslot flag", slot_flag_entries, 3 };

static const struct vocab_entry slot_outcome_entries[] = { { "accepted", "" }, { "rejected", "" } };
static const struct vocab vocab_slot_outcome = { "memslot outcome", slot_outcome_entries, 2 };

static uint64_t rec__word(const struct field *f, const struct scope *s)
{
	return field__load((const char *)s->base[SRC_REC] + f->off, f->bytes);
}

static bool get_vm_flags(const struct field *f, const struct scope *s, struct value *val)
{
	uint64_t flags = rec__word(f, s);

	val->nr = 0;
	for (const struct vm_flag_name *n = vm_flag_names; n->name; n++)
		if (flags & n->bit)
			val->list[val->nr++] = n->name;
	return true;
}

static bool get_slot_flags(const struct field *f, const struct scope *s, struct value *val)
{
	const struct s2_ev_memslot *slot = s->base[SRC_REC];

	val->nr = 0;
	for (unsigned int i = 0; i < f->vocab->nr; i++)
		if (S2_HAS(slot->flags, i))
			val->list[val->nr++] = vocab__name(f->vocab, i);
	return true;
}

static bool get_inferred(const struct field *f, const struct scope *s, struct value *val)
{
	uint64_t inferred = rec__word(f, s);

	val->nr = 0;
	for (unsigned int i = 0; inferred && i < f->vocab->nr; i++)
		if (S2_HAS(inferred, i))
			val->list[val->nr++] = vocab__name(f->vocab, i);
	return true;
}

/* "none" says that a mapping is as large as it can be: of no mapping it says nothing. */
static bool get_limit(const struct field *f, const struct scope *s, struct value *val)
{
	const struct s2_ev_decision *d = s->base[SRC_REC];

	val->s = d->size_shift ? vocab__name(f->vocab, d->limit) : NULL;
	return val->s;
}

static bool get_prot(const struct field *f, const struct scope *s, struct value *val)
{
	const struct s2_ev_decision *d = s->base[SRC_REC];

	(void)f;
	val->s = prot__str(d->prot, val->buf);
	return d->prot || d->size_shift;
}

static bool get_slot_outcome(const struct field *f, const struct scope *s, struct value *val)
{
	const struct s2_ev_memslot *slot = s->base[SRC_REC];

	val->s = vocab__name(f->vocab, slot->ret < 0);
	return true;
}

/* 0 is no address of a VMA, and no VMA at all is flagged by its attribute. */
static bool get_slot_vma(const struct field *f, const struct scope *s, struct value *val)
{
	const struct s2_ev_memslot *slot = s->base[SRC_REC];

	(void)f;
	(void)val;
	return slot->vma_end || slot->vma_attr != S2_VMA_UNKNOWN;
}

static const struct field who_fields[] = {
	{ NAME("id"), K_UINT, AT(SRC_WHO, struct who, id), DOC("counted up from 1, never reused") },
	{ NAME("pid"), K_UINT, AT(SRC_WHO, struct who, pid), NULL_AT(0),
	  DOC("process of the VMM") },
	{ NAME("name"), K_PSTR, AT(SRC_WHO, struct who, name), NULLABLE,
	  DOC("as the VMM gives it") },
	FIELDS_END,
};

static const struct field vma_fields[] = {
	{ NAME("attr"), K_ENUM, DECISION(vma_attr), .vocab = &vocab_vma_attr, KNOWN(S2_F_VMA_ATTR),
	  DOC("memory attribute of the host's own mapping; null without a VMA") },
	{ NAME("flags"), K_LIST, DECISION(vm_flags), .vocab = &vocab_vm_flag, KNOWN(S2_F_VMA_FLAGS),
	  .get = get_vm_flags, DOC("those VM_* flags that matter to stage 2") },
	{ NAME("page_size"), K_SHIFT, DECISION(vma_shift), KNOWN(S2_F_VMA_PAGE_SIZE),
	  DOC("largest mapping that the VMA and the memslot allow") },
	FIELDS_END,
};

static const struct field device_fields[] = {
	{ NAME("bdf"), K_STR, AT(SRC_DEVICE, struct mem_device, bdf), NULLABLE,
	  DOC("PCI address of the VFIO device") },
	{ NAME("bar"), K_INT, AT(SRC_DEVICE, struct mem_device, bar), NULL_AT((uint32_t)-1),
	  DOC("BAR, or region, of the device") },
	FIELDS_END,
};

#define DEVICE                                                                                     \
	{                                                                                          \
		NAME("device"), K_OBJ,                                                             \
			.src = SRC_DEVICE, .sub = device_fields, NULLABLE,                         \
			DOC("the device whose memory it is; null for ordinary memory")             \
	}
#define FLAG(name, bit, doc)                                                                       \
	{                                                                                          \
		NAME(name), K_FLAG, DECISION(flags), .arg = bit, DOC(doc)                          \
	}
#define FACT(name, bit, present, doc)                                                              \
	{                                                                                          \
		NAME(name), K_FLAG, DECISION(flags), .arg = bit, KNOWN(present), DOC(doc)          \
	}

static const struct field decision_fields[] = {
	TS,
	WHO,
	{ NAME("vcpu"), K_UINT, DECISION(vcpu), KNOWN(S2_F_VCPU), DOC("index of the vCPU") },
	{ NAME("ipa"), K_HEX, DECISION(ipa), KNOWN(S2_F_IPA),
	  DOC("of the mapping where one was laid down, else of the fault") },
	{ NAME("hva"), K_HEX, DECISION(hva), .known = 1 + S2_F_HVA, NULL_AT(0),
	  DOC("address in the VMM; null outside any memslot") },
	{ NAME("pa"), K_HEX, DECISION(pa), .known = 1 + S2_F_PA, NULL_AT(S2_NO_PA),
	  DOC("of the page frame; null if none was found") },
	{ NAME("size"), K_SHIFT, DECISION(size_shift), KNOWN(S2_F_SIZE),
	  DOC("bytes mapped; null if nothing was") },
	{ NAME("access"), K_ENUM, DECISION(access), .vocab = &vocab_access, KNOWN(S2_F_ACCESS),
	  DOC("what the guest did") },
	{ NAME("fault"), K_ENUM, DECISION(fault), .vocab = &vocab_fault, KNOWN(S2_F_FAULT),
	  DOC("fault status, folded to its class") },
	{ NAME("slot"), K_UINT, DECISION(slot), .known = 1 + S2_F_SLOT, NULL_AT(S2_NO_SLOT),
	  DOC("number of the memslot; null outside any") },
	{ NAME("vma"), K_OBJ, .src = SRC_REC, .sub = vma_fields, DOC("the host's own mapping") },
	FACT("kernel_mapped", S2_DF_KERNEL_MAPPED, S2_F_KERNEL_MAPPED,
	     "pfn_is_map_memory(); null if the decision did not ask"),
	FACT("fwb", S2_DF_FWB, S2_F_FWB, "the host has FEAT_S2FWB"),
	FACT("dic", S2_DF_DIC, S2_F_DIC, "the host has CTR_EL0.DIC"),
	FACT("mte", S2_DF_MTE, S2_F_MTE, "the VM has MTE"),
	FACT("nested", S2_DF_NESTED, S2_F_NESTED, "a fault of a nested guest"),
	FACT("dirty_log", S2_DF_DIRTY_LOG, S2_F_DIRTY_LOG, "the memslot is logged"),
	{ NAME("outcome"), K_ENUM, DECISION(outcome), .vocab = &vocab_outcome, KNOWN(S2_F_OUTCOME),
	  DOC("what came of it") },
	{ NAME("type"), K_ENUM, DECISION(memtype), .vocab = &vocab_memtype, .known = 1 + S2_F_TYPE,
	  NULL_AT(S2_MEMTYPE_NONE), .end = S2_MEMTYPE_LEAVES,
	  DOC("stage-2 memory type decided; null if it never came to that") },
	{ NAME("prot"), K_PROT, DECISION(prot), KNOWN(S2_F_PROT), .get = get_prot,
	  DOC("permissions of the leaf: rwx, p executable at EL1 only, u at EL0 only, - not") },
	{ NAME("ret"), K_INT, DECISION(ret), KNOWN(S2_F_RET),
	  DOC("of the fault path, before it becomes KVM_RUN's") },
	{ NAME("reason"), K_ENUM, DECISION(reason), .vocab = &vocab_reason,
	  .known = 1 + S2_F_REASON, NULL_AT(S2_REASON_NONE), .first = 1,
	  DOC("the predicate that kept it from being mapped") },
	{ NAME("inferred"), K_LIST, DECISION(inferred), .vocab = &vocab_decision_field,
	  .get = get_inferred, DOC("fields that were not read but derived") },
	{ NAME("duration_ns"), K_NS, DECISION(duration_ns), KNOWN(S2_F_DURATION),
	  DOC("from the entry of the fault handler to the decision") },
	DEVICE,
	BACKEND,
	{ NAME("fault_ipa"), K_HEX, DECISION(fault_ipa), KNOWN(S2_F_IPA),
	  DOC("of the access, to the page") },
	{ NAME("limit"), K_ENUM, DECISION(limit), .vocab = &vocab_limit, KNOWN(S2_F_LIMIT),
	  .get = get_limit, DOC("why the mapping is not larger; null if nothing was mapped") },
	FLAG("guest_memfd", S2_DF_GMEM, "the memslot is backed by guest_memfd"),
	FLAG("protected", S2_DF_PROTECTED, "the VM is a protected one"),
	{ NAME("pc"), K_HEX, DECISION(pc), KNOWN(S2_F_PC), DOC("program counter of the guest") },
	FIELDS_END,
};

static const struct field slot_vma_fields[] = {
	{ NAME("attr"), K_ENUM, MEMSLOT(vma_attr), .vocab = &vocab_vma_attr, NULLABLE,
	  DOC("memory attribute of the host's own mapping") },
	{ NAME("flags"), K_LIST, MEMSLOT(vm_flags), .vocab = &vocab_vm_flag, .get = get_vm_flags,
	  DOC("those VM_* flags that matter to stage 2") },
	{ NAME("start"), K_HEX, MEMSLOT(vma_start), NULL_AT(0), DOC("first address") },
	{ NAME("end"), K_HEX, MEMSLOT(vma_end), NULL_AT(0), DOC("first address behind it") },
	FIELDS_END,
};

static const struct field memslot_fields[] = {
	TS,
	WHO,
	{ NAME("slot"), K_UINT, MEMSLOT(slot), NULL_AT(S2_NO_SLOT), DOC("number of the memslot") },
	{ NAME("ipa"), K_HEX, MEMSLOT(ipa), DOC("where the guest sees it") },
	{ NAME("size"), K_BYTES, MEMSLOT(size), DOC("bytes") },
	{ NAME("hva"), K_HEX, MEMSLOT(hva), NULL_AT(0), DOC("address in the VMM") },
	{ NAME("flags"), K_LIST, MEMSLOT(flags), .vocab = &vocab_slot_flag, .get = get_slot_flags,
	  DOC("KVM_MEM_*") },
	{ NAME("change"), K_ENUM, MEMSLOT(change), .vocab = &vocab_slot_change,
	  DOC("what was asked for") },
	{ NAME("outcome"), K_ENUM, MEMSLOT(ret), .vocab = &vocab_slot_outcome,
	  .get = get_slot_outcome, DOC("what came of it") },
	{ NAME("ret"), K_INT, MEMSLOT(ret), DOC("0 or a negative errno") },
	{ NAME("reason"), K_ENUM, MEMSLOT(reason), .vocab = &vocab_reason, .known = 1 + S2_F_REASON,
	  NULL_AT(S2_REASON_NONE), .first = 1, DOC("the predicate that refused it") },
	{ NAME("inferred"), K_LIST, MEMSLOT(inferred), .vocab = &vocab_decision_field,
	  .get = get_inferred, DOC("fields that were not read but derived") },
	{ NAME("vma"), K_OBJ, .src = SRC_REC, .sub = slot_vma_fields, NULLABLE, .get = get_slot_vma,
	  DOC("the VMA that was rejected, or looked at last; null if none was") },
	{ NAME("fwb"), K_BOOL, MEMSLOT(fwb), KNOWN(S2_F_FWB), DOC("the host has FEAT_S2FWB") },
	{ NAME("dic"), K_BOOL, MEMSLOT(dic), KNOWN(S2_F_DIC), DOC("the host has CTR_EL0.DIC") },
	{ NAME("mte"), K_BOOL, MEMSLOT(mte), KNOWN(S2_F_MTE), DOC("the VM has MTE") },
	DEVICE,
	BACKEND,
	FIELDS_END,
};

static const struct field unmap_fields[] = {
	TS,
	WHO,
	{ NAME("ipa"), K_HEX, UNMAP(ipa), DOC("start of the range") },
	{ NAME("size"), K_BYTES, UNMAP(size), DOC("bytes") },
	{ NAME("cause"), K_ENUM, UNMAP(cause), .vocab = &vocab_unmap_cause,
	  DOC("who asked for it") },
	{ NAME("by_pid"), K_UINT, UNMAP(tgid), NULL_AT(0), DOC("the process that asked for it") },
	BACKEND,
	FIELDS_END,
};

static const struct field cmo_fields[] = {
	TS,
	WHO,
	{ NAME("op"), K_ENUM, CMO(op), .vocab = &vocab_cmo_op, DOC("the operation") },
	{ NAME("size"), K_BYTES, CMO(size), DOC("bytes") },
	{ NAME("done"), K_BOOL, CMO(done),
	  DOC("false: spared by FWB (data) or DIC (instructions)") },
	{ NAME("by_pid"), K_UINT, CMO(tgid), NULL_AT(0), DOC("the process that asked for it") },
	BACKEND,
	FIELDS_END,
};

static const struct field vm_fields[] = {
	TS,
	WHO,
	{ NAME("event"), K_ENUM, VM(event), .vocab = &vocab_vm_event, DOC("what became of it") },
	BACKEND,
	FIELDS_END,
};

const struct schema schema_decision = { "decision", "One stage-2 fault and what KVM decided.",
					decision_fields };
const struct schema schema_memslot = { "memslot", "A change of a memslot, accepted or refused.",
				       memslot_fields };
const struct schema schema_unmap = { "unmap", "A range that was unmapped from stage 2.",
				     unmap_fields };
const struct schema schema_cmo = { "cmo", "Cache maintenance, done or spared.", cmo_fields };
const struct schema schema_vm = { "vm", "A VM that came, was found running, or went.", vm_fields };
