"""Searching in Milvus: vectors and our own term vectors in one collection, both by inner product.

Rows carry how their terms saturate, and a question brings how rare its terms are, so that the inner
product of both is BM25 but for the average length, which is that of the day a row was written: good
for choosing candidates, which `bm25` scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from embeddings.bm25 import K1, B
from embeddings.types import Ids, Ranking, Vectors

#: The fields of a collection that is searched, of types INT64 (the key), FLOAT_VECTOR,
#: SPARSE_FLOAT_VECTOR and ARRAY of INT64.
ROW, DENSE, SPARSE, NUMBERS = "row", "dense", "sparse", "numbers"
MOST_HITS = 16_384  # rows that Milvus returns at most
_CLAUSES = 500  # ranges of rows that one filter names; single rows count as ranges


class Searchable(Protocol):
    """A collection that can be searched."""

    def search(
        self, field: str, vector: npt.NDArray[np.float32] | Mapping[int, float], k: int, where: str
    ) -> list[tuple[int, float]]:
        """Return key and inner product of the ``k`` best rows for which a filter holds."""
        ...


class Lexicon(Protocol):
    """What is known of terms: the dimension each has, and how much it weighs in a question."""

    def weights(self, terms: Sequence[str]) -> dict[str, tuple[int, float]]:
        """Return dimension and weight of those terms that stand anywhere."""
        ...


class MilvusDenseIndex:
    """Vectors of a collection; ``visible`` is the filter that all rows found must meet."""

    def __init__(self, collection: Searchable, visible: str = "") -> None:
        """Store what is searched."""
        self._collection = collection
        self._visible = visible

    def search(self, query: Vectors, k: int, within: Ids | None = None) -> Ranking:
        """Return up to ``k`` rows of highest inner product with ``query`` (shape (dimension,)).

        ``within`` are the ids that may be returned; all, unless given.
        """
        return _best(self._collection, DENSE, query, k, (self._visible,), within)


class MilvusSparseIndex:
    """Term vectors of a collection; rows must also meet the filter ``visible``."""

    def __init__(self, collection: Searchable, lexicon: Lexicon, visible: str = "") -> None:
        """Store what is searched, and what knows the terms."""
        self._collection = collection
        self._lexicon = lexicon
        self._visible = visible

    def search(
        self,
        query: Sequence[str],
        k: int,
        within: Ids | None = None,
        required: Sequence[str] = (),
    ) -> Ranking:
        """Return up to ``k`` rows that hold any of the terms, and all of those ``required``.

        ``within`` are the ids that may be returned; all, unless given.
        """
        known = self._lexicon.weights([*query, *required])
        vector = dict(known[term] for term in query if term in known)
        if not vector or not known.keys() >= set(required):
            return Ranking.nothing()
        clauses = [self._visible]
        if required:
            numbers = sorted({known[term][0] for term in required})
            clauses.append(f"array_contains_all({NUMBERS}, {numbers})")
        return _best(self._collection, SPARSE, vector, k, clauses, within)


def term_vector(counts: Mapping[int, int], average_length: float) -> dict[int, float]:
    """Return how terms, given by dimension and count, saturate in a row that has just these.

    A vector must not be empty: one of no terms has the dimension 0, which no term has.
    """
    length = sum(counts.values())
    norm = K1 * (1.0 - B + B * length / max(average_length, 1.0))
    vector = {number: count * (K1 + 1.0) / (count + norm) for number, count in counts.items()}
    return vector or {0: 1.0}


def row_filters(rows: Ids) -> Iterator[str]:
    """Yield filters that together hold for the rows given and no others, each a short one."""
    rows = np.unique(rows)
    if not len(rows):
        return
    breaks = np.flatnonzero(np.diff(rows) != 1) + 1
    runs = [(int(run[0]), int(run[-1])) for run in np.split(rows, breaks)]
    for first in range(0, len(runs), _CLAUSES):
        yield _any_of(runs[first : first + _CLAUSES])


def _any_of(runs: Iterable[tuple[int, int]]) -> str:
    singles: list[int] = []
    clauses: list[str] = []
    for first, last in runs:
        if first == last:
            singles.append(first)
        else:
            clauses.append(f"({first} <= {ROW} and {ROW} <= {last})")
    if singles:
        clauses.append(f"{ROW} in {singles}")
    return " or ".join(clauses)


def _best(
    collection: Searchable,
    field: str,
    vector: npt.NDArray[np.float32] | Mapping[int, float],
    k: int,
    clauses: Sequence[str],
    within: Ids | None,
) -> Ranking:
    """Return the best rows for which all clauses hold, among those ``within``."""
    if k < 1:
        return Ranking.nothing()
    hits: list[tuple[int, float]] = []
    for rows in [""] if within is None else row_filters(within):
        where = " and ".join(f"({clause})" for clause in (*clauses, rows) if clause)
        hits += collection.search(field, vector, min(k, MOST_HITS), where)
    ids = np.array([row for row, _ in hits], dtype=np.int64)
    scores = np.array([score for _, score in hits], dtype=np.float32)
    return Ranking.ordered(ids, scores, k)
