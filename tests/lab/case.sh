# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Shared by scripts that run in the host: source it as /s2trace/lib/case.sh.
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

# fails_with TEXT COMMAND...: the command must exit with status 2 and print TEXT to stderr.
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

# within SECONDS COMMAND...: the command must succeed within that time. Arguments are
# expanded only once: put $(...) into a function.
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

# nothing_loaded: no programs, maps or links except those in $before=$(bpfcount).
nothing_loaded() { [ "$(bpfcount)" = "$before" ]; }

# reported FILE PID: wait until the guest has written its report, or has exited.
reported()
{
	until grep -q '}$' "$1" 2>/dev/null; do
		kill -0 "$2" 2>/dev/null || { grep -q '}$' "$1"; return; }
		sleep 0.05
	done
}

# start_guest FILE SITUATION OPTION...: start a VM that stays, with its report in FILE.
# Waits until it has touched its memory.
start_guest()
{
	local report=$1
	shift
	s2guest "$@" --hold 100000 >"$report" 2>"$report.err" &
	guests="$guests $!"
	reported "$report" $! || cat "$report.err"
}

# stop_guests: stop all processes in $guests.
stop_guests()
{
	# shellcheck disable=SC2086 # words are wanted
	kill $guests 2>/dev/null
	wait
	guests=
}

# sees_probe FILE PID: wait until the s2trace that writes to FILE reports a short-lived VM.
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

# start_trace FILE OPTION...: start, and wait until faults are reported. Sets $tracer.
start_trace()
{
	local file=$1
	shift
	s2trace trace --json "$@" >"$file" 2>"$file.err" &
	tracer=$!
	within 30 test -s "$file" || { cat "$file.err"; exit 1; }
}

# stop_trace: stop it as a user would, with ^C.
stop_trace()
{
	kill -INT "$tracer"
	wait "$tracer"
}
