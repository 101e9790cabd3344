#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check that the backends agree, field by field: backends.py DIRECTORY of backends.sh.

A field that a backend does not know (null) is counted, and is not a difference; one
that it fills in must equal that of the reference backend.
"""

import collections
import json
import pathlib
import sys

REFERENCE = "tracepoint"
TOGETHER = "together.json"
# Times and names differ; VMs are matched by process.
OWN = {"schema", "ts_ns", "vm", "duration_ns", "backend", "inferred", "device", "duration_ticks"}
KINDS = ("s2trace.decision/", "s2trace.memslot/", "s2trace.unmap/", "s2trace.protect/")


def flat(value, prefix=""):
    """Nested objects become dotted names."""
    if not isinstance(value, dict):
        return {prefix: value}
    fields = {}
    for key, sub in value.items():
        if prefix or key not in OWN:
            fields.update(flat(sub, f"{prefix}.{key}" if prefix else key))
    return fields


def streams(path, backend=None):
    """Records by kind, process and vCPU, in order; of one backend if the file has several."""
    records = collections.defaultdict(list)
    for line in path.read_text().splitlines():
        if not line.startswith("{"):
            continue
        r = json.loads(line)
        kind = next((k for k in KINDS if r["schema"].startswith(k)), None)
        # s2trace queries KVM's capabilities with a VM that has no memory.
        if kind and r.get("vm") and backend in (None, r["backend"]):
            records[kind, r["vm"]["pid"], r["vm"]["name"], r.get("vcpu")].append(r)
    return records


def differences(want, got):
    """Fields that both know and that differ."""
    for name, value in flat(got).items():
        # Only the tracepoint knows a type that was chosen before the rejection.
        if value is None or (name == "type" and value == "NONE"):
            continue
        if flat(want).get(name) != value:
            yield name, flat(want).get(name), value


class Tally:
    def __init__(self):
        self.pairs = self.differing = 0
        self.absent = collections.Counter()
        self.shown = collections.Counter()

    def pair(self, key, want, got):
        self.pairs += 1
        for name, value in flat(want).items():
            if value is not None and flat(got).get(name) is None:
                self.absent[name] += 1
        diffs = list(differences(want, got))
        self.differing += bool(diffs)
        for name, a, b in diffs:
            self.shown[key[2], name] += 1
            if self.shown[key[2], name] <= 3:
                print(f"  {key[2]} {key[0]} ipa {want.get('fault_ipa', want.get('ipa'))} "
                      f"{want.get('outcome')}: {name} is {b}, {REFERENCE} has {a}")


def compare(reference, other, tally):
    ok = True
    for key in sorted(reference.keys() | other.keys(), key=str):
        want, got = reference.get(key, []), other.get(key, [])
        if len(want) != len(got):
            print(f"  {key}: {len(got)} records, {REFERENCE} has {len(want)}")
            ok = False
            continue
        for a, b in zip(want, got):
            tally.pair(key, a, b)
    return ok and not tally.differing


def verdict(what, reference, other):
    tally = Tally()
    ok = compare(reference, other, tally) and tally.pairs > 0
    absent = ", ".join(f"{n} {c}" for n, c in tally.absent.most_common())
    print(f"{'ok' if ok else 'not ok'}: {what}: {tally.pairs} records compared, "
          f"{tally.differing} differ; absent: {absent or 'nothing'}")
    return ok


def one_list(path, backends):
    """Several backends in one process report the same VMs, with the same numbers."""
    lists = [{(r[0]["vm"]["id"], key[1]) for key, r in streams(path, b).items()}
             for b in backends]
    ok = lists[0] and all(vms == lists[0] for vms in lists)
    print(f"{'ok' if ok else 'not ok'}: {', '.join(backends)} in one process: "
          f"{len(lists[0])} VMs, {'one list' if ok else 'not one list'}")
    return ok


def main():
    directory = pathlib.Path(sys.argv[1])
    reference = streams(directory / f"{REFERENCE}.json")
    together = directory / TOGETHER
    others = [p for p in sorted(directory.glob("*.json"))
              if p.stem != REFERENCE and p.name != TOGETHER]
    results = [verdict(p.stem, reference, streams(p)) for p in others]
    mine = streams(together, REFERENCE)
    results.append(verdict(f"{REFERENCE} among others", reference, mine))
    results += [verdict(f"{p.stem} in one process", mine, streams(together, p.stem))
                for p in others]
    results.append(one_list(together, [REFERENCE] + [p.stem for p in others]))
    return 0 if others and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
