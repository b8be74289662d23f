"""Pages as pictures, and where on them a piece of canonical text stands."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import sqrt
from typing import Any, Final, NamedTuple

import pypdfium2 as pdfium
from PIL import Image

from corpus.errors import ReadError
from corpus.readers.pdf.furniture import edge_lines
from corpus.readers.pdf.glyphs import Box, Glyphs
from corpus.readers.pdf.lines import Layout, Line, page_lines, utf16_offsets
from corpus.readers.pdf.opening import opened, opened_page, opened_text
from corpus.readers.pdf.text import solid_characters

_MOST_PIXELS: Final = 25_000_000
_LONGEST_SIDE: Final = 20_000  # pixels
_MOST_STEPS: Final = 100_000  # of the search for the lines that were left out


class Picture(NamedTuple):
    """A page as an image, and its pixels per point: what to multiply boxes by."""

    image: Image.Image
    scale: float


class PageBoxes(NamedTuple):
    """How wide and high a page is shown, in points, and the rectangles of each span asked for."""

    width: float
    height: float
    spans: tuple[tuple[Box, ...], ...]


class _Placed(NamedTuple):
    """A line and where its characters, blanks apart, begin among those of the page's text."""

    line: Line
    start: int


_Link = tuple[_Placed, Any] | None  # a line and the link to those before it


def render(data: bytes, number: int, scale: float = 2.0) -> Picture:
    """Return a picture of the page ``number``, counted from 1, as it is shown.

    It has ``scale`` pixels per point, or fewer on a page that would have too many.

    Raises `Encrypted` when a password is needed and `ReadError` when the file or the page is broken
    or there is no such page.
    """
    with opened(data) as document:
        document.init_forms()
        with _page(document, number) as page:
            width, height = (max(side, 1.0) for side in page.get_size())
            possible = min(
                sqrt(_MOST_PIXELS / (width * height)), _LONGEST_SIDE / max(width, height)
            )
            scale = min(scale, possible)
            return Picture(page.render(scale=scale).to_pil().convert("RGB"), scale)


def boxes(data: bytes, number: int, text: str, spans: Iterable[tuple[int, int]]) -> list[Box]:
    """Return the rectangles, line by line, of pieces of a page's canonical text.

    ``text`` is that of the page ``number``, counted from 1, and ``spans`` are offsets into it. No
    rectangle is returned when PDFium's text is another, as of a page recognised in an image.

    Raises `Encrypted` when a password is needed and `ReadError` when the file or the page is broken
    or there is no such page.
    """
    return [box for span in page_boxes(data, number, text, spans).spans for box in span]


def page_boxes(data: bytes, number: int, text: str, spans: Iterable[tuple[int, int]]) -> PageBoxes:
    """Return what `boxes` does, the rectangles of each span by themselves, and the page's size."""
    solid = [index for index, character in enumerate(text) if not character.isspace()]
    with opened(data) as document, _page(document, number) as page, opened_text(page) as textpage:
        glyphs = Glyphs(page, textpage)
        layout = Layout(tuple(page_lines(glyphs)), glyphs.height)
        placed = _aligned(layout, "".join(text[index] for index in solid))
        found = tuple(
            tuple(_boxes(glyphs, placed, bisect_left(solid, start), bisect_left(solid, end)))
            for start, end in spans
        )
        width, height = page.get_size()
        return PageBoxes(width, height, found)


@contextmanager
def _page(document: pdfium.PdfDocument, number: int) -> Iterator[pdfium.PdfPage]:
    if not 1 <= number <= len(document):
        raise ReadError(f"has no page {number}; it has {len(document)}")
    try:
        with opened_page(document, number - 1) as page:
            yield page
    except pdfium.PdfiumError as error:
        raise ReadError(f"has a broken page {number}; fetch or save the file again") from error


def _aligned(layout: Layout, solid: str) -> list[_Placed]:
    """Return the lines that ``solid``, a page's text without blanks, was made of, with their place.

    Lines near the edges may have been left out, and hyphens after cut lines; what fits is searched
    for depth first, lines left in before lines left out.
    """
    texts = ["".join(line.text[i] for i in solid_characters(line.text)) for line in layout.lines]
    optional = edge_lines(layout)
    stack: list[tuple[int, int, _Link]] = [(0, 0, None)]
    seen: set[tuple[int, int]] = set()
    while stack and len(seen) < _MOST_STEPS:
        index, position, link = stack.pop()
        while (index, position) not in seen:
            seen.add((index, position))
            if index == len(texts):
                if position == len(solid):
                    return _unwound(link)
                break
            if index in optional:
                stack.append((index + 1, position, link))
            if not solid.startswith(texts[index], position):
                break
            line = layout.lines[index]
            link = (_Placed(line, position), link)
            position += len(texts[index])
            position += line.cut and solid.startswith("-", position)
            index += 1
    return []


def _unwound(link: _Link) -> list[_Placed]:
    """Return a linked list of lines, last first, as a list in reading order."""
    placed: list[_Placed] = []
    while link is not None:
        placed.append(link[0])
        link = link[1]
    return placed[::-1]


def _boxes(glyphs: Glyphs, placed: Iterable[_Placed], start: int, end: int) -> Iterator[Box]:
    """Yield the rectangle of each line's part of a span of solid characters."""
    for line, position in placed:
        if position >= end:
            return
        characters = solid_characters(line.text)
        offsets = utf16_offsets(line.text)
        part = characters[max(start - position, 0) : end - position]
        found = [glyphs.box(glyphs.index(line.start + offsets[index])) for index in part]
        if known := [box for box in found if box]:
            lefts, tops, rights, bottoms = zip(*known, strict=True)
            yield Box(min(lefts), min(tops), max(rights), max(bottoms))
