# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Run by lab.variant.* in a host whose kernel decides like a vendor's: what is known before any
# decision, how device memory is mapped and executed, and what is known while it is mapped.
# variant.py, outside, knows what each variant must do.

out=/s2trace/out/variant/$S2_PROFILE
# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh
mkdir -p "$out"

# The status of check is part of the result: see variant.py.
save_check()
{
	s2trace check --json >"$out/check.$1.json"
	echo $? >"$out/check.$1.status"
}

save_check before
start_trace "$out/trace.json" --all --backend fentry
sees_probe "$out/trace.json" "$tracer" || exit 1
for s in anon bar0 devmem devmem-exec resmem resmem-exec usemem usemem-exec; do
	# Guests expect what mainline does on a host with FWB and DIC, and may fail.
	s2guest $s --name $s --fwb 1 --dic 1 >"$out/$s.guest" 2>"$out/$s.err"
done
stop_trace
start_guest "$out/held.guest" gpu --name held --fwb 1 --dic 1
save_check after
s2trace map --json >"$out/map.json"
stop_guests
exit 0
