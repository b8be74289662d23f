"""The page: what stands on it, and what happens when it is used."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import gradio as gr

from corpus.errors import DocumentQAError
from qa.app import render
from qa.app.render import Turn
from qa.types import Answer, Citation, DocumentInfo, Method

Item = TypeVar("Item")
Turns = tuple[Turn, ...]

METHODS = [("Meaning and words", "hybrid"), ("Meaning only", "dense"), ("Words only", "sparse")]
HERE = Path(__file__).parent
UNSEEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# A question that comes while another is sought waits for it, instead of being dropped.
ASKING: dict[str, Any] = {**UNSEEN, "trigger_mode": "multiple", "concurrency_id": "ask"}

logger = logging.getLogger(__name__)


class Answering(Protocol):
    """What the page asks of a library. It is called from several threads at once."""

    def ask(self, question: str, *, k: int = 5, method: Method = "hybrid") -> Answer:
        """Return the ``k`` passages nearest to the question."""

    def text(self, document: str) -> str:
        """Return the canonical text of a document, given its path on disk."""

    def documents(self) -> Sequence[DocumentInfo]:
        """Return all documents."""


def build(library: Answering, *, examples: Sequence[str]) -> gr.Blocks:
    """Return the page over ``library``, with ``examples`` as questions to try."""
    page = gr.Blocks(title="Ask your documents", analytics_enabled=False, fill_width=True)
    with page:
        turns = gr.State(())
        heading = gr.HTML(elem_id="qa-heading", **_plain(None))
        with gr.Row(elem_id="qa-main"):
            with gr.Column(elem_id="qa-chat", scale=6, min_width=320):
                conversation = gr.HTML(
                    render.conversation(()),
                    elem_id="qa-conversation",
                    **_plain("conversation.js"),
                )
                chips = gr.HTML(
                    render.examples(examples), elem_id="qa-examples", **_plain("examples.js")
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
                k, method = _settings()
            with gr.Column(elem_id="qa-side", scale=5, min_width=320):
                source = gr.HTML(render.source_empty(), elem_id="qa-source", **_plain("source.js"))

        def ask(turns: Turns, question: str, k: int, method: Method) -> Iterator[tuple[Any, ...]]:
            yield from _ask(library, turns, question, k, method)

        def choose(turns: Turns, k: int, method: Method, event: gr.EventData) -> Iterator[Any]:
            yield from _ask(library, turns, _named(event, "index", examples) or "", k, method)

        def cite(turns: Turns, event: gr.EventData) -> Any:
            citation = _cited(turns, event)
            return _source(library, citation) if citation else gr.skip()

        page.load(lambda: render.heading(library.documents()), None, heading, **UNSEEN)
        shown = [turns, conversation, source]
        question.submit(ask, [turns, question, k, method], shown, **ASKING)
        question.submit(None, None, question, js="() => ''", **UNSEEN)
        chips.choose(choose, [turns, k, method], shown, **ASKING)
        conversation.cite(cite, [turns], source, **UNSEEN)
    return page


def _settings() -> tuple[gr.Slider, gr.Radio]:
    with gr.Accordion("Settings", open=False, elem_id="qa-settings"):
        k = gr.Slider(1, 20, 5, step=1, label="Passages")
        method = gr.Radio(METHODS, value="hybrid", label="Search by")
    return k, method


def _plain(script: str | None) -> dict[str, Any]:
    """Return what makes a ``gr.HTML`` ours: no default styles, and only our script."""
    return {
        "apply_default_css": False,
        "js_on_load": (HERE / script).read_text(encoding="utf-8") if script else None,
    }


def _ask(
    library: Answering, turns: Turns, question: str, k: int, method: Method
) -> Iterator[tuple[Any, ...]]:
    """Yield the turns, the conversation and the source: when asked, and when answered."""
    question = question.strip()
    if not question:
        return
    asked = (*turns, Turn(question))
    yield gr.skip(), render.conversation(asked), gr.skip()
    turn = _answer(library, question, k, method)
    answered = (*turns, turn)
    nearest = turn.answer.citations[0] if turn.answer and turn.answer.citations else None
    source = _source(library, nearest) if nearest else render.source_empty()
    yield answered, render.conversation(answered), source


def _answer(library: Answering, question: str, k: int, method: Method) -> Turn:
    try:
        return Turn(question, library.ask(question, k=k, method=method))
    except DocumentQAError as error:
        return Turn(question, error=str(error))
    except Exception:
        logger.exception("asking %r failed", question)
        return Turn(question, error="This question failed: the terminal that runs qa says why.")


def _source(library: Answering, citation: Citation) -> str:
    try:
        return render.source(citation, library.text(citation.path))
    except DocumentQAError as error:
        return render.source_error(citation, str(error))


def _cited(turns: Turns, event: gr.EventData) -> Citation | None:
    """Return the citation that the browser named, or None where there is no such citation."""
    turn = _named(event, "turn", turns)
    if turn is None or turn.answer is None:
        return None
    numbered = {str(citation.number): citation for citation in turn.answer.citations}
    return numbered.get(str(event._data.get("number")))


def _named(event: gr.EventData, key: str, items: Sequence[Item]) -> Item | None:
    """Return the item whose place the browser sent as ``key``; None where it sent no such place."""
    data = event._data if isinstance(event._data, dict) else {}
    return dict(zip(map(str, range(len(items))), items, strict=True)).get(str(data.get(key)))
