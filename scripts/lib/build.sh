# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Build the programs of this tree. Needs common.sh, apt.sh and sysroot.sh.

BUILD=$S2TRACE_ROOT/build
# shellcheck disable=SC2034 # for those who source this
NATIVE=$BUILD/native AARCH64=$BUILD/aarch64 GUEST=$BUILD/guest

# On Debian, bpftool and others are only in root's PATH.
PATH=$PATH:/usr/sbin:/sbin

# Packages for every build: BPF programs include libbpf's headers from the build machine.
build_packages() { echo make cmake pkg-config clang bpftool libbpf-dev; }

native_packages()
{
	echo "$(build_packages)" gcc libc6-dev git llvm python3 \
		libelf-dev zlib1g-dev libzstd-dev libncurses-dev
}

test_packages() { echo libcmocka-dev libjansson-dev shellcheck cppcheck clang-format sparse perl; }

# The compiler of build_aarch64. arm64 machines have it under this name, too.
cross_packages()
{
	if [ "$(host_arch)" = arm64 ]; then
		echo gcc libc6-dev
	else
		echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross
	fi
}

lab_packages()
{
	echo debian-archive-keyring device-tree-compiler cpio xz-utils python3
}

# cmake_build DIR SOURCE OPTION...: configure, and build what has changed.
cmake_build()
{
	local dir=$1 src=$2
	shift 2
	with_progress "configuring ${dir#"$S2TRACE_ROOT/"}" "$dir.configure.log" \
		cmake -S "$src" -B "$dir" "$@" &&
		with_progress "building ${dir#"$S2TRACE_ROOT/"}" "$dir.log" \
			cmake --build "$dir" -j "$(nproc)"
}

# build_native: build for this machine, with sanitizers and all tests.
build_native()
{
	cmake_build "$NATIVE" "$S2TRACE_ROOT" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DS2TRACE_SANITIZE=ON -DBUILD_TESTING=ON "$@"
}

# build_aarch64: build the static arm64 s2trace, and the guest of the lab.
build_aarch64()
{
	local sysroot cross
	sysroot=$(aarch64_sysroot) || return
	cross=(--toolchain "$S2TRACE_ROOT/cmake/aarch64.cmake" "-DS2TRACE_SYSROOT=$sysroot")
	cmake_build "$AARCH64" "$S2TRACE_ROOT" "${cross[@]}" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DS2TRACE_STATIC=ON -DBUILD_TESTING=OFF &&
		cmake_build "$GUEST" "$S2TRACE_ROOT/tests/lab/guest" "${cross[@]}"
}
