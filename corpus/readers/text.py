"""Plain text: the decoded file, verbatim."""

from __future__ import annotations

import re
from typing import Final

from corpus.readers.decoding import decode
from corpus.readers.source import Source
from corpus.types import Document, Heading

_FIRST_LINES: Final = re.compile(
    r"\s*?([^\s][^\r\n]{0,119})(?:\r\n|\r(?!\n)|\n)[ \t]*(?:[\r\n]|\Z)"
)
_BULLET: Final = re.compile(r"[-*+•#>|=~_]|\(?\w{1,3}[.)]\s")
_DATE: Final = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b"
    r"|(?:\w+,?\s+)?(?:\d{1,2}(?:st|nd|rd|th)?\s+\w+|\w+\s+\d{1,2}),?\s+\d{4}\W*\Z"
)
_SENTENCE_ENDS: Final = tuple(".:;,\u3002\uff1a\uff1b\uff0c\u3001")  # the last five are Chinese
_LONGEST_TITLE: Final = 15


def read(source: Source) -> Document:
    """Return the decoded file as it is; see `decode` for the encodings."""
    text, encoding = decode(source.data)
    title = _title(text)
    if title is None:
        return Document(text, encoding=encoding)
    return Document(text, title=title.title, headings=(title,), encoding=encoding)


def _title(text: str) -> Heading | None:
    """Return the first line when it plainly is a title: short, alone, no sentence, no date."""
    match = _FIRST_LINES.match(text[:4096])
    if match is None:
        return None
    line = match[1].strip()
    if len(line.split()) > _LONGEST_TITLE or line.endswith(_SENTENCE_ENDS):
        return None
    if _BULLET.match(line) or _DATE.match(line) or not any(map(str.isalpha, line)):
        return None
    return Heading(match.start(1), match.start(1) + len(line), 1, line)
