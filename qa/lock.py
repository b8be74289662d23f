"""One writer at a time, and a plain word about who it is."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from corpus.errors import LibraryError

LOCK_FILES = ("writer.lock", "writer.json")
_SOON = 0.5
_PATIENCE = 60.0


@contextmanager
def writer_lock(
    folder: Path, on_wait: Callable[[str], None], patience: float = _PATIENCE
) -> Iterator[None]:
    """Hold a library's lock; the system lets go of it when the process ends, however it ends.

    ``on_wait`` is told once who is waited for. Raises `LibraryError` after ``patience`` seconds,
    or when the folder cannot be written.
    """
    lock = FileLock(folder / LOCK_FILES[0])
    try:
        if not _acquired(lock, min(_SOON, patience)):
            on_wait(f"waiting for {_holder(folder)}")
            if not _acquired(lock, patience):
                raise LibraryError(
                    f"{folder} is being written by {_holder(folder)}; try again when it is done"
                )
    except OSError as error:
        raise LibraryError(
            f"{folder} cannot be written ({error.strerror}); check its permissions"
        ) from error
    note = folder / LOCK_FILES[1]
    try:
        with suppress(OSError):  # the note is a courtesy; the lock works without it
            note.write_text(json.dumps({"pid": os.getpid(), "since": time.strftime("%H:%M:%S")}))
        yield
    finally:
        with suppress(OSError):
            note.unlink()
        lock.release()


def _acquired(lock: FileLock, seconds: float) -> bool:
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        return False
    return True


def _holder(folder: Path) -> str:
    try:
        note = json.loads((folder / LOCK_FILES[1]).read_text(encoding="utf-8"))
        return f"process {note['pid']} (since {note['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
