#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every word that the kernel series can say has an entry in vocab.h: the loader
# finds them by name, and would show what it does not know as "unknown".

cd "$(dirname "$0")/.." || exit 1
failed=0
for series in patches/linux-*; do
	words=$(grep -ohE '^\+[[:space:]]+KVM_S2_(REASON|OUTCOME|LIMIT|UNMAP|CMO|MEMTYPE|ACCESS|FAULT)_[A-Z_]+[,=]' \
		"$series"/*.patch | grep -oE 'KVM_S2_[A-Z_]+' | sort -u)
	[ -n "$words" ] || { echo "not ok: $series says nothing"; failed=1; }
	for word in $words; do
		[ "$word" != KVM_S2_OUTCOME_NONE ] || continue # no tracepoint fires for it
		grep -qiE "X\(S2_${word#KVM_S2_}," include/s2trace/vocab.h || {
			echo "not ok: $series says $word, vocab.h has no word for it"
			failed=1
		}
	done
	echo "$series: $(wc -w <<<"$words") words"
done
exit $failed
