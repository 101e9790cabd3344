// SPDX-License-Identifier: GPL-2.0-only
#include "model/filter.h"

#include <string.h>

void filter__only(struct s2_filter *f, uint32_t outcomes)
{
	memset(f, 0, sizeof(*f));
	f->ipa_last = UINT64_MAX;
	f->known_vms = UINT32_MAX;
	f->always = outcomes;
}

void filter__all(struct s2_filter *f)
{
	filter__only(f, 0);
	f->outcomes = f->memtypes = f->accesses = UINT32_MAX;
}

bool filter__matches(const struct s2_filter *f, const struct s2_ev_decision *d)
{
	if (S2_HAS(f->always, d->outcome) || (f->watch_tgid && d->tgid == f->watch_tgid))
		return true;
	return S2_HAS(f->outcomes, d->outcome) && S2_HAS(f->memtypes, d->memtype) &&
	       S2_HAS(f->accesses, d->access) && (!f->tgid || d->tgid == f->tgid) &&
	       d->fault_ipa >= f->ipa_first && d->fault_ipa <= f->ipa_last;
}
