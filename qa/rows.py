"""Rows of the SQLite store to values and back, each held against its checksum."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.errors import Damaged
from corpus.types import Passage
from qa import schema
from qa.store import FileRecord, IndexedPassage, StoredPassage

FILE_COLUMNS = (
    "path, size, mtime_ns, read_ns, sha256, pipeline, status, reason, encoding, title, pages, "
    "passages, characters, container, members"
)
FILE_OF = "files.checksum, " + ", ".join(f"files.{name}" for name in FILE_COLUMNS.split(", "))
PASSAGE_COLUMNS = 'start, "end", passages.text, context, section, passages.page, location, body'
IN = "IN (SELECT value FROM json_each(?))"  # one parameter, a JSON list, for any number of values
DAMAGED = "a stored row is damaged: it fails its checksum; qa doctor --repair mends the library"


def file_record(root: str, row: Sequence[Any]) -> FileRecord:
    """Return a file from its checksum and columns. Raises `Damaged` when it is damaged."""
    checksum, *columns = row
    if checksum != schema.file_checksum(root, columns):
        raise Damaged(DAMAGED)
    return FileRecord(*columns)


def passage_row(file: int, indexed: IndexedPassage, numbers: Mapping[str, int]) -> tuple[Any, ...]:
    """Return a passage as the columns that `sqlite_write.insert_passages` names."""
    terms = np.array(
        sorted((numbers[term], count) for term, count in indexed.terms.items()), dtype="<u4"
    ).tobytes()
    length = sum(indexed.terms.values())
    p = indexed.passage
    columns = (
        p.start, p.end, p.text.encode(),
        p.context, p.section, p.page, p.location, p.body,
    )  # fmt: skip
    checksums = (
        schema.terms_checksum(file, indexed.key, length, terms),
        row_checksum(length, terms, columns),
    )
    return (file, indexed.key, length, terms, *checksums, *columns)


def stored_passage(row: tuple[Any, ...]) -> StoredPassage:
    """Return a passage from its row. Raises `Damaged` when it is damaged."""
    number, file, key, length, terms, terms_checksum, checksum = row[:7]
    columns, root, record = row[7:15], row[15], row[16:]
    if schema.terms_checksum(file, key, length, terms) != terms_checksum:
        raise Damaged(DAMAGED)
    if row_checksum(length, terms, columns) != checksum:
        raise Damaged(DAMAGED)
    start, end, text, *rest = columns
    passage = Passage(start, end, text.decode(), *rest)
    return StoredPassage(number, key, passage, root, file_record(root, record))


def row_checksum(length: int, terms: bytes, columns: tuple[Any, ...]) -> int:
    """Return the CRC-32 of a passage and its terms."""
    return zlib.crc32(repr((length, columns)).encode(), zlib.crc32(terms))


def verify_vectors(
    keys: Sequence[bytes], blobs: Sequence[bytes | None], checksums: Sequence[int | None]
) -> None:
    """Raise `Damaged` unless every vector is there and is what was written under its key."""
    if None in blobs:
        raise Damaged(DAMAGED)
    verify_sentences(keys, blobs, checksums)


def verify_sentences(
    keys: Sequence[bytes], blobs: Sequence[bytes | None], checksums: Sequence[int | None]
) -> None:
    """Verify what there is: sentences are encoded in a second pass."""
    for key, blob, checksum in zip(keys, blobs, checksums, strict=True):
        if blob is not None and schema.vector_checksum(key, blob) != checksum:
            raise Damaged(DAMAGED)


def verify_terms(
    files: Sequence[int],
    keys: Sequence[bytes],
    lengths: Sequence[int],
    blobs: Sequence[bytes],
    checksums: Sequence[int],
) -> None:
    """Raise `Damaged` unless the terms of every passage are what was written."""
    for file, key, length, blob, checksum in zip(
        files, keys, lengths, blobs, checksums, strict=True
    ):
        if schema.terms_checksum(file, key, length, blob) != checksum:
            raise Damaged(DAMAGED)


def counters_of(connection: sqlite3.Connection) -> dict[str, int]:
    """Return all counters. Raises `Damaged` when they are."""
    counters: dict[str, int] = dict(connection.execute("SELECT name, value FROM counters"))
    if counters.get("checksum") != schema.counters_checksum(counters):
        raise Damaged(DAMAGED)
    return counters


def verify_sources(connection: sqlite3.Connection) -> None:
    """Raise `Damaged` unless settings, roots and forgotten sources are what was written."""
    if counters_of(connection)["sources"] != schema.sources_checksum(connection):
        raise Damaged(DAMAGED)


def terms_of(
    connection: sqlite3.Connection, column: str, values: Sequence[str] | Sequence[int]
) -> dict[str, tuple[int, int]]:
    """Return number and frequency of terms, found by ``term`` or by ``id``.

    Raises `Damaged` when a row is.
    """
    found = connection.execute(
        f"SELECT term, id, frequency, checksum FROM terms WHERE {column} {IN}",
        (json.dumps(list(values)),),
    )
    terms = {}
    for term, number, frequency, checksum in found:
        if schema.term_checksum(number, term, frequency) != checksum:
            raise Damaged(DAMAGED)
        terms[term] = (number, frequency)
    return terms


@contextmanager
def read_as_written() -> Iterator[None]:
    """Raise `Damaged` where a value is not even of the kind that was written."""
    try:
        yield
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise Damaged(DAMAGED) from error


def pairs(blob: bytes) -> npt.NDArray[np.uint32]:
    """Return term numbers and counts, shape (terms, 2)."""
    return np.frombuffer(blob, dtype="<u4").reshape(-1, 2)
