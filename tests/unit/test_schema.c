// SPDX-License-Identifier: GPL-2.0-only
/*
 * The schemas say of the objects what is true, and all of it: everything that is
 * emitted is checked against its schema by a small validator of our own.
 */
#include "unit.h"

#include <jansson.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "fixture.h"
#include "view/field.h"

static json_t *document;

static int load_document(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	view__json_schema(f);
	fclose(f);
	document = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	assert_memory_equal(text, "{\n \"$schema\": ", 14); /* for people, too */
	free(text);
	return document ? 0 : -1;
}

static int drop_document(void **state)
{
	(void)state;
	json_decref(document);
	return 0;
}

static bool is_of_type(const json_t *value, const char *type)
{
	if (!strcmp(type, "null"))
		return json_is_null(value);
	if (!strcmp(type, "boolean"))
		return json_is_boolean(value);
	if (!strcmp(type, "integer"))
		return json_is_integer(value);
	if (!strcmp(type, "number"))
		return json_is_number(value);
	if (!strcmp(type, "string"))
		return json_is_string(value);
	if (!strcmp(type, "array"))
		return json_is_array(value);
	return !strcmp(type, "object") && json_is_object(value);
}

static bool type_fits(const json_t *value, const json_t *type)
{
	size_t i;
	json_t *t;

	if (json_is_string(type))
		return is_of_type(value, json_string_value(type));
	json_array_foreach(type, i, t) if (is_of_type(value, json_string_value(t))) return true;
	return false;
}

static bool is_one_of(const json_t *value, const json_t *list)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v) if (json_equal(v, value)) return true;
	return false;
}

static bool matches(const char *text, const char *pattern)
{
	regex_t re;
	bool ok;

	assert_int_equal(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	ok = !regexec(&re, text, 0, NULL, 0);
	regfree(&re);
	return ok;
}

static bool validate(const json_t *value, const json_t *schema);

/* Strict: a key that the schema does not name is wrong as well. */
static bool object_fits(json_t *value, const json_t *schema)
{
	const json_t *properties = json_object_get(schema, "properties");
	const char *key;
	size_t i;
	json_t *v;

	json_array_foreach(json_object_get(schema, "required"), i,
			   v) if (!json_object_get(value, json_string_value(v))) return false;
	json_object_foreach(value, key, v)
	{
		const json_t *sub = json_object_get(properties, key);

		if (!sub || !validate(v, sub)) {
			print_error("%s does not fit\n", key);
			return false;
		}
	}
	return true;
}

static bool array_fits(const json_t *value, const json_t *schema)
{
	size_t i;
	json_t *v;

	json_array_foreach(value, i,
			   v) if (!validate(v, json_object_get(schema, "items"))) return false;
	return true;
}

static bool any_fits(const json_t *value, const json_t *any)
{
	size_t i;
	json_t *s;

	json_array_foreach(any, i, s) if (validate(value, s)) return true;
	return false;
}

static bool limits_fit(const json_t *value, const json_t *schema)
{
	const json_t *minimum = json_object_get(schema, "minimum");
	const json_t *pattern = json_object_get(schema, "pattern");

	if (minimum && json_is_integer(value) &&
	    json_integer_value(value) < json_integer_value(minimum))
		return false;
	return !pattern || !json_is_string(value) ||
	       matches(json_string_value(value), json_string_value(pattern));
}

static bool validate(const json_t *value, const json_t *schema)
{
	const json_t *type = json_object_get(schema, "type");
	const json_t *any = json_object_get(schema, "anyOf");
	const json_t *list = json_object_get(schema, "enum");
	const json_t *only = json_object_get(schema, "const");

	if ((type && !type_fits(value, type)) || (any && !any_fits(value, any)) ||
	    (list && !is_one_of(value, list)) || (only && !json_equal(only, value)) ||
	    !limits_fit(value, schema))
		return false;
	if (json_is_object(value) && json_object_get(schema, "properties"))
		return object_fits((json_t *)value, schema);
	return !json_is_array(value) || array_fits(value, schema);
}

/* "s2trace.decision/1" -> its definition. */
static const json_t *definition(const json_t *object)
{
	const char *name = json_string_value(json_object_get(object, "schema"));
	char kind[32];

	assert_non_null(name);
	assert_int_equal(sscanf(name, "s2trace.%31[a-z_]/1", kind), 1);
	return json_object_get(json_object_get(document, "$defs"), kind);
}

/* Each line of `text` against its schema; returns how many there were. */
static size_t expect_valid(const char *text)
{
	size_t n = 0;

	for (const char *end; *text; text = end + 1, n++) {
		json_t *o;

		end = strchr(text, '\n');
		assert_non_null(end);
		o = json_loadb(text, (size_t)(end - text), JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(o);
		assert_non_null(definition(o));
		if (!validate(o, definition(o)))
			fail_msg("%.*s", (int)(end - text), text);
		json_decref(o);
	}
	return n;
}

static void every_kind_has_a_definition(void **state)
{
	const json_t *defs = json_object_get(document, "$defs");
	size_t n = 0;

	(void)state;
	for (; n < SCHEMA__MAX; n++) {
		assert_int_equal(schemas[n]->id, n);
		assert_non_null(json_object_get(defs, schemas[n]->kind));
	}
	assert_int_equal(json_object_size(defs), n);
	assert_int_equal(json_array_size(json_object_get(document, "oneOf")), n);
}

static void events_are_valid(void **state)
{
	struct s2_ev_decision d[] = { fixture__mapped(), fixture__rejected(), fixture__unknown() };
	struct s2_ev_memslot s[] = { fixture__memslot(), fixture__memslot_refused() };
	struct s2_ev_unmap unmap = fixture__unmap();
	struct s2_ev_protect protect = fixture__protect();
	struct s2_ev_cmo cmo = fixture__cmo();
	struct s2_ev_vm vm = fixture__vm(1, S2_VM_CREATED);
	struct model *models[] = { fixture__model(), fixture__named(), fixture__empty() };
	struct capture c;

	(void)state;
	s[0].device = fixture_device;
	s[1].device = (struct s2_device){ .bar = 2 };
	capture__start(&c, VIEW_JSON);
	for (size_t m = 0; m < NR(models); m++) {
		for (size_t i = 0; i < NR(d); i++)
			view__event(c.view, models[m], &d[i].h);
		for (size_t i = 0; i < NR(s); i++)
			view__event(c.view, models[m], &s[i].h);
		view__event(c.view, models[m], &unmap.h);
		view__event(c.view, models[m], &protect.h);
		view__event(c.view, models[m], &cmo.h);
		view__event(c.view, models[m], &vm.h);
		assert_int_equal(expect_valid(capture__take(&c)), 9);
		model__free(models[m]);
	}
	capture__end(&c);
}

/* A recording of a later version may hold numbers that this one does not know. */
static void events_of_any_content_are_valid(void **state)
{
	struct model *m = fixture__empty();
	uint32_t seed = 7;
	struct capture c;

	(void)state;
	capture__start(&c, VIEW_JSON);
	for (int round = 0; round < 500; round++) {
		struct s2_ev_decision d;
		unsigned char *bytes = (unsigned char *)&d;

		for (size_t i = 0; i < sizeof(d); i++)
			bytes[i] = (unsigned char)((seed = seed * 1664525 + 1013904223) >> 24);
		d.h = fixture__mapped().h;
		/* The parser has signed integers only. */
		d.duration_ns >>= 1;
		d.size_shift %= 48;
		d.vma_shift %= 48;
		view__event(c.view, m, &d.h);
	}
	assert_int_equal(expect_valid(capture__take(&c)), 500);
	capture__end(&c);
	model__free(m);
}

/* Mapped ranges in a region, outside any, of a nested MMU, and of which little is known. */
static void maps_are_valid(void **state)
{
	struct s2_ev_survey begin = fixture__survey(S2_SURVEY_BEGIN);
	struct s2_ev_survey end = fixture__survey(S2_SURVEY_END);
	struct s2_ev_mapped nested = fixture__mapped_range(), hyp = nested;
	struct model *m = fixture__model(), *bare = model__new(NULL);
	struct capture c;

	(void)state;
	begin.nested = end.nested = nested.nested = 1;
	nested.own_ipa = nested.ipa;
	fixture__take(m, &begin);
	fixture__take(m, &nested);
	fixture__take(m, &end);
	begin.nested = end.nested = S2_NO_NESTED;
	hyp.memtype = S2_MEMTYPE_NONE;
	hyp.prot = S2_NO_PROT;
	hyp.pa = S2_NO_PA;
	hyp.in_host = FACT_UNKNOWN;
	fixture__take(bare, &begin);
	fixture__take(bare, &hyp);
	fixture__take(bare, &end);
	capture__start(&c, VIEW_JSON);
	view__map_header(c.view);
	view__map_vm(c.view, m, model__vm(m, 0));
	assert_int_equal(expect_valid(capture__take(&c)), 3);
	view__map_vm(c.view, bare, model__vm(bare, 0));
	view__map_summary(c.view, m);
	view__map_summary(c.view, bare);
	assert_int_equal(expect_valid(capture__take(&c)), 3);
	capture__end(&c);
	model__free(bare);
	model__free(m);
}

static void reports_are_valid(void **state)
{
	const struct check_item items[] = {
		{ "fwb", "FEAT_S2FWB", CHECK_YES, true, "", "" },
		{ "dic", "CTR_EL0.DIC", CHECK_UNKNOWN, true, "CTR_EL0", "use another host" },
	};
	const struct check_report report = { &fixture_host, items, NR(items), CHECK_UNKNOWN,
					     "Could not tell." };
	struct s2_ev_vm found = fixture__vm(2, S2_VM_FOUND), gone = fixture__vm(2, S2_VM_DESTROYED);
	struct model *m = fixture__model(), *bare = model__new(NULL);
	struct capture c;

	(void)state;
	fixture__take(m, &found);
	fixture__take(m, &gone);
	capture__start(&c, VIEW_JSON);
	view__trace_header(c.view, m);
	view__top(c.view, m);
	view__summary(c.view, m);
	view__top(c.view, bare);
	view__summary(c.view, bare);
	view__check(c.view, &report);
	view__error(c.view, "wrong", "do right");
	view__error(c.view, "wrong", NULL);
	assert_int_equal(expect_valid(capture__take(&c)), 10);
	capture__end(&c);
	model__free(bare);
	model__free(m);
}

static void the_validator_finds_what_is_wrong(void **state)
{
	static const char *const wrong[] = {
		"{\"schema\":\"s2trace.error/1\",\"error\":\"x\"}",
		"{\"schema\":\"s2trace.error/1\",\"error\":1,\"remedy\":null}",
		"{\"schema\":\"s2trace.error/1\",\"error\":\"x\",\"remedy\":null,\"more\":1}",
		"{\"schema\":\"s2trace.error/2\",\"error\":\"x\",\"remedy\":null}",
	};
	const json_t *defs = json_object_get(document, "$defs");

	(void)state;
	for (size_t i = 0; i < NR(wrong); i++) {
		json_t *o = json_loads(wrong[i], 0, NULL);

		assert_false(validate(o, json_object_get(defs, "error")));
		json_decref(o);
	}
}

static void every_field_is_described(const json_t *properties)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)properties, key, v)
	{
		if (!strcmp(key, "schema"))
			continue;
		assert_non_null(json_object_get(v, "description"));
		assert_true(json_string_length(json_object_get(v, "description")) > 3);
	}
}

static void every_kind_is_described(void **state)
{
	const char *key;
	json_t *def;

	(void)state;
	json_object_foreach(json_object_get(document, "$defs"), key, def)
	{
		assert_non_null(json_object_get(def, "description"));
		every_field_is_described(json_object_get(def, "properties"));
	}
}

/* Counts and sizes are not negative; return values and the like may be. */
static void expect_minimum(const char *key, const json_t *schema)
{
	const json_t *type = json_object_get(schema, "type");
	bool is_integer = json_is_array(type)
				  ? !strcmp(json_string_value(json_array_get(type, 0)), "integer")
				  : !strcmp(json_string_value(type), "integer");
	bool is_signed = !strcmp(key, "ret") || !strcmp(key, "bar") || !strcmp(key, "nested") ||
			 !strcmp(key, "slot");

	if (is_integer && !is_signed && !json_is_integer(json_object_get(schema, "minimum")))
		fail_msg("%s may be negative", key);
}

static void expect_minima(const json_t *schema)
{
	const char *key;
	size_t i;
	json_t *v;

	json_array_foreach(json_object_get(schema, "anyOf"), i, v) expect_minima(v);
	json_object_foreach(json_object_get(schema, "properties"), key, v)
	{
		if (json_object_get(v, "type"))
			expect_minimum(key, v);
		expect_minima(v);
	}
	if (json_object_get(schema, "items"))
		expect_minima(json_object_get(schema, "items"));
}

static void counts_are_not_negative(void **state)
{
	const char *key;
	json_t *def;

	(void)state;
	json_object_foreach(json_object_get(document, "$defs"), key, def) expect_minima(def);
}

/*
 * The golden list has a line for each member of each object: its type ('?': or null), and what
 * is known of its values. Numbers and facts are also shown as text has them, for 4096 or for
 * false and true: "4096", "4K" and "4.10" tell a count from a size and a duration.
 */
static void list_text(FILE *to, const struct field *f)
{
	bool fact = f->kind == K_BOOL || f->kind == K_FLAG || f->kind == K_TRI;
	struct out o = { 0 };
	struct value val;

	for (val.u = fact ? 0 : 4096; val.u <= (fact ? 1 : 4096); val.u++) {
		o.len = 0;
		field__text(&o, f, &val);
		fprintf(to, " \"%s\"", out__cstr(&o));
	}
	out__free(&o);
}

static void list_words(FILE *to, const json_t *words)
{
	size_t nr = json_array_size(words);

	if (nr && json_is_null(json_array_get(words, nr - 1)))
		nr--;
	if (nr)
		fprintf(to, " %s..%s", json_string_value(json_array_get(words, 0)),
			json_string_value(json_array_get(words, nr - 1)));
}

static void list_type(FILE *to, const json_t *schema)
{
	const json_t *type = json_object_get(schema, "type");

	if (json_object_get(schema, "anyOf"))
		fprintf(to, " object?");
	else if (json_is_string(type))
		fprintf(to, " %s", json_string_value(type));
	else
		fprintf(to, " %s?", json_string_value(json_array_get(type, 0)));
	if (json_object_get(schema, "minimum"))
		fprintf(to, " >=0");
	if (json_object_get(schema, "pattern"))
		fprintf(to, " %s", json_string_value(json_object_get(schema, "pattern")));
	list_words(to, json_object_get(schema, "enum"));
	list_words(to, json_object_get(json_object_get(schema, "items"), "enum"));
}

/* What an object, or each element of an array, consists of; NULL: it is neither. */
static const json_t *members_of(const json_t *schema)
{
	if (json_object_get(schema, "anyOf"))
		schema = json_array_get(json_object_get(schema, "anyOf"), 1);
	if (json_object_get(schema, "items"))
		schema = json_object_get(schema, "items");
	return json_object_get(schema, "properties") ? schema : NULL;
}

static void list_members(FILE *to, const char *path, const struct field *fields,
			 const json_t *object);

/* Those of a map are words; all of them have the same members. */
static void list_map(FILE *to, const char *path, const struct field *fields, const json_t *map)
{
	json_t *words = json_object_get(map, "properties");
	void *first = json_object_iter(words);
	const char *key;
	json_t *v;

	fprintf(to, "%s:", path);
	list_type(to, json_object_iter_value(first));
	list_words(to, json_object_get(map, "required"));
	fprintf(to, " of %s", json_object_iter_key(first));
	json_object_foreach(words, key, v)
	{
		assert_true(json_equal(v, json_object_iter_value(first)));
		if (!json_object_iter_next(words, json_object_iter_at(words, key)))
			fprintf(to, "..%s\n", key);
	}
	if (members_of(json_object_iter_value(first)))
		list_members(to, path, fields, json_object_iter_value(first));
}

static void list_member(FILE *to, const char *path, const struct field *f, const json_t *schema)
{
	const json_t *members = members_of(schema);
	void *first = json_object_iter(json_object_get(members, "properties"));

	fprintf(to, "%s", path);
	list_type(to, schema);
	if (f->kind <= K_SHIFT && f->kind != K_NUM)
		list_text(to, f);
	fprintf(to, "\n");
	if (!members)
		return;
	if (json_object_get(json_object_iter_value(first), "description"))
		list_members(to, path, f->sub, members);
	else
		list_map(to, path, f->sub, members);
}

static void list_members(FILE *to, const char *path, const struct field *fields,
			 const json_t *object)
{
	json_t *required = json_object_get(object, "required");
	const char *key;
	char member[128];
	size_t n = 0;
	json_t *v;

	json_object_foreach(json_object_get(object, "properties"), key, v)
	{
		const char *name = json_string_value(json_array_get(required, n++));

		assert_string_equal(name ? name : "nothing", key);
		if (!strcmp(key, "schema"))
			continue;
		snprintf(member, sizeof(member), "%s%c%s", path, strchr(path, ' ') ? '.' : ' ',
			 key);
		assert_non_null(field__find(fields, key));
		list_member(to, member, field__find(fields, key), v);
	}
	assert_int_equal(n, json_array_size(required));
}

static char *list_everything(void)
{
	const char *kind;
	char *text = NULL;
	size_t len = 0;
	json_t *def;
	FILE *to = open_memstream(&text, &len);

	json_object_foreach(json_object_get(document, "$defs"), kind, def)
	{
		const struct schema *s = NULL;

		for (int i = 0; i < SCHEMA__MAX; i++)
			if (!strcmp(schemas[i]->kind, kind))
				s = schemas[i];
		assert_non_null(s);
		list_members(to, kind, s->fields, def);
	}
	fclose(to);
	return text;
}

/* Scripts rely on the names, and people on the order. */
static void members_are_those_of_the_golden_list(void **state)
{
	char *text = list_everything(), *at = text, want[256];
	FILE *f = fopen(GOLDEN, "r");

	(void)state;
	assert_non_null(f);
	for (int line = 1; fgets(want, sizeof(want), f); line++) {
		size_t len = strcspn(at, "\n") + 1;

		if (want[0] == '#')
			continue;
		if (strncmp(at, want, len) || strlen(want) != len)
			fail_msg("schema.golden:%d is now %.*s", line, (int)len, at);
		at += len;
	}
	fclose(f);
	if (*at) {
		fputs(at, stderr);
		fail_msg("schema.golden lacks the lines above");
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_a_definition),
		cmocka_unit_test(every_kind_is_described),
		cmocka_unit_test(events_are_valid),
		cmocka_unit_test(events_of_any_content_are_valid),
		cmocka_unit_test(maps_are_valid),
		cmocka_unit_test(reports_are_valid),
		cmocka_unit_test(counts_are_not_negative),
		cmocka_unit_test(members_are_those_of_the_golden_list),
		cmocka_unit_test(the_validator_finds_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, load_document, drop_document);
}
