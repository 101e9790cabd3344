/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Subcommands: one file each, which lists its options and wires a source to a view,
 * nothing else. What they share is in options.c and session.c.
 */
#ifndef S2TRACE_CMD_H
#define S2TRACE_CMD_H

#include "cmd/exit.h"
#include "cmd/options.h"
#include "lib/log.h"

extern const struct command command_top, command_trace, command_map, command_check, command_record;

/* Says what is wrong: as text on stderr, and as an object on stdout with --json. */
int command__fail(const struct common_options *common, const struct error *err);

#endif /* S2TRACE_CMD_H */
