"""Compound files (OLE): the storage in which Office kept its documents before 2007.

Layout: [MS-CFB], https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from copy import copy
from itertools import islice
from typing import Final, NamedTuple

from corpus.errors import ReadError

SIGNATURE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_SHIFTS: Final = struct.Struct("<30xHH")
_TABLES: Final = struct.Struct("<48xI4xIIII")
_ENTRY: Final = struct.Struct("<64sHBxIII36xIQ")
_FIRST_TABLE_SECTORS: Final = 76
_END: Final = 0xFFFFFFFA  # from here on numbers are signs: the end of a chain, a missing entry
_MOST_INSIDE: Final = 10_000  # entries of one storage
_STORAGE: Final = 1
_STREAM: Final = 2
_CODE_PAGE, _TITLE, _MOST_PROPERTIES = 1, 2, 100
_ENCODINGS: Final = {1200: "utf-16-le", 10000: "mac-roman", 65001: "utf-8"}


class _Entry(NamedTuple):
    """A line of the directory; ``left`` and ``right`` are its neighbours in a tree of names."""

    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class CompoundFile:
    """The streams at the top of a compound file; `storage` opens what is stored deeper."""

    def __init__(self, data: bytes) -> None:
        """Read the directory; raises `ReadError` when there is none."""
        self._data = data
        try:
            self._open()
        except (struct.error, IndexError) as error:
            raise _broken() from error

    def names(self) -> list[str]:
        """Return the names of the streams and storages at the top."""
        return list(self._top)

    def stream(self, name: str, most: int | None = None) -> bytes | None:
        """Return the bytes of a stream, or None when there is none of that name.

        ``most`` is how many of them are wanted, all when it is None.
        """
        entry = self._top.get(name)
        if entry is None or entry.kind != _STREAM:
            return None
        wanted = entry.size if most is None else min(entry.size, most)
        if entry.size >= self._cutoff:
            chain = islice(_follow(self._table, entry.start), wanted // self._size + 1)
            return b"".join(map(self._sector, chain))[:wanted]
        size = self._mini_size
        sectors = islice(_follow(self._mini_table, entry.start), wanted // size + 1)
        pieces = (self._mini[sector * size : (sector + 1) * size] for sector in sectors)
        return b"".join(pieces)[:wanted]

    def storage(self, name: str) -> CompoundFile | None:
        """Return a storage as a compound file of its own, or None when there is none."""
        entry = self._top.get(name)
        if entry is None or entry.kind != _STORAGE:
            return None
        inner = copy(self)
        children = islice(_siblings(self._entries, entry.child), _MOST_INSIDE)
        inner._top = {child.name: child for child in children}
        return inner

    def title(self) -> str:
        """Return the title among the file's properties, empty when it has none."""
        data = self.stream("\x05SummaryInformation") or b""
        try:
            return _property_title(data)
        except (struct.error, LookupError):
            return ""

    def _open(self) -> None:
        sector_shift, mini_shift = _SHIFTS.unpack_from(self._data)
        if not 7 <= sector_shift <= 16 or mini_shift >= sector_shift:
            raise _broken()
        self._size, self._mini_size = 1 << sector_shift, 1 << mini_shift
        directory, self._cutoff, mini_table, _, more_tables = _TABLES.unpack_from(self._data)
        self._table = self._read_table(more_tables)
        self._entries = _entries(self._chain(directory))
        self._mini_table = _numbers(self._chain(mini_table))
        root = self._entries[0]
        self._mini = self._chain(root.start)
        self._top = {entry.name: entry for entry in _siblings(self._entries, root.child)}

    def _read_table(self, more: int) -> Sequence[int]:
        """Return for each sector the one that follows it in its chain."""
        first = self._data[_FIRST_TABLE_SECTORS:512]
        sectors = [sector for sector in _numbers(first) if sector < _END]
        seen: set[int] = set()
        while more < _END and more not in seen:
            seen.add(more)
            *listed, more = _numbers(self._sector(more))
            sectors += (sector for sector in listed if sector < _END)
        # A table longer than the file lists some sector twice.
        most = len(self._data) // self._size + 1
        return _numbers(b"".join(self._sector(sector) for sector in islice(sectors, most)))

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        return self._data[start : start + self._size]

    def _chain(self, start: int) -> bytes:
        return b"".join(self._sector(sector) for sector in _follow(self._table, start))


def _entries(directory: bytes) -> list[_Entry]:
    entries = []
    for offset in range(0, len(directory) - _ENTRY.size + 1, _ENTRY.size):
        name, length, kind, *tree, start, size = _ENTRY.unpack_from(directory, offset)
        text = name[: max(length - 2, 0)].decode("utf-16-le", "replace")
        left, right, child = tree
        entries.append(_Entry(text, kind, left, right, child, start, size & 0xFFFFFFFF))
    return entries


def _property_title(data: bytes) -> str:
    """Find the title in a property set; layout: [MS-OLEPS]."""
    section = struct.unpack_from("<I", data, 44)[0]
    count = min(struct.unpack_from("<I", data, section + 4)[0], _MOST_PROPERTIES)
    pairs = struct.unpack_from(f"<{2 * count}I", data, section + 8)
    places = dict(zip(pairs[::2], pairs[1::2], strict=True))
    if _TITLE not in places:
        return ""
    code_page = 1252
    if _CODE_PAGE in places:
        code_page = struct.unpack_from("<H", data, section + places[_CODE_PAGE] + 4)[0]
    size = struct.unpack_from("<I", data, section + places[_TITLE] + 4)[0]
    start = section + places[_TITLE] + 8
    encoding = _ENCODINGS.get(code_page, f"cp{code_page}")
    return data[start : start + size].decode(encoding, "replace").partition("\0")[0]


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _follow(table: Sequence[int], sector: int) -> Iterator[int]:
    """Yield the sectors of a chain, each once at most."""
    seen: set[int] = set()
    while sector < len(table) and sector not in seen:
        seen.add(sector)
        yield sector
        sector = table[sector]


def _siblings(entries: list[_Entry], first: int) -> Iterator[_Entry]:
    waiting, seen = [first], {0}
    while waiting:
        index = waiting.pop()
        if index < len(entries) and index not in seen:
            seen.add(index)
            entry = entries[index]
            waiting += (entry.left, entry.right)
            if entry.kind in (_STORAGE, _STREAM):
                yield entry


def _broken() -> ReadError:
    return ReadError("is not a whole Office file; fetch or save it again")
