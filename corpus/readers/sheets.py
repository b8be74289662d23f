"""Sheets to documents: one page a sheet, one line a row, tables with their headers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from corpus.errors import ReadError
from corpus.readers.assembly import CELL_SEPARATOR, INVISIBLE
from corpus.readers.tabular import SAMPLE, count_headers
from corpus.types import Document, Mark, Page, Table

_SHEET_BREAK: Final = "\f"  # stands between two sheets and belongs to neither
_MOST_TEXT: Final = 50_000_000  # characters: a string is stored once and shown in many cells
MOST_CELLS: Final = 5_000_000
"""Filled cells of all sheets of a workbook."""

_SPARSE: Final = 20  # empty cells for each filled one, above which those are not written
_SMALL: Final = 2_000  # cells of a region that is always written in full


@dataclass(frozen=True, slots=True)
class Row:
    """Row ``number`` of a sheet, counted from 1: the text of its filled cells by column."""

    number: int
    cells: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet called ``name``; ``rows`` may come in any order."""

    name: str
    rows: Iterable[Row]


def to_document(sheets: Iterable[Sheet], title: str = "") -> Document:
    """Return the sheets as one text; blank rows part a sheet into regions.

    Raises `ReadError` when there is more text than a document may have.
    """
    writer = _Writer()
    pages = [writer.sheet(number, sheet) for number, sheet in enumerate(sheets, 1)]
    if not any(page.start < page.end for page in pages):
        return Document("", title, tuple(Page(p.number, 0, 0, "sheet", p.label) for p in pages))
    text, marks, tables = "".join(writer.parts), tuple(writer.marks), tuple(writer.tables)
    return Document(text, title, tuple(pages), marks=marks, tables=tables)


def too_large() -> ReadError:
    """Return the error for a workbook with more in it than a document may have."""
    return ReadError(
        f"holds more than {MOST_CELLS:,} filled cells or {_MOST_TEXT:,} characters; split it"
    )


def cell_text(text: str) -> str:
    """Return a cell's text on one line, without characters that nobody sees."""
    seen = text if text.isprintable() else text.translate(INVISIBLE)
    return " ".join(seen.split())


@dataclass(slots=True)
class _Writer:
    """The text of the sheets so far, and what lies where in it."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    filled: int = 0  # cells
    marks: list[Mark] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def sheet(self, number: int, sheet: Sheet) -> Page:
        if number > 1:
            self._add(_SHEET_BREAK)
        start = self.length
        rows = self._sorted(sheet.rows)
        open_table = _OpenTable()
        for region in _regions(rows):
            if self.length > start:
                self._add("\n\n")
            self._region(region, open_table)
        if open_table.rows:
            self.tables.append(open_table.table())
        return Page(number, start, self.length, "sheet", sheet.name)

    def _sorted(self, rows: Iterable[Row]) -> list[Row]:
        filled = []
        for row in rows:
            if row.cells:
                filled.append(row)
                self.filled += len(row.cells)
            if self.filled > MOST_CELLS:
                raise too_large()
        return sorted(filled, key=lambda row: row.number)

    def _region(self, region: list[Row], table: _OpenTable) -> None:
        """Write rows without a gap: a table, or more of the one above when they name nothing."""
        columns = sorted({column for row in region for column in row.cells})
        filled = sum(len(row.cells) for row in region)
        is_sparse = len(region) * len(columns) > max(_SMALL, _SPARSE * filled)
        sample = (
            [[row.cells.get(column, "") for column in columns] for row in islice(region, SAMPLE)]
            if not is_sparse
            else []
        )
        headers = count_headers(sample)
        if not table.goes_on_with(columns, headers):
            if table.rows:
                self.tables.append(table.table())
            table.begin(columns, headers)
        for index, row in enumerate(region):
            if index:
                self._add("\n")
            self.marks.append(Mark(self.length, f"row {row.number}"))
            table.rows.append(self.length)
            self._add(_line(row, sorted(row.cells) if is_sparse else columns))
        table.end = self.length

    def _add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)
        if self.length > _MOST_TEXT:
            raise too_large()


@dataclass(slots=True)
class _OpenTable:
    """A table to which the next region may belong: a gap must not part rows from their header."""

    columns: frozenset[int] = frozenset()
    headers: int = 0
    rows: list[int] = field(default_factory=list)
    end: int = 0

    def goes_on_with(self, columns: list[int], headers: int) -> bool:
        return bool(self.headers) and not headers and self.columns.issuperset(columns)

    def begin(self, columns: list[int], headers: int) -> None:
        self.columns, self.headers, self.rows = frozenset(columns), headers, []

    def table(self) -> Table:
        return Table(self.rows[0], self.end, tuple(self.rows), self.headers)


def _regions(rows: list[Row]) -> Iterator[list[Row]]:
    """Yield the runs of rows that no blank row parts."""
    region: list[Row] = []
    for row in rows:
        if region and row.number > region[-1].number + 1:
            yield region
            region = []
        region.append(row)
    if region:
        yield region


def _line(row: Row, columns: list[int]) -> str:
    """Return a row's cells under ``columns``, up to the last that is filled."""
    last = max(row.cells)
    texts = [row.cells.get(column, "") for column in columns if column <= last]
    return CELL_SEPARATOR.join(texts).strip()
