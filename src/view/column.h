/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Columns of everything shown as rows: events, VMs, mapped ranges. Text and terminal share
 * the tables, which define each cell's source, heading, width, alignment, colour and sort key,
 * and which columns to drop if there is no room for all.
 */
#ifndef S2TRACE_VIEW_COLUMN_H
#define S2TRACE_VIEW_COLUMN_H

#include "view/field.h"
#include "view/paint.h"

/* The order in which columns are dropped: by default, and for rejections. */
enum rank_set { RANK_USUAL, RANK_REJECTIONS, RANK__MAX };

#define COL_RIGHT 0x1 /* right-aligned */
#define COL_BLANK 0x2 /* blank if unknown; default: '-' */
#define COL_CUT	  0x4 /* cut long text; default: shift what follows */

struct cell;

struct column {
	const char *head;
	uint8_t width;
	uint8_t least;		 /* minimum width; 0: does not shrink */
	uint8_t flags;		 /* COL_* */
	uint8_t paint;		 /* enum paint */
	uint8_t rank[RANK__MAX]; /* the highest is dropped first */
	/* Fields to show; "a|b": the first that this kind of row has. */
	const char *path[2];
	const char *between; /* separates the two; NULL: a blank */
	/* Writes a cell that is more than fields. True if it replaces all following cells. */
	bool (*cell)(struct out *o, const struct cell *c);
	enum paint (*paint_of)(const struct scope *s);
	double (*key)(const struct scope *s); /* sort key; NULL: the text */
};

#define COLUMNS_MAX 16

/* A table of columns, resolved to fields for each kind of row. */
struct listing {
	const struct column *col;
	unsigned int nr;
	const struct field *field[COLUMNS_MAX][SCHEMA__MAX][2];
};

/* The cell being written. */
struct cell {
	const struct listing *listing;
	unsigned int col;
	unsigned int width;
	const struct scope *scope;
};

/* Output for the cells of a row: text or terminal. */
struct row_pen {
	struct out *o;
	/* Called after cell `c` was written to `o` at `start`. */
	void (*put)(struct row_pen *pen, const struct cell *c, size_t start);
};

#define COLUMNS(table) (table), sizeof(table) / sizeof((table)[0])

void listing__init(struct listing *l, const struct column *col, unsigned int nr);
/*
 * Draws a row, or the headings if `s` is NULL. `width`: the width per column, 0 to omit it;
 * NULL: default widths.
 */
void listing__row(const struct listing *l, const uint8_t *width, struct row_pen *pen,
		  const struct scope *s);
/* Writes one cell of a row without padding. */
void listing__cell(const struct listing *l, unsigned int col, struct out *o, const struct scope *s);
/* Picks the columns that fit into `total` and sets their widths; 0 for the others. */
void listing__fit(const struct listing *l, enum rank_set rank, unsigned int total,
		  uint8_t width[COLUMNS_MAX]);

/* The colour of a cell that was written to `o` at `start`. */
enum paint cell__paint(const struct out *o, const struct cell *c, size_t start);
/* Writes the fields of a cell. False: all are unknown. */
bool cell__fields(struct out *o, const struct cell *c);
/* Writes the field at `path`. False: unknown. Looks up the path each time, so it is slow. */
bool scope__text(struct out *o, const struct scope *s, const char *path);

/* The tables. */
#define TRACE_COLUMNS 13
#define EVENT_COLUMNS 15
#define MAP_COLUMNS   11

enum vm_column {
	VM_PID,
	VM_NAME,
	VM_MAPPED,
	VM_NORMAL,
	VM_NORMAL_NC,
	VM_DEVICE,
	VM_SIZES,
	VM_RATE,
	VM_MEAN,
	VM_P99,
	VM_REJECTED,
	VM_REASON,
	VM__MAX
};

extern const struct column trace_columns[TRACE_COLUMNS];
extern const struct column event_columns[EVENT_COLUMNS]; /* of one VM, as kept by the model */
extern const struct column vm_columns[VM__MAX];
extern const struct column map_columns[MAP_COLUMNS];

/* Name and process in one cell. Cuts the name, not the process id. */
void out__who(struct out *o, const struct scope *s, size_t width);
bool cell__device(struct out *o, const struct cell *c);
/* "0000:01:00.0/4", or "vfio/4" if the address is unknown. False: no device. */
bool out__device(struct out *o, const struct scope *s);
/* The reason of an event in words if they fit, else its name. */
bool out__reason(struct out *o, const struct scope *s, size_t width);

#endif /* S2TRACE_VIEW_COLUMN_H */
