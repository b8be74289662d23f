"""The conversation: a question box, replies with cited passages, the source beside them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from corpus.errors import DocumentQAError
from qa.app import render
from qa.app.parts import UNSEEN, PageLibrary, named, plain
from qa.app.render import Turn
from qa.followup import rewrite
from qa.types import Citation, Method

Turns = tuple[Turn, ...]

METHODS = [("Meaning and words", "hybrid"), ("Meaning only", "dense"), ("Words only", "sparse")]
# A question that comes while another is sought waits for it, instead of being dropped.
ASKING: dict[str, Any] = {**UNSEEN, "trigger_mode": "multiple", "concurrency_id": "ask"}

logger = logging.getLogger(__name__)


def conversation_tab(
    library: PageLibrary, examples: Sequence[str], min_relevance: float | None
) -> None:
    """Put the conversation on the page that is being built."""
    threshold = library.relevance_model().threshold if min_relevance is None else min_relevance
    turns = gr.State(())
    with gr.Row(elem_id="qa-main"):
        with gr.Column(elem_id="qa-chat", scale=6, min_width=320):
            conversation = gr.HTML(
                render.conversation(()),
                elem_id="qa-conversation",
                **plain("conversation.js"),
            )
            chips = gr.HTML(
                render.examples(examples), elem_id="qa-examples", **plain("examples.js")
            )
            question = gr.Textbox(
                placeholder="Ask a question",
                label="Question",
                show_label=False,
                max_lines=4,
                autofocus=True,
                submit_btn=True,
                elem_id="qa-question",
            )
            settings = _settings(threshold)
        with gr.Column(elem_id="qa-side", scale=5, min_width=320):
            source = gr.HTML(render.source_empty(), elem_id="qa-source", **plain("source.js"))

    def seek(turns: Turns, turn: Turn, k: int, method: Method, least: float) -> Iterator[Any]:
        chosen = min_relevance if least == _shown(threshold) else least
        yield from _ask(library, turns, turn, k, method, chosen)

    def ask(turns: Turns, question: str, *settings: Any) -> Iterator[Any]:
        yield from seek(turns, _follow(turns, question), *settings)

    def choose(
        turns: Turns, k: int, method: Method, least: float, event: gr.EventData
    ) -> Iterator[Any]:
        question = named(event, "index", examples) or ""
        yield from seek(turns, _follow(turns, question), k, method, least)

    def verbatim(
        turns: Turns, k: int, method: Method, least: float, event: gr.EventData
    ) -> Iterator[Any]:
        turn = named(event, "turn", turns) or Turn("")
        yield from seek(turns, Turn(turn.question), k, method, least)

    def reword(turns: Turns, event: gr.EventData) -> Any:
        turn = named(event, "turn", turns)
        return turn.searched if turn else gr.skip()

    def cite(turns: Turns, event: gr.EventData) -> Any:
        citation = _cited(turns, event)
        return _source(library, citation) if citation else gr.skip()

    shown = [turns, conversation, source]
    question.submit(ask, [turns, question, *settings], shown, **ASKING)
    question.submit(None, None, question, js="() => ''", **UNSEEN)
    chips.choose(choose, [turns, *settings], shown, **ASKING)
    conversation.verbatim(verbatim, [turns, *settings], shown, **ASKING)
    conversation.reword(reword, [turns], question, **UNSEEN)
    conversation.cite(cite, [turns], source, **UNSEEN)


def _settings(threshold: float) -> tuple[gr.Slider, gr.Radio, gr.Slider]:
    with gr.Accordion("Settings", open=False, elem_id="qa-settings"):
        k = gr.Slider(1, 20, 5, step=1, label="Passages")
        method = gr.Radio(METHODS, value="hybrid", label="Search by")
        shown = _shown(threshold)
        least = gr.Slider(
            0,
            1,
            shown,
            step=0.01,
            label="Minimum relevance",
            info=f"Below this, no passage is said to answer. Default: {shown:.2f}",
        )
    return k, method, least


def _shown(threshold: float) -> float:
    """Return a relevance as its slider can show it."""
    return round(threshold, 2)


def _follow(turns: Turns, question: str) -> Turn:
    """Return the turn of a question: as it is searched, too, where it leans on the one before."""
    question = question.strip()
    if not turns:
        return Turn(question)
    before = turns[-1]
    cited = before.answer.citations[:1] if before.answer else ()
    title = next((citation.title or citation.document for citation in cited), "")
    return Turn(question, asked=rewrite(question, before.searched, title=title) or "")


def _ask(
    library: PageLibrary, turns: Turns, turn: Turn, k: int, method: Method, least: float | None
) -> Iterator[tuple[Any, ...]]:
    """Yield the turns, the conversation and the source: when asked, and when answered."""
    if not turn.question:
        return
    yield gr.skip(), render.conversation((*turns, turn)), gr.skip()
    turn = _answer(library, turn, k, method, least)
    answered = (*turns, turn)
    nearest = turn.answer.citations[:1] if turn.answer and turn.answer.answered else ()
    source = _source(library, nearest[0]) if nearest else render.source_empty()
    yield answered, render.conversation(answered), source


def _answer(library: PageLibrary, turn: Turn, k: int, method: Method, least: float | None) -> Turn:
    try:
        answer = library.ask(turn.searched, k=k, method=method, min_relevance=least)
        return replace(turn, answer=answer)
    except DocumentQAError as error:
        return replace(turn, error=str(error))
    except Exception:
        logger.exception("asking %r failed", turn.searched)
        return replace(turn, error="This question failed: the terminal that runs qa says why.")


def _source(library: PageLibrary, citation: Citation) -> str:
    try:
        return render.source(citation, library.text(citation.path))
    except DocumentQAError as error:
        return render.source_error(citation, str(error))


def _cited(turns: Turns, event: gr.EventData) -> Citation | None:
    """Return the citation that the browser named, or None where there is no such citation."""
    turn = named(event, "turn", turns)
    if turn is None or turn.answer is None:
        return None
    numbered = {str(citation.number): citation for citation in turn.answer.citations}
    return numbered.get(str(event._data.get("number")))
