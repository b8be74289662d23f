"""The conversation: a question box, replies with cited passages, the source beside them.

The browser keeps the conversation; the server keeps none of it. The page's script sends a question
with what it leans on and gets back one turn: as HTML to show, and as data that it keeps and sends
again to open a citation, to judge it, or to see the conversation after a reload.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence

import gradio as gr

from qa.app import render
from qa.app.parts import UNSEEN, PageLibrary, plain
from qa.app.replies import Replies, cited
from qa.app.viewer import Viewer
from qa.history import LONGEST_HISTORY, LONGEST_QUESTION, MOST_TURNS

SCRIPTS = ("wish.js", "history.js", "conversation.js", "cards.js")
# The box is emptied at once; the conversation's script asks, one question after the other.
SUBMIT = """(text) => {
  const asked = new CustomEvent('qa-ask', { detail: text });
  document.getElementById('qa-conversation').dispatchEvent(asked);
  return '';
}"""


def conversation_tab(
    library: PageLibrary, examples: Callable[[], Sequence[str]], min_relevance: float | None
) -> None:
    """Put the conversation on the page that is being built."""
    replies = Replies(library, examples, min_relevance)
    with gr.Row(elem_id="qa-main"):
        with gr.Column(elem_id="qa-chat", scale=6, min_width=320):
            conversation = gr.HTML(
                render.conversation_empty(),
                elem_id="qa-conversation",
                server_functions=_served(
                    replies.answer_question,
                    replies.restore_turns,
                    replies.export_turns,
                    replies.judge_passage,
                ),
                library=_name_of(library),
                most_turns=MOST_TURNS,
                longest=LONGEST_HISTORY,
                **plain(*SCRIPTS),
            )
            gr.HTML(
                elem_id="qa-examples",
                server_functions=_served(replies.list_examples),
                **plain("examples.js"),
            )
            question = gr.Textbox(
                placeholder="Ask a question",
                label="Question",
                show_label=False,
                max_lines=4,
                max_length=LONGEST_QUESTION,
                autofocus=True,
                submit_btn=True,
                elem_id="qa-question",
            )
            gr.HTML(
                render.controls(replies.threshold),
                elem_id="qa-controls",
                server_functions=_served(replies.find_documents),
                library=_name_of(library),
                **plain("settings.js"),
            )
        with gr.Column(elem_id="qa-side", scale=5, min_width=320):
            viewer = Viewer(library)

    question.submit(None, question, question, js=SUBMIT, **UNSEEN)
    viewer.follow(conversation.cite, lambda wish: viewer.show(cited(wish)))


def _served(*methods: Callable[[str], str]) -> list[Callable[[str], str]]:
    """Return functions named as the methods: Gradio marks what it serves; a method takes none."""
    return [_function(method) for method in methods]


def _function(method: Callable[[str], str]) -> Callable[[str], str]:
    def served(sent: str) -> str:
        return method(sent)

    served.__name__ = method.__name__
    return served


def _name_of(library: PageLibrary) -> str:
    """Return what a browser calls this library, so that it keeps one conversation for each."""
    return hashlib.sha256(os.fsencode(library.folder)).hexdigest()[:16]
