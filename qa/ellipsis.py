"""A question that is only a piece, made whole with the question before it: "And in 2019?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from qa.topics import (
    Word,
    chosen_of,
    content_words,
    first_auxiliary,
    main_name,
    names_of,
    phrase_after,
    preposition_before,
    spelled,
    subject_of,
    words_of,
)

ABOUT: Final = "(about "  # how a topic is added where it has no place in the sentence
_ARTICLE: Final = re.compile(r"(?:the|an?|my|our)\s", re.IGNORECASE)
YEAR: Final = re.compile(r"\b(?:1\d{3}|20\d{2})\b")
_MONTH: Final = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
_WEEKDAY: Final = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b")
_KINDS: Final = (YEAR, _MONTH, _WEEKDAY)
_NUMBERED: Final = re.compile(r"([^\W\d_]+)\s+\d[\w.]*$")
PREPOSITION: Final = re.compile(
    r"^(?:in|on|at|for|of|by|about|from|since|before|after|during|to|with|under|between|near)\s",
    re.IGNORECASE,
)


def with_another(piece: str, previous: str) -> str:
    """Return the question before with ``piece`` in the place of what is of its kind."""
    for kind in _KINDS:
        if kind.search(piece) and (old := kind.search(previous)):
            new = piece if old.start() == 0 else _without_preposition(piece)
            return previous[: old.start()] + new + previous[old.end() :]
    if (numbered := _NUMBERED.match(piece)) and (
        old := re.search(rf"\b{numbered[1]}\s+\d[\w.]*\b", previous, re.IGNORECASE)
    ):
        return previous[: old.start()] + piece + previous[old.end() :]
    words = words_of(piece)
    preposition = words[0].low if PREPOSITION.match(piece) else ""
    bare = _without_preposition(piece)
    if any(word.is_capital for word in words_of(bare)):
        return _named(bare, preposition, previous)
    if preposition or any(character.isdigit() for character in piece):
        phrase = phrase_after(previous, preposition)
        alike = not any(word.is_capital or word.text[0].isdigit() for word in [*phrase, *words])
        return _put(bare, phrase if alike else (), previous) or _appended(piece, previous)
    if _ARTICLE.match(piece):
        return _of_another(piece, previous)
    chosen = chosen_of(words_of(previous))
    return _put(piece, chosen, previous) or about(piece, gist(previous))


def _of_another(piece: str, previous: str) -> str:
    """Return the question before about another thing, which may be of the same name."""
    if not (name := main_name(previous)):
        subject = subject_of(previous)
        return previous.replace(subject, piece, 1) if subject else about(piece, gist(previous))
    proper = [word for word in name if word.is_capital]
    return about(_put(piece, name, previous), spelled(previous, proper))


def _named(name: str, preposition: str, previous: str) -> str:
    """Return the question before with another name, in the place of one with its preposition."""
    names = names_of(previous)
    alike = [one for one in names if preposition_before(previous, one) == preposition]
    old = (alike[0] if alike else ()) if preposition else main_name(previous)
    return _put(name, old, previous) or _appended(f"{preposition} {name}".strip(), previous)


def _put(piece: str, old: Sequence[Word], previous: str) -> str:
    """Return the question before with ``piece`` for some of its words; "" where these are none."""
    if not old:
        return ""
    before = previous[: old[0].start]
    if _ARTICLE.match(piece):
        before = re.sub(r"\bthe\s+$", "", before, flags=re.IGNORECASE)
    return before + piece + previous[old[-1].end :]


def _without_preposition(piece: str) -> str:
    return PREPOSITION.sub("", piece)


def _appended(piece: str, previous: str) -> str:
    return f"{previous.rstrip('?.! ')} {piece}?"


def with_question_word(core: str, previous: str) -> str:
    """Return the question before, asked by another question word: "Why?", "Since when?"."""
    asked = core.rstrip("?.! ")
    words = words_of(previous)
    turning = first_auxiliary(words)
    takes_rest = asked.split()[-1].casefold() in ("when", "where", "why", "how")
    if turning is None or not takes_rest:
        return about(core, gist(previous))
    rest = previous[words[turning].start :]
    return f"{asked} {rest[0].lower()}{rest[1:]}"


def gist(previous: str) -> str:
    """Return the words of the question before that say what it was about."""
    return " ".join(word.text for word in content_words(previous)[:10])


def about(core: str, topic: str) -> str:
    """Return a question with its topic added; as it is when there is none to add."""
    return f"{core} {ABOUT}{topic})" if topic else core
