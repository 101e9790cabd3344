/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Columns of everything that is shown as rows: events, VMs, mapped ranges. One type of
 * table for text and terminal (and for what else draws rows): where a cell comes from,
 * its heading, width, alignment and colour, what it is sorted by, and which columns
 * give way where there is no room for all.
 */
#ifndef S2TRACE_VIEW_COLUMN_H
#define S2TRACE_VIEW_COLUMN_H

#include "view/field.h"
#include "view/paint.h"

/* The order in which columns give way: usually, and where rejections are what matters. */
enum rank_set { RANK_USUAL, RANK_REJECTIONS, RANK__MAX };

#define COL_RIGHT 0x1 /* aligned to the right */
#define COL_BLANK 0x2 /* what is not known is left blank; else it is a '-' */
#define COL_CUT	  0x4 /* text that is too long is cut; else it moves what follows */

struct cell;

struct column {
	const char *head;
	uint8_t width;
	uint8_t least;		 /* it can shrink to this; 0: to nothing less than its width */
	uint8_t flags;		 /* COL_* */
	uint8_t paint;		 /* enum paint */
	uint8_t rank[RANK__MAX]; /* the highest goes first */
	/* Fields whose text it shows; "a|b": the first that this kind of row has. */
	const char *path[2];
	const char *between; /* the two; NULL: a blank */
	/* For a cell that is more than fields: writes it; true if it replaces all that follow. */
	bool (*cell)(struct out *o, const struct cell *c);
	enum paint (*paint_of)(const struct scope *s);
	double (*key)(const struct scope *s); /* what it is sorted by; NULL: its text */
};

#define COLUMNS_MAX 16

/* A table of columns, with the fields that they show in each kind of row. */
struct listing {
	const struct column *col;
	unsigned int nr;
	const struct field *field[COLUMNS_MAX][SCHEMA__MAX][2];
};

/* One cell while it is written. */
struct cell {
	const struct listing *listing;
	unsigned int col;
	unsigned int width;
	const struct scope *scope;
};

/* What takes the cells of a row: text, a terminal. */
struct row_pen {
	struct out *o;
	/* Cell `c` was written to `o` from `start` on. */
	void (*put)(struct row_pen *pen, const struct cell *c, size_t start);
};

#define COLUMNS(table) (table), sizeof(table) / sizeof((table)[0])

void listing__init(struct listing *l, const struct column *col, unsigned int nr);
/*
 * Draws a row; one of headings where `s` is NULL. `width` has those of the columns,
 * 0 to leave one out; NULL: their own.
 */
void listing__row(const struct listing *l, const uint8_t *width, struct row_pen *pen,
		  const struct scope *s);
/* Writes one cell of a row, as wide as it is. */
void listing__cell(const struct listing *l, unsigned int col, struct out *o, const struct scope *s);
/* Picks the columns that fit into `total`: their widths, 0 for those that do not. */
void listing__fit(const struct listing *l, enum rank_set rank, unsigned int total,
		  uint8_t width[COLUMNS_MAX]);

/* The colour of a cell that was written to `o` from `start` on. */
enum paint cell__paint(const struct out *o, const struct cell *c, size_t start);
/* Writes the fields of a cell; false: none is known. */
bool cell__fields(struct out *o, const struct cell *c);
/* What the field at `path` says; false: nothing is known. For what is not drawn all the time. */
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
extern const struct column event_columns[EVENT_COLUMNS]; /* of one VM, kept by the model */
extern const struct column vm_columns[VM__MAX];
extern const struct column map_columns[MAP_COLUMNS];

/* Name and process in one cell: the name gives way, for it can be looked up. */
void out__who(struct out *o, const struct scope *s, size_t width);
bool cell__device(struct out *o, const struct cell *c);
/* "0000:01:00.0/4"; a VFIO device of no known address is "vfio/4". False: there is none. */
bool out__device(struct out *o, const struct scope *s);
/* The reason of an event in words, where they have room, else by its name. */
bool out__reason(struct out *o, const struct scope *s, size_t width);

#endif /* S2TRACE_VIEW_COLUMN_H */
