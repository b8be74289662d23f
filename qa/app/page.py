"""The page: its tabs, and what stands above them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import gradio as gr

from qa.app import render
from qa.app.conversation import conversation_tab
from qa.app.documents import documents_tab
from qa.app.parts import UNSEEN, PageLibrary, plain
from qa.app.quality import quality_tab


def build(
    library: PageLibrary,
    *,
    examples: Callable[[], Sequence[str]],
    min_relevance: float | None = None,
    login: bool = False,
) -> gr.Blocks:
    """Return the page over ``library``, with what ``examples`` returns as questions to try.

    ``min_relevance`` (0..1) is what its setting begins with; unless given, the library's own.
    With ``login`` the page offers to log out, at the relative address ``logout``.
    """
    page = gr.Blocks(title="Ask your documents", analytics_enabled=False, fill_width=True)
    with page:
        heading = gr.HTML(elem_id="qa-heading", **plain("heading.js"))
        with gr.Tabs(elem_id="qa-tabs"):
            with gr.Tab("Ask", elem_id="qa-ask"):
                conversation_tab(library, examples, min_relevance)
            with gr.Tab("Documents", elem_id="qa-documents-tab"):
                changed = documents_tab(library)
            with gr.Tab("Quality", elem_id="qa-quality") as tab:
                quality_tab(library, tab)
        gr.on(
            [page.load, changed.change],
            lambda: render.heading(library.documents(), library.unread(), login=login),
            None,
            heading,
            **UNSEEN,
        )
    return page
