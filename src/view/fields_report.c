// SPDX-License-Identifier: GPL-2.0-only
/* Fields of the host, VMs, summaries, checks and errors. */
#include "view/field.h"
#include "view/view.h"

#include "view/field_macros.h"
#include "view/view_priv.h"

#define HOST(member)  AT(SRC_HOST, struct s2_ev_host, member)
#define LOSS(member)  AT(SRC_LOSS, struct s2_ev_loss, member)
#define OF_VM(member) AT(SRC_VM, struct vm, member)
#define CHECK(member) AT(SRC_CHECK, struct check_report, member)
#define ITEM(member)  AT(SRC_ITEM, struct check_item, member)

static const struct vocab_entry verdict_entries[] = { { "yes", "" },
						      { "no", "" },
						      { "unknown", "" } };
static const struct vocab vocab_verdict = { "answer", verdict_entries, 3 };

static bool get_backend(const struct field *f, const struct scope *s, struct value *val)
{
	val->s = vocab__name(f->vocab, model__backend(s->m));
	return val->s;
}

static bool get_now(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	val->u = model__now_ns(s->m);
	return val->u;
}

static bool get_nr_vms(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	val->u = model__nr_vms(s->m);
	return true;
}

static bool get_truncated(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	return model__vms_truncated(s->m, &val->u);
}

static bool get_lost(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	val->u = loss__total(s->base[SRC_LOSS]);
	return true;
}

static bool get_faults(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	val->u = vm__faults(s->base[SRC_VM]);
	return true;
}

static bool get_rejections(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	val->u = vm__rejections(s->base[SRC_VM]);
	return true;
}

static bool get_last_reason(const struct field *f, const struct scope *s, struct value *val)
{
	enum s2_reason reason = vm__last_reason(s->base[SRC_VM]);

	val->s = vocab__name(f->vocab, reason);
	return reason != S2_REASON_NONE && val->s;
}

static bool get_mean(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	val->u = vm__mean_ns(s->base[SRC_VM]);
	return val->u;
}

/* `arg` is a percentage. */
static bool get_quantile(const struct field *f, const struct scope *s, struct value *val)
{
	val->u = vm__quantile_ns(s->m, s->base[SRC_VM], f->arg / 100.0);
	return val->u;
}

static bool get_mappings(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	val->u = vm__mappings(s->base[SRC_VM], s->key);
	return true;
}

static bool get_bytes(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	val->u = vm__bytes(s->m, s->base[SRC_VM], s->key);
	return true;
}

static bool get_at_level(const struct field *f, const struct scope *s, struct value *val)
{
	val->u = vm__mappings_at(s->base[SRC_VM], s->key, f->arg);
	return true;
}

static bool get_by_access(const struct field *f, const struct scope *s, struct value *val)
{
	val->u = vm__mappings_by(s->base[SRC_VM], s->key, f->arg);
	return true;
}

/* Reads arrays of the totals, indexed by the map's word, then by `arg`. */
static bool get_counter(const struct field *f, const struct scope *s, struct value *val)
{
	const uint64_t *counters = (const uint64_t *)((const char *)s->base[SRC_VM] + f->off);
	unsigned int stride = f->bytes / sizeof(uint64_t) / f->vocab->nr;

	val->u = counters[s->key * stride + f->arg];
	return true;
}

static const struct field type_fields[] = {
	{ FIELD("mappings", K_UINT), .src = SRC_VM, .get = get_mappings, DOC("leaves installed") },
	{ FIELD("bytes", K_UINT), .src = SRC_VM, .get = get_bytes, DOC("their sum") },
	{ FIELD("page", K_UINT), .src = SRC_VM, .arg = S2_LEVEL_PAGE, .get = get_at_level,
	  DOC("leaves of PAGE_SIZE") },
	{ FIELD("pmd", K_UINT), .src = SRC_VM, .arg = S2_LEVEL_PMD, .get = get_at_level,
	  DOC("leaves of PMD_SIZE") },
	{ FIELD("pud", K_UINT), .src = SRC_VM, .arg = S2_LEVEL_PUD, .get = get_at_level,
	  DOC("leaves of PUD_SIZE") },
	{ FIELD("read", K_UINT), .src = SRC_VM, .arg = S2_ACCESS_READ, .get = get_by_access,
	  DOC("installed by reads") },
	{ FIELD("write", K_UINT), .src = SRC_VM, .arg = S2_ACCESS_WRITE, .get = get_by_access,
	  DOC("installed by writes") },
	{ FIELD("exec", K_UINT), .src = SRC_VM, .arg = S2_ACCESS_EXEC, .get = get_by_access,
	  DOC("installed by instruction fetches") },
	FIELDS_END,
};

#define COUNTER(name, member, vocab_, arg_, doc)                                                   \
	{                                                                                          \
		FIELD(name, K_UINT), OF_VM(totals.member), .vocab = &(vocab_), .arg = arg_,        \
							   .get = get_counter, DOC(doc)            \
	}

static const struct field unmap_cause_fields[] = {
	COUNTER("n", unmap_n, vocab_unmap_cause, 0, "ranges"),
	COUNTER("bytes", unmap_bytes, vocab_unmap_cause, 0, "their sum"),
	FIELDS_END,
};

static const struct field protect_op_fields[] = {
	COUNTER("n", protect_n, vocab_protect_op, 0, "ranges"),
	COUNTER("bytes", protect_bytes, vocab_protect_op, 0, "their sum"),
	FIELDS_END,
};

static const struct field cmo_op_fields[] = {
	COUNTER("done", cmo_n, vocab_cmo_op, 1, "operations done"),
	COUNTER("done_bytes", cmo_bytes, vocab_cmo_op, 1, "their sum"),
	COUNTER("skipped", cmo_n, vocab_cmo_op, 0, "operations that FWB or DIC made unnecessary"),
	COUNTER("skipped_bytes", cmo_bytes, vocab_cmo_op, 0, "their sum"),
	FIELDS_END,
};

static const struct field totals_fields[] = {
	{ FIELD("exact", K_BOOL), OF_VM(counted),
	  DOC("totals are the source's own; false: they were counted from single events, and lack "
	      "those that were filtered or lost") },
	{ FIELD("faults", K_UINT), .src = SRC_VM, .get = get_faults,
	  DOC("stage-2 faults of all outcomes") },
	{ FIELD("outcomes", K_COUNTS), OF_VM(totals.outcome), .vocab = &vocab_outcome,
	  DOC("faults by outcome") },
	{ FIELD("types", K_MAP), .src = SRC_VM, .vocab = &vocab_memtype, .end = S2_MEMTYPE_LEAVES,
	  .sub = type_fields, DOC("mappings by stage-2 memory type") },
	{ FIELD("reasons", K_COUNTS), OF_VM(totals.reason), .vocab = &vocab_reason, .first = 1,
	  .flags = FF_SPARSE, DOC("failures by reason; only those that occurred") },
	{ FIELD("slots_accepted", K_UINT), OF_VM(totals.slots_accepted),
	  DOC("memslot changes that KVM accepted") },
	{ FIELD("slots_rejected", K_UINT), OF_VM(totals.slots_rejected),
	  DOC("memslot changes that KVM rejected") },
	{ FIELD("unmap", K_MAP), .src = SRC_VM, .vocab = &vocab_unmap_cause,
	  .sub = unmap_cause_fields, DOC("ranges unmapped, by cause") },
	{ FIELD("protect", K_MAP), .src = SRC_VM, .vocab = &vocab_protect_op,
	  .sub = protect_op_fields, DOC("ranges write-protected or split, by operation") },
	{ FIELD("cmo", K_MAP), .src = SRC_VM, .vocab = &vocab_cmo_op, .sub = cmo_op_fields,
	  DOC("cache maintenance, by operation") },
	{ FIELD("rejections", K_UINT), .src = SRC_VM, .get = get_rejections,
	  DOC("rejected, injected and poisoned faults, and rejected memslots") },
	{ FIELD("last_reason", K_ENUM), .src = SRC_VM, .vocab = &vocab_reason, .first = 1, NULLABLE,
	  .get = get_last_reason, DOC("reason of the latest rejection") },
	{ FIELD("mean_ns", K_NS), .src = SRC_VM, NULLABLE, .get = get_mean,
	  DOC("mean duration of a fault") },
	{ FIELD("p50_ns", K_NS), .src = SRC_VM, NULLABLE, .arg = 50, .get = get_quantile,
	  DOC("duration of a fault, interpolated in buckets of powers of two") },
	{ FIELD("p99_ns", K_NS), .src = SRC_VM, NULLABLE, .arg = 99, .get = get_quantile,
	  DOC("duration of a fault, interpolated in buckets of powers of two") },
	FIELDS_END,
};

static const struct field ident_fields[] = {
	{ FIELD("id", K_UINT), OF_VM(id), DOC("counted up from 1, never reused") },
	{ FIELD("pid", K_UINT), OF_VM(pid), NULL_AT(0), DOC("process id of the VMM") },
	{ FIELD("name", K_STR), OF_VM(name), NULLABLE, DOC("as the VMM names it") },
	{ FIELD("uuid", K_STR), OF_VM(uuid), NULLABLE, DOC("as the VMM names it") },
	FIELDS_END,
};

#define SPACE_FIELDS                                                                               \
	{                                                                                          \
		FIELD("space_truncated", K_UINT), OF_VM(space.truncated),                          \
			DOC("events that did not fit into the model of the VM's address space")    \
	}

static bool has_mapped(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	(void)val;
	return vm__mapped(s->base[SRC_VM]);
}

static const struct field mapped_fields[] = {
	{ FIELD("ts_ns", K_UINT), OF_VM(mapped.ts_ns),
	  DOC("when the tables were read, CLOCK_MONOTONIC") },
	{ FIELD("bytes", K_COUNTS), OF_VM(mapped.bytes), .vocab = &vocab_memtype,
	  DOC("by stage-2 memory type; NONE: an encoding that KVM does not use, or unknown "
	      "(pKVM)") },
	{ FIELD("leaves_at", K_COUNTS), OF_VM(mapped.leaves_at), .vocab = &vocab_level,
	  DOC("leaves by level") },
	{ FIELD("lost", K_UINT), OF_VM(mapped.lost),
	  DOC("tables that kept changing or could not be read: what they map is missing") },
	FIELDS_END,
};

static const struct field top_fields[] = {
	{ FIELD("ts_ns", K_UINT), .src = SRC_HOST, NULLABLE, .get = get_now,
	  DOC("CLOCK_MONOTONIC, in nanoseconds") },
	{ FIELD("vm", K_OBJ), .src = SRC_VM, .sub = ident_fields, DOC("the VM") },
	{ FIELD("alive", K_BOOL), OF_VM(alive), DOC("false: destroyed recently") },
	{ FIELD("found", K_BOOL), OF_VM(found), DOC("it was running before tracing began") },
	{ FIELD("created_ns", K_UINT), OF_VM(created_ns), NULL_AT(0), DOC("CLOCK_MONOTONIC") },
	{ FIELD("faults_per_s", K_NUM), OF_VM(faults_per_s), DOC("rate over the last interval") },
	{ FIELD("mapped", K_OBJ), .src = SRC_VM, .sub = mapped_fields, NULLABLE, .get = has_mapped,
	  DOC("what the VM's own stage-2 tables map, as last read; null if unknown") },
	SPACE_FIELDS,
	{ .name = "", .kind = K_SPLICE, .sub = totals_fields },
	FIELDS_END,
};

static const struct field facts_fields[] = {
	{ FIELD("hostname", K_STR), HOST(hostname), NULLABLE, DOC("of the host") },
	{ FIELD("kernel", K_STR), HOST(kernel), NULLABLE, DOC("uname -r") },
	{ FIELD("machine", K_STR), HOST(machine), NULLABLE, DOC("uname -m") },
	{ FIELD("page_size", K_UINT), HOST(page_size), NULL_AT(0), DOC("bytes") },
	{ FIELD("kvm", K_TRI), HOST(kvm), NULLABLE, DOC("KVM is available") },
	{ FIELD("kvm_mode", K_STR), HOST(kvm_mode), NULLABLE, DOC("vhe, nvhe, protected") },
	{ FIELD("fwb", K_TRI), HOST(fwb), NULLABLE, DOC("FEAT_S2FWB") },
	{ FIELD("dic", K_TRI), HOST(dic), NULLABLE, DOC("CTR_EL0.DIC") },
	{ FIELD("idc", K_TRI), HOST(idc), NULLABLE, DOC("CTR_EL0.IDC") },
	{ FIELD("cacheable_pfnmap", K_TRI), HOST(cacheable_pfnmap), NULLABLE,
	  DOC("KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED") },
	{ FIELD("era", K_ENUM), HOST(era), .vocab = &vocab_era, NULLABLE,
	  DOC("how this kernel decides: named after the first kernel that decides so") },
	{ FIELD("era_shown", K_TRI), HOST(era_shown), NULLABLE,
	  DOC("null: likely; vendors' kernels may differ, which only a decision shows") },
	{ FIELD("mair_el1", K_HEX), HOST(mair_el1), NULL_AT(0),
	  DOC("memory attributes of the host's stage 1, by index") },
	FIELDS_END,
};

static const struct field loss_fields[] = {
	{ FIELD("seen", K_UINT), LOSS(seen), DOC("decisions that reached a BPF program") },
	{ FIELD("emitted", K_UINT), LOSS(emitted), DOC("events written to the ring buffer") },
	{ FIELD("filtered", K_UINT), LOSS(filtered), DOC("decisions that the filter dropped") },
	{ FIELD("received", K_UINT), LOSS(received), DOC("events read from the ring buffer") },
	{ FIELD("lost", K_COUNTS), LOSS(lost), .vocab = &vocab_loss,
	  DOC("events lost, by the place that lost them") },
	{ FIELD("lost_total", K_UINT), .src = SRC_LOSS, .get = get_lost, DOC("their sum") },
	FIELDS_END,
};

static const struct field host_fields[] = {
	{ FIELD("ts_ns", K_UINT), .src = SRC_HOST, NULLABLE, .get = get_now,
	  DOC("CLOCK_MONOTONIC, in nanoseconds") },
	{ .name = "", .kind = K_SPLICE, .sub = facts_fields },
	{ FIELD("counter_hz", K_UINT), HOST(counter_hz), NULL_AT(0),
	  DOC("frequency of the counter that measures durations") },
	{ FIELD("backend", K_ENUM), .src = SRC_HOST, .vocab = &vocab_backend, .get = get_backend,
	  NULLABLE, DOC("source of the decisions") },
	{ FIELD("vms", K_UINT), .src = SRC_HOST, .get = get_nr_vms, DOC("VMs known") },
	{ FIELD("vms_truncated", K_UINT), .src = SRC_HOST, .get = get_truncated, NULLABLE,
	  DOC("VMs that run but are not shown, because there are more than --max-vms") },
	{ .name = "", .kind = K_SPLICE, .sub = loss_fields },
	FIELDS_END,
};

static size_t vms_count(const struct scope *s)
{
	return model__nr_vms(s->m);
}

static void vms_enter(struct scope *s, size_t i)
{
	s->base[SRC_VM] = model__vm(s->m, i);
}

static const struct field_seq vms_seq = { vms_count, vms_enter };

static const struct field summary_vm_fields[] = {
	{ .name = "", .kind = K_SPLICE, .sub = ident_fields },
	{ FIELD("alive", K_BOOL), OF_VM(alive), DOC("false: destroyed") },
	{ FIELD("found", K_BOOL), OF_VM(found), DOC("it was running before tracing began") },
	SPACE_FIELDS,
	{ .name = "", .kind = K_SPLICE, .sub = totals_fields },
	FIELDS_END,
};

static const struct field summary_fields[] = {
	{ .name = "", .kind = K_SPLICE, .sub = loss_fields },
	{ FIELD("vms", K_ARR), .src = SRC_HOST, .seq = &vms_seq, .sub = summary_vm_fields,
	  DOC("every VM seen") },
	FIELDS_END,
};

static size_t items_count(const struct scope *s)
{
	return ((const struct check_report *)s->base[SRC_CHECK])->nr_items;
}

static void items_enter(struct scope *s, size_t i)
{
	s->base[SRC_ITEM] = &((const struct check_report *)s->base[SRC_CHECK])->items[i];
}

static const struct field_seq items_seq = { items_count, items_enter };

static const struct field item_fields[] = {
	{ FIELD("name", K_PSTR), ITEM(name), DOC("stable name of the requirement") },
	{ FIELD("what", K_PSTR), ITEM(what), NULLABLE, DOC("the same in words") },
	{ FIELD("result", K_ENUM), ITEM(result), .vocab = &vocab_verdict,
	  DOC("whether the requirement is met") },
	{ FIELD("required", K_BOOL), ITEM(required),
	  DOC("required for mapping GPU memory cacheable") },
	{ FIELD("detail", K_STR), ITEM(detail), NULLABLE, DOC("how this was determined") },
	{ FIELD("remedy", K_STR), ITEM(remedy), NULLABLE, DOC("what to do about it") },
	FIELDS_END,
};

static const struct field check_fields[] = {
	{ .name = "", .kind = K_SPLICE, .sub = facts_fields },
	{ FIELD("verdict", K_ENUM), CHECK(verdict), .vocab = &vocab_verdict,
	  DOC("whether this host can map GPU memory cacheable") },
	{ FIELD("verdict_text", K_PSTR), CHECK(verdict_text), NULLABLE, DOC("the same in words") },
	{ FIELD("items", K_ARR), .src = SRC_CHECK, .seq = &items_seq, .sub = item_fields,
	  DOC("each requirement") },
	FIELDS_END,
};

static const struct field error_fields[] = {
	{ FIELD("error", K_PSTR), AT(SRC_ERROR, struct view_error, what), DOC("what went wrong") },
	{ FIELD("remedy", K_PSTR), AT(SRC_ERROR, struct view_error, remedy), NULLABLE,
	  DOC("what to do next") },
	FIELDS_END,
};

const struct schema schema_host = { SCHEMA_HOST, "host",
				    "The host, and what was counted and lost so far.",
				    host_fields };
const struct schema schema_top = { SCHEMA_TOP, "top", "One VM at this refresh.", top_fields };
const struct schema schema_summary = { SCHEMA_SUMMARY, "summary",
				       "At exit: what was counted and lost, and every VM.",
				       summary_fields };
const struct schema schema_check = {
	SCHEMA_CHECK, "check",
	"Whether this host can map GPU memory cacheable, and what is missing.", check_fields
};
const struct schema schema_error = { SCHEMA_ERROR, "error", "Why the command failed.",
				     error_fields };

const struct schema *const schemas[SCHEMA__MAX] = {
	[SCHEMA_DECISION] = &schema_decision,
	[SCHEMA_MEMSLOT] = &schema_memslot,
	[SCHEMA_UNMAP] = &schema_unmap,
	[SCHEMA_PROTECT] = &schema_protect,
	[SCHEMA_CMO] = &schema_cmo,
	[SCHEMA_VM] = &schema_vm,
	[SCHEMA_HOST] = &schema_host,
	[SCHEMA_TOP] = &schema_top,
	[SCHEMA_SUMMARY] = &schema_summary,
	[SCHEMA_CHECK] = &schema_check,
	[SCHEMA_ERROR] = &schema_error,
	[SCHEMA_MAP] = &schema_map,
	[SCHEMA_MAP_SUMMARY] = &schema_map_summary,
};
