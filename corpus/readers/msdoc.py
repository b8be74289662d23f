"""What Word wrote into a file from 1997 to 2003: its text, and what is said of each paragraph.

Layout: [MS-DOC], https://learn.microsoft.com/openspecs/office_file_formats/ms-doc.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from corpus.errors import Encrypted, ReadError, UnsupportedFormat
from corpus.readers.ole import CompoundFile

_MAGIC: Final = 0xA5EC
_WORD_97: Final = 0x00C1
_ENCRYPTED: Final = 0x0100
_SECOND_TABLE: Final = 0x0200
_NARROW: Final = 1 << 30  # a piece of one byte a character
_PAGE: Final = 512

_STYLES, _FOOTNOTE_REFERENCES, _FOOTNOTES, _PARAGRAPHS, _PIECES = 1, 2, 3, 13, 33
_ENDNOTE_REFERENCES, _ENDNOTES = 46, 47

_IN_TABLE, _ROW_END, _OUTLINE_LEVEL, _LIST, _LIST_LEVEL = 0x2416, 0x2417, 0x2640, 0x460B, 0x260A
_TAB_CHANGES, _TABLE_DEFINITION = 0xC615, 0xD608
_OPERAND_SIZES: Final = (1, 1, 2, 4, 2, 2, 0, 3)  # 0: the operand's first byte says so

_TITLE: Final = 62  # numbers of built-in styles; headings have their own level
_LISTS: Final = frozenset({48, 49, *range(54, 62)})


class Properties(NamedTuple):
    """What is said of a paragraph; None where nothing is, so that its style decides."""

    style: int = 0
    in_table: bool = False
    ends_row: bool = False
    level: int | None = None
    depth: int | None = None


@dataclass(frozen=True, slots=True)
class Style:
    """What a paragraph style says: heading level (0 none), list depth (0 none), whether a title."""

    level: int = 0
    depth: int = 0
    is_title: bool = False


class _Piece(NamedTuple):
    """Characters from ``start`` on, which stand at ``offset`` with ``width`` bytes each."""

    start: int
    offset: int
    width: int


class WordFile:
    """The text of a document, one character a UTF-16 code unit, and lookups into its properties.

    ``text[:body_end]`` is the body, ``text[slice(*boxes)]`` that of text boxes; ``notes`` holds the
    span of each note by where the body refers to it.
    """

    def __init__(self, file: CompoundFile) -> None:
        """Raises `Encrypted`, `UnsupportedFormat` or `ReadError`; also `struct.error`."""
        self._main = file.stream("WordDocument") or b""
        magic, version = struct.unpack_from("<HH", self._main)
        flags = struct.unpack_from("<H", self._main, 10)[0]
        if magic != _MAGIC:
            raise ReadError("is not a whole Word file; fetch or save it again")
        if flags & _ENCRYPTED:
            raise Encrypted("needs a password; save a copy without one")
        if version < _WORD_97:
            raise UnsupportedFormat("Word files older than 1997 are not read; save it as .docx")
        self._table = file.stream("1Table" if flags & _SECOND_TABLE else "0Table") or b""
        self._pieces, self.text = self._read_pieces(self._structure(_PIECES))
        body, *others = struct.unpack_from("<7I", self._main, 0x4C)
        footnotes, headers, macros, comments, endnotes, boxes = others
        self.body_end = body
        first_endnote = body + footnotes + headers + macros + comments
        self.boxes = (first_endnote + endnotes, first_endnote + endnotes + boxes)
        self.notes = {
            **self._notes(_FOOTNOTE_REFERENCES, _FOOTNOTES, body),
            **self._notes(_ENDNOTE_REFERENCES, _ENDNOTES, first_endnote),
        }
        runs = sorted(self._paragraph_runs(), key=lambda run: run[0])
        self._run_starts = [start for start, _ in runs]
        self._runs = [properties for _, properties in runs]
        self._styles = _styles(self._structure(_STYLES))

    def properties(self, mark: int) -> Properties:
        """Return what is said of the paragraph that ends with the character at ``mark``."""
        piece = self._pieces[bisect_right(self._pieces, mark, key=lambda piece: piece.start) - 1]
        offset = piece.offset + (mark - piece.start) * piece.width
        run = bisect_right(self._run_starts, offset) - 1
        return self._runs[run] if run >= 0 else Properties()

    def style(self, number: int) -> Style:
        """Return a style with what it inherits: the nearest that says something decides."""
        level = depth = 0
        is_title = False
        seen: set[int] = set()
        while number in self._styles and number not in seen:
            seen.add(number)
            own, number = self._styles[number]
            level, depth = level or own.level, depth or own.depth
            is_title = is_title or own.is_title
        return Style(level, depth, is_title)

    def _structure(self, index: int) -> bytes:
        """Return one of the structures that the file's header points to."""
        start, size = struct.unpack_from("<II", self._main, 0x9A + 8 * index)
        return self._table[start : start + size]

    def _read_pieces(self, data: bytes) -> tuple[list[_Piece], str]:
        """Put the text together, which is stored in the order in which it was typed."""
        position = 0
        while data[position] == 1:  # formatting that pieces share
            position += 3 + struct.unpack_from("<H", data, position + 1)[0]
        size = struct.unpack_from("<I", data, position + 1)[0]
        data = data[position + 5 : position + 5 + size]
        count = (len(data) - 4) // 12
        starts = struct.unpack_from(f"<{count + 1}I", data)
        if list(starts) != sorted(starts) or starts[-1] > len(self._main):
            raise ReadError("is not a whole Word file; fetch or save it again")
        pieces, texts = [], []
        for index in range(count):
            offset = struct.unpack_from("<I", data, 4 * (count + 1) + 8 * index + 2)[0]
            width = 1 if offset & _NARROW else 2
            offset = (offset & ~_NARROW) // (2 if width == 1 else 1)
            length = starts[index + 1] - starts[index]
            pieces.append(_Piece(starts[index], offset, width))
            texts.append(_units(self._main[offset : offset + length * width], width, length))
        return pieces, "".join(texts)

    def _notes(self, references: int, spans: int, first: int) -> dict[int, tuple[int, int]]:
        places, ends = self._structure(references), self._structure(spans)
        count = max((len(places) - 4) // 6, 0)
        marks = struct.unpack_from(f"<{count}I", places)
        bounds = struct.unpack_from(f"<{len(ends) // 4}I", ends)
        if list(bounds) != sorted(bounds):
            return {}
        return {
            mark: (first + start, first + end)
            for mark, start, end in zip(marks, bounds, bounds[1:], strict=False)
        }

    def _paragraph_runs(self) -> Iterator[tuple[int, Properties]]:
        """Yield the offsets where runs of paragraphs start, and what is said of each."""
        data = self._structure(_PARAGRAPHS)
        count = max((len(data) - 4) // 8, 0)
        numbers = struct.unpack_from(f"<{count}I", data, 4 * (count + 1))
        for number in dict.fromkeys(numbers):
            page = self._main[(number & 0x3FFFFF) * _PAGE :][:_PAGE]
            if len(page) == _PAGE:
                yield from _page_runs(page)


def _page_runs(page: bytes) -> Iterator[tuple[int, Properties]]:
    count = page[-1]
    starts = struct.unpack_from(f"<{count}I", page)
    for index, start in enumerate(starts):
        place = 2 * page[4 * (count + 1) + 13 * index]
        if not place:
            yield start, Properties()
            continue
        size = 2 * page[place] - 1
        if size < 0:
            place += 1
            size = 2 * page[place]
        data = page[place + 1 : place + 1 + size]
        style = struct.unpack_from("<H", data)[0] if size > 1 else 0
        yield start, _properties(style, data[2:])


def _properties(style: int, data: bytes) -> Properties:
    said = dict(_changes(data))
    level = said[_OUTLINE_LEVEL][0] if _OUTLINE_LEVEL in said else None
    depth = None
    if _LIST in said:
        is_item = struct.unpack("<h", said[_LIST])[0] > 0
        depth = said.get(_LIST_LEVEL, b"\0")[0] + 1 if is_item else 0
    return Properties(
        style,
        in_table=said.get(_IN_TABLE, b"\0") != b"\0",
        ends_row=said.get(_ROW_END, b"\0") != b"\0",
        level=None if level is None else (level + 1) % 10,
        depth=depth,
    )


def _changes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each property that is set, with its operand."""
    position = 0
    while position + 3 <= len(data):
        code = struct.unpack_from("<H", data, position)[0]
        position += 2
        size = _OPERAND_SIZES[code >> 13]
        if code == _TABLE_DEFINITION and position + 2 <= len(data):
            size = struct.unpack_from("<H", data, position)[0] + 1
        elif not size:
            size = 1 + data[position]
            if code == _TAB_CHANGES and data[position] == 0xFF:
                return
        operand = data[position : position + size]
        if len(operand) == size:
            yield code, operand
        position += size


def _styles(data: bytes) -> dict[int, tuple[Style, int]]:
    """Return the paragraph styles by number, each with the number of the one it is based on."""
    if len(data) < 6:
        return {}
    header, count, fixed = struct.unpack_from("<HHH", data)
    styles = {}
    position = 2 + header
    for number in range(count):
        if position + 2 > len(data):
            break
        size = struct.unpack_from("<H", data, position)[0]
        definition = data[position + 2 : position + 2 + size]
        position += 2 + size
        if len(definition) > fixed + 2:
            styles[number] = _style(definition, fixed)
    return styles


def _style(definition: bytes, fixed: int) -> tuple[Style, int]:
    built_in, base = struct.unpack_from("<HH", definition)
    built_in &= 0x0FFF
    name = struct.unpack_from("<H", definition, fixed)[0]
    place = fixed + 2 + 2 * name + 2
    size = int.from_bytes(definition[place : place + 2], "little")
    said = _properties(0, definition[place + 4 : place + 2 + size])
    level = built_in if 1 <= built_in <= 9 else int(built_in == _TITLE)
    depth = 1 if built_in in _LISTS else 0
    style = Style(level or said.level or 0, depth or said.depth or 0, built_in == _TITLE)
    return style, base >> 4


def _units(data: bytes, width: int, length: int) -> str:
    """Decode a piece so that each code unit is one character, missing ones included."""
    if width == 1:
        return data.decode("cp1252", "replace").ljust(length, "\0")
    units = struct.unpack(f"<{len(data) // 2}H", data[: len(data) // 2 * 2])
    return "".join(map(chr, units)).ljust(length, "\0")
