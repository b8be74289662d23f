"""One consistent state of the SQLite store, to read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from corpus.errors import Damaged, LibraryError
from corpus.types import Page
from embeddings.types import Ids, Vectors
from qa import schema
from qa.portable import PortablePaths
from qa.rows import (
    DAMAGED,
    FILE_OF,
    IN,
    PASSAGE_COLUMNS,
    counters_of,
    file_record,
    pairs,
    read_as_written,
    stored_passage,
    terms_of,
    verify_sentences,
    verify_sources,
    verify_terms,
    verify_vectors,
)
from qa.store import (
    Candidates,
    FileRecord,
    RootOptions,
    StoredDocument,
    StoredPassage,
    TermStatistics,
)


class SQLiteView:
    """A `View`: the state of the store when its transaction began."""

    @read_as_written()
    def __init__(
        self, connection: sqlite3.Connection, dimension: int, paths: PortablePaths
    ) -> None:
        """Read the counters, which fixes the state that is seen."""
        self._connection = connection
        self.dimension = dimension
        self._paths = paths
        counters = counters_of(connection)
        self.change: int = counters["change"]
        self.passages: int = counters["passages"]
        self._terms: int = counters["terms"]

    @read_as_written()
    def statistics(self, terms: Sequence[str]) -> TermStatistics:
        """Return the live statistics for the terms of a question, in their order."""
        known = terms_of(self._connection, "term", terms)
        return TermStatistics(
            documents=self.passages,
            average_length=self._terms / max(self.passages, 1),
            frequencies=np.array([known.get(term, (0, 0))[1] for term in terms], dtype=np.float32),
        )

    @read_as_written()
    def rows_after(self, row: int) -> Ids:
        """Return the passages added after a row, in order."""
        found = self._connection.execute("SELECT id FROM passages WHERE id > ? ORDER BY id", (row,))
        return np.fromiter((row for (row,) in found), dtype=np.int64)

    @read_as_written()
    def rows_of(self, documents: Sequence[tuple[str, str]]) -> Ids:
        """Return the passages of documents, given by root and path, in order."""
        found = self._connection.execute(
            "SELECT passages.id FROM json_each(?) AS wanted "
            "JOIN roots ON roots.path = json_extract(wanted.value, '$[0]') "
            "JOIN files ON files.root = roots.id "
            "AND files.path = json_extract(wanted.value, '$[1]') "
            "JOIN passages ON passages.file = files.id ORDER BY passages.id",
            (json.dumps([(self.kept(root), path) for root, path in documents]),),
        )
        return np.fromiter((row for (row,) in found), dtype=np.int64)

    @read_as_written()
    def removed_after(self, change: int) -> Ids:
        """Return the passages removed after a change."""
        found = self._connection.execute("SELECT passage FROM removed WHERE change > ?", (change,))
        return np.fromiter((row for (row,) in found), dtype=np.int64)

    @read_as_written()
    def candidates(self, rows: Ids, terms: Sequence[str]) -> Candidates:
        """Return what scoring needs of those of the rows that exist."""
        found = self._connection.execute(
            "SELECT files.path, passages.start, passages.id, files.id, passages.key, length, "
            "terms, terms_checksum, vector, vectors.checksum, sentences, sentences_checksum "
            "FROM passages LEFT JOIN vectors USING (key) "
            f"LEFT JOIN files ON files.id = passages.file WHERE passages.id {IN}",
            (json.dumps(rows.tolist()),),
        ).fetchall()
        found.sort(key=itemgetter(0, 1, 2))  # SQLite would copy the vectors about to do it
        _, _, ids, files, keys, lengths, blobs, seals, *vectors_of = (
            zip(*found, strict=True) if found else ((),) * 12
        )
        vectors, checksums, sentences, sentence_checksums = vectors_of
        verify_terms(files, keys, lengths, blobs, seals)
        verify_vectors(keys, vectors, checksums)
        verify_sentences(keys, sentences, sentence_checksums)
        return Candidates(
            rows=np.array(ids, dtype=np.int64),
            vectors=self._matrix(b"".join(vectors), "<f4"),
            lengths=np.array(lengths, dtype=np.float32),
            counts=self._counts(blobs, terms),
            sentences=self._matrix(b"".join(filter(None, sentences)), "<f2"),
            sentence_counts=self._rows_in(sentences, "<f2"),
        )

    @read_as_written()
    def contents(self, rows: Ids) -> tuple[Vectors, list[list[str]]]:
        """Return the vectors of rows, and their terms, each as often as it occurs."""
        found = self._connection.execute(
            "SELECT vector, vectors.checksum, file, passages.key, length, terms, terms_checksum "
            "FROM passages LEFT JOIN vectors USING (key) "
            f"WHERE passages.id {IN} ORDER BY passages.id",
            (json.dumps(rows.tolist()),),
        ).fetchall()
        vectors, checksums, files, keys, lengths, blobs, seals = (
            zip(*found, strict=True) if found else ((),) * 7
        )
        verify_vectors(keys, vectors, checksums)
        verify_terms(files, keys, lengths, blobs, seals)
        counted = [pairs(blob) for blob in blobs]
        wanted = sorted({int(term) for pair in counted for term in pair[:, 0]})
        found_terms = terms_of(self._connection, "id", wanted)
        names = {number: term for term, (number, _) in found_terms.items()}
        terms = [
            [names[term] for term, count in pair.tolist() for _ in range(count)] for pair in counted
        ]
        return self._matrix(b"".join(vectors), "<f4"), terms

    @read_as_written()
    def stored(self, rows: Sequence[int]) -> list[StoredPassage]:
        """Return passages in the order of ``rows``, each checked against its checksum."""
        found = self._connection.execute(
            "SELECT passages.id, passages.file, key, length, terms, terms_checksum, "
            f"passages.checksum, {PASSAGE_COLUMNS}, "
            f"roots.path, {FILE_OF} "
            "FROM passages JOIN files ON files.id = passages.file "
            f"JOIN roots ON roots.id = files.root WHERE passages.id {IN}",
            (json.dumps(list(rows)),),
        )
        by_row = {row[0]: stored_passage(row) for row in found}
        return [replace(by_row[row], root=self._paths.on_disk(by_row[row].root)) for row in rows]

    @read_as_written()
    def settings(self) -> dict[str, str]:
        """Return what the library was made with, and what was set since."""
        verify_sources(self._connection)
        return dict(self._connection.execute("SELECT name, value FROM settings"))

    @read_as_written()
    def roots(self) -> dict[str, RootOptions]:
        """Return the roots in the order they were added, each with how it is read."""
        verify_sources(self._connection)
        found = self._connection.execute("SELECT path, exclude, ocr FROM roots ORDER BY id")
        return {
            self._paths.on_disk(path): RootOptions(tuple(json.loads(patterns)), bool(ocr))
            for path, patterns, ocr in found
        }

    @read_as_written()
    def forgotten(self) -> list[str]:
        """Return the files, those inside others too, and the folders that are passed over."""
        verify_sources(self._connection)
        found = self._connection.execute("SELECT path FROM forgotten ORDER BY path")
        return [self._paths.on_disk(path) for (path,) in found]

    @read_as_written()
    def files(self, root: str) -> dict[str, FileRecord]:
        """Return what is known of the files under a root, by their paths within it."""
        found = self._connection.execute(
            f"SELECT {FILE_OF} FROM files JOIN roots ON roots.id = files.root WHERE roots.path = ?",
            (self.kept(root),),
        )
        return {row[1]: file_record(self.kept(root), row) for row in found}

    @read_as_written()
    def file(self, root: str, path: str) -> FileRecord:
        """Return what is known of one file. Raises `LibraryError` where there is nothing."""
        row = self._connection.execute(
            f"SELECT {FILE_OF} FROM files JOIN roots ON roots.id = files.root "
            "WHERE roots.path = ? AND files.path = ?",
            (self.kept(root), path),
        ).fetchone()
        if row is None:
            raise LibraryError(f"{path} is not in this library; `qa list` shows what is")
        return file_record(self.kept(root), row)

    @read_as_written()
    def documents(self) -> list[tuple[str, FileRecord]]:
        """Return each root and file that has passages, ordered by path."""
        found = self._connection.execute(
            f"SELECT roots.path, {FILE_OF} FROM files JOIN roots ON roots.id = files.root "
            "WHERE files.passages > 0 ORDER BY files.path, roots.path"
        )
        return [(self._paths.on_disk(row[0]), file_record(row[0], row[1:])) for row in found]

    @read_as_written()
    def document(self, root: str, path: str) -> StoredDocument:
        """Return a document's text. Raises `LibraryError` when there is none or it is damaged."""
        row = self._connection.execute(
            f"SELECT texts.text, texts.pages, texts.checksum, {FILE_OF} FROM files "
            "JOIN roots ON roots.id = files.root JOIN texts ON texts.file = files.id "
            "WHERE roots.path = ? AND files.path = ?",
            (self.kept(root), path),
        ).fetchone()
        if row is None:
            raise LibraryError(f"{path} is not in this library; `qa list` shows what is")
        if schema.text_checksum(row[0], row[1]) != row[2]:
            raise Damaged(DAMAGED)
        pages = tuple(Page(*page) for page in json.loads(row[1]))
        return StoredDocument(root, file_record(self.kept(root), row[3:]), row[0].decode(), pages)

    def kept(self, root: str) -> str:
        """Return a root as the tables have it."""
        return self._paths.kept(root)

    def _counts(self, blobs: Sequence[bytes], terms: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return how often each term stands in each row, shape (rows, terms), in one pass."""
        counts = np.zeros((len(blobs), len(terms)), dtype=np.float32)
        known = terms_of(self._connection, "term", terms)
        columns = [(known[term][0], at) for at, term in enumerate(terms) if term in known]
        if not columns or not blobs:
            return counts
        joined = pairs(b"".join(blobs))
        owners = np.repeat(np.arange(len(blobs)), [len(blob) // 8 for blob in blobs])
        numbers = np.array(sorted(columns), dtype=np.int64)
        place = np.searchsorted(numbers[:, 0], joined[:, 0]).clip(max=len(numbers) - 1)
        hits = np.flatnonzero(numbers[place, 0] == joined[:, 0])
        counts[owners[hits], numbers[place[hits], 1]] = joined[hits, 1]
        return counts

    def _rows_in(self, blobs: Sequence[bytes | None], dtype: str) -> Ids:
        """Return how many rows of numbers each blob has; none is 0."""
        sizes = np.array([len(blob or b"") for blob in blobs], dtype=np.int64)
        return sizes // (self.dimension * np.dtype(dtype).itemsize)

    def _matrix(self, blob: bytes, dtype: str) -> Vectors:
        return np.frombuffer(blob, dtype=dtype).reshape(-1, self.dimension).astype(np.float32)
