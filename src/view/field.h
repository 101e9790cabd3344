/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of everything that is shown. One table per kind of object drives its JSON, its JSON
 * Schema and its text columns: the name of a field, its source, and when it is unknown are
 * defined once.
 */
#ifndef S2TRACE_VIEW_FIELD_H
#define S2TRACE_VIEW_FIELD_H

#include <string.h>

#include "model/model.h"
#include "model/vocab.h"
#include "view/json_writer.h"
#include "view/out.h"

/* Kinds up to K_PLAIN are shown as stored. */
enum field_kind {
	K_UINT,
	K_BYTES, /* a size */
	K_NS,	 /* a duration */
	K_NUM,	 /* double */
	K_BOOL,	 /* text: words of `vocab`, if set */
	K_HEX,	 /* address, a string in JSON */
	K_PLAIN = K_HEX,
	K_INT,
	K_FLAG,	  /* bit `arg` of an integer */
	K_TRI,	  /* -1 unknown, 0 no, 1 yes */
	K_SHIFT,  /* log2 of a size; 0: none */
	K_STR,	  /* char array; "": none */
	K_PSTR,	  /* const char * */
	K_ENUM,	  /* number in `vocab` */
	K_PROT,	  /* S2_PROT_* */
	K_LIST,	  /* several words of `vocab`, by `get` */
	K_COUNTS, /* uint64_t array indexed by `vocab` */
	K_OBJ,	  /* `sub` */
	K_SPLICE, /* the fields of `sub`, inline */
	K_MAP,	  /* an object `sub` for each word of `vocab` */
	K_ARR,	  /* an object `sub` for each element of `seq` */
};

/* What a field reads from. The field is unknown if the base is NULL. */
enum field_src {
	SRC_EVENT,
	SRC_WHO,
	SRC_VM,
	SRC_DEVICE,
	SRC_SPAN,
	SRC_MAPPING,
	SRC_REGION,
	SRC_VMA,
	SRC_HOST,
	SRC_LOSS,
	SRC_SURVEY,
	SRC_CHECK,
	SRC_ITEM,
	SRC_ERROR,
	SRC__MAX
};

struct schema;

/* The VM of an event, even if the model does not have it. */
struct who {
	uint32_t id, pid; /* 0: unknown */
	const char *name; /* NULL: unknown */
};

/* The data of one object or row. */
struct scope {
	const struct model *m;
	const struct schema *schema;
	const void *base[SRC__MAX];
	struct who who;
	uint32_t present;   /* bits of enum s2_decision_field: known to the event's backend */
	unsigned int key;   /* of the current K_MAP */
	uint64_t origin_ns; /* times in text are relative to this */
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
#define FF_NONE	  0x02 /* null if the value equals `none` */
#define FF_SPARSE 0x04 /* maps: nonzero words only */

struct field {
	const char *name;
	char key[JSON_KEY_MAX]; /* the name in JSON: JSON_KEY() */
	uint8_t key_len;
	uint8_t kind;	    /* enum field_kind */
	uint8_t src;	    /* enum field_src */
	uint8_t known;	    /* 1 + the bit of the event's `present`; 0: always known */
	uint8_t flags;	    /* FF_* */
	uint8_t first, end; /* maps: words first to end - 1; 0: to the last */
	uint16_t off, bytes;
	unsigned int arg;
	uint64_t none;
	const char *doc;
	const struct vocab *vocab;
	const struct field *sub;
	const struct field_seq *seq;
	/* false: unknown */
	bool (*get)(const struct field *f, const struct scope *s, struct value *val);
};

enum schema_id {
	SCHEMA_DECISION,
	SCHEMA_MEMSLOT,
	SCHEMA_UNMAP,
	SCHEMA_PROTECT,
	SCHEMA_CMO,
	SCHEMA_VM,
	SCHEMA_HOST,
	SCHEMA_TOP,
	SCHEMA_SUMMARY,
	SCHEMA_CHECK,
	SCHEMA_ERROR,
	SCHEMA_MAP,
	SCHEMA_MAP_SUMMARY,
	SCHEMA__MAX
};

/* A kind of object: "schema":"s2trace.<kind>/1". */
struct schema {
	enum schema_id id;
	const char *kind;
	const char *doc;
	const struct field *fields;
};

extern const struct schema schema_decision, schema_memslot, schema_unmap, schema_protect,
	schema_cmo, schema_vm, schema_host, schema_top, schema_summary, schema_check, schema_error,
	schema_map, schema_map_summary;
/* All schemas, by enum schema_id. */
extern const struct schema *const schemas[SCHEMA__MAX];

/* Shared by several kinds of objects. */
extern const struct field who_fields[], device_fields[];
extern const struct vocab vocab_vm_flag, vocab_slot_flag;
bool get_slot_flags(const struct field *f, const struct scope *s, struct value *val);
bool get_vm_flags(const struct field *f, const struct scope *s, struct value *val);

/* Loads an unsigned member of 1, 2, 4 or 8 bytes. */
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

/* False: unknown. */
bool field__get(const struct field *f, const struct scope *s, struct value *val);
/* Finds a field by path, such as "vma.attr". NULL if there is none. */
const struct field *field__find(const struct field *fields, const char *path);
/* End of the words of a map. */
unsigned int field__map_end(const struct field *f);
/* Writes a value as text. */
void field__text(struct out *o, const struct field *f, const struct value *val);

/* For the host and the model as a whole. */
void scope__init(struct scope *s, const struct model *m, const struct schema *schema);
void scope__vm(struct scope *s, const struct model *m, const struct vm *vm);
/* The schema of an event; NULL: internal event, not shown. */
const struct schema *event_schema(const struct s2_event *ev);
/* False: the event is not shown. */
bool scope__event(struct scope *s, const struct model *m, const struct s2_event *ev);
/* For an event kept by the model. */
void scope__kept(struct scope *s, const struct model *m, const struct vm *vm,
		 const struct vm_event *ev);
void scope__span(struct scope *s, const struct model *m, const struct vm *vm,
		 const struct span *span);

#endif /* S2TRACE_VIEW_FIELD_H */
