/* SPDX-License-Identifier: GPL-2.0-only */
/* What `top` says of the host and of each VM; text and terminal UI share it. */
#ifndef S2TRACE_VIEW_COLUMNS_H
#define S2TRACE_VIEW_COLUMNS_H

#include "model/model.h"
#include "view/out.h"

enum top_column_id {
	TOP_PID,
	TOP_NAME,
	TOP_MAPPED,
	TOP_NORMAL,
	TOP_NORMAL_NC,
	TOP_DEVICE,
	TOP_SIZES,
	TOP_RATE,
	TOP_MEAN,
	TOP_P99,
	TOP_REJECTED,
	TOP_REASON,
	TOP__MAX
};

struct top_column {
	const char *head;
	uint8_t width;
	bool right;
	uint8_t rank;  /* the highest goes first where the terminal is narrow */
	uint8_t paint; /* enum paint */
	void (*cell)(char *buf, size_t size, const struct model *m, const struct vm *vm);
	/* What it is sorted by; NULL: by its text. */
	double (*key)(const struct model *m, const struct vm *vm);
};

enum paint { PAINT_PLAIN, PAINT_NORMAL, PAINT_NC, PAINT_DEVICE, PAINT_REJECTED, PAINT_GOOD };

extern const struct top_column top_columns[TOP__MAX];

#define CELL_LEN 128

/* The host in words that belong together: "FWB yes", "lost 0". */
struct host_word {
	char text[128];
	enum paint paint;
};

#define HOST_WORDS 12

size_t host__words(const struct model *m, struct host_word words[HOST_WORDS]);
void text__host(struct out *o, const struct model *m);
/* Paint of a memory type. */
enum paint paint__type(unsigned int memtype);

#endif /* S2TRACE_VIEW_COLUMNS_H */
