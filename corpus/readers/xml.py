"""XML of any kind: articles (JATS) by their structure, all else by the shape of its elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final
from xml.etree.ElementTree import Element

from corpus.readers import html, jats
from corpus.readers.assembly import Block, assemble, row_block
from corpus.readers.source import Source
from corpus.readers.titles import LONGEST_TITLE
from corpus.readers.xmltree import content, parse_start, value
from corpus.types import Document

_HEADINGS: Final = frozenset({"title", "heading", "head", "headline", "invention-title"})
_ROWS: Final = frozenset({"row", "tr"})
_CELLS: Final = frozenset({"entry", "td", "th", "cell"})
_MOST_PIECES: Final = 50  # that a heading's text may be in
_SHORT: Final = 200  # the most characters of a value that stands behind its element's name
_TAG: Final = re.compile(
    r"</?(?:a|b|blockquote|br|code|div|em|h[1-6]|hr|i|img|li|ol|p|pre|span|strong|table|ul)\b[^<>]*>",
    re.I,
)
_BLANK_LINE: Final = re.compile(r"\n[^\S\n]*\n")


def read(source: Source) -> Document:
    """Return the text of the elements; those that hold mere values are led by their names.

    A file that breaks off is read up to there, and the note says so. Raises `ReadError` when there
    is no XML, or when it is made to exhaust its reader.
    """
    text, encoding = html.decode_markup(source.data)
    root, fault = parse_start(text)
    if root.tag == "html":
        return html.read(source)
    note = f"broken XML ({fault}); read up to there" if fault else ""
    if jats.is_article(root):
        return assemble(jats.blocks(root), encoding=encoding, note=note)
    blocks: list[Block] = []
    _Reader(blocks).read(root, 0)
    document = assemble(blocks, encoding=encoding, note=note)
    return document if document.text else Document(text, encoding=encoding, note=note)


class _Reader:
    """Appends the blocks of elements to a list, which a chain of generators would do slowly."""

    def __init__(self, blocks: list[Block]) -> None:
        self._blocks = blocks

    def read(self, element: Element, level: int) -> None:
        """Read an element that stands under ``level`` headings."""
        if _is_prose(element):
            self._blocks += _prose(element)
            return
        if element.tag in _ROWS and all(part.tag in _CELLS for part in element):
            self._row(element)
            return
        is_record = _is_record(element)
        level += any(_is_heading(part) for part in element)
        for index, part in enumerate(element):
            if _is_heading(part):
                self._blocks.append(Block(content(part), _level(part, level)))
            elif is_record and _is_value(part):
                tight = index > 0 and not _is_heading(element[index - 1])
                self._blocks.append(Block(content(part), tight=tight, prefix=f"{part.tag}: "))
            else:
                self.read(part, level)

    def _row(self, element: Element) -> None:
        cells = [content(cell) for cell in element]
        if any(cells):
            tight = bool(self._blocks) and self._blocks[-1].row
            self._blocks.append(row_block(cells, tight))


def _is_prose(element: Element) -> bool:
    """Tell whether text stands in the element itself, not only in those inside it."""
    texts = (element.text, *(part.tail for part in element))
    return len(element) == 0 or any(text and not text.isspace() for text in texts)


def _prose(element: Element) -> Iterator[Block]:
    """Yield an element's paragraphs, those of a web page where its text is one."""
    text = "".join(element.itertext())
    if _TAG.search(text):
        blocks, _ = html.parse(text)
        yield from (replace(block, level=0) for block in blocks)
        return
    for paragraph in _BLANK_LINE.split(text):
        yield Block(" ".join(paragraph.split()))


def _is_heading(element: Element) -> bool:
    if element.tag not in _HEADINGS:
        return False
    pieces = list(islice(element.itertext(), _MOST_PIECES))
    return len(pieces) < _MOST_PIECES and 0 < len("".join(pieces).strip()) <= LONGEST_TITLE


def _level(heading: Element, level: int) -> int:
    """Return how deep a heading stands; where siblings differ, an attribute says so."""
    given = value(heading, "level")
    return level + min(int(given), 9) - 1 if given.isdecimal() and int(given) else level


def _is_record(element: Element) -> bool:
    """Tell whether an element holds values of different names, as a row of a database does."""
    names = (part.tag for part in element if _is_value(part))
    first = next(names, "")
    return any(name != first for name in names)


def _is_value(element: Element) -> bool:
    text = element.text or ""
    return len(element) == 0 and len(text) <= _SHORT and not _TAG.search(text)
