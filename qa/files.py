"""The files of a library as a person looks through them: what became of each, sorted, filtered."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, Literal, get_args

from corpus.errors import NotThere, UsageError
from qa.citations import source_path, title_of
from qa.store import FileRecord, View
from qa.uploads import Uploads

State = Literal["read", "failed", "empty", "skipped", "waiting"]
Column = Literal["document", "type", "state", "pages", "passages", "size", "modified"]

COLUMNS: Final[tuple[Column, ...]] = get_args(Column)


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file under a root, or inside one: ``path`` on disk, ``document`` within its root.

    ``state`` is waiting for an upload that was not read yet; ``reason`` says why there is no text,
    or what was left out. ``size`` in bytes, ``modified`` in seconds since 1970.
    """

    document: str
    root: str
    path: str
    title: str
    state: State
    reason: str
    pages: int | None
    passages: int
    characters: int
    size: int
    modified: float
    is_upload: bool

    @property
    def type(self) -> str:
        """The extension in small letters, without its dot; empty where there is none."""
        return PurePosixPath(self.document).suffix[1:].lower()


@dataclass(frozen=True, slots=True)
class Order:
    """Which files are looked at, and how: ``words`` that all stand in a file's row, by a column."""

    words: str = ""
    column: Column = "document"
    descending: bool = False

    def of(self, files: Iterable[FileInfo]) -> list[FileInfo]:
        """Return the files that are looked at, in their order."""
        wanted = self.words.casefold().split()
        found = [info for info in files if all(word in _row(info) for word in wanted)]
        found.sort(key=_KEYS["document"])
        found.sort(key=_KEYS[self.column], reverse=self.descending)
        return found


def known_files(view: View, uploads: Uploads) -> list[FileInfo]:
    """Return every file of a library, uploads that wait to be read among them."""
    found = [
        _info(root, record, str(uploads.folder))
        for root in view.roots()
        for record in view.files(root).values()
    ]
    known = {info.document for info in found if info.is_upload}
    found.extend(_waiting(uploads, name) for name in uploads.names() if name not in known)
    return sorted(found, key=lambda info: (info.document, info.root))


def find_file(files: Sequence[FileInfo], name: str) -> FileInfo:
    """Return the file of a name, its path on disk or within its root.

    Raises `NotThere` when there is none, and `UsageError` when several roots have one.
    """
    matches = [info for info in files if info.path == name] or [
        info for info in files if info.document == name
    ]
    if not matches:
        raise NotThere(f"there is no document {name!r}; the list shows what there is")
    if len(matches) > 1:
        full = ", ".join(info.path for info in matches)
        raise UsageError(f"{name!r} is in several roots; give one of {full}")
    return matches[0]


def _info(root: str, record: FileRecord, uploads: str) -> FileInfo:
    return FileInfo(
        document=record.path,
        root=root,
        path=source_path(root, record.path),
        title=title_of(record),
        state="read" if record.status == "added" else _state(record.status),
        reason=record.reason or "",
        pages=record.pages,
        passages=record.passages,
        characters=record.characters,
        size=record.size,
        modified=record.mtime_ns / 1e9,
        is_upload=root == uploads,
    )


def _state(status: str) -> State:
    return next(state for state in get_args(State) if state == status)


def _waiting(uploads: Uploads, name: str) -> FileInfo:
    path = uploads.folder / name
    size, modified = 0, 0.0
    try:
        found = os.lstat(path)
        size, modified = found.st_size, found.st_mtime
    except OSError:
        pass  # it went since it was listed
    return FileInfo(
        name, str(uploads.folder), str(path), name, "waiting", "", None, 0, 0, size, modified, True
    )


def _row(info: FileInfo) -> str:
    """Return what a filter is held against."""
    return f"{info.document}\n{info.title}\n{info.type}\n{info.state}".casefold()


_KEYS: Final[dict[str, Callable[[FileInfo], Any]]] = {
    "document": lambda info: (info.document.casefold(), info.root),
    "type": lambda info: info.type,
    "state": lambda info: info.state,
    "pages": lambda info: info.pages or 0,
    "passages": lambda info: info.passages,
    "size": lambda info: info.size,
    "modified": lambda info: info.modified,
}
