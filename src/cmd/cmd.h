/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Subcommands. Each has a file, which lists its options and connects a source to a view. What
 * they share is in options.c and session.c.
 */
#ifndef S2TRACE_CMD_H
#define S2TRACE_CMD_H

#include "cmd/exit.h"
#include "cmd/options.h"
#include "lib/log.h"

extern const struct command command_top, command_trace, command_map, command_check, command_record;

/* Reports an error: on stderr, and with --json also as an object on stdout. */
int command__fail(const struct common_options *common, const struct error *err);

#endif /* S2TRACE_CMD_H */
