"""Finding words in a text: in any case, with or without accents, across line ends."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from qa.types import Span

LONGEST_QUERY: Final = 200
"""Characters; what is longer is cut off."""

_PIECE: Final = 4_096  # characters that are folded together
_BLANKS: Final = re.compile(r"\s{2,}|[^\S ]")  # all but a single plain one


def find(text: str, query: str, most: int) -> list[Span]:
    """Return where ``query`` stands in a text: at most ``most`` spans, in order, none overlapping.

    Any white space in it stands for any other. Letters that fold to several, such as ligatures, are
    found whole.
    """
    wanted = " ".join(_folded(query[:LONGEST_QUERY]).split())
    if not wanted:
        return []
    folded = _Folded(text)
    spans: list[Span] = []
    at = folded.text.find(wanted)
    while at >= 0 and len(spans) < most:
        end = at + len(wanted)
        span = folded.place(at), folded.place(end - 1) + 1
        if not spans or span[0] >= spans[-1][1]:
            spans.append(span)
        at = folded.text.find(wanted, end)
    return spans


class _Folded:
    """A text with case, accents and white space folded, and the places its characters are from."""

    def __init__(self, text: str) -> None:
        self._pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
        self._follows_blank: list[bool] = []
        self._places: dict[int, list[int]] = {}
        folded: list[str] = []
        is_blank = False
        for piece in self._pieces:
            self._follows_blank.append(is_blank)
            one = _BLANKS.sub(" ", _folded(piece))
            folded.append(one.removeprefix(" ") if is_blank else one)
            is_blank = one.endswith(" ") if one else is_blank
        self._starts = [0, *accumulate(map(len, folded))]
        self.text = "".join(folded)

    def place(self, index: int) -> int:
        """Return the place in the text of a folded character."""
        number = bisect_right(self._starts, index) - 1
        if number not in self._places:
            self._places[number] = list(self._places_in(number))
        return number * _PIECE + self._places[number][index - self._starts[number]]

    def _places_in(self, number: int) -> Iterator[int]:
        """Yield the place in a piece of each of its folded characters."""
        is_blank = self._follows_blank[number]
        for place, letter in enumerate(self._pieces[number]):
            for part in _folded(letter):
                if not (is_blank and part.isspace()):
                    yield place
                is_blank = part.isspace()


class _Table(dict[int, str]):
    """What each character folds to, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        decomposed = unicodedata.normalize("NFKD", chr(code))
        bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
        self[code] = bare.casefold()
        return self[code]


_TABLE: Final = _Table()


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_TABLE)
