"""A PDF's outline: bookmarks, as headings where their titles stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pypdfium2 as pdfium

from corpus.readers.pdf.text import PageText
from corpus.types import Heading

_CONTROLS: Final = dict.fromkeys((*range(32), *range(127, 160)), " ")
_LINE: Final = re.compile(r"[^\n]+")
_NUMBERING: Final = re.compile(r"\W*(?:\d+|[A-Z]|[IVXLC]+)(?:\.\d+)*[.:)]?\s+")
_MOST_HEADING_LINES: Final = 3
_MOST_BOOKMARKS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of an outline: its title, its level from 1, and the index of its page."""

    title: str
    level: int
    index: int


def bookmarks(document: pdfium.PdfDocument) -> list[Bookmark]:
    """Return the entries of a document's outline that have a title and point to a page."""
    found: list[Bookmark] = []
    for entry, _ in zip(document.get_toc(), range(_MOST_BOOKMARKS), strict=False):
        title = " ".join(entry.get_title().translate(_CONTROLS).split())
        destination = entry.get_dest()
        index = destination.get_index() if destination else None
        if title and index is not None:
            found.append(Bookmark(title, entry.level + 1, index))
    return found


def bookmarked(
    entries: Sequence[Bookmark], texts: Sequence[PageText], starts: Sequence[int]
) -> list[Heading]:
    """Return the bookmarks whose title is found as lines of the page they point to, in order.

    ``starts`` are the offsets of the pages' texts in the document's.
    """
    lines_of: dict[int, dict[str, tuple[int, int]]] = {}
    found: dict[int, Heading] = {}
    for entry in entries:
        index = entry.index
        if not 0 <= index < len(texts):
            continue
        if index not in lines_of:
            lines_of[index] = _line_spans(texts[index].text)
        lines = lines_of[index]
        span = lines.get(_key(entry.title)) or lines.get(
            _key(_NUMBERING.sub("", entry.title, count=1))
        )
        if span:
            start, end = starts[index] + span[0], starts[index] + span[1]
            found.setdefault(start, Heading(start, end, entry.level, entry.title))
    return sorted(found.values(), key=lambda heading: heading.start)


def _line_spans(text: str) -> dict[str, tuple[int, int]]:
    """Map the key of each run of up to three lines, with and without its number, to its span."""
    lines = [match.span() for match in _LINE.finditer(text)]
    spans: dict[str, tuple[int, int]] = {}
    for count in range(1, _MOST_HEADING_LINES + 1):
        for (start, _), (_, end) in zip(lines, lines[count - 1 :], strict=False):
            run = text[start:end]
            for key in (_key(run), _key(_NUMBERING.sub("", run, count=1))):
                if key:
                    spans.setdefault(key, (start, end))
    return spans


def _key(line: str) -> str:
    """Return the letters and digits of a line in lower case, by which titles are compared."""
    return "".join(filter(str.isalnum, line.casefold()))
