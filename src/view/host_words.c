// SPDX-License-Identifier: GPL-2.0-only
#include "view/host_words.h"

#include "model/vocab.h"
#include "view/human.h"
#include "view/out.h"

static const char *tri__str(int t)
{
	return t == FACT_YES ? "yes" : t == FACT_NO ? "no" : "-";
}

static void word__tri(struct host_word *w, const char *what, int t)
{
	snprintf(w->text, sizeof(w->text), "%s %s", what, tri__str(t));
	w->paint = t == FACT_YES ? PAINT_GOOD : t == FACT_NO ? PAINT_REJECTED : PAINT_PLAIN;
}

static void word__str(struct host_word *w, const char *what, const char *s)
{
	struct out o = { 0 };

	out__str(&o, what);
	out__foreign(&o, s && *s ? s : "-", OUT_WHOLE);
	snprintf(w->text, sizeof(w->text), "%s", out__cstr(&o));
	out__free(&o);
	w->paint = PAINT_PLAIN;
}

static void word__size(struct host_word *w, uint32_t page_size)
{
	char size[HUMAN_LEN];

	snprintf(w->text, sizeof(w->text), "%s pages",
		 page_size ? human__size(size, page_size) : "-");
	w->paint = PAINT_PLAIN;
}

/* Always shown; lists the places if anything was lost. */
static void word__lost(struct host_word *w, const struct s2_ev_loss *loss)
{
	uint64_t lost = loss__total(loss);
	size_t len;

	len = (size_t)snprintf(w->text, sizeof(w->text), "lost %llu", (unsigned long long)lost);
	w->paint = lost ? PAINT_REJECTED : PAINT_PLAIN;
	for (int i = 0; lost && i < S2_LOST__MAX && len < sizeof(w->text); i++)
		if (loss->lost[i])
			len += (size_t)snprintf(w->text + len, sizeof(w->text) - len, " %s:%llu",
						vocab__name(&vocab_loss, i),
						(unsigned long long)loss->lost[i]);
}

/* Shown only if VMs are missing. */
static size_t word__truncated(struct host_word *w, const struct model *m)
{
	uint64_t vms;

	if (!model__vms_truncated(m, &vms) || !vms)
		return 0;
	snprintf(w->text, sizeof(w->text), "%llu VMs not shown (--max-vms)",
		 (unsigned long long)vms);
	w->paint = PAINT_REJECTED;
	return 1;
}

size_t host__words(const struct model *m, struct host_word words[HOST_WORDS])
{
	const struct s2_ev_host *h = model__host(m);
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
	n += word__truncated(&words[n], m);
	word__lost(&words[n++], model__loss(m));
	return n;
}
