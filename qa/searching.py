"""The reading side of a library: a question to the passages that bear on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from corpus.errors import UsageError
from corpus.types import Passage
from embeddings.languages import knows_script
from embeddings.reranker import Reranker
from embeddings.types import Encoder, Ids, Scores
from qa.citations import Hit
from qa.copies import group_copies
from qa.evidence import Evidence, encode_sentences, find_evidence
from qa.expectation import holds_expected
from qa.explanation import explain
from qa.highlights import Marking, mark_words
from qa.indexes import Indexes, Snapshot
from qa.languages import common_languages
from qa.question import Question
from qa.retrieval import Ranked, Scored, score, search
from qa.scope import Scope
from qa.signals import RankedPassage, signals
from qa.store import Store, StoredPassage, View
from qa.types import Method
from qa.types import Scores as CitationScores
from qa.weights import kept_weights

_POOL = 30  # passages looked at as text before the best are chosen
_DEEPEST = 2000  # passages looked at, at most, to find enough that differ
_EXPECTED = 0.05  # what a date or a number is worth, in fused score, where one is asked for


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it was written and as the indexes see it."""

    text: str
    question: Question
    in_known_script: bool


@dataclass(frozen=True, slots=True)
class _Ordered:
    """What was ranked, with its passages, and the order of both that counts in the end."""

    text: str
    question: Question
    ranked: Ranked
    stored: Sequence[StoredPassage]
    order: Sequence[int]

    def groups(self, k: int) -> list[list[int]]:
        """Return where the first ``k`` passages that differ are ranked, each before its copies."""
        groups = group_copies((self.stored[at].passage.text for at in self.order), k)
        return [[self.order[place] for place in group] for group in groups]


@dataclass(frozen=True, slots=True)
class ScoredPassages:
    """All candidates for a question with their scores, before these are made one ranking."""

    scored: Scored
    stored: Sequence[StoredPassage]
    in_known_script: bool


class Searcher:
    """Asks one library's store and indexes; many threads may use it."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        indexes: Indexes,
        load_encoder: Callable[[], Encoder],
    ) -> None:
        """Store finished parts."""
        self._folder = folder
        self._store = store
        self._indexes = indexes
        self._load_encoder = load_encoder
        self._last_scope: tuple[tuple[int, Scope, frozenset[str]], Ids] | None = None

    def search(
        self, question: str, k: int, method: Method, scope: Scope, rerank: Reranker | None = None
    ) -> list[Hit]:
        """See `Library.search`."""
        asked = self._asked(question, k, method)
        depth = max(k, _POOL)
        while True:
            found = self._ordered(asked, depth, method, scope, rerank)
            groups = found.groups(k)
            if len(groups) == k or len(found.stored) < depth or depth >= _DEEPEST:
                break
            depth *= 4
        ranked = found.ranked
        evidence = self._evidence(found, [group[0] for group in groups])
        judged = signals(
            question,
            found.question.terms,
            ranked.idf,
            [
                _ranked_passage(found, at, of_passage)
                for (at, *_), of_passage in zip(groups, evidence, strict=True)
            ],
        )
        marked = mark_words(
            self._load_encoder(),
            question,
            found.question.vector,
            [
                _marking(found, at, of_passage)
                for (at, *_), of_passage in zip(groups, evidence, strict=True)
            ],
        )
        return [
            Hit(
                stored=found.stored[at],
                scores=_scores(method, ranked, at, of_passage),
                evidence=of_passage,
                signals=of_question,
                explain=partial(explain, found.question, ranked, at, found.stored[at].passage),
                words=words,
                copies=tuple(found.stored[copy] for copy in copies),
            )
            for (at, *copies), of_passage, of_question, words in zip(
                groups, evidence, judged, marked, strict=True
            )
        ]

    def rank(
        self, question: str, k: int, method: Method, scope: Scope, rerank: Reranker | None = None
    ) -> list[StoredPassage]:
        """See `Library.rank`."""
        asked = self._asked(question, k, method)
        found = self._ordered(asked, max(k, _POOL), method, scope, rerank)
        return [found.stored[at] for at in found.order[:k]]

    def scored(self, question: str) -> ScoredPassages:
        """See `Library.scored`."""
        asked = self._asked(question, _POOL, "hybrid")
        with self._consistent() as (view, snapshot):
            within = self._rows(view, Scope())
            found = score(view, snapshot, asked.question, _POOL, within=within)
            stored = view.stored(found.rows.tolist())
        return ScoredPassages(found, stored, asked.in_known_script)

    def _asked(self, text: str, k: int, method: Method) -> _Asked:
        _check(text, k, method)
        encoder = self._load_encoder()
        with self._store.view() as view:
            languages = common_languages(view)
        question = Question.of(text, encoder.encode_queries([text])[0], languages)
        return _Asked(text, question, knows_script(encoder, text))

    def _ordered(
        self, asked: _Asked, depth: int, method: Method, scope: Scope, rerank: Reranker | None
    ) -> _Ordered:
        question = asked.question
        with self._consistent() as (view, snapshot):
            within = self._rows(view, scope)
            weights = kept_weights(view.settings())
            if not asked.in_known_script:
                weights = weights.for_unknown_script()
            ranked = search(view, snapshot, question, depth, method, within=within, weights=weights)
            stored = view.stored(ranked.rows.tolist())
        texts = [one.passage.text for one in stored[:_POOL]]
        scores = ranked.fused[: len(texts)]
        if rerank is not None:
            scores = rerank.score(asked.text, texts)
        elif method == "hybrid":
            scores = scores + _EXPECTED * holds_expected(asked.text, texts)
        first = np.lexsort((-scores, ~ranked.holds[: len(texts)])).tolist()
        return _Ordered(
            asked.text, question, ranked, stored, [*first, *range(len(texts), len(stored))]
        )

    def _rows(self, view: View, scope: Scope) -> Ids | None:
        """Return the rows that a scope leaves, None for all. Raises `UsageError` for none."""
        if not view.passages:
            raise UsageError(
                f"there is nothing to search in {self._folder}: no document with text was "
                "indexed; add some with qa index PATH"
            )
        if not scope:
            return None
        rows = self._rows_in(view, scope)
        if not len(rows):
            raise UsageError(f"no document is {scope}; qa list shows what there is")
        return rows

    def _rows_in(self, view: View, scope: Scope) -> Ids:
        """Return the rows of a scope; of the last one they are known until documents change.

        A change of a file's time alone is no change of documents: dates are looked up each time.
        """
        asked = view.change, scope, scope.places
        last = self._last_scope
        if last is not None and last[0] == asked:
            return last[1]
        rows = view.rows_of(
            [(root, f.path) for root, f in view.documents() if scope.holds(root, f)]
        )
        if not (scope.since or scope.until):
            self._last_scope = asked, rows
        return rows

    @contextmanager
    def _consistent(self) -> Iterator[tuple[View, Snapshot]]:
        """Give a view, and a snapshot that is not newer: it may lack rows, never know others.

        A snapshot is published after what it holds was committed. One that is newer than a view
        begun after it was seen is of commits that the database lost: it is left unused.
        """
        seen = ""
        while True:
            with self._store.view() as view:
                snapshot = self._indexes.beside(view)
                if snapshot.change > view.change and snapshot.name == seen:
                    snapshot = self._indexes.empty()
                if snapshot.change <= view.change:
                    yield view, snapshot
                    return
                seen = snapshot.name

    def _evidence(self, found: _Ordered, chosen: Sequence[int]) -> list[Evidence]:
        passages = {at: found.stored[at].passage for at in chosen}
        cosines = {at: found.ranked.sentences[at] for at in chosen}
        missing = [at for at in chosen if cosines[at] is None]
        if missing:
            bodies = [(passages[at].text, passages[at].body) for at in missing]
            matrices = encode_sentences(self._load_encoder(), bodies)
            for at, matrix in zip(missing, matrices, strict=True):
                cosines[at] = np.asarray(matrix @ found.question.vector)
        return [
            _evidence_in(passages[at], known, found)
            for at, known in cosines.items()
            if known is not None
        ]


def _evidence_in(passage: Passage, cosines: Scores, found: _Ordered) -> Evidence:
    language, idf = _weighed(found, passage)
    return find_evidence(passage, cosines, found.question.terms, idf, language, found.text)


def _marking(found: _Ordered, at: int, evidence: Evidence) -> Marking:
    passage = found.stored[at].passage
    language = found.question.language_for(passage)
    return Marking(passage, evidence, found.question.wordings[language].terms, language)


def _ranked_passage(found: _Ordered, at: int, evidence: Evidence) -> RankedPassage:
    passage = found.stored[at].passage
    language, idf = _weighed(found, passage)
    return RankedPassage(passage, evidence, float(found.ranked.dense[at]), language, idf)


def _weighed(found: _Ordered, passage: Passage) -> tuple[str, Scores]:
    """Return a passage's language, and the question's idf, 0 for the terms of other languages."""
    language = found.question.language_for(passage)
    return language, found.ranked.idf * found.question.has(language)


def check_count(k: int) -> None:
    """Raise `UsageError` for a number of passages below 1."""
    if k < 1:
        raise UsageError(f"k is {k}; at least one passage must be asked for")


def _check(question: str, k: int, method: str) -> None:
    if not question.strip():
        raise UsageError('the question is empty; ask something: qa ask "Who …?"')
    check_count(k)
    if method not in ("hybrid", "dense", "sparse"):
        raise UsageError(f"unknown method {method!r}; choose hybrid, dense or sparse")


def _scores(method: Method, ranked: Ranked, at: int, evidence: Evidence) -> CitationScores:
    return CitationScores(
        dense=_rounded(ranked.dense, at) if method != "sparse" else None,
        sparse=_rounded(ranked.sparse, at) if method != "dense" else None,
        sentence=round(evidence.similarity, 4),
    )


def _rounded(scores: Scores, at: int) -> float:
    return round(float(scores[at]), 4)
