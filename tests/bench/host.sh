#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Runs in the emulated host: every row in /s2trace/rows, one after another. What
# each row gives goes to /s2trace/results as lines of "ID KEY VALUE...".
#
# Time is virtual. It stands still for a program that computes, but leaps ahead
# whenever all of the host waits for the outer machine: never take the end of a
# sleep for a proof that somebody is ready.

# shellcheck source=/dev/null
. /s2trace/bench.env

readonly PEERS=/s2trace/peers
readonly OUT=/tmp/out		# of the listener
readonly DATA=/tmp/data		# what recorders write
PID=

result() { echo "$id $*" >>/s2trace/results; }

mount_peers()
{
	[ ! -d "$PEERS" ] ||
		for d in proc sys dev tmp; do mount --rbind "/$d" "$PEERS/$d"; done
}

# start COMMAND...: in the background; PID becomes its number.
start()
{
	# A function would run in a shell of its own, and that have the number.
	"$@" >"$OUT" 2>"$OUT.err" &
	PID=$!
}

# start_peer COMMAND..., in_peers COMMAND...: a program of Debian's packages.
start_peer() { start chroot "$PEERS" "$@"; }
in_peers() { chroot "$PEERS" "$@"; }

# idle_ticks: ticks of CPU time that PID has used; nothing if it does not sleep.
idle_ticks()
{
	local line
	read -r line <"/proc/$PID/stat" || return 1
	# shellcheck disable=SC2086 # words are wanted
	set -- ${line##*) }
	[ "$1" != S ] || echo "${12} ${13}"
}

# settled: wait until PID has slept through three seconds in a row.
settled()
{
	local last='' now calm=0 i=0
	while [ "$calm" -lt 3 ]; do
		sleep 1
		now=$(idle_ticks) || return 1
		calm=$((calm + 1))
		[ -n "$now" ] && [ "$now" = "$last" ] || calm=0
		last=$now
		i=$((i + 1))
		[ "$i" -lt 600 ] || return 1
	done
}

# attached: wait until PID, once all of it was attached, has begun to write.
attached()
{
	local i=0
	until [ -s "$OUT" ]; do
		sleep 0.5
		i=$((i + 1))
		[ -d "/proc/$PID" ] && [ "$i" -lt 1200 ] || return 1
	done
}

# --- Who listens. start_KIND ARGS, ready_KIND, seen_KIND (events, once it ended). ---

start_nobody() { PID=; }
ready_nobody() { :; }
seen_nobody() { echo -; }

# shellcheck disable=SC2086 # words are wanted
start_s2trace() { start /tmp/s2trace $1; }
ready_s2trace() { attached && sleep 3; }

# trace: the decisions that came out; top: those that were counted.
seen_s2trace()
{
	case $1 in
	*--rejected*) echo - ;;
	trace*--json*) grep -c '"s2trace.decision/1"' "$OUT" ;;
	trace*) grep -cE ' 0x[0-9a-f]+ .* mapped ' "$OUT" ;;
	*--json*) sed -n '/"s2trace.summary/s/.*"mapped": *\([0-9]*\).*/\1/p' "$OUT" ;;
	*) sed -n 's/^VM .*: \([0-9]*\) faults.*/\1/p' "$OUT" ;;
	esac
}

# shellcheck disable=SC2086 # words are wanted
start_s2trace_record() { start /tmp/s2trace record -o "$DATA" $1; }
ready_s2trace_record() { settled; }
seen_s2trace_record()
{
	/tmp/s2trace top -i "$DATA" --json 2>/dev/null |
		sed -n '/"s2trace.summary/s/.*"mapped": *\([0-9]*\).*/\1/p'
}

start_bpftrace() { start_peer bpftrace -e "$1"; }
ready_bpftrace()
{
	until grep -q '^Attaching' "$OUT"; do
		sleep 1
		[ -d "/proc/$PID" ] || return 1
	done
	settled
}
seen_bpftrace() { sed -n 's/^@n.*: \([0-9]*\)$/\1/p' "$OUT"; }

start_bpftrace_printf() { start_bpftrace "$1"; }
ready_bpftrace_printf() { ready_bpftrace; }
seen_bpftrace_printf() { grep -cE '^[0-9]+ [0-9]+ [0-9a-f]+$' "$OUT"; }

# shellcheck disable=SC2086 # words are wanted
start_trace_cmd() { start_peer trace-cmd record -o "$DATA" $1; }
ready_trace_cmd() { settled; }
seen_trace_cmd() { in_peers trace-cmd report -i "$DATA" 2>/dev/null | grep -c kvm_guest_fault: ; }

# shellcheck disable=SC2086 # words are wanted
start_perf() { start_peer perf record -a -o "$DATA" $1; }
ready_perf() { settled; }
seen_perf() { in_peers perf report -i "$DATA" --stats 2>/dev/null | awk '/SAMPLE events:/ { print $3; exit }'; }

# --- One row ---

stop()
{
	[ -n "$PID" ] || return 0
	kill -INT "$PID" 2>/dev/null
	( sleep 600; kill -KILL "$PID" 2>/dev/null ) &
	wait "$PID"
	kill $! 2>/dev/null
	PID=
}

complain()
{
	result failed "$*"
	tail -n 5 "$OUT" "$OUT.err" 2>/dev/null | sed "s/^/$id: /" >&2
	stop
}

run_row()
{
	local kind=$1 command=$2
	rm -rf "$OUT" "$OUT.err" "$DATA"*
	"start_$kind" "$command"
	"ready_$kind" || { complain "did not start"; return; }
	/tmp/bench_guest "$PAGES" "$PASSES" >/tmp/passes || { complain "the guest failed"; return; }
	sleep 2
	[ -z "$PID" ] || [ -d "/proc/$PID" ] || { complain "ended early"; return; }
	stop
	while read -r line; do result "$line"; done </tmp/passes
	result seen "$("seen_$kind" "$command")"
}

cp /s2trace/bin/* /tmp/
mount_peers
while IFS='|' read -r id _ kind what command <&3; do
	echo ">> $what" >&2
	run_row "$kind" "$command"
done 3</s2trace/rows
id=again
run_row nobody ''
