"""Words cut at line ends: which hyphens are the words' own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, pairwise
from typing import Final

from corpus.readers.pdf.lines import Line

_COMPOUND: Final = re.compile(r"\w+(?:-\w+)*")
_LAST_PART: Final = re.compile(r"\w+\Z")
_LONGEST_PART: Final = 80


class Vocabulary:
    """The words of a document, by which a hyphen at a line end is judged; counted when needed."""

    def __init__(self, pages: Sequence[Sequence[Line]]) -> None:
        self._pages = pages

    @cached_property
    def _compounds(self) -> Counter[str]:
        """How often each word occurs, with all its hyphens; words that are cut do not count."""
        text = "\n".join(_whole_words(chain.from_iterable(self._pages))).casefold()
        return Counter(_COMPOUND.findall(text))

    @cached_property
    def _pairs(self) -> Counter[str]:
        """How often two parts occur with a hyphen between."""
        pairs: Counter[str] = Counter()
        for compound, count in self._compounds.items():
            if "-" in compound:
                for pair in map("-".join, pairwise(compound.split("-"))):
                    pairs[pair] += count
        return pairs

    @cached_property
    def _words(self) -> Counter[str]:
        """How often each word occurs, also as part of a compound."""
        words: Counter[str] = Counter()
        for compound, count in self._compounds.items():
            for word in compound.split("-"):
                words[word] += count
        return words

    def keeps_hyphen(self, before: str, after: str) -> bool:
        """Tell whether the hyphen that was cut off the end of a line belongs to the word.

        It does when the word is mostly written so elsewhere or, where it does not occur, when both
        its parts do or it has another hyphen; and before a capital letter or a digit.
        """
        left, right = _parts(before, after)
        if not left or not right or not after[:1].islower():
            return True
        joined, pairs = self._words[left + right], self._pairs[f"{left}-{right}"]
        if joined or pairs:
            return pairs > joined
        has_hyphen = before[: -len(left)].endswith("-")
        return has_hyphen or bool(self._words[left] and self._words[right])

    def knows_pair(self, before: str, after: str) -> bool:
        """Tell whether the end and the start of two lines occur with a hyphen between."""
        left, right = _parts(before, after)
        return bool(left and right and self._pairs[f"{left}-{right}"])


def _whole_words(lines: Iterable[Line]) -> Iterator[str]:
    """Yield the lines without words that are cut at their ends."""
    after_cut = False
    for line in lines:
        text = line.text
        if after_cut:
            text = text.partition(" ")[2]
        if line.cut:
            text = text[: text.rfind(" ") + 1]
        after_cut = line.cut
        yield text


def _parts(before: str, after: str) -> tuple[str, str]:
    """Return the last word of one line and the first of the next, empty where there is none."""
    left = _LAST_PART.search(before[-_LONGEST_PART:].casefold())
    right = _COMPOUND.match(after[:_LONGEST_PART].casefold())
    return left[0] if left else "", right[0].partition("-")[0] if right else ""
