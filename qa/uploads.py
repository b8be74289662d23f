"""Files that people give a library: kept whole in a folder of its own, which is one of its roots.

A file is written under a temporary name beside its place and renamed when it is whole, so that what
is broken off leaves nothing. Only regular files are made, and no link is followed.
"""

from __future__ import annotations

import errno
import filecmp
import os
import secrets
import shutil
import stat
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal

from corpus.discovery import is_passed_over
from corpus.errors import LibraryError, UsageError
from corpus.limits import DEFAULT_LIMITS, Limits
from qa.filenames import safe_name
from qa.portable import uploads_folder

MOST_FILES: Final = 1_000
"""How many uploads a library holds at most."""

SPARED_ROOM: Final = 200_000_000
"""Bytes of the disk that uploads leave free, for the index among others."""

_TEMPORARY = ".upload-"
_LONGEST_NAME = 1_024  # bytes; no system has files of such names
_BETWEEN_LOOKS = 16_000_000  # bytes written before the disk's room is looked at again
_ABANDONED_SECONDS = 3_600


class TooLarge(UsageError):
    """A file is larger than an upload may be."""


class NoRoom(LibraryError):
    """The library, or its disk, has no room for another upload."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that was taken: the name it has now, its size in bytes, what it did to the library."""

    name: str
    size: int
    status: Literal["added", "updated", "unchanged"]


class Uploads:
    """The uploads of the library in ``library``; ``limits`` say how large one may be."""

    def __init__(self, library: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        """Touch nothing: the folder is made when the first file comes."""
        self.folder = uploads_folder(library)
        self.limits = limits
        self._coming = 0
        self._counting = threading.Lock()

    @contextmanager
    def receive(self, name: str, size: int | None = None) -> Iterator[Receiving]:
        """Take a file in pieces; unless `Receiving.finish` is called, nothing stays of it.

        ``size`` is what the sender says, if it says anything. Raises `UsageError` for a name that
        cannot be a file's here, `TooLarge`, and `NoRoom`; `Receiving.write` does too.
        """
        target = self.folder / upload_name(name)
        self.check_size(size or 0)
        with self._counted(target), _said_plainly(target.name):
            _make_folder(self.folder)
            self.clear_abandoned()
            self.check_room(size or 0)
            scratch = self.folder / f"{_TEMPORARY}{secrets.token_hex(8)}"
            try:
                with scratch.open("xb") as file:
                    yield Receiving(self, file, scratch, target)
            finally:
                scratch.unlink(missing_ok=True)

    def names(self) -> list[str]:
        """Return the names of all uploads, in order; none where they cannot be listed."""
        with suppress(OSError), os.scandir(self.folder) as entries:
            return sorted(
                entry.name
                for entry in entries
                if entry.is_file(follow_symlinks=False) and not is_passed_over(entry.name)
            )
        return []

    def holds(self, path: str) -> bool:
        """Tell whether a path on disk is that of the uploads, or lies in them."""
        return (os.path.normpath(path) + os.sep).startswith(str(self.folder) + os.sep)

    def with_root(self, roots: Iterable[str]) -> list[str]:
        """Return roots with the uploads among them, if there are any."""
        root = str(self.folder)
        known = list(roots)
        return [*known, root] if root not in known and self.names() else known

    def delete(self, path: str) -> None:
        """Delete an upload, or all of them, by its path on disk; it may be gone already."""
        doomed = Path(path)
        if not self.holds(path):
            raise UsageError(f"{path} is no upload; nothing was deleted")
        with _said_plainly(doomed.name), suppress(FileNotFoundError):
            if doomed.is_dir() and not doomed.is_symlink():
                shutil.rmtree(doomed)
            else:
                doomed.unlink()

    def clear_abandoned(self) -> None:
        """Delete what uploads left that were broken off by the end of their process."""
        oldest = time.time() - _ABANDONED_SECONDS
        for scratch in self.folder.glob(f"{_TEMPORARY}*"):
            with suppress(OSError):
                if scratch.lstat().st_mtime < oldest:
                    scratch.unlink()

    def check_size(self, size: int) -> None:
        """Raise `TooLarge` for more bytes than an upload may have."""
        if size > self.limits.size:
            raise TooLarge(f"the file is larger than {megabytes(self.limits.size)}; split it")

    def check_room(self, size: int) -> None:
        """Raise `NoRoom` where so many bytes would leave the disk too full."""
        free = shutil.disk_usage(self.folder).free
        if free - size < SPARED_ROOM:
            raise NoRoom(f"the disk has only {megabytes(free)} free; make room and try again")

    @contextmanager
    def _counted(self, target: Path) -> Iterator[None]:
        """Count a file among those that are coming, if there may be another one."""
        with self._counting:
            names = self.names()
            if target.name not in names and len(names) + self._coming >= MOST_FILES:
                raise NoRoom(f"there are {MOST_FILES:,} uploads already; remove some first")
            self._coming += 1
        try:
            yield
        finally:
            with self._counting:
                self._coming -= 1


class Receiving:
    """A file that is coming."""

    def __init__(self, uploads: Uploads, file: BinaryIO, scratch: Path, target: Path) -> None:
        """Write to ``file``, which is ``scratch``, until it is whole and becomes ``target``."""
        self._uploads = uploads
        self._file = file
        self._scratch = scratch
        self._target = target
        self._unlooked = 0
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Add a piece. Raises `TooLarge` and `NoRoom` before too much is written."""
        self.size += len(piece)
        self._unlooked += len(piece)
        self._uploads.check_size(self.size)
        if self._unlooked >= _BETWEEN_LOOKS:
            self._uploads.check_room(self._unlooked)
            self._unlooked = 0
        self._file.write(piece)

    def finish(self) -> Uploaded:
        """Put the whole file in its place: of one with the same name it is the new version."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        status = self._status()
        if status != "unchanged":
            os.replace(self._scratch, self._target)
        return Uploaded(self._target.name, self.size, status)

    def _status(self) -> Literal["added", "updated", "unchanged"]:
        try:
            before = self._target.lstat()
        except FileNotFoundError:
            return "added"
        is_regular = stat.S_ISREG(before.st_mode)
        if is_regular and filecmp.cmp(self._scratch, self._target, shallow=False):
            return "unchanged"
        return "updated"


def upload_name(name: str) -> str:
    """Return the name an upload gets. Raises `UsageError` for what is not a mere file name."""
    if not name.strip(". ") or any(mark in name for mark in "/\\\0"):
        raise UsageError(f"{name[:80]!r} is not the name of a file; give one without a folder")
    if len(name.encode("utf-8", "replace")) > _LONGEST_NAME:
        raise UsageError("the file's name is too long; shorten it")
    safe = safe_name(name)
    if is_passed_over(safe):
        raise UsageError(f"{safe!r} is the name of a temporary file; rename it")
    return safe


def megabytes(size: int) -> str:
    """Return a size in bytes as a person would say it."""
    return f"{size / 1e6:,.0f} MB"


def _make_folder(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    if folder.is_symlink():
        raise LibraryError(f"{folder} is a link; replace it by a folder")


@contextmanager
def _said_plainly(name: str) -> Iterator[None]:
    """Turn the system's errors into ours."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom("the disk is full; make room and try again") from error
        reason = error.strerror or type(error).__name__
        raise LibraryError(
            f"{name} cannot be kept or deleted ({reason}); check the library's folder"
        ) from error
