/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages on stderr, and errors that functions return: what is wrong, and what to do about it. */
#ifndef S2TRACE_LIB_LOG_H
#define S2TRACE_LIB_LOG_H

#include <stdarg.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Prints messages up to `level`: LOG_WARN by default, one more per -v. */
void log__set_level(enum log_level level);
void log__print(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log__vprint(enum log_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

#define pr_err(...)   log__print(LOG_ERROR, __VA_ARGS__)
#define pr_warn(...)  log__print(LOG_WARN, __VA_ARGS__)
#define pr_info(...)  log__print(LOG_INFO, __VA_ARGS__)
#define pr_debug(...) log__print(LOG_DEBUG, __VA_ARGS__)

struct error {
	char what[320];
	char remedy[320];
};

/* Fill in the two parts. Both return `ret`, so that a caller can `return error__set(...)`. */
int error__set(struct error *e, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int error__remedy(struct error *e, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* S2TRACE_LIB_LOG_H */
