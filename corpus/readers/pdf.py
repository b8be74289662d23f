"""PDF: the text of each page, as PDFium finds it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from ctypes import c_ushort
from statistics import median
from threading import Lock
from typing import Final

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from corpus.errors import Encrypted, ReadError
from corpus.readers.source import Source
from corpus.readers.titles import LONGEST_TITLE, property_title
from corpus.types import Document, Heading, Page

PDFIUM_LOCK: Final = Lock()
"""PDFium is not thread-safe: every call to it, here and elsewhere, holds this."""

PAGE_BREAK: Final = "\f"
"""Stands between two pages and belongs to neither; it never occurs inside one."""

logging.getLogger("pypdfium2").addHandler(logging.NullHandler())  # or it would warn on stderr

_HYPHEN_MARK: Final = 0xFFFE  # where PDFium joined a word that a line end had cut
_LINE_END_MARK: Final = re.compile(r"\x02(?=\n|\Z)")  # the same in other versions
_CONTROLS: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)), " ")
_TRANSLATION: Final = {**_CONTROLS, ord("\r"): "\n", _HYPHEN_MARK: "-", 0xFFFF: " "}

_LINE: Final = re.compile(r"[^\r\n]+")
_NUMBERING: Final = re.compile(r"\W*(?:\d+|[A-Z]|[IVXLC]+)(?:\.\d+)*[.:)]?\s+")
_MOST_HEADING_LINES: Final = 3
_MOST_TITLE_WORDS: Final = 25
_MOST_TITLE_LINES: Final = 4
_PART_TITLE: Final = re.compile(r"\d|(?:table of )?contents\W*\Z|abstract\b|introduction\b", re.I)


def read(source: Source) -> Document:
    """Return the text page by page, every page present also when it has no text.

    Raises `Encrypted` when a password is needed and `ReadError` when the file is broken.
    """
    with PDFIUM_LOCK:
        document = _open(source.data)
        try:
            return _read(document)
        finally:
            document.close()


def _open(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise Encrypted("needs a password; save a copy without one") from error
        raise ReadError("is not a whole PDF file; fetch or save it again") from error


def _read(document: pdfium.PdfDocument) -> Document:
    texts: list[str] = []
    pages: list[Page] = []
    start = 0
    for index in range(len(document)):
        text = clean(_raw_text(document, index))
        texts.append(text)
        pages.append(Page(index + 1, start, start + len(text)))
        start += len(text) + len(PAGE_BREAK)
    if not any(map(str.strip, texts)):
        return Document("", pages=tuple(Page(page.number, 0, 0) for page in pages))
    return Document(
        PAGE_BREAK.join(texts),
        title=property_title(document.get_metadata_value("Title")) or _largest_line(document),
        pages=tuple(pages),
        headings=tuple(_headings(document, texts, pages)),
    )


def clean(raw: str) -> str:
    """Return PDFium's text of a page as canonical text, one character for one but for CR LF."""
    text = raw.replace("\r\n", "\n")
    if "\x02" in text:
        text = _LINE_END_MARK.sub("-", text)
    return text.translate(_TRANSLATION)


def _raw_text(document: pdfium.PdfDocument, index: int) -> str:
    try:
        page = document[index]
    except pdfium.PdfiumError:  # one broken page must not cost the others
        return ""
    try:
        textpage = page.get_textpage()
        try:
            return _text_of(textpage)
        finally:
            textpage.close()
    except pdfium.PdfiumError:
        return ""
    finally:
        page.close()


def _text_of(textpage: pdfium.PdfTextPage) -> str:
    """Return all text; pypdfium2's own function recurses once for each leading NUL."""
    count = pdfium_c.FPDFText_CountChars(textpage)
    if count <= 0:
        return ""
    buffer = (c_ushort * (count + 1))()
    units = pdfium_c.FPDFText_GetText(textpage, 0, count, buffer)
    return bytes(buffer)[: 2 * max(units - 1, 0)].decode("utf-16-le", "replace")


def _largest_line(document: pdfium.PdfDocument) -> str:
    """Return what the first page sets in plainly larger type than the rest, if it is short."""
    try:
        page = document[0]
    except pdfium.PdfiumError:
        return ""
    try:
        textpage = page.get_textpage()
        try:
            lines = list(_sized_lines(textpage))
        finally:
            textpage.close()
    finally:
        page.close()
    return _largest_run(lines)


def _largest_run(lines: list[tuple[float, str]]) -> str:
    """Return the one run of largest lines, near the top; none when the size occurs elsewhere."""
    if len(lines) < 3:
        return ""
    largest = max(size for size, _ in lines)
    chosen = [index for index, (size, _) in enumerate(lines) if size > 0.97 * largest]
    first, count = chosen[0], len(chosen)
    is_run = chosen == list(range(first, first + count)) and count <= _MOST_TITLE_LINES
    if not is_run or first > len(lines) // 3 or largest < 1.3 * median(size for size, _ in lines):
        return ""
    title = " ".join(" ".join(lines[index][1] for index in chosen).split())
    letters = sum(map(str.isalpha, title))
    fits = len(title) <= LONGEST_TITLE and len(title.split()) <= _MOST_TITLE_WORDS
    has_words = letters >= max(4, len(title) // 2) and not _PART_TITLE.match(title)
    return title if fits and has_words else ""


def _sized_lines(textpage: pdfium.PdfTextPage) -> Iterator[tuple[float, str]]:
    """Yield each line with the height in points of its middle character's box."""
    raw = _text_of(textpage)
    for match in _LINE.finditer(raw):
        if line := clean(match[0]).strip():
            middle = (match.start() + match.end()) // 2
            index = pdfium_c.FPDFText_GetCharIndexFromTextIndex(textpage, middle)
            if index >= 0:
                _, bottom, _, top = textpage.get_charbox(index, loose=True)
                yield top - bottom, line


def _headings(document: pdfium.PdfDocument, texts: list[str], pages: list[Page]) -> list[Heading]:
    """Return the bookmarks whose title is found as lines of the page they point to."""
    lines_of: dict[int, dict[str, tuple[int, int]]] = {}
    found: dict[int, Heading] = {}
    for bookmark in document.get_toc():
        title = " ".join(bookmark.get_title().translate(_CONTROLS).split())
        destination = bookmark.get_dest()
        index = destination.get_index() if destination else None
        if not title or index is None or not 0 <= index < len(texts):
            continue
        if index not in lines_of:
            lines_of[index] = _line_spans(texts[index])
        lines = lines_of[index]
        span = lines.get(_key(title)) or lines.get(_key(_NUMBERING.sub("", title, count=1)))
        if span:
            start, end = pages[index].start + span[0], pages[index].start + span[1]
            found.setdefault(start, Heading(start, end, bookmark.level + 1, title))
    return sorted(found.values(), key=lambda heading: heading.start)


def _line_spans(text: str) -> dict[str, tuple[int, int]]:
    """Map the key of each run of up to three lines, with and without its number, to its span."""
    lines = [match.span() for match in _LINE.finditer(text)]
    spans: dict[str, tuple[int, int]] = {}
    for count in range(1, _MOST_HEADING_LINES + 1):
        for (start, _), (_, end) in zip(lines, lines[count - 1 :], strict=False):
            run = text[start:end]
            for key in (_key(run), _key(_NUMBERING.sub("", run, count=1))):
                if key:
                    spans.setdefault(key, (start, end))
    return spans


def _key(line: str) -> str:
    """Return the letters and digits of a line in lower case, by which titles are compared."""
    return "".join(filter(str.isalnum, line.casefold()))
