"""The embedded store: one SQLite file in WAL mode, which is the truth of a library."""

from __future__ import annotations

import json
import queue
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import astuple
from pathlib import Path

from corpus.errors import Damaged, LibraryError
from corpus.types import Document
from embeddings.types import Vectors
from qa import schema
from qa.portable import PortablePaths
from qa.rows import read_as_written, verify_sources
from qa.sqlite_view import SQLiteView
from qa.sqlite_write import (
    count,
    discard_file,
    insert_file,
    insert_passages,
    insert_text,
    insert_vectors,
    recount,
    remove_file,
)
from qa.store import Damage, FileRecord, IndexedPassage, Key

_BUSY_SECONDS = 60.0


class SQLiteStore:
    """A `Store` in one file, which may be read by many processes while one writes."""

    def __init__(self, path: Path, dimension: int) -> None:
        """Open an existing file; `create` makes one and `read_settings` looks into one."""
        self._path = path
        self._paths = PortablePaths(path.parent)
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
                schema.seal(connection)

    @staticmethod
    def read_settings(path: Path) -> dict[str, str]:
        """Return what `create` was given and `put_setting` changed, nothing while it is being made.

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
            with read_as_written():
                verify_sources(connection)
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
                yield SQLiteView(connection, self.dimension, self._paths)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def writing(self, on_wait: Callable[[str], None]) -> AbstractContextManager[None]:
        """Do nothing: the lock of the library's folder is all that a file on this machine needs."""
        return nullcontext()

    def put_setting(self, name: str, value: str | None) -> None:
        """Keep a setting under a name; None removes it."""
        with self._writing_sources() as connection:
            connection.execute("DELETE FROM settings WHERE name = ?", (name,))
            if value is not None:
                connection.execute("INSERT INTO settings VALUES (?, ?)", (name, value))

    def add_root(
        self, root: str, *, exclude: Sequence[str] | None = None, ocr: bool | None = None
    ) -> None:
        """Remember a root, and how it is read; None leaves that as it is."""
        root = self._paths.kept(root)
        with self._writing_sources() as connection:
            connection.execute("INSERT OR IGNORE INTO roots (path) VALUES (?)", (root,))
            if exclude is not None:
                patterns = json.dumps(list(exclude))
                connection.execute("UPDATE roots SET exclude = ? WHERE path = ?", (patterns, root))
            if ocr is not None:
                connection.execute("UPDATE roots SET ocr = ? WHERE path = ?", (ocr, root))

    def remove_root(self, root: str) -> None:
        """Delete a root with all that is kept of its files."""
        root = self._paths.kept(root)
        with self._writing_sources() as connection:
            files = connection.execute(
                "SELECT files.path FROM files JOIN roots ON roots.id = files.root "
                "WHERE roots.path = ?",
                (root,),
            ).fetchall()
            for (path,) in files:
                remove_file(connection, root, path)
            connection.execute("DELETE FROM roots WHERE path = ?", (root,))
            count(connection, change=1)

    def forget(self, source: str) -> None:
        """Remember that a file or folder on disk is to be passed over."""
        with self._writing_sources() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO forgotten VALUES (?)", (self._paths.kept(source),)
            )

    def recall(self, source: str) -> None:
        """Take back `forget`."""
        with self._writing_sources() as connection:
            connection.execute("DELETE FROM forgotten WHERE path = ?", (self._paths.kept(source),))

    def put_file(
        self,
        root: str,
        record: FileRecord,
        document: Document | None = None,
        passages: Sequence[IndexedPassage] = (),
        vectors: Mapping[Key, Vectors] | None = None,
    ) -> None:
        """Replace all that is kept of one file, in one transaction."""
        root = self._paths.kept(root)
        with self._writing() as connection:
            remove_file(connection, root, record.path)
            file = insert_file(connection, root, record)
            if document is not None:
                insert_text(connection, file, document)
            insert_vectors(connection, vectors or {})
            insert_passages(connection, file, passages)
            count(connection, change=1)

    def touch_files(self, touched: Iterable[tuple[str, FileRecord]]) -> None:
        """Record new sizes, times and pipelines of files; their contents are what they were."""
        with self._writing() as connection:
            connection.executemany(
                "UPDATE files SET size = ?, mtime_ns = ?, read_ns = ?, pipeline = ?, checksum = ? "
                "WHERE path = ? AND root = (SELECT id FROM roots WHERE path = ?)",
                (
                    (
                        record.size,
                        record.mtime_ns,
                        record.read_ns,
                        record.pipeline,
                        schema.file_checksum(root, astuple(record)),
                        record.path,
                        root,
                    )
                    for root, record in ((self._paths.kept(root), file) for root, file in touched)
                ),
            )

    def remove_file(self, root: str, path: str) -> None:
        """Delete all that is kept of one file but its vectors, which others may share."""
        with self._writing() as connection:
            remove_file(connection, self._paths.kept(root), path)
            count(connection, change=1)

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
            with read_as_written():
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
                ((blob, schema.vector_checksum(key, blob), key) for key, blob in blobs),
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

    def has_loose_ends(self) -> bool:
        """Tell whether a run ended before `collect_garbage` or `forget_removed`."""
        with self._connection() as connection:
            found = connection.execute(
                "SELECT EXISTS (SELECT 1 FROM loose) OR EXISTS (SELECT 1 FROM removed)"
            )
            return bool(found.fetchone()[0])

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
                    return list(
                        audit(connection, SQLiteView(connection, self.dimension, self._paths))
                    )
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
        except Damaged as error:
            return [Damage("", "", f"the database is malformed ({error})")]

    def discard(self, root: str, path: str) -> None:
        """Delete a document whose rows are damaged, and all vectors it shares with others."""
        with self._writing() as connection:
            discard_file(connection, self._paths.kept(root), path)
            count(connection, change=1)

    def recount(self) -> None:
        """Count terms, passages and lengths anew from the passages themselves."""
        with self._writing() as connection:
            recount(connection)

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
    def _writing_sources(self) -> Iterator[sqlite3.Connection]:
        """Begin a transaction that may change roots and forgotten sources, which are sealed."""
        with self._writing() as connection:
            verify_sources(connection)
            yield connection
            schema.seal(connection)

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


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
    except BaseException:  # of a file that is damaged
        connection.close()
        raise
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
        if connection.in_transaction:  # SQLite rolls back by itself on a full disk
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


#: What SQLite says of the machine; whatever else it says is of the file.
_OF_THE_MACHINE = ("full", "disk I/O", "unable to open", "readonly", "locked", "out of memory")


@contextmanager
def _said_plainly(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours: what, where, what to do."""
    try:
        yield
    except sqlite3.Error as error:
        if any(words in str(error) for words in _OF_THE_MACHINE):
            raise LibraryError(
                f"{path} cannot be used ({error}); check the disk's room and permissions"
            ) from error
        raise Damaged(
            f"{path} cannot be used ({error}); mend the library with qa doctor --repair "
            f"--library {path.parent}"
        ) from error
