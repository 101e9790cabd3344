// SPDX-License-Identifier: GPL-2.0-only
/* JSON of any object with a table of fields, written while walking the table. */
#include "view/json_writer.h"
#include "view/view_priv.h"

static void json__fields(struct json_writer *w, const struct field *fields, const struct scope *s);

static void json__object(struct json_writer *w, const struct field *fields, const struct scope *s)
{
	json__open(w, '{');
	json__fields(w, fields, s);
	json__close(w, '}');
}

static void json__list(struct json_writer *w, const struct value *val)
{
	json__open(w, '[');
	for (unsigned int i = 0; i < val->nr; i++)
		json__word(w, val->list[i]);
	json__close(w, ']');
}

static void json__counts(struct json_writer *w, const struct field *f, const struct scope *s)
{
	const uint64_t *n = (const uint64_t *)((const char *)s->base[f->src] + f->off);

	json__open(w, '{');
	for (unsigned int i = f->first; i < field__map_end(f); i++) {
		if (!n[i] && (f->flags & FF_SPARSE))
			continue;
		json__name(w, vocab__name(f->vocab, i));
		json__u64(w, n[i]);
	}
	json__close(w, '}');
}

static void json__map(struct json_writer *w, const struct field *f, const struct scope *s)
{
	struct scope in = *s;

	json__open(w, '{');
	for (in.key = f->first; in.key < field__map_end(f); in.key++) {
		json__name(w, vocab__name(f->vocab, in.key));
		json__object(w, f->sub, &in);
	}
	json__close(w, '}');
}

static void json__array(struct json_writer *w, const struct field *f, const struct scope *s)
{
	struct scope in = *s;
	size_t n = f->seq->count(s);

	json__open(w, '[');
	for (size_t i = 0; i < n; i++) {
		f->seq->enter(&in, i);
		json__object(w, f->sub, &in);
	}
	json__close(w, ']');
}

static void json__known(struct json_writer *w, const struct field *f, const struct scope *s,
			const struct value *val)
{
	switch (f->kind) {
	case K_UINT:
	case K_BYTES:
	case K_NS:
	case K_SHIFT:
		json__u64(w, val->u);
		break;
	case K_INT:
		json__i64(w, val->i);
		break;
	case K_BOOL:
	case K_FLAG:
	case K_TRI:
		json__bool(w, val->u);
		break;
	case K_HEX:
		json__hex(w, val->u);
		break;
	case K_NUM:
		json__real(w, val->d);
		break;
	case K_ENUM:
	case K_PROT:
		json__word(w, val->s);
		break;
	case K_LIST:
		json__list(w, val);
		break;
	case K_OBJ:
		json__object(w, f->sub, s);
		break;
	case K_COUNTS:
		json__counts(w, f, s);
		break;
	case K_MAP:
		json__map(w, f, s);
		break;
	case K_ARR:
		json__array(w, f, s);
		break;
	default:
		json__str(w, val->s);
	}
}

static void json__fields(struct json_writer *w, const struct field *fields, const struct scope *s)
{
	struct value val;

	for (const struct field *f = fields; f->name; f++) {
		if (f->kind == K_SPLICE) {
			json__fields(w, f->sub, s);
			continue;
		}
		json__key(w, f->key, f->key_len);
		if (field__get(f, s, &val))
			json__known(w, f, s, &val);
		else
			json__null(w);
	}
}

/* One object with its schema, and a line feed. */
static void json__line(struct view *v, const struct scope *s)
{
	struct json_writer w = { .o = &v->line };

	out__str(w.o, "{\"schema\":\"s2trace.");
	out__str(w.o, s->schema->kind);
	out__str(w.o, "/1\"");
	w.comma = true;
	json__fields(&w, s->schema->fields, s);
	out__str(w.o, "}\n");
}

static void json__host(struct view *v, const struct model *m)
{
	struct scope s;

	scope__init(&s, m, &schema_host);
	json__line(v, &s);
}

static void json__top(struct view *v, const struct model *m)
{
	struct scope s;

	json__host(v, m);
	for (size_t i = 0; i < model__nr_vms(m); i++) {
		scope__vm(&s, m, model__vm(m, i));
		json__line(v, &s);
	}
}

static void json__nothing(struct view *v)
{
	(void)v;
}

static void json__map_summary(struct view *v, const struct model *m)
{
	struct scope s;

	scope__init(&s, m, &schema_map_summary);
	s.base[SRC_SURVEY] = model__survey(m);
	json__line(v, &s);
}

static void json__summary(struct view *v, const struct model *m)
{
	struct scope s;

	scope__init(&s, m, &schema_summary);
	json__line(v, &s);
}

static void json__check(struct view *v, const struct check_report *report)
{
	const struct scope s = { .schema = &schema_check,
				 .base = { [SRC_HOST] = report->host, [SRC_CHECK] = report } };

	json__line(v, &s);
}

static void json__error(struct view *v, const struct view_error *error)
{
	const struct scope s = { .schema = &schema_error, .base = { [SRC_ERROR] = error } };

	json__line(v, &s);
}

const struct view_ops json_ops = {
	.name = "JSON",
	.trace_header = json__host,
	.event = json__line,
	.top = json__top,
	.map_header = json__nothing,
	.map_span = json__line,
	.map_summary = json__map_summary,
	.summary = json__summary,
	.check = json__check,
	.error = json__error,
};
