"""The tables of the SQLite store, and the way from older formats to today's."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

FORMAT = 3

_TABLES = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counters VALUES ('change', 0), ('passages', 0), ('terms', 0);
CREATE TABLE roots (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, exclude TEXT NOT NULL DEFAULT '[]',
    ocr INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE forgotten (path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    root INTEGER NOT NULL REFERENCES roots (id),
    path TEXT NOT NULL,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, read_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL, pipeline TEXT NOT NULL,
    status TEXT NOT NULL, reason TEXT, encoding TEXT, title TEXT NOT NULL,
    pages INTEGER, passages INTEGER NOT NULL, characters INTEGER NOT NULL,
    checksum INTEGER NOT NULL DEFAULT 0,
    container TEXT NOT NULL DEFAULT '', members INTEGER NOT NULL DEFAULT 0,
    UNIQUE (root, path)
);
CREATE TABLE texts (
    file INTEGER PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
    text BLOB NOT NULL, pages TEXT NOT NULL, checksum INTEGER NOT NULL
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    key BLOB NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    text BLOB NOT NULL, context TEXT NOT NULL, section TEXT NOT NULL,
    page INTEGER, location TEXT NOT NULL, body INTEGER NOT NULL,
    length INTEGER NOT NULL, terms BLOB NOT NULL, terms_checksum INTEGER NOT NULL DEFAULT 0,
    checksum INTEGER NOT NULL
);
CREATE INDEX passages_of_file ON passages (file);
CREATE INDEX passages_of_key ON passages (key);
CREATE TABLE vectors (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,
    vector BLOB NOT NULL, checksum INTEGER NOT NULL,
    sentences BLOB, sentences_checksum INTEGER
);
CREATE INDEX vectors_without_sentences ON vectors (id) WHERE sentences IS NULL;
CREATE TABLE terms (
    id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE, frequency INTEGER NOT NULL,
    checksum INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX terms_nowhere ON terms (id) WHERE frequency <= 0;
CREATE TABLE loose (key BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE removed (passage INTEGER PRIMARY KEY, change INTEGER NOT NULL);
"""

# What format 2 added to format 1: excluded patterns, forgotten sources, more checksums, and the
# list of vectors that may have lost their last passage.
_FROM_1 = """
ALTER TABLE roots ADD COLUMN exclude TEXT NOT NULL DEFAULT '[]';
ALTER TABLE files ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE passages ADD COLUMN terms_checksum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE terms ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
CREATE TABLE forgotten (path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE loose (key BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE INDEX terms_nowhere ON terms (id) WHERE frequency <= 0;
"""
# What format 3 added: files inside others, and roots whose images are read.
_FROM_2 = """
ALTER TABLE roots ADD COLUMN ocr INTEGER NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN container TEXT NOT NULL DEFAULT '';
ALTER TABLE files ADD COLUMN members INTEGER NOT NULL DEFAULT 0;
"""
_CHECKED = (
    "files.path, size, mtime_ns, read_ns, sha256, pipeline, status, reason, encoding, title, "
    "pages, passages, characters"
)


def create(connection: sqlite3.Connection) -> None:
    """Make the tables of today's format, inside the caller's transaction."""
    _run(connection, _TABLES)
    seal(connection)
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an older library to today's format, inside the caller's transaction."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found == 1:
        _run(connection, _FROM_1)
        _seal_all(connection)
    if found <= 2:
        _seal_files(connection)
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def file_checksum(root: str, columns: Sequence[Any]) -> int:
    """Return the CRC-32 of a file's row: the columns of `qa.store.FileRecord`, and its root."""
    return zlib.crc32(repr((root, *columns)).encode())


def terms_checksum(file: int, key: bytes, length: int, terms: bytes) -> int:
    """Return the CRC-32 of a passage's terms, their number, and what it belongs to."""
    return zlib.crc32(repr((file, key, length)).encode(), zlib.crc32(terms))


def term_checksum(number: int, term: str, frequency: int) -> int:
    """Return the CRC-32 of a term's row."""
    return zlib.crc32(repr((number, term, frequency)).encode())


def vector_checksum(key: bytes, vectors: bytes) -> int:
    """Return the CRC-32 of a passage's vector, or of those of its sentences, and of its key."""
    return zlib.crc32(vectors, zlib.crc32(key))


def text_checksum(text: bytes, pages: str) -> int:
    """Return the CRC-32 of a document's text and its pages."""
    return zlib.crc32(pages.encode(), zlib.crc32(text))


def sources_checksum(connection: sqlite3.Connection) -> int:
    """Return the CRC-32 of all settings, roots and forgotten sources."""
    rows = [
        connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
        for table in ("settings", "roots", "forgotten")
    ]
    return zlib.crc32(repr(rows).encode())


def counters_checksum(counters: Mapping[str, int]) -> int:
    """Return the CRC-32 of all counters but the checksum itself."""
    return zlib.crc32(repr(sorted((n, v) for n, v in counters.items() if n != "checksum")).encode())


def seal(connection: sqlite3.Connection, **steps: int) -> None:
    """Add steps to the counters, and bring the checksums of counters and sources up to date."""
    counters: dict[str, int] = dict(connection.execute("SELECT name, value FROM counters"))
    for name, step in steps.items():
        counters[name] += step
    counters["sources"] = sources_checksum(connection)
    counters["checksum"] = counters_checksum(counters)
    connection.executemany("REPLACE INTO counters VALUES (?, ?)", counters.items())


def _seal_all(connection: sqlite3.Connection) -> None:
    """Work out the checksums that format 1 did not have; what it found damaged stays so."""
    files = connection.execute(
        f"SELECT files.id, roots.path, {_CHECKED} FROM files JOIN roots ON roots.id = files.root"
    ).fetchall()
    connection.executemany(
        "UPDATE files SET checksum = ? WHERE id = ?",
        ((file_checksum(row[1], row[2:]), row[0]) for row in files),
    )
    functions = (terms_checksum, 4), (text_checksum, 2), (term_checksum, 3), (vector_checksum, 2)
    for function, arguments in functions:
        connection.create_function(function.__name__, arguments, function, deterministic=True)
    connection.create_function("crc32", 1, zlib.crc32, deterministic=True)
    _run(
        connection,
        """
UPDATE passages SET terms_checksum = terms_checksum(file, key, length, terms);
UPDATE texts SET checksum = text_checksum(text, pages) WHERE checksum = crc32(text);
UPDATE terms SET checksum = term_checksum(id, term, frequency);
UPDATE vectors SET checksum = vector_checksum(key, vector) WHERE checksum = crc32(vector);
UPDATE vectors SET sentences_checksum = vector_checksum(key, sentences)
    WHERE sentences IS NOT NULL AND sentences_checksum = crc32(sentences);
""",
    )
    seal(connection)


def _seal_files(connection: sqlite3.Connection) -> None:
    """Add what format 2 did not have to files and roots; what is damaged there stays so."""
    counters: dict[str, int] = dict(connection.execute("SELECT name, value FROM counters"))
    is_sound = counters.get("checksum") == counters_checksum(counters) and counters.get(
        "sources"
    ) == sources_checksum(connection)
    _run(connection, _FROM_2)
    files = connection.execute(
        f"SELECT files.id, checksum, roots.path, {_CHECKED} "
        "FROM files JOIN roots ON roots.id = files.root"
    ).fetchall()
    connection.executemany(
        "UPDATE files SET checksum = ? WHERE id = ?",
        (
            (file_checksum(root, (*columns, "", 0)), number)
            for number, checksum, root, *columns in files
            if checksum == file_checksum(root, columns)
        ),
    )
    if is_sound:
        seal(connection)


def _run(connection: sqlite3.Connection, statements: str) -> None:
    for statement in statements.split(";\n"):
        connection.execute(statement)
