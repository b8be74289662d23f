"""Source code and configuration: the decoded file, verbatim, with no line taken for a title."""

from __future__ import annotations

from corpus.readers.decoding import decode
from corpus.readers.source import Source
from corpus.types import Document


def read(source: Source) -> Document:
    """Return the decoded file as it is; see `decode` for the encodings."""
    text, encoding = decode(source.data)
    return Document(text, encoding=encoding)
