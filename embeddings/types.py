"""The seams of searching: what an encoder and an index must do, and what a search returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

Vectors: TypeAlias = npt.NDArray[np.float32]
Ids: TypeAlias = npt.NDArray[np.int64]
Scores: TypeAlias = npt.NDArray[np.float32]
Flags: TypeAlias = npt.NDArray[np.bool_]
Progress: TypeAlias = Callable[[int], None]


class Ranking(NamedTuple):
    """Ids and their scores, best first: higher is better; equal scores in order of id."""

    ids: Ids
    scores: Scores

    @classmethod
    def nothing(cls) -> Ranking:
        """Return a ranking of no rows."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))

    @classmethod
    def ordered(cls, ids: Ids, scores: Scores, k: int | None = None) -> Ranking:
        """Return the ``k`` best, or all, of ids and scores that are in no order."""
        order = np.lexsort((ids, -scores))[:k]
        return cls(ids[order], scores[order])


class Contributions(NamedTuple):
    """The tokens of one text, and what each adds to its cosine with a vector.

    ``spans`` (tokens, 2) are character offsets into the text, equal for tokens that stand for none
    of it (special ones, a prompt's); ``shares`` (tokens,) sum to the cosine.
    """

    spans: Ids
    shares: Scores


class Encoder(Protocol):
    """Texts to vectors of one model.

    ``fingerprint`` names the model's mathematics (weights, prompts, pooling, dimension, limit), so
    vectors of equal fingerprints may be compared, whichever engine made them.
    """

    @property
    def name(self) -> str:
        """The model's name or folder."""
        ...

    @property
    def fingerprint(self) -> str:
        """A digest of all that decides the vectors."""
        ...

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """The longest text that is read, in tokens, prompt and special tokens included."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the length of each text as a document: prompt and special tokens included."""
        ...

    def encode_documents(self, texts: Sequence[str], on_done: Progress | None = None) -> Vectors:
        """Return float32 rows of length 1, shape (len(texts), dimension).

        ``on_done`` is told how many texts each finished batch held. Raises `ModelError` for a text
        above ``max_tokens``: nothing is cut off silently.
        """
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return float32 rows of length 1; a question above ``max_tokens`` is cut at the limit."""
        ...

    def contributions(self, texts: Sequence[str], vector: Vectors) -> list[Contributions] | None:
        """Return what each token adds to the cosine of its text, as a document, with a unit vector.

        None where the model's vectors are not the mean of their tokens' states, so that no exact
        split exists. Raises `ModelError` for a text above ``max_tokens``.
        """
        ...


Content = TypeVar("Content", contravariant=True)
Query = TypeVar("Query", contravariant=True)


class Index(Protocol[Content, Query]):
    """Rows under integer ids, searched by one query at a time."""

    def __len__(self) -> int: ...

    def add(self, ids: Ids, contents: Content) -> None:
        """Add rows; an id that is there already is replaced."""
        ...

    def remove(self, ids: Ids) -> None:
        """Remove rows; unknown ids are ignored."""
        ...

    def search(self, query: Query, k: int) -> Ranking:
        """Return the ``k`` best rows, or all when there are fewer."""
        ...
