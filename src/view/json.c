// SPDX-License-Identifier: GPL-2.0-only
/* JSON of anything that has a table of fields: a tree of Jansson's, written to one line. */
#include "view/report.h"

#include <jansson.h>
#include <math.h>

#include "view/utf8.h"

/* Enough for any double that was rounded to thousandths. */
#define DUMP_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(15))

static json_t *json__fields(json_t *obj, const struct field *fields, const struct scope *s);

/* Names of VMs are bytes that somebody chose: what is not UTF-8 becomes U+FFFD. */
static json_t *json__repaired(const char *s)
{
	struct out clean = {};
	json_t *str;
	size_t n;

	for (; *s; s += n ? n : 1) {
		n = utf8__len(s);
		out__mem(&clean, n ? s : UTF8_REPLACEMENT, n ? n : strlen(UTF8_REPLACEMENT));
	}
	str = json_stringn(clean.p, clean.len);
	out__free(&clean);
	return str;
}

static json_t *json__str(const char *s)
{
	json_t *str = json_string(s);

	return str ? str : json__repaired(s);
}

static json_t *json__hex(uint64_t v)
{
	return json_sprintf("0x%llx", (unsigned long long)v);
}

/* JSON knows neither infinity nor NaN. */
static json_t *json__num(double d)
{
	return isfinite(d) ? json_real(round(d * 1000) / 1000) : json_null();
}

static json_t *json__list(const struct value *val)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < val->nr; i++)
		json_array_append_new(list, json_string(val->list[i]));
	return list;
}

static json_t *json__counts(const struct field *f, const struct scope *s)
{
	const uint64_t *n = (const uint64_t *)((const char *)s->base[f->src] + f->off);
	json_t *counts = json_object();

	for (unsigned int i = f->first; i < field__map_end(f); i++)
		if (n[i] || !(f->flags & FF_SPARSE))
			json_object_set_new(counts, vocab__name(f->vocab, i), json_integer(n[i]));
	return counts;
}

static json_t *json__map(const struct field *f, const struct scope *s)
{
	struct scope in = *s;
	json_t *map = json_object();

	for (in.key = f->first; in.key < field__map_end(f); in.key++)
		json_object_set_new(map, vocab__name(f->vocab, in.key),
				    json__fields(json_object(), f->sub, &in));
	return map;
}

static json_t *json__array(const struct field *f, const struct scope *s)
{
	struct scope in = *s;
	size_t n = f->seq->count(s);
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++) {
		f->seq->enter(&in, i);
		json_array_append_new(array, json__fields(json_object(), f->sub, &in));
	}
	return array;
}

static json_t *json__value(const struct field *f, const struct scope *s, const struct value *val)
{
	switch (f->kind) {
	case K_UINT:
	case K_BYTES:
	case K_NS:
	case K_SHIFT:
		return json_integer(val->u);
	case K_INT:
		return json_integer(val->i);
	case K_BOOL:
	case K_FLAG:
	case K_TRI:
		return json_boolean(val->u);
	case K_HEX:
		return json__hex(val->u);
	case K_NUM:
		return json__num(val->d);
	case K_LIST:
		return json__list(val);
	case K_OBJ:
		return json__fields(json_object(), f->sub, s);
	case K_COUNTS:
		return json__counts(f, s);
	case K_MAP:
		return json__map(f, s);
	case K_ARR:
		return json__array(f, s);
	default:
		return json__str(val->s);
	}
}

static json_t *json__fields(json_t *obj, const struct field *fields, const struct scope *s)
{
	struct value val;

	for (const struct field *f = fields; f->name; f++) {
		if (f->kind == K_SPLICE)
			json__fields(obj, f->sub, s);
		else
			json_object_set_new(obj, f->name,
					    field__get(f, s, &val) ? json__value(f, s, &val)
								   : json_null());
	}
	return obj;
}

static int append(const char *text, size_t len, void *o)
{
	out__mem(o, text, len);
	return ((struct out *)o)->bad ? -1 : 0;
}

void json__object(struct out *o, const struct schema *schema, const struct scope *s)
{
	json_t *obj = json_object();

	json_object_set_new(obj, "schema", json_sprintf("s2trace.%s/1", schema->kind));
	json__fields(obj, schema->fields, s);
	if (json_dump_callback(obj, append, o, DUMP_FLAGS))
		o->bad = true;
	out__char(o, '\n');
	json_decref(obj);
}
