"""Which files lie under a root."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TEMPORARY_PREFIXES = (".", "~$")
_TEMPORARY_SUFFIXES = ("~", ".tmp", ".swp", ".part", ".crdownload")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file: ``path`` within its root (with ``/``), ``absolute`` on disk."""

    path: str
    absolute: Path
    size: int
    mtime_ns: int


def find_files(root: Path, without: frozenset[Path] = frozenset()) -> Iterator[FoundFile]:
    """Yield the files under a root in order of path; a root that is a file is its only one.

    Hidden and temporary files, folders in ``without`` and anything but regular files are passed
    over; links are followed to files, never to folders, so no loop is possible.
    """
    if root.is_file():
        stat = root.stat()
        yield FoundFile(root.name, root, stat.st_size, stat.st_mtime_ns)
        return
    yield from _walk(str(root), "", frozenset(map(str, without)))


def _walk(folder: str, prefix: str, without: frozenset[str]) -> Iterator[FoundFile]:
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        return  # a folder that cannot be listed, or is gone by now
    for entry in entries:
        if _is_passed_over(entry.name):
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                if entry.path not in without:
                    yield from _walk(entry.path, f"{prefix}{entry.name}/", without)
            elif entry.is_file():
                stat = entry.stat()
                path = f"{prefix}{entry.name}"
                yield FoundFile(path, Path(entry.path), stat.st_size, stat.st_mtime_ns)
        except OSError:
            continue  # gone since it was listed


def _is_passed_over(name: str) -> bool:
    return name.startswith(_TEMPORARY_PREFIXES) or name.endswith(_TEMPORARY_SUFFIXES)
