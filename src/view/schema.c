// SPDX-License-Identifier: GPL-2.0-only
/* JSON Schema of all that is written as JSON, from the tables that write it. */
#include "view/report.h"

#include <stdlib.h>

#include <jansson.h>

static void schema__object(json_t *obj, const struct field *fields);

static json_t *schema__words(const struct field *f, bool null)
{
	json_t *words = json_array();

	for (unsigned int i = f->first; i < field__map_end(f); i++)
		json_array_append_new(words, json_string(vocab__name(f->vocab, i)));
	if (null)
		json_array_append_new(words, json_null());
	return words;
}

static json_t *schema__count(void)
{
	return json_pack("{s:s,s:i}", "type", "integer", "minimum", 0);
}

/* An object that has a property for each word of a vocabulary. */
static void schema__map(json_t *obj, const struct field *f)
{
	json_t *props = json_object(), *one;

	for (unsigned int i = f->first; i < field__map_end(f); i++) {
		one = f->kind == K_MAP ? json_object() : schema__count();
		if (f->kind == K_MAP)
			schema__object(one, f->sub);
		json_object_set_new(props, vocab__name(f->vocab, i), one);
	}
	json_object_set_new(obj, "type", json_string("object"));
	json_object_set_new(obj, "properties", props);
	if (!(f->flags & FF_SPARSE))
		json_object_set_new(obj, "required", schema__words(f, false));
}

static json_t *schema__items(const struct field *f)
{
	json_t *items = json_object();

	if (f->kind == K_ARR) {
		schema__object(items, f->sub);
	} else {
		json_object_set_new(items, "type", json_string("string"));
		json_object_set_new(items, "enum", schema__words(f, false));
	}
	return items;
}

static const char *schema__type_name(enum field_kind kind)
{
	switch (kind) {
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

static json_t *schema__type(enum field_kind kind, bool null)
{
	const char *name = schema__type_name(kind);

	return null ? json_pack("[s,s]", name, "null") : json_string(name);
}

static void schema__nested(json_t *obj, const struct field *f, bool null)
{
	json_t *inner = null ? json_object() : obj;

	schema__object(inner, f->sub);
	if (null)
		json_object_set_new(obj, "anyOf", json_pack("[{s:s},o]", "type", "null", inner));
}

/* What a value of that kind must look like, beyond its type. */
static void schema__limits(json_t *obj, const struct field *f, bool null)
{
	switch (f->kind) {
	case K_ENUM:
		json_object_set_new(obj, "enum", schema__words(f, null));
		break;
	case K_HEX:
		json_object_set_new(obj, "pattern", json_string("^0x[0-9a-f]+$"));
		break;
	case K_PROT:
		json_object_set_new(obj, "pattern", json_string("^[r-][w-][xpu-]$"));
		break;
	case K_LIST:
	case K_ARR:
		json_object_set_new(obj, "items", schema__items(f));
		break;
	case K_UINT:
	case K_BYTES:
	case K_NS:
	case K_SHIFT:
		json_object_set_new(obj, "minimum", json_integer(0));
		break;
	default:
		break;
	}
}

static json_t *schema__field(const struct field *f)
{
	bool null = f->flags & FF_NULL || f->kind == K_NUM;
	json_t *obj = json_object();

	json_object_set_new(obj, "description", json_string(f->doc));
	if (f->kind == K_OBJ) {
		schema__nested(obj, f, null);
	} else if (f->kind == K_MAP || f->kind == K_COUNTS) {
		schema__map(obj, f);
	} else {
		json_object_set_new(obj, "type", schema__type(f->kind, null));
		schema__limits(obj, f, null);
	}
	return obj;
}

static void schema__add(json_t *props, json_t *required, const struct field *fields)
{
	for (const struct field *f = fields; f->name; f++) {
		if (f->kind == K_SPLICE) {
			schema__add(props, required, f->sub);
			continue;
		}
		json_object_set_new(props, f->name, schema__field(f));
		json_array_append_new(required, json_string(f->name));
	}
}

static void schema__object(json_t *obj, const struct field *fields)
{
	json_t *props = json_object(), *required = json_array();

	schema__add(props, required, fields);
	json_object_set_new(obj, "type", json_string("object"));
	json_object_set_new(obj, "properties", props);
	json_object_set_new(obj, "required", required);
}

static json_t *schema__definition(const struct schema *s)
{
	json_t *props = json_object(), *required = json_pack("[s]", "schema");

	json_object_set_new(props, "schema",
			    json_pack("{s:o}", "const", json_sprintf("s2trace.%s/1", s->kind)));
	schema__add(props, required, s->fields);
	return json_pack("{s:s,s:s,s:o,s:o}", "description", s->doc, "type", "object", "properties",
			 props, "required", required);
}

/* One document: each line that --json prints is valid against it. */
void json__schemas(struct out *o)
{
	json_t *one_of = json_array(), *defs = json_object(), *doc;
	char *text;

	for (int i = 0; schemas[i]; i++) {
		json_array_append_new(
			one_of,
			json_pack("{s:o}", "$ref", json_sprintf("#/$defs/%s", schemas[i]->kind)));
		json_object_set_new(defs, schemas[i]->kind, schema__definition(schemas[i]));
	}
	doc = json_pack("{s:s,s:s,s:o,s:o}", "$schema",
			"https://json-schema.org/draft/2020-12/schema", "title",
			"Objects that s2trace prints, one a line", "oneOf", one_of, "$defs", defs);
	text = json_dumps(doc, JSON_INDENT(1));
	if (text)
		out__str(o, text);
	o->bad |= !text;
	out__char(o, '\n');
	free(text);
	json_decref(doc);
}
