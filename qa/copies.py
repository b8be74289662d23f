"""Passages that say the same, wherever they stand."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from embeddings.analyzer import count_terms

_SAME = 0.9  # share of terms that two texts have in common when one is a copy of the other


class Originals:
    """Texts of which none is a copy of another, each with a number from 0 on."""

    def __init__(self) -> None:
        """Begin without texts."""
        self._terms: list[Counter[str]] = []
        self._holders: dict[str, list[int]] = {}  # texts by the terms that a copy must share

    def find(self, text: str) -> int | None:
        """Return the number of the first text that says the same; None where none does."""
        terms = count_terms(text)
        likely = {at for term in _rarest(terms) for at in self._holders.get(term, ())}
        return next((at for at in sorted(likely) if _is_copy(terms, self._terms[at])), None)

    def add(self, text: str) -> None:
        """Add a text that `find` does not know."""
        terms = count_terms(text)
        for term in _rarest(terms):
            self._holders.setdefault(term, []).append(len(self._terms))
        self._terms.append(terms)


def group_copies(texts: Iterable[str], k: int) -> list[list[int]]:
    """Return the places of the first ``k`` texts that differ, each followed by its copies.

    Texts that come after the next one that differs are not looked at.
    """
    originals = Originals()
    groups: list[list[int]] = []
    for at, text in enumerate(texts):
        number = originals.find(text)
        if number is not None:
            groups[number].append(at)
        elif len(groups) == k:
            break
        else:
            originals.add(text)
            groups.append([at])
    return groups


def _is_copy(one: Counter[str], other: Counter[str]) -> bool:
    """Tell whether two texts have nearly all terms in common, and all numbers, each as often."""
    smaller, larger = sorted((one.total(), other.total()))
    return (
        smaller >= _SAME * larger
        and (one & other).total() >= _SAME * larger
        and _numbers_of(one) == _numbers_of(other)
    )


def _rarest(terms: Counter[str]) -> list[str]:
    """Return so many terms, long ones first, that a copy has at least one of its own among them.

    Of n terms, a copy has all but n / 10. In any one order of terms, the first that both have is
    then among the first n / 10 + 1 of either: Chaudhuri, Ganti and Kaushik, "A Primitive Operator
    for Similarity Joins in Data Cleaning" (2006, https://doi.org/10.1109/ICDE.2006.9). Long terms
    are rare, and make few texts likely.
    """
    left = terms.total() - math.ceil(_SAME * terms.total()) + 1
    first: list[str] = []
    for term in sorted(terms, key=lambda term: (-len(term), term)):
        if left <= 0:
            break
        first.append(term)
        left -= terms[term]
    return first


def _numbers_of(terms: Counter[str]) -> dict[str, int]:
    return {term: n for term, n in terms.items() if any(map(str.isdigit, term))}
