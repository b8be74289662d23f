"""Questions with their replies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.app.render.cards import card
from qa.app.render.markup import count, escape, isolated
from qa.types import Answer, StatedValue


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what came of it: an answer, an error, or neither while it is sought.

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


def conversation(turns: Sequence[Turn]) -> str:
    """Return every question with its reply, oldest first."""
    if not turns:
        return (
            '<div class="qa-empty"><p><strong>Ask a question in plain language.</strong></p>'
            "<p>You get the passages that answer it, word for word, each with the place it comes "
            "from.</p></div>"
        )
    last = len(turns) - 1
    return "".join(_turn(turn, index, index == last) for index, turn in enumerate(turns))


def _turn(turn: Turn, index: int, last: bool) -> str:
    question = f'<h2 class="qa-question" dir="auto">{escape(turn.question)}</h2>'
    asked = _asked_as(turn.asked, index) if turn.asked else ""
    return f'<section class="qa-turn">{question}{asked}{_reply(turn, index, last)}</section>'


def _asked_as(asked: str, turn: int) -> str:
    return (
        f'<p class="qa-asked-as" data-turn="{turn}">Asked as: {isolated(asked)}'
        '<button type="button" class="qa-edit">Edit</button>'
        '<button type="button" class="qa-verbatim">Ask as I wrote it</button></p>'
    )


def _reply(turn: Turn, index: int, last: bool) -> str:
    if turn.error:
        return f'<p class="qa-reply qa-note" role="alert">{isolated(turn.error)}</p>'
    if turn.answer is None:
        return '<p class="qa-reply" role="status">Searching …</p>'
    if turn.answer.answered and turn.answer.citations:
        return _answered(turn.answer, index, last)
    return _unanswered(turn.answer, index)


def _answered(answer: Answer, turn: int, last: bool) -> str:
    passages = count(len(answer.citations), "passage")
    documents = f" from {answer.documents:,} documents" if answer.documents > 1 else ""
    order = ", best match first" if len(answer.citations) > 1 else ""
    cards = "".join(
        card(citation, turn, last and place == 0) for place, citation in enumerate(answer.citations)
    )
    return (
        f'<p class="qa-reply" role="status">{passages}{documents}{order}</p>'
        f"{_differences(answer.disagreement or (), turn)}"
        f'<ol class="qa-cards" aria-label="Passages">{cards}</ol>'
    )


def _unanswered(answer: Answer, turn: int) -> str:
    """Return that nothing answers, and the nearest passages folded away, none of them open."""
    said = '<p class="qa-reply qa-note" role="status"><strong>No passage answers this.</strong></p>'
    if not answer.citations:
        return said
    cards = "".join(card(citation, turn, current=False) for citation in answer.citations)
    count = len(answer.citations)
    nearest = "The nearest passage" if count == 1 else f"The {count} nearest passages"
    return (
        f'{said}<details class="qa-nearest"><summary>{nearest}</summary>'
        f'<ol class="qa-cards qa-unanswered" aria-label="Nearest passages">{cards}</ol></details>'
    )


def _differences(stated: Sequence[StatedValue], turn: int) -> str:
    """Return the values in which sources differ, each with buttons to what states it."""
    if not stated:
        return ""
    values = "".join(
        f"<li>{isolated(one.value)}{''.join(_chip(n, turn) for n in one.citations)}</li>"
        for one in stated
    )
    return f'<div class="qa-differ"><strong>Sources differ:</strong><ul>{values}</ul></div>'


def _chip(number: int, turn: int) -> str:
    return (
        f'<button type="button" class="qa-chip qa-number" data-turn="{turn}" '
        f'data-number="{number}" aria-label="Passage {number}">{number}</button>'
    )
