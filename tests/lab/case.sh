# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What the scripts that run in the host share: source it as /s2trace/lib/case.sh.
#
# shellcheck disable=SC2034 # for those who source this

failed=0

# check WHAT COMMAND...: the command must succeed.
check()
{
	local what=$1
	shift
	if "$@"; then
		echo "ok: $what"
	else
		echo "not ok: $what"
		failed=1
	fi
}

# fails_with TEXT COMMAND...: exit status 2, and a message with TEXT on stderr.
fails_with()
{
	local text=$1 status
	shift
	"$@" >/tmp/stdout 2>/tmp/stderr
	status=$?
	[ "$status" = 2 ] && grep -q -e "$text" /tmp/stderr && return
	echo "exit status $status, and on stderr:"
	cat /tmp/stderr
	return 1
}

# within SECONDS COMMAND...: it succeeds before the time is over.
within()
{
	local left=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] || { "$@"; return; }
		sleep 0.1
	done
}

# start_trace FILE OPTION...: begin, and wait until faults are seen. Sets $tracer.
start_trace()
{
	local file=$1
	shift
	s2trace trace --json "$@" >"$file" 2>"$file.err" &
	tracer=$!
	within 30 test -s "$file" || { cat "$file.err"; exit 1; }
}

# stop_trace: as a user would, by ^C.
stop_trace()
{
	kill -INT "$tracer"
	wait "$tracer"
}
