"""Reading one file on disk with all that is inside it, within limits."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from corpus import readers
from corpus.errors import OverLimit, ReadError, Unavailable
from corpus.limits import Limits, size_error
from corpus.readers.members import safe_name
from corpus.types import SEPARATOR, Document, Member
from corpus.workers.wire import Reading, Task

CRASHED: Final = "crashed its reader; open it and save it again"


def readings(task: Task, begin: Callable[[Reading], None]) -> Iterator[Reading]:
    """Yield what came of each file inside a file, and last of the file itself.

    A container comes after all that is inside it. ``begin`` is told of each file before it is
    read: of what hangs or crashes nothing more is heard.
    """
    seen = Reading(task.name, read_ns=time.time_ns())
    begin(seen)
    try:
        data = bytes_of(task.path, task.limits)
    except ReadError as error:
        yield replace(seen, error=error)
    else:
        yield from _Walk(task, begin).read(task.name, data, depth=0)


def memory_error(limits: Limits) -> OverLimit:
    """Return the error of a file that needs more memory than it may."""
    return OverLimit(
        f"needed more than {limits.memory / 1e6:.0f} MB of memory; "
        "allow more with --max-memory, or split it"
    )


class _Walk:
    """What is left of the limits on the way through one file."""

    def __init__(self, task: Task, begin: Callable[[Reading], None]) -> None:
        self._task = task
        self._begin = begin
        self._members = task.limits.members
        self._bytes = task.limits.expanded
        self._left_out = 0

    def read(self, name: str, data: bytes, depth: int) -> Iterator[Reading]:
        """Yield what came of the files inside a file, and last of the file itself."""
        seen = Reading(name, len(data), hashlib.sha256(data).hexdigest(), time.time_ns())
        if self._task.known.get(name) == seen.sha256:
            yield seen
            return
        self._begin(seen)
        try:
            document = self._document(name, data)
        except ReadError as error:
            yield replace(seen, error=error)
            return
        del data
        members = list(reversed(document.members))
        seen = replace(seen, members=len(members), document=replace(document, members=()))
        del document
        yield from self._inside(name, members, depth + 1)
        yield seen if depth else self._with_left_out(seen)

    def _document(self, name: str, data: bytes) -> Document:
        try:
            return readers.read(data, name, ocr=self._task.ocr)
        except MemoryError as error:
            raise memory_error(self._task.limits) from error
        except ReadError as error:
            if isinstance(error.__cause__, MemoryError):
                raise memory_error(self._task.limits) from error
            raise
        except BaseException as error:  # also what a parser written in Rust panics with
            raise ReadError(CRASHED) from error

    def _inside(self, container: str, members: list[Member], depth: int) -> Iterator[Reading]:
        """Yield what came of members, which are used up from the last to the first."""
        taken: Counter[str] = Counter()
        while members:
            member = members.pop()
            name = container + SEPARATOR + distinct_name(member.name, taken)
            if not self._is_wanted(name):
                continue
            self._members -= 1
            self._bytes -= len(member.data)
            if self._members < 0 or self._bytes < 0 or depth > self._task.limits.depth:
                self._left_out += 1
                continue
            yield from self.read(name, member.data, depth)

    def _is_wanted(self, name: str) -> bool:
        only = self._task.only
        return name not in self._task.answered and (
            not only or only == name or only.startswith(name + SEPARATOR)
        )

    def _with_left_out(self, seen: Reading) -> Reading:
        """Say in the note of a file how many of those inside it were left out."""
        if not self._left_out or seen.document is None:
            return seen
        limits = self._task.limits
        note = (
            f"{self._left_out:,} files inside were left out: at most {limits.members:,} of "
            f"{limits.expanded / 1e6:,.0f} MB are read, {limits.depth} deep; unpack it"
        )
        document = replace(seen.document, note="; ".join(filter(None, (seen.document.note, note))))
        return replace(seen, document=document, left_out=self._left_out)


def distinct_name(name: str, taken: Counter[str]) -> str:
    """Return the path of a file inside another, made safe once more, and note it as ``taken``.

    A name that is taken gets a number.
    """
    path = PurePosixPath(safe_name(name))
    wanted = str(path)
    while taken[wanted]:
        taken[str(path)] += 1
        wanted = str(path.with_name(f"{path.stem} ({taken[str(path)]}){path.suffix}"))
    taken[wanted] = 1
    return wanted


def bytes_of(path: str, limits: Limits) -> bytes:
    """Return the bytes of a regular file, whole, or raise."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Unavailable("is not a regular file any more; index again")
            if found.st_size > limits.size:
                raise size_error(found.st_size, limits)
            data = file.read(found.st_size + 1)
    except OSError as error:
        raise Unavailable(f"cannot be opened ({error.strerror}); check its permissions") from error
    except MemoryError as error:
        raise memory_error(limits) from error
    if len(data) > found.st_size:
        raise Unavailable("grew while it was read; index again")
    return data
