"""What answers a question, in each of the forms in which sets of questions say so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol, TypeAlias

from corpus.errors import UsageError
from qa.labels import fold
from qa.store import StoredPassage
from qa.types import Span

Named: TypeAlias = Mapping[str, Collection[str]]
"""The documents that each name means, as `find_documents` returns them."""


class Cited(Protocol):
    """What can be right: a `qa.types.Citation`, or a passage of a document."""

    @property
    def document(self) -> str:
        """The document's path within its root."""
        ...

    @property
    def page(self) -> int | None:
        """The page it begins on, counted from 1."""
        ...

    @property
    def start(self) -> int:
        """Where it begins in the document's text."""
        ...

    @property
    def end(self) -> int:
        """Where it ends."""
        ...

    @property
    def text(self) -> str:
        """The document's text between the two."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """A stored passage, as what can be right."""

    document: str
    page: int | None
    start: int
    end: int
    text: str

    @classmethod
    def of(cls, stored: StoredPassage) -> Place:
        """Return the place of a stored passage."""
        passage = stored.passage
        return cls(stored.file.path, passage.page, passage.start, passage.end, passage.text)


@dataclass(frozen=True, slots=True)
class Quote:
    """An exact piece of a document's text; a hit is one citation that holds all of it."""

    doc: str
    text: str

    @property
    def docs(self) -> tuple[str, ...]:
        """The one document."""
        return (self.doc,)

    def is_hit(self, citation: Cited, named: Named) -> bool:
        """Tell whether a citation of the document holds the piece, white space folded."""
        return citation.document in named[self.doc] and fold(self.text) in fold(citation.text)

    def __str__(self) -> str:
        return f"{self.doc}: {self.text}"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Pieces of which each answers by itself; a hit is one citation that holds all of any."""

    quotes: tuple[Quote, ...]

    @property
    def docs(self) -> tuple[str, ...]:
        """The documents of the pieces."""
        return tuple(dict.fromkeys(quote.doc for quote in self.quotes))

    def is_hit(self, citation: Cited, named: Named) -> bool:
        """Tell whether a citation holds a piece of its document, white space folded."""
        return any(quote.is_hit(citation, named) for quote in self.quotes)

    def __str__(self) -> str:
        return "; or ".join(map(str, self.quotes))


@dataclass(frozen=True, slots=True)
class Pages:
    """Pages of a document, counted from 1; a hit is one citation from any of them."""

    doc: str
    numbers: frozenset[int]

    @property
    def docs(self) -> tuple[str, ...]:
        """The one document."""
        return (self.doc,)

    def is_hit(self, citation: Cited, named: Named) -> bool:
        """Tell whether a citation of the document is from one of the pages."""
        return citation.document in named[self.doc] and citation.page in self.numbers

    def __str__(self) -> str:
        return f"{self.doc}, page {', '.join(map(str, sorted(self.numbers)))}"


@dataclass(frozen=True, slots=True)
class Excerpts:
    """Character spans of a document with the text that stands there, empty where it is not said.

    All of them together answer; what counts is how many of their characters were retrieved.
    """

    doc: str
    spans: tuple[Span, ...]
    contents: tuple[str, ...]

    @property
    def docs(self) -> tuple[str, ...]:
        """The one document."""
        return (self.doc,)

    def is_hit(self, citation: Cited, named: Named) -> bool:
        """Tell whether a citation of the document holds a character of any span."""
        return citation.document in named[self.doc] and any(
            start < citation.end and citation.start < end for start, end in self.spans
        )

    def __str__(self) -> str:
        shown = (f"{start}-{end} {text}" for (start, end), text in self._pairs())
        return f"{self.doc}: {' … '.join(shown)}"

    def _pairs(self) -> Iterable[tuple[Span, str]]:
        return zip(self.spans, self.contents, strict=True)


@dataclass(frozen=True, slots=True)
class Judgments:
    """Documents by id with their gains: above 0 is relevant, the more the better."""

    gains: Mapping[str, int]

    def __str__(self) -> str:
        relevant = [name for name, gain in self.gains.items() if gain > 0]
        more = f" and {len(relevant) - 10} more" if len(relevant) > 10 else ""
        return ", ".join(relevant[:10]) + more


InText: TypeAlias = Quote | AnyOf | Pages | Excerpts
"""What says where in documents the answer stands."""

Gold: TypeAlias = InText | Judgments


def find_documents(names: Iterable[str], documents: Sequence[str]) -> dict[str, list[str]]:
    """Return which documents each name means: those of this path, or whose path ends with it.

    Where there is none, a name may be that of a file without its suffix.
    """
    found: dict[str, list[str]] = {name: [] for name in names}
    lengths = {len(name) for name in found}
    stems: dict[str, list[str]] = {}
    for document in documents:
        stems.setdefault(PurePosixPath(document).stem, []).append(document)
        for start in (len(document) - length for length in lengths):
            if (start == 0 or (start > 0 and document[start - 1] in "/!")) and (
                end := document[start:]
            ) in found:
                found[end].append(document)
    return {name: matches or stems.get(name, []) for name, matches in found.items()}


def require_documents(names: Iterable[str], documents: Sequence[str]) -> dict[str, list[str]]:
    """Return what `find_documents` does; raises `UsageError` for a name that means none."""
    found = find_documents(names, documents)
    for name, meant in found.items():
        if not meant:
            raise UsageError(
                f"the questions name {name!r}, which is not among the documents; "
                "name its folder with --docs"
            )
    return found
