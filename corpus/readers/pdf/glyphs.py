"""Where PDFium found the characters of a page, as the page is shown: cropped and rotated."""

from __future__ import annotations

import re
from collections import Counter
from ctypes import c_double, c_int, c_ushort, create_string_buffer
from math import degrees
from typing import Final, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

_BOLD_NAME: Final = re.compile(rb"bold|black|heavy|demi|Medi\b", re.I)
_BOLD_WEIGHT: Final = 600
_LONGEST_FONT_NAME: Final = 128
_SAMPLES: Final = 20  # characters of a page whose angles are looked at


class Box(NamedTuple):
    """A rectangle in points from the top left corner of a page as it is shown."""

    left: float
    top: float
    right: float
    bottom: float


_NOWHERE: Final = Box(0.0, 0.0, 0.0, 0.0)


class Glyphs:
    """The characters of a page's text, by PDFium's index of them.

    Boxes are as the page is shown. Baselines and extents are as the page is read, turned so that
    most of its text is upright, which is mostly the same.
    """

    def __init__(self, page: pdfium.PdfPage, textpage: pdfium.PdfTextPage) -> None:
        self._textpage = textpage
        self._bounds = page.get_bbox()
        self._rectangle = pdfium_c.FS_RECTF()
        self._x, self._y, self._flags = c_double(), c_double(), c_int()
        self._name = create_string_buffer(_LONGEST_FONT_NAME)
        self._count = pdfium_c.FPDFText_CountChars(textpage)
        self._shown = page.get_rotation()
        self._read = self._reading_rotation(default=self._shown)
        left, bottom, right, top = self._bounds
        self.height = right - left if self._read in (90, 270) else top - bottom

    def text(self) -> str:
        """Return all text; pypdfium2's own function recurses once for each leading NUL."""
        if self._count <= 0:
            return ""
        buffer = (c_ushort * (self._count + 1))()
        units = pdfium_c.FPDFText_GetText(self._textpage, 0, self._count, buffer)
        return bytes(buffer)[: 2 * max(units - 1, 0)].decode("utf-16-le", "replace")

    def index(self, text_index: int) -> int:
        """Return PDFium's index of a character by its index in the text, in UTF-16 code units."""
        return int(pdfium_c.FPDFText_GetCharIndexFromTextIndex(self._textpage, text_index))

    def box(self, index: int) -> Box | None:
        """Return a character's box as the page is shown, as high as its font, if it has one."""
        return self._box(index, self._shown)

    def extent(self, index: int) -> Box:
        """Return a character's box as the page is read, as high as its font; all 0 without one."""
        return self._box(index, self._read) or _NOWHERE

    def baseline(self, index: int) -> float:
        """Return how far a character's baseline is below the top of the page as it is read."""
        if not pdfium_c.FPDFText_GetCharOrigin(self._textpage, index, self._x, self._y):
            return 0.0
        return self._turned(self._x.value, self._y.value, self._read)[1]

    def is_bold(self, index: int) -> bool:
        """Tell whether a character's font is bold, by its name or its weight."""
        length = pdfium_c.FPDFText_GetFontInfo(
            self._textpage, index, self._name, _LONGEST_FONT_NAME, self._flags
        )
        if 0 < length <= _LONGEST_FONT_NAME and _BOLD_NAME.search(self._name.value):
            return True
        return bool(pdfium_c.FPDFText_GetFontWeight(self._textpage, index) >= _BOLD_WEIGHT)

    def is_upright(self, index: int) -> bool:
        """Tell whether a character stands upright on the page as it is read."""
        return self._rotation_of(index) == self._read

    def _reading_rotation(self, default: int) -> int:
        """Return the clockwise turn, in degrees, by which most of a few characters get upright."""
        places = range(0, max(self._count, 0), max(1, self._count // _SAMPLES))
        turns = Counter(
            self._rotation_of(index)
            for index in places
            if pdfium_c.FPDFText_GetUnicode(self._textpage, index) > ord(" ")
        )
        return turns.most_common(1)[0][0] if turns else default

    def _rotation_of(self, index: int) -> int:
        angle = degrees(pdfium_c.FPDFText_GetCharAngle(self._textpage, index))
        return round(-angle / 90) % 4 * 90

    def _box(self, index: int, rotation: int) -> Box | None:
        found = self._rectangle
        if not pdfium_c.FPDFText_GetLooseCharBox(self._textpage, index, found):
            return None
        x0, y0 = self._turned(found.left, found.bottom, rotation)
        x1, y1 = self._turned(found.right, found.top, rotation)
        return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))

    def _turned(self, x: float, y: float, rotation: int) -> tuple[float, float]:
        """Return a point of PDF space as points right of and below a corner of the turned page."""
        left, bottom, right, top = self._bounds
        if rotation == 90:
            return y - bottom, x - left
        if rotation == 180:
            return right - x, y - bottom
        if rotation == 270:
            return top - y, right - x
        return x - left, top - y
