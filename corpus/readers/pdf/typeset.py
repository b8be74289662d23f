"""Headings known by how they are set: short, on their own, larger or bolder than the body."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from corpus.readers.pdf.lines import Line
from corpus.readers.pdf.text import PageText
from corpus.types import Heading

_LONGEST: Final = 150  # characters
_MOST_WORDS: Final = 20
_MOST_LINES: Final = 3
_LARGE: Final = 1.12  # times the body's size
_WIDE_GAP: Final = 1.5  # times the font's height, between columns
_SAME_SIZE: Final = 1.05
_FEWEST_PROSE_WORDS: Final = 6
_MOST_REPEATS: Final = 12  # above which it is the label of a form or a table
_DEEPEST: Final = 6
_DIVISION: Final = re.compile(r"(part\s+[ivx\d]+\b)|item\s+\d+[a-z]?\b", re.I)
_NO_HEADING: Final = re.compile(
    r"[^\w“\"‘'¿¡]|total\b|(?:fiscal )?years?\b|(?:three|six|nine|twelve) months|"
    r"(?:as of|for the|in) |(?:table|figure|fig)\.? \d|table of contents\Z|"
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)\b|"
    r"notes?:|.*[$%|]|.*\w.*\s\(?\d+[.,]\d|.*\d{4} \d{4}|.*[,;.]\Z|(?:part|item)\b.*\s\d+\Z",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of canonical text at ``start`` to ``end``, as it is set.

    It stands ``apart`` after a blank line, and in ``columns`` when it has wide gaps.
    """

    text: str
    start: int
    end: int
    size: float
    bold: bool
    apart: bool
    columns: bool


@dataclass(frozen=True, slots=True)
class _Body:
    """How most of a document's characters are set."""

    size: float
    bold: bool


def set_as_headings(texts: Sequence[PageText], starts: Sequence[int]) -> list[Heading]:
    """Return the headings of pages whose texts begin at ``starts`` in the document's, in order.

    A line larger than the body is one, and a bold one where text or a table's caption follows.
    """
    pages = [list(_rows(*page)) for page in zip(texts, starts, strict=True)]
    body = _body(pages)
    runs = [
        run for index, rows in enumerate(pages) for run in _heading_runs(rows, body, index == 0)
    ]
    repeats = Counter(_title(run).casefold() for run in runs)
    runs = [run for run in runs if repeats[_title(run).casefold()] <= _MOST_REPEATS]
    levels = _levels(runs)
    return [
        Heading(run[0].start, run[-1].end, level, _title(run))
        for run, level in zip(runs, levels, strict=True)
    ]


def _rows(page: PageText, start: int) -> Iterator[_Row]:
    """Yield the lines of a page's text; one made of several is as small and as bold as all are."""
    after = -1
    parts = page.lines
    first = 0
    while first < len(parts):
        last = first
        while last + 1 < len(parts) and "\n" not in page.text[parts[last][2] : parts[last + 1][1]]:
            last += 1
        left, right = parts[first][1], parts[last][2]
        lines = [line for line, _, _ in parts[first : last + 1]]
        yield _Row(
            page.text[left:right],
            start + left,
            start + right,
            min(line.size for line in lines),
            all(line.bold for line in lines),
            after < 0 or left - after > 1,
            any(_is_far(*pair) for pair in pairwise(lines)),
        )
        after, first = right, last + 1


def _is_far(before: Line, line: Line) -> bool:
    return line.left - before.right > _WIDE_GAP * line.size


def _body(pages: Sequence[Sequence[_Row]]) -> _Body:
    """Return the size that three quarters of all characters do not exceed, and the usual weight."""
    rows = sorted((row for rows in pages for row in rows), key=lambda row: row.size)
    total = sum(len(row.text) for row in rows)
    passed = 0
    size = 0.0
    for row in rows:
        passed += len(row.text)
        size = row.size
        if 4 * passed >= 3 * total:
            break
    return _Body(size, 2 * sum(len(row.text) for row in rows if row.bold) > total)


def _heading_runs(rows: Sequence[_Row], body: _Body, on_cover: bool) -> list[list[_Row]]:
    """Return the headings of a page, each as its one to three rows.

    On a cover much is large that is no heading.
    """
    found: list[list[_Row]] = []
    leads = False  # to text, or to a heading that does
    for run in reversed(list(_runs(rows))):
        first = run[0]
        is_large = first.size >= _LARGE * body.size
        is_prominent = is_large or (first.bold and not body.bold)
        if not (is_prominent and first.apart and _may_be_heading(run)):
            leads = _is_prose(first) or _is_caption(first)
        elif leads or (is_large and not on_cover):
            found.append(run)
    return found[::-1]


def _runs(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Yield the rows in runs of the same type with no blank line between."""
    run: list[_Row] = []
    for row in rows:
        if run and (row.apart or not _is_same_type(run[-1], row)):
            yield run
            run = []
        run.append(row)
    if run:
        yield run


def _is_same_type(before: _Row, row: _Row) -> bool:
    smaller, larger = sorted((before.size, row.size))
    return before.bold == row.bold and larger <= _SAME_SIZE * smaller


def _may_be_heading(run: Sequence[_Row]) -> bool:
    title = _title(run)
    letters = sum(map(str.isalpha, title))
    return (
        len(run) <= _MOST_LINES
        and not any(row.columns for row in run)
        and len(title) <= _LONGEST
        and len(title.split()) <= _MOST_WORDS
        and letters >= 0.6 * len(title.replace(" ", ""))
        and letters >= 4
        and not title[0].islower()
        and not _NO_HEADING.match(title)
    )


def _title(run: Sequence[_Row]) -> str:
    return " ".join(row.text for row in run)


def _is_prose(row: _Row) -> bool:
    words = row.text.split()
    return len(words) >= _FEWEST_PROSE_WORDS and 2 * sum(map(str.isalpha, words)) > len(words)


def _is_caption(row: _Row) -> bool:
    """Tell whether a row says in brackets what a table counts."""
    return row.text.startswith("(") and row.text.endswith(")") and row.text[1:2].isalpha()


def _levels(runs: Sequence[Sequence[_Row]]) -> list[int]:
    """Return the level of each heading: one below the nearest before it that is set higher.

    Parts stand above items, items above all else, then large type above small, bold, capitals.
    """
    above: list[tuple[int, ...]] = []
    levels: list[int] = []
    for first, *_ in runs:
        division = _DIVISION.match(first.text)
        rank = 2 if division and division[1] else 1 if division else 0
        style = (rank, round(first.size), first.bold, first.text.isupper())
        while above and above[-1] <= style:
            above.pop()
        above.append(style)
        levels.append(min(len(above), _DEEPEST))
    return levels
