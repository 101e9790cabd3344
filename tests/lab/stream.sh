# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# shellcheck disable=SC2317,SC2329 # check() calls them
#
# One stream: a recording made while events are shown replays to the same bytes, in every
# view. Also checks what s2trace must know of VMs that are gone, or not there yet.

out=/s2trace/out/stream/$S2_PROFILE
# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh

# A host that must reject cacheable PFNMAP memory causes other situations.
case $S2_FWB in
1) CAUSES='anon thp refault fork dirty-device gpu' ;;
*) CAUSES='anon dirty-device usemem' ;;
esac

cause()
{
	local s
	for s in $CAUSES; do
		s2guest "$s" --name "$s" --fwb "$S2_FWB" --dic "$S2_DIC" >/dev/null 2>&1
	done
	s2guest churn --churn 3 --name brief >/dev/null
}

# replays COMMAND FILE.json OPTION...: the output must be that of the recording run.
replays()
{
	local command=$1 json=$2
	shift 2
	s2trace "$command" --json "$@" -i "${json%.json}.s2t" >"${json%.json}.replay" || return 1
	cmp "$json" "${json%.json}.replay"
}

trace_replays()
{
	start_trace "$out/trace.json" --all --cmo -o "$out/trace.s2t"
	cause
	stop_trace || return 1
	grep -q '"s2trace.decision/1"' "$out/trace.json" &&
		grep -q '"s2trace.summary/1"' "$out/trace.json" &&
		replays trace "$out/trace.json" --all --cmo
}

map_replays()
{
	s2guest thp --name thp --hold 1000 >/tmp/thp.out 2>&1 &
	guests=$!
	s2guest bar --name bar --hold 1000 >/tmp/bar.out 2>&1 &
	guests="$guests $!"
	within 60 test -s /tmp/thp.out && within 60 test -s /tmp/bar.out || return 1
	s2trace map --json -n 2 -o "$out/map.s2t" >"$out/map.json" &&
		s2trace map --pa --json -o "$out/pa.s2t" >"$out/pa.json" || return 1
	grep -q '"type":"NORMAL_NC"' "$out/map.json" &&
		replays map "$out/map.json" && replays map "$out/pa.json" --pa
}

top_replays()
{
	s2trace top --json --duration 6 -o "$out/top.s2t" >"$out/top.json" &
	top=$!
	within 30 test -s "$out/top.json" && cause
	wait $top || return 1
	grep -q '"s2trace.top/1"' "$out/top.json" && replays top "$out/top.json"
}

# One recording serves every view: map shows what was mapped at its end.
record_serves_all()
{
	s2trace record -o "$out/all.s2t" 2>"$out/record.err" &
	recorder=$!
	within 60 test -s "$out/all.s2t"
	sleep 3
	cause
	s2trace map --json >"$out/then.json" || return 1
	sleep 12
	kill -INT $recorder
	wait $recorder || return 1
	grep -q 'recorded [1-9][0-9]* events' "$out/record.err" || return 1
	s2trace map --json -i "$out/all.s2t" >"$out/later.json" &&
		s2trace trace --json --all -i "$out/all.s2t" >"$out/later-trace.json" &&
		s2trace top --json -i "$out/all.s2t" >"$out/later-top.json"
}

piped()
{
	s2trace trace --json --all -o - --duration 3 2>/dev/null >/dev/null
	s2trace record -o - --duration 3 2>/dev/null | s2trace top --json -i - |
		grep -q '"s2trace.top/1"'
}

# If the recorder was killed, or the disk was full, everything complete is shown.
cut_short()
{
	head -c 5000 "$out/trace.s2t" >/tmp/cut.s2t
	s2trace trace --json --all -i /tmp/cut.s2t >/tmp/cut.json 2>/tmp/cut.err
	[ $? = 1 ] && grep -q 'cut off' /tmp/cut.err && grep -q '"s2trace.host/1"' /tmp/cut.json &&
		grep -q '"s2trace.summary/1"' /tmp/cut.json
}

full_disk()
{
	mkdir -p /tmp/small && mount -t tmpfs -o size=64k tmpfs /tmp/small || return 1
	s2trace record -o /tmp/small/full.s2t --duration 20 2>/tmp/full.err &
	recorder=$!
	within 60 test -s /tmp/small/full.s2t
	cause
	wait $recorder
	status=$?
	s2trace trace --json -i /tmp/small/full.s2t >/tmp/full.json 2>/dev/null
	umount /tmp/small
	[ $status = 2 ] && grep -q 'can be read' /tmp/full.err &&
		grep -q '"s2trace.host/1"' /tmp/full.json
}

# VMs that s2trace creates to query capabilities must not appear in another s2trace.
own_vms_hidden()
{
	start_trace "$out/own.json" --all
	s2trace check >/dev/null
	s2trace map --summary >/dev/null
	s2guest anon --size 64K --name seen >/dev/null
	within 30 grep -q '"name":"seen"' "$out/own.json"
	stop_trace
	! grep -q '"name":"s2trace' "$out/own.json"
}

# A VM that fails at start is reported to an s2trace that waits for its name, and no other
# VM is.
waits_for_name()
{
	s2trace trace --json --rejected --vm late >"$out/late.json" 2>"$out/late.err" &
	tracer=$!
	within 60 test -s "$out/late.json" || return 1
	sleep 1
	s2guest dirty-device --name other >/dev/null 2>&1
	s2guest dirty-device --name late >/dev/null 2>&1
	within 30 grep -q '"name":"late".*"outcome":"rejected"' "$out/late.json"
	stop_trace
	grep -q '"name":"late".*"outcome":"rejected"' "$out/late.json" &&
		! grep '"memslot/1"\|"decision/1"' "$out/late.json" | grep -q '"name":"other"'
}

# Decisions before the name is known must not be missed, and a VM of another name must not
# be emitted.
sees_all_of_name()
{
	s2trace trace --json --vm late --duration 12 >"$out/all-of-late.json" 2>"$out/late.err" &
	tracer=$!
	within 60 test -s "$out/all-of-late.json" || return 1
	sleep 1
	s2guest anon --size 8M --name other >/dev/null 2>&1
	s2guest anon --size 1M --name late >"$out/late.guest" 2>&1
	s2guest anon --size 1M --name late >"$out/late2.guest" 2>&1
	wait $tracer
}

only_that_vm()
{
	start_trace "$out/cmo.json" --all --cmo --vm mine
	s2guest anon-exec --name theirs >/dev/null 2>&1
	s2guest anon-exec --name mine >/dev/null 2>&1
	stop_trace
	grep '"s2trace.cmo/1"' "$out/cmo.json" | grep -q '"name":"mine"' &&
		! grep -v '"s2trace.summary/1"' "$out/cmo.json" | grep -q '"name":"theirs"'
}

# The VMM exits as soon as its memslot is rejected: the device must be known nevertheless.
# s2trace is stopped meanwhile, so that /proc has no answer when it looks.
device_of_the_dead()
{
	start_trace "$out/dead.json" --rejected
	kill -STOP "$tracer"
	s2guest usemem --name dead --fwb 0 --dic 0 >/dev/null 2>&1
	kill -CONT "$tracer"
	within 30 grep -q '"name":"dead"' "$out/dead.json"
	stop_trace
	grep '"outcome":"rejected"' "$out/dead.json" | grep '"name":"dead"' |
		grep -q "\"device\":{\"bdf\":\"$S2_GPU\",\"bar\":4}"
}

guests=
check "trace replays to the same bytes" trace_replays
check "map replays to the same bytes" map_replays
check "top replays to the same bytes" top_replays
check "a recording serves every view" record_serves_all
check "a recording can be a pipe" piped
check "a truncated recording is shown up to its end" cut_short
check "a full disk ends a recording, which stays readable" full_disk
check "a file that is no recording is rejected" fails_with "not an s2trace recording" \
	s2trace trace -i /proc/self/exe
check "a missing recording is rejected" fails_with "cannot read" s2trace top -i /nowhere
check "s2trace's own VMs are hidden" own_vms_hidden
check "trace waits for the name of a VM" waits_for_name
check "trace --vm NAME runs while VMs come" sees_all_of_name
check "--vm applies to cache maintenance, too" only_that_vm
[ "$S2_FWB" = 1 ] || check "the device of a rejected VMM is known after it exits" device_of_the_dead
# shellcheck disable=SC2086 # words are wanted
kill $guests
exit $failed
