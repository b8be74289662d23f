"""The lines of a file that is read verbatim."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

LONGEST_HEADING: Final = 300
"""In characters; a longer line is no heading, and costs no time to look at."""

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")


class Line(NamedTuple):
    """A line, ``text[start:end]``, without its end and the white space before that."""

    start: int
    end: int
    text: str

    @property
    def indent(self) -> int:
        """How many white spaces stand before the first letter."""
        return len(self.text) - len(self.text.lstrip())


def lines(text: str) -> Iterator[Line]:
    """Yield the lines of a text in order."""
    for match in _LINE.finditer(text):
        line = match[0].rstrip()
        yield Line(match.start(), match.start() + len(line), line)
