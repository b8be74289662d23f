"""Which files lie under a root."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

_TEMPORARY_PREFIXES = (".", "~$")
_TEMPORARY_SUFFIXES = ("~", ".tmp", ".swp", ".part", ".crdownload")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file: ``path`` within its root (with ``/``), ``absolute`` on disk or a URL."""

    path: str
    absolute: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class UnreadableFolder:
    """A folder that cannot be listed: what lies under it is unknown, not gone."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class SpecialFile:
    """A pipe, a device or a socket, which nobody should open."""

    path: str


def find_files(
    root: Path,
    scope: str = "",
    *,
    without: Collection[str | Path] = (),
    excluded: Callable[[str], bool] = lambda path: False,
) -> Iterator[FoundFile | UnreadableFolder | SpecialFile]:
    """Yield the files under a root, or under one file or folder in it (``scope``).

    Hidden and temporary files, files and folders in ``without``, and paths within the root that
    ``excluded`` refuses (a folder's ends with ``/``) are passed over; nothing is opened. Links are
    followed to files, never to folders, so no loop is possible. A root that is a file is its only
    one.
    """
    start = root / scope
    if start.is_file():
        stat = start.stat()
        yield FoundFile(scope or root.name, str(start), stat.st_size, stat.st_mtime_ns)
        return
    passed_over = frozenset(map(str, without))
    walk = [_Folder(str(start), f"{scope}/" if scope else "")]
    while walk:
        folder = walk[-1]
        if folder.reason:
            yield UnreadableFolder(folder.prefix, folder.reason)
        entry = next(folder.entries, None)
        if entry is None:
            walk.pop()
            continue
        if is_passed_over(entry.name) or entry.path in passed_over:
            continue
        path = folder.prefix + entry.name
        try:
            if entry.is_dir(follow_symlinks=False):
                if not excluded(path + "/"):
                    walk.append(_Folder(entry.path, path + "/"))
            elif not entry.is_dir() and not excluded(path):
                stat = entry.stat()
                if S_ISREG(stat.st_mode):
                    yield FoundFile(path, entry.path, stat.st_size, stat.st_mtime_ns)
                else:
                    yield SpecialFile(path)
        except OSError:
            continue  # gone since it was listed, or a link to nothing


class _Folder:
    """A folder on the way: its entries by name, or the reason why they are not known."""

    def __init__(self, folder: str, prefix: str) -> None:
        self.prefix = prefix
        self.reason = ""
        self.entries: Iterator[os.DirEntry[str]] = iter(())
        try:
            with os.scandir(folder) as listing:
                self.entries = iter(sorted(listing, key=lambda entry: entry.name))
        except (FileNotFoundError, NotADirectoryError):
            pass  # gone, or no folder any more, since its parent was listed
        except OSError as error:
            self.reason = error.strerror or str(error)


def is_passed_over(name: str) -> bool:
    """Tell whether a file or folder of that name is hidden or temporary."""
    return name.startswith(_TEMPORARY_PREFIXES) or name.endswith(_TEMPORARY_SUFFIXES)
