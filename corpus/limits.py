"""What one file may cost."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Final

from corpus.errors import OverLimit


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost; above it the file is reported and the others go on.

    ``seconds`` to read it (each file inside it has as many), or ``ocr_seconds`` where text is
    recognised in images; ``memory`` in bytes while it is read, where the system can hold a process
    to it; and ``size`` in bytes on disk. Of files inside a file, all levels together, at most
    ``members`` of ``expanded`` bytes are read, nested at most ``depth`` deep.
    """

    seconds: float = 120.0
    ocr_seconds: float = 1800.0
    memory: int = 2_000_000_000
    size: int = 200_000_000
    members: int = 10_000
    expanded: int = 1_000_000_000
    depth: int = 4

    def __str__(self) -> str:
        """Return the limits as one word, by which others are told."""
        return "/".join(str(value) for value in astuple(self))


DEFAULT_LIMITS: Final = Limits()


def size_error(size: int, limits: Limits) -> OverLimit:
    """Return the error of a file that has more bytes than it may."""
    return OverLimit(
        f"{size / 1e6:,.1f} MB is above the limit of {limits.size / 1e6:g} MB; "
        "allow more with --max-file-size, or split it"
    )
