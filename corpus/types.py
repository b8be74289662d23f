"""The nouns of reading: documents, their parts, passages, and the receipt of a run.

Every offset is a count of Unicode code points into ``Document.text``, start included, end excluded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

PageKind = Literal["page", "slide", "sheet"]
Status = Literal["added", "updated", "unchanged", "removed", "empty", "failed", "skipped"]

SEPARATOR: Final = "!"
"""Stands between a file and the path of a file inside it: ``mails.zip!2024/a.eml``."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page, slide or sheet: ``text[start:end]``, counted from 1."""

    number: int
    start: int
    end: int
    kind: PageKind = "page"
    label: str = ""

    @property
    def location(self) -> str:
        """The page as a person would name it: ``page 12``, ``slide 4``, ``sheet Q3``."""
        return f"{self.kind} {self.label or self.number}"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading at ``text[start:end]``; level 1 is the highest."""

    start: int
    end: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place finer than a page, which passages may cross: from ``start`` to the next mark.

    ``label`` names it as a person would: ``00:12:31``, ``cell 4``, ``row 120``.
    """

    start: int
    label: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table at ``text[start:end]``: one line a row, ``rows`` the starts of all of them.

    The first ``headers`` rows name the columns; they are the context of a row cut off from them.
    """

    start: int
    end: int
    rows: tuple[int, ...]
    headers: int = 1


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside another: ``name`` is its path there, with ``/``."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """One file's canonical text, with its pages and headings in order of appearance.

    ``title`` is what the document calls itself, empty when it does not; it never comes from the
    file's name. Pages do not overlap; text between two pages belongs to none. ``members`` are files
    inside this one, each a document of its own. ``note`` says what a reader left out and why.
    """

    text: str
    title: str = ""
    pages: tuple[Page, ...] = ()
    headings: tuple[Heading, ...] = ()
    encoding: str | None = None
    marks: tuple[Mark, ...] = ()
    tables: tuple[Table, ...] = ()
    members: tuple[Member, ...] = ()
    note: str = ""
    _sections: tuple[tuple[str, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out the path of headings at each heading once: a document may have thousands."""
        object.__setattr__(self, "_sections", tuple(_paths(self.headings)))

    def page_at(self, offset: int) -> Page | None:
        """Return the page that holds the character at ``offset``, or None."""
        index = bisect_right(self.pages, offset, key=lambda page: page.start) - 1
        if index >= 0 and offset < self.pages[index].end:
            return self.pages[index]
        return None

    def mark_at(self, offset: int) -> str:
        """Return the label of the last mark at or before ``offset``, empty when there is none."""
        index = bisect_right(self.marks, offset, key=lambda mark: mark.start)
        return self.marks[index - 1].label if index else ""

    def section_at(self, offset: int) -> tuple[str, ...]:
        """Return the titles of the headings that ``offset`` stands under, outermost first."""
        index = bisect_right(self.headings, offset, key=lambda heading: heading.start)
        return self._sections[index - 1] if index else ()


def _paths(headings: Iterable[Heading]) -> Iterator[tuple[str, ...]]:
    """Yield for each heading the titles that lead to it, its own last."""
    path: list[Heading] = []
    for heading in headings:
        while path and path[-1].level >= heading.level:
            path.pop()
        path.append(heading)
        yield tuple(heading.title for heading in path)


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a document: ``text == document.text[start:end]``, always.

    ``context`` (title and headings) is encoded before the text and never quoted. ``location`` names
    the place inside the document as a person would: a page, a section, a line. The first ``body``
    characters of ``text`` are headings, which introduce and never answer.
    """

    start: int
    end: int
    text: str
    context: str = ""
    section: str = ""
    page: int | None = None
    location: str = ""
    body: int = 0

    @property
    def encoded(self) -> str:
        """The exact string that is embedded."""
        return f"{self.context}\n{self.text}" if self.context else self.text


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file, and why."""

    path: str
    status: Status
    reason: str | None = None
    pages: int | None = None
    passages: int = 0
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of every file of one run, which took ``seconds``.

    ``passages`` counts those of the whole library after the run; ``notes`` are of the library too,
    such as a language that its model does not know, and are made once.
    """

    files: tuple[FileReport, ...]
    seconds: float
    passages: int
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> Counter[str]:
        """How many files ended in each status."""
        return Counter(report.status for report in self.files)

    @property
    def failed(self) -> tuple[FileReport, ...]:
        """The files that could not be read."""
        return tuple(report for report in self.files if report.status == "failed")

    def to_dict(self) -> dict[str, Any]:
        """Return the receipt as ``qa index --json`` prints it."""
        counts = self.counts
        named = ("added", "updated", "removed", "unchanged", "failed")
        return {
            **{status: counts[status] for status in named},
            "passages": self.passages,
            "seconds": round(self.seconds, 3),
            "notes": list(self.notes),
            "files": [asdict(report) for report in self.files],
        }
