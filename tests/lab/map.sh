# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# shellcheck disable=SC2317 # check() calls them
#
# Compare `s2trace map` with debugfs' stage2_page_tables leaf by leaf, with idle guests;
# then run it for a minute with busy ones. map.py, outside, compares.

out=/s2trace/out/map/$S2_PROFILE
# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh

KVM=/sys/kernel/debug/kvm
STORM_SECONDS=${STORM_SECONDS:-60}

# save FILE COMMAND...: run it with its output in FILE.
save()
{
	local file=$1
	shift
	"$@" >"$out/$file"
}

# guest SITUATION OPTION...
guest() { start_guest "/tmp/$1.json" "$@"; }

save_tables()
{
	local d
	for d in "$KVM"/*-*; do
		[ -d "$d" ] && cat "$d/stage2_page_tables" >"$out/tables.${d##*/}"
	done
}

standing_still()
{
	guest anon --size 40M
	guest anon-exec
	guest thp
	guest hugetlb
	guest misaligned
	guest gpu
	guest bar
	guest devmem
	check "map lists what is mapped" save pa.json s2trace map --pa --json
	check "map merges it" save map.json s2trace map --json
	check "map writes text" save text s2trace map
	check "map --vm takes a name" save vm.json s2trace map --vm thp --json
	check "map --vm rejects an unknown VM" fails_with "no VM" s2trace map --vm nobody
	save_tables
	cat /proc/iomem >"$out/iomem"
	stop_guests
}

# VMs that come and go, and others that keep losing and faulting in their memory.
storm()
{
	while :; do
		s2guest churn --churn 3 >/dev/null 2>&1
		sleep 0.2
	done &
	guests="$guests $!"
	s2guest anon --size 64M --vcpus 2 --seconds 100000 --rate 2000 >/dev/null 2>&1 &
	guests="$guests $!"
	s2guest thp --seconds 100000 --rate 200 >/dev/null 2>&1 &
	guests="$guests $!"
	while :; do
		timeout 1 s2guest anon --size 16M --hold 100 >/dev/null 2>&1
	done &
	guests="$guests $!"
}

# Print ranges only now and then: reading is what races. s2trace itself checks each read
# (unlisted addresses, types that KVM does not use).
map_in_storm()
{
	local end
	end=$(($(date +%s) + STORM_SECONDS))
	: >"$out/storm.json"
	while [ "$(date +%s)" -lt "$end" ]; do
		s2trace map --pa --json >>"$out/storm.json" 2>>"$out/storm.err" || return 1
		s2trace map --summary --pa --json -n 200 >>"$out/storm.json" \
			2>>"$out/storm.err" || return 1
	done
}

standing_still
storm
check "map during faults, unmaps and exits" map_in_storm
stop_guests
exit $failed
