"""What one change is to write, before anything of it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from corpus.types import Document
from embeddings.types import Vectors
from qa.milvus.connection import Row
from qa.milvus.rows import FileVersions, Version, passage_strings, text_parts
from qa.milvus.schema import ALIVE, with_vector
from qa.milvus.state import State
from qa.store import FileRecord, IndexedPassage, Key


@dataclass(slots=True)
class Change:
    """Rows of one change before they are written; ``steps`` are added to terms' frequencies."""

    passages: list[Row] = field(default_factory=list)
    vectors: list[Row] = field(default_factory=list)
    texts: list[Row] = field(default_factory=list)
    dying: list[int] = field(default_factory=list)
    files: list[FileVersions] = field(default_factory=list)
    steps: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Put:
    """A file to be written, as `qa.store.Store.put_file` takes it; its root is as it is kept."""

    root: str
    record: FileRecord
    document: Document | None
    passages: Sequence[IndexedPassage]
    vectors: Mapping[Key, Vectors]


@dataclass(frozen=True, slots=True)
class Draft:
    """A file with its new version, and its passages with their rows and what these hold."""

    put: Put
    file: FileVersions
    version: Version
    rows: list[tuple[int, IndexedPassage, dict[str, str]]]


def drafted(change: Change, put: Put, file: FileVersions, state: State) -> tuple[Draft, State]:
    """Add a file's text and terms to a change; return its draft, and the state with it."""
    strings = [passage_strings(file, indexed) for indexed in put.passages]
    parts, text_checksum = text_parts(put.document)
    version = Version(
        number=state.version,
        born=state.change,
        row=state.row,
        passages=len(put.passages),
        terms=sum(sum(indexed.terms.values()) for indexed in put.passages),
        parts=len(parts),
        text_checksum=text_checksum,
        record=put.record,
    )
    change.texts += (
        with_vector({"part": key, "version": version.number, "value": value})
        for key, value in zip(version.part_keys, parts, strict=True)
    )
    change.steps.update(term for indexed in put.passages for term in indexed.terms)
    after = replace(
        state,
        row=state.row + version.passages,
        version=state.version + 1,
        passages=state.passages + version.passages,
        terms=state.terms + version.terms,
    )
    file = replace(file, versions=(*file.versions, version))
    rows = list(zip(version.rows, put.passages, strings, strict=True))
    return Draft(put, file, version, rows), after


def touched(file: FileVersions, record: FileRecord) -> FileVersions:
    """Return a file that was looked at again: contents, and all that was read, are as they were."""
    return replace(
        file,
        versions=tuple(
            replace(
                one,
                record=replace(
                    one.record,
                    size=record.size,
                    mtime_ns=record.mtime_ns,
                    read_ns=record.read_ns,
                    pipeline=record.pipeline,
                ),
            )
            if one.died == ALIVE
            else one
            for one in file.versions
        ),
    )
