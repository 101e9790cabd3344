# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Shared by all scripts: messages, the cache, and locks. Sourced, not run. Sets S2TRACE_ROOT
# (the top of the tree) and S2TRACE_CACHE.

S2TRACE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
S2TRACE_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/s2trace
# shellcheck disable=SC2034 # for those who source this
readonly S2TRACE_ROOT S2TRACE_CACHE
mkdir -p "$S2TRACE_CACHE"

note() { printf '>> %s\n' "$*" >&2; }
warn() { printf '%s: warning: %s\n' "${0##*/}" "$*" >&2; }
die()  { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 2; }

have() { command -v "$1" >/dev/null 2>&1; }

# as_root CMD...: run it as root, with sudo if necessary.
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

# hash_of [FILE...]: print 16 hex digits that identify the contents of all files ("-":
# stdin).
hash_of()
{
	sha256sum "$@" | cut -d' ' -f1 | sha256sum | cut -c1-16
}

# with_progress WHAT LOG CMD...: run CMD with its output in LOG, and report progress; print
# the end of LOG if it fails.
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

# The sleep outlives the loop when that is killed. It must not hold a lock (see locked), or
# output that someone reads until EOF.
progress_ticks()
{
	local what=$1 pid=$2 log=$3 start=$SECONDS
	while sleep 15 >/dev/null 2>&1 9>&- && kill -0 "$pid" 2>/dev/null; do
		note "$what: $((SECONDS - start)) s, $(wc -l <"$log") lines of log"
	done
}

# locked NAME CMD...: run CMD; only one process per cache may hold the lock NAME.
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
