"""Files, texts and passages as rows, and back, each held against its checksum."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

import numpy as np

from corpus.errors import Damaged
from corpus.types import Document, Page, Passage
from embeddings.milvus import DENSE, NUMBERS, ROW, SPARSE, term_vector
from embeddings.types import Vectors
from qa.milvus.connection import Row
from qa.milvus.packing import checksum_of, digest, pack, split, unpack
from qa.milvus.schema import ALIVE, with_vector
from qa.rows import DAMAGED, read_as_written
from qa.store import FileRecord, IndexedPassage

FILE_FIELDS = ("id", "value", "checksum")
#: What scoring needs of a passage, what its text is, and what tells a version.
SCORED_FIELDS = (
    ROW, "born", "died", "key", "path", "start", "counts", "checksum", DENSE,
)  # fmt: skip
TEXT_FIELDS = (ROW, "version", "born", "died", "file", "key", "body", "counts", "body_checksum")


@dataclass(frozen=True, slots=True)
class Version:
    """A file as it was read once: its record, and where its passages and its text are.

    Its ``passages`` have the rows from ``row`` on and ``terms`` terms in all; its text lies in
    ``parts``. It is seen from change ``born`` on, up to the one before it ``died``.
    """

    number: int
    born: int
    row: int
    passages: int
    terms: int
    parts: int
    text_checksum: int
    record: FileRecord
    died: int = ALIVE

    def lives_at(self, change: int) -> bool:
        """Tell whether it is seen at a change."""
        return self.born <= change < self.died

    @property
    def rows(self) -> range:
        """The rows of its passages."""
        return range(self.row, self.row + self.passages)

    @property
    def part_keys(self) -> list[str]:
        """The keys of the parts of its text."""
        return [f"{self.number}.{part}" for part in range(self.parts)]


@dataclass(frozen=True, slots=True)
class FileVersions:
    """A file with all versions of it that are kept, by its root (as it is kept) and its path."""

    root: str
    path: str
    versions: tuple[Version, ...] = ()

    @property
    def id(self) -> str:
        """The key of its row."""
        return file_id(self.root, self.path)

    def at(self, change: int) -> Version | None:
        """Return the version that is seen at a change."""
        return next((one for one in self.versions if one.lives_at(change)), None)

    def ended(self, change: int) -> FileVersions:
        """Return it with the version that lives dead from a change on."""
        return replace(
            self,
            versions=tuple(
                replace(one, died=change) if one.died == ALIVE else one for one in self.versions
            ),
        )

    def as_of(self, change: int) -> FileVersions:
        """Return it as if no later change had been begun."""
        return replace(
            self,
            versions=tuple(
                replace(one, died=one.died if one.died <= change else ALIVE)
                for one in self.versions
                if one.born <= change
            ),
        )


def file_id(root: str, path: str) -> str:
    """Return the key of a file's row."""
    return digest(root, path)


def file_row(file: FileVersions) -> Row:
    """Return a file as its row."""
    columns = [file.root, file.path, [_columns(version) for version in file.versions]]
    value = pack(json.dumps(columns, ensure_ascii=False), file.path)
    changes = [v.born for v in file.versions] + [v.died for v in file.versions if v.died != ALIVE]
    return with_vector(
        {
            "id": file.id,
            "root": digest(file.root),
            "changed": max(changes, default=0),
            "dead": int(any(v.died != ALIVE for v in file.versions)),
            "value": value,
            "checksum": checksum_of(file.id, value),
        }
    )


@read_as_written()
def file_of(row: Row) -> FileVersions:
    """Return a file from its row. Raises `Damaged` when it is damaged."""
    if checksum_of(row["id"], row["value"]) != row["checksum"]:
        raise Damaged(DAMAGED)
    root, path, versions = json.loads(unpack(row["value"]))
    file = FileVersions(root, path, tuple(_version(*columns) for columns in versions))
    if file.id != row["id"]:
        raise Damaged(DAMAGED)
    return file


def _columns(version: Version) -> list[Any]:
    numbers = [
        version.number,
        version.born,
        version.row,
        version.passages,
        version.terms,
        version.parts,
        version.text_checksum,
    ]
    return [numbers, version.died, astuple(version.record)]


def _version(numbers: list[int], died: int, record: list[Any]) -> Version:
    number, born, row, passages, terms, parts, text_checksum = numbers
    return Version(
        number, born, row, passages, terms, parts, text_checksum, FileRecord(*record), died
    )


def text_parts(document: Document | None) -> tuple[list[str], int]:
    """Return a document's text and pages as parts that a string may hold, and their CRC-32."""
    if document is None:
        return [], 0
    pages = [[p.number, p.start, p.end, p.kind, p.label] for p in document.pages]
    blob = json.dumps([document.text, pages], ensure_ascii=False).encode()
    packed = base64.b64encode(zlib.compress(blob, 6)).decode()
    return split(packed), zlib.crc32(blob)


@read_as_written()
def document_of(version: Version, parts: Sequence[str]) -> tuple[str, tuple[Page, ...]]:
    """Return text and pages of a version from its parts. Raises `Damaged` when they are."""
    try:
        blob = zlib.decompress(base64.b64decode("".join(parts), validate=True))
    except zlib.error as error:
        raise Damaged(DAMAGED) from error
    if zlib.crc32(blob) != version.text_checksum:
        raise Damaged(DAMAGED)
    text, pages = json.loads(blob)
    return text, tuple(Page(*page) for page in pages)


def passage_strings(file: FileVersions, indexed: IndexedPassage) -> dict[str, str]:
    """Return a passage's path, terms and text as its row has them.

    Raises `UnicodeEncodeError` for what no UTF-8 can hold.
    """
    p = indexed.passage
    columns = (p.start, p.end, p.text, p.context, p.section, p.page, p.location, p.body)
    return {
        "path": pack(file.path, file.path),
        "counts": pack(json.dumps(dict(indexed.terms), ensure_ascii=False), file.path),
        "body": pack(json.dumps([file.root, file.path, *columns], ensure_ascii=False), file.path),
    }


def passage_row(
    row: int,
    version: Version,
    file: FileVersions,
    indexed: IndexedPassage,
    strings: Mapping[str, str],
    vector: Vectors,
    numbers: Mapping[str, int],
    average_length: float,
) -> Row:
    """Return a passage as its row; ``numbers`` are the dimensions of its terms."""
    start, key, counts = indexed.passage.start, indexed.key.hex(), strings["counts"]
    vector = np.ascontiguousarray(vector, dtype="<f4")
    by_number = {numbers[term]: count for term, count in indexed.terms.items()}
    scored = (row, key, start, strings["path"], counts, vector.tobytes())
    return {
        ROW: row,
        "version": version.number,
        "born": version.born,
        "died": ALIVE,
        "file": file.id,
        "key": key,
        "start": start,
        **strings,
        "checksum": checksum_of(*scored),
        "body_checksum": checksum_of(row, version.number, file.id, key, counts, strings["body"]),
        NUMBERS: sorted(by_number),
        DENSE: vector,
        SPARSE: term_vector(by_number, average_length),
    }


@read_as_written()
def scored_of(row: Row) -> tuple[Vectors, dict[str, int]]:
    """Return a passage's vector and terms. Raises `Damaged` when they are."""
    vector = np.asarray(row[DENSE], dtype="<f4")
    found = checksum_of(
        row[ROW], row["key"], row["start"], row["path"], row["counts"], vector.tobytes()
    )
    if found != row["checksum"]:
        raise Damaged(DAMAGED)
    return vector, counts_of(row)


@read_as_written()
def counts_of(row: Row) -> dict[str, int]:
    """Return how often each term stands in a passage."""
    counts: dict[str, int] = json.loads(unpack(row["counts"]))
    return counts


@read_as_written()
def passage_of(row: Row) -> tuple[str, str, Passage]:
    """Return root and path of a passage, and the passage. Raises `Damaged` when it is."""
    found = checksum_of(
        row[ROW], row["version"], row["file"], row["key"], row["counts"], row["body"]
    )
    if found != row["body_checksum"]:
        raise Damaged(DAMAGED)
    root, path, *columns = json.loads(unpack(row["body"]))
    return root, path, Passage(*columns)


def is_visible(row: Row, change: int) -> bool:
    """Tell whether a row is seen at a change."""
    return bool(row["born"] <= change < row["died"])
