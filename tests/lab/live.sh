# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Run in the host by scripts/live: guests at work, and s2trace looking on.
#
#   gpu0   RAM, BAR0, resmem and usemem of the GPU; a host that must refuse
#          cacheable PFNMAP refuses the latter. Debian's kernels have no
#          nvgrace-gpu: there /proc/vmcore gives the GPU's memory, and
#          vfio-pci has the device
#   web1   ordinary memory, two vCPUs
#   nic2   a BAR of a device of plain vfio-pci
#   old3   device memory that the VMM wants dirty logging for: always refused
#   ci     VMs that come and go

FOREVER=1000000

# guest NAME SITUATION OPTION...: start a guest. With these options it need not create
# another VM to query KVM.
guest()
{
	local name=$1
	shift
	s2guest "$@" --fwb "$S2_FWB" --dic "$S2_DIC" --era "$S2_ERA" --name "$name" >/dev/null 2>"/tmp/$name.err" &
}

# s2trace_has REGEX: whether s2trace has a file descriptor whose fdinfo matches.
s2trace_has() { grep -qs "$1" /proc/"$(pidof s2trace)"/fdinfo/*; }

# Wait for s2trace to attach, so that it sees the decisions at the start of the VMs. Then it
# loads a program that reads the tables (BPF_PROG_TYPE_SYSCALL), which takes seconds in
# emulation, and twice as long beside running guests. It may fail to load.
wait_for_s2trace()
{
	local left=100
	until s2trace_has '^link_type'; do
		sleep 0.2
	done
	until s2trace_has '^prog_type:[^0-9]*31$' || [ $left = 0 ]; do
		left=$((left - 1))
		sleep 0.2
	done
}

guests()
{
	wait_for_s2trace
	guest gpu0 gpu --device "$S2_GPU" --seconds $FOREVER --rate 100
	guest web1 anon --vcpus 2 --size 16M --seconds $FOREVER --rate 200
	guest nic2 bar --device "$S2_PCI" --seconds $FOREVER --rate 40
	guest old3 dirty-device --phys "$S2_GPU_MEM_BASE" --hold $FOREVER
	while sleep 10; do
		s2guest churn --churn 1 --name ci >/dev/null 2>&1
	done
}

[ -d /sys/bus/pci/drivers/nvgrace_gpu_vfio_pci ] ||
	gpu-setup "$S2_GPU" vfio-pci >/dev/kmsg 2>&1
guests &
if [ -n "${LIVE_SECONDS:-}" ]; then
	s2trace top -n $((LIVE_SECONDS + 1)) >/s2trace/out/top.txt
else
	s2trace top
fi
status=$?
cat /tmp/*.err >&2
exit $status
