#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""vmcore.py ADDRESS BASE SIZE FILE: an ELF core header, to be loaded at ADDRESS.

What a crashed kernel leaves for the one that collects its memory: here, a range
that is told to be that memory. The kernel offers it in /proc/vmcore, for which it
makes mappings of pages that it does not own, with the attributes of its own memory.
"""

import struct
import sys

EHDR, PHDR = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQQQ")
ET_CORE, EM_AARCH64, PT_LOAD, PT_NOTE = 4, 183, 1, 4
# The kernel rejects a header without notes.
NOTE = struct.pack("<III8sI", 5, 4, 1, b"CORE", 0)


def header(address, base, size):
    note = EHDR.size + 2 * PHDR.size
    ident = b"\x7fELF\x02\x01\x01"
    return b"".join((
        EHDR.pack(ident, ET_CORE, EM_AARCH64, 1, 0, EHDR.size, 0, 0, EHDR.size,
                  PHDR.size, 2, 0, 0, 0),
        PHDR.pack(PT_NOTE, 0, address + note, 0, address + note, len(NOTE), len(NOTE), 0),
        PHDR.pack(PT_LOAD, 7, base, 0, base, size, size, 0),
        NOTE))


def main():
    address, base, size = (int(a, 0) for a in sys.argv[1:4])
    with open(sys.argv[4], "wb") as f:
        f.write(header(address, base, size).ljust(4096, b"\0"))


if __name__ == "__main__":
    main()
