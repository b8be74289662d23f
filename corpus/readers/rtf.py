"""Rich Text Format, read from its control words: a flat stream, however deep its groups nest.

Format: Rich Text Format Specification 1.9.1, Microsoft, 2008.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from typing import Final

from corpus.errors import ReadError
from corpus.readers.assembly import INVISIBLE, Block, assemble
from corpus.readers.flow import Flow
from corpus.readers.rtfwords import (
    CODE_PAGES,
    DESTINATIONS,
    FORMATS,
    SHOWN,
    SIGNS,
    SILENT,
    Paragraph,
)
from corpus.readers.source import Source
from corpus.readers.titles import property_title
from corpus.types import Document

_TOKEN: Final = re.compile(
    r"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,10})? ?"
    r"|\\'(?P<hex>[0-9A-Fa-f]{2})"
    r"|\\(?P<sign>[^A-Za-z'])"
    r"|(?P<brace>[{}])"
    r"|(?P<text>[^\\{}\r\n]+)",
    re.S,
)
_HEADING: Final = re.compile(r"heading ([1-9])", re.I)


def read(source: Source) -> Document:
    """Return paragraphs, list items, table rows and headings, notes after their paragraph.

    Running heads, comments, hidden and deleted text are left out. Raises `ReadError` when the file
    is no RTF.
    """
    if not source.data.lstrip().startswith(b"{\\rtf"):
        raise ReadError("is not an RTF file; give the file its proper suffix")
    text = source.data.decode("latin-1")
    reader = _Reader()
    position = 0
    while token := _TOKEN.search(text, position):
        position = token.end()
        if token["word"] == "bin":  # raw bytes follow, which may look like anything
            position += max(int(token["number"] or 0), 0)
        else:
            reader.take(token)
    return assemble(reader.finish(), property_title(reader.title) or reader.styled_title)


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits from the one around it: where text goes, and how bytes are read."""

    goes_to: str = "body"  # or another of DESTINATIONS
    code_page: str = ""
    fallback: int = 1  # how many characters stand after \u for programs that do not know it
    hidden: bool = False


class _Reader:
    """Follows the stream of tokens and collects blocks."""

    def __init__(self) -> None:
        self.title = ""
        """What the file's properties call it."""
        self.styled_title = ""
        """The first paragraph in the style of a title."""
        self._state = _State()
        self._groups: list[_State] = []
        self._begins = False  # nothing was seen yet in the group at hand
        self._optional = False  # the next word names a destination that one may not know
        self._skip = 0  # characters still to come that repeat a \\u
        self._bytes = bytearray()
        self._code_page = "cp1252"
        self._font = 0
        self._fonts: dict[int, str] = {}
        self._style = 0
        self._styles: dict[int, str] = {}
        self._levels: dict[int, int] = {}  # of styles that belong to an outline
        self._aside: list[str] = []  # text that does not go to the body
        self._paragraph = Paragraph()
        self._flow = Flow()

    def finish(self) -> list[Block]:
        """End what is still open and return the blocks."""
        self._end_paragraph()
        return self._flow.finish()

    def take(self, token: re.Match[str]) -> None:
        """Take the next token."""
        if token["brace"]:
            self._brace(token["brace"])
        elif token["text"]:
            self._literal(token["text"].encode("latin-1"))
        elif token["hex"]:
            self._literal(bytes.fromhex(token["hex"]))
        elif token["word"]:
            self._word(token["word"], token["number"])
        else:
            self._sign(token["sign"])

    def _brace(self, brace: str) -> None:
        self._flush()
        self._skip = 0
        if brace == "{":
            self._groups.append(self._state)
            self._begins = True
            return
        inner, self._state = self._state, self._groups.pop() if self._groups else _State()
        self._end_group(inner.goes_to, inner.goes_to != self._state.goes_to)
        self._begins = self._optional = False

    def _end_group(self, kind: str, leaves: bool) -> None:
        """Put to use what stood in a group; ``leaves`` tells whether it was the outermost one."""
        text = _joined(self._aside) if leaves or kind in ("styles", "title") else ""
        if kind == "styles" and text:
            self._styles[self._style] = text.rstrip(";")
        elif kind == "title":
            self.title = self.title or text
        elif kind == "note" and text:
            self._paragraph.notes.append(text)
        elif kind == "item mark":
            self._paragraph.depth = self._paragraph.depth or 1
        if kind not in ("body", "nowhere") and (leaves or kind != "note"):
            self._aside.clear()

    def _literal(self, data: bytes) -> None:
        self._begins = False
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        self._bytes += data[skipped:]

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._optional = True
        elif sign in "\r\n":
            self._word("par", None)
        elif sign in SIGNS:
            self._write(SIGNS[sign])

    def _word(self, word: str, digits: str | None) -> None:
        self._flush()
        begins, self._begins = self._begins, False
        optional, self._optional = self._optional, False
        goes_to = self._state.goes_to
        if begins and (word in SILENT or (optional and word not in SHOWN)):
            self._state = replace(self._state, goes_to="nowhere")
        elif begins and word in DESTINATIONS and goes_to != "nowhere":
            self._state = replace(self._state, goes_to=DESTINATIONS[word])
        elif word in SIGNS:
            self._write(SIGNS[word])
        elif word in FORMATS and goes_to == "body":
            FORMATS[word](self._paragraph, int(digits or 0))
        else:
            self._control(word, None if digits is None else int(digits))

    def _control(self, word: str, number: int | None) -> None:
        in_body = self._state.goes_to == "body"
        if word == "par" and not in_body:
            self._write("\n")
        elif word in ("par", "sect") and in_body:
            self._end_paragraph()
        elif word == "cell" and in_body:
            self._paragraph.in_table = True
            self._end_paragraph()
            self._flow.end_cell()
        elif word == "row" and in_body:
            self._flow.end_row()
        elif word in ("v", "deleted", "plain"):
            self._state = replace(self._state, hidden=word != "plain" and number != 0)
        elif word == "u" and number is not None:
            self._write(chr(number % 0x10000))
            self._skip = self._state.fallback
        elif word == "uc":
            self._state = replace(self._state, fallback=max(number or 0, 0))
        elif word == "s":
            self._style = number or 0
        elif word == "outlinelevel" and self._state.goes_to == "styles":
            self._levels[self._style] = (number or 0) + 1
        else:
            self._encode(word, number or 0)

    def _encode(self, word: str, number: int) -> None:
        """Take what says how bytes are to be read."""
        if word == "ansicpg":
            self._code_page = _known(f"cp{number}") or self._code_page
        elif word == "mac":
            self._code_page = "mac-roman"
        elif word == "f" and self._state.goes_to == "fonts":
            self._font = number
        elif word == "f":
            self._state = replace(self._state, code_page=self._fonts.get(number, ""))
        elif word == "fcharset":
            self._fonts[self._font] = CODE_PAGES.get(number, "")

    def _flush(self) -> None:
        """Write the bytes at hand, all of them in one encoding."""
        if self._bytes:
            data = bytes(self._bytes)
            self._bytes.clear()
            self._write(data.decode(self._state.code_page or self._code_page, "replace"))

    def _write(self, text: str) -> None:
        self._flush()
        self._begins = False
        if self._state.goes_to == "body" and not self._state.hidden:
            self._paragraph.text.append(text)
        elif self._state.goes_to != "nowhere" and not self._state.hidden:
            self._aside.append(text)

    def _end_paragraph(self) -> None:
        paragraph = self._paragraph
        text = _joined(paragraph.text)
        level = paragraph.level or self._level(paragraph.style)
        if self._styles.get(paragraph.style, "").lower() == "title":
            self.styled_title = self.styled_title or " ".join(text.split())
        self._flow.add(text, level, paragraph.depth, paragraph.in_table)
        for note in paragraph.notes:
            self._flow.add(note, in_table=paragraph.in_table)
        self._paragraph = replace(paragraph, text=[], notes=[])

    def _level(self, style: int) -> int:
        name = self._styles.get(style, "")
        heading = _HEADING.fullmatch(name)
        level = int(heading[1]) if heading else int(name.lower() == "title")
        return self._levels.get(style, level)


def _joined(pieces: list[str]) -> str:
    """Return what was written in pieces, with characters made whole that came in two halves."""
    text = "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.translate(INVISIBLE).strip()


def _known(encoding: str) -> str:
    """Return an encoding's name, empty when Python does not know it."""
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return ""
