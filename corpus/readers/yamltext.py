"""YAML: the decoded file, verbatim, marked where its documents, members and items begin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from corpus.readers.decoding import decode
from corpus.readers.sheets import cell_text
from corpus.readers.source import Source
from corpus.types import Document, Mark

_DOCUMENT: Final = re.compile(r"^---(?=\s|\Z)", re.M)
_ENTRY: Final = re.compile(
    r"""^(?P<indent>[ ]{0,40})(?:(?P<item>-)(?=\s|\Z)|"""
    r"""(?P<key>"[^"\r\n]{0,80}"|'[^'\r\n]{0,80}'|[^\s#"'-][^\r\n]{0,79}?)[ \t]{0,20}:(?=\s|\Z))""",
    re.M,
)


def read(source: Source) -> Document:
    """Return the decoded file as it is, valid or not, marked at its outermost level."""
    text, encoding = decode(source.data)
    starts = [match.start() for match in _DOCUMENT.finditer(text)]
    if not starts or text[: starts[0]].strip():
        starts.insert(0, 0)
    marks: list[Mark] = []
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True), 1):
        name = f"document {number}" if len(starts) > 1 else ""
        marks.extend([Mark(start, name)] if name else [])
        marks.extend(_marks(text, start, end, name))
    return Document(text, encoding=encoding, marks=tuple(marks))


def _marks(text: str, start: int, end: int, document: str) -> Iterator[Mark]:
    """Yield a mark for each entry that is indented as the first one is."""
    margin: int | None = None
    key, items = "", 0
    for match in _ENTRY.finditer(text, start, end):
        margin = len(match["indent"]) if margin is None else margin
        if len(match["indent"]) != margin:
            continue
        if match["item"]:
            items += 1
            label = f"item {items}"
        else:
            key, items, label = cell_text(match["key"].strip("\"'")), 0, ""
        yield Mark(match.start(), ", ".join(part for part in (document, key, label) if part))
