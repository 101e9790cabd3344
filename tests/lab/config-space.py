#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write the PCI configuration space of a Grace Blackwell GPU.

    config-space.py BAR0 SIZE FILE

The lab puts FILE into plain RAM, and tells the host that this RAM is the ECAM
window of a PCI bus. RAM has no BARs that could be sized, so BAR0 is given by the
Enhanced Allocation capability, which fixes it. What matters is NVIDIA's DVSEC:
its bit 0 says that no memory needs to be set apart as resmem.
"""

import struct
import sys

CAP_PCIE, CAP_EA, EXT_CAP_DVSEC = 0x10, 0x14, 0x23
AT_PCIE, AT_EA, AT_DVSEC = 0x40, 0x80, 0x100
NVIDIA, GB200 = 0x10de, 0x2941


def main():
    bar0, size, path = int(sys.argv[1], 0), int(sys.argv[2], 0), sys.argv[3]
    space = bytearray(4096)

    def put(at, layout, *values):
        struct.pack_into("<" + layout, space, at, *values)

    # Vendor, device, command, status (has capabilities), revision, class (3D).
    put(0x00, "HHHHBBH", NVIDIA, GB200, 0, 0x10, 0xa1, 0, 0x0302)
    put(0x34, "B", AT_PCIE)
    # Version 2, a root complex integrated endpoint: no link, no root port.
    put(AT_PCIE, "BBH", CAP_PCIE, AT_EA, 0x92)
    # One entry of four dwords: enabled, BAR0, memory; base and last offset.
    put(AT_EA, "BBH", CAP_EA, 0, 1)
    put(AT_EA + 4, "IIII", 1 << 31 | 0xff << 16 | 3,
        bar0 & 0xfffffffc | 2, size - 4 & 0xfffffffc, bar0 >> 32)
    put(AT_DVSEC, "IIHH", 1 << 16 | EXT_CAP_DVSEC, 0x10 << 20 | NVIDIA, 3, 1)

    with open(path, "wb") as f:
        f.write(space)


main()
