# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The arm64 libraries that the static s2trace is linked with. They are bookworm's
# on every machine: the libelf.a of trixie lacks a part (eu_search_tree_*) and
# cannot be linked with. Needs common.sh and apt.sh.

# aarch64_sysroot: print the directory (for -DS2TRACE_SYSROOT=).
aarch64_sysroot()
{
	local root
	root=$(deb_root deps bookworm arm64 \
		libbpf-dev libelf-dev zlib1g-dev libzstd-dev libncurses-dev libc6-dev) ||
		return
	# Everything is linked statically: let no find_library() find the other.
	rm -f "$root"/usr/lib/aarch64-linux-gnu/*.so
	echo "$root"
}
