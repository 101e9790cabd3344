# SPDX-License-Identifier: GPL-2.0-only
#
# The table: first the rows (ID|KERNEL|KIND|WHAT|COMMAND), then the results
# (KERNEL ID KEY VALUE...). Of the passes of a row the median counts.

function median(list,    n, v, i, j, t)
{
	n = split(list, v, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j - 1] > v[j]; j--) {
			t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
		}
	low = v[1]
	high = v[n]
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

function text(v) { return v == "" ? "-" : sprintf("%.0f", v) }
function json(v) { return v == "" ? "null" : sprintf("%.1f", v) }
function count(v) { return v == "" ? "null" : sprintf("%d", v) }

function complain(what)
{
	print "faults: " what >"/dev/stderr"
	bad = 1
}

function measure(id)
{
	wall[id] = median(walls[id]) / pages
	spread[id] = (high - low) / (wall[id] * pages) * 100
	thread[id] = median(threads[id]) / pages
	if (seen[id] == "-" || seen[id] == "") {
		seen[id] = ""
		return
	}
	lost[id] = caused - seen[id]
	if (lost[id] < 0)
		lost[id] = 0
}

# The same with nobody listening again, at the end of each host: is anything left behind?
function check_again(kernel, first,    again)
{
	if (!(kernel " again" in again_walls) || !(first in walls))
		return
	again = median(again_walls[kernel " again"]) / pages
	if (again > wall[first] * 1.005 || again < wall[first] * 0.995)
		complain(sprintf("%s kernel: %.1f with nobody listening, and %.1f at the end",
				 kernel, wall[first], again))
}

function row_text(id)
{
	printf "%-53s %8s %8s %9s %7s%% %8s %8s\n", what[id], text(wall[id]), text(added[id]),
	       text(own[id]), sprintf("%.2f", spread[id]), text(seen[id]), text(lost[id])
}

function row_markdown(id)
{
	printf "| %s | %s | %s | %s | %s |\n", what[id], text(wall[id]), text(added[id]),
	       text(own[id]), lost[id] == "" ? "-" : lost[id] ? sprintf("%d of %d", lost[id], caused) : "none"
}

function row_json(id)
{
	printf "{\"schema\":\"s2trace.bench_fault/1\",\"row\":\"%s\",\"what\":\"%s\",\"kernel\":\"%s\"," \
	       "\"faults\":%d,\"passes\":%d,\"instructions\":%s,\"added\":%s,\"thread\":%s," \
	       "\"added_thread\":%s,\"spread_percent\":%.3f,\"caused\":%d,\"seen\":%s,\"lost\":%s}\n",
	       id, what[id], kernel[id], pages, passes, json(wall[id]), json(added[id]),
	       json(thread[id]), json(own[id]), spread[id], caused, count(seen[id]), count(lost[id])
}

function head()
{
	if (format == "text") {
		printf "Instructions per 4 KiB stage-2 fault (%d faults, median of %d passes)\n\n", pages, passes
		printf "%-53s %8s %8s %9s %8s %8s %8s\n", "who listens", "elapsed", "added",
		       "in fault", "spread", "seen", "lost"
	} else if (format == "markdown") {
		print "| who listens | elapsed | added | of it in the fault | events lost |"
		print "|---|---:|---:|---:|---|"
	}
}

function foot()
{
	if (format != "text")
		return
	printf "\nelapsed: what the guest waits for a fault; added: more than on the unpatched kernel.\n"
	printf "in fault: the part of it that the faulting thread itself runs. The rest is the listener's\n"
	printf "own program, which shares the only CPU here; elsewhere it runs on another.\n"
	printf "spread: slowest minus fastest pass. Each listener was caused %d events.\n", caused
}

FNR == NR {
	split($0, f, "|")
	order[++nr] = f[1]
	kernel[f[1]] = f[2]
	what[f[1]] = f[4]
	if (f[3] == "nobody")
		nobody[f[2]] = f[1]
	next
}

FNR == 1 { caused = pages * (passes + 1) }
$2 == "again" { again_walls[$1 " again"] = again_walls[$1 " again"] " " $5; next }
$3 == "pass" { walls[$2] = walls[$2] " " $5; threads[$2] = threads[$2] " " $6 }
$3 == "seen" { seen[$2] = $4 }
$3 == "failed" { sub(/^.*failed /, ""); failed[$2] = $0 }

END {
	for (i = 1; i <= nr; i++)
		if (order[i] in walls)
			measure(order[i])
	base = nobody["base"]
	head()
	for (i = 1; i <= nr; i++) {
		id = order[i]
		if (!(id in walls)) {
			complain("row " id " was not measured")
			continue
		}
		if (id != base && base in walls) {
			added[id] = wall[id] - wall[base]
			own[id] = thread[id] - thread[base]
		}
		if (format == "text")
			row_text(id)
		else if (format == "markdown")
			row_markdown(id)
		else
			row_json(id)
	}
	foot()
	check_again("base", nobody["base"])
	check_again("s2trace", nobody["s2trace"])
	exit bad
}
