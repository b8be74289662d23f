"""A question's vector and terms to ranked rows: candidates from both indexes, scored exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corpus.errors import Damaged
from corpus.types import Passage
from embeddings.analyzer import (
    holds_phrases,
)
from embeddings.bm25 import bm25, inverse_document_frequencies, products
from embeddings.types import Flags, Ids, Scores, Vectors
from qa.fusion import convex_combination, distinctness, min_max, nearest_others, supported
from qa.indexes import Snapshot
from qa.question import Question
from qa.store import Candidates, View
from qa.types import Method
from qa.weights import DEFAULT_WEIGHTS, Weights

#: Candidates each index proposes; a search for more than this goes as deep as it asks.
DEPTH = 100
# Passages assumed at least when terms are weighed for coverage: in a library of a few passages the
# words that stand in none would outweigh all others.
_LEAST_DOCUMENTS = 1000
_FEW_ROWS = 2000  # so many rows are all scored; of more, the indexes propose some
# The sentence score weighs in full when its best row stands out by so many standard deviations:
# a question that one sentence answers. It helps little where many passages are on the topic.
_DISTINCT = 1.2
# The nearest passages to each candidate have so large a share in its score where no sentence stands
# out at all. On CISI and Cranfield nDCG@10 rises by .009 and .007, where one sentence answers it
# hardly changes; two to five passages and shares from .2 to .4 do about the same.
_NEAREST = 3
_SUPPORT = 0.3


@dataclass(frozen=True, slots=True)
class Scored:
    """Candidates with their exact scores, n rows in order of path and start; none is better yet.

    ``sentence`` (n,) is the best of a row's ``sentences``, the cosines of all of them, NaN or None
    while they have no vectors; ``holds`` (n,) says which rows hold all quoted phrases; ``idf``
    (terms,) weighs the question's terms; ``vectors`` (n, dimension) are those of the rows.
    """

    rows: Ids
    dense: Scores
    sparse: Scores
    sentence: Scores
    sentences: list[Scores | None]
    holds: Flags
    idf: Scores
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Ranked:
    """Rows best first, with the scores that `Scored` describes.

    ``fused`` is what they are ordered by, after what ``holds`` all phrases. ``ranks`` (rows, 3)
    counts from 1 where a row stands among all candidates by its dense, lexical and sentence score.
    """

    rows: Ids
    fused: Scores
    dense: Scores
    sparse: Scores
    sentence: Scores
    sentences: list[Scores | None]
    holds: Flags
    ranks: Ids
    idf: Scores


def search(
    view: View,
    snapshot: Snapshot,
    question: Question,
    k: int,
    method: Method = "hybrid",
    *,
    within: Ids | None = None,
    weights: Weights = DEFAULT_WEIGHTS,
) -> Ranked:
    """Return the ``k`` best rows of a view, or of those ``within`` it; ties go by path and start.

    Rows that hold all phrases of the question come first.
    """
    scored = score(view, snapshot, question, k, within=within)
    fused = fuse(scored, method, weights)
    best = best_first(scored, fused)[:k]
    ranks = [_ranks(part) for part in (scored.dense, scored.sparse, scored.sentence)]
    return Ranked(
        rows=scored.rows[best],
        fused=fused[best],
        dense=scored.dense[best],
        sparse=scored.sparse[best],
        sentence=scored.sentence[best],
        sentences=[scored.sentences[row] for row in best],
        holds=scored.holds[best],
        ranks=np.stack(ranks, axis=1)[best],
        idf=scored.idf,
    )


def score(
    view: View,
    snapshot: Snapshot,
    question: Question,
    k: int,
    *,
    within: Ids | None = None,
) -> Scored:
    """Return the candidates for the ``k`` best rows, scored.

    Both indexes propose some, rows newer than the snapshot join them, and all are scored exactly;
    those that count are then the best of either score, and those that hold all phrases.
    """
    depth = max(DEPTH, k)
    proposed = _proposed(view, snapshot, question, depth, within)
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
        times=question.times,
    )
    of_sentences = products(candidates.sentences, question.vector)
    cosines = candidates.by_row(of_sentences)
    lexical = _top(sparse, depth)
    holding = _holding_phrases(view, question, candidates)
    kept = np.union1d(_top(dense, depth), lexical[sparse[lexical] > 0.0])
    kept = np.union1d(kept, holding)
    return Scored(
        rows=candidates.rows[kept],
        dense=dense[kept],
        sparse=sparse[kept],
        sentence=_best_by_row(of_sentences, candidates.sentence_counts)[kept],
        sentences=[cosines[row] for row in kept],
        holds=np.isin(kept, holding),
        idf=inverse_document_frequencies(
            statistics.frequencies, max(statistics.documents, _LEAST_DOCUMENTS)
        ),
        vectors=candidates.vectors[kept],
    )


def fuse(scored: Scored, method: Method = "hybrid", weights: Weights = DEFAULT_WEIGHTS) -> Scores:
    """Return the one score (n,) that a method orders candidates by, 0..1 in the hybrid."""
    if method == "dense":
        return scored.dense
    if method == "sparse":
        return scored.sparse
    return Hybrid(scored).fused(weights)


class Hybrid:
    """The scores of candidates on one scale, to be fused with any weights.

    The less the best sentence stands out, the less sentences weigh, and the more what is alike.
    """

    def __init__(self, scored: Scored) -> None:
        """Bring the scores to one scale; those of sentences are left out unless all are known."""
        self._parts = [min_max(scored.dense), min_max(scored.sparse)]
        self._has_sentences = not np.isnan(scored.sentence).any()
        if self._has_sentences:
            self._parts.append(min_max(scored.sentence))
            self._distinct = min(1.0, distinctness(scored.sentence) / _DISTINCT)
            self._nearest = _nearest(scored) if self._distinct < 1.0 else None

    def fused(self, weights: Weights) -> Scores:
        """Return the one score (n,) of each candidate, 0..1."""
        if not self._has_sentences:
            return convex_combination(self._parts, (weights.dense, weights.sparse))
        of_sentence = weights.sentence * self._distinct
        rest = (1.0 - of_sentence) / (weights.dense + weights.sparse)
        fused = convex_combination(
            self._parts, (weights.dense * rest, weights.sparse * rest, of_sentence)
        )
        if self._nearest is None:
            return fused
        return supported(fused, self._nearest, _SUPPORT * (1.0 - self._distinct))


def best_first(scored: Scored, fused: Scores) -> Ids:
    """Return the order of candidates: what holds all phrases, then by score; ties as they stand."""
    return np.lexsort((-fused, ~scored.holds))


def _best_by_row(of_sentences: Scores, counts: Ids) -> Scores:
    """Return the highest score of each row's sentences, NaN where it has none."""
    best = np.full(len(counts), np.nan, dtype=np.float32)
    has_some = counts > 0
    if has_some.any():
        ends = np.cumsum(counts)
        best[has_some] = np.maximum.reduceat(of_sentences, (ends - counts)[has_some])
    return best


def _nearest(scored: Scored) -> Ids:
    """Return the places of the candidates (n, `_NEAREST`) that are most like each.

    These are of the first `DEPTH` by either score, however deep a search goes: more would be many
    to compare, and another ranking.
    """
    among = np.union1d(_top(scored.dense, DEPTH), _top(scored.sparse, DEPTH))
    return nearest_others(scored.vectors, among, _NEAREST)


def _proposed(
    view: View, snapshot: Snapshot, question: Question, depth: int, within: Ids | None
) -> Ids:
    """Return candidate rows, some of which may be gone since the snapshot."""
    if within is not None and len(within) <= _FEW_ROWS:
        return within
    depth += len(view.removed_after(snapshot.change))
    dense = snapshot.dense.search(question.vector, depth, within)
    sparse = snapshot.sparse.search(question.terms, depth, within)
    phrases = [
        snapshot.sparse.search(wording.required, depth, within, wording.required).ids
        for wording in question.wordings.values()
    ]
    newer = view.rows_after(snapshot.last_row)
    if within is not None:
        newer = np.intersect1d(newer, within)
    return np.unique(np.concatenate([dense.ids, sparse.ids, *phrases, newer]))


def _holding_phrases(view: View, question: Question, candidates: Candidates) -> Ids:
    """Return which candidates hold all phrases of a question."""
    if not any(wording.phrases for wording in question.wordings.values()):
        return np.empty(0, dtype=np.int64)
    has_all = [
        (candidates.counts[:, np.isin(question.terms, wording.required)] > 0).all(axis=1)
        for wording in question.wordings.values()
    ]
    likely = np.flatnonzero(np.any(has_all, axis=0))
    passages = [stored.passage for stored in view.stored(candidates.rows[likely].tolist())]
    holds = [_holds(passage, question) for passage in passages]
    held: Ids = likely[np.array(holds, dtype=bool)]
    return held


def _holds(passage: Passage, question: Question) -> bool:
    language = question.language_for(passage)
    return holds_phrases(passage.text, question.wordings[language].phrases, language)


def _verify_known(view: View, snapshot: Snapshot, missed: Ids) -> None:
    """Raise `Damaged` when rows that the store missed, or whose terms it did, were not removed."""
    if snapshot.change > view.change:
        return  # the snapshot may know what the view cannot
    if len(np.setdiff1d(missed, view.removed_after(snapshot.change))):
        raise Damaged(
            "the library is damaged: its indexes hold passages that its database misses; "
            "qa doctor --repair mends it"
        )


def _ranks(scores: Scores) -> Ids:
    """Return the place of each score, counted from 1; that of NaN is the last."""
    ranks = np.empty(len(scores), dtype=np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks


def _top(scores: Scores, depth: int) -> Ids:
    return np.argsort(-scores, kind="stable")[:depth]
