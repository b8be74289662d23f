"""What a reader is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of a file called ``name``; ``ocr`` asks for text to be recognised in images."""

    data: bytes = field(repr=False)
    name: str
    ocr: bool = False

    @property
    def suffix(self) -> str:
        """The end of the name, in lower case and with its dot."""
        return PurePosixPath(self.name).suffix.lower()
