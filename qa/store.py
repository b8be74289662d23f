"""What a library keeps, as one seam: documents, passages, vectors, term statistics.

A `Store` is the truth; indexes are derived from it and may be thrown away. The embedded store is
SQLite (`qa.sqlite`); the one that many machines share is Milvus (`qa.milvus`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

import numpy as np
import numpy.typing as npt

from corpus.errors import NotThere
from corpus.types import Document, Page, Passage, Status
from embeddings.types import Ids, Vectors

Key = bytes
"""Hash of a model's fingerprint, the exact string that was encoded, and where its body starts."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What was known of a file when it was last read; ``path`` is the path within its root.

    ``size``, ``mtime_ns`` and ``read_ns`` (when it was read, in the same clock) tell an unchanged
    file without opening it. ``pages`` and ``passages`` count; ``status`` is added, empty, failed or
    skipped. A file inside another has the path of the one on disk as its ``container``; ``members``
    counts the files right inside this one.
    """

    path: str
    size: int
    mtime_ns: int
    read_ns: int
    sha256: str
    pipeline: str
    status: Status
    reason: str | None = None
    encoding: str | None = None
    title: str = ""
    pages: int | None = None
    passages: int = 0
    characters: int = 0
    container: str = ""
    members: int = 0

    @property
    def on_disk(self) -> str:
        """The path within the root of the file on disk: its own, or that of what it lies in."""
        return self.container or self.path


@dataclass(frozen=True, slots=True)
class RootOptions:
    """How a root is read: the patterns it excludes, and whether text in images is recognised."""

    exclude: tuple[str, ...] = ()
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class IndexedPassage:
    """A passage with what the indexes need of it."""

    passage: Passage
    key: Key
    terms: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as it was stored, with the file it came from."""

    row: int
    key: Key
    passage: Passage
    root: str
    file: FileRecord


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document's canonical text and pages, with the file it came from."""

    root: str
    file: FileRecord
    text: str
    pages: tuple[Page, ...]

    def span_of_page(self, number: int | None) -> tuple[int, int]:
        """Return the span of a page; of the whole text for None. Raises `NotThere`."""
        if number is None:
            return 0, len(self.text)
        for page in self.pages:
            if page.number == number:
                return page.start, page.end
        raise NotThere(
            f"{self.file.path} has no page {number}; it has {len(self.pages) or 'no'} pages"
        )


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows with all that scoring needs, in order of path and start; n rows, t terms.

    ``vectors`` (n, dimension) float32; ``lengths`` (n,) terms a row; ``counts`` (n, t) how often
    each term of the question stands in each row; ``sentences`` (s, dimension) float32 those of all
    rows, row after row, and ``sentence_counts`` (n,) how many each has: none where the second pass
    has not come by.
    """

    rows: Ids
    vectors: Vectors
    lengths: npt.NDArray[np.float32]
    counts: npt.NDArray[np.float32]
    sentences: Vectors
    sentence_counts: Ids

    def by_row(self, of_sentences: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32] | None]:
        """Return what is given for each sentence (s, …) row by row; None where a row has none."""
        counts = self.sentence_counts.tolist()
        ends = accumulate(counts)
        return [
            of_sentences[end - count : end] if count else None
            for count, end in zip(counts, ends, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """Live statistics of the whole library for the terms of a question."""

    documents: int
    average_length: float
    frequencies: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with a document's rows, or with the whole store where ``path`` is empty."""

    root: str
    path: str
    what: str


class View(Protocol):
    """One consistent state of a store, for as long as its context lasts."""

    @property
    def change(self) -> int:
        """The number of the last change that is seen."""
        ...

    @property
    def passages(self) -> int:
        """How many passages there are."""
        ...

    def statistics(self, terms: Sequence[str]) -> TermStatistics:
        """Return the live statistics for terms, in their order."""
        ...

    def rows_after(self, row: int) -> Ids:
        """Return the passages added after a row, in order; row ids are never used again."""
        ...

    def rows_of(self, documents: Sequence[tuple[str, str]]) -> Ids:
        """Return the passages of documents, given by root and path, in order."""
        ...

    def removed_after(self, change: int) -> Ids:
        """Return the passages removed after a change."""
        ...

    def candidates(self, rows: Ids, terms: Sequence[str]) -> Candidates:
        """Return those of the rows that exist; a row that fails its checksum raises."""
        ...

    def contents(self, rows: Ids) -> tuple[Vectors, list[list[str]]]:
        """Return what the indexes hold of rows: vectors, and terms repeated as they occur."""
        ...

    def stored(self, rows: Sequence[int]) -> list[StoredPassage]:
        """Return passages in the order of ``rows``; one that fails its checksum raises."""
        ...

    def settings(self) -> dict[str, str]:
        """Return what the library was made with, and what was set since."""
        ...

    def roots(self) -> dict[str, RootOptions]:
        """Return the roots in the order they were added, each with how it is read."""
        ...

    def forgotten(self) -> list[str]:
        """Return the files, those inside others too, and the folders that are passed over."""
        ...

    def files(self, root: str) -> dict[str, FileRecord]:
        """Return what is known of the files under a root, by their paths within it."""
        ...

    def documents(self) -> list[tuple[str, FileRecord]]:
        """Return root and file of each document with passages, ordered by path."""
        ...

    def document(self, root: str, path: str) -> StoredDocument:
        """Return a document. Raises `LibraryError` when there is none or it is damaged."""
        ...


class Store(Protocol):
    """The truth of a library. Reading is concurrent; one process writes at a time."""

    def view(self) -> AbstractContextManager[View]:
        """Give one consistent state to read; keep it short."""
        ...

    def writing(self, on_wait: Callable[[str], None]) -> AbstractContextManager[None]:
        """Be the one who writes, on all machines that share the store, while the context lasts.

        ``on_wait`` is told who is waited for. Raises `LibraryError` when that takes too long. The
        lock of the library's folder is held already.
        """
        ...

    def put_setting(self, name: str, value: str | None) -> None:
        """Keep a setting under a name; None removes it."""
        ...

    def add_root(
        self, root: str, *, exclude: Sequence[str] | None = None, ocr: bool | None = None
    ) -> None:
        """Remember a root, and how it is read; None leaves that as it is."""
        ...

    def remove_root(self, root: str) -> None:
        """Delete a root with all that is kept of its files."""
        ...

    def forget(self, source: str) -> None:
        """Remember that a file or folder on disk is to be passed over."""
        ...

    def recall(self, source: str) -> None:
        """Take back `forget`."""
        ...

    def put_file(
        self,
        root: str,
        record: FileRecord,
        document: Document | None = None,
        passages: Sequence[IndexedPassage] = (),
        vectors: Mapping[Key, Vectors] | None = None,
    ) -> None:
        """Replace all that is kept of one file, in one transaction."""
        ...

    def touch_files(self, touched: Iterable[tuple[str, FileRecord]]) -> None:
        """Record new sizes, times and pipelines of files; their contents are what they were."""
        ...

    def remove_file(self, root: str, path: str) -> None:
        """Delete all that is kept of one file but its vectors, which others may share."""
        ...

    def known_keys(self, keys: Iterable[Key]) -> set[Key]:
        """Return those of the keys that have a vector."""
        ...

    def without_sentences(self, limit: int) -> list[tuple[Key, str, int]]:
        """Return key, text and body of up to ``limit`` passages without sentence vectors."""
        ...

    def count_without_sentences(self) -> int:
        """Return how many vectors still lack those of their sentences."""
        ...

    def put_sentences(self, vectors: Mapping[Key, Vectors]) -> None:
        """Keep the sentence vectors of passages, shape (sentences, dimension) each."""
        ...

    def collect_garbage(self) -> None:
        """Delete vectors that no passage refers to."""
        ...

    def has_loose_ends(self) -> bool:
        """Tell whether a run ended before `collect_garbage` or `forget_removed`."""
        ...

    def forget_removed(self, change: int) -> None:
        """Drop the record of rows removed up to a change: no snapshot needs it any more."""
        ...

    def damage(self) -> list[Damage]:
        """Return what is damaged, after reading everything; nothing is changed."""
        ...

    def discard(self, root: str, path: str) -> None:
        """Delete a document whose rows are damaged, and all vectors it shares with others."""
        ...

    def recount(self) -> None:
        """Count terms, passages and lengths anew from the passages themselves."""
        ...

    def shrink(self) -> None:
        """Give room back, and leave nothing of what was deleted on the disk."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...
