/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that runs out: for tests whose link wraps malloc(), calloc() and realloc(). */
#ifndef S2TRACE_TESTS_OOM_H
#define S2TRACE_TESTS_OOM_H

#include <stdbool.h>
#include <stddef.h>

/* From now on, one allocation fails: the first one after `n` others. */
void oom__fail_after(size_t n);
/* No more. Has one failed? */
bool oom__stop(void);

#endif /* S2TRACE_TESTS_OOM_H */
