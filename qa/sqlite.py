"""The embedded store: one SQLite file in WAL mode, which is the truth of a library."""

from __future__ import annotations

import json
import queue
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.errors import LibraryError
from corpus.types import Document, Page, Passage
from embeddings.types import Ids, Vectors
from qa import schema
from qa.store import (
    Candidates,
    Damage,
    FileRecord,
    IndexedPassage,
    Key,
    StoredDocument,
    StoredPassage,
    TermStatistics,
)

_FILE_COLUMNS = (
    "path, size, mtime_ns, read_ns, sha256, pipeline, status, reason, encoding, title, pages, "
    "passages, characters"
)
_FILE_OF = "files.checksum, " + ", ".join(f"files.{name}" for name in _FILE_COLUMNS.split(", "))
_PASSAGE_COLUMNS = 'start, "end", passages.text, context, section, passages.page, location, body'
_IN = "IN (SELECT value FROM json_each(?))"
_BUSY_SECONDS = 60.0


class SQLiteStore:
    """A `Store` in one file, which may be read by many processes while one writes."""

    def __init__(self, path: Path, dimension: int) -> None:
        """Open an existing file; `create` makes one and `read_settings` looks into one."""
        self._path = path
        self.dimension = dimension
        self._pool: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()

    @staticmethod
    def create(path: Path, settings: Mapping[str, str]) -> None:
        """Make an empty store with its settings. Raises `LibraryError` where it cannot."""
        with _said_plainly(path), _connect(path) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            with _transaction(connection):
                if connection.execute("PRAGMA user_version").fetchone()[0]:
                    return  # another process was first
                schema.create(connection)
                connection.executemany("INSERT INTO settings VALUES (?, ?)", settings.items())

    @staticmethod
    def read_settings(path: Path) -> dict[str, str]:
        """Return what `create` was given, nothing while it is being made.

        A library of an older format is brought to today's first. Raises `LibraryError` for a
        format we do not know.
        """
        with _said_plainly(path), _connect(path) as connection:
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            if found > schema.FORMAT:
                raise LibraryError(
                    f"{path.parent} was written by a newer version of document-qa (library format "
                    f"{found}, this one reads up to {schema.FORMAT}); update document-qa, or index "
                    "into a new folder with --library"
                )
            if 0 < found < schema.FORMAT:
                with _transaction(connection):
                    schema.migrate(connection)
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return {}
            return dict(connection.execute("SELECT name, value FROM settings"))

    def close(self) -> None:
        """Close every connection."""
        while not self._pool.empty():
            self._pool.get().close()

    @contextmanager
    def view(self) -> Iterator[SQLiteView]:
        """Give one consistent state to read, in one short transaction."""
        with self._connection() as connection:
            connection.execute("BEGIN")
            try:
                yield SQLiteView(connection, self.dimension)
            finally:
                connection.execute("ROLLBACK")

    def add_root(self, root: str, exclude: Sequence[str] | None = None) -> None:
        """Remember a root, with the patterns it excludes; None leaves those as they are."""
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO roots (path) VALUES (?)", (root,))
            if exclude is not None:
                patterns = json.dumps(list(exclude))
                connection.execute("UPDATE roots SET exclude = ? WHERE path = ?", (patterns, root))

    def remove_root(self, root: str) -> None:
        """Delete a root with all that is kept of its files."""
        with self._writing() as connection:
            files = connection.execute(
                "SELECT files.path FROM files JOIN roots ON roots.id = files.root "
                "WHERE roots.path = ?",
                (root,),
            ).fetchall()
            for (path,) in files:
                _remove_file(connection, root, path)
            connection.execute("DELETE FROM roots WHERE path = ?", (root,))
            _count(connection, change=1)

    def forget(self, source: str) -> None:
        """Remember that a file or folder on disk is to be passed over."""
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO forgotten VALUES (?)", (source,))

    def recall(self, source: str) -> None:
        """Take back `forget`."""
        with self._writing() as connection:
            connection.execute("DELETE FROM forgotten WHERE path = ?", (source,))

    def put_file(
        self,
        root: str,
        record: FileRecord,
        document: Document | None = None,
        passages: Sequence[IndexedPassage] = (),
        vectors: Mapping[Key, Vectors] | None = None,
    ) -> None:
        """Replace all that is kept of one file, in one transaction."""
        with self._writing() as connection:
            _remove_file(connection, root, record.path)
            file = _insert_file(connection, root, record)
            if document is not None:
                _insert_text(connection, file, document)
            _insert_vectors(connection, vectors or {})
            _insert_passages(connection, file, passages)
            _count(connection, change=1)

    def touch_files(self, touched: Iterable[tuple[str, FileRecord]]) -> None:
        """Record the new sizes and times of files of roots; their contents are what they were."""
        with self._writing() as connection:
            connection.executemany(
                "UPDATE files SET size = ?, mtime_ns = ?, read_ns = ?, checksum = ? "
                "WHERE path = ? AND root = (SELECT id FROM roots WHERE path = ?)",
                (
                    (
                        record.size,
                        record.mtime_ns,
                        record.read_ns,
                        schema.file_checksum(root, astuple(record)),
                        record.path,
                        root,
                    )
                    for root, record in touched
                ),
            )

    def remove_file(self, root: str, path: str) -> None:
        """Delete all that is kept of one file but its vectors, which others may share."""
        with self._writing() as connection:
            _remove_file(connection, root, path)
            _count(connection, change=1)

    def known_keys(self, keys: Iterable[Key]) -> set[Key]:
        """Return those of the keys that have a vector."""
        with self._connection() as connection:
            return {
                key
                for key in set(keys)
                if connection.execute("SELECT 1 FROM vectors WHERE key = ?", (key,)).fetchone()
            }

    def without_sentences(self, limit: int) -> list[tuple[Key, str, int]]:
        """Return key, text and body of up to ``limit`` passages without sentence vectors."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT vectors.key, text, body FROM vectors JOIN passages ON passages.id = "
                "(SELECT min(id) FROM passages WHERE passages.key = vectors.key) "
                "WHERE sentences IS NULL ORDER BY vectors.id LIMIT ?",
                (limit,),
            )
            return [(key, text.decode(), body) for key, text, body in rows]

    def count_without_sentences(self) -> int:
        """Return how many vectors still lack those of their sentences."""
        with self._connection() as connection:
            count = connection.execute("SELECT count(*) FROM vectors WHERE sentences IS NULL")
            return int(count.fetchone()[0])

    def put_sentences(self, vectors: Mapping[Key, Vectors]) -> None:
        """Keep the sentence vectors of passages, as 16-bit floats."""
        with self._writing() as connection:
            blobs = ((key, matrix.astype("<f2").tobytes()) for key, matrix in vectors.items())
            connection.executemany(
                "UPDATE vectors SET sentences = ?, sentences_checksum = ? WHERE key = ?",
                ((blob, zlib.crc32(blob), key) for key, blob in blobs),
            )

    def collect_garbage(self) -> None:
        """Delete vectors that no passage refers to, and terms that stand nowhere."""
        with self._writing() as connection:
            connection.execute(
                "DELETE FROM vectors WHERE key IN (SELECT key FROM loose) "
                "AND key NOT IN (SELECT key FROM passages)"
            )
            connection.execute("DELETE FROM loose")
            connection.execute("DELETE FROM terms WHERE frequency <= 0")

    def forget_removed(self, change: int) -> None:
        """Drop the record of rows removed up to a change."""
        with self._writing() as connection:
            connection.execute("DELETE FROM removed WHERE change <= ?", (change,))

    def damage(self) -> list[Damage]:
        """Return what is damaged, after reading everything; nothing is changed."""
        from qa.audit import audit

        try:
            with self._connection() as connection:
                connection.execute("BEGIN")
                try:
                    return list(audit(connection, SQLiteView(connection, self.dimension)))
                finally:
                    connection.execute("ROLLBACK")
        except LibraryError as error:
            return [Damage("", "", f"the database is malformed ({error})")]

    def discard(self, root: str, path: str) -> None:
        """Delete a document whose rows are damaged, and all vectors it shares with others."""
        with self._writing() as connection:
            file = connection.execute(
                "SELECT files.id FROM files JOIN roots ON roots.id = files.root "
                "WHERE roots.path = ? AND files.path = ?",
                (root, path),
            ).fetchone()
            if file is None:
                return
            connection.execute(
                "DELETE FROM vectors WHERE key IN (SELECT key FROM passages WHERE file = ?)", file
            )
            connection.execute("DELETE FROM files WHERE id = ?", file)
            _count(connection, change=1)

    def recount(self) -> None:
        """Count terms, passages and lengths anew from the passages themselves."""
        with self._writing() as connection:
            frequencies: Counter[int] = Counter()
            passages = length = 0
            for terms, size in connection.execute("SELECT terms, length FROM passages"):
                frequencies.update(pairs(terms)[:, 0].tolist())
                passages += 1
                length += size
            connection.execute("UPDATE terms SET frequency = 0")
            connection.executemany(
                "UPDATE terms SET frequency = ? WHERE id = ?",
                ((count, term) for term, count in frequencies.items()),
            )
            connection.executemany(
                "UPDATE counters SET value = ? WHERE name = ?",
                ((passages, "passages"), (length, "terms")),
            )

    def shrink(self) -> None:
        """Give room back, and leave nothing of what was deleted in the file or its log."""
        with self._connection() as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._connection() as connection, _transaction(connection):
            yield connection

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection: each is used by one thread at a time."""
        with _said_plainly(self._path):
            try:
                connection = self._pool.get_nowait()
            except queue.Empty:
                connection = _open(self._path)
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._pool.put(connection)


class SQLiteView:
    """A `View`: the state of the store when its transaction began."""

    def __init__(self, connection: sqlite3.Connection, dimension: int) -> None:
        """Read the counters, which fixes the state that is seen."""
        self._connection = connection
        self.dimension = dimension
        counters = dict(connection.execute("SELECT name, value FROM counters"))
        self.change: int = counters["change"]
        self.passages: int = counters["passages"]
        self._terms: int = counters["terms"]

    def statistics(self, terms: Sequence[str]) -> TermStatistics:
        """Return the live statistics for the terms of a question, in their order."""
        known = self._term_ids(terms)
        return TermStatistics(
            documents=self.passages,
            average_length=self._terms / max(self.passages, 1),
            frequencies=np.array([known.get(term, (0, 0))[1] for term in terms], dtype=np.float32),
        )

    def rows_after(self, row: int) -> Ids:
        """Return the passages added after a row, in order."""
        found = self._connection.execute("SELECT id FROM passages WHERE id > ? ORDER BY id", (row,))
        return np.fromiter((row for (row,) in found), dtype=np.int64)

    def removed_after(self, change: int) -> Ids:
        """Return the passages removed after a change."""
        found = self._connection.execute("SELECT passage FROM removed WHERE change > ?", (change,))
        return np.fromiter((row for (row,) in found), dtype=np.int64)

    def candidates(self, rows: Ids, terms: Sequence[str]) -> Candidates:
        """Return what scoring needs of those of the rows that exist."""
        found = self._connection.execute(
            "SELECT passages.id, length, terms, terms_checksum, vector, vectors.checksum, "
            "sentences, sentences_checksum FROM passages LEFT JOIN vectors USING (key) "
            "JOIN files ON files.id = passages.file "
            f"WHERE passages.id {_IN} ORDER BY files.path, passages.start, passages.id",
            (json.dumps(rows.tolist()),),
        ).fetchall()
        ids, lengths, blobs, seals, vectors, checksums, sentences, sentence_checksums = (
            zip(*found, strict=True) if found else ((),) * 8
        )
        _verify_terms(lengths, blobs, seals)
        _verify(vectors, checksums)
        _verify_sentences(sentences, sentence_checksums)
        return Candidates(
            rows=np.array(ids, dtype=np.int64),
            vectors=self._matrix(b"".join(vectors), "<f4"),
            lengths=np.array(lengths, dtype=np.float32),
            counts=self._counts(blobs, terms),
            sentences=tuple(None if s is None else self._matrix(s, "<f2") for s in sentences),
        )

    def contents(self, rows: Ids) -> tuple[Vectors, list[list[str]]]:
        """Return the vectors of rows, and their terms, each as often as it occurs."""
        found = self._connection.execute(
            "SELECT vector, vectors.checksum, length, terms, terms_checksum FROM passages "
            f"LEFT JOIN vectors USING (key) WHERE passages.id {_IN} ORDER BY passages.id",
            (json.dumps(rows.tolist()),),
        ).fetchall()
        vectors, checksums, lengths, blobs, seals = zip(*found, strict=True) if found else ((),) * 5
        _verify(vectors, checksums)
        _verify_terms(lengths, blobs, seals)
        counted = [pairs(blob) for blob in blobs]
        wanted = sorted({int(term) for pair in counted for term in pair[:, 0]})
        names = dict(
            self._connection.execute(
                f"SELECT id, term FROM terms WHERE id {_IN}", (json.dumps(wanted),)
            )
        )
        if len(names) < len(wanted):
            raise LibraryError(_DAMAGED)
        terms = [
            [names[term] for term, count in pair.tolist() for _ in range(count)] for pair in counted
        ]
        return self._matrix(b"".join(vectors), "<f4"), terms

    def stored(self, rows: Sequence[int]) -> list[StoredPassage]:
        """Return passages in the order of ``rows``, each checked against its checksum."""
        found = self._connection.execute(
            f"SELECT passages.id, key, length, terms, passages.checksum, {_PASSAGE_COLUMNS}, "
            f"roots.path, {_FILE_OF} "
            "FROM passages JOIN files ON files.id = passages.file "
            f"JOIN roots ON roots.id = files.root WHERE passages.id {_IN}",
            (json.dumps(list(rows)),),
        )
        by_row = {row[0]: _stored_passage(row) for row in found}
        return [by_row[row] for row in rows]

    def roots(self) -> dict[str, list[str]]:
        """Return the roots in the order they were added, each with the patterns it excludes."""
        found = self._connection.execute("SELECT path, exclude FROM roots ORDER BY id")
        return {path: json.loads(patterns) for path, patterns in found}

    def forgotten(self) -> list[str]:
        """Return the files and folders on disk that are passed over."""
        found = self._connection.execute("SELECT path FROM forgotten ORDER BY path")
        return [path for (path,) in found]

    def files(self, root: str) -> dict[str, FileRecord]:
        """Return what is known of the files under a root, by their paths within it."""
        found = self._connection.execute(
            f"SELECT {_FILE_OF} FROM files JOIN roots ON roots.id = files.root "
            "WHERE roots.path = ?",
            (root,),
        )
        return {row[1]: _file_record(root, row) for row in found}

    def file(self, root: str, path: str) -> FileRecord:
        """Return what is known of one file. Raises `LibraryError` where there is nothing."""
        row = self._connection.execute(
            f"SELECT {_FILE_OF} FROM files JOIN roots ON roots.id = files.root "
            "WHERE roots.path = ? AND files.path = ?",
            (root, path),
        ).fetchone()
        if row is None:
            raise LibraryError(f"{path} is not in this library; `qa list` shows what is")
        return _file_record(root, row)

    def documents(self) -> list[tuple[str, FileRecord]]:
        """Return each root and file that has passages, ordered by path."""
        found = self._connection.execute(
            f"SELECT roots.path, {_FILE_OF} FROM files JOIN roots ON roots.id = files.root "
            "WHERE files.passages > 0 ORDER BY files.path, roots.path"
        )
        return [(row[0], _file_record(row[0], row[1:])) for row in found]

    def document(self, root: str, path: str) -> StoredDocument:
        """Return a document's text. Raises `LibraryError` when there is none or it is damaged."""
        row = self._connection.execute(
            f"SELECT texts.text, texts.pages, texts.checksum, {_FILE_OF} FROM files "
            "JOIN roots ON roots.id = files.root JOIN texts ON texts.file = files.id "
            "WHERE roots.path = ? AND files.path = ?",
            (root, path),
        ).fetchone()
        if row is None:
            raise LibraryError(f"{path} is not in this library; `qa list` shows what is")
        if schema.text_checksum(row[0], row[1]) != row[2]:
            raise LibraryError(_DAMAGED)
        pages = tuple(Page(*page) for page in json.loads(row[1]))
        return StoredDocument(root, _file_record(root, row[3:]), row[0].decode(), pages)

    def _term_ids(self, terms: Sequence[str]) -> dict[str, tuple[int, int]]:
        found = self._connection.execute(
            f"SELECT term, id, frequency FROM terms WHERE term {_IN}", (json.dumps(list(terms)),)
        )
        return {term: (number, frequency) for term, number, frequency in found}

    def _counts(self, blobs: Sequence[bytes], terms: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return how often each term stands in each row, shape (rows, terms), in one pass."""
        counts = np.zeros((len(blobs), len(terms)), dtype=np.float32)
        known = self._term_ids(terms)
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

    def _matrix(self, blob: bytes, dtype: str) -> Vectors:
        return np.frombuffer(blob, dtype=dtype).reshape(-1, self.dimension).astype(np.float32)


def _insert_file(connection: sqlite3.Connection, root: str, record: FileRecord) -> int:
    columns = astuple(record)
    marks = ", ".join("?" for _ in columns)
    cursor = connection.execute(
        f"INSERT INTO files (root, {_FILE_COLUMNS}, checksum) "
        f"SELECT id, {marks}, ? FROM roots WHERE path = ?",
        (*columns, schema.file_checksum(root, columns), root),
    )
    if cursor.rowcount != 1:
        raise LibraryError(f"{root} is not a root of this library; index it first")
    return int(cursor.lastrowid or 0)


def _file_record(root: str, row: Sequence[Any]) -> FileRecord:
    checksum, *columns = row
    if checksum != schema.file_checksum(root, columns):
        raise LibraryError(_DAMAGED)
    return FileRecord(*columns)


def _insert_text(connection: sqlite3.Connection, file: int, document: Document) -> None:
    blob = document.text.encode()
    pages = [[page.number, page.start, page.end, page.kind, page.label] for page in document.pages]
    connection.execute(
        "INSERT INTO texts VALUES (?, ?, ?, ?)",
        (file, blob, json.dumps(pages), schema.text_checksum(blob, json.dumps(pages))),
    )


def _insert_vectors(connection: sqlite3.Connection, vectors: Mapping[Key, Vectors]) -> None:
    blobs = ((key, vector.astype("<f4").tobytes()) for key, vector in vectors.items())
    connection.executemany(
        "INSERT OR IGNORE INTO vectors (key, vector, checksum) VALUES (?, ?, ?)",
        ((key, blob, zlib.crc32(blob)) for key, blob in blobs),
    )


def _insert_passages(
    connection: sqlite3.Connection, file: int, passages: Sequence[IndexedPassage]
) -> None:
    frequencies = Counter(term for passage in passages for term in passage.terms)
    connection.executemany(
        "INSERT INTO terms (term, frequency) VALUES (?, ?) "
        "ON CONFLICT (term) DO UPDATE SET frequency = frequency + excluded.frequency",
        frequencies.items(),
    )
    numbers: dict[str, int] = dict(
        connection.execute(
            f"SELECT term, id FROM terms WHERE term {_IN}", (json.dumps(list(frequencies)),)
        )
    )
    connection.executemany(
        "INSERT INTO passages (file, key, length, terms, terms_checksum, checksum, start, "
        '"end", text, context, section, page, location, body) '
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (_passage_row(file, indexed, numbers) for indexed in passages),
    )
    length = sum(sum(indexed.terms.values()) for indexed in passages)
    _count(connection, passages=len(passages), terms=length)


def _passage_row(file: int, indexed: IndexedPassage, numbers: Mapping[str, int]) -> tuple[Any, ...]:
    terms = np.array(
        sorted((numbers[term], count) for term, count in indexed.terms.items()), dtype="<u4"
    ).tobytes()
    length = sum(indexed.terms.values())
    p = indexed.passage
    columns = (
        p.start, p.end, p.text.encode(),
        p.context, p.section, p.page, p.location, p.body,
    )  # fmt: skip
    checksums = schema.terms_checksum(length, terms), _row_checksum(length, terms, columns)
    return (file, indexed.key, length, terms, *checksums, *columns)


def _remove_file(connection: sqlite3.Connection, root: str, path: str) -> None:
    file = connection.execute(
        "SELECT files.id FROM files JOIN roots ON roots.id = files.root "
        "WHERE roots.path = ? AND files.path = ?",
        (root, path),
    ).fetchone()
    if file is None:
        return
    rows = connection.execute("SELECT id, length, terms FROM passages WHERE file = ?", file)
    passages = rows.fetchall()
    frequencies = Counter(int(term) for row in passages for term in pairs(row[2])[:, 0])
    connection.executemany(
        "UPDATE terms SET frequency = frequency - ? WHERE id = ?",
        ((count, term) for term, count in frequencies.items()),
    )
    connection.execute(
        "INSERT INTO removed SELECT id, (SELECT value + 1 FROM counters WHERE name = 'change') "
        "FROM passages WHERE file = ?",
        file,
    )
    connection.execute(
        "INSERT OR IGNORE INTO loose SELECT DISTINCT key FROM passages WHERE file = ?", file
    )
    connection.execute("DELETE FROM files WHERE id = ?", file)
    _count(connection, passages=-len(passages), terms=-sum(row[1] for row in passages))


def _count(connection: sqlite3.Connection, **steps: int) -> None:
    connection.executemany(
        "UPDATE counters SET value = value + ? WHERE name = ?",
        ((step, name) for name, step in steps.items()),
    )


def _stored_passage(row: tuple[Any, ...]) -> StoredPassage:
    number, key, length, terms, checksum = row[:5]
    columns = row[5:13]
    if _row_checksum(length, terms, columns) != checksum:
        raise LibraryError(_DAMAGED)
    start, end, text, *rest = columns
    passage = Passage(start, end, text.decode(), *rest)
    return StoredPassage(number, key, passage, row[13], _file_record(row[13], row[14:]))


def _row_checksum(length: int, terms: bytes, columns: tuple[Any, ...]) -> int:
    return zlib.crc32(repr((length, columns)).encode(), zlib.crc32(terms))


_DAMAGED = "a stored row is damaged: it fails its checksum; qa doctor --repair mends the library"


def _verify(blobs: Sequence[bytes | None], checksums: Sequence[int | None]) -> None:
    for blob, checksum in zip(blobs, checksums, strict=True):
        if blob is None or zlib.crc32(blob) != checksum:
            raise LibraryError(_DAMAGED)


def _verify_sentences(blobs: Sequence[bytes | None], checksums: Sequence[int | None]) -> None:
    """Verify what there is: sentences are encoded in a second pass."""
    for blob, checksum in zip(blobs, checksums, strict=True):
        if blob is not None and zlib.crc32(blob) != checksum:
            raise LibraryError(_DAMAGED)


def _verify_terms(lengths: Sequence[int], blobs: Sequence[bytes], seals: Sequence[int]) -> None:
    for length, blob, seal in zip(lengths, blobs, seals, strict=True):
        if schema.terms_checksum(length, blob) != seal:
            raise LibraryError(_DAMAGED)


def pairs(blob: bytes) -> npt.NDArray[np.uint32]:
    """Return term numbers and counts, shape (terms, 2)."""
    return np.frombuffer(blob, dtype="<u4").reshape(-1, 2)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


@contextmanager
def _connect(path: Path) -> Iterator[sqlite3.Connection]:
    connection = _open(path)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def _said_plainly(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours: what, where, what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise LibraryError(
            f"{path} cannot be used ({error}); check the disk's room and permissions, or mend "
            f"the library with qa doctor --repair --library {path.parent}"
        ) from error
