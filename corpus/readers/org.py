"""Org: the decoded file, verbatim, with its headlines.

Rules: https://orgmode.org/worg/org-syntax.html#Headings
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from corpus.readers.decoding import decode
from corpus.readers.lines import LONGEST_HEADING, lines
from corpus.readers.source import Source
from corpus.types import Document, Heading

_HEADLINE: Final = re.compile(
    r"(\*+)[ \t]+(?:(?:TODO|DONE|NEXT|WAITING|CANCELLED)[ \t]+)?(?:\[#\w\][ \t]*)?(\S.*)"
)
_TAGS: Final = re.compile(r"[ \t]+:[\w@#%:]+:\Z")
_TITLE: Final = re.compile(r"^#\+TITLE:[ \t]*(\S[^\r\n]{0,299})", re.I | re.M)
_LINK: Final = re.compile(r"\[\[[^\]]*\]\[([^\]]*)\]\]")
_MARKS: Final = re.compile(r"(?<!\w)[*/=~+](?=\S)|(?<=\S)[*/=~+](?!\w)")


def read(source: Source) -> Document:
    """Return the decoded file as it is; a heading's span is its line."""
    text, encoding = decode(source.data)
    headings = tuple(_headings(text))
    if stated := _TITLE.search(text):
        title = _plain(stated[1])
    else:
        title = next((heading.title for heading in headings if heading.level == 1), "")
    return Document(text, title=title, headings=headings, encoding=encoding)


def _headings(text: str) -> Iterator[Heading]:
    for line in lines(text):
        if len(line.text) <= LONGEST_HEADING and (headline := _HEADLINE.match(line.text)):
            title = _plain(_TAGS.sub("", headline[2]))
            yield Heading(line.start, line.end, len(headline[1]), title)


def _plain(title: str) -> str:
    return " ".join(_MARKS.sub("", _LINK.sub(r"\1", title)).split())
