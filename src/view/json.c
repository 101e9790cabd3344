// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON of anything that has a table of fields. It is written straight into the
 * line, without a tree in between: a tree costs ten times as much, and a trace
 * may be a million lines a second.
 */
#include "view/report.h"

#include <math.h>

static void json__fields(struct out *o, const struct field *fields, const struct scope *s);

/* ,"key": or "key": if it is the first of its object. */
static void json__key(struct out *o, const char *key, size_t len)
{
	size_t skip = o->len && o->p[o->len - 1] == '{';

	out__mem(o, key + skip, len - skip);
}

static void json__word_key(struct out *o, const char *word)
{
	if (o->len && o->p[o->len - 1] != '{')
		out__char(o, ',');
	out__char(o, '"');
	out__str(o, word);
	out__mem(o, "\":", 2);
}

static void json__list(struct out *o, const struct value *val)
{
	out__char(o, '[');
	for (unsigned int i = 0; i < val->nr; i++) {
		if (i)
			out__char(o, ',');
		out__json_str(o, val->list[i]);
	}
	out__char(o, ']');
}

static void json__counts(struct out *o, const struct field *f, const struct scope *s)
{
	const uint64_t *n = (const uint64_t *)((const char *)s->base[f->src] + f->off);

	out__char(o, '{');
	for (unsigned int i = f->first; i < field__map_end(f); i++) {
		if ((f->flags & FF_SPARSE) && !n[i])
			continue;
		json__word_key(o, vocab__name(f->vocab, i));
		out__u64(o, n[i]);
	}
	out__char(o, '}');
}

static void json__map(struct out *o, const struct field *f, const struct scope *s)
{
	struct scope in = *s;

	out__char(o, '{');
	for (in.key = f->first; in.key < field__map_end(f); in.key++) {
		json__word_key(o, vocab__name(f->vocab, in.key));
		out__char(o, '{');
		json__fields(o, f->sub, &in);
		out__char(o, '}');
	}
	out__char(o, '}');
}

static void json__array(struct out *o, const struct field *f, const struct scope *s)
{
	struct scope in = *s;
	size_t n = f->seq->count(s);

	out__char(o, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			out__char(o, ',');
		f->seq->enter(&in, i);
		out__char(o, '{');
		json__fields(o, f->sub, &in);
		out__char(o, '}');
	}
	out__char(o, ']');
}

/* JSON knows neither infinity nor NaN. */
static void json__num(struct out *o, double d)
{
	if (isfinite(d))
		out__printf(o, "%.3f", d);
	else
		out__str(o, "null");
}

static void json__scalar(struct out *o, const struct field *f, const struct value *val)
{
	switch (f->kind) {
	case K_UINT:
	case K_BYTES:
	case K_NS:
	case K_SHIFT:
		out__u64(o, val->u);
		break;
	case K_INT:
		out__i64(o, val->i);
		break;
	case K_NUM:
		json__num(o, val->d);
		break;
	case K_BOOL:
	case K_FLAG:
	case K_TRI:
		out__str(o, val->u ? "true" : "false");
		break;
	case K_HEX:
		out__char(o, '"');
		out__hex(o, val->u);
		out__char(o, '"');
		break;
	case K_LIST:
		json__list(o, val);
		break;
	default:
		out__json_str(o, val->s);
	}
}

static void json__value(struct out *o, const struct field *f, const struct scope *s)
{
	struct value val;

	if (!(f->kind == K_OBJ && !f->get ? s->base[f->src] != NULL : field__get(f, s, &val))) {
		out__str(o, "null");
		return;
	}
	switch (f->kind) {
	case K_OBJ:
		out__char(o, '{');
		json__fields(o, f->sub, s);
		out__char(o, '}');
		break;
	case K_COUNTS:
		json__counts(o, f, s);
		break;
	case K_MAP:
		json__map(o, f, s);
		break;
	case K_ARR:
		json__array(o, f, s);
		break;
	default:
		json__scalar(o, f, &val);
	}
}

static void json__fields(struct out *o, const struct field *fields, const struct scope *s)
{
	for (const struct field *f = fields; f->name; f++) {
		if (f->kind == K_SPLICE) {
			json__fields(o, f->sub, s);
			continue;
		}
		json__key(o, f->key, f->key_len);
		json__value(o, f, s);
	}
}

void json__object(struct out *o, const struct schema *schema, const struct scope *s)
{
	out__str(o, "{\"schema\":\"s2trace.");
	out__str(o, schema->kind);
	out__str(o, "/1\"");
	json__fields(o, schema->fields, s);
	out__str(o, "}\n");
}
