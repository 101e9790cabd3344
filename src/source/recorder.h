/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes a stream of events to a file that source__open_file() can read. */
#ifndef S2TRACE_SOURCE_RECORDER_H
#define S2TRACE_SOURCE_RECORDER_H

#include "lib/log.h"
#include "model/event.h"

struct recorder;

/* "-" is standard output. 0, or a negative errno with *err filled. */
int recorder__open(struct recorder **r, const char *path, struct error *err);
/* Writes buffered events and frees all resources. Accepts NULL. 0 or -errno. */
int recorder__close(struct recorder *r);

/* Does nothing after an error: see recorder__flush(). */
void recorder__take(struct recorder *r, const struct s2_event *ev);
/*
 * Writes buffered events, always whole ones, so that the file can be read whatever happens
 * next. 0, or the negative errno of the first write that failed.
 */
int recorder__flush(struct recorder *r);
uint64_t recorder__events(const struct recorder *r);
uint64_t recorder__bytes(const struct recorder *r);

#endif /* S2TRACE_SOURCE_RECORDER_H */
