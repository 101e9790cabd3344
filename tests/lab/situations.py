#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compare reports of s2guest with events of s2trace, after tests/lab/situations.

    situations.py check DIR...          each DIR is out/situations/PROFILE of a share
    situations.py reasons DIR...        check that every reason that has a name was caused

Every field that a guest announces is asserted, in the order in which the decisions
must have been taken; sums must be equal: announced, seen one by one, counted by the
kernel side. Exit status: 0 as announced, 1 not, 2 cannot be told.
"""

import argparse
import collections
import glob
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PARTS = ("serial", "together")
MAX_SHOWN = 5  # complaints about one situation that are printed

# Keys of an expectation that are the decision's own, by the same name.
PLAIN = ("access", "fault", "slot", "outcome", "reason", "limit", "ret", "size", "type",
         "prot", "kernel_mapped", "device", "dirty_log", "mte", "nested", "fwb", "dic",
         "map_writable", "vncr")

# Keys of a fault on the VNCR page that may be null: the CPU reports no IPA.
VNCR_MAY_LACK = ("ipa", "fault_ipa", "hva", "pa", "slot", "dirty_log", "map_writable")


class Complaints:
    """Failures of one situation; only the first few are printed."""

    def __init__(self):
        self.lines = []

    def add(self, text):
        self.lines.append(text)

    def show(self, title):
        print(f"not ok - {title}")
        for line in self.lines[:MAX_SHOWN]:
            print(f"    {line}")
        if len(self.lines) > MAX_SHOWN:
            print(f"    and {len(self.lines) - MAX_SHOWN} more")


def read_lines(path):
    """The objects of a file of JSON lines."""
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            try:
                yield json.loads(line)
            except ValueError as e:
                sys.exit(f"situations.py: {path}:{n}: {e}")


def kind_of(record):
    """'s2trace.decision/1' -> 'decision'"""
    return record.get("schema", "").split(".")[-1].split("/")[0]


class Trace:
    """All events of one run of s2trace, by process and kind."""

    def __init__(self, path):
        self.by_pid = collections.defaultdict(lambda: collections.defaultdict(list))
        self.summary = None
        self.names = {}
        for record in read_lines(path):
            kind = kind_of(record)
            if kind == "summary":
                self.summary = record
                continue
            vm = record.get("vm")
            if vm:
                self.by_pid[vm["pid"]][kind].append(record)
                self.names[vm["pid"]] = vm["name"]

    def of(self, pid, kind):
        return self.by_pid[pid][kind] if pid in self.by_pid else []


def hex_at(first, stride, i):
    return None if first is None else int(first, 16) + stride * i


def singles(group):
    """The decisions of a group, as dicts of event fields."""
    stride = group["ipa_stride"]
    for n in range(group["count"]):
        i = n % group["wrap"] if group.get("wrap") else n
        want = {key: group[key] for key in PLAIN if key in group}
        want["fault_ipa"] = hex_at(group["fault_ipa_first"], stride, i)
        want["ipa"] = hex_at(group["ipa_first"], stride, i)
        if "hva_first" in group:
            want["hva"] = hex_at(group["hva_first"], stride, i)
        if "pa_first" in group:
            want["pa"] = hex_at(group["pa_first"], stride, i)
        elif group.get("pas") and group["pas"][i]:
            want["pa"] = int(group["pas"][i], 16)
        want["vma"] = {key: group[key] for key in group if key.startswith("vma_")}
        want["optional"] = group["optional"]
        want["type_inferred"] = group.get("type_inferred", False)
        want["device_maybe"] = group.get("device_maybe", False)
        yield want


def got_value(record, key):
    value = record.get(key)
    if key in ("ipa", "fault_ipa", "hva", "pa") and value is not None:
        return int(value, 16)
    return value


def compare_vma(want, record, complain):
    vma = record.get("vma") or {}
    if want.get("vma_attr") != vma.get("attr"):
        complain(f"vma.attr is {vma.get('attr')}, not {want.get('vma_attr')}")
    if want.get("vma_attr") is None:
        return
    flags = set(vma.get("flags") or [])
    if not flags.issuperset(want["vma_flags_has"]):
        complain(f"vma.flags {sorted(flags)} lack some of {want['vma_flags_has']}")
    if flags.intersection(want["vma_flags_hasnt"]):
        complain(f"vma.flags {sorted(flags)} have some of {want['vma_flags_hasnt']}")
    if want.get("vma_page_size") not in (None, vma.get("page_size")):
        complain(f"vma.page_size is {vma.get('page_size')}, not {want['vma_page_size']}")


def compare_decision(want, record, complaints):
    where = f"decision at {want['fault_ipa']:#x} ({want['access']}, {want['outcome']})"

    def complain(text):
        complaints.add(f"{where}: {text}")

    for key, value in want.items():
        if key in ("vma", "optional", "type_inferred", "device_maybe"):
            continue
        got = got_value(record, key)
        if got is None and want["vncr"] and key in VNCR_MAY_LACK:
            continue
        if got is None and want["device_maybe"] and key == "device":
            continue
        if got != value:
            show = hex if key in ("ipa", "hva", "pa") and got is not None else str
            complain(f"{key} is {show(got)}, not {show(value)}")
    if want["type_inferred"] and "type" not in record["inferred"]:
        complain("type is not marked as inferred")
    compare_vma(want["vma"], record, complain)


def is_race(record):
    return record["outcome"] == "retried" and record["reason"] in ("notifier_race", "walk_race")


def drop_races(records, complaints):
    """Removes retries that no one announced. Each has found its page frame."""
    while records and is_race(records[0]):
        record = records.pop(0)
        if record["pa"] is None:
            complaints.add(f"a retry at {record['fault_ipa']} ({record['reason']}): pa is None")


def check_place(wants, records, racy, complaints):
    """All that happened to one page, in order."""
    for want in wants:
        if racy and want["outcome"] != "retried":
            drop_races(records, complaints)
        if want["optional"] and (not records or records[0]["outcome"] != want["outcome"]):
            continue
        if not records:
            complaints.add(f"no decision at {want['fault_ipa']:#x} "
                           f"({want['access']}, {want['fault']}, {want['outcome']})")
            continue
        compare_decision(want, records.pop(0), complaints)
    if racy:
        drop_races(records, complaints)
    for record in records:
        complaints.add(f"nobody announced a decision at {record['fault_ipa']}: "
                       f"{record['access']} {record['fault']} -> {record['outcome']} "
                       f"{record['reason'] or ''}")


def place_of(decision, fault_ipa):
    """The page that faulted. All VNCR pages are one place: their address may be unknown."""
    return -1 if decision["vncr"] else fault_ipa


def check_decisions(guest, trace, complaints):
    """Each announced decision was seen, and nothing but that. Returns how many there were."""
    wants, records = collections.defaultdict(list), collections.defaultdict(list)
    for group in guest["expect"]:
        if group["kind"] == "decision":
            for want in singles(group):
                wants[place_of(want, want["fault_ipa"])].append(want)
    seen = sorted(trace.of(guest["pid"], "decision"), key=lambda r: r["ts_ns"])
    for record in seen:
        records[place_of(record, got_value(record, "fault_ipa"))].append(record)
    for place in sorted(set(wants) | set(records)):
        check_place(wants[place], records[place], guest["racy"], complaints)
    return len(seen)


SLOT_KEYS = ("change", "slot", "ipa", "size", "hva", "outcome", "reason", "ret")


def check_slots(guest, trace, complaints):
    wants = [e for e in guest["expect"] if e["kind"] == "memslot"]
    records = sorted(trace.of(guest["pid"], "memslot"), key=lambda r: r["ts_ns"])
    if len(wants) != len(records):
        complaints.add(f"{len(records)} changes of memslots were seen, not {len(wants)}")
    for want, record in zip(wants, records):
        for key in SLOT_KEYS:
            if key in want and record.get(key) != want[key]:
                complaints.add(f"memslot {want['slot']} ({want['change']}): {key} is "
                               f"{record.get(key)}, not {want[key]}")


CHANGES = {"unmap": "cause", "protect": "op"}


def check_changes(guest, trace, complaints):
    """Announced ranges were changed as often as announced; the end of a VM unmaps more."""
    seen = collections.Counter()
    for kind, word in CHANGES.items():
        for r in trace.of(guest["pid"], kind):
            for size in (r["size"], None):
                seen[kind, r[word], r["nested"], int(r["ipa"], 16), size] += 1
    announced = set()
    for want in guest["expect"]:
        if want["kind"] not in CHANGES:
            continue
        key = (want["kind"], want["word"], want["nested"], int(want["ipa"], 16), want["size"])
        announced.add(key)
        if seen[key] != want["count"]:
            complaints.add(f"{key[4]} bytes at {key[3]:#x} (nested {key[2]}) were changed "
                           f"{seen[key]} times ({key[0]} {key[1]}), not {want['count']}")
    for key in seen:
        if key[4] is not None and not announced & {key, key[:4] + (None,)} and (
                key[0] == "protect" or key[1] in ("vcpu_reset", "nested_tlbi")):
            complaints.add(f"nobody announced {key[0]} {key[1]} at {key[3]:#x} (nested {key[2]})")
        if key[0] == "unmap" and key[1].startswith("nested") != (key[2] is not None):
            complaints.add(f"unmap {key[1]} has nested {key[2]}")


def check_life(guest, trace, complaints):
    events = collections.Counter(r["event"] for r in trace.of(guest["pid"], "vm"))
    for event in ("created", "destroyed"):
        if events[event] != guest["vms"]:
            complaints.add(f"{events[event]} VMs were {event}, not {guest['vms']}")


def count_singles(decisions):
    """Expected totals, from single decisions."""
    outcomes = collections.Counter(d["outcome"] for d in decisions)
    reasons = collections.Counter(d["reason"] for d in decisions if d["reason"])
    types = collections.Counter()
    for d in decisions:
        if d["outcome"] == "mapped" and d["type"]:  # VNCR pages are not mapped by stage 2
            types[d["type"], "mappings"] += 1
            types[d["type"], "bytes"] += d["size"]
            types[d["type"], d["access"]] += 1
    return outcomes, reasons, types


def count_changes(trace, pid):
    changes = collections.Counter()
    for kind, word in CHANGES.items():
        for r in trace.of(pid, kind):
            changes[kind, r[word], "n"] += 1
            changes[kind, r[word], "bytes"] += r["size"]
    return changes


def check_counts(what, want, got, complaints):
    for key in set(want) | set(got):
        if want.get(key, 0) != got.get(key, 0):
            complaints.add(f"aggregate {what}[{key}] is {got.get(key, 0)}, "
                           f"but single records make it {want.get(key, 0)}")


def add_summary(rows):
    """The totals of all VMs of one process."""
    total = {"faults": 0, "outcomes": collections.Counter(), "reasons": collections.Counter(),
             "types": collections.Counter(), "slots": collections.Counter(),
             "changes": collections.Counter()}
    for vm in rows:
        total["faults"] += vm["faults"]
        total["outcomes"].update(vm["outcomes"])
        total["reasons"].update(vm["reasons"])
        total["slots"].update(accepted=vm["slots_accepted"], rejected=vm["slots_rejected"])
        for kind in CHANGES:
            for name, cell in vm[kind].items():
                total["changes"].update({(kind, name, key): cell[key] for key in cell})
        for name, cell in vm["types"].items():
            for key in ("mappings", "bytes", "read", "write", "exec"):
                total["types"][name, key] += cell[key]
    return total


def check_aggregates(guest, trace, complaints):
    """Kernel-side totals equal the single decisions."""
    if not trace.summary:
        complaints.add("s2trace printed no summary")
        return
    rows = [vm for vm in trace.summary["vms"] if vm["pid"] == guest["pid"]]
    decisions = trace.of(guest["pid"], "decision")
    slots = trace.of(guest["pid"], "memslot")
    total = add_summary(rows)
    outcomes, reasons, types = count_singles(decisions)
    reasons.update(s["reason"] for s in slots if s["reason"])
    if total["faults"] != len(decisions):
        complaints.add(f"aggregates count {total['faults']} faults, records {len(decisions)}")
    check_counts("outcomes", outcomes, total["outcomes"], complaints)
    check_counts("reasons", reasons, total["reasons"], complaints)
    check_counts("types", types, total["types"], complaints)
    check_counts("changes", count_changes(trace, guest["pid"]), total["changes"], complaints)
    check_counts("slots", collections.Counter(s["outcome"] for s in slots), total["slots"],
                 complaints)


# --- debugfs stage2_page_tables, with the memory attributes of the last patch ---

RANGE = re.compile(r"^0x([0-9a-f]+)-0x([0-9a-f]+)\s+\S+\s+(\d)\s+(.*\bR\b.*|.*\bAF\b.*)$")
ATTRS = {"NORMAL": "NORMAL", "NORMAL-NC": "NORMAL_NC", "NORMAL_NC": "NORMAL_NC",
         "DEVICE-nGnRE": "DEVICE_nGnRE", "DEVICE_nGnRE": "DEVICE_nGnRE",
         "MEM/NORMAL": "NORMAL", "MEM/NORMAL-NC": "NORMAL_NC", "DEVICE/nGnRE": "DEVICE_nGnRE"}


def read_tables(path):
    """[(first, end, type)] of what is mapped; type None where no attribute is printed."""
    ranges = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            m = RANGE.match(line.rstrip())
            if m:
                types = [ATTRS[word] for word in m[4].split() if word in ATTRS]
                ranges.append((int(m[1], 16), int(m[2], 16), types[0] if types else None))
    return ranges


class Mapped:
    """Expected stage 2, from events: page number -> type."""

    def __init__(self, page):
        self.page = page
        self.types = {}

    def pages(self, ipa, size):
        return range(ipa // self.page, (ipa + size) // self.page)

    def map(self, d):
        """A leaf is written; what was a block there loses its other pages."""
        ipa = int(d["ipa"], 16)
        if d["fault"] == "permission" and d["size"] == self.page:
            self.unmap(ipa - ipa % (self.page * self.page // 8), self.page * self.page // 8,
                       keep_pages=True)
        for page in self.pages(ipa, d["size"]):
            self.types[page] = (d["type"], d["size"])

    def unmap(self, ipa, size, keep_pages=False):
        gone = self.pages(ipa, size)
        for page in [p for p in self.types if p in gone]:
            if not keep_pages or self.types[page][1] != self.page:
                del self.types[page]


def replay(guest, trace):
    """Nested guests have their own tables, which debugfs does not show."""
    events = [(r["ts_ns"], r) for kind in ("decision", "unmap")
              for r in trace.of(guest["pid"], kind)]
    mapped = Mapped(guest["page_size"])
    for _, r in sorted(events, key=lambda e: e[0]):
        if kind_of(r) == "unmap":
            if r["nested"] is None:
                mapped.unmap(int(r["ipa"], 16), r["size"])
        elif r["outcome"] == "mapped" and not r["nested"]:
            mapped.map(r)
    return mapped.types


def check_tables(guest, trace, paths, complaints):
    """The tables show what the decisions say: these pages, of this type, and no other."""
    if not paths or guest["vms"] != 1:
        return
    destroyed = {r["vm"]["id"]: r["ts_ns"] for r in trace.of(guest["pid"], "vm")
                 if r["event"] == "destroyed"}
    want = dict(replay_alive(guest, trace, destroyed))
    for first, end, kind in read_tables(paths[0]):
        for page in range(first // guest["page_size"], end // guest["page_size"]):
            got = want.pop(page, None)
            if got is None:
                complaints.add(f"tables map {page * guest['page_size']:#x}, records do not")
            elif kind is None:
                complaints.add("stage2_page_tables shows no memory attribute")
                return
            elif kind != got:
                complaints.add(f"tables say {kind} at {page * guest['page_size']:#x}, "
                               f"records {got}")
    for page in want:
        complaints.add(f"records map {page * guest['page_size']:#x}, tables do not")


def replay_alive(guest, trace, destroyed):
    """State before the VM was destroyed, which is after the tables were read."""
    end = min(destroyed.values(), default=None)
    cut = Trace.__new__(Trace)
    cut.by_pid = {guest["pid"]: {
        kind: [r for r in trace.of(guest["pid"], kind) if end is None or r["ts_ns"] < end]
        for kind in ("decision", "unmap")}}
    return ((page, t[0]) for page, t in replay(guest, cut).items())


# --- one profile ---

def check_guest(guest, trace, directory, part):
    complaints = Complaints()
    n = check_decisions(guest, trace, complaints)
    check_slots(guest, trace, complaints)
    check_changes(guest, trace, complaints)
    check_life(guest, trace, complaints)
    check_aggregates(guest, trace, complaints)
    check_tables(guest, trace, glob.glob(f"{directory}/tables/{part}-{guest['pid']}-*"),
                 complaints)
    title = f"{os.path.basename(directory)} {part} {guest['situation']} ({n} decisions)"
    if complaints.lines:
        complaints.show(title)
        return False
    print(f"ok - {title}")
    return True


def check_whole(trace, guests, directory, part):
    """Checks of the whole run: no losses, no unknown processes, sums."""
    complaints = Complaints()
    pids = {g["pid"] for g in guests}
    decisions = sum(len(kinds["decision"]) for kinds in trace.by_pid.values())
    if trace.summary:
        if trace.summary["lost_total"]:
            complaints.add(f"{trace.summary['lost_total']} records were lost: "
                           f"{trace.summary['lost']}")
        faults = sum(vm["faults"] for vm in trace.summary["vms"])
        if faults != decisions:
            complaints.add(f"all aggregates count {faults} faults, the records {decisions}")
    for pid, name in trace.names.items():
        if pid not in pids and name != "probe":
            complaints.add(f"a VM that no guest announced: pid {pid}, {name}")
    title = f"{os.path.basename(directory)} {part}: all {decisions} decisions of {len(pids)} VMs"
    if complaints.lines:
        complaints.show(title)
        return False
    print(f"ok - {title}")
    return True


def check_part(directory, part):
    expect = f"{directory}/{part}.expect"
    if os.path.exists(f"{directory}/{part}.skipped"):
        print(f"ok - {os.path.basename(directory)} {part} # SKIP blocks are too large")
        return True
    if not os.path.exists(expect):
        print(f"not ok - {directory}: {part} did not run")
        return False
    trace = Trace(f"{directory}/{part}.json")
    guests, ok = [], True
    for guest in read_lines(expect):
        if "skipped" in guest:
            print(f"ok - {os.path.basename(directory)} {part} {guest['situation']} "
                  f"# SKIP {guest['skipped']}")
            guests.append(guest)
            continue
        guests.append(guest)
        ok &= check_guest(guest, trace, directory, part)
    return ok & check_whole(trace, guests, directory, part)


def check_results(directory):
    """Every guest exited successfully."""
    ok = True
    with open(f"{directory}/results", encoding="utf-8") as f:
        for part, what, status in (line.split() for line in f):
            if status not in ("0", "77"):
                print(f"not ok - {os.path.basename(directory)} {part}: s2guest {what} "
                      f"ended with {status}")
                ok = False
    return ok


SPLAT = re.compile(r"WARNING: |BUG: |Oops|Call trace:|Unable to handle|Internal error")


def check_dmesg(directory):
    """The kernel printed no splats."""
    with open(f"{directory}/dmesg", encoding="utf-8", errors="replace") as f:
        splats = [line.strip() for line in f if SPLAT.search(line)]
    for line in splats[:MAX_SHOWN]:
        print(f"not ok - {os.path.basename(directory)} kernel: {line}")
    return not splats


def cmd_check(args):
    ok = True
    for directory in args.dir:
        directory = directory.rstrip("/")
        if not os.path.exists(f"{directory}/results"):
            print(f"not ok - {directory}: nothing was run")
            ok = False
            continue
        ok &= check_results(directory) & check_dmesg(directory)
        for part in PARTS:
            ok &= check_part(directory, part)
    return 0 if ok else 1


# --- reasons ---

def reasons_of(path):
    """The names in the list of all names that s2trace uses."""
    with open(path, encoding="utf-8") as f:
        names = [line.split()[1] for line in f if line.startswith("reason ")]
    return [name for name in names if name not in ("none", "unknown")]


def reasons_seen(directories):
    seen = collections.defaultdict(set)
    for directory in directories:
        for path in glob.glob(f"{directory}/*.json"):
            for record in read_lines(path):
                if kind_of(record) in ("decision", "memslot") and record.get("reason"):
                    seen[record["reason"]].add(os.path.basename(directory.rstrip("/")))
    return seen


def read_unreachable(path):
    """'reason: why' lines; '#' begins a comment."""
    why = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            line = line.split("#")[0].strip()
            if line:
                name, _, text = line.partition(":")
                why[name.strip()] = text.strip()
    return why


def cmd_reasons(args):
    known = reasons_of(args.names)
    if not known:
        print(f"situations.py: no reasons in {args.names}", file=sys.stderr)
        return 2
    seen, why, ok = reasons_seen(args.dir), read_unreachable(args.unreachable), True
    for name in known:
        if name in seen:
            print(f"ok - reason {name}: {', '.join(sorted(seen[name]))}")
            if name in why:
                print(f"not ok - reason {name} is listed as unreachable, but was caused")
                ok = False
        elif name in why:
            print(f"ok - reason {name} # SKIP {why[name]}")
        else:
            print(f"not ok - reason {name} was never caused")
            ok = False
    for name in set(seen) - set(known):
        print(f"not ok - reason {name} has no name in the list")
        ok = False
    return 0 if ok else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sub = parser.add_subparsers(dest="command", required=True)
    check = sub.add_parser("check", help="compare announced and seen")
    check.add_argument("dir", nargs="+")
    check.set_defaults(run=cmd_check)
    reasons = sub.add_parser("reasons", help="was every reason caused")
    reasons.add_argument("dir", nargs="+")
    reasons.add_argument("--names", default=f"{ROOT}/tests/unit/vocab.golden")
    reasons.add_argument("--unreachable", default=f"{HERE}/situations-unreachable.txt")
    reasons.set_defaults(run=cmd_reasons)
    args = parser.parse_args()
    return args.run(args)


if __name__ == "__main__":
    sys.exit(main())
