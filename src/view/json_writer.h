/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes JSON as it comes, without a tree: objects and arrays are opened and closed,
 * commas and quotes come by themselves. Nothing is checked: an object's members need
 * a name each, an array's elements have none.
 */
#ifndef S2TRACE_VIEW_JSON_WRITER_H
#define S2TRACE_VIEW_JSON_WRITER_H

#include "view/out.h"

struct json_writer {
	struct out *o;
	bool pretty;	    /* each value on a line of its own, indented by its depth */
	bool comma;	    /* due before the next name, or the next element */
	bool named;	    /* what comes next has its name on this line; where pretty */
	unsigned int depth; /* of objects and arrays that are open */
};

/*
 * A name as it stands in the text, for json__key(): copied as a whole, whatever its length
 * is, which is much faster than to copy just that.
 */
#define JSON_KEY_MAX	   24
#define JSON_KEY(name)	   "\"" name "\":"
#define JSON_KEY_LEN(name) (sizeof(JSON_KEY(name)) - 1)

void json__open(struct json_writer *w, char bracket);
void json__close(struct json_writer *w, char bracket);
void json__name(struct json_writer *w, const char *name);
/* Text of any content: what is no UTF-8 becomes U+FFFD, what a terminal must not see \uXXXX. */
void json__str(struct json_writer *w, const char *s);
/* Rounded to thousandths; null where JSON has no such number. */
void json__real(struct json_writer *w, double d);
/* Before a value, and before what closes an object that has some. */
void json__newline(struct json_writer *w);

/* As json__name(); not where the output is pretty. */
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

/* A word of our own, in which nothing needs to be escaped. */
static inline void json__word(struct json_writer *w, const char *s)
{
	json__value(w);
	out__char(w->o, '"');
	out__mem(w->o, s, strlen(s));
	out__char(w->o, '"');
}

#endif /* S2TRACE_VIEW_JSON_WRITER_H */
