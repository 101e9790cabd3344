#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What map.sh left: map.py DIRECTORY. Exit status 0 if all of it is as it must be.

- each leaf that debugfs knows is in the map, and no other: level, permissions and,
  where the kernel's debugfs tells it, memory type;
- every host-physical address lies in memory or in a device of the host.
"""

import json
import os
import pathlib
import re
import sys

TYPES = {"MEM/NORMAL": "NORMAL", "MEM/NORMAL-NC": "NORMAL_NC", "DEVICE/nGnRE": "DEVICE_nGnRE"}
EXEC = {"px ux": "x", "PXNux": "u", "PXNUXN": "-", "px UXN": "p"}
LINE = re.compile(r"0x([0-9a-f]+)-0x([0-9a-f]+)\s+\d+[KMGTPE] (\d)(.*)")
# The GPU's memory is not in /proc/iomem; its driver knows it from the firmware.
GPU = (0x140000000, 0x140000000 + (2 << 30))


def objects(path, kind):
    """Objects of that kind; none may be anything but map and map_summary."""
    for line in path.read_text().splitlines():
        obj = json.loads(line)
        if obj["schema"] == f"s2trace.{kind}/1":
            yield obj
        elif not obj["schema"].startswith("s2trace.map"):
            raise ValueError(f"{path}: {line}")


def from_debugfs(path):
    """{first address of a leaf: (leaf size, permissions, type or None)}"""
    leaves = {}
    for line in path.read_text().splitlines():
        m = LINE.match(line)
        if not m or not m[4].strip():
            continue
        first, end, level, words = int(m[1], 16), int(m[2], 16), int(m[3]), m[4]
        exe = next(v for k, v in EXEC.items() if k in words)
        prot = ("r" if " R " in words else "-") + ("w" if " W " in words else "-") + exe
        kind = next((v for k, v in TYPES.items() if words.split()[-1] == k or
                     words.replace(" BLK", "").split()[-1] == k), None)
        size = 1 << (12 + 9 * (3 - level))
        for ipa in range(first, end, size):
            leaves[ipa] = (size, prot, kind)
    return leaves


def from_map(ranges):
    leaves = {}
    for r in ranges:
        first, size = int(r["ipa"], 16), r["leaf_size"]
        assert r["size"] == r["leaves"] * size, r
        for i in range(r["leaves"]):
            assert first + i * size not in leaves, r
            leaves[first + i * size] = (size, r["prot"], r["type"])
    return leaves


class Verdict:
    """Prints one line per check."""

    def __init__(self):
        self.bad = False

    def say(self, ok, text):
        print(f"{'ok' if ok else 'not ok'}: {text}")
        self.bad = self.bad or not ok


def differences(want, got):
    for ipa in sorted(want.keys() | got.keys()):
        w, g = want.get(ipa), got.get(ipa)
        if w and g and w[2] is None:
            w = (w[0], w[1], g[2])
        if w != g:
            yield f"{ipa:#x}: debugfs {w}, map {g}"


def compare_vm(verdict, path, maps):
    pid = int(path.name.split(".")[1].split("-")[0])
    want = from_debugfs(path)
    for how, ranges in maps.items():
        mine = [r for r in ranges if r["vm"]["pid"] == pid and r["nested"] is None]
        wrong = list(differences(want, from_map(mine)))
        name = mine[0]["vm"]["name"] if mine else "?"
        verdict.say(want and not wrong, f"{name} ({how}): {len(want)} leaves in "
                    f"{len(mine)} ranges" + "".join(f"\n    {w}" for w in wrong[:5]))


def merged(ranges):
    """Number of ranges if those split by host-physical address were merged."""
    out = []
    for r in sorted(ranges, key=lambda r: (r["vm"]["pid"], int(r["ipa"], 16))):
        key = (r["vm"]["pid"], r["type"], r["prot"], r["leaf_size"], r["slot"])
        if out and out[-1][0] == key and out[-1][1] == int(r["ipa"], 16):
            out[-1][1] += r["size"]
        else:
            out.append([key, int(r["ipa"], 16) + r["size"]])
    return len(out)


def regions(path):
    regs = [GPU]
    for line in path.read_text().splitlines():
        if not line.startswith(" "):
            first, last = line.split(" : ")[0].split("-")
            regs.append((int(first, 16), int(last, 16) + 1))
    return regs


def strays(ranges, regs):
    for r in ranges:
        first = int(r["pa"], 16)
        if not any(a <= first and first + r["size"] <= b for a, b in regs):
            yield r


def check_still(verdict, directory):
    maps = {how: list(objects(directory / f"{how}.json", "map")) for how in ("map", "pa")}
    tables = sorted(directory.glob("tables.*"))
    verdict.say(len(tables) >= 6, f"{len(tables)} VMs stood still")
    for path in tables:
        compare_vm(verdict, path, maps)
    verdict.say(len(maps["map"]) == merged(maps["pa"]), f"{len(maps['pa'])} ranges by PA make "
                f"{len(maps['map'])}")
    types = {r["type"] for r in maps["map"]}
    verdict.say(types >= {"NORMAL", "NORMAL_NC", "DEVICE_nGnRE"}, f"types seen: {sorted(types)}")
    bars = {(r["device"]["bdf"], r["device"]["bar"]) for r in maps["map"] if r["device"]}
    verdict.say(len(bars) >= 3, f"BARs seen: {sorted(bars)}")
    attrs = {(r["vma"]["attr"], r["type"]) for r in maps["map"] if r["vma"]}
    verdict.say({("NORMAL", "NORMAL"), ("NORMAL_NC", "NORMAL_NC")} <= attrs,
                f"VMA attributes and types seen: {sorted(attrs)}")
    names = {r["vm"]["name"] for r in objects(directory / "vm.json", "map")}
    verdict.say(names == {"thp"}, f"--vm thp shows {names}")
    for s in objects(directory / "map.json", "map_summary"):
        verdict.say(not s["changed"] and not s["lost"] and not s["unlisted_pa_ranges"],
                    f"changed {s['changed']}, lost {s['lost']}, "
                    f"unlisted {s['unlisted_pa_ranges']}")


def check_storm(verdict, directory, regs):
    ranges = list(objects(directory / "storm.json", "map"))
    sums = list(objects(directory / "storm.json", "map_summary"))
    bad = list(strays(ranges, regs))
    verdict.say(ranges and not bad, f"storm: {len(ranges)} ranges in {len(sums)} maps, "
                f"{len(bad)} with addresses that are not the host's"
                + "".join(f"\n    {b}" for b in bad[:3]))
    odd = [r for r in ranges if r["type"] != "NORMAL" or not r["prot"].startswith("r")]
    verdict.say(not odd, f"storm: {len(odd)} ranges of a type or permission that no guest has"
                + "".join(f"\n    {b}" for b in odd[:3]))
    odd = [s for s in sums if s["unlisted_pa_ranges"] or s["bytes"]["NONE"]]
    verdict.say(not odd, f"storm: {len(odd)} readings with unlisted addresses or unknown types"
                + "".join(f"\n    {b}" for b in odd[:3]))
    total = {k: sum(s[k] for s in sums) for k in ("leaves", "tables", "changed", "dropped",
                                                  "unreadable", "vms_gone")}
    verdict.say(total["tables"] > 0, "storm: " + ", ".join(f"{v} {k}" for k, v in total.items()))


def main():
    directory = pathlib.Path(sys.argv[1])
    if not os.path.exists(directory / "pa.json"):
        print("not ok: map.sh left nothing")
        return 1
    verdict = Verdict()
    regs = regions(directory / "iomem")
    check_still(verdict, directory)
    bad = list(strays(objects(directory / "pa.json", "map"), regs))
    verdict.say(not bad, f"{len(bad)} ranges with addresses that are not the host's")
    check_storm(verdict, directory, regs)
    return verdict.bad


if __name__ == "__main__":
    sys.exit(main())
