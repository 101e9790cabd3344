// SPDX-License-Identifier: GPL-2.0-only
/* What KVM must decide: a list, in the order of events, printed as JSON. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

enum expect_kind { EXPECT_DECISION, EXPECT_MEMSLOT, EXPECT_CHANGE };

struct slot_change {
	const char *change, *reason;
	struct kvm_userspace_memory_region r;
	int ret;
};

struct counted_change {
	struct change c;
	uint64_t count;
};

struct expectation {
	enum expect_kind kind;
	union {
		struct decision d;
		struct slot_change slot;
		struct counted_change change;
	};
	struct expectation *next;
};

static struct expectation *append(struct env *env, enum expect_kind kind)
{
	struct expectation *e = calloc(1, sizeof(*e));

	if (!e)
		die("no memory");
	e->kind = kind;
	if (env->last_exp)
		env->last_exp->next = e;
	else
		env->first_exp = e;
	env->last_exp = e;
	return e;
}

/* The caller may change what is returned until the list is printed. */
struct decision *expect_decision(struct env *env, const struct decision *d)
{
	struct expectation *e = append(env, EXPECT_DECISION);

	e->d = *d;
	return &e->d;
}

void expect_slot(struct env *env, const char *change, const struct kvm_userspace_memory_region *r,
		 int ret, const char *reason)
{
	struct expectation *e = append(env, EXPECT_MEMSLOT);

	e->slot = (struct slot_change){ .change = change, .reason = reason, .r = *r, .ret = ret };
}

static bool is_same(const struct change *a, const struct change *b)
{
	return !strcmp(a->kind, b->kind) && !strcmp(a->word, b->word) && a->nested == b->nested &&
	       a->ipa == b->ipa && a->size == b->size;
}

void expect_change(struct env *env, const struct change *c)
{
	struct expectation *e;

	for (e = env->first_exp; e; e = e->next) {
		if (e->kind == EXPECT_CHANGE && is_same(&e->change.c, c)) {
			e->change.count++;
			return;
		}
	}
	e = append(env, EXPECT_CHANGE);
	e->change = (struct counted_change){ *c, 1 };
}

void expect_unmap(struct env *env, const char *cause, uint64_t ipa, uint64_t size)
{
	expect_change(env, &(struct change){ "unmap", cause, NOT_NESTED, ipa, size });
}

void expect_protect(struct env *env, const char *op, uint64_t ipa, uint64_t size)
{
	expect_change(env, &(struct change){ "protect", op, NOT_NESTED, ipa, size });
}

/* Number of expected decisions with an outcome: the guest notices some of them. */
uint64_t expect_count(const struct env *env, const char *outcome)
{
	uint64_t n = 0;

	for (const struct expectation *e = env->first_exp; e; e = e->next)
		if (e->kind == EXPECT_DECISION && !strcmp(e->d.outcome, outcome))
			n += e->d.count;
	return n;
}

static void put_hex(FILE *f, const char *key, uint64_t val)
{
	fprintf(f, ",\"%s\":\"0x%llx\"", key, (unsigned long long)val);
}

static void put_u64(FILE *f, const char *key, uint64_t val)
{
	fprintf(f, ",\"%s\":%llu", key, (unsigned long long)val);
}

static void put_bool(FILE *f, const char *key, bool val)
{
	fprintf(f, ",\"%s\":%s", key, val ? "true" : "false");
}

/* A string, or null. */
static void put_str(FILE *f, const char *key, const char *val)
{
	if (val)
		fprintf(f, ",\"%s\":\"%s\"", key, val);
	else
		fprintf(f, ",\"%s\":null", key);
}

/* The words of a comma-separated list. */
static void put_list(FILE *f, const char *key, const char *words)
{
	fprintf(f, ",\"%s\":[", key);
	for (const char *w = words; w && *w;) {
		int n = strcspn(w, ",");

		fprintf(f, "%s\"%.*s\"", w == words ? "" : ",", n, w);
		w += n;
		w += *w == ',';
	}
	fputc(']', f);
}

/* A fault that failed before KVM found a page frame has none. */
static bool found_none(const struct decision *d)
{
	return d->pa == NO_PA && !d->pas && strcmp(d->outcome, "mapped") &&
	       strcmp(d->outcome, "relaxed") && strcmp(d->outcome, "retried");
}

static void put_pas(FILE *f, const struct decision *d)
{
	if (d->pa != NO_PA)
		put_hex(f, "pa_first", d->pa);
	else if (found_none(d))
		put_str(f, "pa_first", NULL);
	if (!d->pas)
		return;
	fprintf(f, ",\"pas\":[");
	for (uint64_t i = 0; i < d->count; i++)
		fprintf(f, d->pas[i] == NO_PA ? "%snull" : "%s\"0x%llx\"", i ? "," : "",
			(unsigned long long)d->pas[i]);
	fputc(']', f);
}

/* The result; null if nothing was mapped. */
static void put_result(FILE *f, const struct decision *d)
{
	put_str(f, "outcome", d->outcome);
	put_str(f, "reason", d->reason);
	if (d->limit)
		put_str(f, "limit", d->limit);
	if (!d->any_ret)
		fprintf(f, ",\"ret\":%d", d->ret);
	if (d->size) {
		put_u64(f, "size", d->size);
		put_str(f, "prot", d->prot);
	}
	if (d->size || d->type) {
		put_str(f, "type", d->type);
		put_bool(f, "type_inferred", d->type_inferred);
	}
	if (d->map_writable >= 0)
		put_bool(f, "map_writable", d->map_writable);
	put_pas(f, d);
}

static void put_device(FILE *f, const struct decision *d)
{
	if (d->bdf && d->bar < 0)
		fprintf(f, ",\"device\":{\"bdf\":\"%s\",\"bar\":null}", d->bdf);
	else if (d->bdf)
		fprintf(f, ",\"device\":{\"bdf\":\"%s\",\"bar\":%d}", d->bdf, d->bar);
	else
		put_str(f, "device", NULL);
	if (d->bdf && d->bdf_maybe)
		put_bool(f, "device_maybe", true);
}

static void put_vma(FILE *f, const struct decision *d)
{
	put_str(f, "vma_attr", d->vma_attr);
	if (!d->vma_attr)
		return;
	put_list(f, "vma_flags_has", d->vma_has);
	put_list(f, "vma_flags_hasnt", d->vma_hasnt);
	if (d->vma_page)
		put_u64(f, "vma_page_size", d->vma_page);
	if (d->kernel_mapped >= 0)
		put_bool(f, "kernel_mapped", d->kernel_mapped);
	else
		put_str(f, "kernel_mapped", NULL);
}

static void print_decision(const struct env *env, FILE *f, const struct decision *d)
{
	fprintf(f, "{\"kind\":\"decision\"");
	put_u64(f, "count", d->count);
	put_hex(f, "ipa_first", d->ipa);
	put_u64(f, "ipa_stride", d->stride);
	if (d->wrap)
		put_u64(f, "wrap", d->wrap);
	put_hex(f, "fault_ipa_first", d->ipa + d->fault_offset);
	if (d->hva)
		put_hex(f, "hva_first", d->hva);
	put_str(f, "access", d->access);
	put_str(f, "fault", d->fault);
	if (d->slot >= 0)
		put_u64(f, "slot", d->slot);
	else
		put_str(f, "slot", NULL);
	put_result(f, d);
	put_vma(f, d);
	put_device(f, d);
	if (d->slot >= 0)
		put_bool(f, "dirty_log", d->dirty_log);
	put_bool(f, "mte", d->mte);
	put_bool(f, "nested", d->nested);
	put_bool(f, "vncr", d->vncr);
	put_bool(f, "fwb", env->fwb);
	put_bool(f, "dic", env->dic);
	put_bool(f, "optional", d->optional);
	fputc('}', f);
}

static void print_slot(FILE *f, const struct slot_change *s)
{
	fprintf(f, "{\"kind\":\"memslot\",\"change\":\"%s\"", s->change);
	put_u64(f, "slot", s->r.slot);
	if (strcmp(s->change, "delete")) {
		put_hex(f, "ipa", s->r.guest_phys_addr);
		put_u64(f, "size", s->r.memory_size);
		put_hex(f, "hva", s->r.userspace_addr);
	}
	put_str(f, "outcome", s->ret ? "rejected" : "accepted");
	put_str(f, "reason", s->reason);
	fprintf(f, ",\"ret\":%d}", s->ret);
}

static void print_change(FILE *f, const struct counted_change *change)
{
	const struct change *c = &change->c;

	fprintf(f, "{\"kind\":\"%s\"", c->kind);
	put_u64(f, "count", change->count);
	put_str(f, "word", c->word);
	if (c->nested == NOT_NESTED)
		put_str(f, "nested", NULL);
	else
		put_u64(f, "nested", c->nested);
	put_hex(f, "ipa", c->ipa);
	if (c->size == ANY_SIZE)
		put_str(f, "size", NULL);
	else
		put_u64(f, "size", c->size);
	fputc('}', f);
}

static void print_expectation(const struct env *env, FILE *f, const struct expectation *e)
{
	switch (e->kind) {
	case EXPECT_DECISION:
		print_decision(env, f, &e->d);
		break;
	case EXPECT_MEMSLOT:
		print_slot(f, &e->slot);
		break;
	case EXPECT_CHANGE:
		print_change(f, &e->change);
		break;
	}
}

/* All of it, as one line. */
void expect_print(const struct env *env, FILE *f)
{
	fprintf(f, "{\"situation\":\"%s\",\"pid\":%d,\"name\":\"%s\"", env->args->situation,
		getpid(), env->args->name);
	put_u64(f, "vms", env->nr_vms);
	put_u64(f, "vcpus", env->opts.nr_vcpus);
	put_u64(f, "page_size", page_size());
	put_bool(f, "racy", env->opts.nr_vcpus > 1);
	fprintf(f, ",\"expect\":[");
	for (const struct expectation *e = env->first_exp; e; e = e->next) {
		if (e != env->first_exp)
			fputc(',', f);
		print_expectation(env, f, e);
	}
	fprintf(f, "]}\n");
	fflush(f);
}
