// SPDX-License-Identifier: GPL-2.0-only
#include "view/column.h"

/* The first of "a|b" that this kind of object has. */
static const struct field *find_alternative(const struct field *fields, const char *paths)
{
	const struct field *f = NULL;
	char path[64];

	while (paths && *paths && !f) {
		size_t len = strcspn(paths, "|");

		snprintf(path, sizeof(path), "%.*s", (int)len, paths);
		f = field__find(fields, path);
		paths += len + (paths[len] == '|');
	}
	return f;
}

void listing__init(struct listing *l, const struct column *col, unsigned int nr)
{
	l->col = col;
	l->nr = nr;
	for (unsigned int c = 0; c < nr; c++)
		for (int s = 0; s < SCHEMA__MAX; s++)
			for (int p = 0; p < 2; p++)
				l->field[c][s][p] =
					find_alternative(schemas[s]->fields, col[c].path[p]);
}

static bool field__write(struct out *o, const struct field *f, const struct scope *s)
{
	size_t start = o->len;
	struct value val;

	if (!f || !field__get(f, s, &val))
		return false;
	field__text(o, f, &val);
	return o->len > start;
}

bool cell__fields(struct out *o, const struct cell *c)
{
	const struct field *const *f = c->listing->field[c->col][c->scope->schema->id];
	const char *between = c->listing->col[c->col].between;
	bool any = field__write(o, f[0], c->scope);
	size_t before = o->len;

	if (!f[1])
		return any;
	if (any)
		out__str(o, between ? between : " ");
	if (!field__write(o, f[1], c->scope)) {
		o->len = before;
		return any;
	}
	return true;
}

bool scope__text(struct out *o, const struct scope *s, const char *path)
{
	return field__write(o, field__find(s->schema->fields, path), s);
}

/* The cell is blank if this kind of row does not have the field. */
static bool leaves_blank(const struct cell *c)
{
	const struct column *col = &c->listing->col[c->col];

	return (col->flags & COL_BLANK) ||
	       (col->path[0] && !c->listing->field[c->col][c->scope->schema->id][0]);
}

/* True if the cell replaces all following cells. */
static bool cell__write(struct out *o, const struct cell *c)
{
	const struct column *col = &c->listing->col[c->col];
	size_t start = o->len;
	bool rest = false;

	if (!c->scope)
		out__str(o, col->head);
	else if (col->cell)
		rest = col->cell(o, c);
	else
		cell__fields(o, c);
	if (o->len == start && !leaves_blank(c))
		out__char(o, '-');
	return rest;
}

enum paint cell__paint(const struct out *o, const struct cell *c, size_t start)
{
	const struct column *col = &c->listing->col[c->col];

	/* No colour for zero and unknown. */
	if (!c->scope || (o->len == start + 1 && (o->p[start] == '-' || o->p[start] == '0')))
		return PAINT_PLAIN;
	return col->paint_of ? col->paint_of(c->scope) : col->paint;
}

void listing__row(const struct listing *l, const uint8_t *width, struct row_pen *pen,
		  const struct scope *s)
{
	struct cell c = { .listing = l, .scope = s };
	bool rest = false;

	for (; c.col < l->nr && !rest; c.col++) {
		size_t start = pen->o->len;

		c.width = width ? width[c.col] : l->col[c.col].width;
		if (!c.width)
			continue;
		rest = cell__write(pen->o, &c);
		if (!pen->o->bad)
			pen->put(pen, &c, start);
	}
}

void listing__cell(const struct listing *l, unsigned int col, struct out *o, const struct scope *s)
{
	const struct cell c = { .listing = l, .col = col, .width = l->col[col].width, .scope = s };

	cell__write(o, &c);
}

/* The most important column not considered yet; `nr`: none. */
static unsigned int next_rank(const struct listing *l, enum rank_set set, int above)
{
	unsigned int best = l->nr;

	for (unsigned int c = 0; c < l->nr; c++)
		if (l->col[c].rank[set] > above &&
		    (best == l->nr || l->col[c].rank[set] < l->col[best].rank[set]))
			best = c;
	return best;
}

void listing__fit(const struct listing *l, enum rank_set rank, unsigned int total,
		  uint8_t width[COLUMNS_MAX])
{
	unsigned int c, left = total, elastic = l->nr, more;

	memset(width, 0, COLUMNS_MAX);
	for (int above = -1; (c = next_rank(l, rank, above)) < l->nr;
	     above = l->col[c].rank[rank]) {
		unsigned int least = l->col[c].least ? l->col[c].least : l->col[c].width;
		unsigned int need = least + (left < total); /* and a blank before it */

		if (need > left)
			continue;
		left -= need;
		width[c] = (uint8_t)least;
		if (l->col[c].least)
			elastic = c;
	}
	if (elastic == l->nr)
		return;
	more = l->col[elastic].width - width[elastic];
	width[elastic] += (uint8_t)(left < more ? left : more);
}
