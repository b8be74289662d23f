"""Sentences and blocks as exact spans, by rules that need no model and no language setting."""

from __future__ import annotations

import re
from itertools import pairwise

Span = tuple[int, int]

# Words whose full stop seldom ends a sentence. Single letters (initials) are handled by rule.
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof st sr jr gen col capt lt sgt hon rev gov sen rep amb messrs mme mlle
    vs etc approx dept est fig figs eq eqs no nos art arts sec para paras vol pp ch ed eds al cf
    e.g i.e u.s u.k u.n jan feb mar apr jun jul aug sep sept oct nov dec inc ltd co corp bros
    bzw ca d.h z.b u.a usw evtl ggf nr str г гг т.е т.д т.п др им стр рис
    """.split()
)

_CLOSERS = "\"'”’»›)]}】」』〉》）］"
_OPENERS = "\"'“‘«‹([{【「『〈《（［¿¡-–—•*_#"
# A stop that needs white space after it to end a sentence, or one of an unspaced script.
# The look-behinds keep a long run of stops from being tried again at each of its characters.
_STOPS = ".!?…؟۔।॥"
_UNSPACED_STOPS = "。！？｡"
_STOP = re.compile(
    rf"(?<![{_STOPS}])[{_STOPS}]+[{re.escape(_CLOSERS)}*_]*(?=\s)"
    rf"|(?<![{_UNSPACED_STOPS}])[{_UNSPACED_STOPS}]+[{re.escape(_CLOSERS)}]*"
)
_NEWLINE = r"(?:\r\n|\n|\r(?!\n))"  # the look-ahead keeps \r\n from being read as two
_BLANK_LINE = re.compile(rf"{_NEWLINE}(?:[^\S\r\n]*{_NEWLINE})+|\f|\u2029")
_WIDEST_CELL = 300  # characters looked at for the mark between the cells of a table row
_LINE_ITEM = re.compile(
    rf"{_NEWLINE}(?=[^\S\r\n]*(?:(?:[-*+•‣◦·>]|#{{1,6}}|\d{{1,3}}[.)]|[a-z]\))[^\S\r\n]|\|)"
    rf"|[^\r\n]{{1,{_WIDEST_CELL}}} \| )"
)
_LAST_WORD = re.compile(r"[\w.]*\w(?=\W*$)")


def split_blocks(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Return the spans of paragraphs, list items and table rows in ``text[start:end]``.

    Blank lines separate paragraphs; a line that begins as a list item, a table row, a quotation
    or a Markdown heading is a block of its own. Spans are trimmed of white space, ordered and
    disjoint, and hold every non-blank character.
    """
    end = len(text) if end is None else end
    edges = [start]
    for pattern in (_BLANK_LINE, _LINE_ITEM):
        edges.extend(match.end() for match in pattern.finditer(text, start, end))
    edges.append(end)
    edges = sorted(set(edges))
    spans = (trim(text, left, right) for left, right in pairwise(edges))
    return [span for span in spans if span[0] < span[1]]


def split_sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Return the spans of the sentences in ``text[start:end]``, block by block.

    Spans are trimmed of white space, ordered and disjoint, and hold every non-blank character.
    """
    return [
        sentence
        for left, right in split_blocks(text, start, end)
        for sentence in _sentences_of_block(text, left, right)
    ]


def body_sentences(text: str, body: int) -> list[Span]:
    """Return the sentences of a passage that can answer: those after ``body``, its headings.

    A passage of nothing but headings gives those.
    """
    return split_sentences(text, body) or split_sentences(text)


def trim(text: str, start: int, end: int) -> Span:
    """Return ``start, end`` moved inwards past white space; an empty span when all is white."""
    piece = text[start:end]
    stripped = piece.lstrip()
    start += len(piece) - len(stripped)
    return start, start + len(stripped.rstrip())


def _sentences_of_block(text: str, start: int, end: int) -> list[Span]:
    spans: list[Span] = []
    left = start
    for match in _STOP.finditer(text, start, end):
        if match.end() < end and _ends_sentence(text, left, match, end):
            spans.append(trim(text, left, match.end()))
            left = match.end()
    spans.append(trim(text, left, end))
    return [span for span in spans if span[0] < span[1]]


def _ends_sentence(text: str, left: int, stop: re.Match[str], end: int) -> bool:
    """Tell whether the stop ends a sentence, from the word before it and the character after."""
    following = text[stop.end() : min(end, stop.end() + 12)].lstrip().lstrip(_OPENERS).lstrip()
    if following[:1].islower():
        return False
    if stop[0][0] != ".":
        return True
    before = _LAST_WORD.search(text, max(left, stop.start() - 24), stop.start())
    if before is None:
        return True
    word = before[0]
    if word.isdigit():  # "1. Introduction": a number that opens the block is a label
        return before.start() > trim(text, left, stop.start())[0]
    return not (len(word) == 1 and word.isalpha()) and word.lower() not in _ABBREVIATIONS
