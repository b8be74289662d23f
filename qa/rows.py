"""Rows of the SQLite store to values and back, each held against its checksum."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.errors import LibraryError
from corpus.types import Passage
from qa import schema
from qa.store import FileRecord, IndexedPassage, StoredPassage

FILE_COLUMNS = (
    "path, size, mtime_ns, read_ns, sha256, pipeline, status, reason, encoding, title, pages, "
    "passages, characters"
)
FILE_OF = "files.checksum, " + ", ".join(f"files.{name}" for name in FILE_COLUMNS.split(", "))
PASSAGE_COLUMNS = 'start, "end", passages.text, context, section, passages.page, location, body'
IN = "IN (SELECT value FROM json_each(?))"  # one parameter, a JSON list, for any number of values
DAMAGED = "a stored row is damaged: it fails its checksum; qa doctor --repair mends the library"


def file_record(root: str, row: Sequence[Any]) -> FileRecord:
    """Return a file from its checksum and columns. Raises `LibraryError` when it is damaged."""
    checksum, *columns = row
    if checksum != schema.file_checksum(root, columns):
        raise LibraryError(DAMAGED)
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
    checksums = schema.terms_checksum(length, terms), row_checksum(length, terms, columns)
    return (file, indexed.key, length, terms, *checksums, *columns)


def stored_passage(row: tuple[Any, ...]) -> StoredPassage:
    """Return a passage from its row. Raises `LibraryError` when it is damaged."""
    number, key, length, terms, checksum = row[:5]
    columns = row[5:13]
    if row_checksum(length, terms, columns) != checksum:
        raise LibraryError(DAMAGED)
    start, end, text, *rest = columns
    passage = Passage(start, end, text.decode(), *rest)
    return StoredPassage(number, key, passage, row[13], file_record(row[13], row[14:]))


def row_checksum(length: int, terms: bytes, columns: tuple[Any, ...]) -> int:
    """Return the CRC-32 of a passage and its terms."""
    return zlib.crc32(repr((length, columns)).encode(), zlib.crc32(terms))


def verify(blobs: Sequence[bytes | None], checksums: Sequence[int | None]) -> None:
    """Raise `LibraryError` unless every blob is there and is what was written."""
    for blob, checksum in zip(blobs, checksums, strict=True):
        if blob is None or zlib.crc32(blob) != checksum:
            raise LibraryError(DAMAGED)


def verify_sentences(blobs: Sequence[bytes | None], checksums: Sequence[int | None]) -> None:
    """Verify what there is: sentences are encoded in a second pass."""
    for blob, checksum in zip(blobs, checksums, strict=True):
        if blob is not None and zlib.crc32(blob) != checksum:
            raise LibraryError(DAMAGED)


def verify_terms(lengths: Sequence[int], blobs: Sequence[bytes], seals: Sequence[int]) -> None:
    """Raise `LibraryError` unless the terms of every passage are what was written."""
    for length, blob, seal in zip(lengths, blobs, seals, strict=True):
        if schema.terms_checksum(length, blob) != seal:
            raise LibraryError(DAMAGED)


def pairs(blob: bytes) -> npt.NDArray[np.uint32]:
    """Return term numbers and counts, shape (terms, 2)."""
    return np.frombuffer(blob, dtype="<u4").reshape(-1, 2)
