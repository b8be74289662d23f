"""A question with its reply."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from qa.app.render.cards import card, chip, judge, said
from qa.app.render.markup import escape, isolated
from qa.history import Turn
from qa.transcript import evidence, link_name
from qa.types import Answer, Citation, StatedValue
from qa.wording import count

MOST_SAID = 3  # passages whose evidence stands in the reply itself
_NEAR_BEST = 0.6  # share of the best one's relevance from which another's evidence stands there too


def turn(turn: Turn, ambiguous: Container[str] = frozenset()) -> str:
    """Return a question and its reply; the page's script adds it to the conversation.

    ``ambiguous`` are the paths that documents of several roots have.
    """
    asked = _asked_as(turn.asked) if turn.asked else ""
    return (
        f'<section class="qa-turn"><h2 class="qa-question" dir="auto">{escape(turn.question)}</h2>'
        f"{asked}{_reply(turn, ambiguous)}</section>"
    )


def conversation_empty() -> str:
    """Return the conversation before anything was asked, and where turns are added to it."""
    return (
        '<div class="qa-empty"><p><strong>Ask a question in plain language.</strong></p>'
        "<p>You get the passages that answer it, word for word, each with the place it comes "
        'from.</p></div><div class="qa-turns"></div>'
        '<p class="qa-unseen qa-announced" role="status"></p>'
    )


def _asked_as(asked: str) -> str:
    return (
        f'<p class="qa-asked-as">Asked as: {isolated(asked)}'
        '<button type="button" class="qa-edit">Edit</button>'
        '<button type="button" class="qa-verbatim">Ask as I wrote it</button></p>'
    )


def _reply(turn: Turn, ambiguous: Container[str]) -> str:
    if turn.answer is None:
        return f'<p class="qa-reply qa-note">{isolated(turn.error)}</p>'
    if turn.answer.answered and turn.answer.citations:
        return _answered(turn.answer, ambiguous)
    return _unanswered(turn.answer, ambiguous)


def _answered(answer: Answer, ambiguous: Container[str]) -> str:
    passages = count(len(answer.citations), "passage")
    documents = f" from {answer.documents:,} documents" if answer.documents > 1 else ""
    order = ", best match first" if len(answer.citations) > 1 else ""
    chips = "".join(chip(citation.number) for citation in answer.citations)
    cards = _cards(answer, ambiguous)
    return (
        f"{''.join(map(said, _telling(answer.citations)))}"
        f'<p class="qa-reply">{passages}{documents}{order}: '
        f'<span class="qa-chips">{chips}</span></p>{_differences(answer.disagreement or ())}'
        f'<ol class="qa-cards" aria-label="Passages">{cards}</ol>'
    )


def _cards(answer: Answer, ambiguous: Container[str]) -> str:
    return "".join(
        card(citation, answered=answer.answered, named=link_name(citation, ambiguous))
        for citation in answer.citations
    )


def _telling(citations: Sequence[Citation]) -> Iterable[Citation]:
    """Return the citations whose evidence is the reply: about as relevant as the best, no twice."""
    best = max(citation.relevance for citation in citations)
    near = [citation for citation in citations if citation.relevance >= _NEAR_BEST * best]
    told = {evidence(citation): citation for citation in reversed(near)}
    return sorted(told.values(), key=lambda citation: citation.number)[:MOST_SAID]


def _unanswered(answer: Answer, ambiguous: Container[str]) -> str:
    """Return that nothing answers, and the nearest passages folded away, none of them open."""
    right = judge("Right, nothing answers it", answers=False)
    note = f'<p class="qa-reply qa-note"><strong>No passage answers this.</strong> {right}</p>'
    if not answer.citations:
        return note
    cards = _cards(answer, ambiguous)
    number = len(answer.citations)
    nearest = "The nearest passage" if number == 1 else f"The {number} nearest passages"
    return (
        f'{note}<details class="qa-nearest"><summary>{nearest}</summary>'
        f'<ol class="qa-cards qa-unanswered" aria-label="Nearest passages">{cards}</ol></details>'
    )


def _differences(stated: Sequence[StatedValue]) -> str:
    """Return the values in which sources differ, each with buttons to what states it."""
    if not stated:
        return ""
    values = "".join(
        f"<li>{isolated(one.value)}{''.join(map(chip, one.citations))}</li>" for one in stated
    )
    return f'<div class="qa-differ"><strong>Sources differ:</strong><ul>{values}</ul></div>'
