"""Verifying a library, and mending it: each finding with its fix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from corpus.errors import Damaged, Unavailable, UsageError
from corpus.remote import is_remote, sha256_of_url, size_of_url
from embeddings.model import file_sha256
from qa.citations import citation_id, source_path
from qa.indexes import Indexes
from qa.naming import is_gone
from qa.notes import is_damaged
from qa.rules import task_for_check
from qa.store import FileRecord, RootOptions, Store

_CITATION = re.compile(r"([0-9a-f]{16})\.(\d+)-(\d+)\.([0-9a-f]{8})")

SYNC = "qa index brings it up to date"
PRUNE = "bring it back, or remove its documents with qa index --prune"
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


def findings(folder: Path, store: Store, indexes: Indexes) -> Iterator[Finding]:
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
                files = view.files(root)
                for record in files.values():
                    yield from _finding_of_source(root, record, files)
        if lack := indexes.lack(view):
            yield Finding("the indexes", lack, SYNC)
            return
        for what in indexes.damage(view):
            yield Finding("the indexes", what, REPAIR)


def _finding_of_source(
    root: str, record: FileRecord, files: Mapping[str, FileRecord]
) -> Iterator[Finding]:
    if record.container:  # it is as it was while the file it lies in is
        if record.container not in files:
            yield Finding(record.path, "the file it lies in was not read to its end", SYNC)
        return
    if not record.sha256:
        return  # it was never read
    path = source_path(root, record.path)
    try:
        digest = sha256_of_url(path) if is_remote(path) else file_sha256(Path(path))
    except Unavailable as error:
        yield Finding(record.path, f"its file {error}", SYNC)
    except FileNotFoundError:
        yield Finding(record.path, "its file is gone", PRUNE if is_gone(root) else SYNC)
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
                options = view.roots()[root]
                break
        else:
            return CitationCheck(match[0], "unknown")
    return _held_against_today(match[0], root, options, record, cited, start)


def _held_against_today(
    identifier: str,
    root: str,
    options: RootOptions,
    record: FileRecord,
    cited: str,
    start: int,
) -> CitationCheck:
    path = source_path(root, record.path)
    text = _text_today(root, options, record)
    if text[start : start + len(cited)] == cited:
        return CitationCheck(identifier, "stands", record.path, path, start, start + len(cited))
    at = text.find(cited)
    if at < 0:
        return CitationCheck(identifier, "changed", record.path, path)
    return CitationCheck(identifier, "moved", record.path, path, at, at + len(cited))


def _text_today(root: str, options: RootOptions, record: FileRecord) -> str:
    """Return the canonical text of the document as it is now; empty when it cannot be read."""
    from corpus.workers.pool import Pool

    path = source_path(root, record.on_disk)
    try:
        size = size_of_url(path) if is_remote(path) else Path(path).stat().st_size
    except (OSError, Unavailable):
        return ""
    with Pool(1) as pool:
        for _, reading in pool.read([task_for_check(root, options, record, size)]):
            if reading.name == record.path and reading.document is not None:
                return reading.document.text
    return ""
