/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A streaming JSON writer. The caller opens and closes objects and arrays; the writer adds
 * commas and quotes. Nothing is checked: members of an object need a name, elements of an
 * array have none.
 */
#ifndef S2TRACE_VIEW_JSON_WRITER_H
#define S2TRACE_VIEW_JSON_WRITER_H

#include "view/out.h"

struct json_writer {
	struct out *o;
	bool pretty;	    /* one value per line, indented by depth */
	bool comma;	    /* due before the next name or element */
	bool named;	    /* pretty only: the next value follows its name on this line */
	unsigned int depth; /* of open objects and arrays */
};

/*
 * A name as written, for json__key(). Copied with a fixed size, which is much faster than
 * copying the exact length.
 */
#define JSON_KEY_MAX	   24
#define JSON_KEY(name)	   "\"" name "\":"
#define JSON_KEY_LEN(name) (sizeof(JSON_KEY(name)) - 1)

void json__open(struct json_writer *w, char bracket);
void json__close(struct json_writer *w, char bracket);
void json__name(struct json_writer *w, const char *name);
/* Untrusted text: invalid UTF-8 becomes U+FFFD, what could harm a terminal \uXXXX. */
void json__str(struct json_writer *w, const char *s);
/* Rounded to thousandths; null if JSON cannot represent it. */
void json__real(struct json_writer *w, double d);
/* Before a value, and before the closing bracket of a non-empty object. */
void json__newline(struct json_writer *w);

/* As json__name(), but not for pretty output. */
static inline void json__key(struct json_writer *w, const char key[JSON_KEY_MAX], size_t len)
{
	char *p = out__room(w->o, 1 + JSON_KEY_MAX);

	if (!p)
		return;
	*p = ',';
	memcpy(p + w->comma, key, JSON_KEY_MAX);
	w->o->len += w->comma + len;
	w->comma = false;
}

/* Before each value. */
static inline void json__value(struct json_writer *w)
{
	if (w->comma)
		out__char(w->o, ',');
	if (w->pretty)
		json__newline(w);
	w->comma = true;
}

static inline void json__u64(struct json_writer *w, uint64_t v)
{
	json__value(w);
	out__u64(w->o, v);
}

static inline void json__i64(struct json_writer *w, int64_t v)
{
	json__value(w);
	out__i64(w->o, v);
}

static inline void json__bool(struct json_writer *w, bool v)
{
	json__value(w);
	out__mem(w->o, v ? "true" : "false", v ? 4 : 5);
}

static inline void json__null(struct json_writer *w)
{
	json__value(w);
	out__mem(w->o, "null", 4);
}

/* "0x1f" */
static inline void json__hex(struct json_writer *w, uint64_t v)
{
	json__value(w);
	out__char(w->o, '"');
	out__hex(w->o, v);
	out__char(w->o, '"');
}

/* Trusted text that needs no escapes. */
static inline void json__word(struct json_writer *w, const char *s)
{
	json__value(w);
	out__char(w->o, '"');
	out__mem(w->o, s, strlen(s));
	out__char(w->o, '"');
}

#endif /* S2TRACE_VIEW_JSON_WRITER_H */
