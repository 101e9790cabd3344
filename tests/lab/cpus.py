#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check counts and order on a host with more CPUs than rings: cpus.py DIRECTORY."""

import collections
import pathlib
import sys

from loss import caused, objects

MAX_RINGS = 16  # RINGBUF_MAX_SHARDS

failed = False


def check(what, ok):
    global failed
    print(f"{'ok' if ok else 'not ok'}: {what}")
    failed = failed or not ok


def in_order(decisions):
    """All of them, and thereby those of each VM."""
    times = [d["ts_ns"] for d in decisions]
    return all(a <= b for a, b in zip(times, times[1:]))


def check_run(directory, name, must_lose):
    trace = objects(directory / f"{name}.json")
    summary = next(o for o in trace if o["schema"].startswith("s2trace.summary/"))
    decisions = [o for o in trace if o["schema"].startswith("s2trace.decision/")]
    want = {f"cpu{path.name.split('.')[1]}": caused(path)
            for path in directory.glob(f"{name}.*.guest")}
    seen = {vm["name"]: vm["faults"] for vm in summary["vms"]}
    got = collections.Counter(d["vm"]["name"] for d in decisions)
    lost = summary["lost"]["ring"]
    check(f"{name}: {len(want)} VMs caused {sum(want.values())}, and all were counted",
          {vm: seen.get(vm) for vm in want} == want)
    check(f"{name}: {len(decisions)} printed and {lost} lost are the {summary['seen']} counted",
          len(decisions) + lost == summary["seen"] == sum(seen.values()))
    check(f"{name}: what was written to the rings was received",
          summary["emitted"] == summary["received"])
    check(f"{name}: {'some' if must_lose else 'none'} were lost", (lost > 0) == must_lose)
    check(f"{name}: decisions are in order of time", in_order(decisions))
    if not must_lose:
        check(f"{name}: a VM on all CPUs: {seen.get('wide')} counted, {got['wide']} printed",
              got["wide"] == seen.get("wide", 0) >= caused(directory / f"{name}.wide"))


def main():
    directory = pathlib.Path(sys.argv[1])
    cpus = int((directory / "nproc").read_text())
    check(f"{cpus} CPUs share the rings", cpus > MAX_RINGS)
    check_run(directory, "ample", False)
    check_run(directory, "small", True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
