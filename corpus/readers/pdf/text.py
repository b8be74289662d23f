"""Lines to canonical text: rows, paragraphs, and words that line ends had cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from corpus.readers.pdf.hyphens import Vocabulary
from corpus.readers.pdf.lines import Line, is_beside

_UNTIDY: Final = re.compile(r"\s\s|[\t\xad\u2000-\u200b\ufeff]|[.·…_]{4}|[.·…_] [.·…_]")
_LEADERS: Final = re.compile(r"\.{5,}|(?: [.·…_]){4,}|[·…]{4,}|_{4,}")

_INVISIBLE: Final = dict.fromkeys((0xAD, 0x200B, 0xFEFF))
_BLANKED: Final = dict.fromkeys(_INVISIBLE, " ")
_SPACES: Final = re.compile(r"[^\S\n]{2,}|[\t\u2000-\u200a]")
_GAP: Final = 1.3  # times the page's usual distance between lines, where a paragraph ends
_FARTHEST: Final = 4.0  # font heights between baselines that are still lines of one column
_OTHER_SIZE: Final = 1.15  # times as large is another kind of text
_ENDS: Final = (".", "!", "?", ":", ";", "”", '"', ")", "。")


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's canonical text, and where each of its lines stands in it."""

    text: str
    lines: tuple[tuple[Line, int, int], ...] = ()


def page_text(lines: Sequence[Line], vocabulary: Vocabulary) -> PageText:
    """Return the text of a page's lines, which hold body text only.

    What stands in one row is on one line, and a blank line stands between paragraphs.
    """
    usual = _usual_pitch(lines)
    parts: list[str] = []
    placed: list[tuple[Line, int, int]] = []
    length = 0
    before: Line | None = None
    for line in lines:
        text = tidy(line.text)
        if not text:
            continue
        gap = "" if before is None else _between(before, line, usual, vocabulary)
        parts += (gap, text)
        length += len(gap)
        placed.append((line, length, length + len(text)))
        length += len(text)
        before = line
    if before is not None and before.cut:  # the word goes on on another page
        parts.append("-")
    return PageText("".join(parts), tuple(placed))


def tidy(text: str) -> str:
    """Return a line without leaders, marks of no width and doubled blanks."""
    if not _UNTIDY.search(text):
        return text
    return _SPACES.sub(" ", _LEADERS.sub(" ", text).translate(_INVISIBLE)).strip()


def solid_characters(text: str) -> list[int]:
    """Return the indices in a line of the characters that `tidy` leaves, but for blanks."""
    blanked = _LEADERS.sub(lambda leader: " " * len(leader[0]), text).translate(_BLANKED)
    return [index for index, character in enumerate(blanked) if not character.isspace()]


def _between(before: Line, line: Line, usual: float, vocabulary: Vocabulary) -> str:
    """Return what stands between two lines: a hyphen, nothing, a blank, a line end or two."""
    if before.cut:
        return "-" if vocabulary.keeps_hyphen(before.text, line.text) else ""
    if before.text.endswith("-") and vocabulary.knows_pair(before.text[:-1], line.text):
        return ""
    if is_beside(before, line):
        return " "
    return "\n\n" if _starts_paragraph(before, line, usual) else "\n"


def _starts_paragraph(before: Line, line: Line, usual: float) -> bool:
    if line.text[:1].islower() and not before.text.endswith(_ENDS):
        return False
    return _differs(before, line) or _pitch(before, line) > _GAP * usual


def _differs(before: Line, line: Line) -> bool:
    """Tell whether two lines are of different kinds by their size or weight."""
    smaller, larger = sorted((before.size, line.size))
    return before.bold != line.bold or larger > _OTHER_SIZE * smaller


def _usual_pitch(lines: Sequence[Line]) -> float:
    """Return the median distance between lines, in heights of the font."""
    pitches = [_pitch(*pair) for pair in pairwise(lines)]
    return median([pitch for pitch in pitches if 0.3 < pitch <= _FARTHEST] or [1.0])


def _pitch(before: Line, line: Line) -> float:
    """Return how far a line is below the one before it, in heights of the font."""
    return (line.baseline - before.baseline) / (max(before.size, line.size) or 1.0)
