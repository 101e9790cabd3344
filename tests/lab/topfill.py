#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check what top knows of idle VMs: topfill.py DIRECTORY of topfill.sh."""

import collections
import json
import pathlib
import sys

TYPES = ("NORMAL", "NORMAL_NC", "DEVICE_nGnRE", "NONE")


def objects(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def mapped_by(guest):
    """Bytes by type that the guest reports to have mapped."""
    leaves = {}
    for e in guest["expect"]:
        if e["kind"] != "decision" or e["outcome"] != "mapped":
            continue
        for i in range(e["count"]):
            leaves[int(e["ipa_first"], 16) + i * e["ipa_stride"]] = (e["type"], e["size"])
    sums = collections.Counter()
    for kind, size in leaves.values():
        sums[kind] += size
    return {t: sums[t] for t in TYPES}


def say(ok, text):
    print(f"{'ok' if ok else 'not ok'}: {text}")
    return ok


def check_idle(directory, guest):
    vms = [o for o in objects(directory / "top.json") if o["schema"] == "s2trace.top/1"]
    mine = [v for v in vms if v["vm"]["pid"] == guest["pid"]]
    if not say(len(mine) == 1, f"{guest['name']}: {len(mine)} rows"):
        return False
    vm, want = mine[0], mapped_by(guest)
    got = vm["mapped"] and vm["mapped"]["bytes"]
    ok = say(got == want, f"{guest['name']}: mapped {got}, expected {want}")
    quiet = vm["found"] and not vm["faults"] and vm["vm"]["name"] == guest["name"]
    return say(quiet, f"{guest['name']}: found {vm['found']}, {vm['faults']} faults") and ok


def check_cut(directory, guests):
    host = objects(directory / "cut.json")[0]
    return say(host["vms"] == 1 and host["vms_truncated"] == guests - 1,
               f"--max-vms 1: {host['vms']} VMs, {host['vms_truncated']} not shown")


def check_late(directory):
    guest = objects(directory / "late.guest")[-1]
    rows = [o for o in objects(directory / "later.json")
            if o["schema"] == "s2trace.top/1" and o["vm"]["pid"] == guest["pid"]]
    read = [r for r in rows if r["mapped"]]
    gone = [r for r in rows if not r["alive"]]
    ok = len({r["vm"]["id"] for r in rows}) == 1 and gone and all(not r["mapped"] for r in gone)
    ok = ok and read
    return say(ok, f"late: {len(rows)} rows, {len(read)} with what is mapped, {len(gone)} gone")


def check_ending(directory, guests):
    """The last list shows only live VMs as alive. (VMs that mapped nothing just disappear.)"""
    rows = [o for o in objects(directory / "ending.json") if o["schema"] == "s2trace.top/1"]
    stay = {g["pid"] for g in guests}
    end = max(o["ts_ns"] for o in rows)
    alive = {o["vm"]["pid"] for o in rows if o["ts_ns"] == end and o["alive"]}
    seen = {o["vm"]["id"] for o in rows}
    return say(alive == stay, f"ending: {len(seen)} VMs were seen; alive at the end: {alive}, "
                              f"expected {stay}")


def main():
    directory = pathlib.Path(sys.argv[1])
    guests = [objects(p)[-1] for p in sorted(directory.glob("*.guest"))
              if p.name != "late.guest"]
    results = [say(len(guests) >= 2, f"{len(guests)} guests")]
    results += [check_idle(directory, g) for g in guests]
    results.append(check_cut(directory, len(guests)))
    results.append(check_late(directory))
    results.append(check_ending(directory, guests))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
