"""What an English question is about, by its form: names, nouns and the words between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile, islice
from typing import Final

from embeddings.analyzer import is_function_word
from embeddings.languages import ENGLISH

AUXILIARIES: Final = frozenset(
    """
    is are was were am be been do does did has have had can could will would shall should may might
    must
    """.split()
)
WH: Final = frozenset("who whom whose what which when where why how".split())
_DO: Final = frozenset("do does did can could will would shall should may might must".split())
_PREPOSITIONS: Final = frozenset(
    """
    in on at by from since with for to into onto during before after under over near between through
    against about until till around within without per as than like
    """.split()
)
_ADVERBS: Final = frozenset(
    """
    ever never often always first finally last originally also still actually usually really
    currently officially now later again already ago
    """.split()
)
_DETERMINERS: Final = frozenset("the a an this that these those its their his her my our".split())
_CONJUNCTIONS: Final = frozenset("and or but if when while because where who which that".split())
# Verbs whose forms do not end in -ed, and those that questions often end in.
_VERBS: Final = frozenset(
    """
    be become became begin began begun break broke broken bring brought build built burn burnt buy
    bought catch caught choose chose chosen come came cost cut deal dealt die draw drawn drew drive
    driven drove fall fell fallen feel felt fight fought find found fly flew flown forget forgot
    forgotten get got give gave given go went gone grow grew grown happen hear heard held hit hold
    keep kept know knew known lead led leave left lend lent let lie lose lost made make mean meant
    meet met open close end start work live pay paid put ran read rise rose risen run said sang saw
    say see seen sell sold send sent set shoot shot show shown sing sink sank sunk sit sat speak
    spoke spoken spend spent stand stood steal stole stolen strike struck swim swam take took taken
    teach taught tell told think thought throw threw thrown understand understood use visit wear
    wore worn win won write wrote written join sign create include contain apply need want look
    turn move change help play belong cover provide receive lift weigh allow permit require support
    offer cost last accept ban grow rent return store ship charge expire arrive depart occur cause
    """.split()
)
_JOINS: Final = frozenset("of de des du della la le van von der den del di".split())
# Capitals that are no names of what a question is about.
_NO_NAMES: Final = frozenset(
    """
    i monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays
    fridays saturdays sundays january february march april may june july august september october
    november december
    """.split()
)
_WORD: Final = re.compile(r"[^\W_](?:[\w’'&]|[.,/-](?=\w))*")
_QUOTED: Final = re.compile(r"[\"“„]([^\"“”„]{1,100})[\"“”]")
_LONGEST_TOPIC = 8  # words


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question, as it is written, and where."""

    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        """The word in lower case, without the apostrophes that word processors set."""
        return self.text.casefold().replace("’", "'")

    @property
    def is_capital(self) -> bool:
        """Whether the word begins as a name does: with a capital."""
        return self.text[0].isupper()

    @property
    def is_content(self) -> bool:
        """Whether the word says what the question is about."""
        return not is_function_word(self.text, ENGLISH) and self.low not in AUXILIARIES

    @property
    def is_verb(self) -> bool:
        """Whether the word is taken to be a verb, by a list and by its ending."""
        ends = self.low.endswith("ed") and not self.low.endswith("eed") and len(self.text) > 4
        return not self.is_capital and (self.low in _VERBS or ends)


def words_of(text: str) -> list[Word]:
    """Return the words of a text in order; a code with marks in it is one."""
    return [Word(match[0], match.start(), match.end()) for match in _WORD.finditer(text)]


def names_of(question: str) -> list[Sequence[Word]]:
    """Return the names in a question, each with the nouns after it: Northgate bridge.

    A capital that opens the question is one of a name unless it opens any question.
    """
    words = words_of(question)
    names: list[Sequence[Word]] = []
    at = 0
    while at < len(words):
        end = _name_end(words, at)
        if end > at:
            end = _noun_end(words, end, after=words[:at])
            names.append(words[at:end])
        at = max(end, at + 1)
    return names


def topic_of(question: str) -> str:
    """Return what a question is about: a quoted phrase, a name, or its subject; "" for nothing.

    A name that only says where comes after a subject that is spoken of as known: *the museum*.
    """
    if quoted := _QUOTED.search(question):
        return quoted[0]
    name = main_name(question)
    subject = subject_of(question)
    turns = first_auxiliary(words_of(question)) is not None
    is_known = turns and subject.casefold().startswith(("the ", "my ", "our "))
    if name and not (is_known and preposition_before(question, name)):
        return spelled(question, name, with_article=True)
    said = dropwhile(lambda word: word.is_verb, content_words(question))
    return subject or " ".join(word.text for word in islice(said, _LONGEST_TOPIC))


def main_name(question: str) -> Sequence[Word]:
    """Return the name that a question is about; empty when it has none."""
    names = names_of(question)
    if not names:
        return ()
    return next((name for name in names if not preposition_before(question, name)), names[0])


def preposition_before(question: str, name: Sequence[Word]) -> str:
    """Return the preposition of place or time that stands before a name, "" for none."""
    before = [word for word in words_of(question[: name[0].start]) if word.low != "the"]
    found = before[-1].low if before else ""
    return found if found in _PREPOSITIONS else ""


def subject_of(question: str) -> str:
    """Return the subject of a question with its article, "" where none is clear.

    It is what stands after the auxiliary ("When did *the old keeper* die?"), after the verb of a
    question for the subject ("Who built *the tower*?"), or what is chosen from ("Which *keeper*
    left?").
    """
    words = words_of(question)
    at = first_auxiliary(words)
    chosen = chosen_of(words)
    choice = f"the {spelled(question, chosen)}" if chosen else ""
    if choice and (at is None or at + 1 == len(words) or words[at + 1].is_verb):
        return choice
    for begin in (None if at is None else at + 1, _first_determiner(words)):
        phrase = [] if begin is None else words[begin : _subject_end(words, begin, at)]
        if any(word.is_content for word in phrase):
            return spelled(question, phrase)
    return choice


def _subject_end(words: Sequence[Word], begin: int, turning: int | None) -> int:
    """Return where the subject ends that begins at a word; after "did" its verb is not of it."""
    end = _phrase_end(words, begin)
    if turning is None:
        return end
    verb = _verb_after(words, end)
    if verb is not None:
        return verb
    drops = words[turning].low in _DO and end - begin > 1 and not words[end - 1].is_capital
    return end - 1 if drops else end


def _verb_after(words: Sequence[Word], end: int) -> int | None:
    """Return the place of the verb that follows, right away or after what says where or when."""
    for at in range(end, len(words)):
        if words[at].is_verb and words[at - 1].low not in _DETERMINERS:
            return at
        if words[at].low in _CONJUNCTIONS | AUXILIARIES | _ADVERBS:
            return None
    return None


def chosen_of(words: Sequence[Word]) -> Sequence[Word]:
    """Return what a question counts or chooses from: *prisms* in "How many prisms are there?"."""
    begin = 0
    if [word.low for word in words[:1]] in (["which"], ["what"]):
        begin = 1
    elif [word.low for word in words[:2]] in (["how", "many"], ["how", "much"]):
        begin = 2
    end = begin
    while begin and end < len(words) and not _stops(words[end]):
        end += 1
    return words[begin:end]


def first_auxiliary(words: Sequence[Word]) -> int | None:
    """Return the place of the word that a question turns on, as "was" in "When was it built?"."""
    return next((at for at, word in enumerate(words) if word.low in AUXILIARIES), None)


def content_words(question: str) -> list[Word]:
    """Return the words of a question that say what it is about."""
    words = words_of(question)
    return [
        word
        for at, word in enumerate(words)
        if word.is_content and word.low not in WH and (at == 0 or words[at - 1].low != "how")
    ]


def phrase_after(question: str, preposition: str) -> Sequence[Word]:
    """Return the words after a preposition that belong to it; empty where it does not stand."""
    words = words_of(question)
    found = (at for at, word in enumerate(words) if word.low == preposition and at + 1 < len(words))
    begin = next(found, None)
    return () if begin is None else words[begin + 1 : _phrase_end(words, begin + 1)]


def _name_end(words: Sequence[Word], at: int) -> int:
    """Return where the name that begins at a word ends; the same place when none does."""
    opens_question = at == 0 and not words[0].is_content
    if not words[at].is_capital or opens_question or words[at].low in _NO_NAMES:
        return at
    end = at + 1
    while end < len(words):
        joined = end
        if words[joined].low in _JOINS:
            joined += 2 if [word.low for word in words[joined : joined + 2]] == ["of", "the"] else 1
        if joined == len(words) or not (words[joined].is_capital or _is_number(words[joined])):
            break
        end = joined + 1
    return end


def _is_number(word: Word) -> bool:
    return word.text[0].isdigit()


def _noun_end(words: Sequence[Word], end: int, after: Sequence[Word]) -> int:
    """Return where the nouns after a name end; after "did" the last of them is the verb."""
    last = end
    while last < len(words) and not _stops(words[last]) and not words[last].is_capital:
        last += 1
    stopped = last < len(words) and words[last].is_verb
    turning = first_auxiliary(after)
    if last > end and not stopped and turning is not None and after[turning].low in _DO:
        last -= 1
    return last


def _phrase_end(words: Sequence[Word], begin: int) -> int:
    end = begin + 1
    while end < len(words):
        word = words[end]
        if word.low == "of":
            end += 1
            if end < len(words) and words[end].low in _DETERMINERS:
                end += 1
        elif _stops(word) and words[end - 1].low not in _DETERMINERS:
            break
        else:
            end += 1
    return end


def _stops(word: Word) -> bool:
    """Tell whether a word ends the nouns before it."""
    return (
        word.is_verb
        or word.low in _PREPOSITIONS | _ADVERBS | _DETERMINERS | _CONJUNCTIONS | AUXILIARIES
        or not word.is_content
    )


def _first_determiner(words: Sequence[Word]) -> int | None:
    return next((at for at, word in enumerate(words) if word.low in ("the", "a", "an")), None)


def spelled(question: str, phrase: Sequence[Word], *, with_article: bool = False) -> str:
    """Return the words of a question as it spells them, with an article before them if asked."""
    start = phrase[0].start
    if with_article and (article := re.search(r"\bthe\s+$", question[:start], re.IGNORECASE)):
        start = article.start()
    return question[start : phrase[-1].end]
