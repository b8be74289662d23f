"""Whether citations state the same date or number where the question asks for one.

Precision comes first: sentences are compared only when they hold nearly all that the question asks
about, and one clear value each. The patterns are English; other questions find no disagreement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise, takewhile
from typing import Final, TypeAlias

from embeddings.analyzer import count_terms, is_function_word, query_terms
from embeddings.languages import ENGLISH
from qa import quantities
from qa.citations import Hit, source_path
from qa.expectation import DATE, expected
from qa.quantities import Value, dates, following_words, numbers
from qa.types import StatedValue

# Share of the question's terms, weighted by idf, that a sentence must hold. Of 600 SQuAD 2.0
# questions for a date or a number, whose paragraphs do not contradict each other, one is said to
# have sources that differ; with .7 three, with .6 eight. Of 101 whose evidence holds so much of
# them, a digit that is changed in a copy of the evidence is found for 97.
_LEAST_COVERAGE = 0.75
_LONGEST = 2_000  # characters of a sentence that are compared; a longer one is a list or a table
_UNIT_WORDS = 3  # words after a number, or after "how many", that say what is counted
_COUNTED: Final = re.compile(r"\bhow\s+many\b|\bwhat\s+(?:number|amount)\s+of\b", re.IGNORECASE)
_SHARED: Final = re.compile(r"\bwhat\s+(?:percentage|percent|proportion|share)\b", re.IGNORECASE)
_YEAR_ASKED: Final = re.compile(r"\b(?:what|which)\s+(?:\w+\s+)?year\b", re.IGNORECASE)
_CLAUSE: Final = re.compile(r"[,;:()—–]|\b(?:and|but|while|whereas|before|after)\b", re.IGNORECASE)
_PLACED: Final = re.compile(r"\b(?:in|at|of|near|for|from|to)\s+(?:the\s+)?([A-Z][\w'’-]+)")
_NAMED: Final = re.compile(r"(?<!\w)([A-Z][\w'’-]+)(?=\s+(\w+))")
_MONTH_NAMES: Final = frozenset(
    """
    january february march april may june july august september october november december
    """.split()
)


@dataclass(frozen=True, slots=True)
class Statement:
    """The evidence of one citation: its sentence, and the share of the question's terms in it.

    ``number`` is the citation's, ``document`` tells documents apart, ``coverage`` (0..1) is
    weighted by idf.
    """

    number: int
    document: str
    sentence: str
    coverage: float


def disagreement(question: str, statements: Sequence[Statement]) -> tuple[StatedValue, ...] | None:
    """Return the values that statements of several documents differ in; None where they do not.

    Values that may mean the same are one, given as the most exact of them is written: 1931 and
    12 May 1931, 1.1 million and 1,078,362. They are ordered by their first citation.
    """
    stated = _stated(question, statements)
    if not stated:
        return None
    first = stated[0]
    comparable = [one for one in stated if _same_matter(question, first, one)]
    groups = _groups(comparable)
    found = sorted(groups, key=lambda group: min(one.number for one, _ in group))
    documents = {one.document for group in found for one, _ in group}
    if len(found) < 2 or len(documents) < 2:
        return None
    return tuple(
        StatedValue(group[0][1].text, tuple(sorted(one.number for one, _ in group)))
        for group in found
    )


def statements(hits: Iterable[Hit]) -> list[Statement]:
    """Return the best sentence of each hit, under the numbers that citations have."""
    made: list[Statement] = []
    for number, hit in enumerate(hits, start=1):
        start, end = hit.evidence.span
        document = source_path(hit.stored.root, hit.stored.file.path)
        sentence = hit.stored.passage.text[start:end]
        made.append(Statement(number, document, sentence, hit.evidence.coverage))
    return made


_Stated: TypeAlias = tuple[Statement, Value]


def _stated(question: str, statements: Sequence[Statement]) -> list[_Stated]:
    """Return the statements that hold what the question asks about, each with its one value."""
    wanted = expected(question)
    if wanted is None:
        return []
    own = _values(question[:_LONGEST])
    found: list[_Stated] = []
    for one in statements:
        sentence = one.sentence[:_LONGEST]
        if one.coverage < _LEAST_COVERAGE or not _holds(sentence, own):
            continue
        values = _dates(question, sentence) if wanted is DATE else _numbers(question, sentence)
        values = [value for value in values if not any(map(value.agrees, own))]
        if (value := _in_best_clause(question, sentence, values)) is not None:
            found.append((one, value))
    return [(one, value) for one, value in found if value.unit == found[0][1].unit]


def _values(text: str) -> list[Value]:
    return [*dates(text), *numbers(text)]


def _holds(sentence: str, own: Sequence[Value]) -> bool:
    """Tell whether a sentence names every date and number that the question itself names."""
    named = _values(sentence) if own else []
    return all(any(value.may_equal(other) for other in named) for value in own)


def _dates(question: str, sentence: str) -> list[Value]:
    found = dates(sentence)
    if not _YEAR_ASKED.search(question):
        return found
    return [value.year() for value in found if value.unit == quantities.DATE]


def _numbers(question: str, sentence: str) -> list[Value]:
    """Return the numbers of what the question counts, or shares, or measures in any unit."""
    found = numbers(sentence)
    if _SHARED.search(question):
        return [value for value in found if value.unit == "%"]
    counted = _COUNTED.search(question)
    if counted is None:
        return found
    nouns = takewhile(_is_content, following_words(question, counted.end()))
    things = count_terms(" ".join(islice(nouns, _UNIT_WORDS)))
    return [
        replace(value, unit="")
        for value in found
        if things.keys() & count_terms(" ".join(_after(sentence, value))).keys() or not things
    ]


def _after(sentence: str, value: Value) -> list[str]:
    return list(islice(following_words(sentence, value.end), _UNIT_WORDS))


def _is_content(word: str) -> bool:
    return not is_function_word(word, ENGLISH)


def _in_best_clause(question: str, sentence: str, values: Sequence[Value]) -> Value | None:
    """Return the value in the clause with most of the question's terms; None unless it is alone."""
    if len(values) < 2:
        return values[0] if values else None
    cuts = [cut.start() for cut in _CLAUSE.finditer(sentence) if not _joins(cut, values)]
    terms = query_terms(question).keys()
    clauses = list(pairwise([0, *cuts, len(sentence)]))
    shared = [len(terms & count_terms(sentence[a:b]).keys()) for a, b in clauses]
    most = max(shared)
    if shared.count(most) > 1:
        return None
    start, end = clauses[shared.index(most)]
    within = [value for value in values if start <= value.start < end]
    return within[0] if len(within) == 1 else None


def _joins(cut: re.Match[str], values: Sequence[Value]) -> bool:
    """Tell whether a mark or a word stands in a value, or right between two."""
    before, after = cut.string[: cut.start()].rstrip(), cut.string[cut.end() :].lstrip()
    start, end = len(before), len(cut.string) - len(after)
    between = any(value.end == start for value in values) and any(
        value.start == end for value in values
    )
    return between or any(value.start <= cut.start() < value.end for value in values)


def _same_matter(question: str, one: _Stated, other: _Stated) -> bool:
    """Tell whether two sentences may speak of the same: not of other places, or other years.

    Each may name some that the other does not, but not both.
    """
    names, years = _named(question, one)
    other_names, other_years = _named(question, other)
    elsewhere = names and other_names and not names & other_names
    at_another_time = years and other_years and not years & other_years
    return not elsewhere and not at_another_time


def _named(question: str, stated: _Stated) -> tuple[set[str], set[int]]:
    """Return the places and things that a sentence names beyond the question, and the years."""
    statement, value = stated
    sentence = statement.sentence[:_LONGEST]
    words = set(re.findall(r"\w[\w'’-]*", question.casefold()))
    names = _PLACED.findall(sentence)
    names += [name for name, word in _NAMED.findall(sentence) if word.casefold() in words]
    years = {
        int(date.low) // 10_000
        for date in dates(sentence)
        if date.unit == quantities.DATE and date.start != value.start
    }
    new = {name.casefold() for name in names} - words - _MONTH_NAMES
    return {name for name in new if _is_content(name)}, years


def _groups(stated: Sequence[_Stated]) -> list[list[_Stated]]:
    """Return statements whose values may be the same together, the most exact one first.

    One that agrees with several groups, as 1931 does with two days of that year, is left out.
    """
    groups: list[list[_Stated]] = []
    for one in sorted(stated, key=lambda pair: pair[1].high - pair[1].low):
        agreeing = [group for group in groups if group[0][1].agrees(one[1])]
        if not agreeing:
            groups.append([one])
        elif len(agreeing) == 1:
            agreeing[0].append(one)
    return groups
