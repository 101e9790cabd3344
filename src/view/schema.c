// SPDX-License-Identifier: GPL-2.0-only
/* JSON Schema of all that is written as JSON, from the tables that write it. */
#include "view/report.h"

static void schema__fields(struct out *o, const struct field *fields);

static void schema__comma(struct out *o)
{
	char last = o->len ? o->p[o->len - 1] : '{';

	if (last != '{' && last != '[')
		out__char(o, ',');
}

static void schema__words(struct out *o, const struct field *f, bool null)
{
	out__str(o, "\"enum\":[");
	for (unsigned int i = f->first; i < field__map_end(f); i++) {
		schema__comma(o);
		out__json_str(o, vocab__name(f->vocab, i));
	}
	out__str(o, null ? ",null]" : "]");
}

static void schema__type(struct out *o, const char *type, bool null)
{
	out__printf(o, null ? "\"type\":[\"%s\",\"null\"]" : "\"type\":\"%s\"", type);
}

/* An object that has a property for each word of a vocabulary. */
static void schema__map(struct out *o, const struct field *f)
{
	out__str(o, "\"type\":\"object\",\"properties\":{");
	for (unsigned int i = f->first; i < field__map_end(f); i++) {
		schema__comma(o);
		out__json_str(o, vocab__name(f->vocab, i));
		out__str(o, ":{");
		if (f->kind == K_MAP)
			schema__fields(o, f->sub);
		else
			out__str(o, "\"type\":\"integer\",\"minimum\":0");
		out__char(o, '}');
	}
	out__char(o, '}');
	if (f->flags & FF_SPARSE)
		return;
	out__str(o, ",\"required\":[");
	for (unsigned int i = f->first; i < field__map_end(f); i++) {
		schema__comma(o);
		out__json_str(o, vocab__name(f->vocab, i));
	}
	out__char(o, ']');
}

static void schema__array(struct out *o, const struct field *f)
{
	out__str(o, "\"items\":{");
	if (f->kind == K_ARR) {
		schema__fields(o, f->sub);
	} else {
		out__str(o, "\"type\":\"string\",");
		schema__words(o, f, false);
	}
	out__char(o, '}');
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

static void schema__nested(struct out *o, const struct field *f, bool null)
{
	if (null)
		out__str(o, "\"anyOf\":[{\"type\":\"null\"},{");
	schema__fields(o, f->sub);
	if (null)
		out__str(o, "}]");
}

static void schema__field(struct out *o, const struct field *f)
{
	bool null = f->flags & FF_NULL || f->kind == K_NUM;

	out__str(o, "\"description\":");
	out__json_str(o, f->doc);
	out__char(o, ',');
	switch (f->kind) {
	case K_OBJ:
		schema__nested(o, f, null);
		return;
	case K_MAP:
	case K_COUNTS:
		schema__map(o, f);
		return;
	default:
		schema__type(o, schema__type_name(f->kind), null);
	}
	if (f->kind == K_ENUM) {
		out__char(o, ',');
		schema__words(o, f, null);
	} else if (f->kind == K_HEX) {
		out__str(o, ",\"pattern\":\"^0x[0-9a-f]+$\"");
	} else if (f->kind == K_PROT) {
		out__str(o, ",\"pattern\":\"^[r-][w-][xpu-]$\"");
	} else if (f->kind == K_LIST || f->kind == K_ARR) {
		out__char(o, ',');
		schema__array(o, f);
	} else if (f->kind != K_INT && !strcmp(schema__type_name(f->kind), "integer")) {
		out__str(o, ",\"minimum\":0");
	}
}

static void schema__properties(struct out *o, const struct field *fields)
{
	for (const struct field *f = fields; f->name; f++) {
		if (f->kind == K_SPLICE) {
			schema__properties(o, f->sub);
			continue;
		}
		schema__comma(o);
		out__json_str(o, f->name);
		out__str(o, ":{");
		schema__field(o, f);
		out__char(o, '}');
	}
}

static void schema__required(struct out *o, const struct field *fields)
{
	for (const struct field *f = fields; f->name; f++) {
		if (f->kind == K_SPLICE) {
			schema__required(o, f->sub);
			continue;
		}
		schema__comma(o);
		out__json_str(o, f->name);
	}
}

static void schema__fields(struct out *o, const struct field *fields)
{
	out__str(o, "\"type\":\"object\",\"properties\":{");
	schema__properties(o, fields);
	out__str(o, "},\"required\":[");
	schema__required(o, fields);
	out__char(o, ']');
}

static void schema__definition(struct out *o, const struct schema *s)
{
	out__printf(o, "\n\"%s\":{\"description\":", s->kind);
	out__json_str(o, s->doc);
	out__printf(o,
		    ",\"type\":\"object\",\"properties\":{\"schema\":{\"const\":\"s2trace.%s/1\"}",
		    s->kind);
	schema__properties(o, s->fields);
	out__str(o, "},\"required\":[\"schema\"");
	schema__required(o, s->fields);
	out__str(o, "]}");
}

/* One document: each line that --json prints is valid against it. */
void json__schemas(struct out *o)
{
	out__str(o, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",");
	out__str(o, "\"title\":\"Objects that s2trace prints, one a line\",\n\"oneOf\":[");
	for (int i = 0; schemas[i]; i++)
		out__printf(o, "%s{\"$ref\":\"#/$defs/%s\"}", i ? "," : "", schemas[i]->kind);
	out__str(o, "],\n\"$defs\":{");
	for (int i = 0; schemas[i]; i++) {
		if (i)
			out__char(o, ',');
		schema__definition(o, schemas[i]);
	}
	out__str(o, "}}\n");
}
