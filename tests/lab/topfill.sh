# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# VMs that mapped memory and are idle when `s2trace top` starts: it must know what they map.
# topfill.py, outside, compares.

out=/s2trace/out/topfill/$S2_PROFILE
# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh

# guest SITUATION OPTION...
guest() { start_guest "$out/$1.guest" "$@"; }

# A VM that starts while top is running is read too, and one that is gone maps nothing.
coming_and_going()
{
	s2trace top --json --interval 0.5 >"$out/later.json" &
	top=$!
	within 30 test -s "$out/later.json"
	s2guest anon --size 8M --name late --hold 2 >"$out/late.guest"
	within 30 grep -q '"alive":false' "$out/later.json"
	kill -INT $top
	wait $top
}

# VMs that end while programs are being attached must not stay in the list for ever.
ending_meanwhile()
{
	s2trace top --json --duration 14 >"$out/ending.json" &
	top=$!
	until [ -s "$out/ending.json" ]; do
		s2guest churn --churn 2 --name brief >/dev/null
	done
	wait $top
}

case $S2_PROFILE in
*pkvm*)
	guest pvm
	guest thp --size 16M
	;;
*)
	guest thp --size 64M
	guest devmem
	guest bar
	guest anon --size 4M
	;;
esac
check "top shows idle VMs" eval 's2trace top --json -n 1 >"$out/top.json"'
check "top writes it as text" eval 's2trace top -n 1 >"$out/text"'
cat "$out/text"
check "top has room for one" eval 's2trace top --json -n 1 --max-vms 1 >"$out/cut.json"'
check "top shows VMs that come and go" coming_and_going
check "top ends by itself" ending_meanwhile
stop_guests
exit $failed
