"""The lines of a page, as the eye sees them: their characters, place, size and weight."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from corpus.readers.pdf.glyphs import Box, Glyphs
from corpus.readers.pdf.opening import opened_page, opened_text
from corpus.sentences import trim

_HYPHEN_MARK: Final = "\ufffe"  # PDFium's for a hyphen at a line end, where it joins the lines
_OLD_HYPHEN_MARK: Final = "\x02"
_RAW_LINE: Final = re.compile(rf"[^\r\n{_HYPHEN_MARK}]+{_HYPHEN_MARK}?")
_BLANKS: Final = (*range(9), *range(11, 13), *range(14, 32), *range(127, 161), 0x202F, 0xFFFF)
_TRANSLATION: Final = dict.fromkeys(_BLANKS, " ")
_WORD: Final = re.compile(r"\S+")
_LEVEL: Final = 0.6  # of the font's height, between the baselines of what stands on one line
_SAME_ROW: Final = 0.45  # of the larger font's height, between the baselines of one row
_SMALL: Final = 1.15  # times as high is another size
_FEW_LINES: Final = 3  # which may all turn out to be headers and footers
_MOST_OBJECTS: Final = 1_000  # looked at for an image
_DEEPEST_FORM: Final = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; lengths are points from the top left corner of the page as it is read.

    ``text`` has PDFium's characters one for one, blanks for controls, none at its ends; ``start``
    is the index of its first one in PDFium's text, in UTF-16 code units. ``size`` is the height of
    the font. A line that was ``cut`` ended in a hyphen, which is not in ``text``.
    """

    text: str
    start: int
    left: float = 0.0
    right: float = 0.0
    baseline: float = 0.0
    size: float = 0.0
    bold: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The lines of a page in reading order, and the page's height in points.

    ``pictured`` says that a page of next to no lines shows an image.
    """

    lines: tuple[Line, ...] = ()
    height: float = 0.0
    pictured: bool = False


def layout(document: pdfium.PdfDocument, index: int) -> Layout:
    """Return the lines of the page at ``index``; none when the page is broken."""
    try:
        with opened_page(document, index) as page:
            with opened_text(page) as textpage:
                glyphs = Glyphs(page, textpage)
                lines = tuple(page_lines(glyphs))
            return Layout(lines, glyphs.height, len(lines) <= _FEW_LINES and _is_pictured(page))
    except pdfium.PdfiumError:  # one broken page must not cost the others
        return Layout()


def page_lines(glyphs: Glyphs) -> Iterator[Line]:
    """Yield the lines of a page in PDFium's order, which is that of the page's content."""
    raw = glyphs.text()
    offsets = utf16_offsets(raw)
    text = raw.translate(_TRANSLATION)
    for match in _RAW_LINE.finditer(raw):
        start, end = match.span()
        is_cut = raw[end - 1] in (_HYPHEN_MARK, _OLD_HYPHEN_MARK)
        start, end = trim(text, start, end - is_cut)
        if start < end:
            for ends in _visual_lines(glyphs, text, (start, end), offsets):
                left, right = ends[0].position, ends[1].position + 1
                cut = is_cut and right == end
                yield _line(glyphs, text[left:right], offsets[left], cut, *ends)


def utf16_offsets(text: str) -> Sequence[int]:
    """Return for each character of a text, and its end, the UTF-16 code units before it."""
    if not text or max(text) <= "\uffff":
        return range(len(text) + 1)
    return list(accumulate((1 + (character > "\uffff") for character in text), initial=0))


def is_beside(before: Line, line: Line) -> bool:
    """Tell whether a line goes on to the right of the one before it."""
    distance = abs(line.baseline - before.baseline)
    size = max(before.size, line.size)
    return line.left >= before.right - size and distance <= _SAME_ROW * size


class _Character(NamedTuple):
    """A character: its position in the text, its glyph, and where it is as the page is read."""

    position: int
    glyph: int
    baseline: float
    extent: Box

    @property
    def size(self) -> float:
        return self.extent.bottom - self.extent.top

    def is_level_with(self, other: _Character) -> bool:
        return abs(other.baseline - self.baseline) <= _LEVEL * self.size


def _visual_lines(
    glyphs: Glyphs, text: str, span: tuple[int, int], offsets: Sequence[int]
) -> Iterator[tuple[_Character, _Character]]:
    """Yield the first and last character of each line in what PDFium takes for one.

    It may go down the page: PDFium misses the ends of lines before bullets, for one.
    """

    def character(position: int) -> _Character:
        index = glyphs.index(offsets[position])
        return _Character(position, index, glyphs.baseline(index), glyphs.extent(index))

    opening, closing = character(span[0]), character(span[1] - 1)
    if opening.is_level_with(closing) or not glyphs.is_upright(opening.glyph):
        yield opening, closing
        return
    words = [word.span() for word in _WORD.finditer(text, *span)]
    first = 0
    while first < len(words):
        opening = character(words[first][0])
        low, high = first + 1, len(words)  # the first word that is lower, or the end, is there
        while low < high:
            middle = (low + high) // 2
            if opening.is_level_with(character(words[middle][0])):
                low = middle + 1
            else:
                high = middle
        yield opening, character(words[low - 1][1] - 1)
        first = low


def _line(
    glyphs: Glyphs, text: str, start: int, cut: bool, opening: _Character, closing: _Character
) -> Line:
    opens_small = closing.size > _SMALL * opening.size  # with a raised mark of a footnote
    usual = closing if opens_small else opening
    return Line(
        text,
        start,
        opening.extent.left,
        max(opening.extent.right, closing.extent.right),
        usual.baseline,
        usual.size,
        glyphs.is_bold(opening.glyph) and glyphs.is_bold(closing.glyph),
        cut,
    )


def _is_pictured(page: pdfium.PdfPage) -> bool:
    objects = page.get_objects(max_depth=_DEEPEST_FORM)
    looked_at = (one.type for one, _ in zip(objects, range(_MOST_OBJECTS), strict=False))
    return pdfium_c.FPDF_PAGEOBJ_IMAGE in looked_at
