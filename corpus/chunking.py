"""Documents to passages: slices that end where sentences end and that no encoder cuts off."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from corpus.sentences import Span, split_blocks, split_sentences, trim
from corpus.types import Document, Passage

#: Part of a document's pipeline fingerprint: change it when passages or contexts change.
PIPELINE = "chunking/1"

CountTokens = Callable[[Sequence[str]], Sequence[int]]

_NEWLINE = re.compile(r"\r\n|\n|\r")
_LONG_UNIT = 600  # characters above which a sentence is looked at for cutting
_LONGEST_PASSAGE = 4_000  # characters, for text whose tokens say nothing of its length
_MID_PARAGRAPH = 0.2  # cost of a cut inside a paragraph; 1.0 is an empty passage


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a piece of one too long for a passage."""

    start: int
    end: int
    tokens: int
    opens_block: bool
    whole: bool


@dataclass(frozen=True, slots=True)
class Chunker:
    """Cuts documents into passages of about ``target_tokens`` tokens.

    ``count_tokens`` counts tokens as the encoder sees them, special tokens included; no passage,
    with its context, exceeds ``max_tokens``. ``overlap_tokens`` bounds what a passage repeats of
    the one before it: whole sentences of the same section and page, or nothing.
    """

    count_tokens: CountTokens
    max_tokens: int
    target_tokens: int = 190
    overlap_tokens: int = 40

    def __post_init__(self) -> None:
        """Refuse a limit too small to hold any text."""
        if self.max_tokens < 16:
            raise ValueError(f"max_tokens is {self.max_tokens}; at least 16 are needed")

    def split(self, document: Document) -> list[Passage]:
        """Return the passages of a document in order; together they hold all its text."""
        regions = list(_regions(document))
        contexts = self._contexts(document, regions)
        units = self._units(document.text, regions)
        lines = [match.end() for match in _NEWLINE.finditer(document.text)]
        passages: list[Passage] = []
        for region, (context, cost) in zip(regions, contexts, strict=True):
            for start, end in self._cut(document.text, units[region], self.max_tokens - cost):
                passages.append(_passage(document, start, end, context, lines))
        return self._within_limit(document, passages, lines)

    def _contexts(self, document: Document, regions: list[Span]) -> list[tuple[str, int]]:
        """Return each region's context and its tokens, cut to a quarter of the limit."""
        specials = self.count_tokens([""])[0]
        contexts = [_context(document, end) for _, end in regions]
        result: list[tuple[str, int]] = []
        known: dict[str, tuple[str, int]] = {}
        for context in contexts:
            if context not in known:
                short = self._shorten(context, self.max_tokens // 4)
                tokens = self.count_tokens([short + "\n"])[0] if short else specials
                known[context] = (short, tokens)
            result.append(known[context])
        return result

    def _shorten(self, context: str, limit: int) -> str:
        words = context[: 12 * limit].split()
        while words and self.count_tokens([" ".join(words)])[0] > limit:
            words = words[: -max(1, len(words) // 8)]
        return " ".join(words)

    def _units(self, text: str, regions: list[Span]) -> dict[Span, list[_Unit]]:
        """Return each region's sentences with their token counts, counted in one call."""
        spans: list[tuple[Span, int, int, bool, bool]] = []
        for region in regions:
            openers = {start for start, _ in split_blocks(text, *region)}
            for start, end in split_sentences(text, *region):
                pieces = _pieces(text, start, end)
                whole = len(pieces) == 1
                spans.extend(
                    (region, left, right, left in openers, whole) for left, right in pieces
                )
        specials = self.count_tokens([""])[0]
        counts = self.count_tokens([text[start:end] for _, start, end, *_ in spans])
        units: dict[Span, list[_Unit]] = {region: [] for region in regions}
        for (region, start, end, opens, whole), count in zip(spans, counts, strict=True):
            units[region].append(_Unit(start, end, count - specials, opens, whole))
        return units

    def _cut(self, text: str, units: list[_Unit], room: int) -> Iterator[Span]:
        """Yield the spans of the passages of one region, each of at most ``room`` tokens."""
        hard = min(room, self.target_tokens * 3 // 2)
        previous_start = 0
        for first, last in pairwise(_best_cuts(units, min(self.target_tokens, hard), hard)):
            size = sum(unit.tokens for unit in units[first:last])
            start, spare = first, min(self.overlap_tokens, hard - size)
            while start > previous_start + 1:
                repeated = units[start - 1]
                if not repeated.whole or repeated.tokens > spare:
                    break
                start -= 1
                spare -= repeated.tokens
            previous_start = first
            yield units[start].start, units[last - 1].end

    def _within_limit(
        self, document: Document, passages: list[Passage], lines: list[int]
    ) -> list[Passage]:
        """Halve what is still too long: tokens of a whole may exceed those of its parts."""
        counts = self.count_tokens([passage.encoded for passage in passages])
        if all(count <= self.max_tokens for count in counts):
            return passages
        result: list[Passage] = []
        for passage, count in zip(passages, counts, strict=True):
            if count <= self.max_tokens or passage.end - passage.start < 2:
                result.append(passage)
                continue
            halves = [
                _passage(document, start, end, passage.context, lines)
                for start, end in _halves(document.text, passage.start, passage.end)
            ]
            result.extend(self._within_limit(document, halves, lines))
        return result


def _regions(document: Document) -> Iterator[Span]:
    """Yield the spans that no passage may cross: pages, and sections within them."""
    text = document.text
    edges = {0, len(text)}
    for page in document.pages:
        edges.update((page.start, page.end))
    body_from = 0
    for heading in document.headings:
        if text[body_from : heading.start].strip():  # a heading right under another stays with it
            edges.add(heading.start)
        body_from = heading.end
    for left, right in pairwise(sorted(edges)):
        start, end = trim(text, left, right)
        if start < end:
            yield start, end


def _context(document: Document, end: int) -> str:
    """Return the title and the heading path at the end of a region, outermost first."""
    parts = [document.title, *document.section_at(end - 1)]
    distinct = [part for index, part in enumerate(parts) if part and part not in parts[:index]]
    return " > ".join(distinct)


def _passage(document: Document, start: int, end: int, context: str, lines: list[int]) -> Passage:
    page = document.page_at(start)
    sections = [title for title in document.section_at(end - 1) if title != document.title]
    if page is not None:
        location = page.location
    elif sections:
        location = f"section “{sections[-1]}”"
    else:
        location = f"line {bisect_right(lines, start) + 1}"
    number = page.number if page is not None else None
    text = document.text[start:end]
    body = _end_of_headings(document, start, end) - start
    return Passage(start, end, text, context, " > ".join(sections), number, location, body)


def _end_of_headings(document: Document, start: int, end: int) -> int:
    """Return where the headings that a span begins with end; its start when it has none."""
    position = start
    first = bisect_left(document.headings, start, key=lambda heading: heading.start)
    for index in range(first, len(document.headings)):
        heading = document.headings[index]
        if heading.end > end or document.text[position : heading.start].strip():
            break
        position = heading.end
    return position


def _pieces(text: str, start: int, end: int) -> list[Span]:
    """Cut a span longer than a passage may be into pieces of at most ``_LONG_UNIT`` characters."""
    if end - start <= _LONG_UNIT:
        return [(start, end)]
    pieces: list[Span] = []
    while end - start > _LONG_UNIT:
        cut = max(
            text.rfind(" ", start, start + _LONG_UNIT), text.rfind("\n", start, start + _LONG_UNIT)
        )
        cut = cut if cut > start else start + _LONG_UNIT
        pieces.append(trim(text, start, cut))
        start = trim(text, cut, end)[0]
    return [piece for piece in [*pieces, (start, end)] if piece[0] < piece[1]]


def _halves(text: str, start: int, end: int) -> list[Span]:
    """Cut a span in two at the white space nearest to its middle, or in the middle."""
    middle = (start + end) // 2
    before, after = text.rfind(" ", start + 1, middle), text.find(" ", middle, end)
    spaces = [cut for cut in (before, after) if cut > start]
    cut = min(spaces, key=lambda space: abs(space - middle)) if spaces else middle
    halves = (trim(text, start, cut), trim(text, cut, end))
    return [half for half in halves if half[0] < half[1]]


def _best_cuts(units: list[_Unit], target: int, hard: int) -> list[int]:
    """Return cut positions, 0 and ``len(units)`` included, of least total cost.

    A passage costs the square of its relative distance from ``target`` tokens, and a cut inside a
    paragraph a little more; passages above ``hard`` tokens are not considered, single units apart.
    """
    total = [0, *accumulate(unit.tokens for unit in units)]
    starts = [unit.start for unit in units]
    best = [0.0] + [float("inf")] * len(units)
    came_from = [0] * (len(units) + 1)
    for last in range(1, len(units) + 1):
        inside = last < len(units) and not units[last].opens_block
        by_tokens = bisect_left(total, total[last] - hard)
        by_length = bisect_left(starts, units[last - 1].end - _LONGEST_PASSAGE)
        for first in range(min(max(by_tokens, by_length), last - 1), last):
            distance = (total[last] - total[first] - target) / target
            cost = best[first] + distance * distance + _MID_PARAGRAPH * inside
            if cost < best[last]:
                best[last], came_from[last] = cost, first
    cuts = [len(units)]
    while cuts[-1]:
        cuts.append(came_from[cuts[-1]])
    return cuts[::-1]
