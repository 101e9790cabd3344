#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The command line, on this machine: no kernel feature is needed for any of it.
# cli.sh S2TRACE

set -u
s2trace=$1
failed=0
tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT

# expect STATUS STREAM REGEX ARGUMENT...: exit status, and REGEX in out or err.
expect()
{
	local want=$1 stream=$2 regex=$3 status
	shift 3
	"$s2trace" "$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
	if [ $status = "$want" ] && grep -Eq -e "$regex" "$tmp/$stream"; then
		echo "ok: s2trace $*"
		return
	fi
	echo "not ok: s2trace $*: exit status $status (not $want), or no '$regex' in std$stream:"
	cat "$tmp/$stream"
	failed=1
}

silent_err() { [ ! -s "$tmp/err" ] || { echo "not ok: and nothing else on stderr"; failed=1; }; }

# Kinds of objects, each with its version: scripts rely on them. A new version is a change here.
SCHEMAS=(check/1 cmo/1 decision/1 error/1 host/1 map/1 map_summary/1 memslot/1 protect/1
	summary/1 top/1 unmap/1 vm/1)

# schemas ARGUMENT...: what is printed names these schemas, and no other.
schemas()
{
	local want have
	want=$(printf '"s2trace.%s"\n' "${SCHEMAS[@]}" | sort)
	have=$("$s2trace" "$@" | grep -oE '"s2trace\.[^"]*"' | sort -u)
	if [ "$have" = "$want" ]; then
		echo "ok: s2trace $*"
		return
	fi
	echo "not ok: s2trace $*: schemas missing (-) or new (+):"
	diff -u <(echo "$want") <(echo "$have") | grep '^[-+]"'
	failed=1
}

# prints_object KIND: the last output is one object, of a schema that is known.
prints_object()
{
	local first
	first=$(head -c $((${#1} + 22)) "$tmp/out")
	[[ " ${SCHEMAS[*]} " = *" $1 "* && $first = "{\"schema\":\"s2trace.$1\","* ]] && return
	echo "not ok: and an object of s2trace.$1: $first"
	failed=1
}

expect 0 out '^Usage: s2trace' --help
silent_err
expect 0 out '^s2trace [0-9]+\.[0-9]+\.[0-9]+( \([0-9a-f]{7,})?' --version
expect 0 out 'rejected' trace --help
expect 0 out 'interval' top --help
expect 0 out 'Exit status' check --help
for command in top trace map record check; do
	schemas $command --json-schema
done
expect 2 err "unknown command 'frobnicate'" frobnicate
expect 2 err 'unrecognized option' trace --frobnicate
expect 2 err "invalid value '12x' for -n" trace -n 12x
expect 2 err "invalid value '-5' for --duration" trace --duration=-5
expect 2 err "invalid value '1e99' for --duration" trace --duration 1e99
expect 2 err "invalid value '9T' for --ring-size" trace --ring-size 9T
expect 2 err "invalid value '5-3' for --ipa" trace --ipa 5-3
expect 2 err "unknown memory type 'SOLID'" trace --type NORMAL,SOLID
expect 2 err "unexpected argument 'extra'" top extra
expect 2 err "unexpected argument 'extra'" trace extra
expect 2 err "unexpected argument 'extra'" map extra
expect 2 err "unexpected argument 'extra'" check extra

if [ "$(uname -m)" != aarch64 ]; then
	expect 2 err 'cannot be traced on' trace -n 1
	expect 2 err 'scripts/live' top -n 1
	expect 2 out 'cannot be traced on' trace --json -n 1
	prints_object error/1
	expect 2 out 'could not tell' check
	expect 2 out '"verdict":"unknown"' check --json
	prints_object check/1
fi
exit $failed
