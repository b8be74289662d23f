"""Text to terms with their spans: one analyzer for indexing, questions and explanation."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from typing import NamedTuple

import tantivy

#: Part of a document's pipeline fingerprint: change it when terms change.
PIPELINE = "analyzer/1"

# A code is word characters joined by / - . , : with a digit somewhere: S/PRST/2018/1, 2017-2018,
# 1,500, 3.14. A word may hold an apostrophe or a hyphen: Kazakhstan's, co-operation.
# Marks are accents and vowel signs that follow their letter; Python's \w leaves them out.
_MARKS = "".join(chr(c) for c in range(0x300, 0x3100) if unicodedata.category(chr(c))[0] == "M")
_PART = rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*"
_WORDS = re.compile(rf"{_PART}(?:[/.,:'’‑-]{_PART})*")
_PARTS = re.compile(_PART)
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff]+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_SCRIPT_STEMMERS = {"LATIN": "english", "CYRILLIC": "russian", "ARABIC": "arabic", "GREEK": "greek"}
#: Words that shape an English question and say nothing of what it is about.
FUNCTION_WORDS = frozenset(
    """
    a an the this that these those and or but if than then so as of at by for from in into on onto
    to with without about between over under up down out off
    i me my we our you your he him his she her its it they them their there here
    am is are was were be been being do does did done doing have has had having
    can could shall should would must
    who whom whose what which when where why how
    any some each all both not no nor only own same such too very just also
    please tell give show list explain describe
    isn't aren't wasn't weren't don't doesn't didn't can't won't
    """.split()
)
_MAX_TERM = 64  # longer terms are cut: nobody types them, and tantivy refuses very long ones


class Term(NamedTuple):
    """A term as it is indexed, and the span of the text it was made from."""

    text: str
    start: int
    end: int


def analyze(text: str) -> list[Term]:
    """Return the terms of a text in order: case and accents folded, words stemmed.

    Numbers and codes are kept whole beside their parts; hyphenated words are joined beside their
    parts; scripts without spaces give overlapping pairs of characters.
    """
    return [
        Term(term, match.start() + start, match.start() + end)
        for match in _WORDS.finditer(text)
        for term, start, end in _terms_of_word(match[0])
    ]


def count_terms(text: str) -> Counter[str]:
    """Return how often each term stands in a text."""
    counts: Counter[str] = Counter()
    for word, times in Counter(_WORDS.findall(text)).items():
        for term, _, _ in _terms_of_word(word):
            counts[term] += times
    return counts


def query_terms(question: str) -> list[str]:
    """Return the distinct terms of a question, function words left out unless it has no other."""
    terms = dict.fromkeys(
        term
        for word in _WORDS.findall(question)
        if not _is_function_word(word)
        for term, _, _ in _terms_of_word(word)
    )
    return list(terms or dict.fromkeys(term.text for term in analyze(question)))


@lru_cache(maxsize=1 << 16)
def _terms_of_word(word: str) -> tuple[tuple[str, int, int], ...]:
    """Return the terms of one match of ``_WORDS`` with their spans inside it."""
    possessive = _POSSESSIVE.search(word)
    end = possessive.start() if possessive else len(word)
    word = word[:end]
    if _UNSPACED.search(word):
        return tuple(term for term in _unspaced_terms(word) if term[0])
    parts = [(part[0], part.start(), part.end()) for part in _PARTS.finditer(word)]
    terms = [(_normalise(part), start, stop) for part, start, stop in parts]
    if len(parts) > 1:
        terms.append((_whole(word, [part for part, _, _ in parts]), 0, end))
    return tuple((term[:_MAX_TERM], start, stop) for term, start, stop in terms if term)


def _whole(word: str, parts: list[str]) -> str:
    """Return the one term for a joined word: a code as it stands, other words run together."""
    if _THOUSANDS.fullmatch(word):
        return word.replace(",", "")
    if any(character.isdigit() for character in word):
        return _fold(word)
    return _normalise("".join(parts))


def _unspaced_terms(word: str) -> list[tuple[str, int, int]]:
    terms: list[tuple[str, int, int]] = []
    position = 0
    for run in _UNSPACED.finditer(word):
        terms.extend(_spaced_run(word, position, run.start()))
        terms.extend(_pairs(word, run.start(), run.end()))
        position = run.end()
    return [*terms, *_spaced_run(word, position, len(word))]


def _spaced_run(word: str, start: int, end: int) -> list[tuple[str, int, int]]:
    return [
        (_normalise(part[0])[:_MAX_TERM], part.start(), part.end())
        for part in _PARTS.finditer(word, start, end)
    ]


def _pairs(word: str, start: int, end: int) -> list[tuple[str, int, int]]:
    """Return each character with the next, marks kept with the character they stand on."""
    letters = [at for at in range(start, end) if word[at] not in _MARKS]
    if len(letters) == 1:
        return [(_fold(word[letters[0] : end]), letters[0], end)]
    edges = [*letters, end]
    spans = zip(edges, edges[2:], strict=False)
    return [(_fold(word[first:last]), first, last) for first, last in spans]


def _fold(word: str) -> str:
    """Return a word without case, accents and the spaces that some ligatures stand for."""
    decomposed = unicodedata.normalize("NFKD", word).casefold()
    return "".join(
        character
        for character in decomposed
        if not unicodedata.combining(character) and not character.isspace()
    )


def _normalise(word: str) -> str:
    """Return a word folded and stemmed by the language its script is most used for."""
    folded = _fold(word)
    if not folded or any(character.isdigit() for character in folded):
        return folded
    script = unicodedata.name(folded[0], "").partition(" ")[0]
    language = _SCRIPT_STEMMERS.get(script)
    if language is None:
        return folded
    stems = _stemmer(language).analyze(folded)
    return stems[0] if stems else folded


@cache
def _stemmer(language: str) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
    return builder.filter(tantivy.Filter.stemmer(language)).build()


@lru_cache(maxsize=4096)
def _is_function_word(word: str) -> bool:
    if word.isupper() and len(word) > 1:  # WHO and IT are names; who and it are not
        return False
    return _fold(_POSSESSIVE.sub("", word).replace("’", "'")) in FUNCTION_WORDS
