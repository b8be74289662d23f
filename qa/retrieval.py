"""A question's vector and terms to ranked rows: candidates from both indexes, scored exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corpus.errors import Damaged
from embeddings.bm25 import bm25, inverse_document_frequencies, products
from embeddings.types import Ids, Scores, Vectors
from qa.fusion import convex_combination
from qa.snapshots import Snapshot
from qa.store import Candidates, View
from qa.types import Method

#: Candidates each index proposes; a search for more than this goes as deep as it asks.
DEPTH = 100
# Passages assumed at least when terms are weighed for coverage: in a library of a few passages the
# words that stand in none would outweigh all others.
_LEAST_DOCUMENTS = 1000
# Weights of dense, lexical and best-sentence scores in the hybrid: of a grid in steps of .1, the
# best on SQuAD 2.0 (nDCG@10 .935; dense .841, BM25 .910), and within .005 of that on HotpotQA.
_WEIGHTS = (0.3, 0.4, 0.3)
_WEIGHTS_WITHOUT_SENTENCES = (0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the indexes see it: unit vector (dimension,) and distinct terms."""

    vector: Vectors
    terms: list[str]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Rows best first, with the exact scores of each; ``idf`` (terms,) weighs the terms.

    ``sentences`` holds the cosine of each of a row's sentences, or None while they have no vectors.
    """

    rows: Ids
    dense: Scores
    sparse: Scores
    sentences: list[Scores | None]
    idf: Scores


def search(
    view: View, snapshot: Snapshot, question: Question, k: int, method: Method = "hybrid"
) -> Ranked:
    """Return the ``k`` best rows of a view.

    Both indexes propose candidates, rows newer than the snapshot join them, and all are scored
    exactly; the candidates that count are then the best of either score. Ties go by path and start.
    """
    depth = max(DEPTH, k)
    proposed = _proposed(view, snapshot, question, depth)
    candidates = view.candidates(proposed, question.terms)
    statistics = view.statistics(question.terms)
    unknown = [t for t, f in zip(question.terms, statistics.frequencies, strict=True) if not f]
    _verify_known(view, snapshot, np.setdiff1d(proposed, candidates.rows))
    _verify_known(view, snapshot, snapshot.sparse.search(unknown, depth).ids)
    dense = products(candidates.vectors, question.vector)
    sparse = bm25(
        candidates.counts,
        candidates.lengths,
        statistics.frequencies,
        statistics.documents,
        statistics.average_length,
    )
    cosines = sentence_cosines(candidates, question.vector)
    sentence = np.array([np.nan if c is None else c.max() for c in cosines], dtype=np.float32)
    lexical = _top(sparse, depth)
    kept = np.union1d(_top(dense, depth), lexical[sparse[lexical] > 0.0])
    order = kept[_order(method, dense[kept], sparse[kept], sentence[kept])][:k]
    return Ranked(
        rows=candidates.rows[order],
        dense=dense[order],
        sparse=sparse[order],
        sentences=[cosines[row] for row in order],
        idf=inverse_document_frequencies(
            statistics.frequencies, max(statistics.documents, _LEAST_DOCUMENTS)
        ),
    )


def sentence_cosines(candidates: Candidates, vector: Vectors) -> list[Scores | None]:
    """Return the cosine of each sentence with the question, row by row; None where unknown."""
    matrices = [matrix for matrix in candidates.sentences if matrix is not None]
    if not matrices:
        return [None] * len(candidates.rows)
    cosines = products(np.concatenate(matrices), vector)
    parts = iter(np.split(cosines, np.cumsum([len(matrix) for matrix in matrices])[:-1]))
    return [None if matrix is None else next(parts) for matrix in candidates.sentences]


def _proposed(view: View, snapshot: Snapshot, question: Question, depth: int) -> Ids:
    """Return candidate rows, some of which may be gone since the snapshot."""
    stale = len(view.removed_after(snapshot.change))
    dense = snapshot.dense.search(question.vector, depth + stale)
    sparse = snapshot.sparse.search(question.terms, depth + stale)
    newer = view.rows_after(snapshot.last_row)
    return np.unique(np.concatenate([dense.ids, sparse.ids, newer]))


def _verify_known(view: View, snapshot: Snapshot, missed: Ids) -> None:
    """Raise `Damaged` when rows that the store missed, or whose terms it did, were not removed."""
    if snapshot.change > view.change:
        return  # the snapshot may know what the view cannot
    if len(np.setdiff1d(missed, view.removed_after(snapshot.change))):
        raise Damaged(
            "the library is damaged: its indexes hold passages that its database misses; "
            "qa doctor --repair mends it"
        )


def _order(method: Method, dense: Scores, sparse: Scores, sentence: Scores) -> Ids:
    """Return positions best first; a stable sort keeps ties by path and start."""
    if method == "dense":
        fused = dense
    elif method == "sparse":
        fused = sparse
    elif np.isnan(sentence).any():
        fused = convex_combination([dense, sparse], _WEIGHTS_WITHOUT_SENTENCES)
    else:
        fused = convex_combination([dense, sparse, sentence], _WEIGHTS)
    return np.argsort(-fused, kind="stable")


def _top(scores: Scores, depth: int) -> Ids:
    return np.argsort(-scores, kind="stable")[:depth]
