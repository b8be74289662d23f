"""What is searched of a library in Milvus: the server's own indexes, which are never behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from embeddings.milvus import MilvusDenseIndex, MilvusSparseIndex
from qa.milvus.store import MilvusStore
from qa.milvus.view import MilvusView
from qa.store import View


@dataclass(frozen=True, slots=True)
class MilvusSnapshot:
    """Both indexes, as a view sees them: nothing in it is newer, and nothing is removed."""

    change: int
    last_row: int
    dense: MilvusDenseIndex
    sparse: MilvusSparseIndex
    name: str = "milvus"


class MilvusIndexes:
    """The indexes of one library; Milvus keeps them, so there is nothing to publish or to mend."""

    def __init__(self, store: MilvusStore) -> None:
        """Store what keeps them."""
        self._store = store

    def beside(self, view: View) -> MilvusSnapshot:
        """Return what may be searched beside a view."""
        seen = cast(MilvusView, view)
        passages = self._store.collections["passages"]
        return MilvusSnapshot(
            seen.change,
            seen.state.row - 1,
            MilvusDenseIndex(passages, seen.visible),
            MilvusSparseIndex(passages, seen, seen.visible),
        )

    def empty(self) -> MilvusSnapshot:
        """Never needed: no view is older than the indexes that it sees."""
        raise NotImplementedError

    def newest(self) -> int:
        """Return 0: the indexes hold no change that the store has not."""
        return 0

    def publish(self, view: View, *, afresh: bool = False) -> MilvusSnapshot:
        """Let the server index what it has in memory."""
        self._store.settle()
        return self.beside(view)

    def lack(self, view: View) -> str:
        """Return nothing: there is nothing that a run could leave undone."""
        return ""

    def damage(self, view: View) -> Iterator[str]:
        """Yield nothing: `MilvusStore.damage` reads the vectors that are indexed."""
        return iter(())

    def discard(self) -> None:
        """Keep them: they are part of the store."""
