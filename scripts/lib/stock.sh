# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Kernels as Debian ships them, for the lab: fetched, and stripped to an Image and the
# modules that the emulated host needs. Available kernels change, so they are looked up at
# run time. A fetched kernel is kept; S2TRACE_REFRESH=1 fetches the newest. Part of
# kernel.sh.

readonly STOCK_CACHE=$KERNEL_CACHE/stock
readonly STOCK_SUITES='bookworm trixie trixie-backports'
# Modules that the host needs to mount its share, and for its devices. Those that a kernel
# has built in, or lacks, are skipped.
readonly STOCK_MODULES='virtio_pci virtio_console 9pnet_virtio 9p vfio_iommu_type1 vfio-pci'

# Most modules, which the emulated host does not need, and which would slow down depmod.
readonly STOCK_UNWANTED='sound drivers/net drivers/gpu drivers/media drivers/scsi drivers/usb
	drivers/iio drivers/infiniband drivers/md drivers/ata drivers/hid drivers/input
	drivers/clk drivers/hwmon drivers/staging fs/xfs fs/btrfs fs/ocfs2 fs/smb fs/nfs
	net/netfilter net/mac80211 net/sched'

# On Debian, depmod and modprobe are only in root's PATH.
PATH=$PATH:/usr/sbin:/sbin

# Packages needed to strip an image package.
stock_packages() { echo kmod xz-utils zstd gzip cpio; }

# stock_list: print "X.Y[-16k] SUITE PACKAGE" for the newest package of each kernel.
stock_list()
{
	local s conf
	for s in $STOCK_SUITES; do
		conf=$(apt_conf "$s" arm64) && apt_lists "$conf" >&2 || return
		APT_CONFIG=$conf apt-cache pkgnames linux-image- |
			sed -nE "s/^linux-image-([0-9]+\.[0-9]+)\.[^-]+(-[0-9]+)?-arm64(-16k)?$/\1\3 $s &/p"
	done | sort -Vk3 | awk '!($3 in seen) { seen[$3]; last[$1] = $0 }
		END { for (k in last) print last[k] }' | sort -V
}

# stock_newest: print X.Y of the newest kernel in the matrix that supports cacheable PFNMAP
# memory (6.17 and later) and has its modules. Prefers one in the cache, to avoid a
# download.
stock_newest()
{
	local known v suite pkg
	known=$(sed -nE 's/^[0-9].* stock:([0-9.]+) .*/\1/p' "$S2TRACE_ROOT/tests/lab/kernels" |
		awk -F. '$1 * 1000 + $2 >= 6017' | sort -ruV)
	for v in $known; do
		[ -z "${S2TRACE_REFRESH:-}" ] && [ -e "$STOCK_CACHE/$v/package" ] &&
			compgen -G "$STOCK_CACHE/$v/modules/*-9p.ko" >/dev/null &&
			{ echo "$v"; return; }
	done
	while read -r v suite pkg; do
		grep -qxF -e "$v" <<<"$known" && stock_has_modules "$suite" "$pkg" &&
			{ echo "$v"; return; }
	done < <(stock_list | tac)
	warn "Debian has none of these kernels now: $(xargs <<<"$known")"
	return 1
}

# stock_has_modules SUITE PACKAGE: the archive keeps some Images longer than their modules.
stock_has_modules()
{
	local conf
	conf=$(apt_conf "$1" arm64) || return
	! APT_CONFIG=$conf apt-cache depends --important "$2" | grep -q '<linux-modules-'
}

# stock_dir X.Y[-16k]: print the directory with its Image and modules/.
stock_dir()
{
	local dir=$STOCK_CACHE/$1
	locked "stock-$1" fetch_stock "$1" "$dir" >&2 || return
	echo "$dir"
}

# stock_image X.Y[-16k]: print the path of the Image; modules/ is beside it.
stock_image()
{
	local dir
	dir=$(stock_dir "$1") && echo "$dir/Image"
}

fetch_stock()
{
	local want=$1 dir=$2 suite pkg
	[ -e "$dir/package" ] && [ -z "${S2TRACE_REFRESH:-}" ] && return
	need_debian
	read -r _ suite pkg < <(stock_list | awk -v v="$want" '$1 == v') ||
		{ warn "no package of a kernel $want in $STOCK_SUITES"; return 1; }
	[ "$(cat "$dir/package" 2>/dev/null)" = "$pkg" ] && return
	rm -rf "$dir" && mkdir -p "$dir/unpacked" || return
	with_progress "unpacking $pkg" "$dir/unpack.log" unpack_stock "$suite" "$pkg" "$dir" ||
		return
	# shellcheck disable=SC2046 # a list
	install_missing $(stock_packages) &&
		strip_stock "$dir" && rm -rf "$dir/unpacked" && echo "$pkg" >"$dir/package"
}

# Newer kernels are split into several packages of the same name and version. Of older
# versions, the archive only keeps the signed Image, not the modules.
stock_parts()
{
	local suite=$1 pkg=$2 conf
	conf=$(apt_conf "$suite" arm64) || return
	echo "$pkg"
	APT_CONFIG=$conf apt-cache depends --important "$pkg" |
		awk -v v="${pkg#linux-image-}" '$1 == "Depends:" && $2 ~ /^linux-(binary|modules)-/ &&
			substr($2, length($2) - length(v) + 1) == v { print $2 }'
}

unpack_stock()
{
	local suite=$1 pkg=$2 dir=$3 parts debs list d unwanted
	# shellcheck disable=SC2086 # a list
	mapfile -t unwanted < <(printf -- '--exclude=*/kernel/%s\n' $STOCK_UNWANTED)
	mapfile -t parts < <(stock_parts "$suite" "$pkg")
	list=$(apt_fetch alone "$suite" arm64 "${parts[@]}") || return
	mapfile -t debs <<<"$list"
	mkdir -p "$dir/unpacked/usr/lib" && ln -s usr/lib "$dir/unpacked/lib" || return
	for d in "${debs[@]}"; do
		dpkg-deb --fsys-tarfile "$d" | tar -x --no-same-owner \
			--keep-directory-symlink "${unwanted[@]}" -C "$dir/unpacked" || return
	done
	rm -f -- "${debs[@]}"
}

# strip_stock DIR: keep the Image, and the modules in load order.
strip_stock()
{
	local dir=$1 root=$1/unpacked vmlinuz release
	# The Image is in /boot, or beside the modules.
	vmlinuz=$(find "$root" -type f -name 'vmlinuz*' | head -n 1)
	[ -n "$vmlinuz" ] || { warn "no kernel in the package"; return 1; }
	unpack_image "$vmlinuz" "$dir/Image" && mkdir -p "$dir/modules" || return
	for release in "$root"/usr/lib/modules/*; do
		[ ! -d "$release/kernel" ] || keep_modules "$root" "${release##*/}" "$dir/modules" ||
			return
	done
}

# unpack_image VMLINUZ IMAGE: the input may be an Image, gzipped, or an EFI program that
# unpacks it, whose header has the offset of the payload (zboot).
unpack_image()
{
	local from=$1 to=$2 kind offset size how
	kind=$(od -An -tx1 -N8 "$from" | tr -d ' ')
	case $kind in
	1f8b*) gzip -dc "$from" >"$to" ;;
	4d5a????7a696d67)
		read -r offset size < <(od -An -tu4 -j8 -N8 "$from")
		how=$(tail -c +25 "$from" | head -c 8 | tr -d '\0')
		tail -c +"$((offset + 1))" "$from" | head -c "$size" | unpacked_by "$how" >"$to" ;;
	*) cp "$from" "$to" ;;
	esac
}

unpacked_by()
{
	case $1 in
	gzip) gzip -dc ;;
	zstd*) zstd -dc ;;
	xzkern | xz) xz -dc ;;
	*) warn "cannot unpack an Image compressed with '$1'"; return 1 ;;
	esac
}

keep_modules()
{
	local root=$1 release=$2 to=$3 n=10 path name
	depmod -b "$root" "$release" 2>/dev/null || return
	while read -r path; do
		name=${path##*/}
		case $name in
		*.xz) xz -dc "$path" >"$to/$n-${name%.xz}" ;;
		*.zst) zstd -qdc "$path" >"$to/$n-${name%.zst}" ;;
		*) cp "$path" "$to/$n-$name" ;;
		esac || return
		n=$((n + 1))
	done < <(module_order "$root" "$release")
}

# module_order ROOT RELEASE: print paths of modules, once each, after those that they depend
# on.
module_order()
{
	local m
	for m in $STOCK_MODULES; do
		modprobe -d "$1" -S "$2" --show-depends "$m" 2>/dev/null
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}
