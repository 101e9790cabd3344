# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Failures of s2trace and of others: s2trace killed under load, VMs that die during a fault
# or come and go, and everything that keeps s2trace from working.
# shellcheck disable=SC2317,SC2329 # check calls the functions

out=/s2trace/out/faults/$S2_PROFILE
# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh

no_vms() { [ "$(bpfcount vms)" = 0 ]; }
before=$(bpfcount)
echo "before: $before"

# load SECONDS: start two guests that fault all the time.
load()
{
	s2guest anon --size 8M --seconds "$1" --rate 20000 >"$out/load.1" &
	guest1=$!
	s2guest usemem --seconds "$1" --rate 100 >"$out/load.2" &
	guest2=$!
}

killed_in_mid_load()
{
	start_trace "$out/killed.json"
	s2trace top --json -d 0.2 >"$out/killed.top" 2>&1 &
	top=$!
	within 20 test -s "$out/killed.top"
	check "programs are loaded while s2trace runs" test "$(bpfcount)" != "$before"
	load 6
	within 20 grep -q '"pid":'$guest1 "$out/killed.json"
	sleep 1
	kill -KILL $tracer $top
	wait $tracer $top 2>/dev/null
	check "SIGKILL leaves no program, map or link behind" within 20 nothing_loaded
	check "the first guest survives SIGKILL of s2trace" wait $guest1
	check "the second guest survives SIGKILL of s2trace" wait $guest2
}

guest_killed_in_mid_fault()
{
	start_trace "$out/dying.json" --all
	s2guest anon --size 64M --vcpus 4 --seconds 30 --rate 1000000 >/dev/null &
	guest=$!
	within 20 grep -q '"outcome":"mapped"' "$out/dying.json"
	kill -KILL $guest
	wait $guest 2>/dev/null
	check "a VM that dies during a fault is reported as destroyed" \
		within 10 grep -q '"event":"destroyed"' "$out/dying.json"
	check "and leaves no entry in the table of VMs" within 5 no_vms
	stop_trace
	check "s2trace exits successfully after it" test $? = 0
	check "nothing is left" within 20 nothing_loaded
}

# Fewer rows than VMs, so that rows must be reused. The guest reports how many VMs it
# created.
vms_come_and_go()
{
	start_trace "$out/churn.json" --all --max-vms 64
	s2guest churn --churn 200 >"$out/churn.guest"
	check "200 VMs leave no entry in the table of VMs" within 10 no_vms
	stop_trace
	made=$(sed -n 's/.*"vms":\([0-9]*\),.*/\1/p' "$out/churn.guest")
	check "at least 200 VMs were created ($made)" test "$made" -ge 200
	check "the creation of each is reported" \
		test "$(grep -c '"event":"created"' "$out/churn.json")" = "$made"
	check "the destruction of each is reported" \
		test "$(grep -c '"event":"destroyed"' "$out/churn.json")" = "$made"
	tail -n 1 "$out/churn.json" >/tmp/summary
	check "none was lost" grep -q '"lost_total":0' /tmp/summary
}

# More VMs at once than rows: the others are counted as lost.
too_many_vms()
{
	start_trace "$out/full.json" --max-vms 1
	s2guest anon --size 1M --hold 4 >/dev/null &
	sleep 1
	s2guest anon --size 1M >/dev/null
	wait $!
	stop_trace
	check "a full table of VMs is counted as loss" grep -q '"vm_table":[1-9]' "$out/full.json"
}

no_privilege()
{
	chmod 755 /
	grep -q nobody /etc/passwd 2>/dev/null ||
		echo 'nobody:x:65534:65534::/:/bin/sh' >>/etc/passwd
	check "without privilege: a clear message" \
		fails_with "CAP_BPF" su -s /bin/sh nobody -c "/s2trace/bin/s2trace trace -n 1"
	su -s /bin/sh nobody -c "/s2trace/bin/s2trace trace --json -n 1" >/tmp/stdout 2>/dev/null
	check "with --json the error is an object on stdout" \
		grep -q '"schema":"s2trace.error/1"' /tmp/stdout
	su -s /bin/sh nobody -c "/s2trace/bin/s2trace check" >/tmp/stdout 2>&1
	check "check works without privilege" grep -q 'FEAT_S2FWB' /tmp/stdout
}

no_btf()
{
	mount -t tmpfs none /sys/kernel/btf
	check "without BTF: a clear message" fails_with "CONFIG_DEBUG_INFO_BTF" s2trace trace -n 1
	umount /sys/kernel/btf
}

bad_options()
{
	check "an unknown backend is rejected" fails_with "no backend 'magic'" \
		s2trace trace --backend magic
}

closed_output()
{
	s2guest anon --size 8M --seconds 5 --rate 20000 >/dev/null &
	s2trace trace 2>/dev/null | head -n 5 >/dev/null
	check "s2trace exits when its reader does" within 5 nothing_loaded
	wait $!
}

killed_in_mid_load
guest_killed_in_mid_fault
vms_come_and_go
too_many_vms
no_privilege
no_btf
bad_options
closed_output
exit $failed
