# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The arm64 libraries to link the static s2trace with. They come from bookworm on every
# machine, because trixie's libelf.a is incomplete (eu_search_tree_*). Needs common.sh and
# apt.sh.

# aarch64_sysroot: print the directory (for -DS2TRACE_SYSROOT=).
aarch64_sysroot()
{
	local root
	root=$(deb_root deps bookworm arm64 \
		libbpf-dev libelf-dev zlib1g-dev libzstd-dev libncurses-dev libc6-dev) ||
		return
	# Everything is linked statically: keep find_library() from finding shared libraries.
	rm -f "$root"/usr/lib/aarch64-linux-gnu/*.so
	echo "$root"
}
