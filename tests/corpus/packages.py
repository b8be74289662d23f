"""Files to read, packed by hand."""

import io
import struct
import zipfile

SECTOR = 512
NONE = 0xFFFFFFFF
END = 0xFFFFFFFE


def zipped(parts):
    """Zip parts by path."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return packed.getvalue()


def compound(streams):
    """Pack streams as a compound file (OLE), each filled up to 4,096 bytes at least."""
    sectors: list[bytes] = []
    table: list[int] = []

    def chain(data):
        first = len(sectors)
        pieces = [data[i : i + SECTOR].ljust(SECTOR, b"\0") for i in range(0, len(data), SECTOR)]
        sectors.extend(pieces)
        table.extend([*range(first + 1, first + len(pieces)), END])
        return first

    padded = {name: data.ljust(4096, b"\0") for name, data in streams.items()}
    starts = {name: chain(data) for name, data in padded.items()}
    entries = [entry("Root Entry", 5, child=1 if streams else NONE, start=END)]
    for number, (name, data) in enumerate(padded.items(), 1):
        right = number + 1 if number < len(streams) else NONE
        entries.append(entry(name, 2, right=right, start=starts[name], size=len(data)))
    directory = chain(b"".join(entries).ljust(-(-len(entries) // 4) * SECTOR, b"\0"))
    count = -(-(len(table) + 1) // (SECTOR // 4 - 1))
    places = [len(sectors) + number for number in range(count)]
    table += [0xFFFFFFFD] * count
    table += [NONE] * (count * SECTOR // 4 - len(table))
    sectors.append(struct.pack(f"<{len(table)}I", *table))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, count, directory, 0, 4096, END, 0, END, 0),
    )
    places += [NONE] * (109 - len(places))
    return header + struct.pack("<109I", *places) + b"".join(sectors)


def entry(name, kind, right=NONE, child=NONE, start=0, size=0):
    """Return a line of a compound file's directory."""
    encoded = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16x4x16xIQ", encoded, len(encoded), kind, 1, NONE, right, child, start, size
    )
