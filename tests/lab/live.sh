# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Run in the host by scripts/live: guests at work, and s2trace looking on.
#
#   gpu0   RAM, BAR0, resmem and usemem of the GPU; a host that must refuse
#          cacheable PFNMAP refuses the latter
#   web1   ordinary memory, two vCPUs
#   nic2   a BAR of a device of plain vfio-pci
#   old3   device memory that the VMM wants dirty logging for: always refused
#   ci     VMs that come and go

FOREVER=1000000

guest()
{
	local name=$1
	shift
	s2guest "$@" --name "$name" >/dev/null 2>"/tmp/$name.err" &
}

# What is decided when a VM starts is seen only by who was there before.
wait_for_s2trace()
{
	until grep -qs '^link_type' /proc/"$(pidof s2trace)"/fdinfo/*; do
		sleep 0.2
	done
}

guests()
{
	wait_for_s2trace
	guest gpu0 gpu --seconds $FOREVER --rate 100
	guest web1 anon --vcpus 2 --size 16M --seconds $FOREVER --rate 200
	guest nic2 bar --seconds $FOREVER --rate 40
	guest old3 dirty-device --hold $FOREVER
	while sleep 10; do
		s2guest churn --churn 1 --name ci >/dev/null 2>&1
	done
}

guests &
if [ -n "${LIVE_SECONDS:-}" ]; then
	s2trace top --duration "$LIVE_SECONDS" >/s2trace/out/top.txt
else
	s2trace top
fi
status=$?
cat /tmp/*.err >&2
exit $status
