"""A PDF to a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import pypdfium2 as pdfium

from corpus.errors import ReadError
from corpus.readers import ocr
from corpus.readers.paging import paged
from corpus.readers.pdf.boxes import render
from corpus.readers.pdf.furniture import furniture
from corpus.readers.pdf.headings import headings
from corpus.readers.pdf.hyphens import Vocabulary
from corpus.readers.pdf.lines import Layout, Line, layout
from corpus.readers.pdf.opening import opened
from corpus.readers.pdf.outline import Bookmark, bookmarks
from corpus.readers.pdf.text import PageText, page_text
from corpus.readers.pdf.titles import title
from corpus.readers.source import Source
from corpus.types import Document

_MOST_PAGES: Final = 10_000
_MOST_CHARACTERS: Final = 50_000_000
_OCR_SCALE: Final = 300 / 72  # pixels per point: the resolution tesseract was trained for


@dataclass(frozen=True, slots=True)
class _Parsed:
    """What PDFium tells of a file: pages that were read, of ``page_count``, and what names them."""

    layouts: Sequence[Layout]
    page_count: int
    title: str
    bookmarks: Sequence[Bookmark]


def read(source: Source) -> Document:
    """Return the text page by page, every page present also when it has no text.

    Text is recognised in pages that show images and have no text, if ``source.ocr`` asks for it;
    the document's note names those that remain without.

    Raises `Encrypted` when a password is needed and `ReadError` when the file is broken.
    """
    with opened(source.data) as document:
        parsed = _parsed(document)
    bodies = _bodies(parsed.layouts)
    vocabulary = Vocabulary(bodies)
    texts = [page_text(lines, vocabulary) for lines in bodies]
    scans = [
        index
        for index, (page, text) in enumerate(zip(parsed.layouts, texts, strict=True))
        if page.pictured and not text.text
    ]
    if source.ocr and ocr.is_available():
        for index in scans:
            texts[index] = PageText(_recognised(source.data, index))
    whole, pages = paged([text.text for text in texts])
    starts = [page.start for page in pages]
    return Document(
        whole,
        title=parsed.title,
        pages=pages,
        headings=headings(parsed.bookmarks, texts, starts) if whole else (),
        note=_note(parsed, [index for index in scans if not texts[index].text], source.ocr),
    )


def _parsed(document: pdfium.PdfDocument) -> _Parsed:
    layouts: list[Layout] = []
    characters = 0
    for index in range(min(len(document), _MOST_PAGES)):
        layouts.append(layout(document, index))
        characters += sum(len(line.text) for line in layouts[-1].lines)
        if characters > _MOST_CHARACTERS:
            break
    first_page = layouts[0].lines if layouts else ()
    return _Parsed(layouts, len(document), title(document, first_page), bookmarks(document))


def _bodies(layouts: Sequence[Layout]) -> list[list[Line]]:
    """Return the lines of each page without running headers, footers and page numbers."""
    return [
        [line for index, line in enumerate(page.lines) if index not in left_out]
        for page, left_out in zip(layouts, furniture(layouts), strict=True)
    ]


def _recognised(data: bytes, index: int) -> str:
    """Return the text in a picture of a page; empty when that fails, as the note will say."""
    try:
        return ocr.recognise(render(data, index + 1, _OCR_SCALE).image)
    except ReadError:
        return ""


def _note(parsed: _Parsed, scans: Sequence[int], asked: bool) -> str:
    """Return what was left out: pages beyond the most that are read, and those without text."""
    notes: list[str] = []
    read_pages = len(parsed.layouts)
    if read_pages < parsed.page_count:
        notes.append(f"only the first {read_pages:,} of {parsed.page_count:,} pages are read")
    if scans:
        advice = "nothing was recognised"
        if not asked:
            advice = "try --ocr"
        elif not ocr.is_available():
            advice = ocr.INSTALL
        notes.append(f"{_named(scans, read_pages)}; {advice}")
    return "; ".join(notes)


def _named(scans: Sequence[int], page_count: int) -> str:
    """Return which pages look scanned: ``pages 3 and 7–9 have no text, look scanned``."""
    if len(scans) == page_count:
        return "no text, looks scanned"
    runs = [
        [index + 1 for _, index in run]
        for _, run in groupby(enumerate(scans), key=lambda pair: pair[1] - pair[0])
    ]
    *most, last = (f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
    names = f"{', '.join(most)} and {last}" if most else last
    if len(scans) == 1:
        return f"page {names} has no text, looks scanned"
    return f"pages {names} have no text, look scanned"
