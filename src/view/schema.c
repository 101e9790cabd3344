// SPDX-License-Identifier: GPL-2.0-only
/* The JSON Schema of all objects, from the tables that write them. */
#include "view/json_writer.h"
#include "view/view_priv.h"

static void schema__object(struct json_writer *w, const struct field *fields);

static void name_word(struct json_writer *w, const char *name, const char *word)
{
	json__name(w, name);
	json__word(w, word);
}

static void schema__words(struct json_writer *w, const char *name, const struct field *f, bool null)
{
	json__name(w, name);
	json__open(w, '[');
	for (unsigned int i = f->first; i < field__map_end(f); i++)
		json__word(w, vocab__name(f->vocab, i));
	if (null)
		json__null(w);
	json__close(w, ']');
}

static void schema__minimum(struct json_writer *w)
{
	json__name(w, "minimum");
	json__u64(w, 0);
}

/* Members of an object with one property per word of a vocabulary. */
static void schema__map(struct json_writer *w, const struct field *f)
{
	name_word(w, "type", "object");
	json__name(w, "properties");
	json__open(w, '{');
	for (unsigned int i = f->first; i < field__map_end(f); i++) {
		json__name(w, vocab__name(f->vocab, i));
		json__open(w, '{');
		if (f->kind == K_MAP) {
			schema__object(w, f->sub);
		} else {
			name_word(w, "type", "integer");
			schema__minimum(w);
		}
		json__close(w, '}');
	}
	json__close(w, '}');
	if (!(f->flags & FF_SPARSE))
		schema__words(w, "required", f, false);
}

static void schema__items(struct json_writer *w, const struct field *f)
{
	json__name(w, "items");
	json__open(w, '{');
	if (f->kind == K_ARR) {
		schema__object(w, f->sub);
	} else {
		name_word(w, "type", "string");
		schema__words(w, "enum", f, false);
	}
	json__close(w, '}');
}

static const char *schema__type_name(const struct field *f)
{
	switch (f->kind) {
	case K_UINT:
	case K_BYTES:
	case K_NS:
	case K_INT:
	case K_SHIFT:
		return "integer";
	case K_NUM:
		return "number";
	case K_BOOL:
	case K_FLAG:
	case K_TRI:
		return "boolean";
	case K_LIST:
	case K_ARR:
		return "array";
	default:
		return "string";
	}
}

static void schema__type(struct json_writer *w, const struct field *f, bool null)
{
	json__name(w, "type");
	if (null)
		json__open(w, '[');
	json__word(w, schema__type_name(f));
	if (!null)
		return;
	json__word(w, "null");
	json__close(w, ']');
}

static void schema__nested(struct json_writer *w, const struct field *f, bool null)
{
	if (!null) {
		schema__object(w, f->sub);
		return;
	}
	json__name(w, "anyOf");
	json__open(w, '[');
	json__open(w, '{');
	name_word(w, "type", "null");
	json__close(w, '}');
	json__open(w, '{');
	schema__object(w, f->sub);
	json__close(w, '}');
	json__close(w, ']');
}

/* Constraints on a value of this kind, beyond its type. */
static void schema__limits(struct json_writer *w, const struct field *f, bool null)
{
	switch (f->kind) {
	case K_ENUM:
		schema__words(w, "enum", f, null);
		break;
	case K_HEX:
		name_word(w, "pattern", "^0x[0-9a-f]+$");
		break;
	case K_PROT:
		name_word(w, "pattern", "^[r-][w-][xpu-]$");
		break;
	case K_LIST:
	case K_ARR:
		schema__items(w, f);
		break;
	case K_UINT:
	case K_BYTES:
	case K_NS:
	case K_SHIFT:
		schema__minimum(w);
		break;
	default:
		break;
	}
}

static void schema__field(struct json_writer *w, const struct field *f)
{
	bool null = f->flags & FF_NULL || f->kind == K_NUM;

	json__name(w, f->name);
	json__open(w, '{');
	json__name(w, "description");
	json__str(w, f->doc);
	if (f->kind == K_OBJ) {
		schema__nested(w, f, null);
	} else if (f->kind == K_MAP || f->kind == K_COUNTS) {
		schema__map(w, f);
	} else {
		schema__type(w, f, null);
		schema__limits(w, f, null);
	}
	json__close(w, '}');
}

static void schema__properties(struct json_writer *w, const struct field *fields)
{
	for (const struct field *f = fields; f->name; f++) {
		if (f->kind == K_SPLICE)
			schema__properties(w, f->sub);
		else
			schema__field(w, f);
	}
}

static void schema__required(struct json_writer *w, const struct field *fields)
{
	for (const struct field *f = fields; f->name; f++) {
		if (f->kind == K_SPLICE)
			schema__required(w, f->sub);
		else
			json__word(w, f->name);
	}
}

static void schema__object(struct json_writer *w, const struct field *fields)
{
	name_word(w, "type", "object");
	json__name(w, "properties");
	json__open(w, '{');
	schema__properties(w, fields);
	json__close(w, '}');
	json__name(w, "required");
	json__open(w, '[');
	schema__required(w, fields);
	json__close(w, ']');
}

static void schema__definition(struct json_writer *w, const struct schema *s)
{
	char kind[64];

	snprintf(kind, sizeof(kind), "s2trace.%s/1", s->kind);
	json__name(w, s->kind);
	json__open(w, '{');
	json__name(w, "description");
	json__str(w, s->doc);
	name_word(w, "type", "object");
	json__name(w, "properties");
	json__open(w, '{');
	json__name(w, "schema");
	json__open(w, '{');
	name_word(w, "const", kind);
	json__close(w, '}');
	schema__properties(w, s->fields);
	json__close(w, '}');
	json__name(w, "required");
	json__open(w, '[');
	json__word(w, "schema");
	schema__required(w, s->fields);
	json__close(w, ']');
	json__close(w, '}');
}

static void schema__references(struct json_writer *w)
{
	char ref[64];

	json__name(w, "oneOf");
	json__open(w, '[');
	for (int i = 0; i < SCHEMA__MAX; i++) {
		snprintf(ref, sizeof(ref), "#/$defs/%s", schemas[i]->kind);
		json__open(w, '{');
		name_word(w, "$ref", ref);
		json__close(w, '}');
	}
	json__close(w, ']');
}

/* One document that validates every line that --json prints. */
void json__schemas(struct out *o)
{
	struct json_writer w = { .o = o, .pretty = true };

	json__open(&w, '{');
	name_word(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
	name_word(&w, "title", "Objects that s2trace prints, one per line");
	schema__references(&w);
	json__name(&w, "$defs");
	json__open(&w, '{');
	for (int i = 0; i < SCHEMA__MAX; i++)
		schema__definition(&w, schemas[i]);
	json__close(&w, '}');
	json__close(&w, '}');
	out__char(o, '\n');
}
