"""What is shown of a document: the page or the part of its text that someone looks at."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final, Protocol

from corpus.errors import NotThere, UsageError
from corpus.types import Page
from qa.citations import title_of
from qa.drawings import is_pictured
from qa.finding import LONGEST_QUERY, find
from qa.store import StoredDocument
from qa.types import Citation, Span
from qa.windows import after, around, before

WINDOW: Final = 4_000
"""Characters of a document that are shown at once, at most."""

MOST_MATCHES: Final = 1_000
"""Places that are found in a document; above it, it is only said that there are more."""

MOST_MARKS: Final = 200
"""Spans of a passage that are marked as evidence."""

_LONGEST_NAME: Final = 4_096  # characters
_FARTHEST: Final = 1 << 31  # the offset, and the page, that nobody asks for


class SourceLibrary(Protocol):
    """What is asked of a library to show its documents."""

    def document(self, document: str) -> StoredDocument:
        """Return a document by its path within its root, or by its full path."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where someone looks: a document, by name, and in it a passage and its evidence.

    All offsets are into the document's text, and a passage from 0 to 0 is none; ``number`` is that
    of the citation, 0 without one. Unless the beginning of the passage is looked at, it is a
    ``page`` by its number, the text from ``first`` on, that up to ``last``, or the place where
    ``query`` stands for the time ``match``, counted from 1; 0 asks for the first time at or after
    ``since``.
    """

    document: str
    start: int = 0
    end: int = 0
    highlights: tuple[Span, ...] = ()
    words: tuple[Span, ...] = ()
    number: int = 0
    page: int | None = None
    first: int | None = None
    last: int | None = None
    query: str = ""
    match: int | None = None
    since: int = 0

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Place:
        """Return the place that a browser or a link names. Raises `UsageError` where it is none."""
        name = fields.get("document")
        query = fields.get("query", "")
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
            raise UsageError("the link names no document")
        if not isinstance(query, str):
            raise UsageError("what is to be found is no text")
        start, end = _offset(fields, "start") or 0, _offset(fields, "end") or 0
        if end < start:
            raise UsageError(f"the link ends at {end}, before it starts at {start}")
        return cls(
            document=name,
            start=start,
            end=end,
            highlights=_spans(fields["highlights"]) if "highlights" in fields else ((start, end),),
            words=_spans(fields.get("words")),
            number=_offset(fields, "number") or 0,
            page=_offset(fields, "page"),
            first=_offset(fields, "first"),
            last=_offset(fields, "last"),
            query=query[:LONGEST_QUERY],
            match=_offset(fields, "match"),
            since=_offset(fields, "since") or 0,
        )


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of a document that is shown: its text from ``start`` to ``end``.

    ``bounds`` is that of the page it lies in, and of what follows the page and is on none; the
    whole text where there are no pages. ``previous`` and ``following`` are the pages beside it.
    """

    start: int
    end: int
    bounds: Span
    page: Page | None = None
    previous: int | None = None
    following: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A document open at a place.

    ``matches`` are the places where the query stands, and ``match`` is the one that is looked at,
    counted from 1, 0 for none; ``note`` says what is not as it was asked for.
    """

    place: Place
    stored: StoredDocument
    excerpt: Excerpt
    matches: tuple[Span, ...] = ()
    match: int = 0
    note: str = ""

    @property
    def title(self) -> str:
        """What the document calls itself, or its file's name made readable."""
        return title_of(self.stored.file)

    @property
    def passage(self) -> Span | None:
        """The span that is looked at, if there is one."""
        start, end = self.place.start, self.place.end
        return (start, end) if start < end else None

    @property
    def location(self) -> str:
        """What is shown, as a person would name it."""
        page = self.excerpt.page
        name = self.stored.file.path
        return f"{name}, {page.location}" if page else name

    @property
    def is_pictured(self) -> bool:
        """Whether the page can be shown as a picture."""
        return self.excerpt.page is not None and is_pictured(self.stored)


def opened(library: SourceLibrary, place: Place) -> Source:
    """Return the document of a place, open there.

    What lies outside the document is left out, with a note. Raises `NotThere` for no such document
    or page.
    """
    stored = library.document(place.document)
    size = len(stored.text)
    note = ""
    if place.end > size:
        place = replace(place, start=0, end=0, highlights=(), words=())
        note = "The passage lies outside this document, which may have changed since."
    matches = tuple(find(stored.text, place.query, MOST_MATCHES))
    match = _match(matches, place)
    return Source(place, stored, _excerpt(stored, place, matches, match), matches, match, note)


def cited(library: SourceLibrary, citation: Citation) -> Source | None:
    """Return the document of a citation, open at it; None where it says something else by now.

    Raises `NotThere` when it is not there any more.
    """
    place = Place(
        document=citation.document,
        start=citation.start,
        end=citation.end,
        highlights=citation.highlights[:MOST_MARKS],
        words=citation.words[:MOST_MARKS],
        number=citation.number,
    )
    try:
        source = opened(library, place)
    except UsageError:  # several roots have one of that name
        source = opened(library, replace(place, document=citation.path))
    text = source.stored.text[citation.start : citation.end]
    return source if text == citation.text else None


def page_bounds(stored: StoredDocument) -> list[Span]:
    """Return the part of the text that is shown with each page; together they are all of it.

    Text before the first page is shown with it, and text between two pages with the one before.
    """
    starts = [page.start for page in stored.pages]
    return list(zip([0, *starts[1:]], [*starts[1:], len(stored.text)], strict=True))


def _match(matches: tuple[Span, ...], place: Place) -> int:
    """Return which match is looked at, counted from 1; they go round."""
    if not matches or place.match is None:
        return 0
    if place.match == 0:
        later = bisect_left(matches, place.since, key=lambda span: span[0])
        return later % len(matches) + 1
    return (place.match - 1) % len(matches) + 1


def _excerpt(
    stored: StoredDocument, place: Place, matches: tuple[Span, ...], match: int
) -> Excerpt:
    text = stored.text
    is_placed = (place.page, place.first, place.last) != (None, None, None)
    passage = (place.start, place.end)
    focus = matches[match - 1] if match and not is_placed else passage
    at = next((n for n in (place.first, place.last, focus[0]) if n is not None), 0)
    index = _page_index(stored, place.page, min(at, len(text)))
    bounds = (0, len(text)) if index is None else page_bounds(stored)[index]
    if place.first is not None:
        start, end = after(text, bounds, _within(place.first, bounds), WINDOW)
    elif place.last is not None:
        start, end = before(text, bounds, _within(place.last, bounds), WINDOW)
    else:
        inside = _within(focus[0], bounds), _within(focus[1], bounds)
        start, end = around(text, bounds, inside, WINDOW)
    if index is None:
        return Excerpt(start, end, bounds)
    pages = stored.pages
    return Excerpt(
        *(start, end, bounds, pages[index]),
        previous=pages[index - 1].number if index else None,
        following=pages[index + 1].number if index + 1 < len(pages) else None,
    )


def _page_index(stored: StoredDocument, number: int | None, at: int) -> int | None:
    """Return the place among the pages of a page by its number, or by an offset on it."""
    if not stored.pages:
        return None
    if number is None:
        return max(0, bisect_right(stored.pages, at, key=lambda page: page.start) - 1)
    numbers = [page.number for page in stored.pages]
    if number not in numbers:
        raise NotThere(f"{stored.file.path} has no page {number}; its last is {numbers[-1]}")
    return numbers.index(number)


def _within(offset: int, bounds: Span) -> int:
    return min(max(offset, bounds[0]), bounds[1])


def _offset(fields: Mapping[str, Any], name: str) -> int | None:
    """Return a number that is given as one or as its digits; None where there is none."""
    given = fields.get(name)
    if given is None or given == "":
        return None
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) <= 10:
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given < _FARTHEST:
        raise UsageError(f"{name} is no whole number from 0 on")
    return given


def _spans(given: Any) -> tuple[Span, ...]:
    """Return what are spans among the first of those that are given."""
    return tuple(islice(_sound(given if isinstance(given, list) else []), MOST_MARKS))


def _sound(given: list[Any]) -> Iterator[Span]:
    for one in given[:MOST_MARKS]:
        if isinstance(one, list) and len(one) == 2 and all(type(n) is int for n in one):
            start, end = one
            if 0 <= start < end < _FARTHEST:
                yield start, end
