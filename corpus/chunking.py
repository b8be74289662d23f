"""Documents to passages: slices that end where sentences end and that no encoder cuts off.

A table is cut between its rows, and a passage that its header is not in has it as context.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from corpus.cuts import (
    LONGEST_PASSAGE,
    Piece,
    Unit,
    best_cuts,
    halves,
    parts_of_row,
    pieces_of,
    regions,
    with_tiny_rows_joined,
)
from corpus.types import Document, Page, Passage

#: Part of a document's pipeline fingerprint: change it when passages or contexts change.
PIPELINE = "chunking/2"

CountTokens = Callable[[Sequence[str]], Sequence[int]]

_NEWLINE = re.compile(r"\r\n|\n|\r")
_WORD = re.compile(r"[^\s,;|]+[,;|]*|[,;|]+")
_LONGEST_HEADER = 2_000  # characters of a table's header that are looked at


@dataclass(frozen=True, slots=True)
class Chunker:
    """Cuts documents into passages of about ``target_tokens`` tokens.

    ``count_tokens`` counts tokens as the encoder sees them, special tokens included; no passage,
    with its context, exceeds ``max_tokens``. ``overlap_tokens`` bounds what a passage repeats of
    the one before it: whole sentences of the same section and page, or nothing.
    """

    count_tokens: CountTokens
    max_tokens: int
    target_tokens: int = 190
    overlap_tokens: int = 40

    def __post_init__(self) -> None:
        """Refuse a limit too small to hold any text."""
        if self.max_tokens < 16:
            raise ValueError(f"max_tokens is {self.max_tokens}; at least 16 are needed")

    def split(self, document: Document) -> list[Passage]:
        """Return the passages of a document in order; together they hold all its text."""
        run = _Run(document, self.count_tokens, self.max_tokens)
        spans = [
            (start, end, path) for path, units in run.units() for start, end in self._cut(units)
        ]
        return list(run.within_limit(spans))

    def _cut(self, units: list[Unit]) -> Iterator[tuple[int, int]]:
        """Yield the spans of the passages of one region."""
        units = list(with_tiny_rows_joined(units, self.target_tokens // 16))
        most = self.target_tokens * 3 // 2
        previous_start = 0
        for first, last in pairwise(best_cuts(units, self.target_tokens, most)):
            size = sum(unit.tokens for unit in units[first:last])
            start, spare = first, min(self.overlap_tokens, min(units[first].room, most) - size)
            while start > previous_start + 1:
                repeated = units[start - 1]
                if not repeated.piece.repeatable or repeated.tokens > spare:
                    break
                start -= 1
                spare -= repeated.tokens
            previous_start = first
            yield units[start].piece.start, units[last - 1].piece.end


@dataclass(slots=True)
class _Run:
    """One document on its way to passages: what is worked out about it only once."""

    document: Document
    count_tokens: CountTokens
    max_tokens: int
    specials: int = field(init=False)
    lines: list[int] = field(init=False)
    rows: list[int] = field(init=False)
    contexts: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find where lines and table rows begin."""
        self.specials = self.count_tokens([""])[0]
        self.lines = [match.end() for match in _NEWLINE.finditer(self.document.text)]
        self.rows = [row for table in self.document.tables for row in table.rows]

    def units(self) -> Iterator[tuple[str, list[Unit]]]:
        """Yield each region's path of headings and its units."""
        spans = list(regions(self.document))
        drafts = [list(pieces_of(self.document, *span)) for span in spans]
        counts = iter(self._count([piece for pieces in drafts for piece in pieces]))
        for (_, end), pieces in zip(spans, drafts, strict=True):
            path = _path(self.document, end)
            units = (self._unit(piece, next(counts), path) for piece in pieces)
            yield path, [part for unit in units for part in self._parts(unit, path)]

    def _parts(self, unit: Unit, path: str) -> list[Unit]:
        """Return the parts of a row that no passage can hold; any other unit as it is."""
        piece = unit.piece
        fits = unit.tokens <= unit.room and piece.end - piece.start <= LONGEST_PASSAGE
        if fits or not piece.row:
            return [unit]
        parts = list(parts_of_row(self.document.text, piece))
        counts = self._count(parts)
        return [self._unit(*part, path) for part in zip(parts, counts, strict=True)]

    def within_limit(self, spans: list[tuple[int, int, str]]) -> Iterator[Passage]:
        """Yield the passages, in halves where one is still too long.

        The tokens of a whole may exceed those of its parts.
        """
        passages = [self._passage(*span) for span in spans]
        counts = self.count_tokens([passage.encoded for passage in passages])
        for passage, (start, end, path), count in zip(passages, spans, counts, strict=True):
            if count <= self.max_tokens or end - start < 2:
                yield passage
            else:
                cut = halves(self.document.text, start, end, self.rows)
                yield from self.within_limit([(left, right, path) for left, right in cut])

    def _count(self, pieces: list[Piece]) -> list[int]:
        text = self.document.text
        counts = self.count_tokens([text[piece.start : piece.end] for piece in pieces])
        return [count - self.specials for count in counts]

    def _unit(self, piece: Piece, tokens: int, path: str) -> Unit:
        return Unit(piece, tokens, self.max_tokens - self._context(path, piece.start)[1])

    def _context(self, path: str, start: int) -> tuple[str, int]:
        """Return the context of a passage that begins at ``start``, and its tokens.

        Each of its two lines, the path and the table's header, has a quarter of the limit.
        """
        key = path, _header(self.document, start)
        if key not in self.contexts:
            lines = [short for line in key if (short := self._shorten(line))]
            if len(lines) == 2 and self._tokens(lines) > self.max_tokens * 5 // 8:
                lines.pop()
            self.contexts[key] = ("\n".join(lines), self._tokens(lines))
        return self.contexts[key]

    def _tokens(self, lines: list[str]) -> int:
        return self.count_tokens(["\n".join([*lines, ""])])[0] if lines else self.specials

    def _shorten(self, line: str) -> str:
        """Return as many of a line's first words as a quarter of the limit holds."""
        limit = self.max_tokens // 4
        line = " ".join(line.split())
        ends = [match.end() for match in _WORD.finditer(line[: 12 * limit])]
        while ends and self.count_tokens([line[: ends[-1]]])[0] > limit:
            del ends[-max(1, len(ends) // 8) :]
        return line[: ends[-1]] if ends else ""

    def _passage(self, start: int, end: int, path: str) -> Passage:
        document = self.document
        page = document.page_at(start)
        sections = [title for title in document.section_at(end - 1) if title != document.title]
        location = _place(document, start, page)
        if not location and sections:
            location = f"section “{sections[-1]}”"
        elif not location:
            location = f"line {bisect_right(self.lines, start) + 1}"
        context, _ = self._context(path, start)
        number = page.number if page is not None else None
        body = _end_of_headings(document, start, end) - start
        text = document.text[start:end]
        return Passage(start, end, text, context, " > ".join(sections), number, location, body)


def _path(document: Document, end: int) -> str:
    """Return the title, sheet and headings that the end of a region stands under."""
    page = document.page_at(end - 1)
    sheet = page.label if page is not None and page.kind == "sheet" else ""
    parts = [document.title, sheet, *document.section_at(end - 1)]
    distinct = [part for index, part in enumerate(parts) if part and part not in parts[:index]]
    return " > ".join(distinct)


def _header(document: Document, start: int) -> str:
    """Return the header rows above ``start``, which stands in a table's row; else nothing."""
    index = bisect_right(document.tables, start, key=lambda table: table.start) - 1
    table = document.tables[index] if index >= 0 else None
    if table is None or not table.headers or start >= table.end:
        return ""
    end = table.rows[table.headers] if table.headers < len(table.rows) else table.end
    return document.text[table.start : min(start, end, table.start + _LONGEST_HEADER)].strip()


def _place(document: Document, start: int, page: Page | None) -> str:
    """Return the page and the mark at ``start`` as a person would name them; empty for neither."""
    index = bisect_right(document.marks, start, key=lambda mark: mark.start) - 1
    label = document.marks[index].label if index >= 0 else ""
    if page is None:
        return label
    if not label or document.marks[index].start < page.start:
        return page.location
    return f"{page.location}, {label}"


def _end_of_headings(document: Document, start: int, end: int) -> int:
    """Return where the headings that a span begins with end; its start when it has none."""
    position = start
    first = bisect_left(document.headings, start, key=lambda heading: heading.start)
    for index in range(first, len(document.headings)):
        heading = document.headings[index]
        if heading.end > end or document.text[position : heading.start].strip():
            break
        position = heading.end
    return position
