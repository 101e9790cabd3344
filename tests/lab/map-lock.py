#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Who waited for mmu_lock: map-lock.py DIRECTORY of map-lock.sh.

The guest has one vCPU, and its VMM one thread: alone, it waits for nobody. Each wait
of a fault for a lock is a reader of rwlocks on its slow path.
"""

import json
import pathlib
import sys


def faults(path):
    """(when, how long in microseconds) of every fault that mapped something."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if '"s2trace.decision/1"' in line:
                o = json.loads(line)
                if o["duration_ns"]:
                    yield o["ts_ns"], o["duration_ns"] / 1000


def share(values, part):
    return values[min(int(len(values) * part), len(values) - 1)]


def say(ok, text):
    print(f"{'ok' if ok else 'not ok'}: {text}")
    return ok


def main():
    directory = pathlib.Path(sys.argv[1])
    phases, us = {}, {}
    for line in (directory / "phases").read_text().splitlines():
        name, *numbers = line.split()
        phases[name] = [int(n) for n in numbers]
        us[name] = []
    for ts, duration in faults(directory / "trace.json"):
        for name, (begin, end, *_) in phases.items():
            if begin <= ts < end:
                us[name].append(duration)
    waits = {}
    for name, (_, _, reads, readers, writers) in phases.items():
        us[name] = sorted(us[name]) or [0]
        waits[name] = readers
        print(f"{name}: tables read {reads} times, waits for a lock: {readers} to read, "
              f"{writers} to write; {len(us[name])} faults: median {share(us[name], 0.5):.0f} us, "
              f"99.9 % {share(us[name], 0.999):.0f} us, longest {us[name][-1]:.0f} us")

    def rate(name):
        return waits[name] / max(phases[name][2], 1)

    few = max(5, 3 * waits["nothing"])
    results = [
        say(all(len(v) > 200 for v in us.values()), "faults were seen in each phase"),
        say(phases["map"][2] > 10, "map read the tables again and again"),
        say(phases["debugfs"][2] > 10, "debugfs did"),
        say(waits["map"] <= few, f"map: {waits['map']} waits, not more than {few}"),
        say(rate("debugfs") > 20 * rate("map"), f"waits for each reading: debugfs "
            f"{rate('debugfs'):.4f}, map {rate('map'):.4f}"),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
