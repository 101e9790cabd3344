# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The same guests under several backends at once: each in its own s2trace, and all of them
# in one process. backends.py, outside, compares the events field by field. S2_BACKENDS
# lists the backends; the first one is the reference.

out=/s2trace/out/backends/$S2_PROFILE
# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh

: "${S2_BACKENDS:=tracepoint fentry}"
# Without situations that need more of the host's CPUs than the other guests leave.
: "${S2_SITUATIONS:=$(s2guest --list | cut -d' ' -f1 | grep -Ev '^(churn|gpu|(.*-)?race)$')}"

tracers=
for b in $S2_BACKENDS; do
	start_trace "$out/$b.json" --all --backend "$b"
	tracers="$tracers $tracer"
done
start_trace "$out/together.json" --all --backend "$(echo "$S2_BACKENDS" | tr ' ' ,)"
tracers="$tracers $tracer"
for s in $S2_SITUATIONS; do
	echo "== $s"
	timeout 60 s2guest "$s" --name "$s" --era "$S2_ERA" >"$out/$s.guest" 2>&1 || tail -n 1 "$out/$s.guest"
done
for tracer in $tracers; do
	stop_trace
	check "s2trace exits successfully" test $? = 0
done
exit $failed
