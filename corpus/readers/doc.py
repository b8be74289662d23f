"""Word documents of 1997 to 2003 (.doc)."""

from __future__ import annotations

import re
import struct
from typing import Final

from corpus.errors import ReadError
from corpus.readers.assembly import INVISIBLE, assemble
from corpus.readers.flow import Flow
from corpus.readers.msdoc import WordFile
from corpus.readers.ole import CompoundFile
from corpus.readers.source import Source
from corpus.readers.titles import property_title
from corpus.types import Document

_PARAGRAPH: Final = re.compile("[^\x07\x0c\r]*([\x07\x0c\r]|\\Z)")
_CELL: Final = "\x07"
_FIELD_PARTS: Final = re.compile("[\x13\x14\x15]|[^\x13\x14\x15]+")
_FIELD, _RESULT, _FIELD_END = "\x13", "\x14", "\x15"
_SIGNS: Final = {**INVISIBLE, 0x0B: "\n", 0x1E: "-"}


def read(source: Source) -> Document:
    """Return paragraphs, list items, table rows and headings, notes after their paragraph.

    Running heads, comments and the codes of fields are left out. Raises `Encrypted` when a password
    is needed and `ReadError` when the file is broken.
    """
    compound = CompoundFile(source.data)
    try:
        reader = _Reader(WordFile(compound))
        reader.read()
    except (struct.error, IndexError) as error:
        raise ReadError("is not a whole Word file; fetch or save it again") from error
    return assemble(reader.flow.finish(), property_title(compound.title()) or reader.title)


class _Reader:
    """Follows the text from paragraph mark to paragraph mark."""

    def __init__(self, file: WordFile) -> None:
        self.flow = Flow()
        self.title = ""
        """The first paragraph in the style of a title."""
        self._file = file
        self._references = sorted(file.notes, reverse=True)
        self._fields: list[bool] = []  # those open, and whether each is still at its code
        self._codes = 0  # how many of them are

    def read(self) -> None:
        """Read the body, and the text boxes after it."""
        self._read_span(0, self._file.body_end)
        self._fields, self._codes = [], 0
        self._read_span(*self._file.boxes)

    def _read_span(self, start: int, end: int) -> None:
        for paragraph in _PARAGRAPH.finditer(self._file.text, start, end):
            if paragraph.end() > paragraph.start():
                self._paragraph(paragraph)

    def _paragraph(self, paragraph: re.Match[str]) -> None:
        own = self._file.properties(paragraph.end() - 1)
        style = self._file.style(own.style)
        text = self._shown(paragraph[0])
        ends_cell = paragraph[1] == _CELL
        in_table = own.in_table or ends_cell
        if own.ends_row:
            self.flow.end_row()
            return
        if style.is_title:
            self.title = self.title or " ".join(text.split())
        level = style.level if own.level is None else own.level
        depth = style.depth if own.depth is None else own.depth
        self.flow.add(text, level, depth, in_table)
        while self._references and self._references[-1] < paragraph.end():
            self._note(self._references.pop(), in_table)
        if ends_cell:
            self.flow.end_cell()

    def _note(self, reference: int, in_table: bool) -> None:
        start, end = self._file.notes[reference]
        text = _clean(self._file.text[start:end].replace("\r", "\n"))
        self.flow.add(text, in_table=in_table)

    def _shown(self, text: str) -> str:
        """Return what is seen of a paragraph: of fields their results, not their codes."""
        shown = []
        for part in _FIELD_PARTS.findall(text):
            if part == _FIELD:
                self._fields.append(True)
                self._codes += 1
            elif part == _RESULT and self._fields:
                self._codes -= self._fields[-1]
                self._fields[-1] = False
            elif part == _FIELD_END and self._fields:
                self._codes -= self._fields.pop()
            elif not self._codes:
                shown.append(part)
        return _clean("".join(shown))


def _clean(text: str) -> str:
    """Drop marks of pictures and notes, and make characters whole that are two code units."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.translate(_SIGNS).strip()
