"""The viewer: the cited document beside the conversation, open at the passage."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr
from gradio.context import Context

from corpus.errors import DocumentQAError
from qa.app import render
from qa.app.parts import UNSEEN, PageLibrary, in_turn, plain, turn_of
from qa.sources import Place, cited, opened
from qa.types import Citation

PAGE = "p"
"""The page in a link to one; ``page`` in a link is what Gradio calls pages of its own."""

logger = logging.getLogger(__name__)


class Viewer:
    """Shows documents of a library; made inside the column of the page where it stands.

    Where someone looks is kept in what is shown, and nowhere else: the browser sends it back with
    each wish to move, as does whoever opens a link to a place.
    """

    def __init__(self, library: PageLibrary) -> None:
        """Put an empty viewer on the page that is being built, which opens what its link names."""
        self._library = library
        scripts = plain("wish.js", "source.js")
        self.component = gr.HTML(render.source_empty(), elem_id="qa-source", **scripts)
        self._last = gr.State(0)
        self.follow(self.component.go, self._open)
        assert Context.root_block is not None
        Context.root_block.load(self._load, None, self.component, **UNSEEN)

    def follow(self, event: Callable[..., Any], show: Callable[[Any], str]) -> None:
        """On a component's event, show what ``show`` returns for its wish."""

        def shown(last: int, event: gr.EventData) -> Any:
            turn = turn_of(event._data, last)
            return gr.skip() if turn is None else (turn, show(event._data))

        event(shown, self._last, [self._last, self.component], **in_turn("viewer"))

    def show(self, citation: Citation | None) -> str:
        """Return what ``component`` shows of a citation's document; of None, that it is empty."""
        if citation is None:
            return render.source_empty()
        try:
            source = cited(self._library, citation)
        except DocumentQAError as error:
            return render.source_error(str(error), citation)
        return render.source(source) if source else render.source_changed(citation)

    def _load(self, request: gr.Request) -> Any:
        """Return what is shown when the page is opened with a link to a place, if it is."""
        query = dict(request.query_params)
        if "document" not in query:
            return gr.skip()
        return self._open({**query, "page": query.get(PAGE)})

    def _open(self, fields: Mapping[str, Any]) -> str:
        """Return what is shown at the place that the browser names."""
        try:
            return render.source(opened(self._library, Place.of(fields)))
        except DocumentQAError as error:
            return render.source_error(str(error))
        except Exception:
            logger.exception("showing %r failed", fields.get("document"))
            return render.source_error(
                "This document cannot be shown: the terminal that runs qa says why."
            )
