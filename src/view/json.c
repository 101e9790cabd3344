// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON of anything that has a table of fields. It is written straight into the
 * line, without a tree in between: a tree costs ten times as much, and a trace
 * may be a million lines a second.
 */
#include "view/report.h"

#include <math.h>

static void json__fields(struct out *o, const struct field *fields, const struct scope *s);

/* Room for a key and any number behind it. */
#define ENTRY_MAX (1 + sizeof(((struct field *)0)->key) + 2 + PUT_U64_MAX)

/* Whole words are copied, whatever the key's length: what is too much is overwritten. */
static char *put__key(const struct out *o, char *p, const struct field *f)
{
	if (o->len && p[-1] != '{')
		*p++ = ',';
	memcpy(p, f->key, sizeof(f->key));
	return p + f->key_len;
}

static char *put__word(char *p, const char *word, size_t len)
{
	memcpy(p, word, len);
	return p + len;
}

/* A word of a vocabulary: nothing in it needs to be escaped. */
static void json__word(struct out *o, const char *word)
{
	size_t len = strlen(word);
	char *p = out__room(o, len + 2);

	if (!p)
		return;
	*p++ = '"';
	p = put__word(p, word, len);
	*p = '"';
	o->len += len + 2;
}

static void json__word_key(struct out *o, const char *word)
{
	if (o->len && o->p[o->len - 1] != '{')
		out__char(o, ',');
	json__word(o, word);
	out__char(o, ':');
}

static void json__list(struct out *o, const struct value *val)
{
	out__char(o, '[');
	for (unsigned int i = 0; i < val->nr; i++) {
		if (i)
			out__char(o, ',');
		json__word(o, val->list[i]);
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

/* NULL: it is none of the kinds that are a number and no more. */
static char *put__number(char *p, const struct field *f, const struct value *val)
{
	switch (f->kind) {
	case K_UINT:
	case K_BYTES:
	case K_NS:
	case K_SHIFT:
		return put__u64(p, val->u);
	case K_BOOL:
	case K_FLAG:
	case K_TRI:
		return val->u ? put__word(p, "true", 4) : put__word(p, "false", 5);
	case K_HEX:
		*p = '"';
		p = put__hex(p + 1, val->u);
		*p = '"';
		return p + 1;
	default:
		return NULL;
	}
}

static void json__other(struct out *o, const struct field *f, const struct scope *s,
			const struct value *val)
{
	switch (f->kind) {
	case K_INT:
		out__i64(o, val->i);
		break;
	case K_NUM:
		json__num(o, val->d);
		break;
	case K_ENUM:
	case K_PROT:
		json__word(o, val->s);
		break;
	case K_LIST:
		json__list(o, val);
		break;
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
		out__json_str(o, val->s);
	}
}

static void json__field(struct out *o, const struct field *f, const struct scope *s)
{
	char *start = out__room(o, ENTRY_MAX), *p, *end;
	struct value val;

	if (!start)
		return;
	p = put__key(o, start, f);
	if (!field__get(f, s, &val))
		end = put__word(p, "null", 4);
	else
		end = put__number(p, f, &val);
	o->len += (end ? end : p) - start;
	if (!end)
		json__other(o, f, s, &val);
}

static void json__fields(struct out *o, const struct field *fields, const struct scope *s)
{
	for (const struct field *f = fields; f->name; f++) {
		if (f->kind == K_SPLICE)
			json__fields(o, f->sub, s);
		else
			json__field(o, f, s);
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
