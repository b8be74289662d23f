"""The page: its tabs, and what stands above them."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from qa.app import render
from qa.app.conversation import conversation_tab
from qa.app.parts import UNSEEN, PageLibrary, plain


def build(
    library: PageLibrary, *, examples: Sequence[str], min_relevance: float | None = None
) -> gr.Blocks:
    """Return the page over ``library``, with ``examples`` as questions to try.

    ``min_relevance`` (0..1) is what its setting begins with; unless given, the library's own.
    """
    page = gr.Blocks(title="Ask your documents", analytics_enabled=False, fill_width=True)
    with page:
        heading = gr.HTML(elem_id="qa-heading", **plain())
        conversation_tab(library, examples, min_relevance)
        page.load(
            lambda: render.heading(library.documents(), library.unread()), None, heading, **UNSEEN
        )
    return page
