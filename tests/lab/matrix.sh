# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Run in a host with any kernel: cause every situation once, with all backends attached. The
# results are in out/matrix/PROFILE; matrix.py, outside, knows what a kernel of that era
# must decide.

out=/s2trace/out/matrix/$S2_PROFILE
# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh
mkdir -p "$out"

SITUATIONS='anon thp hugetlb shared bar devmem devmem-exec dirty dirty-device pfnmap usemem'

# A backend that this kernel does not offer exits at once, and reports why.
start_backends()
{
	local b t
	for b in tracepoint fentry kprobe; do
		s2trace trace --json --all --backend $b >"$out/$b.json" 2>"$out/$b.err" &
		all="$all $b:$!"
	done
	for t in $all; do
		b=${t%:*}
		if sees_probe "$out/$b.json" "${t#*:}"; then
			tracers="$tracers $t"
			echo "$b: attached at $(cut -d. -f1 /proc/uptime) s"
		else
			rm "$out/$b.json"
			echo "$b: $(head -n 1 "$out/$b.err")"
		fi
	done
}

stop_backends()
{
	local t
	for t in $tracers; do
		kill -INT "${t#*:}"
		wait "${t#*:}"
		echo "${t%:*} $?" >>"$out/status"
	done
}

# Each VM stays after its report, so that its tables can be read.
cause()
{
	local s
	for s in $SITUATIONS; do
		s2guest "$s" --name "$s" --fwb "$S2_FWB" --dic "$S2_DIC" --size "$BLOCK" \
			--phys "$S2_GPU_MEM_BASE" --era "$S2_ERA" --hold 600 >"$out/$s.guest" 2>"$out/$s.err" &
		reported "$out/$s.guest" $!
		guests="$guests $s:$!"
	done
}

release()
{
	local g
	for g in $guests; do
		kill "${g#*:}" 2>/dev/null
		wait "${g#*:}"
		echo "${g%:*} $?" >>"$out/status"
	done
}

all='' tracers=''
: >"$out/status"
uname -r >"$out/release"
s2trace check --json >"$out/check.json"
# The size of a block, which situations need at least: a table is a page of 8-byte entries.
page=$(sed -n 's/.*"page_size":\([0-9]*\).*/\1/p' "$out/check.json")
BLOCK=$((page / 8 * page))
start_backends
cause
s2trace map --json >"$out/survey.json" 2>"$out/survey.err" || head -n 1 "$out/survey.err"
release
stop_backends
dmesg >"$out/dmesg"
cut -d. -f1 /proc/uptime >"$out/seconds"
