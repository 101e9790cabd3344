# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Run in the host by lab.boot.*: check that the host is what its profile says.
# shellcheck disable=SC2317,SC2329 # check calls the functions

# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh

# feature NAME 0|1: whether the kernel has detected it in the CPU.
feature()
{
	local n
	n=$(dmesg | grep -c "CPU features: detected: $1")
	[ "$((n > 0))" = "$2" ]
}

kvm_mode() { test -c /dev/kvm && dmesg | grep -q "kvm.*: $1 mode initialized"; }

bound() { [ -d "/sys/bus/pci/drivers/$2/$1/vfio-dev" ]; }

# Every range of the kernel's memory must end below the GPU's memory.
not_kernel_memory()
{
	local end kind found=1
	while IFS='- ' read -r _ end _ kind; do
		[ "$kind" = "System RAM" ] || continue
		[ "$((0x$end))" -lt "$S2_GPU_MEM_BASE" ] || return 1
		found=0
	done </proc/iomem
	return "$found"
}

case $(cat /proc/cmdline) in
*mode=protected*) mode='Protected.*' ;;
*mode=nested*) mode='VHE+NV2' ;;
*mode=nvhe*) mode='Hyp nVHE' ;;
*) mode=VHE ;;
esac
check "KVM is there, in mode $mode" kvm_mode "$mode"
check "FWB is $S2_FWB" feature "Stage-2 Force Write-Back" "$S2_FWB"
check "DIC is $S2_DIC" feature "Instruction cache invalidation not required" "$S2_DIC"
check "nvgrace-gpu has the GPU" bound "$S2_GPU" nvgrace_gpu_vfio_pci
check "vfio-pci has the other device" bound "$S2_PCI" vfio-pci
check "the GPU's memory is not the kernel's" not_kernel_memory
check "the kernel has BTF" test -s /sys/kernel/btf/vmlinux
check "huge pages are reserved" test "$(cat /proc/sys/vm/nr_hugepages)" -gt 0
exit $failed
