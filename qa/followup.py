"""A question that leans on the one before it, made one that stands by itself.

By rule, for English: the same two questions give the same result, and a question that can stand by
itself is left as it is. What is made is shown to who asked, and can be edited, so that a guess may
be wrong but never hidden.
"""

from __future__ import annotations

import re
from typing import Final

from embeddings.languages import ENGLISH, language_of
from qa.ellipsis import ABOUT, PREPOSITION, YEAR, about, gist, with_another, with_question_word
from qa.topics import (
    WH,
    Word,
    first_auxiliary,
    main_name,
    names_of,
    preposition_before,
    spelled,
    subject_of,
    topic_of,
    words_of,
)

_LONGEST = 500  # characters of a question that is looked at
_MOST_ELLIPTIC = 6  # words of a question without a verb, such as "And in 2019?"

_LEAD: Final = re.compile(
    r"^(?:(?:and|but|so|or|then|also|ok(?:ay)?|well|thanks|right)\b[\s,.!]*)+", re.IGNORECASE
)
_CONTINUES: Final = re.compile(r"\b(?:and|but|or|also)\b", re.IGNORECASE)
_DO_THAT: Final = re.compile(r"\b(?:do|done|doing)\s+(?:that|this|so)\s*(?:[?,]|$)", re.IGNORECASE)
_QUOTES: Final = frozenset("\"'“‘„«")
_WHAT_ABOUT: Final = re.compile(r"^(?:what|how)\s+about\s+", re.IGNORECASE)
_BARE: Final = re.compile(
    r"^(?:(?:since|until|by|for|from|to|with|in|at)\s+)?(?:who|whom|what|which|when|where|why|how)"
    r"(?:\s+(?:many|much|long|often|far|old|so|not|else|one|ones|year|exactly|then))?\W*$",
    re.IGNORECASE,
)
_WHY_THAT: Final = re.compile(
    r"^(why|how)\s+(?:is|was|were|are|so|come)\b(?:\s+(?:that|this|so))?\W*$", re.IGNORECASE
)
_MORE: Final = re.compile(
    r"^(?:(?:tell\s+me|say|give\s+me|any|some)\s+)?more(?:\s+(?:details?|information))?(?:,?\s+please)?"
    r"\W*$|^(?:go\s+on|explain|elaborate|details?|any(?:thing|one|body)\s+else)\W*$",
    re.IGNORECASE,
)
_ONE: Final = re.compile(r"\b(?:which|what)\s+(?:other\s+)?ones?\b", re.IGNORECASE)
_SAME: Final = re.compile(
    r"\b(?:that|this|those|these|such)\s+(?:same\s+)?(?P<noun>[^\W\d_]+)", re.IGNORECASE
)
# "It" that stands for nothing: the weather, the time, and "is it possible to".
_EMPTY_IT: Final = re.compile(
    r"\bit(?:'s)?\s+(?:take|takes|took|taken|cost|costs)\b.*\bto\b"
    r"|\b(?:is|was|be|isn't|wasn't)\s+it\s+(?:\w+\s+)?\w+(?:\s+for\b.*)?\s+(?:to|that|if|when)\b"
    r"|\bit\s+(?:\w+\s+)?(?:rain|snow|hail|thunder|freez|possible|true)\w*"
    r"|\b(?:time|day|date)\s+(?:is|was)\s+it\b",
    re.IGNORECASE,
)
_THERE_IS: Final = re.compile(
    r"\b(?:is|are|was|were|be|been|will|has|have)\s+there\b"
    r"|\bthere\s+(?:is|are|was|were|be|been|will|has|have|exists?)\b",
    re.IGNORECASE,
)
_THEN: Final = re.compile(r"\b(?:back|by|since|until|before|at)\s+then\b|\bthen\W*$", re.IGNORECASE)
_SUBJECTS: Final = frozenset("it they them he she him".split())
_POSSESSIVES: Final = frozenset("its their his".split())
_MOVES: Final = frozenset("get go come travel move drive walk fly sail went came moved".split())
_POINTERS: Final = frozenset("this that these those".split())
_CLAUSES: Final = frozenset(
    """
    when if after before because while that and or who which once until as where whose although
    though but since
    """.split()
)


def rewrite(question: str, previous: str, *, title: str = "") -> str | None:
    """Return a question that leans on ``previous`` as one that stands by itself.

    ``previous`` is the question before it as it was searched; ``title`` names what is spoken of
    when that question does not. Return None for a question that stands by itself already.
    """
    question, previous = " ".join(question.split()), " ".join(previous.split())
    too_long = max(len(question), len(previous)) > _LONGEST
    if not question or not previous or too_long or ABOUT in question:
        return None
    if language_of(question) not in (None, ENGLISH):
        return None
    core = _LEAD.sub("", question)
    continues = bool(_CONTINUES.search(question[: len(question) - len(core)]))
    made = _made(core, continues, previous, topic_of(previous) or title)
    return _sentence(made) if made and made != question else None


def _made(core: str, continues: bool, previous: str, topic: str) -> str | None:
    if not topic or not words_of(core):
        return None
    if _MORE.match(core) or _ONE.search(core):
        return about(core, gist(previous) or topic)
    if _BARE.match(core) or _WHY_THAT.match(core):
        return with_question_word(_WHY_THAT.sub(r"\1", core), previous)
    asked_about = _WHAT_ABOUT.sub("", core)
    if asked_about != core or _is_elliptic(core, continues):
        piece = _resolved(asked_about, previous, topic) or asked_about
        return with_another(piece.rstrip("?.! "), previous)
    if topic.casefold() in core.casefold():
        return None
    if resolved := _resolved(core, previous, topic):
        return about(resolved, gist(previous)) if _DO_THAT.search(core) else resolved
    return about(core, topic) if continues and _lacks_topic(core) else None


def _is_elliptic(core: str, continues: bool) -> bool:
    """Tell whether a question has no verb: "In 2019?", and after an "and" also "The keeper?"."""
    words = words_of(core)
    if not words or len(words) > _MOST_ELLIPTIC or words[0].low in WH:
        return False
    if first_auxiliary(words) is not None or any(word.is_verb for word in words):
        return False
    return continues or (bool(PREPOSITION.match(core)) and core.endswith("?"))


def _lacks_topic(core: str) -> bool:
    """Tell whether a question that goes on from another leaves unsaid what it is about.

    It does not where it has a name, a number or a quotation, or a noun without "the".
    """
    if names_of(core) or re.search(r"[\d\"“]", core):
        return False
    words = words_of(core)
    is_known = any(word.low == "the" for word in words)
    return is_known or first_auxiliary(words) is None or not _has_noun(words)


def _resolved(core: str, previous: str, topic: str) -> str | None:
    """Return a question with its first pronoun replaced by what it stands for; None for none."""
    words = words_of(core)
    for at, word in enumerate(words):
        stands_for = _stands_for(core, words, at, previous, topic)
        if stands_for:
            return core[: word.start] + stands_for + core[word.end :]
    return _pointed_back(core, words, previous, topic)


def _stands_for(core: str, words: list[Word], at: int, previous: str, topic: str) -> str:
    """Return what a word stands for in the question before; "" for a word that is no pronoun."""
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else None
    if core[max(word.start - 1, 0)] in _QUOTES:
        return ""
    possessive = word.low in _POSSESSIVES or (
        word.low == "her" and following is not None and following.is_content
    )
    if possessive:
        return "" if _has_noun(words[:at]) else _possessive(topic)
    if word.low in _SUBJECTS or word.low == "her":
        if word.text == "IT" or _EMPTY_IT.search(core) or _has_earlier_clause(core, words, at):
            return ""
        return topic
    exists = _THERE_IS.search(core) and (following or _has_noun(words[:at]))
    if word.low == "there" and at and not exists:
        moves = words[at - 1].low in _MOVES
        return "" if _names_place(words[:at]) else _place(previous, moves)
    if word.low in _POINTERS and _is_pointer(words, at):
        return topic
    if word.low == "then" and _THEN.search(core) and (year := YEAR.search(previous)):
        bounded = words[at - 1].low in ("by", "since", "until", "before")
        return year[0] if bounded else f"in {year[0]}"
    return ""


def _is_pointer(words: list[Word], at: int) -> bool:
    """Tell whether "this" or "that" stands for a thing by itself: "Why is that?"."""
    following = words[at + 1] if at + 1 < len(words) else None
    turning = first_auxiliary(words)
    stands_alone = following is None or following.is_verb or not following.is_content
    after = turning is not None and at == turning + 1
    return stands_alone and (after or (following is None and at > 0))


def _pointed_back(core: str, words: list[Word], previous: str, topic: str) -> str | None:
    """Return a question that speaks of "that bridge" with what it has not named; None for others.

    It does where the question before names a bridge, and where it opens with it.
    """
    found = _SAME.search(core)
    noun = next((word for word in words if found and word.start == found.start("noun")), None)
    if found is None or noun is None or not noun.is_content or noun.is_verb:
        return None
    if noun.low in (word.low for word in words_of(topic)):
        return core[: found.start()] + topic + core[found.end() :]
    before = [word for word in words if word.end <= found.start()]
    turning = first_auxiliary(words)
    opens = not before or (turning is not None and len(before) == turning + 1)
    spoken_of = noun.low in (word.low for word in words_of(previous))
    return about(core, topic) if opens or spoken_of else None


def _has_noun(words: list[Word]) -> bool:
    """Tell whether words name something that "its" after them may belong to."""
    return any(
        word.is_content and not word.is_verb and (at == 0 or words[at - 1].low != "who")
        for at, word in enumerate(words)
    )


def _has_earlier_clause(core: str, words: list[Word], at: int) -> bool:
    """Tell whether a clause before the pronoun's own names something it may stand for."""
    breaks = [
        n for n in range(1, at)
        if words[n].low in _CLAUSES or "," in core[words[n - 1].end : words[n].start]
    ]  # fmt: skip
    return any(_has_noun(words[:n]) for n in breaks)


def _names_place(words: list[Word]) -> bool:
    """Tell whether words name a place that "there" after them may mean."""
    return any(word.low in ("in", "to", "at") for word in words[1:]) and _has_noun(words)


def _place(previous: str, moves: bool) -> str:
    """Return the place that the question before names, with a preposition; "" for none."""
    placed = [(preposition_before(previous, name), name) for name in names_of(previous)]
    for preposition, name in placed:
        if preposition in ("in", "at", "on", "near", "to"):
            return f"{'to' if moves else preposition} {spelled(previous, name, with_article=True)}"
    if place := main_name(previous):
        named = spelled(previous, place, with_article=True)
    else:
        turns = first_auxiliary(words_of(previous)) is not None
        named = subject_of(previous) if turns else ""
    return f"{'to' if moves else 'in'} {named}" if named else ""


def _possessive(topic: str) -> str:
    return f"{topic}'" if topic.endswith("s") else f"{topic}'s"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    """Return a question with a capital at its beginning and its mark at the end."""
    text = _capital(text)
    return text if text.endswith(("?", ".", "!", ")")) else f"{text}?"
