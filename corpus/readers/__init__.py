"""Files to documents: one reader a family of formats, behind one function.

A reader is a module with ``read(source: Source) -> Document``, which raises `ReadError`; it is
imported when a file first needs it. A new format is one module and one row of `_FAMILIES`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

from corpus.errors import Encrypted, ReadError, UnsupportedFormat
from corpus.readers.source import Source
from corpus.types import Document

PIPELINE: Final = "readers/1"
"""Changes when a reader's output changes, so that documents are read again."""

_FAMILIES: Final[tuple[tuple[str, frozenset[str], str], ...]] = (
    ("plain text", frozenset({".txt", ".text", ".log"}), "text"),
    ("Markdown", frozenset({".md", ".markdown"}), "markdown"),
    ("HTML", frozenset({".html", ".htm", ".xhtml"}), "html"),
    ("PDF", frozenset({".pdf"}), "pdf"),
    ("Word", frozenset({".docx"}), "word"),
)
_MODULES: Final = {suffix: module for _, suffixes, module in _FAMILIES for suffix in suffixes}

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED_STREAM: Final = "EncryptedPackage".encode("utf-16-le")


def suffixes() -> frozenset[str]:
    """Return the file name suffixes that are read, in lower case and with their dot."""
    return frozenset(_MODULES)


def read(data: bytes, name: str, *, ocr: bool = False) -> Document:
    """Return the document in ``data``, the bytes of a file called ``name``.

    ``ocr`` asks for text to be recognised in images, where the machine can.

    Raises `UnsupportedFormat` when no reader fits, `Encrypted` when a password is needed, and
    `ReadError` when the file is broken; each message is one line without the file's path.
    """
    if not data:
        return Document("")
    source = Source(data, name, ocr)
    module = _module_for(data, source.suffix)
    try:
        document = import_module(f"{__name__}.{module}").read(source)
    except ReadError:
        raise
    except Exception as error:  # a parser may raise anything; one file must not stop a run
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise ReadError(f"cannot be read: {reason}; open it and save it again") from error
    assert isinstance(document, Document)
    return document


def _module_for(data: bytes, suffix: str) -> str:
    """Choose a reader: by content where that is certain, else by suffix, else plain text."""
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data.startswith(_OLE):
        if _LOCKED_STREAM in data:
            raise Encrypted("needs a password; save a copy without one")
        raise _unsupported("an old Office file")
    if suffix in _MODULES:
        return _MODULES[suffix]
    if data.startswith(b"PK\x03\x04") and b"word/document.xml" in data:
        return "word"
    if data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html")):
        return "html"
    if _is_plain_text(data):
        return "text"
    raise _unsupported(f"a {suffix} file" if suffix else "a file of unknown kind")


def _is_plain_text(data: bytes) -> bool:
    if b"\0" in data:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _unsupported(kind: str) -> UnsupportedFormat:
    read_here = ", ".join(family for family, _, _ in _FAMILIES)
    return UnsupportedFormat(f"{kind} is not read yet; save it as one of: {read_here}")
