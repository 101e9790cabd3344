# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A host with more CPUs than s2trace has rings: a VM on each CPU, and one on all of them. cpus.py,
# outside, adds up what was caused, counted, received and lost, and checks the order of time.

out=/s2trace/out/cpus/$S2_PROFILE
# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh

cpus=$(nproc)
before=$(bpfcount)
echo "$cpus" >"$out/nproc"

# One VM after another on each CPU, GROUP at once. With more, each invalidation of
# a TLB makes QEMU wait for that many busy threads.
GROUP=4

run_some()
{
	local name=$1 cpu=$2
	while [ "$cpu" -lt "$cpus" ]; do
		taskset -c "$cpu" s2guest anon --name "cpu$cpu" --size 2M --fwb 1 --dic 1 \
			>"$out/$name.$cpu.guest"
		cpu=$((cpu + GROUP))
	done
}

run_pinned()
{
	local first=0
	while [ $first -lt $GROUP ]; do
		run_some "$1" $first &
		guests="$guests $!"
		first=$((first + 1))
	done
	# shellcheck disable=SC2086 # words are wanted
	wait $guests
	guests=
}

# run NAME RING-SIZE
run()
{
	start_trace "$out/$1.json" --ring-size "$2"
	run_pinned "$1"
	[ "$1" = small ] || s2guest anon --name wide --vcpus "$cpus" --size 2M --fwb 1 --dic 1 \
		>"$out/$1.wide"
	stop_trace
	check "s2trace exits successfully with rings of $2" test $? = 0
}

run ample 32M
run small 4K
check "nothing is left" within 10 nothing_loaded
exit $failed
