"""Writing to the SQLite store; each function is part of the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

from corpus.errors import LibraryError
from corpus.types import Document, Passage
from embeddings.analyzer import passage_terms
from embeddings.types import Vectors
from qa import schema
from qa.rows import (
    FILE_COLUMNS,
    PASSAGE_COLUMNS,
    counters_of,
    pairs,
    passage_row,
    read_as_written,
    terms_of,
)
from qa.store import FileRecord, IndexedPassage, Key


def insert_file(connection: sqlite3.Connection, root: str, record: FileRecord) -> int:
    """Insert a file's row and return its number. Raises `LibraryError` for an unknown root."""
    columns = astuple(record)
    marks = ", ".join("?" for _ in columns)
    cursor = connection.execute(
        f"INSERT INTO files (root, {FILE_COLUMNS}, checksum) "
        f"SELECT id, {marks}, ? FROM roots WHERE path = ?",
        (*columns, schema.file_checksum(root, columns), root),
    )
    if cursor.rowcount != 1:
        raise LibraryError(f"{root} is not a root of this library; index it first")
    return int(cursor.lastrowid or 0)


def insert_text(connection: sqlite3.Connection, file: int, document: Document) -> None:
    """Insert a document's text and pages."""
    blob = document.text.encode()
    pages = json.dumps(
        [[page.number, page.start, page.end, page.kind, page.label] for page in document.pages]
    )
    connection.execute(
        "INSERT INTO texts VALUES (?, ?, ?, ?)",
        (file, blob, pages, schema.text_checksum(blob, pages)),
    )


def insert_vectors(connection: sqlite3.Connection, vectors: Mapping[Key, Vectors]) -> None:
    """Insert vectors of passages; a key that is there already keeps its own."""
    blobs = ((key, vector.astype("<f4").tobytes()) for key, vector in vectors.items())
    connection.executemany(
        "INSERT OR IGNORE INTO vectors (key, vector, checksum) VALUES (?, ?, ?)",
        ((key, blob, schema.vector_checksum(key, blob)) for key, blob in blobs),
    )


def insert_passages(
    connection: sqlite3.Connection, file: int, passages: Sequence[IndexedPassage]
) -> None:
    """Insert the passages of a file, and count their terms."""
    counts = Counter(term for passage in passages for term in passage.terms)
    known = terms_of(connection, "term", list(counts))
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM terms").fetchone()
    new = {term: (last + at, 0) for at, term in enumerate(counts.keys() - known.keys(), start=1)}
    numbers = {term: number for term, (number, _) in (known | new).items()}
    _put_terms(connection, known | new, counts)
    connection.executemany(
        "INSERT INTO passages (file, key, length, terms, terms_checksum, checksum, start, "
        '"end", text, context, section, page, location, body) '
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (passage_row(file, indexed, numbers) for indexed in passages),
    )
    length = sum(sum(indexed.terms.values()) for indexed in passages)
    count(connection, passages=len(passages), terms=length)


def remove_file(connection: sqlite3.Connection, root: str, path: str) -> None:
    """Delete a file with its passages, and what was counted of them."""
    file = _file_id(connection, root, path)
    if file is None:
        return
    rows = connection.execute("SELECT id, length, terms FROM passages WHERE file = ?", file)
    passages = rows.fetchall()
    with read_as_written():
        counts = Counter(int(number) for row in passages for number in pairs(row[2])[:, 0])
        terms = terms_of(connection, "id", list(counts))
        steps = {term: -counts[number] for term, (number, _) in terms.items()}
    _put_terms(connection, terms, steps)
    connection.execute(
        "INSERT INTO removed SELECT id, (SELECT value + 1 FROM counters WHERE name = 'change') "
        "FROM passages WHERE file = ?",
        file,
    )
    connection.execute(
        "INSERT OR IGNORE INTO loose SELECT DISTINCT key FROM passages WHERE file = ?", file
    )
    connection.execute("DELETE FROM files WHERE id = ?", file)
    count(connection, passages=-len(passages), terms=-sum(row[1] for row in passages))


def count(connection: sqlite3.Connection, **steps: int) -> None:
    """Add steps to the counters: change, passages, terms."""
    counters_of(connection)
    schema.seal(connection, **steps)


def discard_file(connection: sqlite3.Connection, root: str, path: str) -> None:
    """Delete a file whose rows may be damaged, with all its vectors; `recount` comes after."""
    file = _file_id(connection, root, path)
    if file is None:
        return
    connection.execute(
        "DELETE FROM vectors WHERE key IN (SELECT key FROM passages WHERE file = ?)", file
    )
    connection.execute("DELETE FROM files WHERE id = ?", file)


def recounted(connection: sqlite3.Connection) -> tuple[Counter[int], int, int]:
    """Count from the passages: in how many each term stands, their number, all their terms."""
    frequencies: Counter[int] = Counter()
    passages = length = 0
    for terms, size in connection.execute("SELECT terms, length FROM passages"):
        frequencies.update(pairs(terms)[:, 0].tolist())
        passages += 1
        length += size
    return frequencies, passages, length


def recount(connection: sqlite3.Connection) -> None:
    """Count terms, passages and lengths anew, from passages that are known to be sound.

    A damaged term may be misspelt: passages that refer to one are analysed again.
    """
    rows = connection.execute("SELECT id, term, frequency, checksum FROM terms").fetchall()
    names = {row[0]: row[1] for row in rows if schema.term_checksum(*row[:3]) == row[3]}
    damaged = [(row[0],) for row in rows if row[0] not in names]
    connection.executemany("DELETE FROM terms WHERE id = ?", damaged)
    misspelt = [
        _spelt_again(row)
        for row in connection.execute(
            f"SELECT id, file, key, terms, {PASSAGE_COLUMNS} FROM passages"
        )
        if not names.keys() >= set(pairs(row[3])[:, 0].tolist())
    ]
    numbers = {term: number for number, term in names.items()}
    new = sorted({term for _, _, indexed in misspelt for term in indexed.terms} - numbers.keys())
    first = max((row[0] for row in rows), default=0) + 1
    numbers.update((term, number) for number, term in enumerate(new, start=first))
    for row, file, indexed in misspelt:
        connection.execute(
            "UPDATE passages SET length = ?, terms = ?, terms_checksum = ?, checksum = ? "
            "WHERE id = ?",
            (*passage_row(file, indexed, numbers)[2:6], row),
        )
    frequencies, passages, length = recounted(connection)
    zeros = {term: (number, 0) for term, number in numbers.items()}
    _put_terms(connection, zeros, {term: frequencies[n] for term, n in numbers.items()})
    connection.executemany(
        "UPDATE counters SET value = ? WHERE name = ?",
        ((passages, "passages"), (length, "terms")),
    )
    schema.seal(connection)


def _spelt_again(row: Sequence[Any]) -> tuple[int, int, IndexedPassage]:
    """Return a passage's row and file, and the passage with its terms from its text."""
    number, file, key, _, start, end, text, *rest = row
    passage = Passage(start, end, text.decode(), *rest)
    return number, file, IndexedPassage(passage, key, passage_terms(passage))


def _put_terms(
    connection: sqlite3.Connection, terms: Mapping[str, tuple[int, int]], steps: Mapping[str, int]
) -> None:
    """Write terms, given by number and frequency, with their steps added to the frequencies."""
    rows = ((n, term, frequency + steps[term]) for term, (n, frequency) in terms.items())
    connection.executemany(
        "INSERT INTO terms (id, term, frequency, checksum) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE "
        "SET frequency = excluded.frequency, checksum = excluded.checksum",
        ((*row, schema.term_checksum(*row)) for row in rows),
    )


def _file_id(connection: sqlite3.Connection, root: str, path: str) -> tuple[int] | None:
    found: tuple[int] | None = connection.execute(
        "SELECT files.id FROM files JOIN roots ON roots.id = files.root "
        "WHERE roots.path = ? AND files.path = ?",
        (root, path),
    ).fetchone()
    return found
