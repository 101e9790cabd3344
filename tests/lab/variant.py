#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel that decides like a vendor's must do: variant.py NAME DIRECTORY.

NAME is that of tests/lab/variants/NAME.patch, DIRECTORY has the results of variant.sh.
"""

import json
import pathlib
import sys

REGION = 1  # the memslot of the situation; slot 0 has the payload
MAIR = "0x40044ffff"
YES, NO, UNKNOWN = 0, 1, 2  # exit status of check

# What mainline of 6.17 and later does on a host with FWB and DIC: (attribute, result).
MAINLINE = {
    "anon": {("NORMAL", "NORMAL")},
    "bar0": {("DEVICE_nGnRnE", "NORMAL_NC")},
    "devmem": {("DEVICE_nGnRnE", "DEVICE_nGnRE")},
    "devmem-exec": {("DEVICE_nGnRnE", "DEVICE_nGnRE"), ("DEVICE_nGnRnE", "exec_on_noncacheable")},
    "resmem": {("NORMAL_NC", "NORMAL_NC")},
    "resmem-exec": {("NORMAL_NC", "NORMAL_NC"), ("NORMAL_NC", "exec_on_noncacheable")},
    "usemem": {("NORMAL", "NORMAL")},
    "usemem-exec": {("NORMAL", "NORMAL")},
}
def uncached(cells):
    """The same, where the host's own Normal-NC mappings are Device-nGnRE."""
    return {("DEVICE_nGnRE" if attr == "NORMAL_NC" else attr, result) for attr, result in cells}


# Before any decision, and after: (era, era_shown, exit status of check). `cells`: decisions.
KNOWN = ("7.1", True, YES)
UNSHOWN = ("6.9", None, UNKNOWN)
VARIANTS = {
    "exec": {"before": KNOWN, "after": KNOWN, "cells": MAINLINE},
    "nc-to-ngnre": {"before": KNOWN, "after": KNOWN, "mair": "0x44040004ffff",
                    "cells": {name: uncached(cells) for name, cells in MAINLINE.items()}},
    "vma-alone": {"before": UNSHOWN, "shown": "vma", "after": ("vma", True, YES),
                  "cells": MAINLINE | {"usemem-exec": {("NORMAL", "exec_on_noncacheable")}}},
    "vma-exec": {"before": UNSHOWN, "shown": "vma-exec", "after": ("vma", True, YES),
                 "cells": MAINLINE},
}
# Without FWB, a kernel without the capability is more likely one that refuses such memory. All
# that is not refused as an instruction fetch is refused then.
NEEDS_FWB, EXEC = "pfnmap_needs_fwb", "exec_on_noncacheable"
NO_FWB = {
    "vma-alone": {"before": ("7.1", None, NO), "shown": "vma", "after": ("7.1", None, NO),
                  "cells": {
                      "anon": MAINLINE["anon"],
                      "bar0": {("DEVICE_nGnRnE", NEEDS_FWB)},
                      "devmem": {("DEVICE_nGnRnE", NEEDS_FWB)},
                      "devmem-exec": {("DEVICE_nGnRnE", NEEDS_FWB), ("DEVICE_nGnRnE", EXEC)},
                      "resmem": {("NORMAL_NC", NEEDS_FWB)},
                      "resmem-exec": {("NORMAL_NC", NEEDS_FWB), ("NORMAL_NC", EXEC)},
                      "usemem": {("NORMAL", NEEDS_FWB)},
                      "usemem-exec": {("NORMAL", EXEC)},
                  }},
}


def objects(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def of_kind(objs, kind):
    return [o for o in objs if o["schema"] == f"s2trace.{kind}/1"]


def cells_of(objs, name):
    """(attribute, type or reason) of each decision about the memory of that situation."""
    for d in of_kind(objs, "decision"):
        if d["vm"]["name"] != name or d["slot"] != REGION or d["outcome"] == "retried":
            continue
        yield d["vma"]["attr"], d["type"] if d["outcome"] in ("mapped", "relaxed") else d["reason"]


def compare(what, got, want):
    ok = got == want
    print(f"{'ok' if ok else 'not ok'}: {what}: {got}" + ("" if ok else f", not {want}"))
    return ok


def check_facts(out, when, want, mair):
    facts = objects(out / f"check.{when}.json")[0]
    status = int((out / f"check.{when}.status").read_text())
    return [
        compare(f"{when}: era, whether it is shown, status of check",
                (facts["era"], facts["era_shown"], status), want),
        compare(f"{when}: MAIR_EL1", facts["mair_el1"], mair),
    ]


def check_trace(out, variant):
    objs = objects(out / "trace.json")
    era, shown, _ = variant["before"]
    want = [(era, shown)] + ([(variant["shown"], True)] if "shown" in variant else [])
    hosts = [(h["era"], h["era_shown"]) for h in of_kind(objs, "host")]
    yield compare("trace: first and last era", sorted({hosts[0], hosts[-1]}, key=str),
                  sorted(set(want), key=str))
    for name, cells in variant["cells"].items():
        yield compare(f"trace: {name}", set(cells_of(objs, name)), cells)


def check_map(out, cells):
    """A guest that waits: what the survey reads, with the VMAs of its memslots."""
    ranges = of_kind(objects(out / "map.json"), "map")
    for name, bar in (("bar0", 0), ("resmem", 2), ("usemem", 4)):
        held = {(r["vma"]["attr"], r["type"]) for r in ranges
                if r["device"] and r["device"]["bar"] == bar}
        yield compare(f"map: {name}", held, cells[name])


def main():
    name, out = sys.argv[1], pathlib.Path(sys.argv[2])
    variant = (NO_FWB if out.name == "no-fwb" else VARIANTS)[name]
    mair = variant.get("mair", MAIR)
    results = check_facts(out, "before", variant["before"], mair)
    results += check_trace(out, variant)
    results += check_facts(out, "after", variant["after"], mair)
    if out.name != "no-fwb":
        results += check_map(out, variant["cells"])
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
