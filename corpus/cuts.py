"""Where passages are cut: units that hold together, and the cheapest places between them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from corpus.sentences import Span, split_blocks, split_sentences, trim
from corpus.types import Document, Table

LONGEST_PASSAGE = 4_000
"""Characters of a passage, for text whose tokens say nothing of its length."""

_LONG_UNIT = 600  # characters above which a sentence is looked at for cutting
_CELL_END = re.compile(r"[,;|}\])>]")  # where text without white space is cut

# What a cut costs; 1.0 is an empty passage.
_BETWEEN_ROWS = 0.1
_MID_PARAGRAPH = 0.2
_MID_ROW = 0.4
_UNDER_HEADER = 2.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A span that holds together: a sentence, a table row, or a part of one too long.

    ``cost`` is that of a cut before it. ``repeatable`` says that the next passage may repeat it,
    ``row`` that it is a whole row of a table, which is cut when no passage can hold it.
    """

    start: int
    end: int
    cost: float = 0.0
    repeatable: bool = False
    row: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece with its tokens, and the tokens that a passage may have that begins with it."""

    piece: Piece
    tokens: int
    room: int


def regions(document: Document) -> Iterator[Span]:
    """Yield the spans that no passage may cross: pages, and sections within them."""
    text = document.text
    edges = {0, len(text)}
    for page in document.pages:
        edges.update((page.start, page.end))
    body_from = 0
    for heading in document.headings:
        if text[body_from : heading.start].strip():  # a heading right under another stays with it
            edges.add(heading.start)
        body_from = heading.end
    for left, right in pairwise(sorted(edges)):
        start, end = trim(text, left, right)
        if start < end:
            yield start, end


def pieces_of(document: Document, start: int, end: int) -> Iterator[Piece]:
    """Yield the sentences and table rows of ``document.text[start:end]`` in order."""
    text, tables = document.text, document.tables
    index = max(0, bisect_right(tables, start, key=lambda table: table.start) - 1)
    while index < len(tables) and tables[index].start < end:
        table = tables[index]
        if table.end > start:
            yield from _sentences(text, start, max(start, table.start))
            yield from _rows(text, table, max(start, table.start), min(end, table.end))
            start = min(end, table.end)
        index += 1
    yield from _sentences(text, start, end)


def _sentences(text: str, start: int, end: int) -> Iterator[Piece]:
    openers = {opener for opener, _ in split_blocks(text, start, end)}
    for left, right in split_sentences(text, start, end):
        parts = _parts(text, left, right)
        for part in parts:
            cost = 0.0 if part[0] in openers else _MID_PARAGRAPH
            yield Piece(*part, cost, repeatable=len(parts) == 1)


def _rows(text: str, table: Table, start: int, end: int) -> Iterator[Piece]:
    """Yield the rows of a table, or of what of it lies within ``start`` and ``end``."""
    first = max(0, bisect_right(table.rows, start) - 1)
    last = bisect_left(table.rows, end)
    edges = [start, *(row for row in table.rows[first:last] if row > start), end]
    for index, (left, right) in enumerate(pairwise(edges), first):
        row = trim(text, left, right)
        if row[0] < row[1]:
            in_header = 0 < index <= table.headers
            cost = _UNDER_HEADER if in_header else _BETWEEN_ROWS if index else 0.0
            yield Piece(*row, cost, row=True)


def parts_of_row(text: str, row: Piece) -> Iterator[Piece]:
    """Yield the parts of a row that is longer than a passage."""
    cost = row.cost
    for left, right in split_sentences(text, row.start, row.end):
        for part in _parts(text, left, right):
            yield Piece(*part, cost)
            cost = _MID_ROW


def with_tiny_rows_joined(units: Iterable[Unit], most: int) -> Iterator[Unit]:
    """Join neighbouring rows of a table up to ``most`` tokens: no cut is worth weighing there."""
    joined: Unit | None = None
    for unit in units:
        if joined is None:
            joined = unit
            continue
        whole = replace(joined.piece, end=unit.piece.end)
        tokens = joined.tokens + unit.tokens
        is_next_row = joined.piece.row and unit.piece.row and unit.piece.cost == _BETWEEN_ROWS
        if is_next_row and tokens <= most and whole.end - whole.start <= _LONG_UNIT:
            joined = Unit(whole, tokens, joined.room)
        else:
            yield joined
            joined = unit
    if joined is not None:
        yield joined


def _parts(text: str, start: int, end: int) -> list[Span]:
    """Cut a span longer than a passage may be into parts of at most ``_LONG_UNIT`` characters."""
    parts: list[Span] = []
    while end - start > _LONG_UNIT:
        cut = _cut_in(text, start, start + _LONG_UNIT)
        parts.append(trim(text, start, cut))
        while cut < end and text[cut].isspace():
            cut += 1
        start = cut
    return [part for part in [*parts, (start, end)] if part[0] < part[1]]


def _cut_in(text: str, start: int, end: int) -> int:
    """Return where to cut: after a line, else at a space, else behind a cell, else at the end."""
    line = text.rfind("\n", start, end)
    if line > (start + end) // 2:
        return line
    space = max(line, text.rfind(" ", start, end))
    if space > start:
        return space
    *_, cell = (0, *(match.end() for match in _CELL_END.finditer(text, start, end)))
    return cell or end


def halves(text: str, start: int, end: int, rows: Sequence[int] = ()) -> list[Span]:
    """Cut a span in two near its middle: at a row, else at white space, else anywhere.

    ``rows`` are the starts of table rows in the text, in order.
    """
    middle = (start + end) // 2
    nearest = bisect_left(rows, middle)
    cuts = [row for row in rows[max(0, nearest - 1) : nearest + 1] if start < row < end]
    if not cuts:
        spaces = (text.rfind(" ", start + 1, middle), text.find(" ", middle, end))
        cuts = [space for space in spaces if space > start]
    cut = min(cuts, key=lambda cut: abs(cut - middle)) if cuts else middle
    return [half for half in (trim(text, start, cut), trim(text, cut, end)) if half[0] < half[1]]


def best_cuts(units: Sequence[Unit], target: int, hard: int) -> list[int]:
    """Return cut positions, 0 and ``len(units)`` included, of least total cost.

    A passage costs the square of its relative distance from ``target`` tokens, and each cut its
    own cost; passages above ``hard`` tokens or the room where they begin are not considered,
    single units apart.
    """
    total = [0, *accumulate(unit.tokens for unit in units)]
    starts = [unit.piece.start for unit in units]
    limits = [min(unit.room, hard) for unit in units]
    widest = max(limits, default=0)
    best = [0.0] + [float("inf")] * len(units)
    came_from = [0] * (len(units) + 1)
    for last in range(1, len(units) + 1):
        cut_cost = units[last].piece.cost if last < len(units) else 0.0
        by_tokens = bisect_left(total, total[last] - widest)
        by_length = bisect_left(starts, units[last - 1].piece.end - LONGEST_PASSAGE)
        for first in range(min(max(by_tokens, by_length), last - 1), last):
            size, limit = total[last] - total[first], limits[first]
            if size > limit and first < last - 1:
                continue
            aim = min(target, limit)
            cost = best[first] + ((size - aim) / aim) ** 2 + cut_cost
            if cost < best[last]:
                best[last], came_from[last] = cost, first
    cuts = [len(units)]
    while cuts[-1]:
        cuts.append(came_from[cuts[-1]])
    return cuts[::-1]
