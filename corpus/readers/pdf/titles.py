"""A PDF's title: from its properties, else what its first page sets largest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median
from typing import Final

import pypdfium2 as pdfium

from corpus.readers.pdf.lines import Line
from corpus.readers.pdf.text import tidy
from corpus.readers.titles import LONGEST_TITLE, property_title

_MOST_WORDS: Final = 25
_MOST_LINES: Final = 4
_PART_TITLE: Final = re.compile(r"\d|(?:table of )?contents\W*\Z|abstract\b|introduction\b", re.I)


def title(document: pdfium.PdfDocument, first_page: Sequence[Line]) -> str:
    """Return what the document calls itself, empty when it does not."""
    return property_title(document.get_metadata_value("Title")) or _largest_run(first_page)


def _largest_run(lines: Sequence[Line]) -> str:
    """Return the one run of largest lines, near the top; none when the size occurs elsewhere."""
    if len(lines) < 3:
        return ""
    largest = max(line.size for line in lines)
    chosen = [index for index, line in enumerate(lines) if line.size > 0.97 * largest]
    first, count = chosen[0], len(chosen)
    is_run = chosen == list(range(first, first + count)) and count <= _MOST_LINES
    usual = median(line.size for line in lines)
    if not is_run or first > len(lines) // 3 or largest < 1.3 * usual:
        return ""
    found = " ".join(tidy(lines[index].text) for index in chosen)
    letters = sum(map(str.isalpha, found))
    fits = len(found) <= LONGEST_TITLE and len(found.split()) <= _MOST_WORDS
    has_words = letters >= max(4, len(found) // 2) and not _PART_TITLE.match(found)
    return found if fits and has_words else ""
