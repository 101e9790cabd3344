# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Start and stop s2trace 50 times, with every backend in turn, while guests run: nothing may
# be left behind, and no guest may be disturbed. tests/lab/run searches the console for
# splats.

out=/s2trace/out/restart/$S2_PROFILE
# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh

TIMES=${S2_TIMES:-50}
TRACING=/sys/kernel/tracing
KPROBES=/sys/kernel/debug/kprobes/list

# Programs, maps and links; functions with ftrace callbacks; kprobes.
left_behind()
{
	bpfcount
	wc -l <$TRACING/enabled_functions
	wc -l <$KPROBES
}

as_before() { [ "$(left_behind)" = "$before" ]; }

# The order. Attaching kprobes takes a second each in emulation, so they come less often.
backend_of_turn()
{
	case $(($1 % 10)) in
	0) echo kprobe ;;
	1 | 4 | 7) echo fentry ;;
	2 | 5) echo map ;;
	*) echo tracepoint ;;
	esac
}

# Half of them exit by themselves, the others with ^C under load.
one_turn()
{
	local n=$1 backend=$2 file=$out/turn
	rm -f "$file"
	case $backend in
	map) s2trace map --json >"$file" 2>"$file.err"; return ;;
	esac
	if [ $((n % 2)) = 0 ]; then
		timeout 60 s2trace trace --json --all --backend "$backend" -n 50 \
			>"$file" 2>"$file.err" || return
	else
		start_trace "$file" --all --backend "$backend"
		stop_trace || return
	fi
	grep -q '"outcome":"mapped"' "$file"
}

before=$(left_behind)
s2guest anon --size 16M --vcpus 2 --seconds 100000 --rate 500 >"$out/guest.1" 2>&1 &
guests=$!
s2guest gpu --seconds 100000 --rate 50 >"$out/guest.2" 2>&1 &
guests="$guests $!"
within 20 sh -c "ls -d /sys/kernel/debug/kvm/${guests% *}-*"

good=0
for n in $(seq 1 "$TIMES"); do
	backend=$(backend_of_turn "$n")
	began=$(date +%s)
	if one_turn "$n" "$backend"; then
		good=$((good + 1))
		echo "turn $n, $backend: $(($(date +%s) - began)) s"
	else
		echo "turn $n, $backend: status $?"
		cat "$out/turn.err"
	fi
done
check "s2trace started and stopped $TIMES times ($good)" test "$good" = "$TIMES"
check "nothing is left" within 20 as_before
for guest in $guests; do
	kill -INT "$guest"
	wait "$guest"
	check "guest $guest was not disturbed" test $? = 0
done
exit $failed
