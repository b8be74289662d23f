"""Verifying a library, and mending it: each finding with its fix."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from corpus import read
from corpus.errors import Damaged, ReadError, UsageError
from embeddings.model import file_sha256
from qa.citations import citation_id, source_path
from qa.notes import is_damaged
from qa.snapshots import Snapshots
from qa.store import FileRecord, Store
from qa.sync import MAX_FILE_BYTES

_CITATION = re.compile(r"([0-9a-f]{16})\.(\d+)-(\d+)\.([0-9a-f]{8})")

SYNC = "qa index brings it up to date"
REPAIR = "qa doctor --repair mends it"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is off: where, what, and what mends it."""

    where: str
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class CitationCheck:
    """Whether a citation still stands in today's file.

    It stands when the file has the cited text at the cited place, is moved when it has it only
    elsewhere (``start``, ``end``), changed when it has it nowhere, and unknown when no document of
    the library holds the text.
    """

    id: str
    status: Literal["stands", "moved", "changed", "unknown"]
    document: str | None = None
    path: str | None = None
    start: int | None = None
    end: int | None = None


def findings(folder: Path, store: Store, snapshots: Snapshots) -> Iterator[Finding]:
    """Yield all that is off in a library: source files, store, indexes, the copy of its roots."""
    if is_damaged(folder):
        yield Finding("library.json", "the copy of the roots is damaged", REPAIR)
    for damage in store.damage():
        yield Finding(damage.path or "the library", damage.what, REPAIR)
        if not damage.path and "malformed" in damage.what:
            return  # nothing else can be said of a store that cannot be read
    with store.view() as view:
        for root in view.roots():
            with suppress(Damaged):  # told above, row by row
                for record in view.files(root).values():
                    yield from _finding_of_source(root, record)
        if lack := snapshots.lack(view):
            yield Finding("the indexes", lack, SYNC)
            return
        for what in snapshots.damage(view):
            yield Finding("the indexes", what, REPAIR)


def _finding_of_source(root: str, record: FileRecord) -> Iterator[Finding]:
    if not record.sha256:
        return  # it was never read
    path = Path(source_path(root, record.path))
    try:
        digest = file_sha256(path)
    except FileNotFoundError:
        yield Finding(record.path, "its file is gone", SYNC)
    except OSError as error:
        yield Finding(record.path, f"its file cannot be opened ({error.strerror})", SYNC)
    else:
        if digest != record.sha256:
            yield Finding(record.path, "its file has changed since it was indexed", SYNC)


def check_citation(store: Store, identifier: str) -> CitationCheck:
    """Hold a citation against today's files. Raises `UsageError` for what is no citation's id."""
    match = _CITATION.fullmatch(identifier.strip())
    if match is None:
        raise UsageError(
            f"{identifier!r} is no citation; its id looks like "
            "5472847b0d2165dc.7958-9123.22fbd69e (qa ask --json prints it)"
        )
    start, end = int(match[2]), int(match[3])
    with store.view() as view:
        cited_first = sorted(view.documents(), key=lambda d: not d[1].sha256.startswith(match[1]))
        for root, record in cited_first:
            cited = view.document(root, record.path).text[start:end]
            if citation_id(match[1], start, end, cited) == match[0]:
                return _held_against_today(match[0], root, record, cited, start)
    return CitationCheck(match[0], "unknown")


def _held_against_today(
    identifier: str, root: str, record: FileRecord, cited: str, start: int
) -> CitationCheck:
    path = source_path(root, record.path)
    text = _text_today(Path(path), record)
    if text[start : start + len(cited)] == cited:
        return CitationCheck(identifier, "stands", record.path, path, start, start + len(cited))
    at = text.find(cited)
    if at < 0:
        return CitationCheck(identifier, "changed", record.path, path)
    return CitationCheck(identifier, "moved", record.path, path, at, at + len(cited))


def _text_today(path: Path, record: FileRecord) -> str:
    """Return the canonical text of the file as it is now; empty when it cannot be read."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return ""
        return read(path.read_bytes(), record.path).text
    except (OSError, ReadError):
        return ""
