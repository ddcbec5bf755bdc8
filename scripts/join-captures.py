#!/usr/bin/env python3
"""Makes one capture of real traffic for benchmarks.

    scripts/join-captures.py DIR OUT [TIMES]

Takes the records of all pcap files in DIR that are little-endian, with microseconds and of
Ethernet, in the order of their names, one file after the other, TIMES times (default 4). A
record that is cut ends its file.
"""
import os
import struct
import sys

HEADER = struct.Struct("<IHHiIII")
RECORD = struct.Struct("<IIII")
MICROSECONDS, ETHERNET = 0xA1B2C3D4, 1


def records(data):
    """Returns the whole records of a file and their number."""
    at = HEADER.size
    count = 0
    while at + RECORD.size <= len(data):
        end = at + RECORD.size + RECORD.unpack_from(data, at)[2]
        if end > len(data):
            break
        at = end
        count += 1
    return data[HEADER.size:at], count


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    folder, out = sys.argv[1:3]
    times = int(sys.argv[3]) if len(sys.argv) > 3 else 4
    parts, files, packets = [], 0, 0
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if not os.path.isfile(path):
            continue
        with open(path, "rb") as f:
            data = f.read()
        if len(data) < HEADER.size:
            continue
        header = HEADER.unpack_from(data)
        if header[0] != MICROSECONDS or header[6] != ETHERNET:
            continue
        body, count = records(data)
        parts.append(body)
        files += 1
        packets += count
    with open(out, "wb") as f:
        f.write(HEADER.pack(MICROSECONDS, 2, 4, 0, 0, 262144, ETHERNET))
        for _ in range(times):
            f.writelines(parts)
    print(f"{out}: {files} captures, {times} times, {packets * times} packets")


if __name__ == "__main__":
    main()
