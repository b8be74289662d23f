"""One consistent state of a library in Milvus, to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from corpus.errors import Damaged, LibraryError
from embeddings.bm25 import inverse_document_frequencies
from embeddings.milvus import ROW
from embeddings.types import Ids, Vectors
from qa.milvus.connection import Collection, Row
from qa.milvus.garbage import dead_versions
from qa.milvus.packing import digest, unpack
from qa.milvus.rows import (
    FILE_FIELDS,
    SCORED_FIELDS,
    TEXT_FIELDS,
    FileVersions,
    Version,
    document_of,
    file_id,
    file_of,
    is_visible,
    passage_of,
    scored_of,
)
from qa.milvus.sentences import VECTOR_FIELDS, more_keys, sentences_of
from qa.milvus.state import Facts, State
from qa.milvus.terms import TERM_FIELDS, Term, term_of
from qa.portable import PortablePaths
from qa.rows import DAMAGED
from qa.store import (
    Candidates,
    FileRecord,
    RootOptions,
    StoredDocument,
    StoredPassage,
    TermStatistics,
)


class MilvusView:
    """A `View`: the library as it was after the last change that was complete when it began.

    What died since is kept for some seconds, so that a question ends as it began. A view that is
    held longer may miss passages that were deleted meanwhile, and says so; a term that has changed
    often since may have a frequency that is some changes newer.
    """

    def __init__(
        self,
        collections: dict[str, Collection],
        dimension: int,
        paths: PortablePaths,
        state: State,
        facts: Facts,
    ) -> None:
        """Store what was read when it began."""
        self._collections = collections
        self.dimension = dimension
        self._paths = paths
        self.state = state
        self._facts = facts
        self._terms: dict[str, Term | None] = {}
        self.change = state.change
        self.passages = state.passages

    @property
    def visible(self) -> str:
        """The filter that holds for the passages that are seen."""
        return f"born <= {self.change} and died > {self.change}"

    def weights(self, terms: Sequence[str]) -> dict[str, tuple[int, float]]:
        """Return dimension and inverse document frequency of the terms that stand anywhere."""
        found = [term for term in self._known(terms) if term.at(self.change)]
        frequencies = np.array([term.at(self.change) for term in found], dtype=np.float32)
        weights = inverse_document_frequencies(frequencies, self.passages).tolist()
        return {
            term.term: (term.number, weight) for term, weight in zip(found, weights, strict=True)
        }

    def statistics(self, terms: Sequence[str]) -> TermStatistics:
        """Return the live statistics for the terms of a question, in their order."""
        known = {term.term: term.at(self.change) for term in self._known(terms)}
        return TermStatistics(
            documents=self.passages,
            average_length=self.state.average_length,
            frequencies=np.array([known.get(term, 0) for term in terms], dtype=np.float32),
        )

    def rows_after(self, row: int) -> Ids:
        """Return the passages added after a row, in order."""
        if row >= self.state.row - 1:
            return np.empty(0, dtype=np.int64)
        rows = _rows_of(version for _, version in self._seen("changed >= 0"))
        return rows[rows > row]

    def rows_of(self, documents: Sequence[tuple[str, str]]) -> Ids:
        """Return the passages of documents, given by root and path, in order."""
        ids = [file_id(self._paths.kept(root), path) for root, path in documents]
        found = self._collections["files"].get(ids, FILE_FIELDS)
        return _rows_of(filter(None, (file_of(row).at(self.change) for row in found)))

    def removed_after(self, change: int) -> Ids:
        """Return the passages removed after a change."""
        if not self.state.dead:
            return np.empty(0, dtype=np.int64)
        since = max(change, self.state.forgotten)
        dead = dead_versions(self._collections["files"])
        return _rows_of(v for _, v in dead if since < v.died <= self.change)

    def candidates(self, rows: Ids, terms: Sequence[str]) -> Candidates:
        """Return what scoring needs of those of the rows that exist."""
        found = self._visible_rows(rows.tolist(), SCORED_FIELDS)
        found.sort(key=lambda row: (unpack(row["path"]), row["start"], row[ROW]))
        scored = [scored_of(row) for row in found]
        counts = [[own.get(term, 0) for term in terms] for _, own in scored]
        sentences = self._sentences([row["key"] for row in found])
        return Candidates(
            rows=np.array([row[ROW] for row in found], dtype=np.int64),
            vectors=self._matrix(vector for vector, _ in scored),
            lengths=np.array([sum(own.values()) for _, own in scored], dtype=np.float32),
            counts=np.array(counts, dtype=np.float32).reshape(len(found), len(terms)),
            sentences=np.concatenate([self._matrix(()), *sentences]),
            sentence_counts=np.array(list(map(len, sentences)), dtype=np.int64),
        )

    def contents(self, rows: Ids) -> tuple[Vectors, list[list[str]]]:
        """Return the vectors of rows, and their terms, each as often as it occurs."""
        found = sorted(self._visible_rows(rows.tolist(), SCORED_FIELDS), key=lambda row: row[ROW])
        scored = [scored_of(row) for row in found]
        terms = [[term for term, n in own.items() for _ in range(n)] for _, own in scored]
        return self._matrix(vector for vector, _ in scored), terms

    def stored(self, rows: Sequence[int]) -> list[StoredPassage]:
        """Return passages in the order of ``rows``, each checked against its checksum."""
        found = {row[ROW]: row for row in self._visible_rows(rows, TEXT_FIELDS)}
        ids = sorted({row["file"] for row in found.values()})
        files = {
            row["id"]: file_of(row) for row in self._collections["files"].get(ids, FILE_FIELDS)
        }
        return [self._stored(row, found.get(row), files) for row in rows]

    def settings(self) -> dict[str, str]:
        """Return what the library was made with, and what was set since."""
        return dict(self._facts.settings)

    def roots(self) -> dict[str, RootOptions]:
        """Return the roots in the order they were added, each with how it is read."""
        return {self._paths.on_disk(root): options for root, options in self._facts.roots.items()}

    def forgotten(self) -> list[str]:
        """Return the files, those inside others too, and the folders that are passed over."""
        return sorted(map(self._paths.on_disk, self._facts.forgotten))

    def files(self, root: str) -> dict[str, FileRecord]:
        """Return what is known of the files under a root, by their paths within it."""
        kept = self._paths.kept(root)
        if kept not in self._facts.roots:
            return {}
        found = self._seen(f'root == "{digest(kept)}"')
        return {version.record.path: version.record for _, version in found}

    def documents(self) -> list[tuple[str, FileRecord]]:
        """Return each root and file that has passages, ordered by path."""
        found = [
            (self._paths.on_disk(file.root), version.record)
            for file, version in self._seen("changed >= 0")
            if version.passages
        ]
        return sorted(found, key=lambda one: (one[1].path, one[0]))

    def document(self, root: str, path: str) -> StoredDocument:
        """Return a document's text. Raises `LibraryError` when there is none or it is damaged."""
        key = file_id(self._paths.kept(root), path)
        found = [file_of(row) for row in self._collections["files"].get([key], FILE_FIELDS)]
        version = found[0].at(self.change) if found else None
        if version is None or not version.parts:
            raise LibraryError(f"{path} is not in this library; `qa list` shows what is")
        parts = {
            row["part"]: row["value"]
            for row in self._collections["texts"].get(version.part_keys, ["part", "value"])
        }
        if parts.keys() != set(version.part_keys):
            raise Damaged(DAMAGED)
        text, pages = document_of(version, [parts[key] for key in version.part_keys])
        return StoredDocument(root, version.record, text, pages)

    def versions(self) -> Iterator[tuple[str, Version]]:
        """Yield the version that is seen of every file, with its root as it is on disk."""
        for file, version in self._seen("changed >= 0"):
            yield self._paths.on_disk(file.root), version

    def kept(self, root: str) -> str:
        """Return a root as the rows have it."""
        return self._paths.kept(root)

    def _stored(
        self, number: int, row: Row | None, files: dict[str, FileVersions]
    ) -> StoredPassage:
        file = files.get(row["file"]) if row else None
        version = file.at(self.change) if file else None
        if row is None or file is None or version is None:
            raise LibraryError(
                "a passage was deleted while it was being read; ask again, and if this is said "
                "each time, qa verify says what is wrong"
            )
        root, path, passage = passage_of(row)
        if (root, path) != (file.root, file.path) or number not in version.rows:
            raise Damaged(DAMAGED)
        key = bytes.fromhex(row["key"])
        return StoredPassage(number, key, passage, self._paths.on_disk(root), version.record)

    def _visible_rows(self, rows: Sequence[int], fields: Sequence[str]) -> list[Row]:
        found = self._collections["passages"].get(sorted(set(rows)), fields)
        return [row for row in found if is_visible(row, self.change)]

    def _sentences(self, keys: Sequence[str]) -> list[Vectors]:
        """Return the sentence vectors of each key, (0, dimension) while there are none."""
        vectors = self._collections["vectors"]
        found = {row["key"]: row for row in vectors.get(sorted(set(keys)), VECTOR_FIELDS)}
        wanted = [key for row in found.values() for key in more_keys(row)]
        more = {row["key"]: row["value"] for row in vectors.get(wanted, ["key", "value"])}
        matrices = {key: sentences_of(row, more, self.dimension) for key, row in found.items()}
        known = {key: matrix for key, matrix in matrices.items() if matrix is not None}
        return [known.get(key, self._matrix(())) for key in keys]

    def _seen(self, where: str) -> Iterator[tuple[FileVersions, Version]]:
        """Yield the files that are seen, of those for which a filter holds."""
        for row in self._collections["files"].scan(where, FILE_FIELDS):
            file = file_of(row)
            version = file.at(self.change)
            if version is not None:
                yield file, version

    def _known(self, terms: Sequence[str]) -> list[Term]:
        """Return what is known of terms, each looked up once."""
        missing = {digest(term): term for term in terms if term not in self._terms}
        found = self._collections["terms"].get(list(missing), TERM_FIELDS)
        self._terms.update(dict.fromkeys(missing.values()))
        self._terms.update((term.term, term) for term in map(term_of, found))
        known = (self._terms[term] for term in dict.fromkeys(terms))
        return [term for term in known if term is not None]

    def _matrix(self, vectors: Iterable[Vectors]) -> Vectors:
        return np.array(list(vectors), dtype=np.float32).reshape(-1, self.dimension)


def _rows_of(versions: Iterable[Version]) -> Ids:
    """Return the passages of versions, in order."""
    ranges = [np.arange(v.rows.start, v.rows.stop, dtype=np.int64) for v in versions]
    return np.sort(np.concatenate(ranges)) if ranges else np.empty(0, dtype=np.int64)
