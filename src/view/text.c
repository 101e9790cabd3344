// SPDX-License-Identifier: GPL-2.0-only
/*
 * One record as one line. The columns are the same for every kind of record; a
 * cell is a word of its own, or fields of the tables that JSON is written from.
 */
#include "view/report.h"

#include <stdlib.h>

#include "model/vmflags.h"
#include "view/columns.h"
#include "view/human.h"
#include "view/utf8.h"

enum column_id {
	COL_TIME,
	COL_VM,
	COL_CPU,
	COL_IPA,
	COL_EVENT,
	COL_VMA,
	COL_US,
	COL_OUTCOME,
	COL__MAX
};
/* Behind the columns, for what was mapped; a reason in words takes their place. */
enum tail_id { TAIL_TYPE, TAIL_SIZE, TAIL_PROT, TAIL_PA, TAIL_DEVICE, TAIL__MAX };

struct cell {
	const char *word;    /* as it is; NULL: none */
	const char *path[2]; /* fields; NULL: none */
};

/* How the text of one kind of record is laid out. */
struct layout {
	const struct schema *schema;
	struct cell cell[COL__MAX];
	const char *tail[TAIL__MAX];
};

#define COMMON [COL_TIME] = { NULL, { "ts_ns" } }, [COL_VM] = { NULL, { "vm.name", "vm.pid" } }

static const struct layout layouts[] = {
	{
		&schema_decision,
		{
			COMMON,
			[COL_CPU] = { NULL, { "vcpu" } },
			[COL_IPA] = { NULL, { "ipa" } },
			[COL_EVENT] = { NULL, { "access", "fault" } },
			[COL_VMA] = { NULL, { "vma.attr", "vma.flags" } },
			[COL_US] = { NULL, { "duration_ns" } },
			[COL_OUTCOME] = { NULL, { "outcome" } },
		},
		{ "type", "size", "prot", "pa", "device.bdf" },
	},
	{
		&schema_memslot,
		{
			COMMON,
			[COL_IPA] = { NULL, { "ipa" } },
			[COL_EVENT] = { "memslot", { "change" } },
			[COL_VMA] = { NULL, { "vma.attr", "vma.flags" } },
			[COL_OUTCOME] = { NULL, { "outcome" } },
		},
		{ NULL, "size", NULL, NULL, "device.bdf" },
	},
	{
		&schema_unmap,
		{
			COMMON,
			[COL_IPA] = { NULL, { "ipa" } },
			[COL_EVENT] = { "unmap", { "cause" } },
		},
		{ NULL, "size", NULL, NULL, NULL },
	},
	{
		&schema_cmo,
		{
			COMMON,
			[COL_EVENT] = { NULL, { "op" } },
			[COL_OUTCOME] = { NULL, { "done" } },
		},
		{ NULL, "size", NULL, NULL, NULL },
	},
	{
		&schema_vm,
		{
			COMMON,
			[COL_EVENT] = { "vm", { "event" } },
		},
		{ NULL },
	},
};

#define NR_LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

/* 103 columns with the blanks: every reason in words (57 at most) ends at the 160th. */
static const struct column {
	const char *head;
	int8_t width;
	bool right;
	const char *between; /* two fields */
} columns[COL__MAX] = {
	[COL_TIME] = { "TIME", 11, true, "" },	   [COL_VM] = { "VM", 13, false, "/" },
	[COL_CPU] = { "CPU", 3, true, "" },	   [COL_IPA] = { "IPA", 14, false, "" },
	[COL_EVENT] = { "EVENT", 18, false, " " }, [COL_VMA] = { "VMA", 21, false, " " },
	[COL_US] = { "US", 7, true, "" },	   [COL_OUTCOME] = { "OUTCOME", 8, false, "" },
};

static const struct column tails[TAIL__MAX] = {
	[TAIL_TYPE] = { "TYPE", 12, false, "" },     [TAIL_SIZE] = { "SIZE", 4, true, "" },
	[TAIL_PROT] = { "PROT", 4, false, "" },	     [TAIL_PA] = { "PA", 14, false, "" },
	[TAIL_DEVICE] = { "DEVICE", 12, false, "" },
};

struct text {
	uint64_t first_ns; /* times are shown from the first record on */
	const struct field *cell[NR_LAYOUTS][COL__MAX][2];
	const struct field *tail[NR_LAYOUTS][TAIL__MAX];
	const struct field *reason[NR_LAYOUTS];
	const struct field *bar;
};

static const struct field *resolve(const struct layout *l, const char *path)
{
	return path ? field__find(l->schema->fields, path) : NULL;
}

struct text *text__new(void)
{
	struct text *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	for (size_t i = 0; i < NR_LAYOUTS; i++) {
		const struct layout *l = &layouts[i];

		for (int c = 0; c < COL__MAX; c++)
			for (int p = 0; p < 2; p++)
				t->cell[i][c][p] = resolve(l, l->cell[c].path[p]);
		for (int c = 0; c < TAIL__MAX; c++)
			t->tail[i][c] = resolve(l, l->tail[c]);
		t->reason[i] = resolve(l, "reason");
	}
	t->bar = field__find(schema_decision.fields, "device.bar");
	return t;
}

void text__free(struct text *t)
{
	free(t);
}

/* VM_* flags are long words: the two letters of /proc/PID/smaps stand for them. */
static const char *short_word(const char *word)
{
	for (const struct vm_flag_name *n = vm_flag_names; n->name; n++)
		if (!strcmp(n->name, word))
			return n->mnemonic;
	return word;
}

static void text__list(struct out *o, const struct value *val)
{
	for (unsigned int i = 0; i < val->nr; i++) {
		if (i)
			out__char(o, ' ');
		out__str(o, short_word(val->list[i]));
	}
}

static void text__value(struct out *o, const struct field *f, const struct value *val)
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
		out__str(o, val->u ? "yes" : "no");
		break;
	case K_LIST:
		text__list(o, val);
		break;
	default:
		out__str(o, val->s);
	}
}

/* What stands in a cell before it is brought to its width; false: nothing does. */
static bool text__field(struct out *o, const struct field *f, const struct scope *s)
{
	struct value val;
	size_t start = o->len;

	if (!f || !field__get(f, s, &val))
		return false;
	text__value(o, f, &val);
	return o->len > start;
}

/* Objects that are told in one go. */
static const struct {
	const char *path, *part[2], *between;
} joined[] = {
	{ "vma", { "vma.attr", "vma.flags" }, " " },
	{ "device", { "device.bdf", "device.bar" }, "/" },
};

static bool text__joined(struct out *o, const struct field *fields, const struct scope *s,
			 const char *const part[2], const char *between)
{
	size_t start = o->len, before;

	text__field(o, field__find(fields, part[0]), s);
	before = o->len;
	if (before > start)
		out__str(o, between);
	if (!text__field(o, field__find(fields, part[1]), s))
		o->len = before;
	return o->len > start;
}

bool text__path(struct out *o, const struct model *m, const struct s2_event *rec,
		const struct mem_device *device, const char *path)
{
	struct line line;
	const struct schema *schema = line__init(&line, m, rec, device);

	if (!schema)
		return false;
	for (size_t i = 0; i < sizeof(joined) / sizeof(joined[0]); i++)
		if (!strcmp(joined[i].path, path))
			return text__joined(o, schema->fields, &line.scope, joined[i].part,
					    joined[i].between);
	return text__field(o, field__find(schema->fields, path), &line.scope);
}

static void text__seconds(struct out *o, uint64_t ns)
{
	out__printf(o, "%llu.%06llu", (unsigned long long)(ns / 1000000000),
		    (unsigned long long)(ns / 1000 % 1000000));
}

/* Name and process in one column: the name gives way, for it can be looked up. */
static void text__vm(struct out *o, const struct field *const f[2], const struct scope *s)
{
	int width = columns[COL_VM].width;
	struct value name, pid;
	char fit[64], number[16] = "";

	if (field__get(f[1], s, &pid))
		snprintf(number, sizeof(number), "/%llu", (unsigned long long)pid.u);
	if (field__get(f[0], s, &name)) {
		utf8__fit(fit, sizeof(fit), name.s, (size_t)width - strlen(number));
		out__str(o, fit);
		out__str(o, number);
	} else {
		out__str(o, number[0] ? number + 1 : "-");
	}
}

/* A kind of record that has no such field leaves the cell blank; '-' is not known. */
static void text__plain(struct text *t, struct out *o, size_t layout, int c, const struct scope *s)
{
	const struct cell *cell = &layouts[layout].cell[c];
	const struct field *const *f = t->cell[layout][c];
	size_t start = o->len;

	if (cell->word)
		out__str(o, cell->word);
	for (int p = 0; p < 2; p++) {
		size_t before = o->len;

		if (before > start)
			out__str(o, columns[c].between);
		if (!text__field(o, f[p], s))
			o->len = before;
	}
	if (o->len == start && f[0])
		out__char(o, '-');
}

static void text__cell(struct text *t, struct out *o, size_t layout, int c, const struct scope *s)
{
	const struct field *const *f = t->cell[layout][c];
	struct value val;

	if (c == COL_VM)
		text__vm(o, f, s);
	else if (c == COL_TIME && field__get(f[0], s, &val))
		text__seconds(o, val.u > t->first_ns ? val.u - t->first_ns : 0);
	else if (c == COL_OUTCOME && f[0] && f[0]->kind == K_BOOL && field__get(f[0], s, &val))
		out__str(o, val.u ? "done" : "spared");
	else
		text__plain(t, o, layout, c, s);
}

static void text__align(struct out *o, const struct column *c, size_t start)
{
	if (c->right)
		out__right(o, start, c->width);
	else
		out__pad(o, start, c->width);
	out__char(o, ' ');
}

static void text__tail(struct text *t, struct out *o, size_t layout, const struct scope *s)
{
	for (int c = 0; c < TAIL__MAX; c++) {
		const struct field *f = t->tail[layout][c];
		size_t start = o->len;
		struct value val;

		if (!text__field(o, f, s) && f && c != TAIL_DEVICE)
			out__char(o, '-');
		else if (c == TAIL_DEVICE && o->len > start && field__get(t->bar, s, &val))
			out__printf(o, "/%lld", (long long)val.i);
		text__align(o, &tails[c], start);
	}
}

/* True if there is a reason to be told. */
static bool text__reason(struct text *t, struct out *o, size_t layout, const struct scope *s)
{
	const struct field *f = t->reason[layout];
	struct value val;
	int id;

	if (!f || !field__get(f, s, &val))
		return false;
	id = vocab__id(f->vocab, val.s, strlen(val.s));
	out__str(o, vocab__text(f->vocab, id));
	return true;
}

void text__record(struct text *t, struct out *o, const struct schema *schema, const struct line *l)
{
	const struct s2_event *rec = l->scope.base[SRC_REC];
	size_t i = 0;

	while (layouts[i].schema != schema)
		i++;
	if (!t->first_ns)
		t->first_ns = rec->ts_ns;
	for (int c = 0; c < COL__MAX; c++) {
		size_t start = o->len;

		text__cell(t, o, i, c, &l->scope);
		text__align(o, &columns[c], start);
	}
	if (!text__reason(t, o, i, &l->scope))
		text__tail(t, o, i, &l->scope);
	out__eol(o);
}

static void text__heads(struct out *o, const struct column *cols, int nr)
{
	for (int c = 0; c < nr; c++) {
		size_t start = o->len;

		out__str(o, cols[c].head);
		text__align(o, &cols[c], start);
	}
}

void text__trace_header(struct text *t, struct out *o, const struct model *m)
{
	(void)t;
	text__host(o, m);
	out__eol(o);
	text__heads(o, columns, COL__MAX);
	text__heads(o, tails, TAIL__MAX);
	out__eol(o);
}
