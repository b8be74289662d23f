"""Dates and numbers that an English text names, in a form in which they can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from qa.expectation import MONTH

DATE: Final = "date"
DAY: Final = "day of the year"

_MONTHS: Final = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_YEAR: Final = r"(?:1\d{3}|20\d{2})"
# What may not stand beside a number: letters, and the digits of a code, a range or a longer number.
_BEFORE: Final = r"(?<![\w.,/–-])"
_AFTER: Final = r"(?!\d|[.,/–-]\d)"
_DATE: Final = re.compile(
    rf"{_BEFORE}(?:"
    rf"(?P<day1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month1>{MONTH})\.?(?:,?\s+(?P<year1>{_YEAR}))?"
    rf"|(?P<month2>{MONTH})\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year2>{_YEAR}))?"
    rf"|(?P<month3>{MONTH})\.?,?\s+(?P<year3>{_YEAR})"
    rf"|(?P<year4>{_YEAR})-(?P<month4>\d{{2}})-(?P<day4>\d{{2}})"
    rf"|(?P<left>\d{{1,2}})(?P<mark>[./])(?P<right>\d{{1,2}})(?P=mark)(?P<year5>{_YEAR})"
    rf"|(?P<year6>{_YEAR}))(?!\w){_AFTER}",
    re.IGNORECASE,
)
# A bare number is a year after such a word, or before a pause.
_LEADS_TO_YEAR: Final = re.compile(
    r"(?:\b(?:in|since|by|of|from|between|until|till|to|around|circa|year|during|before|after|late|early"
    r"|spring|summer|autumn|fall|winter|and|or)|[(,])\s*$",
    re.IGNORECASE,
)
_PAUSE: Final = re.compile(r"\s*(?:[.,;:)!?—–]|$)")

_UNITS: Final = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen
    """.split()
_SMALL: Final = {word: value for value, word in enumerate(_UNITS)} | {
    word: 10 * value
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_SCALES: Final = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_WORD: Final = "|".join(sorted([*_SMALL, *_SCALES], key=len, reverse=True))
_NUMBER: Final = re.compile(
    rf"(?P<currency>[$€£¥])?{_BEFORE}(?:"
    r"(?P<digits>\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"{_AFTER}(?!(?:st|nd|rd|th)\b)(?:\s?(?P<scale>thousand|million|billion|trillion|bn)\b)?"
    rf"|\b(?P<words>(?:an?\s+(?=dozen|hundred|thousand|million))?(?:{_WORD})"
    rf"(?:(?:[\s-]|\s+and\s+)(?:{_WORD}))*)\b)",
    re.IGNORECASE,
)
_PERCENT: Final = re.compile(r"\s?(?:%|per\s?cent\b)", re.IGNORECASE)
_NEXT: Final = re.compile(r"[\s-]{0,2}([^\W\d_]+)")
_UNIT_NAMES: Final = {
    "dollars": "$", "dollar": "$", "usd": "$", "euros": "€", "euro": "€", "eur": "€",
    "pounds": "£", "m": "metre", "meter": "metre", "meters": "metre", "km": "kilometre",
    "kilometer": "kilometre", "kilometers": "kilometre", "cm": "centimetre", "kg": "kilogram",
    "ft": "foot", "feet": "foot", "min": "minute", "mins": "minute",
}  # fmt: skip
_ABOUT: Final = re.compile(
    r"\b(?:about|around|some|nearly|almost|roughly|approximately|approx\.|circa|ca\.)\s+[$€£¥]?$",
    re.IGNORECASE,
)
_BOUND: Final = re.compile(
    r"\b(?:(?:more|less|fewer|other|greater)\s+than|over|under|above|below|at\s+(?:least|most)"
    r"|up\s+to|between|from)\s+[$€£¥]?$",
    re.IGNORECASE,
)
_LOOK_BACK = 24  # characters before a number that may say how exact it is
_INEXACT = 0.1  # share by which "about" a number may be off
_LONGEST = 40  # characters of a number that is read; a longer one counts nothing


@dataclass(frozen=True, slots=True)
class Value:
    """A date or a number as it stands in a text at ``start`` to ``end``.

    What it may mean lies from ``low`` to ``high``: 1931 is all days of that year, 1.1 million all
    numbers that are rounded to it. A date counts as year * 10,000 + month * 100 + day, and
    ``unit`` is `DATE`, `DAY` for one without its year, or what a number counts or measures.
    """

    text: str
    start: int
    end: int
    low: float
    high: float
    unit: str

    def agrees(self, other: Value) -> bool:
        """Tell whether both may mean the same."""
        return self.unit == other.unit and self.may_equal(other)

    def may_equal(self, other: Value) -> bool:
        """Tell whether both may be the same number, whatever they count."""
        return self.low <= other.high and other.low <= self.high

    def year(self) -> Value:
        """Return the year of a date."""
        year = int(self.low) // 10_000
        return replace(self, text=str(year), low=year * 10_000, high=year * 10_000 + 9_999)


def dates(text: str) -> list[Value]:
    """Return the dates and years of a text in order; decades, centuries and ranges are left out."""
    return [value for match in _DATE.finditer(text) if (value := _date(match))]


def numbers(text: str) -> list[Value]:
    """Return the exact or rounded numbers of a text in order, without dates, ordinals and codes.

    The unit is ``%``, the sign of a currency, or the word after the number, in the singular. Of a
    number that is only said to be a bound, as in "more than ten", nothing is known.
    """
    taken = [(found.start(), found.end()) for found in _DATE.finditer(text) if _date(found)]
    found = [value for match in _NUMBER.finditer(text) if (value := _number(match))]
    return [one for one in found if not _overlaps(one, taken)]


def _overlaps(value: Value, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < value.end and value.start < end for start, end in spans)


def _date(match: re.Match[str]) -> Value | None:
    named = {name: text for name, text in match.groupdict().items() if text}
    if "year6" in named and not _is_year(match):
        return None
    year = next((int(text) for name, text in named.items() if name.startswith("year")), 0)
    month = next((_month(text) for name, text in named.items() if name.startswith("month")), 0)
    day = next((int(text) for name, text in named.items() if name.startswith("day")), 0)
    if "mark" in named:
        day, month = _day_and_month(int(named["left"]), int(named["right"]), named["mark"])
    if month > 12 or day > 31:
        return None
    low = year * 10_000 + month * 100 + day
    high = low + (0 if day else 99 if month else 9_999)
    unit = DATE if year else DAY
    return Value(" ".join(match[0].split()), match.start(), match.end(), low, high, unit)


def _is_year(match: re.Match[str]) -> bool:
    before = match.string[max(match.start() - _LOOK_BACK, 0) : match.start()]
    return bool(_LEADS_TO_YEAR.search(before) or _PAUSE.match(match.string, match.end()))


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS.index(text[:3].casefold()) + 1


def _day_and_month(left: int, right: int, mark: str) -> tuple[int, int]:
    """Return day and month of 3.2.1990 or 3/2/1990; 0 and 0 where either may be either."""
    if mark == "." or left > 12:
        return left, right
    return (right, left) if right > 12 else (0, 0)


def _number(match: re.Match[str]) -> Value | None:
    before = match.string[max(match.start() - _LOOK_BACK, 0) : match.start()]
    if _BOUND.search(before) or match.end() - match.start() > _LONGEST:
        return None
    read = _of_words(match["words"]) if match["words"] else _of_digits(match)
    if read is None:
        return None
    amount, tolerance = read
    if _ABOUT.search(before):
        tolerance = max(tolerance, amount * _INEXACT)
    unit, end = _unit(match)
    text = " ".join(match.string[match.start() : end].split())
    return Value(text, match.start(), end, amount - tolerance, amount + tolerance, unit)


def _of_digits(match: re.Match[str]) -> tuple[float, float]:
    """Return a number and how far it may be off: with a scale, half of its last digit."""
    digits = re.sub(r"[,\u00a0\u202f]", "", match["digits"])
    if not match["scale"]:
        return float(digits), 0.0
    scale = _SCALES.get(match["scale"].casefold(), 10**9)
    return float(digits) * scale, 0.5 * scale / 10 ** len(digits.partition(".")[2])


def _of_words(words: str) -> tuple[float, float] | None:
    """Return the number that words name; None for "one" alone, which is also a pronoun."""
    total = current = 0
    for word in re.findall(r"[a-z]+", words.casefold()):
        if word in _SMALL:
            current += _SMALL[word]
        elif word == "hundred" or word == "dozen":
            current = max(current, 1) * _SCALES[word]
        elif word in _SCALES:
            total += max(current, 1) * _SCALES[word]
            current = 0
    return None if words.casefold() == "one" else (float(total + current), 0.0)


def _unit(match: re.Match[str]) -> tuple[str, int]:
    """Return the unit of a number, and where the number ends with a unit that is a mere sign."""
    if percent := _PERCENT.match(match.string, match.end()):
        return "%", percent.end()
    if match["currency"]:
        return match["currency"], match.end()
    following = next(following_words(match.string, match.end()), "")
    return _UNIT_NAMES.get(following, following.removesuffix("s")), match.end()


def following_words(text: str, at: int) -> Iterator[str]:
    """Yield the words after a place in a text, in lower case, up to the next mark or number."""
    while found := _NEXT.match(text, at):
        yield found[1].casefold()
        at = found.end()
