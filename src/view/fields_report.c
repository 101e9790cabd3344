// SPDX-License-Identifier: GPL-2.0-only
/* Fields of what is said of a host and of a VM as a whole, and of checks and errors. */
#include "view/field.h"

#include "view/field_macros.h"
#include "view/map_priv.h"
#include "view/report.h"

#define HOST(member)  AT(SRC_HOST, struct host_facts, member)
#define STATS(member) AT(SRC_STATS, struct source_stats, member)
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

static bool get_cut(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	return model__cut(s->m, &val->u);
}

static bool get_lost(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	val->u = source_stats__lost(s->base[SRC_STATS]);
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

/* `arg` is in percent. */
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

/* Arrays of the totals that are indexed by the word of the map, then by `arg`. */
static bool get_counter(const struct field *f, const struct scope *s, struct value *val)
{
	const uint64_t *counters = (const uint64_t *)((const char *)s->base[SRC_VM] + f->off);
	unsigned int stride = f->bytes / sizeof(uint64_t) / f->vocab->nr;

	val->u = counters[s->key * stride + f->arg];
	return true;
}

static const struct field type_fields[] = {
	{ NAME("mappings"), K_UINT, .src = SRC_VM, .get = get_mappings, DOC("leaves laid down") },
	{ NAME("bytes"), K_UINT, .src = SRC_VM, .get = get_bytes, DOC("their sum") },
	{ NAME("page"), K_UINT, .src = SRC_VM, .arg = S2_LEVEL_PAGE, .get = get_at_level,
	  DOC("leaves of PAGE_SIZE") },
	{ NAME("pmd"), K_UINT, .src = SRC_VM, .arg = S2_LEVEL_PMD, .get = get_at_level,
	  DOC("leaves of PMD_SIZE") },
	{ NAME("pud"), K_UINT, .src = SRC_VM, .arg = S2_LEVEL_PUD, .get = get_at_level,
	  DOC("leaves of PUD_SIZE") },
	{ NAME("read"), K_UINT, .src = SRC_VM, .arg = S2_ACCESS_READ, .get = get_by_access,
	  DOC("laid down for a read") },
	{ NAME("write"), K_UINT, .src = SRC_VM, .arg = S2_ACCESS_WRITE, .get = get_by_access,
	  DOC("laid down for a write") },
	{ NAME("exec"), K_UINT, .src = SRC_VM, .arg = S2_ACCESS_EXEC, .get = get_by_access,
	  DOC("laid down for an instruction fetch") },
	FIELDS_END,
};

#define COUNTER(name, member, vocab_, arg_, doc)                                                   \
	{                                                                                          \
		NAME(name), K_UINT, OF_VM(totals.member), .vocab = &(vocab_), .arg = arg_,         \
							  .get = get_counter, DOC(doc)             \
	}

static const struct field unmap_cause_fields[] = {
	COUNTER("n", unmap_n, vocab_unmap_cause, 0, "ranges"),
	COUNTER("bytes", unmap_bytes, vocab_unmap_cause, 0, "their sum"),
	FIELDS_END,
};

static const struct field cmo_op_fields[] = {
	COUNTER("done", cmo_n, vocab_cmo_op, 1, "operations done"),
	COUNTER("done_bytes", cmo_bytes, vocab_cmo_op, 1, "their sum"),
	COUNTER("spared", cmo_n, vocab_cmo_op, 0, "operations spared by FWB or DIC"),
	COUNTER("spared_bytes", cmo_bytes, vocab_cmo_op, 0, "their sum"),
	FIELDS_END,
};

static const struct field totals_fields[] = {
	{ NAME("faults"), K_UINT, .src = SRC_VM, .get = get_faults, DOC("of every outcome") },
	{ NAME("outcomes"), K_COUNTS, OF_VM(totals.outcome), .vocab = &vocab_outcome,
	  DOC("faults by outcome") },
	{ NAME("types"), K_MAP, .src = SRC_VM, .vocab = &vocab_memtype, .end = S2_MEMTYPE_LEAVES,
	  .sub = type_fields, DOC("mappings by stage-2 memory type") },
	{ NAME("reasons"), K_COUNTS, OF_VM(totals.reason), .vocab = &vocab_reason, .first = 1,
	  .flags = FF_SPARSE, DOC("what was not mapped, by reason; only those that occurred") },
	{ NAME("slots_accepted"), K_UINT, OF_VM(totals.slots_accepted), DOC("memslot changes") },
	{ NAME("slots_rejected"), K_UINT, OF_VM(totals.slots_rejected), DOC("memslot changes") },
	{ NAME("unmap"), K_MAP, .src = SRC_VM, .vocab = &vocab_unmap_cause,
	  .sub = unmap_cause_fields, DOC("ranges unmapped, by cause") },
	{ NAME("cmo"), K_MAP, .src = SRC_VM, .vocab = &vocab_cmo_op, .sub = cmo_op_fields,
	  DOC("cache maintenance, by operation") },
	{ NAME("rejections"), K_UINT, .src = SRC_VM, .get = get_rejections,
	  DOC("rejected, injected, and refused memslots") },
	{ NAME("last_reason"), K_ENUM, .src = SRC_VM, .vocab = &vocab_reason, .first = 1, NULLABLE,
	  .get = get_last_reason, DOC("of the latest rejection") },
	{ NAME("mean_ns"), K_NS, .src = SRC_VM, NULLABLE, .get = get_mean,
	  DOC("duration of a fault") },
	{ NAME("p50_ns"), K_NS, .src = SRC_VM, NULLABLE, .arg = 50, .get = get_quantile,
	  DOC("duration of a fault, interpolated in buckets of powers of two") },
	{ NAME("p99_ns"), K_NS, .src = SRC_VM, NULLABLE, .arg = 99, .get = get_quantile,
	  DOC("duration of a fault, interpolated in buckets of powers of two") },
	FIELDS_END,
};

static const struct field ident_fields[] = {
	{ NAME("id"), K_UINT, OF_VM(id), DOC("counted up from 1, never reused") },
	{ NAME("pid"), K_UINT, OF_VM(pid), NULL_AT(0), DOC("process of the VMM") },
	{ NAME("name"), K_STR, OF_VM(name), NULLABLE, DOC("as the VMM gives it") },
	{ NAME("uuid"), K_STR, OF_VM(uuid), NULLABLE, DOC("as the VMM gives it") },
	FIELDS_END,
};

static bool has_mapped(const struct field *f, const struct scope *s, struct value *val)
{
	(void)f;
	(void)val;
	return vm__mapped(s->base[SRC_VM]);
}

static const struct field mapped_fields[] = {
	{ NAME("ts_ns"), K_UINT, OF_VM(mapped.ts_ns), DOC("CLOCK_MONOTONIC, when it was read") },
	{ NAME("bytes"), K_COUNTS, OF_VM(mapped.bytes), .vocab = &vocab_memtype,
	  DOC("by stage-2 memory type; NONE: none that KVM uses") },
	{ NAME("leaves_at"), K_COUNTS, OF_VM(mapped.leaves_at), .vocab = &vocab_level,
	  DOC("leaves by their size") },
	{ NAME("lost"), K_UINT, OF_VM(mapped.lost),
	  DOC("tables that changed all the while: what they map is missing") },
	FIELDS_END,
};

static const struct field top_fields[] = {
	{ NAME("ts_ns"), K_UINT, .src = SRC_HOST, NULLABLE, .get = get_now,
	  DOC("CLOCK_MONOTONIC, in nanoseconds") },
	{ NAME("vm"), K_OBJ, .src = SRC_VM, .sub = ident_fields, DOC("the VM") },
	{ NAME("alive"), K_BOOL, OF_VM(alive), DOC("false: it was destroyed lately") },
	{ NAME("found"), K_BOOL, OF_VM(found), DOC("it ran before tracing began") },
	{ NAME("created_ns"), K_UINT, OF_VM(created_ns), NULL_AT(0), DOC("CLOCK_MONOTONIC") },
	{ NAME("faults_per_s"), K_NUM, OF_VM(faults_per_s), DOC("over the last interval") },
	{ NAME("mapped"), K_OBJ, .src = SRC_VM, .sub = mapped_fields, NULLABLE, .get = has_mapped,
	  DOC("what the VM's own stage-2 tables map, read now and then") },
	{ NAME("totals"), K_SPLICE, .sub = totals_fields },
	FIELDS_END,
};

static const struct field facts_fields[] = {
	{ NAME("hostname"), K_STR, HOST(hostname), NULLABLE, DOC("of the host") },
	{ NAME("kernel"), K_STR, HOST(kernel), NULLABLE, DOC("uname -r") },
	{ NAME("machine"), K_STR, HOST(machine), NULLABLE, DOC("uname -m") },
	{ NAME("page_size"), K_UINT, HOST(page_size), NULL_AT(0), DOC("bytes") },
	{ NAME("kvm"), K_TRI, HOST(kvm), NULLABLE, DOC("KVM is there") },
	{ NAME("kvm_mode"), K_STR, HOST(kvm_mode), NULLABLE, DOC("vhe, nvhe, protected") },
	{ NAME("fwb"), K_TRI, HOST(fwb), NULLABLE, DOC("FEAT_S2FWB") },
	{ NAME("dic"), K_TRI, HOST(dic), NULLABLE, DOC("CTR_EL0.DIC") },
	{ NAME("idc"), K_TRI, HOST(idc), NULLABLE, DOC("CTR_EL0.IDC") },
	{ NAME("cacheable_pfnmap"), K_TRI, HOST(cacheable_pfnmap), NULLABLE,
	  DOC("KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED") },
	FIELDS_END,
};

static const struct field stats_fields[] = {
	{ NAME("seen"), K_UINT, STATS(seen), DOC("events that reached a program") },
	{ NAME("emitted"), K_UINT, STATS(emitted), DOC("records put into the ring") },
	{ NAME("filtered"), K_UINT, STATS(filtered), DOC("kept from the ring by the filter") },
	{ NAME("received"), K_UINT, STATS(received), DOC("records taken out of the ring") },
	{ NAME("lost"), K_COUNTS, STATS(lost), .vocab = &vocab_loss,
	  DOC("what was lost, by the place that lost it") },
	{ NAME("lost_total"), K_UINT, .src = SRC_STATS, .get = get_lost, DOC("their sum") },
	FIELDS_END,
};

static const struct field host_fields[] = {
	{ NAME("ts_ns"), K_UINT, .src = SRC_HOST, NULLABLE, .get = get_now,
	  DOC("CLOCK_MONOTONIC, in nanoseconds") },
	{ NAME("facts"), K_SPLICE, .sub = facts_fields },
	{ NAME("counter_hz"), K_UINT, HOST(counter_hz), NULL_AT(0), DOC("of the system counter") },
	{ NAME("backend"), K_ENUM, .src = SRC_HOST, .vocab = &vocab_backend, .get = get_backend,
	  NULLABLE, DOC("where decisions come from") },
	{ NAME("vms"), K_UINT, .src = SRC_HOST, .get = get_nr_vms, DOC("VMs that are known") },
	{ NAME("vms_cut"), K_UINT, .src = SRC_HOST, .get = get_cut, NULLABLE,
	  DOC("VMs that run, but are more than --max-vms or can be listed: not shown") },
	{ NAME("stats"), K_SPLICE, .sub = stats_fields },
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
	{ NAME("ident"), K_SPLICE, .sub = ident_fields },
	{ NAME("alive"), K_BOOL, OF_VM(alive), DOC("false: it was destroyed") },
	{ NAME("found"), K_BOOL, OF_VM(found), DOC("it ran before tracing began") },
	{ NAME("totals"), K_SPLICE, .sub = totals_fields },
	FIELDS_END,
};

static const struct field summary_fields[] = {
	{ NAME("stats"), K_SPLICE, .sub = stats_fields },
	{ NAME("vms"), K_ARR, .src = SRC_HOST, .seq = &vms_seq, .sub = summary_vm_fields,
	  DOC("every VM that was seen") },
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
	{ NAME("name"), K_PSTR, ITEM(name), DOC("stable name of the requirement") },
	{ NAME("what"), K_PSTR, ITEM(what), NULLABLE, DOC("the same in words") },
	{ NAME("result"), K_ENUM, ITEM(result), .vocab = &vocab_verdict, DOC("is it met") },
	{ NAME("required"), K_BOOL, ITEM(required), DOC("for mapping GPU memory cacheable") },
	{ NAME("detail"), K_STR, ITEM(detail), NULLABLE, DOC("how it was found out") },
	{ NAME("remedy"), K_STR, ITEM(remedy), NULLABLE, DOC("what to do about it") },
	FIELDS_END,
};

static const struct field check_fields[] = {
	{ NAME("facts"), K_SPLICE, .sub = facts_fields },
	{ NAME("verdict"), K_ENUM, CHECK(verdict), .vocab = &vocab_verdict,
	  DOC("can this host map GPU memory cacheable") },
	{ NAME("verdict_text"), K_PSTR, CHECK(verdict_text), NULLABLE, DOC("the same in words") },
	{ NAME("items"), K_ARR, .src = SRC_CHECK, .seq = &items_seq, .sub = item_fields,
	  DOC("each requirement") },
	FIELDS_END,
};

static const struct field error_fields[] = {
	{ NAME("error"), K_PSTR, AT(SRC_ITEM, struct view_fault, what), DOC("what was wrong") },
	{ NAME("remedy"), K_PSTR, AT(SRC_ITEM, struct view_fault, remedy), NULLABLE,
	  DOC("what to do next") },
	FIELDS_END,
};

const struct schema schema_host = { "host", "The host, and what was seen and lost so far.",
				    host_fields };
const struct schema schema_top = { "top", "One VM, as of this refresh.", top_fields };
const struct schema schema_summary = { "summary",
				       "At the end: what was seen and lost, and every VM.",
				       summary_fields };
const struct schema schema_check = {
	"check", "Whether this host can map GPU memory cacheable, and what is missing.",
	check_fields
};
const struct schema schema_error = { "error", "Why nothing else is said.", error_fields };

const struct schema *const schemas[] = {
	&schema_decision,
	&schema_memslot,
	&schema_unmap,
	&schema_cmo,
	&schema_vm,
	&schema_host,
	&schema_top,
	&schema_summary,
	&schema_check,
	&schema_error,
	&schema_map,
	&schema_map_summary,
	NULL,
};
