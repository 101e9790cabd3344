# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A guest that faults all the time: first alone, then beside `s2trace map` in a loop, then
# beside reads of debugfs' stage2_page_tables, which holds mmu_lock for write. Measures lock
# contention, with a kprobe on the slow path of rwlocks, and the duration of faults.
# map-lock.py, outside, compares.

out=/s2trace/out/map-lock/$S2_PROFILE
# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh

KVM=/sys/kernel/debug/kvm
TRACING=/sys/kernel/tracing
SECONDS_EACH=${SECONDS_EACH:-6}

[ -d $TRACING/events ] || mount -t tracefs none $TRACING
for way in read write; do
	echo "p:s2/$way queued_${way}_lock_slowpath" >>$TRACING/kprobe_events
	echo 1 >$TRACING/events/s2/$way/enable
done

# hits WAY: print how often that slow path was taken since the probes were set.
hits()
{
	awk -v way="$1" '$1 == way { print $2 }' $TRACING/kprobe_profile
}

# Without a pause, until stopped. Prints totals only, because reading is what matters.
read_map()
{
	exec s2trace map --summary --json -n 1000000 >"$out/map.sums"
}

read_debugfs()
{
	while cat "$KVM"/*-*/stage2_page_tables; do
		echo read >>"$out/debugfs.sums"
	done >/dev/null
}

read_nothing()
{
	echo read >"$out/nothing.sums"
	exec sleep 100000
}

# In nanoseconds, as in events.
now()
{
	awk '{ printf "%.0f\n", $1 * 1e9 }' /proc/uptime
}

# phase NAME: run that reader; record the time span, the number of reads, and the waits.
phase()
{
	local reader begin before r w
	"read_$1" &
	reader=$!
	within 60 test -s "$out/$1.sums"
	before=$(wc -l <"$out/$1.sums")
	r=$(hits read) w=$(hits write) begin=$(now)
	sleep "$SECONDS_EACH"
	r=$(($(hits read) - r)) w=$(($(hits write) - w))
	echo "$1 $begin $(now) $(($(wc -l <"$out/$1.sums") - before)) $r $w" | tee -a "$out/phases"
	kill $reader
	wait $reader 2>/dev/null
}

# The guest's first command is done: all of its memory has been touched.
touched()
{
	[ "$(cat "$KVM/$guest"-*/mmio_exit_user)" -gt 0 ]
}

s2guest anon --size 64M --seconds 100000 --rate 2000 >/dev/null 2>&1 &
guest=$!
within 120 touched
start_trace "$out/trace.json" --vm "$guest" --ring-size 64M
phase nothing
phase map
phase debugfs
kill $guest
stop_trace
check "s2trace exits successfully" test $? = 0
exit $failed
