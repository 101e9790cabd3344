# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Debian packages: those that this machine needs, which are installed, and those of other
# suites and architectures, which are unpacked into the cache. The latter use a separate apt
# configuration: the machine's sources, lists and dpkg database do not change.

need_debian()
{
	local id=
	# shellcheck source=/dev/null
	[ -r /etc/os-release ] && id=$(. /etc/os-release && echo "${ID:-}")
	[ "$id" = debian ] ||
		die "the lab takes its parts from Debian's archive and needs Debian 12 or 13 (this is '${id:-unknown}'); a Debian container will do"
}

debian_codename()
{
	# shellcheck source=/dev/null
	(. /etc/os-release && echo "${VERSION_CODENAME:?no codename in /etc/os-release}")
}

host_arch() { dpkg --print-architecture; }

# multiarch_of ARCH: print Debian's multiarch directory name.
multiarch_of()
{
	case $1 in
	amd64) echo x86_64-linux-gnu ;;
	arm64) echo aarch64-linux-gnu ;;
	*) die "no support for the architecture '$1'" ;;
	esac
}

missing_packages()
{
	local p
	for p; do
		dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null |
			grep -qx installed || echo "$p"
	done | sort -u
}

# install_missing PACKAGE...: install missing packages from the machine's own sources.
install_missing()
{
	[ -z "$(missing_packages "$@")" ] || locked apt-install install_packages "$@"
}

# Called with the lock held. The previous holder may have installed them.
install_packages()
{
	local log=$S2TRACE_CACHE/log/apt-install.log missing get
	mapfile -t missing < <(missing_packages "$@")
	[ ${#missing[@]} != 0 ] || return 0
	note "installing ${#missing[@]} packages: ${missing[*]}"
	get=(as_root env DEBIAN_FRONTEND=noninteractive apt-get -qy
		-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
	with_progress "apt-get update" "$log.update" "${get[@]}" update &&
		with_progress "apt-get install" "$log" \
			"${get[@]}" install --no-install-recommends "${missing[@]}"
}

# The archive and keyring that this machine's apt uses. apt-get parses the sources, in
# either format. It prints URIs without reading the package lists, which would take a
# second, and which a new machine does not have.
debian_mirror()
{
	local suite uri
	suite=$(debian_codename)
	# shellcheck disable=SC2016 # the variables are apt's
	uri=$(apt-get indextargets -o Dir::State::lists=/dev/null -o Dir::Cache::pkgcache= \
		-o Dir::Cache::srcpkgcache= --no-release-info --format '$(URI) $(REPO_URI)' |
		awk -v s="$suite" '$1 ~ "/dists/(" s "|stable)/main/" { print $2; exit }')
	[ -n "$uri" ] || die "no source for '$suite main' in this machine's apt configuration"
	echo "${uri%/}"
}

debian_keyring()
{
	local k
	for k in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
		[ -r "$k" ] && { echo "$k"; return; }
	done
	die "no Debian archive keyring: install debian-archive-keyring"
}

# apt_conf SUITE ARCH: write a private configuration and print its path. It keeps only the
# Acquire settings of the machine (proxies, retries).
apt_conf()
{
	local dir=$S2TRACE_CACHE/apt/$1-$2
	locked "apt-$1-$2" write_apt_conf "$1" "$2" "$dir" && echo "$dir/apt.conf"
}

# replace FILE: write standard input to FILE, if it differs. FILE is replaced by rename,
# because another process may be reading it. An unchanged sources.list keeps its time stamp,
# because apt would otherwise parse all lists again.
replace()
{
	cat >"$1.new" || return
	if cmp -s "$1.new" "$1"; then
		rm "$1.new"
	else
		mv "$1.new" "$1"
	fi
}

write_apt_conf()
{
	local suite=$1 arch=$2 dir=$3 s key mirror
	mirror=$(debian_mirror) && key=$(debian_keyring) || return
	mkdir -p "$dir/lists/partial" "$dir/archives/partial" "$dir/empty.d"
	for s in "${suite%-backports}" "$suite"; do
		echo "deb [arch=$arch signed-by=$key] $mirror $s main"
	done | sort -u | replace "$dir/sources.list" || return
	[ -e "$dir/status" ] || : >"$dir/status"
	{
		apt-config dump --no-empty --format '%F "%v";%n' Acquire
		cat <<-EOF
		Dir::Etc::main "/dev/null";
		Dir::Etc::parts "$dir/empty.d";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "$dir/empty.d";
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "$dir/empty.d";
		Dir::State "$dir";
		Dir::State::lists "$dir/lists";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir";
		Dir::Cache::archives "$dir/archives";
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		APT::Default-Release "$suite";
		APT::Install-Recommends "false";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Debug::NoLocking "true";
		EOF
	} | replace "$dir/apt.conf"
}

# apt_lists CONF [MINUTES]: fetch the lists if they are older than that.
apt_lists()
{
	local dir=${1%/*}
	locked "apt-${dir##*/}" fetch_lists "$1" "${2:-1440}"
}

fetch_lists()
{
	local conf=$1 age=$2 stamp=${1%/*}/updated
	[ -n "$(find "$stamp" -mmin "-$age" 2>/dev/null)" ] && return
	with_progress "package lists of $(basename "${conf%/*}")" "${conf%/*}/update.log" \
		env APT_CONFIG="$conf" apt-get -q update && touch "$stamp"
}

# apt_newest SUITE ARCH REGEX: print the matching package name with the highest version.
apt_newest()
{
	local conf
	conf=$(apt_conf "$1" "$2") && apt_lists "$conf" >&2 || return
	APT_CONFIG=$conf apt-cache pkgnames | grep -Ex "$3" | sort -V | tail -n 1
}

# apt_fetch DEPS SUITE ARCH PACKAGE...: download the .deb files, with (DEPS=deps) or without
# (DEPS=alone) dependencies; print their paths.
apt_fetch()
{
	local deps=$1 suite=$2 arch=$3 conf dir
	shift 3
	conf=$(apt_conf "$suite" "$arch") && dir=${conf%/*} || return
	apt_lists "$conf" || return
	apt_try_fetch "$deps" "$conf" "$@" && return
	note "fetching the package lists again: they may be older than the archive"
	apt_lists "$conf" 0 && apt_try_fetch "$deps" "$conf" "$@"
}

apt_try_fetch()
{
	local deps=$1 conf=$2 dir=${2%/*} uris verb=(download)
	shift 2
	[ "$deps" = deps ] && verb=(install --yes --download-only)
	uris=$(APT_CONFIG=$conf apt-get -qq --print-uris "${verb[@]}" "$@") || return
	(
		cd "$dir/archives" &&
		with_progress "downloading $* ($(grep -c . <<<"$uris") packages)" \
			"$dir/fetch.log" \
			env APT_CONFIG="$conf" apt-get -q "${verb[@]}" "$@"
	) || return
	awk -v d="$dir/archives/" '{ print d $2 }' <<<"$uris"
}

# deb_root DEPS SUITE ARCH PACKAGE...: unpack the packages into a directory of the cache
# (merged-/usr), once, and print it.
deb_root()
{
	local key root
	key=$(printf '%s\n' "$@" v1 | hash_of -)
	root=$S2TRACE_CACHE/roots/$2-$3-$4-$key
	[ -e "$root/.complete" ] || need_debian
	locked "deb-root-$key" make_deb_root "$root" "$@" >&2 || return
	echo "$root"
}

make_deb_root()
{
	local root=$1 debs list d
	shift
	[ -e "$root/.complete" ] && return
	list=$(apt_fetch "$@") || return
	mapfile -t debs <<<"$list"
	rm -rf "$root" && mkdir -p "$root"
	for d in bin sbin lib lib64; do
		mkdir -p "$root/usr/$d" && ln -s "usr/$d" "$root/$d" || return
	done
	for d in "${debs[@]}"; do
		dpkg-deb --fsys-tarfile "$d" |
			tar -x --no-same-owner --keep-directory-symlink -C "$root" || return
	done
	printf '%s\n' "${debs[@]##*/}" >"$root/.complete"
	# Delete packages once they are unpacked.
	rm -f -- "${debs[@]}"
}
