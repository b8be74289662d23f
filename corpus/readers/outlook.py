"""Outlook messages (.msg): a compound file of properties.

Layout: [MS-OXMSG], https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxmsg, and
for the numbers of the properties [MS-OXPROPS].
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Final

from corpus.errors import ReadError
from corpus.readers import html
from corpus.readers.assembly import Block
from corpus.readers.decoding import decode
from corpus.readers.mail import FIELDS, compose, plain_blocks, plainest, short_subject
from corpus.readers.members import Members
from corpus.readers.mime import Part
from corpus.readers.ole import CompoundFile
from corpus.readers.source import Source
from corpus.types import Document

_SUBJECT: Final = 0x0037
_SENT: Final = 0x0039
_HEADERS: Final = 0x007D
_SENDER: Final = 0x0C1A
_SENDER_ADDRESSES: Final = (0x5D01, 0x0C1F)
_CC: Final = 0x0E03
_TO: Final = 0x0E04
_RECEIVED: Final = 0x0E06
_BODY: Final = 0x1000
_RTF: Final = 0x1009
_HTML: Final = 0x1013
_DATA: Final = 0x3701
_FILE_NAMES: Final = (0x3707, 0x3704, 0x3001)
_MEDIA_TYPE: Final = 0x370E
_FLAGS: Final = 0x3714
_SHOWN_IN_BODY: Final = 4  # of the flags

_UNICODE: Final = 0x001F
_NARROW: Final = 0x001E
_BINARY: Final = 0x0102
_NUMBER: Final = 0x0003
_TIME: Final = 0x0040
_OBJECT: Final = 0x000D

_FIXED: Final = "__properties_version1.0"
_FIXED_ENTRY: Final = struct.Struct("<HHIQ")
_HEADER_SIZES: Final = (32, 24, 8)  # of the fixed properties: a message, one inside it, others
_ATTACHMENT: Final = "__attach_version1.0_#"
_MOST_ATTACHMENTS: Final = 1000
_DEEPEST: Final = 4
_LONGEST_VALUE: Final = 64 * 1024
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=timezone.utc)


def read(source: Source) -> Document:
    """Return a message: its subject as heading and title, its main fields, its body."""
    budget = _Budget(2 * len(source.data))
    message = _Message(CompoundFile(source.data), _HEADER_SIZES[0], budget)
    members = Members()
    for name, data in message.files(0):
        members.add(name, data)
    subject = message.text(_SUBJECT)
    body, note = message.body()
    return compose(" ".join(subject.split()), message.fields(), body, members, note)


class _Budget:
    """How many bytes may be read of a file whose streams may be one and the same."""

    def __init__(self, size: int) -> None:
        self._left = size

    def spend(self, size: int) -> None:
        """Count bytes that were read; raises `ReadError` when they are too many."""
        self._left -= size
        if self._left < 0:
            raise ReadError("has parts that overlap; save it again")


class _Message:
    """The properties of a message or attachment, by their numbers."""

    def __init__(self, storage: CompoundFile, header_size: int, budget: _Budget) -> None:
        self._storage = storage
        self._budget = budget
        fixed = storage.stream(_FIXED, _LONGEST_VALUE) or b""
        entries = len(fixed[header_size:]) // _FIXED_ENTRY.size * _FIXED_ENTRY.size
        self._fixed: dict[tuple[int, int], int] = {
            (number, kind): value
            for kind, number, _, value in _FIXED_ENTRY.iter_unpack(
                fixed[header_size : header_size + entries]
            )
        }

    def text(self, number: int, most: int | None = _LONGEST_VALUE) -> str:
        """Return a text property, empty when it is missing."""
        if wide := self._stream(number, _UNICODE, most):
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        return self._decoded((self._stream(number, _NARROW, most) or b"").rstrip(b"\0"))

    def number(self, number: int) -> int:
        """Return a number property, 0 when it is missing."""
        return self._fixed.get((number, _NUMBER), 0) & 0xFFFFFFFF

    def fields(self) -> list[tuple[str, str]]:
        """Return the main fields as the message was sent with them, else as Outlook keeps them."""
        sent = Part(self.text(_HEADERS).encode("utf-8", "replace"))
        kept = {"From": self._sender(), "To": self.text(_TO), "Cc": self.text(_CC)}
        kept["Date"] = self._date()
        return [(name, sent.field(name) or " ".join(kept[name].split())) for name in FIELDS]

    def body(self) -> tuple[list[Block], str]:
        """Return the blocks of the text, and a note when it cannot be read."""
        page = self._stream(_HTML, _BINARY, None)
        markup = html.decode_markup(page)[0] if page else self.text(_HTML, None)
        texts = [plain_blocks(self.text(_BODY, None)), html.parse(markup)[0]]
        blocks = plainest(texts)
        if any(block.text for block in blocks) or not self._stream(_RTF, _BINARY, 1):
            return blocks, ""
        return blocks, "the body is kept as rich text alone, which is not read; save it as .eml"

    def files(self, depth: int) -> Iterator[tuple[str, bytes]]:
        """Yield the names and bytes of attachments; messages among them become .eml files."""
        names = [name for name in self._storage.names() if name.startswith(_ATTACHMENT)]
        for name in sorted(names)[:_MOST_ATTACHMENTS]:
            storage = self._storage.storage(name)
            if storage is None:
                continue
            attached = _Message(storage, _HEADER_SIZES[2], self._budget)
            inner = storage.storage(f"__substg1.0_{_DATA:04X}{_OBJECT:04X}")
            if inner is not None and depth < _DEEPEST:
                message = _Message(inner, _HEADER_SIZES[1], self._budget)
                yield f"{short_subject(message.text(_SUBJECT))}.eml", message.as_eml(depth + 1)
            elif not attached._is_shown_in_body():
                data = attached._stream(_DATA, _BINARY, None)
                if data is not None:
                    yield attached._file_name(), data

    def as_eml(self, depth: int) -> bytes:
        """Return the message in the form of a file by itself."""
        fields = [("Subject", " ".join(self.text(_SUBJECT).split())), *self.fields()]
        body, _ = self.body()
        text = "\n\n".join(block.prefix + block.text for block in body)
        parts = [("", text.encode("utf-8", "replace")), *self.files(depth)]
        boundary = "=_part"  # no line of base64 begins with a hyphen
        lines = [f"{name}: {value}" for name, value in fields]
        lines.append(f'Content-Type: multipart/mixed; boundary="{boundary}"')
        for name, data in parts:
            kind = "application/octet-stream" if name else "text/plain; charset=utf-8"
            kind = "message/rfc822" if name.endswith(".eml") else kind
            lines += ["", f"--{boundary}", f"Content-Type: {kind}"]
            if name:
                quoted = name.replace("\\", "").replace('"', "'")
                lines.append(f'Content-Disposition: attachment; filename="{quoted}"')
            lines += ["Content-Transfer-Encoding: base64", "", base64.encodebytes(data).decode()]
        return "\n".join([*lines, f"--{boundary}--"]).encode("utf-8", "replace")

    def _file_name(self) -> str:
        return next(filter(None, map(self.text, _FILE_NAMES)), "attachment")

    def _is_shown_in_body(self) -> bool:
        is_image = self.text(_MEDIA_TYPE).startswith("image/")
        return is_image and bool(self.number(_FLAGS) & _SHOWN_IN_BODY)

    def _sender(self) -> str:
        name = self.text(_SENDER)
        addresses = map(self.text, _SENDER_ADDRESSES)
        address = next((address for address in addresses if "@" in address), "")
        return f"{name} <{address}>" if address and address != name else name

    def _date(self) -> str:
        ticks = self._fixed.get((_SENT, _TIME)) or self._fixed.get((_RECEIVED, _TIME))
        try:
            return format_datetime(_EPOCH + timedelta(microseconds=ticks // 10)) if ticks else ""
        except OverflowError:
            return ""

    def _stream(self, number: int, kind: int, most: int | None) -> bytes | None:
        data = self._storage.stream(f"__substg1.0_{number:04X}{kind:04X}", most)
        self._budget.spend(len(data or b""))
        return data

    def _decoded(self, data: bytes) -> str:
        try:
            return decode(data)[0]
        except ReadError:
            return ""
