"""A conversation as plain data, and back.

The browser keeps a conversation and hands it back: what comes is a stranger's data. `turn_from`
takes nothing that `turn_to` could not have made, in types, sizes and order of offsets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qa.fitting import Unfit, fields_of, items_of, pair_of, share_of, text_of, truth_of, whole_of
from qa.types import Answer, Citation, Scores, Span, StatedValue

MOST_TURNS = 50
MOST_CITATIONS = 20
LONGEST_QUESTION = 4_000  # characters, as every other length here
LONGEST_NAME = 4_096
LONGEST_PASSAGE = 100_000
LONGEST_HISTORY = 2_000_000
_MOST_SPANS = 1_000
_LAST_OFFSET = 2**53  # up to which a browser counts exactly


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what came of it: an answer, or an error.

    ``asked`` is the question as it was searched, where that differs from how it was written.
    """

    question: str
    answer: Answer | None = None
    error: str = ""
    asked: str = ""

    @property
    def searched(self) -> str:
        """The question as it was searched."""
        return self.asked or self.question


def turn_to(turn: Turn) -> dict[str, Any]:
    """Return a turn as JSON can carry it."""
    answer = turn.answer
    return {
        "question": turn.question,
        "asked": turn.asked,
        "error": turn.error,
        "answer": answer
        and {
            "answered": answer.answered,
            "relevance": answer.relevance,
            "citations": [citation_to(citation) for citation in answer.citations],
            "differ": [[one.value, list(one.citations)] for one in answer.disagreement or ()],
        },
    }


def citation_to(citation: Citation) -> dict[str, Any]:
    """Return what is shown of a citation, and what finds it again."""
    return {name: getattr(citation, name) for name in _KEPT}


def turn_from(data: object) -> Turn:
    """Return the turn that was written as ``data``. Raises `Unfit` for anything else."""
    fields = fields_of(data)
    question = text_of(fields.get("question"), LONGEST_QUESTION)
    asked = text_of(fields.get("asked"), LONGEST_QUESTION)
    error = text_of(fields.get("error"), LONGEST_NAME)
    given = fields.get("answer")
    if not question.strip() or (given is None) == (not error):
        raise Unfit("a turn has a question, and an answer or an error")
    return Turn(
        question, None if given is None else _answer(asked or question, given), error, asked
    )


def citation_from(data: object) -> Citation:
    """Return the citation that was written as ``data``. Raises `Unfit` for anything else."""
    fields = fields_of(data)
    text = text_of(fields.get("text"), LONGEST_PASSAGE)
    start = whole_of(fields.get("start"), 0, _LAST_OFFSET)
    end = whole_of(fields.get("end"), 0, _LAST_OFFSET)
    if end - start != len(text):
        raise Unfit("a passage is as long as its text")
    page = fields.get("page")
    names: dict[str, Any] = {name: text_of(fields.get(name), LONGEST_NAME) for name in _NAMES}
    return Citation(
        **names,
        number=whole_of(fields.get("number"), 1, MOST_CITATIONS),
        page=None if page is None else whole_of(page, 1, _LAST_OFFSET),
        start=start,
        end=end,
        text=text,
        highlights=_spans(fields.get("highlights"), start, end),
        words=_spans(fields.get("words"), start, end),
        relevance=share_of(fields.get("relevance")),
        scores=Scores(),
    )


_NAMES = ("id", "document", "path", "title", "section", "location", "sha256")
_KEPT = (*_NAMES, "number", "page", "start", "end", "text", "highlights", "words", "relevance")


def _answer(question: str, data: object) -> Answer:
    fields = fields_of(data)
    citations = items_of(fields.get("citations"), MOST_CITATIONS, citation_from)
    if [citation.number for citation in citations] != list(range(1, len(citations) + 1)):
        raise Unfit("citations are numbered from 1")

    def stated(value: object) -> StatedValue:
        words, cited = pair_of(value)
        numbers = items_of(cited, MOST_CITATIONS, lambda n: whole_of(n, 1, len(citations)))
        return StatedValue(text_of(words, LONGEST_NAME), numbers)

    return Answer(
        question=question,
        answered=truth_of(fields.get("answered")),
        relevance=share_of(fields.get("relevance")),
        seconds=0.0,
        citations=citations,
        disagreement=items_of(fields.get("differ"), MOST_CITATIONS, stated) or None,
    )


def _spans(data: object, start: int, end: int) -> tuple[Span, ...]:
    def span(value: object) -> Span:
        first, last = pair_of(value)
        first = whole_of(first, start, end)
        return first, whole_of(last, first, end)

    return items_of(data, _MOST_SPANS, span)
