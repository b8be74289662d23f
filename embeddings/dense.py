"""Dense search: FAISS over normalised vectors, by inner product (the cosine).

A few rows are searched one by one. Of many, most lie in an immutable base of clusters, mapped from
disk; what was added since lies beside it, what was removed from it is passed over, and once either
has grown, `DenseIndex.settle` makes a new base.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from embeddings import ivf
from embeddings.flat import FlatIndex
from embeddings.ivf import Block, IVFIndex
from embeddings.types import Ids, Ranking, Vectors

#: So many rows at most are searched one by one. Processor time of a search for 100 of rows of 384
#: numbers, on an EPYC core with AVX2: of 5,000 rows .4 ms, 10,000 1.2, 20,000 2.2, 100,000 8.1; in
#: clusters .7, 1.0, 1.4 and 2.5, and 16 of 1,000,000. To here exact search is about as fast.
EXACT_ROWS = 20_000
_REMOVED = 0.25  # share of the base that is removed at most before a new one is made
_BLOCK = 16_384  # rows that are made 32-bit floats at a time
_ADDED, _GONE = "dense.faiss", "dense-removed.npy"


class DenseIndex:
    """An `Index` of vectors. Scores are within 1e-3 while no row is in a base, else within 1e-2.

    Nothing of a base is read into memory but what a search visits.
    """

    def __init__(self, added: FlatIndex, base: IVFIndex | None, removed: Ids) -> None:
        """Store finished parts, and which ids of the base are removed; `empty` and `load` do it."""
        self._added = added
        self._base = base
        self._removed = removed
        self._is_based_anew = False

    @classmethod
    def empty(cls, dimension: int) -> DenseIndex:
        """Return an index without rows for vectors of ``dimension`` numbers."""
        return cls(FlatIndex.empty(dimension), None, np.empty(0, dtype=np.int64))

    @classmethod
    def load(cls, folder: Path) -> DenseIndex:
        """Load what `save` wrote; the caller has checked the files."""
        base = IVFIndex.load(folder)
        removed = np.empty(0, dtype=np.int64) if base is None else np.load(folder / _GONE)
        return cls(FlatIndex.load(folder / _ADDED), base, removed)

    def save(self, folder: Path) -> None:
        """Write into a folder that is empty, or has the files that the index was loaded from.

        No file is written in place, because others may have it open, or a link to it.
        """
        stale = [_ADDED, _GONE]
        is_there = all((folder / name).exists() for name in ivf.FILES)
        if self._is_based_anew or self._base is None or not is_there:
            stale += ivf.FILES
        for name in stale:
            (folder / name).unlink(missing_ok=True)
        self._added.save(folder / _ADDED)
        if self._base is not None:
            np.save(folder / _GONE, self._removed, allow_pickle=False)
            if ivf.FILES[0] in stale:
                self._base.save(folder)

    def __len__(self) -> int:
        """Return the number of rows."""
        in_base = 0 if self._base is None else len(self._base) - len(self._removed)
        return len(self._added) + in_base

    def ids(self) -> Ids:
        """Return the ids of all rows, in no order."""
        if self._base is None:
            return self._added.ids()
        in_base = np.setdiff1d(self._base.ids, self._removed, assume_unique=True)
        return np.concatenate([in_base, self._added.ids()])

    def blocks(self) -> Iterator[Block]:
        """Yield all ids, in no order, and their vectors as they are kept, some at a time."""
        if self._base is not None:
            for ids, vectors in self._base.blocks():
                kept = ~np.isin(ids, self._removed)
                yield ids[kept], vectors[kept]
        yield from self._added.blocks(_BLOCK)

    def add(self, ids: Ids, contents: Vectors) -> None:
        """Add normalised float32 rows of shape (len(ids), dimension), replacing equal ids."""
        self._added.add(ids, contents)
        self._remove_from_base(ids)

    def remove(self, ids: Ids) -> None:
        """Remove rows; unknown ids are ignored."""
        self._added.remove(ids)
        self._remove_from_base(ids)

    def settle(self) -> None:
        """Make a new base where enough was added or removed, or do without where rows are few.

        Of a million rows this takes 2 seconds of processor time, and 35 to cluster them anew, as is
        done each time their number has doubled.
        """
        base = 0 if self._base is None else len(self._base)
        if base and len(self) <= EXACT_ROWS // 2:
            self._dissolve()
        elif len(self._added) > EXACT_ROWS or len(self._removed) > _REMOVED * base:
            self._merge()

    def search(self, query: Vectors, k: int, within: Ids | None = None) -> Ranking:
        """Return the ``k`` rows of highest inner product with ``query`` (shape (dimension,)).

        ``within`` are the ids that may be returned; all, unless given. From a base some of the rows
        may be missed, of the ten best one in a hundred; none where ``within`` is given.
        """
        k = min(k, len(self) if within is None else len(within))
        added = self._added.search(query, k, within)
        if self._base is None or k < 1:
            return added
        found = self._base.search(query, k, self._removed, within)
        return Ranking.ordered(
            np.concatenate([found.ids, added.ids]), np.concatenate([found.scores, added.scores]), k
        )

    def _remove_from_base(self, ids: Ids) -> None:
        if self._base is not None and len(ids):
            self._removed = np.union1d(self._removed, ids[self._base.holds(ids)])

    def _merge(self) -> None:
        if self._base is not None and self._base.is_made_for(len(self)):
            base = self._base.changed(self._removed, self._added.blocks(_BLOCK))
        else:
            base = IVFIndex.build(self._added.dimension, len(self), self.blocks)
        self._take(base, FlatIndex.empty(self._added.dimension))

    def _dissolve(self) -> None:
        added = FlatIndex.empty(self._added.dimension)
        for ids, vectors in self.blocks():
            added.add(ids, vectors)
        self._take(None, added)

    def _take(self, base: IVFIndex | None, added: FlatIndex) -> None:
        self._added, self._base = added, base
        self._removed = np.empty(0, dtype=np.int64)
        self._is_based_anew = True
