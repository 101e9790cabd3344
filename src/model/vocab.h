/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of the vocabulary: one table per enum, expanded from
 * include/s2trace/vocab.h. Strings are static.
 */
#ifndef S2TRACE_MODEL_VOCAB_H
#define S2TRACE_MODEL_VOCAB_H

#include <stddef.h>

#include <s2trace/event.h>

struct vocab_entry {
	const char *name; /* stable, for scripts */
	const char *text; /* for users; "" if the name is clear */
};

struct vocab {
	const char *what; /* "outcome" */
	const struct vocab_entry *entry;
	unsigned int nr;
};

extern const struct vocab vocab_memtype, vocab_vma_attr, vocab_outcome, vocab_reason, vocab_access,
	vocab_fault, vocab_limit, vocab_slot_change, vocab_unmap_cause, vocab_protect_op,
	vocab_cmo_op, vocab_vm_event, vocab_era, vocab_backend, vocab_level, vocab_loss,
	vocab_decision_flag, vocab_decision_field;

/* NULL if `id` is not in the table. */
const char *vocab__name(const struct vocab *v, unsigned int id);
const char *vocab__text(const struct vocab *v, unsigned int id);
/* The number of a name, case-insensitive; -1 if there is none. */
int vocab__id(const struct vocab *v, const char *name, size_t len);
/*
 * Parses "a,b,c" into a bit mask. Returns 0, or -EINVAL with *bad (not NULL) set to the first
 * word that is not in the table.
 */
int vocab__mask(const struct vocab *v, const char *list, unsigned int *mask, const char **bad);

/* "rwx": x executable, p at EL1 only, u at EL0 only, - not. `buf` has 4 bytes. */
const char *prot__str(unsigned int prot, char *buf);

#endif /* S2TRACE_MODEL_VOCAB_H */
