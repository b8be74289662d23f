"""reStructuredText: the decoded file, verbatim, with its section titles.

Rules: https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html#sections
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from corpus.readers.decoding import decode
from corpus.readers.lines import LONGEST_HEADING, Line, lines
from corpus.readers.source import Source
from corpus.types import Document, Heading

_ADORNMENT: Final = re.compile(r"([!-/:-@\[-`{-~])\1+\Z")
_SHORTEST_UNSURE: Final = 4  # an underline shorter than its title counts from here on
_ROLE: Final = re.compile(r":[\w.+-]+:(?=`)")
_LINK: Final = re.compile(r"`([^`<]+?)\s*<[^`>]*>`_{0,2}")
_MARKS: Final = re.compile(r"\*{1,2}|`{1,2}_{0,2}|\|")


def read(source: Source) -> Document:
    """Return the decoded file as it is; a heading's span covers its title and adornment lines."""
    text, encoding = decode(source.data)
    headings = tuple(_headings(text))
    title = next((heading.title for heading in headings if heading.level == 1), "")
    return Document(text, title=title, headings=headings, encoding=encoding)


def _headings(text: str) -> Iterator[Heading]:
    """Yield the sections; each new manner of adornment is one level deeper than those before."""
    manners: list[str] = []
    rows = list(lines(text))
    index = 0
    while index < len(rows) - 1:
        over, title, under = _adorned(rows, index)
        if title is None:
            index += 1
            continue
        manner = under.text[0] + (over.text[0] if over else "")
        if manner not in manners:
            manners.append(manner)
        start = over.start if over else title.start
        yield Heading(start, under.end, manners.index(manner) + 1, _plain(title.text))
        index += 3 if over else 2


def _adorned(rows: list[Line], index: int) -> tuple[Line | None, Line | None, Line]:
    """Return the overline, title and underline that begin at a line; no title when none does."""
    first, second = rows[index], rows[index + 1]
    if index and rows[index - 1].text and not _ADORNMENT.match(rows[index - 1].text):
        return None, None, first
    third = rows[index + 2] if index + 2 < len(rows) else None
    if _ADORNMENT.match(first.text):
        is_title = third is not None and third.text == first.text and _is_title(second)
        if is_title and third is not None and len(first.text) >= len(second.text.strip()):
            return first, second, third
        return None, None, first
    if _is_title(first) and not first.indent and _ADORNMENT.match(second.text):
        width = len(second.text)
        if width >= len(first.text) or width >= _SHORTEST_UNSURE:
            return None, first, second
    return None, None, first


def _is_title(line: Line) -> bool:
    return 0 < len(line.text) <= LONGEST_HEADING and not _ADORNMENT.match(line.text)


def _plain(title: str) -> str:
    return " ".join(_MARKS.sub("", _LINK.sub(r"\1", _ROLE.sub("", title))).split())
