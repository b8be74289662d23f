"""E-mail messages (.eml).

The text is the subject, who wrote to whom and when, and the body; attachments and messages inside
the message are documents of their own.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from corpus.errors import UnsupportedFormat
from corpus.readers import html
from corpus.readers.assembly import INVISIBLE, Block, assemble
from corpus.readers.decoding import decode, decode_marked
from corpus.readers.members import Members
from corpus.readers.mime import MOST_PARTS, Part
from corpus.readers.source import Source
from corpus.readers.titles import LONGEST_TITLE
from corpus.types import Document

FIELDS: Final = ("From", "To", "Cc", "Date")
"""Who wrote to whom and when."""

_LONGEST_FIELD: Final = 2000  # of a list of recipients, as text
_DEEPEST_PART: Final = 16
_STUB: Final = 5  # times shorter than the web page beside it: "your program shows no HTML"
_MESSAGE: Final = "message/rfc822"
_SIGNATURES: Final = frozenset(
    "application/pgp-signature application/pkcs7-signature application/x-pkcs7-signature".split()
)
_SEALED: Final = {
    "multipart/encrypted": "is encrypted",
    "application/pkcs7-mime": "is encrypted or sealed",
    "application/x-pkcs7-mime": "is encrypted or sealed",
}
_DER_SIGN: Final = b"0"  # how a signature without its text begins
_SUFFIXES: Final = {_MESSAGE: ".eml", "text/calendar": ".ics", "text/plain": ".txt"}

_ENVELOPE: Final = re.compile(rb"From [^\n]*\n")  # left by a mailbox
_GAP: Final = re.compile(r"\n{3,}")
_LONGEST_SUBJECT: Final = 60  # in a member's name


def read(source: Source) -> Document:
    """Return a message: its subject as heading and title, its main fields, its body."""
    if source.name.lower().endswith((".p7s", ".p7m")) and source.data.startswith(_DER_SIGN):
        raise UnsupportedFormat("is a signature or sealed message, not text; export the message")
    message = Part(_as_sent(source.data))
    content = _Content()
    blocks = content.blocks(message, 0)
    fields = ((name, message.field(name)) for name in FIELDS)
    return compose(message.field("Subject"), fields, blocks, content.members, content.note)


def _as_sent(data: bytes) -> bytes:
    """Return a message without what was done to it since: UTF-16, a mailbox's line above it."""
    if decode_marked(data) or b"\0" in data[:8]:
        data = decode(data)[0].encode()
    envelope = _ENVELOPE.match(data)
    return data[envelope.end() :] if envelope else data


def compose(
    subject: str,
    fields: Iterable[tuple[str, str]],
    body: Iterable[Block],
    members: Members,
    note: str = "",
) -> Document:
    """Return the document of a message, from its fields with their names and its body."""
    subject = _shown(subject, LONGEST_TITLE)
    lines = [Block(subject, level=1)]
    for name, value in fields:
        if value := _shown(value, _LONGEST_FIELD):
            lines.append(Block(f"{name}: {value}", tight=not lines[-1].level))
    lower = (replace(block, level=min(block.level + 1, 6) * bool(block.level)) for block in body)
    notes = "; ".join(filter(None, (note, members.note)))
    document = assemble((*lines, *lower), subject, note=notes)
    return replace(document, members=members.found)


def _shown(value: str, longest: int) -> str:
    visible = value.translate(INVISIBLE)
    return visible if len(visible) <= longest else f"{visible[:longest]} …"


def plain_blocks(text: str) -> list[Block]:
    """Return a plain body as one block, its lines as they are."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").translate(INVISIBLE).split("\n")
    body = "\n".join(line.rstrip() for line in lines)
    return [Block(_GAP.sub("\n\n", body).strip("\n"))]


class _Content:
    """Gathers what a message holds besides its body."""

    def __init__(self) -> None:
        self.members = Members()
        self.note = ""
        self._seen = 0

    def blocks(self, part: Part, depth: int) -> list[Block]:
        """Return the text of a part, and keep the files in it."""
        kind = part.kind
        self._seen += 1
        if kind in _SEALED:
            self.note = f"the message {_SEALED[kind]}; export it without that to have it read"
        elif depth == _DEEPEST_PART or self._seen > MOST_PARTS:
            self.note = "parts of the message are nested too deep or too many to be read"
        elif kind.startswith("multipart/"):
            return self._multipart(part, kind, depth)
        elif kind not in _SIGNATURES:
            return self._leaf(part, kind)
        return []

    def _multipart(self, part: Part, kind: str, depth: int) -> list[Block]:
        parts = part.parts()
        if not parts:
            return plain_blocks(part.text())
        texts = [self.blocks(inner, depth + 1) for inner in parts]
        if kind == "multipart/alternative":
            return plainest(texts)
        return [block for blocks in texts for block in blocks]

    def _leaf(self, part: Part, kind: str) -> list[Block]:
        is_file = part.disposition == "attachment" or part.filename or kind == "text/calendar"
        if kind == "text/html" and not is_file:
            return _html_blocks(part)
        if kind.startswith(("text/", "message/delivery-status")) and not is_file:
            return plain_blocks(part.text())
        is_shown = kind.startswith("image/") and part.disposition != "attachment"
        if not is_shown and not self.members.is_full:
            self.members.add(_name(part, kind), part.content())
        return []


def _html_blocks(part: Part) -> list[Block]:
    markup = part.text() if part.charset else html.decode_markup(part.content())[0]
    return html.parse(markup)[0]


def plainest(texts: list[list[Block]]) -> list[Block]:
    """Return the plainest of several versions of a text that is not a mere stub."""
    sizes = [sum(len(block.text) for block in blocks) for blocks in texts]
    return next(
        blocks for blocks, size in zip(texts, sizes, strict=True) if size * _STUB >= max(sizes)
    )


def _name(part: Part, kind: str) -> str:
    """Return the name of a part's file, made up from its subject or kind where it has none."""
    if part.filename:
        return part.filename
    suffix = _SUFFIXES.get(kind) or mimetypes.guess_extension(kind) or ""
    if kind == _MESSAGE:
        return f"{short_subject(Part(part.content()).field('Subject'))}{suffix}"
    return f"{'invite' if kind == 'text/calendar' else 'attachment'}{suffix}"


def short_subject(subject: str) -> str:
    """Return a subject as part of a file's name."""
    return re.sub(r"[/\\]", "-", subject)[:_LONGEST_SUBJECT].strip(" .") or "message"
