/* SPDX-License-Identifier: GPL-2.0-only */
/* cmocka, with what it wants to be included before it. */
#ifndef S2TRACE_TESTS_UNIT_H
#define S2TRACE_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NR(array) (sizeof(array) / sizeof((array)[0]))

#endif /* S2TRACE_TESTS_UNIT_H */
