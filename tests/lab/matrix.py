#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The kernel matrix: results of each backend on each kernel, after matrix.sh.

    matrix.py check DIR...      compare with what its era must decide; exit status 1: differs
    matrix.py table DIR...      print the results as a Markdown table

DIR is out/matrix/PROFILE of a share. Expected results come from the version of
the kernel and from the profile's CPU, not from what is tested.
"""

import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
BACKENDS = ("tracepoint", "fentry", "kprobe", "survey")
SHORT = {"NORMAL": "N", "NORMAL_NC": "NC", "DEVICE_nGnRE": "D"}
SITUATIONS = {
    "anon": "anon", "thp": "THP", "hugetlb": "hugetlb", "shared": "memfd", "dirty": "dirty log",
    "bar": "BAR", "devmem": "/dev/mem", "devmem-exec": "its exec", "dirty-device": "its dirty log",
    "pfnmap": "cacheable PFNMAP",
}
REASONS = {"devmem-exec": "exec_on_noncacheable", "dirty-device": "pfnmap_dirty_log"}
REGION = 1  # the memslot of the situation; slot 0 has the payload
BAR_SIZE = 16 << 20


def human(size):
    """4096 -> 4K"""
    for unit, shift in (("G", 30), ("M", 20), ("K", 10)):
        if size >= 1 << shift:
            return f"{size >> shift}{unit}"
    return str(size)


# --- expected results ---

class Host:
    """A kernel on a machine: everything that decisions depend on."""

    def __init__(self, release, profile, page):
        self.version = tuple(int(n) for n in re.match(r"(\d+)\.(\d+)", release).groups())
        self.fwb, self.dic = cpu_of(profile)
        self.page, self.block = page, page * page // 8
        # Era 6.9: VM_ALLOW_ANY_UNCACHED. Era 6.17: cacheable PFNMAP, if the CPU can do it.
        self.any_uncached = self.version >= (6, 9)
        self.asks_vma = self.version >= (6, 17)
        # Up to 7.1, the addresses of a PFNMAP VMA determine whether a block fits; since then, the
        # size of the host's own mapping does, which is a page for /dev/mem.
        self.devmem = self.block if self.version < (7, 2) else self.page
        self.cacheable_pfnmap = self.asks_vma and self.fwb and self.dic

    def offers(self, backend, patched):
        if backend == "tracepoint":
            return patched
        return backend != "fentry" or self.version >= (6, 4)

    def pfnmap_reason(self):
        if self.fwb:
            return "pfnmap_needs_dic"
        return "pfnmap_needs_fwb" if self.dic else "pfnmap_needs_fwb_dic"


def cpu_of(profile):
    """FWB and DIC, from the table of profiles."""
    for line in (HERE / "profiles").read_text().splitlines():
        words = line.split()
        if words and words[0] == profile:
            return words[5] == "1", words[6] == "1"
    raise ValueError(f"no profile {profile}")


def expected(host, situation):
    """The set of cells."""
    page, block = human(host.page), human(host.block)
    bar = human(host.block if host.block <= BAR_SIZE else host.page)
    if situation in ("anon", "shared", "dirty"):
        return {f"N {page}"}
    if situation in ("thp", "hugetlb"):
        return {f"N {block}"}
    if situation == "bar":
        return {f"{'NC' if host.any_uncached else 'D'} {bar}"}
    if situation.startswith("devmem") or situation == "dirty-device":
        more = {"devmem-exec": {"abort"}, "dirty-device": {"refused"}}
        return {f"D {human(host.devmem)}"} | more.get(situation, set())
    size = page if situation == "pfnmap" else block
    if not host.asks_vma:
        return {f"D {size}"}
    return {f"N {size}"} if host.cacheable_pfnmap else {"refused"}


# --- results ---

def objects(path):
    for line in path.read_text().splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def is_kind(record, kind):
    return record["schema"].startswith(f"s2trace.{kind}/")


class Seen:
    """One situation, as one backend saw it."""

    def __init__(self):
        self.cells, self.reasons, self.records = set(), set(), 0

    def add(self, cell, reason=None):
        self.cells.add(cell)
        self.records += 1
        if cell in ("abort", "refused"):
            self.reasons.add(reason)

    def text(self):
        return ", ".join(sorted(self.cells)) or "-"


def cell_of(record):
    """The cell for a decision or a memslot change, or None."""
    if is_kind(record, "memslot"):
        return "refused" if record["outcome"] == "rejected" else None
    if record["outcome"] in ("mapped", "relaxed"):
        return f"{SHORT.get(record['type'], record['type'])} {human(record['size'] or 0)}"
    return {"injected": "abort", "retried": None}.get(record["outcome"], record["outcome"])


def of_trace(path):
    seen = {}
    for r in objects(path):
        if not r.get("vm") or not (is_kind(r, "decision") or is_kind(r, "memslot")):
            continue
        cell = cell_of(r) if r["slot"] == REGION else None
        if cell:
            seen.setdefault(r["vm"]["name"], Seen()).add(cell, r.get("reason"))
    return seen


def of_survey(path):
    seen = {}
    for r in objects(path):
        if is_kind(r, "map") and r["slot"] == REGION:
            cell = f"{SHORT.get(r['type'], r['type'])} {human(r['leaf_size'])}"
            seen.setdefault(r["vm"]["name"], Seen()).add(cell)
    return seen


class Run:
    """The results of matrix.sh for one kernel on one profile."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.profile = self.dir.name
        self.release = (self.dir / "release").read_text().strip()
        self.check = next(objects(self.dir / "check.json"))
        self.host = Host(self.release, self.profile, self.check["page_size"])
        self.seen = {}
        for b in BACKENDS:
            path = self.dir / f"{b}.json"
            if path.exists() and path.stat().st_size:
                self.seen[b] = of_survey(path) if b == "survey" else of_trace(path)
        status = (line.split() for line in (self.dir / "status").read_text().splitlines())
        self.status = {name: int(code) for name, code in status}
        self.patched = (self.dir / "patched").exists()
        self.bare = (self.dir / "bare").exists()  # without modules, and so without VFIO

    def situations(self):
        """Cacheable PFNMAP memory is the GPU's, if the kernel has its driver."""
        gpu = self.status.get("usemem") == 0
        return [("usemem" if s == "pfnmap" and gpu else s, title)
                for s, title in SITUATIONS.items()]

    def leaves_out(self, situation):
        return self.bare and situation == "bar"

    def name(self):
        patched = " + patches" if self.patched else ""
        return f"{self.release} ({human(self.host.page)}){patched}"


# --- check ---

def check_backends(run):
    for b in BACKENDS:
        must, has = run.host.offers(b, run.patched), b in run.seen
        if must != has:
            yield f"{b} {'does not work' if must else 'works'}, and must {'' if must else 'not'}"
    for name, code in run.status.items():
        if run.leaves_out(name):
            continue
        if code and (name in BACKENDS or name in dict(run.situations())):
            yield f"{name}: exit status {code}"


def check_facts(run):
    want = {"fwb": run.host.fwb, "dic": run.host.dic,
            "cacheable_pfnmap": run.host.cacheable_pfnmap}
    for name, value in want.items():
        if run.check[name] is not value:
            yield f"check says {name} {run.check[name]}, not {value}"


def check_cells(run, backend, situation):
    seen = run.seen[backend].get(situation, Seen())
    want = expected(run.host, situation)
    if backend == "survey":  # only what was mapped can be read in the tables
        want = {cell for cell in want if " " in cell}
    if seen.cells != want:
        yield f"{backend}: {situation} is {seen.text()}, not {', '.join(sorted(want)) or '-'}"
    reason = REASONS.get(situation, run.host.pfnmap_reason())
    allowed = {reason} if backend == "tracepoint" else {reason, None}
    if not seen.reasons <= allowed:
        yield f"{backend}: {situation} for the reasons {sorted(map(str, seen.reasons))}, not {reason}"


def complaints(run):
    yield from check_backends(run)
    yield from check_facts(run)
    for backend in run.seen:
        for situation, _ in run.situations():
            if not run.leaves_out(situation):
                yield from check_cells(run, backend, situation)


def cmd_check(runs):
    bad = 0
    for run in runs:
        lines = list(complaints(run))
        bad += len(lines)
        cells = len(run.seen) * sum(not run.leaves_out(s) for s, _ in run.situations())
        print(f"{'not ok' if lines else 'ok'}: {run.name()} on {run.profile}: {cells} cells by "
              f"{', '.join(run.seen)}; {(run.dir / 'seconds').read_text().strip()} s")
        for line in lines:
            print(f"    {line}")
    return 1 if bad or not runs else 0


# --- table ---

def row_of(run, backend):
    """Cells of a row; unexpected results are marked."""
    for situation, _ in run.situations():
        seen = run.seen[backend].get(situation, Seen())
        if run.leaves_out(situation):
            yield "not run"
            continue
        wrong = any(True for _ in check_cells(run, backend, situation))
        yield seen.text() + (" **(!)**" if wrong else "")


def mapped_part(cells):
    """What tables show: neither aborts nor rejected memslots."""
    for cell in cells:
        yield ", ".join(c for c in cell.split(", ") if c not in ("abort", "refused")) or "-"


def rows(run):
    """Backends with equal results share a row."""
    merged = {}
    for backend in run.seen:
        cells = tuple(row_of(run, backend))
        same = [c for c in merged if backend == "survey" and tuple(mapped_part(c)) == cells]
        merged.setdefault(same[0] if same else cells, []).append(backend)
    for cells, names in merged.items():
        yield (run.name(), run.profile, ", ".join(names), *cells)


def cmd_table(runs):
    head = ("kernel (pages)", "host", "seen by", *SITUATIONS.values())
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for run in sorted(runs, key=lambda r: (r.host.version, r.host.page, r.patched, r.profile)):
        for row in rows(run):
            print("| " + " | ".join(row) + " |")
    return 0


def main():
    commands = {"check": cmd_check, "table": cmd_table}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    whole = [d for d in sys.argv[2:] if (pathlib.Path(d) / "seconds").exists()]
    for d in set(sys.argv[2:]) - set(whole):
        print(f"not ok: {d}: the run did not finish", file=sys.stderr)
    status = commands[sys.argv[1]]([Run(d) for d in whole])
    return status or len(whole) != len(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
