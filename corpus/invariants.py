"""What holds of every document, whichever reader made it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from corpus.types import Document, Table

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def faults(document: Document) -> Iterator[str]:
    """Yield each rule that a document breaks; readers are to make documents that break none."""
    size = len(document.text)
    if _SURROGATE.search(document.text):
        yield "its text is not valid Unicode"
    pages = [(page.start, page.end) for page in document.pages]
    if not _are_spans(pages, size) or not _is_ordered([edge for page in pages for edge in page]):
        yield "its pages overlap or lie outside its text"
    numbers = [page.number for page in document.pages]
    if sorted({*numbers}) != numbers or (numbers and numbers[0] < 1):
        yield "its pages are not numbered upwards from 1"
    headings = [(heading.start, heading.end) for heading in document.headings]
    if not _are_spans(headings, size) or not _is_ordered([start for start, _ in headings]):
        yield "its headings are out of order or lie outside its text"
    if any(heading.level < 1 for heading in document.headings):
        yield "a heading has no level"
    marks = [mark.start for mark in document.marks]
    if not _are_spans([(start, start) for start in marks], size) or not _is_ordered(marks):
        yield "its marks are out of order or lie outside its text"
    tables = [(table.start, table.end) for table in document.tables]
    if not _are_spans(tables, size) or not _is_ordered(
        [edge for table in tables for edge in table]
    ):
        yield "its tables overlap or lie outside its text"
    if not all(map(_has_rows_inside, document.tables)):
        yield "the rows of a table are out of order or lie outside it"


def _are_spans(spans: Sequence[tuple[int, int]], size: int) -> bool:
    return all(0 <= start <= end <= size for start, end in spans)


def _is_ordered(offsets: Sequence[int]) -> bool:
    return all(a <= b for a, b in pairwise(offsets))


def _has_rows_inside(table: Table) -> bool:
    return (
        _is_ordered([table.start, *table.rows, table.end])
        and table.rows[:1] in ((), (table.start,))
        and 0 <= table.headers <= len(table.rows)
    )
