"""Text to terms with their spans: one analyzer for indexing, questions and explanation."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import tantivy

from corpus.types import Passage
from embeddings.function_words import FUNCTION_WORDS
from embeddings.languages import ENGLISH, language_of

#: Part of a document's pipeline fingerprint: change it when terms change.
PIPELINE = "analyzer/4"

# A code is word characters joined by / - . , : with a digit somewhere: S/PRST/2018/1, 2017-2018,
# 1,500, 3.14. A word may hold an apostrophe or a hyphen: Kazakhstan's, co-operation.
# Marks are accents and vowel signs that follow their letter; Python's \w leaves them out.
_MARKS = "".join(chr(c) for c in range(0x300, 0x3100) if unicodedata.category(chr(c))[0] == "M")
_PART = rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*"
_WORDS = re.compile(rf"{_PART}(?:[/.,:'’‑-]{_PART})*")
_PARTS = re.compile(_PART)
_CODE = re.compile(r"([^\W\d_]{2,})\d{2,}")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_UNSPACED_LETTERS = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff"
_UNSPACED = re.compile(f"[{_UNSPACED_LETTERS}]+")
_SPACED_PART = rf"[^\W_{_UNSPACED_LETTERS}]+(?:[{_MARKS}]+[^\W_{_UNSPACED_LETTERS}]*)*"
_WORDS_TO_SHOW = re.compile(
    rf"{_SPACED_PART}(?:[/.,:'’‑-]{_SPACED_PART})*|[{_UNSPACED_LETTERS}][{_MARKS}]*"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_SCRIPT_STEMMERS = {"CYRILLIC": "russian", "ARABIC": "arabic", "GREEK": "greek"}
#: Languages whose own stemmer takes the words in Latin letters of their texts.
LATIN_STEMMERS = frozenset(
    """
    english german french spanish italian portuguese dutch danish swedish norwegian finnish
    hungarian romanian turkish
    """.split()
)
_HARMONIC = frozenset({"turkish"})  # its stemmer tells endings by vowels that folding makes equal
# Letters that are one letter to who types them: dotless i; Arabic and Persian yeh and kaf. The
# tatweel only makes a word longer.
_VARIANTS = str.maketrans({"ı": "i", "ى": "ي", "ی": "ي", "ک": "ك", "ـ": None})
# English, German and Swedish, French and German again, Japanese quotation marks.
_QUOTED = re.compile(
    r"\"([^\"]{0,200})\"|[“”„]([^“”„]{0,200})[“”]|«([^«»]{0,200})»|»([^«»]{0,200})«"
    r"|「([^「」]{0,200})」|『([^『』]{0,200})』"
)
# Characters beside the quotations up to which a question asks for them: the quotation marks of a
# longer text, such as an abstract, are part of its prose.
_LONGEST_ASKING = 300
_MAX_TERM = 64  # longer terms are cut: nobody types them, and tantivy refuses very long ones


class Term(NamedTuple):
    """A term as it is indexed, and the span of the text it was made from."""

    text: str
    start: int
    end: int


def analyze(text: str, language: str = ENGLISH) -> list[Term]:
    """Return the terms of a text in order: case and accents folded, words stemmed.

    Numbers and codes are kept whole beside their parts; hyphenated words are joined beside their
    parts; scripts without spaces give overlapping pairs of characters. Words in Latin letters are
    stemmed as ``language`` has it, as English where it has no stemmer; others by their script.
    """
    stemmer = stemmer_for(language)
    return [
        Term(term, match.start() + start, match.start() + end)
        for match in _WORDS.finditer(text)
        for term, start, end in _terms_of_word(match[0], stemmer)
    ]


def split_words(text: str) -> list[tuple[int, int]]:
    """Return the spans of a text's words, in order: joined words and codes are whole.

    Of scripts without spaces each character, with the marks on it, counts as a word.
    """
    return [match.span() for match in _WORDS_TO_SHOW.finditer(text)]


def count_terms(text: str, language: str = ENGLISH) -> Counter[str]:
    """Return how often each term stands in a text; ``language`` as in `analyze`."""
    stemmer = stemmer_for(language)
    counts: Counter[str] = Counter()
    for word, times in Counter(_WORDS.findall(text)).items():
        for term, _, _ in _terms_of_word(word, stemmer):
            counts[term] += times
    return counts


def stemmer_for(language: str | None) -> str:
    """Return the language by which words in Latin letters are stemmed in texts of a language."""
    return language if language in LATIN_STEMMERS else ENGLISH


def passage_language(passage: Passage) -> str | None:
    """Return the language that a passage is taken to be in, None when it cannot be told."""
    return language_of(passage.encoded)


def passage_terms(passage: Passage) -> Counter[str]:
    """Return how often each term stands in what is embedded of a passage, its context included.

    A passage in another language than English has that language's `marker` once.
    """
    language = passage_language(passage) or ENGLISH
    counts = count_terms(passage.encoded, language)
    if language != ENGLISH:
        counts[marker(language)] = 1
    return counts


def marker(language: str) -> str:
    """Return the term that stands in every passage in a language, and in no text."""
    return f"={language}"


def query_terms(question: str, language: str = ENGLISH) -> Counter[str]:
    """Return how often each term stands in a question, in the order in which they first do.

    The function words of the question's own language are left out unless it has no other;
    ``language`` is that of the passages that are looked for, by which words are stemmed.
    """
    stemmer, function_words = stemmer_for(language), _function_words(language_of(question))
    terms = Counter(
        term
        for word in _WORDS.findall(question)
        if not _is_function_word(word, function_words)
        for term, _, _ in _terms_of_word(word, stemmer)
    )
    return terms or Counter(term.text for term in analyze(question, language))


def is_function_word(word: str, language: str) -> bool:
    """Tell whether a word shapes sentences in a language, and says nothing of their subject."""
    return _is_function_word(word, _function_words(language))


def quoted_phrases(question: str, language: str = ENGLISH) -> tuple[tuple[str, ...], ...]:
    """Return what stands in double quotation marks, each as the sequence of its words' terms.

    A text that is long beside its quotations asks for none of them.
    """
    quoted = [match[match.lastindex or 0] for match in _QUOTED.finditer(question)]
    if len(question) - sum(map(len, quoted)) > _LONGEST_ASKING:
        return ()
    phrases = (_sequence(text, language) for text in quoted)
    return tuple(phrase for phrase in phrases if phrase)


def holds_phrases(text: str, phrases: Sequence[Sequence[str]], language: str = ENGLISH) -> bool:
    """Tell whether a text has all phrases, each as an unbroken sequence of terms."""
    terms = f" {' '.join(_sequence(text, language))} "
    return all(f" {' '.join(phrase)} " in terms for phrase in phrases)


def _sequence(text: str, language: str) -> tuple[str, ...]:
    """Return the terms of a text in order, parts of joined words without their wholes."""
    stemmer = stemmer_for(language)
    sequence: list[str] = []
    for word in _WORDS.findall(text):
        terms = _terms_of_word(word, stemmer)
        has_whole = len(terms) > 1 and terms[-1][1] == 0
        sequence.extend(term for term, _, _ in (terms[:-1] if has_whole else terms))
    return tuple(sequence)


@lru_cache(maxsize=1 << 16)
def _terms_of_word(word: str, stemmer: str) -> tuple[tuple[str, int, int], ...]:
    """Return the terms of one match of ``_WORDS`` with their spans inside it."""
    possessive = _POSSESSIVE.search(word)
    end = possessive.start() if possessive else len(word)
    word = word[:end]
    if _UNSPACED.search(word):
        return tuple(term for term in _unspaced_terms(word, stemmer) if term[0])
    parts = [
        (word[start:stop], start, stop)
        for part in _PARTS.finditer(word)
        for start, stop in _pieces(word, part.start(), part.end())
    ]
    terms = [(_normalise(part, stemmer), start, stop) for part, start, stop in parts]
    if len(parts) > 1:
        terms.append((_whole(word, [part for part, _, _ in parts], stemmer), 0, end))
    return tuple((term[:_MAX_TERM], start, stop) for term, start, stop in terms if term)


def _pieces(word: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the letters and the number of a part like FY2022 or COP26, or the part as it is."""
    code = _CODE.fullmatch(word, start, end)
    return [(start, end)] if code is None else [(start, code.end(1)), (code.end(1), end)]


def _whole(word: str, parts: list[str], stemmer: str) -> str:
    """Return the one term for a joined word: a code as it stands, other words run together."""
    if _THOUSANDS.fullmatch(word):
        return word.replace(",", "")
    if any(character.isdigit() for character in word):
        return _fold(word)
    return _normalise("".join(parts), stemmer)


def _unspaced_terms(word: str, stemmer: str) -> list[tuple[str, int, int]]:
    terms: list[tuple[str, int, int]] = []
    position = 0
    for run in _UNSPACED.finditer(word):
        terms.extend(_spaced_run(word, position, run.start(), stemmer))
        terms.extend(_pairs(word, run.start(), run.end()))
        position = run.end()
    return [*terms, *_spaced_run(word, position, len(word), stemmer)]


def _spaced_run(word: str, start: int, end: int, stemmer: str) -> list[tuple[str, int, int]]:
    return [
        (_normalise(part[0], stemmer)[:_MAX_TERM], part.start(), part.end())
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
    """Return a word without case, accents and the spaces that some ligatures stand for.

    Digits of any script are the Western ones.
    """
    decomposed = unicodedata.normalize("NFKD", word).casefold()
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in decomposed.translate(_VARIANTS)
        if not unicodedata.combining(character) and not character.isspace()
    )


def _normalise(word: str, stemmer: str) -> str:
    """Return a word folded and stemmed: one in Latin letters as told, another by its script."""
    folded = _fold(word)
    if not folded or any(character.isdigit() for character in folded):
        return folded
    script = unicodedata.name(folded[0], "").partition(" ")[0]
    language = stemmer if script == "LATIN" else _SCRIPT_STEMMERS.get(script)
    if language is None:
        return folded
    if language in _HARMONIC:
        return _fold(_stem(unicodedata.normalize("NFKC", word).casefold(), language)) or folded
    return _stem(folded, language)


def _stem(word: str, language: str) -> str:
    stems = _stemmer(language).analyze(word)
    return stems[0] if stems else word


@cache
def _stemmer(language: str) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
    return builder.filter(tantivy.Filter.stemmer(language)).build()


@cache
def _function_words(language: str | None) -> frozenset[str]:
    """Return the function words of a language, folded; the English ones where it has no list."""
    return frozenset(map(_fold, FUNCTION_WORDS.get(language or ENGLISH, FUNCTION_WORDS[ENGLISH])))


@lru_cache(maxsize=4096)
def _is_function_word(word: str, function_words: frozenset[str]) -> bool:
    if word.isupper() and len(word) > 1:  # WHO and IT are names; who and it are not
        return False
    bare = _POSSESSIVE.sub("", word).replace("’", "'")
    if _fold(bare) in function_words:
        return True
    return all(_fold(part) in function_words for part in _PARTS.findall(bare))
