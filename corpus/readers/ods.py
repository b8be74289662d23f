"""OpenDocument spreadsheets (.ods, .fods), read from their XML with the standard library.

Cells hold the text that a person sees beside their value, which xberg and python-calamine drop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from corpus.errors import Encrypted, ReadError
from corpus.readers.package import Package
from corpus.readers.sheets import MOST_CELLS, Row, Sheet, cell_text, to_document, too_large
from corpus.readers.source import Source
from corpus.readers.titles import property_title
from corpus.readers.xmlstream import feed
from corpus.readers.xmltree import child, content
from corpus.types import Document

_OFFICE: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE: Final = "urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_CELLS: Final = frozenset({"table-cell", "covered-table-cell"})
_SPACES: Final = frozenset({"s", "tab", "line-break"})
_MIDNIGHT: Final = re.compile(r"T00:00:00(?:\.0+)?\Z")


def read(source: Source) -> Document:
    """Return all sheets, hidden ones included; dates as they are stored, the ISO way.

    Comments are left out. Raises `Encrypted` when a password is needed and `ReadError` when the
    file is broken.
    """
    if source.suffix == ".fods":
        return to_document(_sheets(source.data))
    with Package(source.data, "OpenDocument") as package:
        if b"encryption-data" in (package.part("META-INF/manifest.xml") or b""):
            raise Encrypted("needs a password; save a copy without one")
        xml = package.part("content.xml")
        if xml is None:
            raise ReadError("holds no OpenDocument spreadsheet; give the file its proper suffix")
        title = child(package.xml("meta.xml"), "meta", "title")
        stored = content(title) if title is not None else ""
    return to_document(_sheets(xml), property_title(stored))


def _sheets(xml: bytes) -> Iterator[Sheet]:
    tables = _Tables()
    for _ in feed(xml, tables):
        yield from tables.finished
        tables.finished = []


@dataclass(slots=True)
class _Tables:
    """Gathers the sheets of a spreadsheet."""

    finished: list[Sheet] = field(default_factory=list)
    name: str = ""
    depth: int = 0  # tables can hold tables, whose text is that of the cell
    comments: int = 0
    paragraphs: int = 0
    number: int = 0  # of the row
    column: int = 0
    copies: int = 1  # of the row
    rows: list[Row] = field(default_factory=list)
    cells: dict[int, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    filled: int = 0  # cells of all sheets

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table":
            self.depth += 1
        if tag == "annotation":
            self.comments += 1
        elif tag == "p":
            self.paragraphs += 1
        elif tag in _SPACES:
            self.text(" ")
        elif self.depth == 1:
            self._start(tag, attributes)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table":
            self.name = attributes.get(f"{_TABLE}name", "")
            self.number, self.rows = 1, []
        elif tag == "table-row":
            self.copies = _count(attributes, "rows")
            self.column, self.cells = 1, {}
        elif tag in _CELLS:
            self.attributes, self.shown = attributes, []

    def text(self, text: str) -> None:
        if self.paragraphs and not self.comments:
            self.shown.append(text)

    def end(self, tag: str) -> None:
        if tag == "annotation":
            self.comments -= 1
        elif tag == "p":
            self.text("\n")
            self.paragraphs -= 1
        elif self.depth == 1:
            self._end(tag)
        if tag == "table":
            self.depth -= 1

    def _end(self, tag: str) -> None:
        if tag in _CELLS:
            copies = _count(self.attributes, "columns")
            if shown := self._cell():
                self._spend(copies)
                columns = range(self.column, self.column + copies)
                self.cells.update(dict.fromkeys(columns, shown))
            self.column += copies
            self.attributes = {}
        elif tag == "table-row":
            if self.cells:
                self._spend((self.copies - 1) * len(self.cells))
                numbers = range(self.number, self.number + self.copies)
                self.rows.extend(Row(number, self.cells) for number in numbers)
            self.number += self.copies
        elif tag == "table":
            self.finished.append(Sheet(cell_text(self.name), self.rows))

    def _spend(self, cells: int) -> None:
        self.filled += cells
        if self.filled > MOST_CELLS:  # a few bytes can say that a cell fills all of a sheet
            raise too_large()

    def _cell(self) -> str:
        date = self.attributes.get(f"{_OFFICE}date-value", "")
        shown = cell_text("".join(self.shown))
        return _MIDNIGHT.sub("", date).replace("T", " ") if date and shown else shown


def _count(attributes: dict[str, str], what: str) -> int:
    """Return how many times a cell or row stands one after the other."""
    given = attributes.get(f"{_TABLE}number-{what}-repeated", "")
    return max(1, int(given)) if given.isdecimal() and len(given) <= 7 else 1
