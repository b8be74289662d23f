"""Example questions for the chat page, each of which the documents answer.

A sentence that dates or defines what it names is turned round: "The old bridge was built in 1874."
makes "When was the old bridge built?". It is kept if the library, asked, cites that sentence first.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.errors import DocumentQAError
from corpus.sentences import split_sentences
from qa.library import Library
from qa.places import sample_documents, sample_questions
from qa.types import Citation, DocumentInfo, Span

ENOUGH = 4
_SECONDS = 3.0  # that may be spent on finding questions
_MOST_DOCUMENTS = 12  # that are read
_MOST_ASKED = 2  # questions of one document
_BEGINNING = 20_000  # characters of a document that are read
_LONGEST_DOCUMENT = 2_000_000  # characters; to read the beginning, all of it is loaded
_LONGEST_TITLE = 60  # characters of a title that fits a button

_NAME = r"(?P<name>(?:the |an? )?[^\s,;:()\[\]|“”\"]+(?: [^\s,;:()\[\]|“”\"]+){0,5}?)"
_EVENTS = (
    "abolished|adopted|awarded|begun|born|built|closed|completed|created|designed|discovered|"
    "dissolved|elected|established|founded|inaugurated|introduced|invented|launched|opened|"
    "published|ratified|released|signed"
)
_DATED = re.compile(
    rf"{_NAME} (?P<be>was|were) (?:first |officially )?(?P<event>{_EVENTS})\b[^.]*"
    r"\b(?:1[0-9]|20)[0-9]{2}\b",
    re.IGNORECASE,
)
_DEFINED = re.compile(rf"{_NAME} (?P<be>is|are) (?:an?|the) (?:[^\s,.]+ ){{3}}", re.IGNORECASE)
_WORD = re.compile(r"\b[^\W\d_]{3,}\b")
_PRONOUNS = frozenset(
    "a all an and another any as at both but by each for from he her here his how i if in it its "
    "many most my no not of on one or our she so some such that their then there these they this "
    "those to two we what when where which who why with you your".split()
)
_BINDING = frozenset("and are is or that was were which who".split())  # no name, but a sentence


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, and the span of the sentence in its document that should answer it."""

    question: str
    evidence: Span


class Examples:
    """The questions to try, found when first asked for and again when documents have changed."""

    def __init__(self, library: Library) -> None:
        """Find none yet."""
        self._library = library
        self._finding = threading.Lock()
        self._state: object = None
        self._found: list[str] = []

    def __call__(self) -> list[str]:
        """Return up to four questions; it may take seconds when the documents are new."""
        with self._finding:
            documents = self._library.documents()
            state = [(info.path, info.sha256) for info in documents]
            if state != self._state:
                self._found = example_questions(self._library, documents)
                self._state = state
            return self._found


def example_questions(library: Library, documents: Sequence[DocumentInfo]) -> list[str]:
    """Return questions to try: those kept with the samples, or ones made of a library's texts."""
    if any(info.root == str(sample_documents()) for info in documents):
        kept = sample_questions().read_text(encoding="utf-8")
        questions = [json.loads(line) for line in kept.splitlines()]
        return [entry["question"] for entry in questions if entry["doc"]][::12][:ENOUGH]
    until = time.monotonic() + _SECONDS
    found: dict[str, str] = {}  # question by document
    for info in _spread(documents):
        question = _answered(library, info) if time.monotonic() < until else None
        if question:
            found[info.path] = question
        if len(found) == ENOUGH:
            break
    return [*found.values(), *_of_titles(documents, found)][:ENOUGH]


def candidates(text: str) -> Iterator[Candidate]:
    """Yield the questions that sentences of an English text answer, those that ask when first."""
    sentences = [
        (" ".join(text[start:end].split()), (start, end)) for start, end in split_sentences(text)
    ]
    for sentence, span in sentences:
        match = _DATED.match(sentence)
        if match and _is_telling(match["name"]):
            yield Candidate(f"When {match['be']} {_inside(match['name'])} {match['event']}?", span)
    for sentence, span in sentences:
        match = _DEFINED.match(sentence)
        # People have no article, and are not asked what they are.
        if match and match["name"].startswith("The ") and _is_telling(match["name"]):
            yield Candidate(f"What {match['be']} {_inside(match['name'])}?", span)


def _spread(documents: Sequence[DocumentInfo]) -> list[DocumentInfo]:
    """Return some documents from all over the library."""
    short = [info for info in documents if info.characters <= _LONGEST_DOCUMENT]
    step = max(1, len(short) // _MOST_DOCUMENTS)
    return short[::step][:_MOST_DOCUMENTS]


def _answered(library: Library, info: DocumentInfo) -> str | None:
    """Return a question that the document surely answers, if one is soon found."""
    try:
        text = library.text(info.path)[:_BEGINNING]
        for _, candidate in zip(range(_MOST_ASKED), candidates(text), strict=False):
            answer = library.ask(candidate.question, k=1)
            if answer.answered and _cites(answer.citations, info, candidate.evidence):
                return candidate.question
    except DocumentQAError:  # such as a document that has just been removed
        return None
    return None


def _cites(citations: Sequence[Citation], info: DocumentInfo, evidence: Span) -> bool:
    """Tell whether the first citation holds some of the evidence."""
    start, end = evidence
    return any(
        best.path == info.path and best.start < end and start < best.end for best in citations[:1]
    )


def _of_titles(documents: Sequence[DocumentInfo], found: dict[str, str]) -> Iterator[str]:
    """Yield questions for documents of which no better one was found."""
    for info in _spread(documents):
        is_name = _WORD.search(info.title) and len(info.title) <= _LONGEST_TITLE
        if info.path not in found and is_name:
            yield f"What does “{info.title}” say?"


def _is_telling(name: str) -> bool:
    """Tell whether a name stands for one thing outside its sentence: it has proper nouns."""
    first, *others = name.split()
    proper = [word for word in others if word[0].isupper()]
    if _BINDING & set(map(str.casefold, others)):
        return False
    if first.casefold() == "the":
        return bool(proper)
    return first.casefold() not in _PRONOUNS and first[0].isupper() and bool(proper)


def _inside(name: str) -> str:
    """Return a name as it is written inside a sentence."""
    return f"the {name[4:]}" if name.startswith("The ") else name
