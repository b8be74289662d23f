"""What is measured beside each other: ours, and what others make of the same model and passages.

Each contender is a module with a class ``Contender``, used by `tests.benchmarks.child` in a process
of its own, so that none pays for another's imports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

#: Names for the page, by module; ours is first, and the others are peers.
CONTENDERS = {
    "ours": "document-qa",
    "plain": "sentence-transformers + FAISS",
    "langchain": "LangChain + FAISS",
    "llamaindex": "LlamaIndex + FAISS",
    "txtai_peer": "txtai",
}
PEERS = tuple(CONTENDERS)[1:]
#: Texts that a peer embeds at a time, where its default is another.
BATCH = 32

Ways: TypeAlias = Mapping[str, Callable[[str], object]]


class Material(NamedTuple):
    """What is indexed: a folder of files for us, the passages cut from them for the peers.

    ``vectors`` is a ``.npy`` file of the passages' unit vectors, where they need not be encoded
    again, or nothing.
    """

    files: Path
    passages: Sequence[str]
    vectors: Path | None = None


class Contender(Protocol):
    """A way to index passages and to ask them."""

    def __init__(self, model: str) -> None:
        """Load the model from its folder."""
        ...

    def index(self, material: Material, folder: Path) -> float | None:
        """Index and write to a folder.

        Return the seconds after which all could be searched, where that was not the end.
        """
        ...

    def open(self, folder: Path) -> None:
        """Open what `index` has written."""
        ...

    def ways(self, k: int) -> Ways:
        """Return the ways to ask an open index for its ``k`` best passages, by name."""
        ...
