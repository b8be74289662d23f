"""Which sentence of a passage bears the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from corpus.sentences import body_sentences
from corpus.types import Passage
from embeddings.analyzer import count_terms
from embeddings.languages import ENGLISH
from embeddings.types import Encoder, Scores, Vectors
from qa.expectation import expected_spans
from qa.types import Span

# Worth, in cosine, when a sentence is chosen: full coverage of the question's terms, once by the
# sentence and once by it with the one before, which often names what "it" stands for; and a date or
# a number, where one is asked for. Chosen on half of the SQuAD 2.0 questions named below.
_COVERAGE = 0.75
_EXPECTED = 0.5
_NEARLY_AS_GOOD = 0.9  # share of the best score from which the runner-up is shown too


@dataclass(frozen=True, slots=True)
class Evidence:
    """The best sentence of a passage.

    ``span`` lies in the passage's text; ``similarity`` is its cosine with the question (-1..1);
    ``coverage`` is the share (0..1) of the question's terms that stand in it, weighted by idf, and
    ``passage_coverage`` the same for the whole passage. ``second`` is the sentence that is nearly
    as good, if any.
    """

    span: Span
    similarity: float
    coverage: float
    passage_coverage: float
    second: Span | None = None

    @property
    def sentences(self) -> tuple[Span, ...]:
        """The sentences that bear the answer, in the order of the text."""
        return (self.span,) if self.second is None else tuple(sorted((self.span, self.second)))


def find_evidence(
    passage: Passage,
    cosines: Scores,
    terms: Collection[str],
    idf: Scores,
    language: str = ENGLISH,
    question: str = "",
) -> Evidence:
    """Choose the sentence that is near to the question, shares its words and has what it asks for.

    ``cosines`` has one number for each sentence of the passage's body; ``language`` is the one that
    the question's ``terms`` are stemmed by. Near alone finds the gold answer's sentence in .79 of
    1,089 SQuAD 2.0 questions whose passage was found, near with the sentence's own coverage in .85,
    all together in .87; the second sentence, which one in nine has, makes it .90.
    """
    text, spans = passage.text, body_sentences(passage.text, passage.body)
    present = [count_terms(text[start:end], language) for start, end in spans]
    before = [Counter[str](), *present[:-1]]
    coverage = [_share(own, terms, idf) for own in present]
    joined = [_share(own | other, terms, idf) for own, other in zip(present, before, strict=True)]
    expected = [bool(expected_spans(question, text[start:end])) for start, end in spans]
    scores = cosines + _COVERAGE * np.add(coverage, joined) + _EXPECTED * np.array(expected)
    best, *others = np.argsort(-scores, kind="stable")[:2].tolist()
    close = [at for at in others if scores[at] >= _NEARLY_AS_GOOD * scores[best] > 0.0]
    return Evidence(
        span=spans[best],
        similarity=float(cosines[best]),
        coverage=coverage[best],
        passage_coverage=term_coverage(text, terms, idf, language),
        second=spans[close[0]] if close else None,
    )


def term_coverage(text: str, terms: Collection[str], idf: Scores, language: str = ENGLISH) -> float:
    """Return the share (0..1) of a question's terms that stand in a text, weighted by idf."""
    return _share(count_terms(text, language), terms, idf)


def _share(present: Collection[str], terms: Collection[str], idf: Scores) -> float:
    total = float(idf.sum())
    if total <= 0.0:
        return 0.0
    found = np.array([term in present for term in terms], dtype=np.float32)
    return float(found @ idf) / total


def encode_sentences(encoder: Encoder, passages: Sequence[tuple[str, int]]) -> list[Vectors]:
    """Return for each text and body the vectors of its sentences, shape (sentences, dimension)."""
    sentences = [[text[a:b] for a, b in body_sentences(text, body)] for text, body in passages]
    vectors = encoder.encode_documents([one for part in sentences for one in part])
    return np.split(vectors, np.cumsum([len(part) for part in sentences])[:-1])
