# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A ring that is too small for the load loses events, counts them exactly, and reports them.
# loss.py, outside, adds up received and lost events.

out=/s2trace/out/loss/$S2_PROFILE
# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh

run()
{
	start_trace "$out/$1.json" --ring-size "$2"
	s2guest anon --size 32M --fwb 1 --dic 1 >"$out/$1.guest"
	stop_trace
	check "s2trace exits successfully with a ring of $2" test $? = 0
}

run small 4K
run ample 8M

s2trace trace --ring-size 4K >"$out/text" 2>&1 &
tracer=$!
within 30 test -s "$out/text"
s2guest anon --size 32M --fwb 1 --dic 1 >/dev/null
stop_trace
check "the text reports how many were lost" grep -Eq 'lost [1-9]' "$out/text"
exit $failed
