"""What in a question and a passage tells whether the one answers the other: named numbers.

The patterns are English; for other languages the signals built on them are 0, and those of vectors
and terms remain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from corpus.sentences import body_sentences
from corpus.types import Passage
from embeddings.languages import ENGLISH
from embeddings.types import Scores
from qa.evidence import Evidence, term_coverage
from qa.expectation import ASKS_NAME, expected

_NAME: Final = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w'’-]+")  # a capital that opens no sentence
_NUMBER: Final = re.compile(r"\d[\d.,]*\d|\d")
_WORD: Final = re.compile(r"\w+")
_NEGATION: Final = re.compile(
    r"\b(?:not|never|no|none|nobody|nothing|neither|nor|without|except|other than|least|fewest"
    r"|cannot|unable)\b|n['’]t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Signals:
    """Features of one passage for one question, each within about 0..1.

    ``similarity`` and ``dense`` are cosines of the evidence and of the passage; ``margin`` is by
    how much the evidence is nearer than that of the best other passage. ``coverage`` is the share
    of the question's terms in the evidence, weighted by idf, and ``window_coverage`` that in the
    evidence and the sentences beside it. ``first`` is 1 for the passage ranked first. The others
    are 1 where the passage lacks a name of the question, that window lacks a number of it, or the
    evidence has nothing of the kind that is asked for (a date, a number, a name), or does not
    negate what the question negates.
    """

    similarity: float
    coverage: float
    window_coverage: float
    dense: float
    margin: float
    first: float
    name_missing: float
    number_missing: float
    kind_missing: float
    negation_missing: float

    def to_dict(self) -> dict[str, float]:
        """Return the features by their names."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """One passage as it was found: its evidence, and the cosine of the whole passage.

    ``language`` is the one it is held against the question in, and ``idf`` (terms,) weighs the
    question's terms in that language, where the question has terms in several.
    """

    passage: Passage
    evidence: Evidence
    dense: float
    language: str = ENGLISH
    idf: Scores | None = None


def signals(
    question: str, terms: Sequence[str], idf: Scores, found: Sequence[RankedPassage]
) -> list[Signals]:
    """Return the features of the passages found for a question, best first.

    ``idf`` (terms,) weighs the question's terms.
    """
    names = frozenset(_NAME.findall(question))
    numbers = frozenset(_NUMBER.findall(question))
    negates = _NEGATION.search(question) is not None
    similarities = [one.evidence.similarity for one in found]
    made: list[Signals] = []
    for at, one in enumerate(found):
        start, end = one.evidence.span
        sentence, window = one.passage.text[start:end], _window(one)
        whole = one.passage.encoded.casefold()
        made.append(
            Signals(
                similarity=one.evidence.similarity,
                coverage=one.evidence.coverage,
                window_coverage=term_coverage(
                    window, terms, idf if one.idf is None else one.idf, one.language
                ),
                dense=one.dense,
                margin=_margin(similarities, at),
                first=float(at == 0),
                name_missing=float(any(name.casefold() not in whole for name in names)),
                number_missing=float(any(number not in window for number in numbers)),
                kind_missing=float(_lacks_kind(question, names, sentence)),
                negation_missing=float(negates and not _NEGATION.search(sentence)),
            )
        )
    return made


def _window(found: RankedPassage) -> str:
    """Return the evidence with the sentences before and after it."""
    spans = body_sentences(found.passage.text, found.passage.body)
    at = int(np.searchsorted([start for start, _ in spans], found.evidence.span[0]))
    first, last = max(at - 1, 0), min(at + 1, len(spans) - 1)
    return found.passage.text[spans[first][0] : spans[last][1]]


def _margin(similarities: Sequence[float], at: int) -> float:
    """Return how much nearer one is than the first of the others; 0 when there is no other."""
    other = 1 if at == 0 else 0
    return similarities[at] - similarities[other] if other < len(similarities) else 0.0


def _lacks_kind(question: str, names: frozenset[str], sentence: str) -> bool:
    """Tell whether a sentence has nothing of what is asked for but the question's own words."""
    if (wanted := expected(question)) is not None:
        own = frozenset(_WORD.findall(question.casefold()))
        rest = _WORD.sub(lambda m: "" if m[0].casefold() in own else m[0], sentence)
        return wanted.search(rest) is None
    if ASKS_NAME.search(question):
        return not frozenset(_NAME.findall(sentence)) - names
    return False
