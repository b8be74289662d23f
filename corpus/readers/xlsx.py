"""Excel workbooks (.xlsx, .xlsm), read from their XML with the standard library.

xberg and python-calamine were tried. Both return bare numbers where a person sees 12.5% or $1,234,
and xberg loses the numbers of rows; calamine lays sheets out in full, so that one cell in the last
corner of a sheet ends the process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Final
from xml.etree.ElementTree import Element

from corpus.errors import ReadError
from corpus.readers.numberformat import BUILT_IN, GENERAL, show
from corpus.readers.package import Package, relation_id
from corpus.readers.sheets import Row, Sheet, cell_text, to_document
from corpus.readers.source import Source
from corpus.readers.xmlstream import feed
from corpus.readers.xmltree import child, value
from corpus.types import Document

_REFERENCE: Final = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")  # for characters that XML cannot hold
_MOST_DIGITS: Final = 9  # of numbers that count something
_MIDNIGHT: Final = re.compile(r"T00:00(?::00(?:\.0+)?)?Z?\Z")


def read(source: Source) -> Document:
    """Return all sheets, hidden ones included; formulas by the value they had when saved.

    Comments, drawings and charts are left out. Raises `ReadError` when the file is broken.
    """
    with Package(source.data, "Excel") as package:
        links = package.relations().values()
        main = next((link.target for link in links if link.kind == "officeDocument"), "")
        workbook = package.xml(main or "xl/workbook.xml")
        if workbook is None:
            raise ReadError("holds no Excel workbook; give the file its proper suffix")
        book = _Book(package, main or "xl/workbook.xml", workbook)
        document = to_document(book.sheets(), package.core_title())
    if not book.unknown:
        return document
    left_out = f"formulas without a stored value left out: {book.unknown}"
    return replace(document, note=f"{left_out}; open the file in a spreadsheet and save it")


class _Book:
    """A workbook: its sheets, and what their cells refer to."""

    def __init__(self, package: Package, main: str, workbook: Element) -> None:
        self._package = package
        self._workbook = workbook
        self._links = package.relations(main)
        parts = {link.kind: link.target for link in self._links.values()}
        self.strings = _shared_strings(package.part(parts.get("sharedStrings", "")) or b"")
        self.formats = _formats(package.xml(parts.get("styles", "")))
        self.from_1904 = value(child(workbook, "workbookPr"), "date1904") in ("1", "true")
        self.unknown = 0

    def sheets(self) -> Iterator[Sheet]:
        """Yield the sheets in the order of their tabs; a sheet of charts has no rows."""
        for element in _children(self._workbook, "sheets"):
            link = self._links.get(relation_id(element))
            part = link.target if link is not None and link.kind == "worksheet" else ""
            yield Sheet(cell_text(value(element, "name")), self._rows(part))

    def _rows(self, part: str) -> Iterator[Row]:
        cells = _Cells(self)
        for _ in feed(self._package.part(part) or b"<none/>", cells):
            yield from cells.rows
            cells.rows = []

    def show(self, kind: str, style: str, stored: str) -> str:
        """Return what a cell of that kind and style shows for what is stored."""
        if kind == "s":
            return _pick(self.strings, stored.strip(), "")
        if kind == "n":
            return self._number(style, stored)
        if kind == "b":
            return "TRUE" if stored.strip() in ("1", "true") else "FALSE"
        if kind == "d":
            return cell_text(_MIDNIGHT.sub("", stored.strip()).replace("T", " "))
        return cell_text(_unescape(stored))

    def _number(self, style: str, stored: str) -> str:
        code = _pick(self.formats, style, GENERAL)
        if code == GENERAL and stored.isdecimal():
            return stored
        try:
            number = float(stored)
        except ValueError:
            return cell_text(stored)
        if not isfinite(number):
            return cell_text(stored)
        shown = show(number, code, from_1904=self.from_1904)
        return shown if code == GENERAL else cell_text(shown)


@dataclass(slots=True)
class _Cells:
    """Gathers the filled cells of a sheet's rows."""

    book: _Book
    rows: list[Row] = field(default_factory=list)
    number: int = 0
    column: int = 0
    cells: dict[int, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    stored: list[str] = field(default_factory=list)
    is_formula: bool = False
    collects: bool = False
    in_reading: bool = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self.attributes, self.stored, self.is_formula = attributes, [], False
            self.column = _column(attributes.get("r", "")) or self.column + 1
        elif tag == "v" or tag == "t":
            self.collects = not self.in_reading
        elif tag == "f":
            self.is_formula = True
        elif tag == "rPh":
            self.in_reading = True
        elif tag == "row":
            self.number = _whole(attributes.get("r", "")) or self.number + 1
            self.cells, self.column = {}, 0

    def text(self, text: str) -> None:
        if self.collects:
            self.stored.append(text)

    def end(self, tag: str) -> None:
        if tag == "v" or tag == "t":
            self.collects = False
        elif tag == "rPh":
            self.in_reading = False
        elif tag == "c":
            self._add("".join(self.stored))
        elif tag == "row" and self.cells:
            self.rows.append(Row(self.number, self.cells))

    def _add(self, stored: str) -> None:
        if not stored:
            self.book.unknown += self.is_formula and self.attributes.get("t") != "str"
            return
        kind = self.attributes.get("t", "n")
        shown = self.book.show(kind, self.attributes.get("s", ""), stored)
        if shown:
            self.cells[self.column] = shown


@dataclass(slots=True)
class _Strings:
    """Gathers the shared strings, without the readings that stand beside Japanese text."""

    strings: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    collects: bool = False
    in_reading: bool = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "si":
            self.parts = []
        elif tag == "rPh":
            self.in_reading = True
        elif tag == "t":
            self.collects = not self.in_reading

    def text(self, text: str) -> None:
        if self.collects:
            self.parts.append(text)

    def end(self, tag: str) -> None:
        if tag == "t":
            self.collects = False
        elif tag == "rPh":
            self.in_reading = False
        elif tag == "si":
            self.strings.append(cell_text(_unescape("".join(self.parts))))


def _shared_strings(xml: bytes) -> list[str]:
    handler = _Strings()
    for _ in feed(xml or b"<sst/>", handler):
        pass
    return handler.strings


def _formats(styles: Element | None) -> list[str]:
    """Return the number format's code of each cell style."""
    own = {
        _whole(value(element, "numFmtId")): value(element, "formatCode")
        for element in _children(styles, "numFmts")
    }
    codes = {**BUILT_IN, **own, 0: GENERAL}
    numbers = (_whole(value(element, "numFmtId")) for element in _children(styles, "cellXfs"))
    return [codes.get(number, GENERAL) for number in numbers]


def _children(element: Element | None, name: str) -> Iterator[Element]:
    found = child(element, name)
    return iter(found if found is not None else ())


def _whole(text: str) -> int:
    """Return a whole number as it stands in an attribute; 0 when it is none."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else 0


def _pick(values: list[str], index: str, default: str) -> str:
    """Return the value at an index as it stands in the file, or the default when there is none."""
    is_index = index.isdecimal() and len(index) <= _MOST_DIGITS and int(index) < len(values)
    return values[int(index)] if is_index else default


def _column(reference: str) -> int:
    """Return the column of a cell called ``BC12``, counted from 1; 0 when it has no such name."""
    match = _REFERENCE.match(reference)
    column = 0
    for letter in match[1] if match else "":
        column = 26 * column + ord(letter) - ord("A") + 1
    return column


def _unescape(text: str) -> str:
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda match: _character(int(match[1], 16)), text)


def _character(code: int) -> str:
    return "" if 0xD800 <= code < 0xE000 else chr(code)
