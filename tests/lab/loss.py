#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check that received and lost events add up to what the guest caused: loss.py DIRECTORY."""

import json
import pathlib
import sys


def objects(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def caused(path):
    """Decisions that the guest reports to have caused."""
    expect = objects(path)[-1]["expect"]
    return sum(e.get("count", 1) for e in expect if e["kind"] == "decision")


def check(directory, name, must_lose):
    trace = objects(directory / f"{name}.json")
    summary = next(o for o in trace if o["schema"].startswith("s2trace.summary/"))
    decisions = sum(o["schema"].startswith("s2trace.decision/") for o in trace)
    others = summary["received"] - decisions
    lost = summary["lost"]["ring"]
    want = caused(directory / f"{name}.guest")
    ok = summary["seen"] == want and decisions + lost == want and (lost > 0) == must_lose
    ok = ok and summary["emitted"] == summary["received"]
    print(f"{'ok' if ok else 'not ok'}: {name}: caused {want}, counted {summary['seen']}, "
          f"printed {decisions} (+{others} other records), lost {lost}")
    return ok


def main():
    directory = pathlib.Path(sys.argv[1])
    results = [check(directory, "small", True), check(directory, "ample", False)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
