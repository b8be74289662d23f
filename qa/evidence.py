"""Which sentence of a passage bears the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corpus.sentences import body_sentences
from corpus.types import Passage
from embeddings.analyzer import count_terms
from embeddings.types import Encoder, Scores, Vectors
from qa.types import Span

# What full coverage of the question's terms is worth, in cosine, when a sentence is chosen.
_COVERAGE = 0.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """The best sentence of a passage.

    ``span`` lies in the passage's text; ``similarity`` is its cosine with the question (-1..1);
    ``coverage`` is the share (0..1) of the question's terms that stand in it, weighted by idf, and
    ``passage_coverage`` the same for the whole passage.
    """

    span: Span
    similarity: float
    coverage: float
    passage_coverage: float


def find_evidence(passage: Passage, cosines: Scores, terms: Sequence[str], idf: Scores) -> Evidence:
    """Choose the sentence that is near to the question and shares its words.

    ``cosines`` has one number for each sentence of the passage's body. Near alone finds the gold
    answer's sentence in .77 of 667 SQuAD 2.0 questions, near and coverage together in .82.
    """
    spans = body_sentences(passage.text, passage.body)
    coverage = [term_coverage(passage.text[start:end], terms, idf) for start, end in spans]
    best = int((cosines + _COVERAGE * np.array(coverage, dtype=np.float32)).argmax())
    return Evidence(
        span=spans[best],
        similarity=float(cosines[best]),
        coverage=coverage[best],
        passage_coverage=term_coverage(passage.text, terms, idf),
    )


def term_coverage(text: str, terms: Sequence[str], idf: Scores) -> float:
    """Return the share (0..1) of a question's terms that stand in a text, weighted by idf."""
    total = float(idf.sum())
    if total <= 0.0:
        return 0.0
    present = count_terms(text)
    found = np.array([term in present for term in terms], dtype=np.float32)
    return float(found @ idf) / total


def encode_sentences(encoder: Encoder, passages: Sequence[tuple[str, int]]) -> list[Vectors]:
    """Return for each text and body the vectors of its sentences, shape (sentences, dimension)."""
    sentences = [[text[a:b] for a, b in body_sentences(text, body)] for text, body in passages]
    vectors = encoder.encode_documents([one for part in sentences for one in part])
    return np.split(vectors, np.cumsum([len(part) for part in sentences])[:-1])
