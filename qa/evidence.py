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
    """Choose the sentence of highest cosine; ``cosines`` has one number a sentence of the body."""
    text = passage.text
    best = int(cosines.argmax())
    start, end = body_sentences(text, passage.body)[best]
    return Evidence(
        span=(start, end),
        similarity=float(cosines[best]),
        coverage=term_coverage(text[start:end], terms, idf),
        passage_coverage=term_coverage(text, terms, idf),
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
