# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What every script of this tree shares: messages, the cache, and locking.
# Sourced, never run. Sets S2TRACE_ROOT (the top of the tree) and S2TRACE_CACHE.

S2TRACE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
S2TRACE_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/s2trace
# shellcheck disable=SC2034 # for those who source this
readonly S2TRACE_ROOT S2TRACE_CACHE
mkdir -p "$S2TRACE_CACHE"

note() { printf '>> %s\n' "$*" >&2; }
warn() { printf '%s: warning: %s\n' "${0##*/}" "$*" >&2; }
die()  { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 2; }

have() { command -v "$1" >/dev/null 2>&1; }

# as_root CMD...: as root, through sudo if we are not.
as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif have sudo; then
		sudo "$@"
	else
		die "'$1' must run as root, and there is no sudo: run this as root"
	fi
}

# hash_of [FILE...]: sixteen hex digits that name all of the contents ("-": stdin).
hash_of()
{
	sha256sum "$@" | cut -d' ' -f1 | sha256sum | cut -c1-16
}

# with_progress WHAT LOG CMD...: run CMD with its output in LOG, showing that
# time passes; show the end of LOG if it fails.
with_progress()
{
	local what=$1 log=$2 start=$SECONDS pid rc=0
	shift 2
	mkdir -p "$(dirname "$log")"
	note "$what (log: $log)"
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	progress_ticks "$what" "$pid" "$log" &
	local ticker=$!
	wait "$pid" || rc=$?
	kill "$ticker" 2>/dev/null
	wait "$ticker" 2>/dev/null || true
	if [ "$rc" != 0 ]; then
		tail -n 30 "$log" >&2
		warn "failed after $((SECONDS - start)) s (status $rc): $what"
		return "$rc"
	fi
	note "done in $((SECONDS - start)) s: $what"
}

# The sleep outlives the loop when that is killed: it must hold neither a lock (see
# locked) nor the output that somebody may be reading to its end.
progress_ticks()
{
	local what=$1 pid=$2 log=$3 start=$SECONDS
	while sleep 15 >/dev/null 2>&1 9>&- && kill -0 "$pid" 2>/dev/null; do
		note "$what: $((SECONDS - start)) s, $(wc -l <"$log") lines of log"
	done
}

# locked NAME CMD...: only one process of this cache does CMD at a time.
locked()
{
	local lock=$S2TRACE_CACHE/locks/$1
	shift
	mkdir -p "${lock%/*}"
	(
		flock -n 9 || { note "waiting for another process (${lock##*/})"; flock 9; }
		"$@"
	) 9>"$lock"
}
