/* SPDX-License-Identifier: GPL-2.0-only */
/* The host in words that belong together: "FWB yes", "lost 0". */
#ifndef S2TRACE_VIEW_HOST_WORDS_H
#define S2TRACE_VIEW_HOST_WORDS_H

#include "model/model.h"
#include "view/paint.h"

struct host_word {
	char text[128]; /* harmless, whatever the host calls itself */
	enum paint paint;
};

#define HOST_WORDS 12

/* Returns how many there are; the last is what was lost. */
size_t host__words(const struct model *m, struct host_word words[HOST_WORDS]);

#endif /* S2TRACE_VIEW_HOST_WORDS_H */
