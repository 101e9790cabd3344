/* SPDX-License-Identifier: GPL-2.0-only */
/* The host as short phrases: "FWB yes", "lost 0". */
#ifndef S2TRACE_VIEW_HOST_WORDS_H
#define S2TRACE_VIEW_HOST_WORDS_H

#include "model/model.h"
#include "view/paint.h"

struct host_word {
	char text[128]; /* safe for terminals, whatever the hostname is */
	enum paint paint;
};

#define HOST_WORDS 12

/* Returns the number of words. The last one is the loss. */
size_t host__words(const struct model *m, struct host_word words[HOST_WORDS]);

#endif /* S2TRACE_VIEW_HOST_WORDS_H */
