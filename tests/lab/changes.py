#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check what changes.sh left: changes.py DIRECTORY."""

import collections
import json
import pathlib
import sys

PAGE = 4096
failed = False


def check(what, ok, details=""):
    global failed
    failed = failed or not ok
    print(f"{'ok' if ok else 'not ok'}: {what}{'' if ok else f': {details}'}")


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def pages(path):
    """What a map says of each page of the VM's own tables."""
    found = {}
    for r in read(path):
        if r["schema"] != "s2trace.map/1" or r["nested"] is not None:
            continue
        first = int(r["ipa"], 16)
        for ipa in range(first, first + r["size"], PAGE):
            found[ipa] = (r["type"], r["leaf_size"], r["prot"])
    return found


def check_map(directory, situation):
    tables, stream = (pages(directory / f"{situation}.{kind}") for kind in ("tables", "stream"))
    differ = [f"{ipa:#x}: tables {tables.get(ipa)}, stream {stream.get(ipa)}"
              for ipa in sorted(set(tables) | set(stream)) if tables.get(ipa) != stream.get(ipa)]
    check(f"{situation}: the stream tells what is mapped ({len(tables)} pages)",
          tables and not differ, f"{len(differ)} differ, {differ[:3]}")


def bytes_of(events, **fields):
    return sum(e["size"] for e in events if all(e[k] == v for k, v in fields.items()))


def check_cleaning(pid, backend, events):
    """Each page is cleaned when it is mapped and, without FWB, when it is unmapped."""
    by_kind = collections.defaultdict(list)
    for e in events:
        by_kind[e["schema"].split(".")[1].split("/")[0]].append(e)
    fwb = by_kind["decision"][0]["fwb"]
    want = bytes_of(by_kind["decision"], outcome="mapped", type="NORMAL")
    if not fwb:
        want += bytes_of(by_kind["unmap"])
    got = bytes_of(by_kind["cmo"], op="dcache_clean_inval", done=not fwb)
    name = events[0]["vm"]["name"]
    check(f"{name}, {backend}: {got >> 10} KiB cleaned", got == want, f"not {want >> 10} KiB")


def check_cmo(directory):
    events = [e for e in read(directory / "cmo") if "by_pid" in e or "outcome" in e]
    cmos = [e for e in events if e["schema"] == "s2trace.cmo/1"]
    stray = [e for e in cmos if not e["vm"] or e["vm"]["pid"] != e["by_pid"]]
    check(f"{len(cmos)} times of cache maintenance have their VM", cmos and not stray,
          f"{len(stray)} have not, {stray[:2]}")
    runs = collections.defaultdict(list)
    for e in events:
        if e["vm"] and e["schema"] != "s2trace.memslot/1":
            runs[e["vm"]["pid"], e["backend"]].append(e)
    counts = collections.defaultdict(dict)
    for (pid, backend), run in sorted(runs.items()):
        check_cleaning(pid, backend, run)
        counts[pid][backend] = collections.Counter(
            (e["op"], e["size"], e["done"]) for e in run if e["schema"] == "s2trace.cmo/1")
    for pid, by_backend in counts.items():
        check(f"all backends saw the same cache maintenance of process {pid}",
              len(set(map(str, map(sorted, map(dict.items, by_backend.values()))))) == 1,
              by_backend)


def main():
    directory = pathlib.Path(sys.argv[1])
    for situation in ("dirty", "dirty-split", "dirty-eager", "refault"):
        check_map(directory, situation)
    check_cmo(directory)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
