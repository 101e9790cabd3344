/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fields of everything that is shown. One table for each kind of object
 * drives its JSON, its JSON Schema and the columns of its text: what a field is
 * called, where it comes from and when it is not known is written down once.
 */
#ifndef S2TRACE_VIEW_FIELD_H
#define S2TRACE_VIEW_FIELD_H

#include <string.h>

#include "model/model.h"
#include "model/vocab.h"
#include "view/view.h"

/* Those up to K_PLAIN are shown as they are stored. */
enum field_kind {
	K_UINT,
	K_BYTES, /* a size */
	K_NS,	 /* a duration */
	K_NUM,	 /* double */
	K_BOOL,
	K_HEX, /* address, a string in JSON */
	K_PLAIN = K_HEX,
	K_INT,
	K_FLAG,	  /* bit `arg` of an integer */
	K_TRI,	  /* enum tristate */
	K_SHIFT,  /* log2 of a size; 0: none */
	K_STR,	  /* char array; "": none */
	K_PSTR,	  /* const char * */
	K_ENUM,	  /* number in `vocab` */
	K_PROT,	  /* S2_PROT_* */
	K_LIST,	  /* several words, by `get` */
	K_COUNTS, /* uint64_t array indexed by `vocab` */
	K_OBJ,	  /* `sub` */
	K_SPLICE, /* the fields of `sub`, without an object of their own */
	K_MAP,	  /* an object `sub` for each word of `vocab` */
	K_ARR,	  /* an object `sub` for each element of `seq` */
};

/* What a field reads from; a base that is NULL makes the field unknown. */
enum field_src {
	SRC_REC,
	SRC_WHO,
	SRC_DEVICE,
	SRC_VM,
	SRC_HOST,
	SRC_STATS,
	SRC_CHECK,
	SRC_ITEM,
	SRC__MAX
};

/* The VM of a record, whether or not the model knows it. */
struct who {
	uint32_t id, pid;
	const char *name;
};

struct scope {
	const struct model *m;
	const void *base[SRC__MAX];
	unsigned int key; /* of the K_MAP that is being walked */
};

struct value {
	union {
		uint64_t u;
		int64_t i;
		double d;
		const char *s;
	};
	char buf[8];
	unsigned int nr;
	const char *list[S2_F__MAX];
};

struct field_seq {
	size_t (*count)(const struct scope *s);
	void (*enter)(struct scope *s, size_t i);
};

#define FF_NULL	  0x01 /* may be null */
#define FF_NONE	  0x02 /* null where the value equals `none` */
#define FF_SPARSE 0x04 /* of a map: only what is not zero */

struct field {
	const char *name;
	enum field_kind kind;
	enum field_src src;
	uint16_t off, bytes;
	uint8_t known;	    /* 1 + the bit of the record's `present`; 0: always known */
	uint8_t flags;	    /* FF_* */
	uint8_t first, end; /* of a map: words from first to end - 1; 0: to the last */
	unsigned int arg;
	uint64_t none;
	const char *doc;
	const struct vocab *vocab;
	const struct field *sub;
	const struct field_seq *seq;
	/* false: not known */
	bool (*get)(const struct field *f, const struct scope *s, struct value *val);
};

/* A kind of object: "schema":"s2trace.<kind>/1". */
struct schema {
	const char *kind;
	const char *doc;
	const struct field *fields;
};

extern const struct schema schema_decision, schema_memslot, schema_unmap, schema_cmo, schema_vm,
	schema_host, schema_top, schema_summary, schema_check, schema_error;
/* All of them; ends with NULL. */
extern const struct schema *const schemas[];

/* An unsigned member of 1, 2, 4 or 8 bytes. */
static inline uint64_t field__load(const void *at, unsigned int bytes)
{
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (bytes) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		memcpy(&v16, at, sizeof(v16));
		return v16;
	case 4:
		memcpy(&v32, at, sizeof(v32));
		return v32;
	default:
		memcpy(&v64, at, sizeof(v64));
		return v64;
	}
}

/* false: not known. */
bool field__get(const struct field *f, const struct scope *s, struct value *val);
/* By a path such as "vma.attr"; NULL where there is none. */
const struct field *field__find(const struct field *fields, const char *path);
/* Number of words of a map. */
unsigned int field__map_end(const struct field *f);

/* The schema of a record, NULL where its type is not known; fills the scope. */
struct line {
	struct scope scope;
	struct who who;
};
const struct schema *line__init(struct line *l, const struct model *m, const struct s2_event *rec,
				const struct mem_device *device);
void scope__init(struct scope *s, const struct model *m);

#endif /* S2TRACE_VIEW_FIELD_H */
