# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# On a kernel without the series, s2trace must report so if asked for tracepoints, and use
# fentry otherwise. check must still work.
# shellcheck disable=SC2317,SC2329 # check calls the functions

# shellcheck source=tests/lab/case.sh
. /s2trace/lib/case.sh

before=$(bpfcount)
check "trace names what is missing" \
	fails_with "this kernel has no tracepoint kvm_s2_fault" \
	s2trace trace --backend tracepoint -n 1
check "and what to do about it" grep -q 'patches/' /tmp/stderr
check "top does so too" fails_with "kvm_s2_fault" s2trace top --backend tracepoint -n 1

start_trace /tmp/fentry.json
s2guest anon --size 64K >/dev/null
stop_trace
check "fentry reports decisions" grep -q '"outcome":"mapped".*"backend":"fentry"' /tmp/fentry.json

s2trace check >/tmp/check
check "check reports that this host can map GPU memory cacheable" test $? = 0
check "and that the tracepoints are missing" grep -Eq '^no +tracepoints' /tmp/check
check "and why" grep -q 'this kernel has no tracepoint kvm_s2_fault' /tmp/check
check "and that BPF trampolines are chosen" grep -Eq '^yes +BPF trampolines.*chosen' /tmp/check
check "nothing is left" within 10 nothing_loaded
exit $failed
