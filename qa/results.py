"""What `qa list`, `show` and `verify` print as JSON, and what programs get over HTTP and MCP."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from corpus.types import Page
from qa.checkup import Finding
from qa.store import StoredDocument
from qa.types import DocumentInfo


@dataclass(frozen=True, slots=True)
class DocumentList:
    """All documents that have text, ordered by path."""

    documents: tuple[DocumentInfo, ...]


@dataclass(frozen=True, slots=True)
class DocumentText:
    """A document's canonical text from ``start`` to ``end``: all of it, or one page."""

    document: str
    title: str
    sha256: str
    pages: tuple[Page, ...]
    start: int
    end: int
    text: str

    @classmethod
    def of(cls, stored: StoredDocument, page: int | None = None) -> DocumentText:
        """Return the text of a document, or of its page. Raises `NotThere` for no such page."""
        start, end = stored.span_of_page(page)
        file = stored.file
        return cls(
            document=file.path,
            title=file.title,
            sha256=file.sha256,
            pages=stored.pages,
            start=start,
            end=end,
            text=stored.text[start:end],
        )


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether everything is as it was written, and what is off."""

    ok: bool
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Verification:
        """Return what findings amount to."""
        found = tuple(findings)
        return cls(not found, found)
