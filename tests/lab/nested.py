#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check that shadow tables are matched with the VM's own: nested.py DIRECTORY of nested.sh."""

import json
import pathlib
import sys


def main():
    directory = pathlib.Path(sys.argv[1])
    objects = [json.loads(line) for line in (directory / "map.json").read_text().splitlines()]
    ranges = [o for o in objects if o["schema"] == "s2trace.map/1"]
    shadow = [r for r in ranges if r["nested"] is not None]
    bad = [r for r in shadow
           if r["own_ipa"] != r["ipa"] or r["slot"] is None or not r["vma"]
           or "own_ipa" not in r["inferred"]]
    bad += [r for r in ranges if r["nested"] is None and (r["own_ipa"] or r["inferred"])]
    ok = shadow and not bad
    print(f"{'ok' if ok else 'not ok'}: {len(shadow)} ranges of shadow tables, {len(bad)} not "
          "as they must be" + "".join(f"\n    {b}" for b in bad[:5]))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
