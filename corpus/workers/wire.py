"""What the processes say to each other: JSON with bytes after it, no pickle.

A message is the lengths of both, each an unsigned 32-bit number, and then both; the bytes of a
reading are its document's text in UTF-8.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO, Any, Final

from corpus.errors import Encrypted, OverLimit, ReadError, Unavailable, UnsupportedFormat
from corpus.invariants import faults
from corpus.limits import Limits
from corpus.types import Document, Heading, Mark, Page, Table

_LENGTHS: Final = struct.Struct(">II")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ERRORS: Final[dict[str, type[ReadError]]] = {
    kind.__name__: kind
    for kind in (ReadError, UnsupportedFormat, Encrypted, OverLimit, Unavailable)
}


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read: ``path`` on disk, and ``name``, the path of its document.

    ``known`` holds the SHA-256 of documents that need not be read again while they have it, the
    file's own and those inside it; ``answered`` the documents inside it to leave out; ``only`` the
    one document inside it that is wanted, where it is not all.
    """

    path: str
    name: str
    ocr: bool = False
    limits: Limits = field(default_factory=Limits)
    known: Mapping[str, str] = field(default_factory=dict)
    answered: tuple[str, ...] = ()
    only: str = ""

    @property
    def seconds(self) -> float:
        """How long it may take to read the file, and each one inside it."""
        return self.limits.ocr_seconds if self.ocr else self.limits.seconds


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a file, or of a file inside one: a document, an error, or neither.

    Neither means that its SHA-256 is the known one. ``size`` in bytes and ``sha256`` are of what
    was read, at ``read_ns``; ``members`` counts the files right inside it, ``left_out`` those at
    any depth that were beyond a limit.
    """

    name: str
    size: int = 0
    sha256: str = ""
    read_ns: int = 0
    members: int = 0
    left_out: int = 0
    document: Document | None = None
    error: ReadError | None = None

    @property
    def is_limited(self) -> bool:
        """Whether other limits might have let more of it be read."""
        return self.left_out > 0 or isinstance(self.error, OverLimit)

    @property
    def is_known(self) -> bool:
        """Whether the file was not read, because its SHA-256 is the known one."""
        return self.document is None and self.error is None


_PLAIN: Final = tuple(name for name in Reading.__slots__ if name not in ("document", "error"))


def task_to_line(task: Task) -> bytes:
    """Return a task as a line of JSON."""
    return json.dumps({"task": asdict(task)}).encode() + b"\n"


def task_of(fields: Mapping[str, Any]) -> Task:
    """Return the task that a line of JSON holds as ``fields``."""
    return Task(**{**fields, "limits": Limits(**fields["limits"])})


def send(out: IO[bytes], reading: Reading, *, begun: bool = False) -> None:
    """Write a reading; ``begun`` says that it is about to be made."""
    document = reading.document
    header = {
        "begun": begun,
        "reading": [getattr(reading, name) for name in _PLAIN],
        "error": None if reading.error is None else of_error(reading.error),
        "document": None if document is None else _of_document(document),
    }
    send_message(out, header, b"" if document is None else _encoded(document.text))


def receive(source: IO[bytes]) -> tuple[Reading, bool]:
    """Read a reading, and whether it is only begun.

    Raises `EOFError` where the other side has ended and `ValueError` where it talks nonsense.
    """
    header, text = receive_message(source)
    try:
        error = error_of(header["error"])
        document = header["document"] and _document(header["document"], text.decode())
        wrong = next(faults(document), "") if document else ""
        if wrong:
            error, document = ReadError(f"its reader is at fault: {wrong}; please report it"), None
        plain = dict(zip(_PLAIN, header["reading"], strict=True))
        return Reading(**plain, document=document, error=error), bool(header["begun"])
    except (LookupError, TypeError, AttributeError) as fault:
        raise ValueError(f"no message: {fault}") from fault


def send_message(out: IO[bytes], header: Mapping[str, Any], body: bytes) -> None:
    """Write a message: plain values, and bytes."""
    blob = json.dumps(header, ensure_ascii=False).encode("utf-8", "replace")
    out.write(_LENGTHS.pack(len(blob), len(body)) + blob)
    out.write(body)
    out.flush()


def receive_message(source: IO[bytes]) -> tuple[Any, bytes]:
    """Read a message. Raises `EOFError` and `ValueError`."""
    header_size, body_size = _LENGTHS.unpack(_exactly(source, _LENGTHS.size))
    blob, body = _exactly(source, header_size), _exactly(source, body_size)
    return json.loads(blob), body


def _exactly(source: IO[bytes], size: int) -> bytes:
    data = source.read(size)
    if len(data) != size:
        raise EOFError
    return data


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # what is no character becomes a mark, one for one
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text).encode()


def of_error(error: ReadError) -> list[str]:
    """Return an error as its kind and what it says."""
    kind = type(error).__name__
    return [kind if kind in _ERRORS else ReadError.__name__, str(error)]


def error_of(fields: Sequence[str] | None) -> ReadError | None:
    """Return the error that `of_error` made plain; raises `KeyError` where that is none."""
    return None if fields is None else _ERRORS[fields[0]](fields[1])


def _of_document(document: Document) -> dict[str, Any]:
    """Return all of a document but its text and members, in plain values."""
    return {
        "title": document.title,
        "encoding": document.encoding,
        "note": document.note,
        "pages": [[p.number, p.start, p.end, p.kind, p.label] for p in document.pages],
        "headings": [[h.start, h.end, h.level, h.title] for h in document.headings],
        "marks": [[mark.start, mark.label] for mark in document.marks],
        "tables": [[t.start, t.end, list(t.rows), t.headers] for t in document.tables],
    }


def _document(fields: dict[str, Any], text: str) -> Document:
    return Document(
        text,
        title=fields["title"],
        encoding=fields["encoding"],
        note=fields["note"],
        pages=tuple(Page(*page) for page in fields["pages"]),
        headings=tuple(Heading(*heading) for heading in fields["headings"]),
        marks=tuple(Mark(*mark) for mark in fields["marks"]),
        tables=tuple(Table(s, e, tuple(rows), headers) for s, e, rows, headers in fields["tables"]),
    )
