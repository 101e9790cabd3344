// SPDX-License-Identifier: GPL-2.0-only
#include "source/era.h"

#include <bpf/btf.h>

#include "host/iomem.h"
#include "model/infer.h"
#include "source/bpfutil.h"
#include "source/kmap.h"
#include "source/survey.h"
#include "source/vmtable.h"

struct evidence {
	struct s2_ev_host *host;
	struct iomem *iomem;
};

static void take_evidence(void *ctx, const struct s2_event *ev)
{
	const struct s2_ev_mapped *m = (const void *)ev;
	const struct evidence *e = ctx;
	enum s2_era era;

	if (ev->type != S2_EV_MAPPED || m->pa == S2_NO_PA)
		return;
	era = infer__era_of_mapping(m, e->host, iomem__is_ram(e->iomem, m->pa));
	if (era == S2_ERA__MAX)
		return;
	e->host->era = era;
	e->host->era_shown = FACT_YES;
}

/* What VMs have mapped was decided by this kernel, too. */
static void ask_tables(struct s2_ev_host *host)
{
	struct evidence e = { host, iomem__read() };
	const struct survey_opts opts = { .split_pa = true };
	const struct event_sink sink = { &e, take_evidence };
	struct vmtable *vms = NULL;
	struct survey *s = NULL;
	struct error err = {};

	if (e.iomem && !vmtable__open(&vms, 0, &err) &&
	    !survey__open(&s, vms, &opts, host->fwb, &err))
		survey__pass(s, &sink);
	survey__close(s);
	vmtable__close(vms);
	iomem__free(e.iomem);
}

void era__from_btf(struct s2_ev_host *host, const struct btf *btf)
{
	uint64_t nc;

	host->era = (uint8_t)infer__era(
		kmap__value(btf, "kvm_pgtable_prot", "KVM_PGTABLE_PROT_NORMAL_NC", &nc), host);
	host->era_shown = (int8_t)infer__era_is_certain(host);
}

void era__find(struct s2_ev_host *host)
{
	struct error err = {};
	struct btf *btf = bpfutil__kernel_btf(&err);

	if (!btf)
		return;
	era__from_btf(host, btf);
	btf__free(btf);
	if (host->era_shown != FACT_YES)
		ask_tables(host);
}
