"""JSON and lines of JSON: the decoded file, verbatim, with its records as rows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Final

from corpus.readers.decoding import decode
from corpus.readers.sheets import cell_text
from corpus.readers.source import Source
from corpus.types import Document, Mark, Table

_LINES: Final = frozenset({".jsonl", ".ndjson"})
_LINE: Final = re.compile(r"[^\r\n]*[^\s][^\r\n]*")
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{},]', re.S)
_RECORDS: Final = frozenset({"[", "{["})  # a list, or one that is a member of an object
_LONGEST_KEY: Final = 80


def read(source: Source) -> Document:
    """Return the decoded file as it is, valid or not.

    A list's records, at the top or one level down, are rows of a table without a header; marks
    name them and the members of the outermost object.
    """
    text, encoding = decode(source.data)
    outline = _Outline(text)
    if source.suffix in _LINES or not outline.follow_value():
        outline = _Outline(text)
        outline.follow_lines()
    return Document(
        text, encoding=encoding, marks=tuple(outline.marks), tables=tuple(outline.tables)
    )


@dataclass(slots=True)
class _Outline:
    """The first two levels of JSON, told by brackets and commas outside of strings."""

    text: str
    marks: list[Mark] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    records: list[int] = field(default_factory=list)  # starts, of the list that is open
    key: str = ""

    def follow_lines(self) -> None:
        """Take each line for a record."""
        end = 0
        for match in _LINE.finditer(self.text):
            self._record(match.start())
            end = match.end()
        self._end_list(end)

    def follow_value(self) -> bool:
        """Walk through a value; False when another follows it, as in lines of JSON."""
        opened, depth, finished = "", 0, False
        for match in _TOKEN.finditer(self.text):
            token = match[0][0]
            if token in "]}":
                if depth <= 2 and opened[:depth] in _RECORDS:
                    self._end_list(match.start())
                depth = max(0, depth - 1)
                finished = finished or not depth
            elif token in "[{":
                if finished and not depth:
                    return False
                depth += 1
                if depth <= 2:
                    opened = opened[: depth - 1] + token
            if token in "[{," and 0 < depth <= 2:
                self._item(opened[:depth], match.end())
        self._end_list(len(self.text))
        return True

    def _item(self, opened: str, position: int) -> None:
        """Note a member of the outermost object, or a record, that begins after ``position``."""
        space = _SPACE.match(self.text, position)
        start = space.end() if space else position
        first = self.text[start : start + 1]
        if opened == "{" and first == '"':
            token = _TOKEN.match(self.text, start)
            self.key = _name(token[0]) if token else ""
            self.marks.append(Mark(start, self.key))
        elif opened in _RECORDS and first in ("{", "["):
            self._record(start)

    def _record(self, start: int) -> None:
        self.records.append(start)
        label = f"record {len(self.records)}"
        self.marks.append(Mark(start, f"{self.key}, {label}" if self.key else label))

    def _end_list(self, end: int) -> None:
        if self.records:
            self.tables.append(Table(self.records[0], end, tuple(self.records), 0))
            self.records = []


def _name(string: str) -> str:
    """Return what a string of JSON says, on one line and not long."""
    try:
        name = json.loads(string[: 8 * _LONGEST_KEY])
    except ValueError:
        name = string.strip('"')
    return cell_text(str(name).encode("utf-8", "replace").decode())[:_LONGEST_KEY]
