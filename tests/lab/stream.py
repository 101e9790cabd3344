#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check the contents of the recordings of stream.sh: stream.py DIRECTORY."""

import json
import pathlib
import sys


def objects(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def of_kind(objs, kind):
    return [o for o in objs if o["schema"] == f"s2trace.{kind}/1"]


def say(ok, text):
    print(f"{'ok' if ok else 'not ok'}: {text}")
    return ok


def spans(objs):
    """What is mapped, without VM numbers, which differ between runs."""
    return sorted((r["vm"]["name"], r["ipa"], r["size"], r["type"], r["prot"],
                   r["leaf_size"], r["slot"], json.dumps(r["device"]))
                  for r in of_kind(objs, "map"))


def caused(path):
    """Decisions that the guest says it caused."""
    return sum(e.get("count", 1) for e in objects(path)[-1]["expect"] if e["kind"] == "decision")


def check_name(out):
    """Every decision of the VMs of that name, and few of others came out of the kernel."""
    lines = objects(out / "all-of-late.json")
    got, summary = of_kind(lines, "decision"), of_kind(lines, "summary")[0]
    want = caused(out / "late.guest") + caused(out / "late2.guest")
    return [
        say(len(got) == want and {d["vm"]["name"] for d in got} == {"late"},
            f"--vm NAME: {len(got)} decisions printed, {want} caused"),
        say(summary["filtered"] > 1000, f"--vm NAME: {summary['filtered']} of {summary['seen']} "
            "decisions stayed in the kernel"),
    ]


def main():
    out = pathlib.Path(sys.argv[1])
    then, later = objects(out / "then.json"), objects(out / "later.json")
    decisions = of_kind(objects(out / "later-trace.json"), "decision")
    summary = of_kind(objects(out / "later-trace.json"), "summary")[0]
    numbers = {o["vm"]["id"] for o in later if o.get("vm")}
    known = {vm["id"] for vm in summary["vms"]}
    ok = [
        say(spans(then) == spans(later) and spans(then),
            f"map of the recording is the map of then: {len(spans(then))} spans"),
        say(len(decisions) == summary["seen"] and decisions,
            f"{len(decisions)} decisions recorded, {summary['seen']} seen"),
        say(numbers <= known, f"map numbers VMs as trace does: {sorted(numbers)}"),
        say(any(o["vm"]["name"] == "anon" for o in of_kind(objects(out / "later-top.json"), "top")),
            "top knows the VMs of the recording"),
    ]
    ok += check_name(out)
    return 0 if all(ok) else 1


if __name__ == "__main__":
    sys.exit(main())
