# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A nested guest: `s2trace map` must find the memory of its shadow tables in the VM's own
# tables. L1's stage 2 maps each IPA to itself, so the result is known.

out=/s2trace/out/nested/$S2_PROFILE
# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh

start_guest "$out/guest" nested-own
check "map lists it" eval 's2trace map --json >"$out/map.json"'
check "map writes it as text" eval 's2trace map >"$out/text"'
cat "$out/text"
stop_guests
exit $failed
