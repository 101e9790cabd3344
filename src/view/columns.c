// SPDX-License-Identifier: GPL-2.0-only
#include "view/columns.h"

#include "model/vocab.h"
#include "view/human.h"
#include "view/utf8.h"

enum paint paint__type(unsigned int memtype)
{
	switch (memtype) {
	case S2_MEMTYPE_NORMAL:
		return PAINT_NORMAL;
	case S2_MEMTYPE_NORMAL_NC:
		return PAINT_NC;
	case S2_MEMTYPE_DEVICE_nGnRE:
		return PAINT_DEVICE;
	default:
		return PAINT_PLAIN;
	}
}

static void cell_pid(char *buf, size_t size, const struct model *m, const struct vm *vm)
{
	(void)m;
	snprintf(buf, size, vm->pid ? "%u" : "-", vm->pid);
}

static double key_pid(const struct model *m, const struct vm *vm)
{
	(void)m;
	return vm->pid;
}

static void cell_name(char *buf, size_t size, const struct model *m, const struct vm *vm)
{
	(void)m;
	utf8__fit(buf, size, vm->name[0] ? vm->name : "-", top_columns[TOP_NAME].width);
}

static void cell_mapped(char *buf, size_t size, const struct model *m, const struct vm *vm)
{
	const struct vm_mapped *now = vm__mapped(vm);
	char bytes[S2_MEMTYPE_LEAVES][HUMAN_LEN];

	(void)m;
	if (!now) {
		snprintf(buf, size, "-");
		return;
	}
	for (int t = 0; t < S2_MEMTYPE_LEAVES; t++)
		human__bytes(bytes[t], now->bytes[t]);
	snprintf(buf, size, "%s/%s/%s", bytes[S2_MEMTYPE_NORMAL], bytes[S2_MEMTYPE_NORMAL_NC],
		 bytes[S2_MEMTYPE_DEVICE_nGnRE]);
}

static double key_mapped(const struct model *m, const struct vm *vm)
{
	const struct vm_mapped *now = vm__mapped(vm);
	double bytes = 0;

	(void)m;
	for (int t = 0; now && t < S2_MEMTYPE_LEAVES; t++)
		bytes += (double)now->bytes[t];
	return now ? bytes : -1;
}

static void cell_type(char *buf, size_t size, const struct model *m, const struct vm *vm,
		      enum s2_memtype type)
{
	char bytes[HUMAN_LEN], count[HUMAN_LEN];
	uint64_t n = vm__mappings(vm, type);

	if (n)
		snprintf(buf, size, "%s/%s", human__bytes(bytes, vm__bytes(m, vm, type)),
			 human__count(count, n));
	else
		snprintf(buf, size, "-");
}

#define TYPE_COLUMN(suffix, type)                                                                  \
	static void cell_##suffix(char *buf, size_t size, const struct model *m,                   \
				  const struct vm *vm)                                             \
	{                                                                                          \
		cell_type(buf, size, m, vm, type);                                                 \
	}                                                                                          \
	static double key_##suffix(const struct model *m, const struct vm *vm)                     \
	{                                                                                          \
		return (double)vm__bytes(m, vm, type);                                             \
	}

TYPE_COLUMN(normal, S2_MEMTYPE_NORMAL)
TYPE_COLUMN(nc, S2_MEMTYPE_NORMAL_NC)
TYPE_COLUMN(device, S2_MEMTYPE_DEVICE_nGnRE)

static uint64_t mappings_of_level(const struct vm *vm, enum s2_level level)
{
	uint64_t n = 0;

	for (int t = 0; t < S2_MEMTYPE_LEAVES; t++)
		n += vm__mappings_at(vm, t, level);
	return n;
}

static void cell_sizes(char *buf, size_t size, const struct model *m, const struct vm *vm)
{
	char n[S2_LEVEL__MAX][HUMAN_LEN];

	(void)m;
	for (int l = 0; l < S2_LEVEL__MAX; l++)
		human__count(n[l], mappings_of_level(vm, l));
	snprintf(buf, size, "%s/%s/%s", n[S2_LEVEL_PAGE], n[S2_LEVEL_PMD], n[S2_LEVEL_PUD]);
}

/* The more large mappings, the higher. */
static double key_sizes(const struct model *m, const struct vm *vm)
{
	double bytes = 0, n = 0;

	for (int t = 0; t < S2_MEMTYPE_LEAVES; t++) {
		bytes += (double)vm__bytes(m, vm, t);
		n += (double)vm__mappings(vm, t);
	}
	return n > 0 ? bytes / n : 0;
}

static void cell_rate(char *buf, size_t size, const struct model *m, const struct vm *vm)
{
	char rate[HUMAN_LEN];

	(void)m;
	snprintf(buf, size, "%s", vm->alive ? human__rate(rate, vm->faults_per_s) : "gone");
}

static double key_rate(const struct model *m, const struct vm *vm)
{
	(void)m;
	return vm->alive ? vm->faults_per_s : -1;
}

static void cell_ns(char *buf, size_t size, uint64_t ns)
{
	char us[HUMAN_LEN];

	snprintf(buf, size, "%s", ns ? human__us(us, ns) : "-");
}

static void cell_mean(char *buf, size_t size, const struct model *m, const struct vm *vm)
{
	(void)m;
	cell_ns(buf, size, vm__mean_ns(vm));
}

static double key_mean(const struct model *m, const struct vm *vm)
{
	(void)m;
	return (double)vm__mean_ns(vm);
}

static void cell_p99(char *buf, size_t size, const struct model *m, const struct vm *vm)
{
	cell_ns(buf, size, vm__quantile_ns(m, vm, 0.99));
}

static double key_p99(const struct model *m, const struct vm *vm)
{
	return (double)vm__quantile_ns(m, vm, 0.99);
}

static void cell_rejected(char *buf, size_t size, const struct model *m, const struct vm *vm)
{
	char count[HUMAN_LEN];

	(void)m;
	snprintf(buf, size, "%s", human__count(count, vm__rejections(vm)));
}

static double key_rejected(const struct model *m, const struct vm *vm)
{
	(void)m;
	return (double)vm__rejections(vm);
}

static void cell_reason(char *buf, size_t size, const struct model *m, const struct vm *vm)
{
	enum s2_reason reason = vm__last_reason(vm);
	const char *text = vocab__text(&vocab_reason, reason);

	(void)m;
	snprintf(buf, size, "%s", reason != S2_REASON_NONE && text ? text : "-");
}

const struct top_column top_columns[TOP__MAX] = {
	[TOP_PID] = { "PID", 7, true, 1, PAINT_PLAIN, cell_pid, key_pid },
	[TOP_NAME] = { "NAME", 12, false, 0, PAINT_PLAIN, cell_name, NULL },
	[TOP_MAPPED] = { "NOW N/NC/DEV", 17, true, 3, PAINT_PLAIN, cell_mapped, key_mapped },
	[TOP_NORMAL] = { "NORMAL", 11, true, 2, PAINT_NORMAL, cell_normal, key_normal },
	[TOP_NORMAL_NC] = { "NORMAL_NC", 11, true, 6, PAINT_NC, cell_nc, key_nc },
	[TOP_DEVICE] = { "DEVICE", 11, true, 7, PAINT_DEVICE, cell_device, key_device },
	[TOP_SIZES] = { "PAGE/PMD/PUD", 13, true, 11, PAINT_PLAIN, cell_sizes, key_sizes },
	[TOP_RATE] = { "FAULTS/S", 8, true, 5, PAINT_PLAIN, cell_rate, key_rate },
	[TOP_MEAN] = { "MEAN us", 7, true, 9, PAINT_PLAIN, cell_mean, key_mean },
	[TOP_P99] = { "P99 us", 7, true, 10, PAINT_PLAIN, cell_p99, key_p99 },
	[TOP_REJECTED] = { "REJ", 4, true, 4, PAINT_REJECTED, cell_rejected, key_rejected },
	[TOP_REASON] = { "LAST REASON", 57, false, 8, PAINT_REJECTED, cell_reason, NULL },
};

static const char *tri__str(enum tristate t)
{
	return t == FACT_YES ? "yes" : t == FACT_NO ? "no" : "-";
}

static void word__tri(struct host_word *w, const char *what, enum tristate t)
{
	snprintf(w->text, sizeof(w->text), "%s %s", what, tri__str(t));
	w->paint = t == FACT_YES ? PAINT_GOOD : t == FACT_NO ? PAINT_REJECTED : PAINT_PLAIN;
}

static void word__str(struct host_word *w, const char *what, const char *s)
{
	snprintf(w->text, sizeof(w->text), "%s%s", what, s && *s ? s : "-");
	w->paint = PAINT_PLAIN;
}

static void word__size(struct host_word *w, uint32_t page_size)
{
	char size[HUMAN_LEN];

	snprintf(w->text, sizeof(w->text), "%s pages",
		 page_size ? human__size(size, page_size) : "-");
	w->paint = PAINT_PLAIN;
}

/* Loss is always said, with the places where it happened if there was any. */
static void word__lost(struct host_word *w, const struct source_stats *stats)
{
	uint64_t lost = source_stats__lost(stats);
	size_t len;

	len = (size_t)snprintf(w->text, sizeof(w->text), "lost %llu", (unsigned long long)lost);
	w->paint = lost ? PAINT_REJECTED : PAINT_PLAIN;
	for (int i = 0; lost && i < S2_LOST__MAX && len < sizeof(w->text); i++)
		if (stats->lost[i])
			len += (size_t)snprintf(w->text + len, sizeof(w->text) - len, " %s:%llu",
						vocab__name(&vocab_loss, i),
						(unsigned long long)stats->lost[i]);
}

/* Said only if there are any. */
static size_t word__cut(struct host_word *w, const struct model *m)
{
	uint64_t vms;

	if (!model__cut(m, &vms) || !vms)
		return 0;
	snprintf(w->text, sizeof(w->text), "%llu VMs not shown (--max-vms)",
		 (unsigned long long)vms);
	w->paint = PAINT_REJECTED;
	return 1;
}

size_t host__words(const struct model *m, struct host_word words[HOST_WORDS])
{
	const struct host_facts *h = model__host(m);
	size_t n = 0;

	word__str(&words[n++], "s2trace ", h->hostname);
	word__str(&words[n++], "Linux ", h->kernel);
	word__str(&words[n++], "", h->machine);
	word__size(&words[n++], h->page_size);
	word__str(&words[n++], "KVM ", h->kvm == FACT_NO ? "no" : h->kvm_mode);
	word__tri(&words[n++], "FWB", h->fwb);
	word__tri(&words[n++], "DIC", h->dic);
	word__tri(&words[n++], "cacheable PFNMAP", h->cacheable_pfnmap);
	word__str(&words[n++], "", vocab__name(&vocab_backend, model__backend(m)));
	n += word__cut(&words[n], m);
	word__lost(&words[n++], model__stats(m));
	return n;
}

void text__host(struct out *o, const struct model *m)
{
	struct host_word words[HOST_WORDS];
	size_t n = host__words(m, words);

	for (size_t i = 0; i < n; i++) {
		if (i)
			out__str(o, "  ");
		out__str(o, words[i].text);
	}
}
