"""Vectors in a row: every one is looked at by a search, so it is exact."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import faiss
import numpy as np

from embeddings.types import Ids, Ranking, Vectors


class FlatIndex:
    """An `Index` of vectors, kept as 16-bit floats: half the memory, ranks within 1e-3."""

    def __init__(self, index: faiss.IndexIDMap2) -> None:
        """Store a finished FAISS index; `empty` and `load` build one."""
        self._index = index

    @classmethod
    def empty(cls, dimension: int) -> FlatIndex:
        """Return an index without rows for vectors of ``dimension`` numbers."""
        codes = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        return cls(faiss.IndexIDMap2(codes))

    @classmethod
    def load(cls, path: Path) -> FlatIndex:
        """Load what `save` wrote; the caller has checked the file."""
        return cls(cast("faiss.IndexIDMap2", faiss.read_index(str(path))))

    def save(self, path: Path) -> None:
        """Write the index to a file, which is replaced."""
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return int(self._index.d)

    def ids(self) -> Ids:
        """Return the ids of all rows, in no order."""
        return np.asarray(faiss.vector_to_array(self._index.id_map), dtype=np.int64)

    def blocks(self, rows: int) -> Iterator[tuple[Ids, Vectors]]:
        """Yield all ids with their vectors, ``rows`` at a time."""
        ids, codes = self.ids(), faiss.downcast_index(self._index.index)
        for first in range(0, len(ids), rows):
            block = ids[first : first + rows]
            yield block, codes.reconstruct_n(first, len(block))

    def add(self, ids: Ids, contents: Vectors) -> None:
        """Add normalised float32 rows of shape (len(ids), dimension), replacing equal ids."""
        if contents.shape != (len(ids), self.dimension):
            raise ValueError(
                f"{len(ids)} ids need vectors of shape ({len(ids)}, {self.dimension}), "
                f"not {contents.shape}"
            )
        self.remove(ids)
        self._index.add_with_ids(np.ascontiguousarray(contents, dtype=np.float32), ids)

    def remove(self, ids: Ids) -> None:
        """Remove rows; unknown ids are ignored."""
        if len(ids) and len(self):
            self._index.remove_ids(faiss.IDSelectorBatch(ids))

    def search(self, query: Vectors, k: int, within: Ids | None = None) -> Ranking:
        """Return the ``k`` rows of highest inner product with ``query`` (shape (dimension,)).

        ``within`` are the ids that may be returned; all, unless given.
        """
        selector = None if within is None else faiss.IDSelectorBatch(within)
        parameters = faiss.SearchParameters(sel=selector) if selector else None  # type: ignore[call-arg]
        return best_of(self._index, query, min(k, len(self)), parameters)


def best_of(
    index: faiss.Index, query: Vectors, k: int, parameters: faiss.SearchParameters | None
) -> Ranking:
    """Return what FAISS finds for one query, ``k`` rows at most; equal scores in order of id."""
    if k < 1:
        return Ranking.nothing()
    with _one_thread():
        scores, ids = index.search(query.reshape(1, -1), k, params=parameters)
    found = ids[0] >= 0  # FAISS fills up with -1
    return Ranking.ordered(ids[0][found], scores[0][found])


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let FAISS work in the calling thread alone: it shares out queries, and there is one.

    Calling up its other threads for nothing took .05 ms to 60 where the machine was busy.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)  # of this thread alone
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
