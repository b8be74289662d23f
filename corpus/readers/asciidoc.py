"""AsciiDoc: the decoded file, verbatim, with its section titles.

Rules: https://docs.asciidoctor.org/asciidoc/latest/sections/titles-and-levels/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from corpus.readers.decoding import decode
from corpus.readers.lines import LONGEST_HEADING, Line, lines
from corpus.readers.source import Source
from corpus.types import Document, Heading

_TITLE: Final = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*?)(?:[ \t]+\1)?\Z")
_FENCE: Final = re.compile(r"(-{4,}|\.{4,}|\+{4,}|/{4,}|```)(?:[\w,]*)\Z")
_UNDERLINES: Final = "=-~^+"
_UNDERLINE: Final = re.compile(r"([=\-~^+])\1+\Z")
_MARKS: Final = re.compile(r"\[\[[^\]]*\]\]|[*_`#]{2}|(?<!\w)[*_`#](?=\S)|(?<=\S)[*_`#](?!\w)")


def read(source: Source) -> Document:
    """Return the decoded file as it is; a heading's span covers its whole line or lines."""
    text, encoding = decode(source.data)
    headings = tuple(_headings(list(lines(text))))
    title = next((heading.title for heading in headings if heading.level == 1), "")
    return Document(text, title=title, headings=headings, encoding=encoding)


def _headings(rows: list[Line]) -> Iterator[Heading]:
    fence = ""
    for index, row in enumerate(rows):
        below = rows[index + 1] if index + 1 < len(rows) else None
        if not fence and below and _is_underlined(row, below, rows[index - 1] if index else None):
            level = _UNDERLINES.index(below.text[0]) + 1
            yield Heading(row.start, below.end, level, _plain(row.text))
        elif fence:
            fence = "" if row.text == fence else fence
        elif (opened := _FENCE.match(row.text)) and not _underlines(rows, index):
            fence = opened[1]
        elif len(row.text) <= LONGEST_HEADING and (title := _TITLE.match(row.text)):
            yield Heading(row.start, row.end, len(title[1]), _plain(title[2]))


def _is_underlined(title: Line, below: Line, above: Line | None) -> bool:
    """Tell whether a line is a title in the older manner: its underline is as long as it is."""
    return (
        len(title.text) <= LONGEST_HEADING
        and _UNDERLINE.match(below.text) is not None
        and abs(len(below.text) - len(title.text)) <= 1
        and title.text[:1].isalnum()
        and (above is None or not above.text or above.text.startswith(("[", "//", ":")))
    )


def _underlines(rows: list[Line], index: int) -> bool:
    """Tell whether the line is the underline of the title above it."""
    above = rows[index - 2] if index > 1 else None
    return index > 0 and _is_underlined(rows[index - 1], rows[index], above)


def _plain(title: str) -> str:
    return " ".join(_MARKS.sub("", title).split())
