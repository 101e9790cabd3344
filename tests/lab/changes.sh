# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Changes of stage 2 that are not faults. What the stream says of sizes and permissions must be
# what the tables show when logging has started; cache maintenance must belong to the VM whose
# memory it is for. changes.py, outside, compares. S2_BACKENDS lists the backends.

out=/s2trace/out/changes/$S2_PROFILE
# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh

: "${S2_BACKENDS:=tracepoint fentry}"

# read_both SITUATION: the VM's map, from the tables and from the stream.
read_both()
{
	start_trace "$out/$1.json" --all -o "$out/$1.s2t"
	start_guest "$out/$1.guest" "$1" --fwb "$S2_FWB" --dic "$S2_DIC"
	s2trace map --json >"$out/$1.tables"
	stop_trace
	s2trace map --json -i "$out/$1.s2t" >"$out/$1.stream"
	stop_guests
}

for s in dirty dirty-split dirty-eager refault; do
	read_both $s
done
start_trace "$out/cmo" --all --cmo --backend "$(echo "$S2_BACKENDS" | tr ' ' ,)"
for s in anon anon-exec refault reset; do
	[ "$s $S2_FWB" = "reset 1" ] && continue
	check "the guest does $s" eval 's2guest $s --fwb $S2_FWB --dic $S2_DIC >"$out/$s.report"'
done
stop_trace
check "s2trace exits successfully" test $? = 0
exit $failed
