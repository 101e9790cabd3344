#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The layers in the README are those of the code: layers.py TOP.

Every #include of a file of our own must be one that the table between the marks
layers:begin and layers:end of README.md allows, and modules (NAME.c, NAME.h, NAME_priv.h)
must not include each other in a circle.
"""

import collections
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<(s2trace/[^>]+)>)', re.M)
ROW = re.compile(r"^\|\s*`([^`]+)`[^|]*\|([^|]*)\|")


def layers(readme):
    """{layer: layers that it may include}"""
    text = readme.read_text()
    begin, end = text.find("<!-- layers:begin -->"), text.find("<!-- layers:end -->")
    if begin < 0 or end < 0:
        sys.exit("layers.py: README.md has no table of layers")
    table = {}
    for line in text[begin:end].splitlines():
        m = ROW.match(line)
        if m:
            table[m[1]] = set(re.findall(r"`([^`]+)`", m[2])) | {m[1]}
    return table


def layer_of(path, table):
    return next((name for name in table if path.startswith(name + "/")), None)


def resolve(top, path, name):
    """The file of ours that an include names; None: it is generated, or not ours."""
    for base in (top / "include", top / "src", path.parent):
        if (base / name).is_file():
            return (base / name).resolve().relative_to(top)
    return None


def includes(top):
    """(file, file that it includes), both relative to TOP."""
    for root in ("include", "bpf", "src"):
        for path in sorted((top / root).rglob("*.[ch]")):
            for m in INCLUDE.finditer(path.read_text()):
                to = resolve(top, path, m[1] or m[2])
                if to:
                    yield path.relative_to(top), to


def wrong_ways(edges, table):
    for src, dst in edges:
        a, b = layer_of(str(src), table), layer_of(str(dst), table)
        if a is None or b is None:
            yield f"{src}: no layer of the README holds {src if a is None else dst}"
        elif b not in table[a]:
            yield f"{src} includes {dst}: {a} may not include {b}"


def module(path):
    """NAME.c, NAME.h and NAME_priv.h are one."""
    return str(path.with_suffix("")).removesuffix("_priv")


def circles(edges):
    """Of modules; each is told once."""
    graph = collections.defaultdict(set)
    for src, dst in edges:
        a, b = module(src), module(dst)
        if a != b:
            graph[a].add(b)
    state, stack = {}, []

    def visit(node):
        state[node] = "open"
        stack.append(node)
        for to in sorted(graph[node]):
            if state.get(to) == "open":
                yield " -> ".join(stack[stack.index(to):] + [to])
            elif to not in state:
                yield from visit(to)
        stack.pop()
        state[node] = "done"

    for node in sorted(graph):
        if node not in state:
            yield from visit(node)


def main():
    top = pathlib.Path(sys.argv[1]).resolve()
    table = layers(top / "README.md")
    edges = list(includes(top))
    unknown = [b for allowed in table.values() for b in allowed if b not in table]
    bad = [f"README.md: no such layer: {name}" for name in unknown]
    bad += list(wrong_ways(edges, table))
    bad += [f"a circle: {c}" for c in circles(edges)]
    for line in bad:
        print(f"not ok: {line}")
    if not bad:
        print(f"ok: {len(edges)} includes in {len(table)} layers, none points the wrong way")
    return 1 if bad or len(edges) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
