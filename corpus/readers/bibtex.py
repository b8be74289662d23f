"""BibTeX: the decoded file, verbatim, with a mark at each entry."""

from __future__ import annotations

import re
from typing import Final

from corpus.readers.decoding import decode
from corpus.readers.source import Source
from corpus.types import Document, Mark

_ENTRY: Final = re.compile(
    r"^[ \t]*@(?!comment|preamble|string)\w+[ \t]*[{(]\s*([^\s,{}]+)", re.I | re.M
)


def read(source: Source) -> Document:
    """Return the decoded file as it is; each entry's mark is its key."""
    text, encoding = decode(source.data)
    marks = tuple(Mark(entry.start(), f"entry {entry[1]}") for entry in _ENTRY.finditer(text))
    return Document(text, encoding=encoding, marks=marks)
