"""What kind of thing an English question asks for, and whether a text has one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from embeddings.analyzer import split_words
from embeddings.types import Flags
from qa.types import Span

MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|(?-i:May|MAY)|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
DATE: Final = re.compile(
    rf"\b(?:1\d|20)\d\d(?!\d)|\b\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}\b"
    rf"|\b{MONTH}\.?\s+\d{{1,2}}\b|\b\d{{1,2}}(?:st|nd|rd|th)?\s+{MONTH}\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)\s+century\b",
    re.IGNORECASE,
)
NUMBER: Final = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    r"|hundreds?|thousands?|millions?|billions?|dozens?|half|twice)\b",
    re.IGNORECASE,
)
_ASKED: Final = (
    (
        re.compile(
            r"\bwhen\b(?!\s+\w+ing\b)"
            r"|\b(?:what|which)\s+(?:\w+\s+)?(?:date|day|month|year|decade|century)\b",
            re.IGNORECASE,
        ),
        DATE,
    ),
    (
        re.compile(
            r"\bhow\s+(?:many|much|long|old|often|far|large|big|tall|high|deep|fast|heavy)\b"
            r"|\bwhat\s+(?:percentage|percent|proportion|share|number|amount)\b",
            re.IGNORECASE,
        ),
        NUMBER,
    ),
)
ASKS_NAME: Final = re.compile(r"\b(?:who|whom|whose|where)\b", re.IGNORECASE)


def expected(question: str) -> re.Pattern[str] | None:
    """Return a pattern of what the answer should hold: a date, or a number; None for all else."""
    return next((wanted for asks, wanted in _ASKED if asks.search(question)), None)


def holds_expected(question: str, texts: Sequence[str]) -> Flags:
    """Tell of each text whether it has what the question asks for; none has, if that is unknown."""
    wanted = expected(question)
    if wanted is None:
        return np.zeros(len(texts), dtype=np.bool_)
    return np.array([wanted.search(text) is not None for text in texts], dtype=np.bool_)


def expected_spans(question: str, text: str) -> list[Span]:
    """Return the spans of words with what a question asks for and does not say itself."""
    wanted = expected(question)
    if wanted is None:
        return []
    own = frozenset(question[a:b].casefold() for a, b in split_words(question))
    words = split_words(text)
    asked_for = words_within(words, [match.span() for match in wanted.finditer(text)])
    return [(a, b) for a, b in asked_for if text[a:b].casefold() not in own]


def name_spans(question: str, text: str) -> list[Span]:
    """Return the spans of words in names that a text has and the question does not say itself.

    None where no name is asked for. A capital that opens the text is one of a name only before
    another.
    """
    if not ASKS_NAME.search(question):
        return []
    own = frozenset(question[a:b].casefold() for a, b in split_words(question))
    words = split_words(text)
    capital = [text[start].isupper() for start, _ in words]
    if capital[1:2] == [False]:
        capital[0] = False
    named = [word for word, is_capital in zip(words, capital, strict=True) if is_capital]
    return [(a, b) for a, b in named if text[a:b].casefold() not in own]


def words_within(words: Sequence[Span], spans: Sequence[Span]) -> list[Span]:
    """Return the words, all in order and apart, that any of the ordered spans touches."""
    touched: list[Span] = []
    at = 0
    for start, end in words:
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        if at < len(spans) and spans[at][0] < end:
            touched.append((start, end))
    return touched
