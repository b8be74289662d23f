"""The seam of searching: what proposes candidates beside a view of a store.

The embedded library keeps snapshots on disk (`qa.snapshots`); a server may keep its own
(`qa.milvus`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from embeddings.types import Ids, Ranking, Vectors
from qa.store import View


class Dense(Protocol):
    """Vectors, searched by inner product."""

    def search(self, query: Vectors, k: int, within: Ids | None = None) -> Ranking:
        """Return up to ``k`` rows of highest inner product, of those ``within`` where given."""
        ...


class Sparse(Protocol):
    """Terms, searched by about BM25."""

    def search(
        self,
        query: Sequence[str],
        k: int,
        within: Ids | None = None,
        required: Sequence[str] = (),
    ) -> Ranking:
        """Return up to ``k`` rows that hold any of the terms, and all of those ``required``."""
        ...


class Snapshot(Protocol):
    """Both indexes over the rows up to ``last_row`` as they stood at ``change``."""

    @property
    def name(self) -> str:
        """What tells it from others; empty for one of nothing."""
        ...

    @property
    def change(self) -> int:
        """The last change that it knows."""
        ...

    @property
    def last_row(self) -> int:
        """The last row that it holds; newer ones are scored by brute force."""
        ...

    @property
    def dense(self) -> Dense:
        """The index of vectors."""
        ...

    @property
    def sparse(self) -> Sparse:
        """The index of terms."""
        ...


class Indexes(Protocol):
    """The indexes of one library; many may read, only the writer publishes."""

    def beside(self, view: View) -> Snapshot:
        """Return what may be searched beside a view; nothing where nothing can be used."""
        ...

    def empty(self) -> Snapshot:
        """Return a snapshot of nothing, with which every row is scored by brute force."""
        ...

    def newest(self) -> int:
        """Return the change that the newest snapshot goes up to; 0 without one."""
        ...

    def publish(self, view: View, *, afresh: bool = False) -> Snapshot:
        """Bring the indexes up to a view; ``afresh`` from the view alone."""
        ...

    def lack(self, view: View) -> str:
        """Say what a run that was cut short left undone; else nothing."""
        ...

    def damage(self, view: View) -> Iterator[str]:
        """Yield what is wrong with the indexes, after reading all of them."""
        ...

    def discard(self) -> None:
        """Delete them; readers go without until they are published again."""
        ...
