/* SPDX-License-Identifier: GPL-2.0-only */
/* What the views of ranges share. */
#ifndef S2TRACE_VIEW_MAP_PRIV_H
#define S2TRACE_VIEW_MAP_PRIV_H

#include "view/field.h"
#include "view/map.h"
#include "view/out.h"

/* Fields of a line read from SRC_REC (the line), those of a summary from SRC_ITEM. */
extern const struct schema schema_map, schema_map_summary;

void text__map_header(struct out *o);
void text__map_range(struct out *o, const struct map_line *l);
void text__map_summary(struct out *o, const struct map_totals *t);

#endif /* S2TRACE_VIEW_MAP_PRIV_H */
