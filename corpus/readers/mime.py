"""MIME messages taken apart, in time linear in their size however they are nested.

The standard library's parser goes down into each part by recursion and compares every line with
the boundaries of all parts around it. Here a part is a slice of its message, its body is looked at
only when asked for, and how deep to go is the caller's decision.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from typing import Final

from corpus.errors import ReadError
from corpus.readers.decoding import decode_declared

MOST_PARTS: Final = 10_000
"""Of a message, or of a part."""

_FIELD: Final = re.compile(rb"([!-9;-~]{1,200})[ \t]*:([^\n]*(?:\n|\Z)(?:[ \t][^\n]*(?:\n|\Z))*)")
_LINE_END: Final = re.compile(rb"\r?\n")
_NEWLINE, _RETURN = b"\n\r"
_NOT_BASE64: Final = bytes(
    set(range(256)) - set(b"+/0123456789") - {*range(65, 91), *range(97, 123)}
)
_MOST_FIELDS: Final = 2000
_LONGEST_FIELD: Final = 16_000
_LONGEST_PARAMETERS: Final = 4000  # the standard library's way through them is quadratic
_DEFECTS: Final = (MessageError, ValueError, LookupError, TypeError, AttributeError)


class Part:
    """A message or a part of one: its header fields and its body."""

    def __init__(self, data: bytes | memoryview, default_kind: str = "text/plain") -> None:
        """Read the header fields; what does not look like one begins the body."""
        self._header = Message()
        self._header.set_default_type(default_kind)
        position = 0
        for _ in range(_MOST_FIELDS):
            field = _FIELD.match(data, position)
            if field is None:
                break
            self._set(field[1].decode("ascii"), field[2])
            position = field.end()
        blank = _LINE_END.match(data, position)
        self._body = memoryview(data)[blank.end() if blank else position :]

    @property
    def kind(self) -> str:
        """The media type, in lower case: ``text/plain``."""
        return self._ask(self._header.get_content_type)

    @property
    def disposition(self) -> str:
        """How the part is to be shown: ``inline``, ``attachment``, or empty."""
        return self._ask(self._header.get_content_disposition)

    @property
    def filename(self) -> str:
        """The name of the file that the part holds, empty when it is none."""
        return decode_words(self._ask(self._header.get_filename))

    @property
    def charset(self) -> str:
        """The declared encoding of a text, empty when there is none."""
        return self._ask(self._header.get_content_charset)

    def field(self, name: str) -> str:
        """Return a header field on one line, encoded words decoded; empty when there is none."""
        return decode_words(str(self._header.get(name, "")))

    def content(self) -> bytes:
        """Return the body without its transfer encoding."""
        encoding = self.field("Content-Transfer-Encoding").lower()
        if encoding == "base64":
            return _from_base64(bytes(self._body))
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self._body)
        if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
            return _from_uuencode(bytes(self._body))
        return bytes(self._body)

    def text(self) -> str:
        """Return the body as text; empty when it is binary data."""
        try:
            return decode_declared(self.content(), self.charset)[0]
        except ReadError:
            return ""

    def parts(self) -> list[Part]:
        """Return the first parts of a multipart body; none when its boundary does not occur."""
        boundary = self._ask(self._header.get_boundary).encode("utf-8", "surrogateescape")
        if not boundary:
            return []
        default_kind = "message/rfc822" if self.kind == "multipart/digest" else "text/plain"
        parts: list[Part] = []
        start = -1
        for end, after, is_last in _boundaries(self._body, boundary):
            if start >= 0:
                parts.append(Part(self._body[start:end], default_kind))
            start = after
            if is_last or len(parts) == MOST_PARTS:
                return parts
        if start >= 0:  # cut off
            parts.append(Part(self._body[start:], default_kind))
        return parts

    def _set(self, name: str, raw: bytes) -> None:
        if name in self._header:
            return  # the first one counts, whatever was slipped in after it
        longest = _LONGEST_PARAMETERS if name.lower().startswith("content-") else _LONGEST_FIELD
        self._header[name] = " ".join(_decoded(raw[:longest]).split())

    def _ask(self, question: Callable[[], str | None]) -> str:
        """Return what the standard library makes of a field, empty when it cannot."""
        try:
            return question() or ""
        except _DEFECTS:
            return ""


def _boundaries(body: memoryview, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield where the lines of a boundary begin, where the next lines do, and which is the last.

    The line end before a boundary is part of it.
    """
    line = re.compile(b"--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\Z)")
    for match in line.finditer(body):
        start = match.start()
        if start and body[start - 1] != _NEWLINE:
            continue
        start = max(start - 1, 0)
        if start and body[start - 1] == _RETURN:
            start -= 1
        yield start, match.end(), bool(match[1])


def _from_base64(body: bytes) -> bytes:
    """Decode as much as there is, padding or not."""
    try:
        return binascii.a2b_base64(body + b"==")
    except binascii.Error:  # a single character is left over
        letters = body.translate(None, _NOT_BASE64)
        return binascii.a2b_base64(letters[: len(letters) // 4 * 4])


def _from_uuencode(body: bytes) -> bytes:
    """Decode the lines after ``begin``; those that are broken are left out."""
    content = []
    for line in body.partition(b"begin ")[2].split(b"\n")[1:]:
        if line.startswith(b"end"):
            break
        with suppress(binascii.Error):
            content.append(binascii.a2b_uu(line))
    return b"".join(content)


def decode_words(value: str) -> str:
    """Return a header's value on one line with its encoded words decoded."""
    try:
        pieces = decode_header(value)
    except _DEFECTS:
        pieces = [(value, None)]
    texts = []
    for piece, charset in pieces:
        if isinstance(piece, str):
            texts.append(piece)
        elif charset is None:  # what stands between encoded words
            texts.append(piece.decode("raw-unicode-escape", "replace"))
        else:
            texts.append(_decoded(piece, charset))
    line = " ".join("".join(texts).split())
    return line.encode("utf-8", "replace").decode("utf-8")  # escapes may make halves of characters


def _decoded(raw: bytes, charset: str = "") -> str:
    try:
        return decode_declared(raw, charset)[0]
    except ReadError:
        return raw.decode("ascii", "replace")
