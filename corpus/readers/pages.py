"""Apple Pages documents (.pages): of 2009 from their XML, newer ones from their preview."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from xml.etree.ElementTree import Element

from corpus.errors import UnsupportedFormat
from corpus.readers.assembly import INVISIBLE, Block, assemble, row_block
from corpus.readers.package import Package
from corpus.readers.source import Source
from corpus.readers.xmltree import child, content, value
from corpus.types import Document

_PREVIEW: Final = "QuickLook/Preview.pdf"
_BREAKS: Final = frozenset({"br", "lnbr", "pgbr", "contbr", "crbr", "sectbr"})
_MOST_COLUMNS: Final = 1000


def read(source: Source) -> Document:
    """Return paragraphs, tables after the paragraph they hang on, and text boxes.

    Raises `UnsupportedFormat` for a newer file without a preview, and `ReadError` when the file is
    broken.
    """
    with Package(source.data, "Pages") as package:
        root = package.xml("index.xml")
        if root is not None:
            return assemble(_Reader(root).blocks())
        preview = package.part(_PREVIEW)
    if preview is None:
        raise UnsupportedFormat("new Pages files are not read; export it as Word or PDF")
    from corpus.readers import pdf

    document = pdf.read(Source(preview, _PREVIEW, source.ocr))
    return replace(document, note="read from the preview that Pages keeps of it")


class _Reader:
    """Turns the body and the text boxes into blocks."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._attachments = {value(part, "ID"): part for part in root.iter("attachment")}

    def blocks(self) -> Iterator[Block]:
        """Yield the body's blocks, and then those of each text box."""
        body = child(self._root, "text-storage", "text-body")
        boxes = child(self._root, "drawables")
        for part in (body, boxes):
            for paragraph in part.iter("p") if part is not None else ():
                yield from self._paragraph(paragraph)

    def _paragraph(self, paragraph: Element) -> Iterator[Block]:
        pieces: list[str] = []
        tables: list[Element] = []
        for part in _inside(paragraph, pieces):
            if part.tag == "attachment-ref":
                attachment = self._attachments.pop(value(part, "IDREF"), None)
                if attachment is not None:
                    tables += attachment.iter("grid")
        yield Block("".join(pieces).translate(INVISIBLE).strip())
        for table in tables:
            yield from _table(table)


def _inside(element: Element, pieces: list[str]) -> Iterator[Element]:
    """Gather a paragraph's text, and yield the elements that are met on the way."""
    pieces.append(element.text or "")
    for part in element:
        yield part
        if part.tag in _BREAKS:
            pieces.append("\n")
        elif part.tag == "tab":
            pieces.append("\t")
        else:
            yield from _inside(part, pieces)
        pieces.append(part.tail or "")


def _table(grid: Element) -> Iterator[Block]:
    """Yield a table's rows: its cells stand in one list, row by row."""
    columns = value(grid, "numcols")
    width = min(int(columns), _MOST_COLUMNS) if columns.isdecimal() else 0
    source = child(grid, "datasource")
    cells = [_cell(cell) for cell in source] if source is not None else []
    tight = False
    for start in range(0, len(cells), max(width, 1)):
        row = cells[start : start + max(width, 1)]
        if any(row):
            yield row_block(row, tight)
            tight = True


def _cell(cell: Element) -> str:
    text = child(cell, "ct")
    return value(text, "s") or value(cell, "v") or content(cell)
