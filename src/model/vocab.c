// SPDX-License-Identifier: GPL-2.0-only
#include "model/vocab.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* X-macro rows without a text get the added "". */
#define ENTRY(...)		      ENTRY_(__VA_ARGS__, "", "")
#define ENTRY_(id, name_, text_, ...) [id] = { .name = name_, .text = text_ },

#define VOCAB(symbol, what_, TABLE)                                                                \
	static const struct vocab_entry symbol##_entries[] = { TABLE(ENTRY) };                     \
	const struct vocab vocab_##symbol = {                                                      \
		.what = what_,                                                                     \
		.entry = symbol##_entries,                                                         \
		.nr = sizeof(symbol##_entries) / sizeof(symbol##_entries[0]),                      \
	}

VOCAB(memtype, "memory type", S2_MEMTYPES);
VOCAB(vma_attr, "VMA attribute", S2_VMA_ATTRS);
VOCAB(outcome, "outcome", S2_OUTCOMES);
VOCAB(reason, "reason", S2_REASONS);
VOCAB(access, "access", S2_ACCESSES);
VOCAB(fault, "fault", S2_FAULTS);
VOCAB(limit, "limit", S2_LIMITS);
VOCAB(slot_change, "memslot change", S2_SLOT_CHANGES);
VOCAB(unmap_cause, "unmap cause", S2_UNMAP_CAUSES);
VOCAB(protect_op, "protection", S2_PROTECT_OPS);
VOCAB(cmo_op, "cache maintenance operation", S2_CMO_OPS);
VOCAB(vm_event, "VM event", S2_VM_EVENTS);
VOCAB(era, "era", S2_ERAS);
VOCAB(backend, "backend", S2_BACKENDS);
VOCAB(level, "level", S2_LEVELS);
VOCAB(loss, "loss", S2_LOSSES);
VOCAB(decision_flag, "flag", S2_DECISION_FLAGS);
VOCAB(decision_field, "field", S2_DECISION_FIELDS);

const char *vocab__name(const struct vocab *v, unsigned int id)
{
	return id < v->nr ? v->entry[id].name : NULL;
}

const char *vocab__text(const struct vocab *v, unsigned int id)
{
	return id < v->nr ? v->entry[id].text : NULL;
}

int vocab__id(const struct vocab *v, const char *name, size_t len)
{
	for (unsigned int id = 0; id < v->nr; id++) {
		const char *known = v->entry[id].name;

		if (strlen(known) == len && !strncasecmp(known, name, len))
			return id;
	}
	return -1;
}

int vocab__mask(const struct vocab *v, const char *list, unsigned int *mask, const char **bad)
{
	unsigned int bits = 0;

	for (const char *word = list;; word++) {
		size_t len = strcspn(word, ",");
		int id = vocab__id(v, word, len);

		if (id < 0 || id >= 32) {
			*bad = word;
			return -EINVAL;
		}
		bits |= S2_BIT(id);
		word += len;
		if (!*word)
			break;
	}
	*mask = bits;
	return 0;
}

const char *prot__str(unsigned int prot, char *buf)
{
	buf[0] = prot & S2_PROT_R ? 'r' : '-';
	buf[1] = prot & S2_PROT_W ? 'w' : '-';
	switch (prot & (S2_PROT_PX | S2_PROT_UX)) {
	case S2_PROT_PX | S2_PROT_UX:
		buf[2] = 'x';
		break;
	case S2_PROT_PX:
		buf[2] = 'p';
		break;
	case S2_PROT_UX:
		buf[2] = 'u';
		break;
	default:
		buf[2] = '-';
	}
	buf[3] = '\0';
	return buf;
}
