# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The emulated host: profiles, device tree, initramfs and QEMU. Sourced by the scripts of
# the lab. Functions named host_* use the profile set by host_profile.
# shellcheck disable=SC2034 # much is set here for those who source this
# shellcheck disable=SC2054 # QEMU separates with commas

# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/common.sh"
# shellcheck source=scripts/lib/apt.sh
. "$S2TRACE_ROOT/scripts/lib/apt.sh"

readonly LAB=$S2TRACE_ROOT/tests/lab

# The physical address space of the host. QEMU's RAM starts at 1 GiB and ends with the
# memory of the GPU. The kernel must not use the latter: its command line limits its memory.
readonly HOST_RAM_BASE=$((1 << 30))
readonly HOST_RAM_SIZE=$((4 << 30))
readonly GPU_MEM_BASE=$((HOST_RAM_BASE + HOST_RAM_SIZE))
readonly GPU_MEM_SIZE=$((2 << 30))
# Reserved memory, for the header of host_vmcore.
readonly VMCORE_BASE=$((GPU_MEM_BASE - (64 << 20)))
readonly VMCORE_SIZE=4096
# After it, for a GPU that consists of RAM: its configuration space and BAR0.
readonly ECAM_BASE=$((GPU_MEM_BASE + GPU_MEM_SIZE))
readonly ECAM_SIZE=$((1 << 20))
readonly BAR0_BASE=$((ECAM_BASE + (16 << 20)))
readonly BAR0_SIZE=$((16 << 20))
readonly HOST_END=$((BAR0_BASE + BAR0_SIZE))

profile_names() { awk '!/^#/ && NF { print $1 }' "$LAB/profiles"; }

# host_profile NAME: select a line of the table.
host_profile()
{
	local line
	line=$(awk -v n="$1" '$1 == n' "$LAB/profiles")
	[ -n "$line" ] || die "no profile '$1'; there are: $(profile_names | xargs)"
	read -r HOST_PROFILE HOST_QEMU HOST_CPU HOST_MACHINE HOST_GPU \
		HOST_FWB HOST_DIC HOST_ARGS _ <<<"$line"
	[ "$HOST_MACHINE" = - ] && HOST_MACHINE=
	[ "$HOST_ARGS" = - ] && HOST_ARGS=
	HOST_ARGS="mem=$((HOST_RAM_SIZE >> 20))M $HOST_ARGS"
	HOST_MACHINE=virt,virtualization=on,gic-version=3,iommu=smmuv3${HOST_MACHINE:+,$HOST_MACHINE}
	HOST_GPU_BDF=0000:00:02.0
	[ "$HOST_GPU" != blackwell ] || HOST_GPU_BDF=0001:00:00.0
	HOST_PCI_BDF=0000:00:03.0
}

# host_qemu: set QEMU to the emulator of that profile. It runs from the cache with the
# libraries of its own suite, so that it is the same on every machine, and two versions can
# coexist.
host_qemu()
{
	local arch root lib
	arch=$(host_arch) && root=$(deb_root deps "$HOST_QEMU" "$arch" qemu-system-arm) || return
	lib=$root/usr/lib/$(multiarch_of "$arch")
	export QEMU_MODULE_DIR=$lib/qemu
	QEMU=("$(echo "$lib"/ld-linux-*.so.?)" --library-path "$lib:$root/usr/lib"
		"$root/usr/bin/qemu-system-aarch64" -L "$root/usr/share/qemu")
}

# host_machine ICOUNT CPUS: set MACHINE to the hardware options. BAR0 of the two display
# devices is plain RAM. The first is the GPU (of type hopper), the second is passed through
# with plain vfio-pci.
host_machine()
{
	local icount=$1 cpus=$2
	MACHINE=(-M "$HOST_MACHINE" -cpu "$HOST_CPU" -smp "$cpus"
		-m "$(((HOST_END - HOST_RAM_BASE) >> 20))"
		-nodefaults -display none -no-reboot
		-device bochs-display,addr=2,romfile=
		-device bochs-display,addr=3,romfile=)
	if [ "$icount" = 1 ]; then
		MACHINE+=(-accel tcg,thread=single -icount "shift=0,sleep=off")
	else
		MACHINE+=(-accel tcg,thread=multi)
	fi
}

# host_devicetree FILE: QEMU's device tree, with the location of the GPU's memory, which
# firmware provides on a real machine.
host_devicetree()
{
	local dtb=$1 gpu=/pcie@10000000/gpu@2,0
	with_log "$dtb.log" "${QEMU[@]}" "${MACHINE[@]}" -machine "dumpdtb=$dtb" || return
	if [ "$HOST_GPU" = blackwell ]; then
		blackwell_bridge "$dtb" && gpu=/pcie@$(printf %x "$ECAM_BASE")/gpu@0,0
		fdtput -p -t x "$dtb" "$gpu" reg 0 0 0 0 0
	else
		fdtput -p -t x "$dtb" "$gpu" reg 1000 0 0 0 0
	fi
	fdt_u64 "$dtb" "$gpu" nvidia,gpu-mem-base-pa "$GPU_MEM_BASE"
	fdt_u64 "$dtb" "$gpu" nvidia,gpu-mem-size "$GPU_MEM_SIZE"
}

# host_vmcore FILE: make the memory of the GPU available in /proc/vmcore, too. Among the
# drivers in Debian's kernels, only this one maps memory without page structures with the
# attribute of normal memory, as nvgrace-gpu does.
host_vmcore()
{
	local dtb=$1
	"$LAB/vmcore.py" "$VMCORE_BASE" "$GPU_MEM_BASE" "$GPU_MEM_SIZE" "$dtb.vmcore" || return
	fdt_u64 "$dtb" /chosen linux,elfcorehdr "$VMCORE_BASE" "$VMCORE_SIZE"
	MACHINE+=(-device "loader,file=$dtb.vmcore,addr=$VMCORE_BASE,force-raw=on")
}

# blackwell_bridge DTB: add a second PCI host bridge, whose configuration space is RAM
# filled by config-space.py. For the SMMU and the ITS, its requester IDs are those of a bus
# that the first bridge does not have.
blackwell_bridge()
{
	local dtb=$1 node smmu its bar0
	node=/pcie@$(printf %x "$ECAM_BASE")
	read -r _ smmu _ < <(fdtget -t x "$dtb" /pcie@10000000 iommu-map)
	read -r _ its _ < <(fdtget -t x "$dtb" /pcie@10000000 msi-map)
	fdtput -p -t s "$dtb" "$node" compatible pci-host-ecam-generic
	fdtput -t s "$dtb" "$node" device_type pci
	fdtput -t x "$dtb" "$node" "#address-cells" 3
	fdtput -t x "$dtb" "$node" "#size-cells" 2
	fdtput -t x "$dtb" "$node" bus-range 0 0
	fdtput -t x "$dtb" "$node" linux,pci-domain 1
	fdtput -t x "$dtb" "$node" linux,pci-probe-only 1
	fdtput -t x "$dtb" "$node" iommu-map 0 "$smmu" 8000 100
	fdtput -t x "$dtb" "$node" msi-map 0 "$its" 8000 100
	fdtput "$dtb" "$node" dma-coherent
	fdt_u64 "$dtb" "$node" reg "$ECAM_BASE" "$ECAM_SIZE"
	bar0=$(cells "$BAR0_BASE")
	# shellcheck disable=SC2046,SC2086 # lists of cells
	fdtput -t x "$dtb" "$node" ranges 3000000 $bar0 $bar0 $(cells "$BAR0_SIZE")
	"$LAB/config-space.py" "$BAR0_BASE" "$BAR0_SIZE" "$dtb.ecam" &&
		MACHINE+=(-device "loader,file=$dtb.ecam,addr=$ECAM_BASE,force-raw=on")
}

# cells VALUE...: print each as two cells of a device tree.
cells()
{
	local v
	for v; do
		printf '%x %x ' $((v >> 32)) $((v & 0xffffffff))
	done
}

# fdt_u64 DTB NODE PROPERTY VALUE...
fdt_u64()
{
	local dtb=$1 node=$2 prop=$3
	shift 3
	# shellcheck disable=SC2046 # a list
	fdtput -p -t x "$dtb" "$node" "$prop" $(cells "$@")
}

# with_log LOG CMD...: run CMD, and show its output only if it fails.
with_log()
{
	local log=$1
	shift
	"$@" >"$log" 2>&1 </dev/null || { cat "$log" >&2; return 1; }
}

# host_initramfs: print the path of an initramfs with busybox and host/.
host_initramfs()
{
	local key out
	key=$(find "$LAB/host" -type f | sort | xargs cat | cat - "$LAB/lib.sh" | hash_of -)
	out=$S2TRACE_CACHE/initramfs-$key.cpio.gz
	locked initramfs make_initramfs "$out" >&2 && echo "$out"
}

make_initramfs()
{
	local out=$1 root tmp
	[ -e "$out" ] && return
	root=$(deb_root alone trixie arm64 busybox-static) && install_missing cpio || return
	tmp=$(mktemp -d) || return
	mkdir -p "$tmp"/{bin,dev,proc,sys,tmp,run,root,etc,lab,s2trace}
	install "$root/usr/bin/busybox" "$tmp/bin/busybox"
	install "$LAB"/host/bin/* "$tmp/bin/"
	install "$LAB/host/init" "$tmp/init"
	(cd "$tmp" && find . | LC_ALL=C sort |
		cpio --quiet -o -H newc -R 0:0 --reproducible) | gzip -n1 >"$out.tmp" &&
		mv "$out.tmp" "$out"
	rm -rf "$tmp"
}

# has_9p IMAGE: whether that kernel can mount a share. 9p is built in, or its modules are
# beside the Image. Debian's archive keeps some Images longer than their modules.
has_9p()
{
	[ ! -d "${1%/*}/modules" ] || [ -n "$(find "${1%/*}/modules" -name '*-9p.ko')" ]
}

# host_initrd IMAGE FILE LAB SHARE: write the initramfs for that Image to FILE. Adds modules
# beside the Image, and the contents of the shares if the kernel cannot mount them.
host_initrd()
{
	local image=$1 out=$2 base modules=${1%/*}/modules
	base=$(host_initramfs) || return
	[ -d "$modules" ] || { echo "$base"; return; }
	cp "$base" "$out" && directory_cpio "$modules" lib/host >>"$out" || return
	if ! has_9p "$image"; then
		{ directory_cpio "$3" lab && directory_cpio "$4" s2trace; } >>"$out" || return
	fi
	echo "$out"
}

# directory_cpio FROM TO: archive the contents of FROM, to appear at TO in an initramfs.
directory_cpio()
{
	local tmp
	tmp=$(mktemp -d) && mkdir -p "$tmp/$2" && cp -a "$1/." "$tmp/$2/" || return
	(cd "$tmp" && find "${2%%/*}" | LC_ALL=C sort |
		cpio --quiet -o -H newc -R 0:0) | gzip -n1
	rm -rf "$tmp"
}
