# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Kernels of the lab, built from Debian's source: unchanged ("base") and with our patches
# ("s2trace"). Both come from one build tree, so that the second one, and every later
# version of the series, is an incremental build. "-64k" and "-debug" after either have the
# options in tests/lab/kernel-NAME.config, and a build of their own. "base-NAME" has
# tests/lab/variants/NAME.patch, which makes KVM decide like a vendor's kernel: those are
# never patched by us. stock.sh adds kernels as Debian ships them. Needs common.sh and apt.sh.

readonly KERNEL_CACHE=$S2TRACE_CACHE/kernel
readonly KERNEL_CONFIG=$S2TRACE_ROOT/tests/lab/kernel.config
readonly KERNEL_VARIANTS=$S2TRACE_ROOT/tests/lab/variants
readonly KERNEL_SUITES='trixie-backports forky sid trixie bookworm'

# shellcheck source=scripts/lib/stock.sh
. "$S2TRACE_ROOT/scripts/lib/stock.sh"

# Packages to build a kernel with our configuration, and to cross-compile it.
kernel_packages()
{
	echo gcc make patch xz-utils flex bison bc libssl-dev libelf-dev pahole \
		python3 perl rsync cpio kmod
	[ "$(host_arch)" = arm64 ] || echo gcc-aarch64-linux-gnu
}

# patched_versions: print each X.Y that has patches, newest first.
patched_versions()
{
	find "$S2TRACE_ROOT/patches" -maxdepth 1 -name 'linux-*' -printf '%f\n' 2>/dev/null |
		sed 's/^linux-//' | sort -rV
}

# kernel_version: print the newest X.Y with patches whose source is available.
kernel_version()
{
	local v
	for v in ${S2TRACE_KERNEL_VERSION:-$(patched_versions)}; do
		[ -e "$KERNEL_CACHE/$v/version" ] && [ -z "${S2TRACE_REFRESH:-}" ] &&
			{ echo "$v"; return; }
		source_suite "$v" >/dev/null && { echo "$v"; return; }
	done
	die "none of Debian's suites ($KERNEL_SUITES) has the source of a kernel that patches/ is for ($(patched_versions | xargs)); S2TRACE_KERNEL can name an Image of your own"
}

# source_suite X.Y: print the first suite that has that source.
source_suite()
{
	local s
	for s in $KERNEL_SUITES; do
		[ -n "$(apt_newest "$s" "$(host_arch)" "linux-source-${1/./\\.}")" ] &&
			{ echo "$s"; return; }
	done
	return 1
}

# kernel_source X.Y: print the directory of Debian's source. A fetched source is kept,
# because new kernels replace old ones in the archive; S2TRACE_REFRESH=1 fetches the newest.
kernel_source()
{
	local dir=$KERNEL_CACHE/$1
	locked "kernel-source-$1" fetch_source "$1" "$dir" >&2 || return
	echo "$dir/src"
}

fetch_source()
{
	local v=$1 dir=$2 suite deb new
	[ -e "$dir/version" ] && [ -z "${S2TRACE_REFRESH:-}" ] && return
	need_debian
	suite=$(source_suite "$v") || { warn "no linux-source-$v in $KERNEL_SUITES"; return 1; }
	deb=$(apt_fetch alone "$suite" "$(host_arch)" "linux-source-$v") || return
	new=$(dpkg-deb -f "$deb" Version)
	if [ "$(cat "$dir/version" 2>/dev/null)" != "$new" ]; then
		rm -rf "$dir" && mkdir -p "$dir/src" || return
		with_progress "unpacking Linux $new" "$dir/unpack.log" unpack_source "$deb" "$dir/src" &&
			echo "$new" >"$dir/version" || return
	fi
	rm -f "$deb"
}

unpack_source()
{
	dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
		tar -xJ --strip-components=1 -C "$2"
}

# series X.Y: print the patches in order, without the cover letter.
series() { find "$S2TRACE_ROOT/patches/linux-$1" -name '0*.patch' ! -name '0000-*' | sort; }

# patches WHICH X.Y: print all patches of that kernel, in order.
patches()
{
	local name
	[[ $1 = base* ]] || series "$2"
	name=$(variant "$1")
	[ -z "$name" ] || find "$KERNEL_VARIANTS" -name "$name.patch"
}

cross_compile() { [ "$(host_arch)" = arm64 ] || echo aarch64-linux-gnu-; }

compilers() { gcc --version && "$(cross_compile)gcc" --version; }

# variant WHICH: print NAME of base-NAME or s2trace-NAME.
variant() { [[ $1 != *-* ]] || echo "${1#*-}"; }

# variant_names: print the NAMEs that there are.
variant_names()
{
	find "$KERNEL_VARIANTS" -name '*.patch' -printf '%f\n' 2>/dev/null | sed 's/\.patch$//' | sort
}

# known_kernel WHICH: whether that is a kernel to build.
known_kernel()
{
	case $1 in
	base | base-64k | base-debug | s2trace | s2trace-64k | s2trace-debug) ;;
	base-*) [ -e "$KERNEL_VARIANTS/${1#*-}.patch" ] ;;
	*) return 1 ;;
	esac
}

# Sources and builds. Compiling the debug kernel takes long: with its own sources, it does not
# hold up the others. Variants by patch share one build, a copy of the base kernel's.

# tree_suffix WHICH: print what its source tree and its lock are called.
tree_suffix() { [[ $1 != *-debug ]] || echo -debug; }

# build_dir WHICH X.Y
build_dir()
{
	case $(variant "$1") in
	'') echo "$KERNEL_CACHE/$2/build" ;;
	64k | debug) echo "$KERNEL_CACHE/$2/build-${1#*-}" ;;
	*) echo "$KERNEL_CACHE/$2/build-variants" ;;
	esac
}

# config_parts WHICH X.Y: print the files of its configuration; later ones override earlier
# ones.
config_parts()
{
	local base=${KERNEL_CONFIG%.config} f
	echo "$KERNEL_CONFIG"
	for f in "$base-$2.config" "$base-$(variant "$1").config"; do
		[ ! -e "$f" ] || echo "$f"
	done
}

# kernel_config WHICH X.Y: print kernel.config with the changes for this kernel.
kernel_config()
{
	local parts
	mapfile -t parts < <(config_parts "$1" "$2")
	awk -F '[ =]' '/^(# )?CONFIG_[A-Z0-9_]+[ =]/ {
			name = /^#/ ? $2 : $1
			if (!(name in line)) order[++n] = name
			line[name] = $0
		}
		END { for (i = 1; i <= n; i++) print line[order[i]] }' "${parts[@]}"
}

# kernel_key WHICH X.Y: print a hash of everything that goes into the Image.
kernel_key()
{
	local patches parts
	mapfile -t parts < <(config_parts "$1" "$2")
	mapfile -t patches < <(patches "$1" "$2")
	{
		cat "$KERNEL_CACHE/$2/version" "${parts[@]}"
		"$(cross_compile)gcc" --version | head -n 1
		pahole --version
		[ ${#patches[@]} = 0 ] || cat "${patches[@]}"
	} | hash_of -
}

# kernel_image base|s2trace[-NAME][:X.Y]|stock[:X.Y]|FILE: print the path of that Image;
# build or fetch it if necessary (stock without X.Y: see stock_newest). S2TRACE_KERNEL_BASE
# and S2TRACE_KERNEL name existing ones.
kernel_image()
{
	local v which=${1%%:*}
	case $1 in
	base) [ -z "${S2TRACE_KERNEL_BASE:-}" ] || { existing "$S2TRACE_KERNEL_BASE"; return; } ;;
	s2trace) [ -z "${S2TRACE_KERNEL:-}" ] || { existing "$S2TRACE_KERNEL"; return; } ;;
	stock) v=$(stock_newest) && stock_image "$v"; return ;;
	stock:*) stock_image "${1#*:}"; return ;;
	esac
	known_kernel "$which" || { existing "$1"; return; }
	[[ $1 != *:* ]] || local S2TRACE_KERNEL_VERSION=${1#*:}
	cached_image "$which"
}

existing()
{
	[ -r "$1" ] || { warn "no kernel image '$1'"; return 1; }
	realpath "$1"
}

# built_image WHICH X.Y: print the path of that Image if it is in the cache. Never installs,
# fetches or builds. The key depends on the compiler: without it, no Image is found.
built_image()
{
	local image
	[ -e "$KERNEL_CACHE/$2/version" ] && [ -z "${S2TRACE_REFRESH:-}" ] || return
	image=$KERNEL_CACHE/images/$2-$1-$(kernel_key "$1" "$2" 2>/dev/null)/Image
	[ -e "$image" ] && echo "$image"
}

cached_image()
{
	local which=$1 v key out
	v=$(kernel_version) || return
	built_image "$which" "$v" && return
	# shellcheck disable=SC2046 # a list
	install_missing $(kernel_packages) >&2
	kernel_source "$v" >/dev/null || return
	key=$(kernel_key "$which" "$v") || return
	out=$KERNEL_CACHE/images/$v-$which-$key
	[ -e "$out/Image" ] ||
		locked "kernel-build-$v$(tree_suffix "$which")" build_image "$which" "$v" "$out" >&2 || return
	echo "$out/Image"
}

# empty_if_stale DIR: empty a build tree of other compilers. Its dependencies name their headers,
# and make stops at the first that an upgrade of the distribution removed.
empty_if_stale()
{
	local now
	now=$(compilers) || return
	[ "$now" = "$(cat "$1/compilers" 2>/dev/null)" ] && return
	rm -rf "$1" && mkdir -p "$1" && echo "$now" >"$1/compilers"
}

# seed_build WHICH X.Y: have a build to start from, where that makes it incremental.
seed_build()
{
	local which=$1 v=$2 build
	build=$(build_dir "$which" "$v")
	empty_if_stale "$build" || return
	[ ! -e "$build/.config" ] || return 0
	case $which in
	base | *-64k | *-debug) return ;;
	esac
	build_image base "$v" "$KERNEL_CACHE/images/$v-base-$(kernel_key base "$v")" || return
	[ -e "$build/.config" ] || cp -a "$(build_dir base "$v")/." "$build"
}

build_image()
{
	local which=$1 v=$2 out=$3 dir=$KERNEL_CACHE/$2 build tree f
	[ -e "$out/Image" ] && return
	seed_build "$which" "$v" || return
	build=$(build_dir "$which" "$v")
	tree=$dir/tree$(tree_suffix "$which")
	prepare_tree "$which" "$v" "$tree" &&
		kernel_config "$which" "$v" >"$build/all.config" &&
		with_progress "building Linux $(cat "$dir/version") ($which); the first takes about 15 minutes on 2 cores" \
			"$dir/build-$which.log" make_image "$tree" "$build" || return
	mkdir -p "$out"
	for f in .config System.map arch/arm64/boot/Image; do # Image last: it means complete
		cp "$build/$f" "$out/new" && mv "$out/new" "$out/${f##*/}" || return
	done
}

# make_image TREE BUILD
make_image()
{
	local make
	make=(make -C "$1" "O=$2" ARCH=arm64 "CROSS_COMPILE=$(cross_compile)"
		LOCALVERSION= KBUILD_BUILD_USER=s2trace KBUILD_BUILD_HOST=lab)
	"${make[@]}" KCONFIG_ALLCONFIG="$2/all.config" allnoconfig &&
		config_holds "$2/all.config" "$2/.config" &&
		"${make[@]}" -j"$(nproc)" Image
}

# config_holds WANTED .config: check that Kconfig has not silently dropped options that the
# lab needs.
config_holds()
{
	local missing
	missing=$(grep -E '^CONFIG_[A-Z0-9_]+=[^n]' "$1" | grep -vxFf "$2")
	[ -z "$missing" ] || { echo "not in .config: $missing"; return 1; }
}

# prepare_tree WHICH X.Y TREE: bring the sources of the build to that state. The tree consists
# of hard links to the pristine source; patch and cp create new files, so make notices what
# changed, and the pristine source does not change.
prepare_tree()
{
	local which=$1 v=$2 tree=$3 src=$KERNEL_CACHE/$2/src p
	[ -d "$tree" ] || cp -al "$src" "$tree" || return
	unpatch_tree "$src" "$tree" || return
	while read -r p; do
		sed -n 's,^+++ b/,,p; s,^--- a/,,p' "$p" >>"$(patched_files "$tree")"
		note "applying ${p##*/}"
		patch -d "$tree" -p1 -F0 -s --no-backup-if-mismatch <"$p" || return
	done < <(patches "$which" "$v")
}

# patched_files TREE: print the name of the list of files that differ from the source.
patched_files() { echo "${1%/*}/patched${1##*/tree}"; }

unpatch_tree()
{
	local src=$1 tree=$2 list f
	list=$(patched_files "$tree")
	[ -e "$list" ] || return 0
	sort -u "$list" | while read -r f; do
		rm -f "$tree/$f" "$tree/$f.rej"
		[ ! -e "$src/$f" ] || cp "$src/$f" "$tree/$f" || return
	done
	rm -f "$list"
}
