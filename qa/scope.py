"""Which documents a question is asked of."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from pathspec import GitIgnoreSpec

from corpus.errors import UsageError
from corpus.types import SEPARATOR
from qa.citations import source_path
from qa.store import FileRecord

_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class Scope:
    """Documents by path, type and date; an empty part leaves the choice open.

    ``within`` are paths or patterns as in a ``.gitignore`` file, of documents, or of the folders or
    files that they lie in, within a root or on the disk; one that fits is enough. ``types`` are
    file name suffixes. ``since`` and ``until`` bound the day (both included, local time) on which a
    file was last changed.
    """

    within: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        """Refuse patterns that cannot be read, with `UsageError`."""
        try:
            self._patterns("")
        except ValueError as error:
            raise UsageError(
                f"{error}; give a path or a pattern such as 'reports/*.pdf'"
            ) from error

    def __str__(self) -> str:
        """Say what is chosen, after "is"."""
        parts = (
            ("within " + " or ".join(self.within)) if self.within else "",
            ("of type " + " or ".join(self.types)) if self.types else "",
            f"from {self.since} on" if self.since else "",
            f"up to {self.until}" if self.until else "",
        )
        return ", ".join(filter(None, parts))

    def __bool__(self) -> bool:
        """Whether any document could be left out."""
        return bool(self.within or self.types or self.since or self.until)

    def holds(self, root: str, file: FileRecord) -> bool:
        """Tell whether a document is asked."""
        return self._is_of_type(file) and self._is_of_days(file) and self._is_within(root, file)

    def _patterns(self, of_root: str) -> GitIgnoreSpec:
        """Return the patterns for documents in a root; they may begin with its own name."""
        known = self._specs.get(of_root)
        if known is None:
            lines = (line for one in self.within for line in _lines_of(one, of_root))
            known = self._specs[of_root] = GitIgnoreSpec.from_lines(lines)
        return known

    @cached_property
    def _specs(self) -> dict[str, GitIgnoreSpec]:
        return {}

    @cached_property
    def places(self) -> frozenset[str]:
        """The paths on the disk that could be meant, links followed and not."""
        paths = [_without_tilde(path) for path in self.within if path and "\0" not in path]
        return frozenset(map(os.path.abspath, paths)) | frozenset(map(os.path.realpath, paths))

    @cached_property
    def _folders(self) -> tuple[str, ...]:
        return tuple(place.rstrip(os.sep) + os.sep for place in self.places)

    @cached_property
    def _suffixes(self) -> tuple[str, ...]:
        return tuple("." + kind.lower().removeprefix("*").removeprefix(".") for kind in self.types)

    def _is_of_type(self, file: FileRecord) -> bool:
        return not self.types or file.path.lower().endswith(self._suffixes)

    def _is_of_days(self, file: FileRecord) -> bool:
        if not (self.since or self.until):
            return True
        day = _day_of(file.mtime_ns)
        return (self.since or date.min) <= day <= (self.until or date.max)

    def _is_within(self, root: str, file: FileRecord) -> bool:
        return not self.within or any(self._is_named(root, name) for name in _with_containers(file))

    def _is_named(self, root: str, name: str) -> bool:
        full = source_path(root, name)
        of_root = root.rstrip("/").rpartition("/")[2]
        return (
            name in self.within
            or f"{of_root}/{name}" in self.within
            or full in self.places
            or full.startswith(self._folders)
            or self._patterns(of_root).match_file(name)
        )


def scope(
    within: str | Sequence[str] = (),
    types: str | Sequence[str] = (),
    since: str | date | None = None,
    until: str | date | None = None,
) -> Scope:
    """Return a scope of what a caller gave; dates may be written as ``2024-12-31``.

    Raises `UsageError` for a date or a pattern that cannot be read.
    """
    return Scope(_several(within), _several(types), _day(since), _day(until))


def _lines_of(pattern: str, of_root: str) -> Iterator[str]:
    """Yield a pattern, and what it means where it begins with the name of a root."""
    negation = "!" if pattern.startswith("!") else ""
    plain = pattern.removeprefix("!").removeprefix("./")
    yield negation + plain
    first, slash, rest = plain.partition("/")
    if of_root and first == of_root:
        yield f"{negation}/{rest if slash and rest else '**'}"


def _without_tilde(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # of a user that nobody knows
        return Path(path)


def _with_containers(file: FileRecord) -> list[str]:
    """Return the path of a document, and of each file that it lies in."""
    inside = file.path.removeprefix(file.on_disk).split(SEPARATOR)[1:]
    return list(accumulate((file.on_disk, *inside), lambda path, name: f"{path}{SEPARATOR}{name}"))


def _day_of(time_ns: int) -> date:
    """Return the day of a time, in local time; the first or last there is for one beyond."""
    try:
        return datetime.fromtimestamp(time_ns / _NANOSECONDS).date()
    except (ValueError, OverflowError, OSError):
        return date.max if time_ns > 0 else date.min


def _several(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _day(given: str | date | None) -> date | None:
    if isinstance(given, datetime):
        return given.date()
    if given is None or isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise UsageError(f"{given!r} is no date; write it as 2024-12-31") from error
