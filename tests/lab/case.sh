# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What the scripts that run in the host share: source it as /s2trace/lib/case.sh.
#
# shellcheck disable=SC2034 # for those who source this

failed=0 before='' guests=''

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

# within SECONDS COMMAND...: it succeeds before the time is over. What is to be asked again
# and again with $(...) must be a function: arguments are expanded once.
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

# nothing_loaded: no program, map or link but those of $before=$(bpfcount).
nothing_loaded() { [ "$(bpfcount)" = "$before" ]; }

# reported FILE PID: wait until the guest has said what it did, or has ended.
reported()
{
	until grep -q '}$' "$1" 2>/dev/null; do
		kill -0 "$2" 2>/dev/null || { grep -q '}$' "$1"; return; }
		sleep 0.05
	done
}

# start_guest FILE SITUATION OPTION...: a VM that stays, with its report in FILE. Waits until
# it has touched its memory.
start_guest()
{
	local report=$1
	shift
	s2guest "$@" --hold 100000 >"$report" 2>"$report.err" &
	guests="$guests $!"
	reported "$report" $! || cat "$report.err"
}

# stop_guests: all processes in $guests.
stop_guests()
{
	# shellcheck disable=SC2086 # words are wanted
	kill $guests 2>/dev/null
	wait
	guests=
}

# sees_probe FILE PID: wait until the s2trace that writes to FILE has seen a VM come and go.
sees_probe()
{
	local left=300
	until grep -q '"name":"probe"' "$1"; do
		kill -0 "$2" 2>/dev/null || return 1
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		s2guest churn --churn 1 --name probe >/dev/null
		sleep 0.2
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
