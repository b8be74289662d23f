"""Running headers, footers and page numbers: lines at the edges of pages that come again."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf
from statistics import median
from typing import Final, Literal, NamedTuple

from corpus.readers.pdf.lines import Layout, Line, is_beside

_MOST_ROWS: Final = 4  # of furniture at an edge
_SAME_PLACE: Final = 4.0  # points
_FEWEST_PAGES: Final = 4  # of a document whose running words can be told from its body
_SHORTEST_RUN: Final = 3  # pages, next to each other or next but one
_MANY_PAGES: Final = 12  # that need no run in the margin to be furniture
_LARGE_SHARE: Final = 0.25  # of the pages; as good as many
_SMALL_SHARE: Final = 0.05  # of the pages may have body text where a running header stands
_LARGEST: Final = 1.15  # times the page's usual size: what is larger is a title
_GAP: Final = 1.6  # times the font's height, from baseline to baseline: body text is closer
_SAME_ROW: Final = 0.5  # times the font's height
_TAB: Final = 4.0  # times the font's height, at most, between the words of one text
_MOST_NUMBERS: Final = 4  # in a line, of which any may be the page's
_MOST_LETTERS: Final = 2  # beside a page number that stands alone, as in "F-12"

_NUMBER: Final = re.compile(r"(?<!\d)\d{1,5}(?!\d)")
_ROMAN: Final = re.compile(r"\W*([ivxlc]{1,7})\W*")
_ROMAN_VALUES: Final = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_PAGE_WORD: Final = re.compile(
    r"\b(?:page|pages|of|seite|von|pagina|página|di|de|sur|strana|стр|страница|из)\b|[第页頁]"
)

_Edge = Literal["top", "bottom"]
_EDGES: Final[tuple[_Edge, ...]] = ("top", "bottom")
_Kind = Literal["number", "words", "body"]


class _Key(NamedTuple):
    """What lines that come again have in common.

    ``text`` lacks the page's number where ``ahead`` says how far that is ahead of the page's index;
    ``place`` is the distance from the edge, 0 for a number that stands alone.
    """

    edge: _Edge
    text: str
    place: int
    ahead: int | None


class _Pages(NamedTuple):
    """The pages, counted from 0, on which a key is furniture, and the first of them."""

    numbers: set[int]
    first: int


@dataclass(frozen=True, slots=True)
class _Row:
    """What stands beside each other near an edge: the indices of its lines, each with its keys.

    Lines that are words of one text have the same keys. ``gap`` is the distance to the next row
    inward, in heights of the font.
    """

    keys: dict[int, tuple[_Key, ...]]
    place: int
    gap: float


def furniture(pages: Sequence[Layout]) -> list[frozenset[int]]:
    """Return for each page the indices of its lines that are furniture.

    At an edge of the page, a number is furniture when it counts the pages, and words are when they
    stand the same on many pages, or on some next to each other where no page has body text;
    neither larger than the body nor as close to it as its own lines are. Words stay on the first
    page that has them, so that none is lost.
    """
    edges = [
        {edge: tuple(_rows(edge, number, page)) for edge in _EDGES}
        for number, page in enumerate(pages)
    ]
    recurring = _recurring(edges)
    result: list[frozenset[int]] = []
    for number, page in enumerate(pages):
        usual = median(line.size for line in page.lines) if page.lines else 0.0
        small = {index for index, line in enumerate(page.lines) if line.size <= _LARGEST * usual}
        found: set[int] = set()
        for rows in edges[number].values():
            found.update(_furniture_of(rows, number, small, recurring))
        result.append(frozenset(found))
    return result


def edge_lines(page: Layout) -> frozenset[int]:
    """Return the indices of the lines that may be furniture, as far as one page can tell."""
    rows = chain.from_iterable(_rows(edge, 0, page) for edge in _EDGES)
    return frozenset(chain.from_iterable(row.keys for row in rows))


def _furniture_of(
    rows: Iterable[_Row], number: int, small: set[int], recurring: dict[_Key, _Pages]
) -> Iterator[int]:
    """Yield the lines to leave out at one edge of a page, from the edge inward."""
    pending: list[int] = []  # words that may turn out to touch the body
    for row in rows:
        kinds = {
            index: _kind(keys, number, index in small, recurring)
            for index, keys in row.keys.items()
        }
        yield from (index for index, kind in kinds.items() if kind == "number")
        words = [index for index, kind in kinds.items() if kind == "words"]
        has_body = "body" in kinds.values()
        pending = words if has_body else [*pending, *words]
        if row.gap >= _GAP:
            yield from pending
            pending = []
        if has_body:
            return


def _kind(
    keys: Iterable[_Key], number: int, is_small: bool, recurring: dict[_Key, _Pages]
) -> _Kind:
    for key in keys:
        pages = recurring.get(key)
        if pages and number in pages.numbers:
            if _stands_alone(key):
                return "number"
            if is_small and number != pages.first:
                return "words"
    return "body"


def _recurring(edges: Sequence[dict[_Edge, tuple[_Row, ...]]]) -> dict[_Key, _Pages]:
    """Return the keys that come again, and the pages on which they count as furniture."""
    pages_of: defaultdict[_Key, set[int]] = defaultdict(set)
    for number, rows_at in enumerate(edges):
        for row in chain.from_iterable(rows_at.values()):
            for key in chain.from_iterable(row.keys.values()):
                pages_of[key].add(number)
    shortest = min(_SHORTEST_RUN, max(len(edges), 2))
    alone = {
        key for key, pages in pages_of.items() if _stands_alone(key) and len(pages) >= shortest
    }
    words = {key: _in_runs(pages) for key, pages in pages_of.items() if not _stands_alone(key)}
    again = alone | {key for key, pages in words.items() if pages}
    body = {edge: _outermost(edge, edges, again) for edge in _EDGES}
    for key, pages in words.items():
        many = max(_FEWEST_PAGES, min(_MANY_PAGES, _LARGE_SHARE * len(edges)))
        has_body = bisect_right(body[key.edge], key.place) > _SMALL_SHARE * len(edges)
        if len(edges) < _FEWEST_PAGES or (has_body and len(pages) < many):
            again.discard(key)
    found = {key: words.get(key, pages_of[key]) for key in again}
    return {key: _Pages(pages, min(pages)) for key, pages in found.items()}


def _outermost(
    edge: _Edge, edges: Sequence[dict[_Edge, tuple[_Row, ...]]], again: set[_Key]
) -> list[int]:
    """Return, sorted, the place on each page of the first row that is not all of ``again``."""
    places: list[int] = []
    for rows_at in edges:
        for row in rows_at[edge]:
            if any(again.isdisjoint(keys) for keys in row.keys.values()):
                places.append(row.place)
                break
    return sorted(places)


def _in_runs(numbers: set[int]) -> set[int]:
    """Return the pages that are part of a run in steps of one or two."""
    found: set[int] = set()
    for step in (1, 2):
        for first in numbers:
            if first - step in numbers:
                continue
            after = first
            while after in numbers:
                after += step
            if after - first >= step * _SHORTEST_RUN:
                found.update(range(first, after, step))
    return found


def _rows(edge: _Edge, number: int, page: Layout) -> Iterator[_Row]:
    """Yield the outermost rows of a page, from the edge inward."""
    sign = 1 if edge == "top" else -1
    order = [index for index, line in enumerate(page.lines) if line.size]
    order.sort(key=lambda index: sign * page.lines[index].baseline)
    rows: list[list[int]] = []
    for index in order:
        line = page.lines[index]
        if rows:
            distance = abs(line.baseline - page.lines[rows[-1][0]].baseline)
            if distance <= _SAME_ROW * line.size:
                rows[-1].append(index)
                continue
        if len(rows) > _MOST_ROWS:
            break
        rows.append([index])
    for row, inward in zip(rows[:_MOST_ROWS], [*rows[1:], []], strict=False):
        outer = page.lines[row[0]]
        gap = inf
        if inward:
            inner = page.lines[inward[0]]
            gap = abs(inner.baseline - outer.baseline) / outer.size
        distance = outer.baseline if edge == "top" else page.height - outer.baseline
        place = round(distance / _SAME_PLACE)
        yield _Row(dict(_keys_of_row(edge, number, place, sorted(row), page.lines)), place, gap)


def _keys_of_row(
    edge: _Edge, number: int, place: int, row: Sequence[int], lines: Sequence[Line]
) -> Iterator[tuple[int, tuple[_Key, ...]]]:
    """Yield the lines of a row with their keys, those of one text together."""
    texts: list[list[int]] = []
    for index in row:
        if texts and _goes_on(lines[texts[-1][-1]], lines[index]):
            texts[-1].append(index)
        else:
            texts.append([index])
    for text in texts:
        keys = tuple(_keys(edge, number, place, " ".join(lines[index].text for index in text)))
        yield from ((index, keys) for index in text)


def _goes_on(before: Line, line: Line) -> bool:
    return is_beside(before, line) and line.left - before.right <= _TAB * line.size


def _keys(edge: _Edge, number: int, place: int, text: str) -> Iterator[_Key]:
    """Yield the key of a text as it stands, then one for each number that may be the page's."""
    text = " ".join(text.casefold().split())
    yield _Key(edge, text, place, None)
    if roman := _ROMAN.fullmatch(text):
        yield _numbered(edge, text, roman.span(1), place, _roman_value(roman[1]) - number)
    for match, _ in zip(_NUMBER.finditer(text), range(_MOST_NUMBERS), strict=False):
        yield _numbered(edge, text, match.span(), place, int(match[0]) - number)


def _numbered(edge: _Edge, text: str, span: tuple[int, int], place: int, ahead: int) -> _Key:
    rest = f"{text[: span[0]]}\0{text[span[1] :]}"
    key = _Key(edge, rest, 0, ahead)
    return key if _stands_alone(key) else key._replace(place=place)


def _stands_alone(key: _Key) -> bool:
    """Tell whether a page number has next to nothing beside it."""
    if key.ahead is None:
        return False
    return sum(map(str.isalpha, _PAGE_WORD.sub("", key.text))) <= _MOST_LETTERS


def _roman_value(numeral: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in numeral]
    return sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )
