// SPDX-License-Identifier: GPL-2.0-only
#include "view/field.h"

#include "model/vmflags.h"
#include "view/human.h"

static int64_t sign_extend(uint64_t v, unsigned int bytes)
{
	unsigned int above = 64 - 8 * bytes;

	return (int64_t)(v << above) >> above;
}

/* Converts kinds that are not plain numbers. False: unknown. */
static bool field__convert(const struct field *f, const char *at, struct value *val)
{
	switch (f->kind) {
	case K_INT:
		val->i = sign_extend(val->u, f->bytes);
		return true;
	case K_TRI:
		return sign_extend(val->u, f->bytes) >= 0;
	case K_FLAG:
		val->u = S2_HAS(val->u, f->arg);
		return true;
	case K_SHIFT:
		val->u = val->u && val->u < 64 ? 1ULL << val->u : 0;
		return val->u;
	case K_STR:
		val->s = at;
		return *at;
	case K_PSTR:
		memcpy(&val->s, at, sizeof(val->s));
		return val->s && *val->s;
	case K_ENUM:
		val->s = vocab__name(f->vocab, (unsigned int)val->u);
		return val->s;
	case K_PROT:
		val->s = prot__str((unsigned int)val->u, val->buf);
		return true;
	default:
		return true;
	}
}

bool field__get(const struct field *f, const struct scope *s, struct value *val)
{
	const char *base = s->base[f->src];

	if (!base)
		return false;
	if (f->known && !S2_HAS(s->present, f->known - 1))
		return false;
	if (f->get)
		return f->get(f, s, val);
	if (!f->bytes)
		return true; /* an object: its fields are known, or not, individually */
	val->u = field__load(base + f->off, f->bytes);
	if ((f->flags & FF_NONE) && val->u == f->none)
		return false;
	return f->kind <= K_PLAIN || field__convert(f, base + f->off, val);
}

static const struct field *field__child(const struct field *fields, const char *name, size_t len)
{
	for (const struct field *f = fields; f->name; f++) {
		const struct field *in;

		if (f->kind == K_SPLICE) {
			in = field__child(f->sub, name, len);
			if (in)
				return in;
		} else if (strlen(f->name) == len && !memcmp(f->name, name, len)) {
			return f;
		}
	}
	return NULL;
}

const struct field *field__find(const struct field *fields, const char *path)
{
	size_t len = strcspn(path, ".");
	const struct field *f = field__child(fields, path, len);

	if (!f || !path[len])
		return f;
	return f->sub ? field__find(f->sub, path + len + 1) : NULL;
}

unsigned int field__map_end(const struct field *f)
{
	return f->end ? f->end : f->vocab->nr;
}

/* Abbreviates VM_* flags to their two letters in /proc/PID/smaps. */
static const char *short_word(const struct vocab *v, const char *word)
{
	const struct vm_flag_name *n = vm_flag_names;

	if (v != &vocab_vm_flag)
		return word;
	while (n->name && n->name != word)
		n++;
	return n->name ? n->mnemonic : word;
}

static void list__text(struct out *o, const struct field *f, const struct value *val)
{
	for (unsigned int i = 0; i < val->nr; i++) {
		if (i)
			out__char(o, ' ');
		out__str(o, short_word(f->vocab, val->list[i]));
	}
}

void field__text(struct out *o, const struct field *f, const struct value *val)
{
	char buf[HUMAN_LEN];

	switch (f->kind) {
	case K_UINT:
		out__u64(o, val->u);
		break;
	case K_INT:
		out__i64(o, val->i);
		break;
	case K_NS:
		out__str(o, human__us(buf, val->u));
		break;
	case K_BYTES:
	case K_SHIFT:
		out__str(o, human__size(buf, val->u));
		break;
	case K_HEX:
		out__hex(o, val->u);
		break;
	case K_BOOL:
	case K_FLAG:
	case K_TRI:
		out__str(o, f->vocab ? vocab__name(f->vocab, !!val->u) : val->u ? "yes" : "no");
		break;
	case K_LIST:
		list__text(o, f, val);
		break;
	case K_STR:
	case K_PSTR:
		out__foreign(o, val->s, OUT_WHOLE);
		break;
	default:
		out__str(o, val->s);
	}
}

void scope__init(struct scope *s, const struct model *m, const struct schema *schema)
{
	memset(s, 0, sizeof(*s));
	s->m = m;
	s->schema = schema;
	s->base[SRC_HOST] = model__host(m);
	s->base[SRC_LOSS] = model__loss(m);
}

void scope__vm(struct scope *s, const struct model *m, const struct vm *vm)
{
	scope__init(s, m, &schema_top);
	s->base[SRC_VM] = vm;
}

const struct schema *event_schema(const struct s2_event *ev)
{
	switch (ev->type) {
	case S2_EV_DECISION:
		return &schema_decision;
	case S2_EV_MEMSLOT:
		return &schema_memslot;
	case S2_EV_UNMAP:
		return &schema_unmap;
	case S2_EV_PROTECT:
		return &schema_protect;
	case S2_EV_CMO:
		return &schema_cmo;
	case S2_EV_VM:
		if (((const struct s2_ev_vm *)ev)->event == S2_VM_RETIRED)
			return NULL; /* internal to backend and model */
		return &schema_vm;
	default:
		return NULL;
	}
}

static void scope__who(struct scope *s, const struct vm *vm, uint32_t pid)
{
	s->who.id = vm ? vm->id : 0;
	s->who.pid = vm && vm->pid ? vm->pid : pid;
	s->who.name = vm ? vm->name : NULL;
	s->base[SRC_WHO] = s->who.id || s->who.pid ? &s->who : NULL;
}

static void event_scope(struct scope *s, const struct s2_event *ev, const struct vm *vm,
			const struct s2_device *device)
{
	scope__who(s, vm, event__vm_pid(ev));
	s->base[SRC_EVENT] = ev;
	s->base[SRC_DEVICE] = device && s2_device_known(device) ? device : NULL;
	if (ev->type == S2_EV_DECISION)
		s->present = ((const struct s2_ev_decision *)ev)->present;
	else if (ev->type == S2_EV_MEMSLOT)
		s->present = ((const struct s2_ev_memslot *)ev)->present;
}

bool scope__event(struct scope *s, const struct model *m, const struct s2_event *ev)
{
	const struct schema *schema = event_schema(ev);

	if (!schema)
		return false;
	scope__init(s, m, schema);
	event_scope(s, ev, model__vm_of(m, ev), model__device_of(m, ev));
	return true;
}

void scope__kept(struct scope *s, const struct model *m, const struct vm *vm,
		 const struct vm_event *ev)
{
	scope__init(s, m, event_schema(&ev->h));
	event_scope(s, &ev->h, vm, &ev->device);
}

void scope__span(struct scope *s, const struct model *m, const struct vm *vm,
		 const struct span *span)
{
	scope__init(s, m, &schema_map);
	scope__who(s, vm, 0);
	s->base[SRC_SPAN] = span;
	s->base[SRC_MAPPING] = span->mapping;
	s->base[SRC_REGION] = span->region;
	if (!span->region)
		return;
	s->base[SRC_VMA] = span->region->vma.end ? &span->region->vma : NULL;
	if (s2_device_known(&span->region->device))
		s->base[SRC_DEVICE] = &span->region->device;
}
