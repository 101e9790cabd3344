/* SPDX-License-Identifier: GPL-2.0-only */
/* Exit statuses beyond 0. */
#ifndef S2TRACE_CMD_EXIT_H
#define S2TRACE_CMD_EXIT_H

/* Success, but the input was incomplete. */
#define EXIT_INCOMPLETE 1
/* Any error, and a `check` that could not tell. */
#define EXIT_TROUBLE 2

#endif /* S2TRACE_CMD_EXIT_H */
