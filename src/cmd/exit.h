/* SPDX-License-Identifier: GPL-2.0-only */
/* Exit statuses beyond 0. */
#ifndef S2TRACE_CMD_EXIT_H
#define S2TRACE_CMD_EXIT_H

/* All was done, but what was read was not whole. */
#define EXIT_INCOMPLETE 1
/* Every error, and a `check` that could not tell. */
#define EXIT_TROUBLE 2

#endif /* S2TRACE_CMD_EXIT_H */
