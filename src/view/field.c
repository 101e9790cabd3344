// SPDX-License-Identifier: GPL-2.0-only
#include "view/field.h"

#include <string.h>

/* Reads what takes more than a number; false: not known. */
static bool field__convert(const struct field *f, const char *at, struct value *val)
{
	switch (f->kind) {
	case K_INT:
		val->i = f->bytes == 4 ? (int32_t)val->u : val->i;
		return true;
	case K_TRI:
		return (int32_t)val->u >= 0;
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

static uint32_t rec__present(const struct s2_event *rec)
{
	return rec->type == S2_EV_MEMSLOT ? ((const struct s2_ev_memslot *)rec)->present
					  : ((const struct s2_ev_decision *)rec)->present;
}

bool field__get(const struct field *f, const struct scope *s, struct value *val)
{
	const char *base = s->base[f->src];

	if (!base)
		return false;
	if (f->known && !S2_HAS(rec__present(s->base[SRC_REC]), f->known - 1))
		return false;
	if (f->get)
		return f->get(f, s, val);
	if (!f->bytes)
		return true; /* an object: what is in it is known, or is not, by itself */
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

void scope__init(struct scope *s, const struct model *m)
{
	memset(s, 0, sizeof(*s));
	s->m = m;
	s->base[SRC_HOST] = model__host(m);
	s->base[SRC_STATS] = model__stats(m);
}

static const struct schema *schema_of(unsigned int type)
{
	switch (type) {
	case S2_EV_DECISION:
		return &schema_decision;
	case S2_EV_MEMSLOT:
		return &schema_memslot;
	case S2_EV_UNMAP:
		return &schema_unmap;
	case S2_EV_CMO:
		return &schema_cmo;
	case S2_EV_VM:
		return &schema_vm;
	default:
		return NULL;
	}
}

const struct schema *line__init(struct line *l, const struct model *m, const struct s2_event *rec,
				const struct mem_device *device)
{
	const struct vm *vm = model__vm_find(m, rec->vm);

	scope__init(&l->scope, m);
	l->who.id = rec->vm;
	l->who.pid = vm && vm->pid ? vm->pid : event__vm_pid(rec);
	l->who.name = vm ? vm->name : NULL;
	l->scope.base[SRC_REC] = rec;
	l->scope.base[SRC_WHO] = l->who.id || l->who.pid ? &l->who : NULL;
	l->scope.base[SRC_VM] = vm;
	l->scope.base[SRC_DEVICE] = device && device->bdf[0] ? device : NULL;
	return schema_of(rec->type);
}
