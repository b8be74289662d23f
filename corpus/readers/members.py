"""The files inside a file: their names made safe, their number and size bounded."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from corpus.discovery import is_passed_over
from corpus.types import Member

MOST_MEMBERS: Final = 10_000
MOST_BYTES: Final = 500_000_000
"""Of all members together, which are held in memory until they are read."""

_CLUTTER: Final = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
_LONGEST_NAME: Final = 240
_DRIVE: Final = re.compile(r"\A[A-Za-z]:")
_UNSAFE: Final = re.compile(  # controls, halves of characters, and marks that turn text around
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
)


class Members:
    """Collects the members of one file, and why others were left out."""

    def __init__(self) -> None:
        self._members: list[Member] = []
        self._taken: dict[str, int] = {}
        self._left_out: Counter[str] = Counter()
        self._rest = ""
        self.room = MOST_BYTES
        """How many bytes more may be added."""

    @property
    def is_full(self) -> bool:
        """Whether no more may be added, which `note` then says."""
        return bool(self._rest)

    @property
    def found(self) -> tuple[Member, ...]:
        """The members, in the order they were added."""
        return tuple(self._members)

    @property
    def note(self) -> str:
        """What was left out and why, on one line; empty when nothing was."""
        reasons = [f"{count} {reason}" for reason, count in self._left_out.items()]
        if self._rest:
            reasons.append(f"the rest, {self._rest}")
        return f"files left out: {', '.join(reasons)}" if reasons else ""

    def add(self, name: str, data: bytes) -> None:
        """Add a file under a safe and distinct name, unless there is no room for it."""
        if len(self._members) == MOST_MEMBERS:
            self._rest = f"beyond {MOST_MEMBERS:,} files"
        elif len(data) > self.room:
            self._rest = f"beyond {MOST_BYTES // 1_000_000} MB"
        else:
            self.room -= len(data)
            self._members.append(Member(self._distinct(safe_name(name)), data))

    def leave_out(self, reason: str) -> None:
        """Count a file that cannot be added, for a ``reason`` such as ``damaged``."""
        self._left_out[reason] += 1

    def _distinct(self, name: str) -> str:
        """Return ``name``, with a number before its suffix when it is taken."""
        stem, dot, suffix = name.rpartition(".")
        if not stem or "/" in suffix:
            stem, dot, suffix = name, "", ""
        distinct = name
        while distinct in self._taken:
            self._taken[name] += 1
            distinct = f"{stem} ({self._taken[name]}){dot}{suffix}"
        self._taken[distinct] = 1
        return distinct


def safe_name(name: str) -> str:
    """Return a relative path with ``/``, without ``..``, drives or control characters."""
    path = _DRIVE.sub("", _UNSAFE.sub("", name).replace("\\", "/"))
    parts = [part.strip() for part in path.split("/")]
    safe = "/".join(part for part in parts if part.strip("."))
    return safe[-_LONGEST_NAME:].lstrip("/") or "unnamed"


def is_clutter(name: str) -> bool:
    """Tell whether a path in an archive is hidden, temporary or an operating system's own."""
    parts = [part for part in name.replace("\\", "/").split("/") if part.strip(".")]
    return any(is_passed_over(part) or part.lower() in _CLUTTER for part in parts)
