"""The documents: a list to look through, files to give and to remove, and bringing all up to date.

Files do not come through Gradio: the page's script sends each to ``api/uploads`` and then asks for
a run, as the button does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import gradio as gr

from corpus.errors import DocumentQAError
from corpus.types import Receipt
from qa.app.indexing import Failed, Indexing, Running, Waiting
from qa.app.parts import UNSEEN, PageLibrary, in_turn, plain, turn_of
from qa.app.render import documents as render
from qa.app.render.markup import alert
from qa.files import COLUMNS, Column, Order, find_file

_LONGEST_WORDS = 200
_LARGEST_FIRST = ("pages", "passages", "size", "modified")
# Runs come one after the other; those that wait say so, which takes a place here.
RUNNING: Final[dict[str, Any]] = {
    **UNSEEN,
    "trigger_mode": "multiple",
    "concurrency_id": "index",
    "concurrency_limit": 20,
}
LOOKING: Final = in_turn("list")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listing:
    """What one visitor looks at: the order of the list, and its page, counted from 0."""

    order: Order = field(default_factory=Order)
    page: int = 0

    def turned(self, data: Any) -> Listing:
        """Return the listing after what the browser asks for; what makes no sense changes nothing.

        ``column`` sorts by it, or the other way where it does already; ``page`` turns to one;
        ``words`` filter.
        """
        asked = data if isinstance(data, dict) else {}
        column, page, words = (asked.get(name) for name in ("column", "page", "words"))
        if column in COLUMNS:
            return Listing(_sorted_by(self.order, column))
        if isinstance(page, int) and 0 <= page < 1_000_000:
            return replace(self, page=page)
        if isinstance(words, str):
            return Listing(replace(self.order, words=words[:_LONGEST_WORDS]))
        return self


def documents_tab(library: PageLibrary) -> gr.State:
    """Put the documents on the page that is being built; the state returned changes with them."""
    changed = gr.State(0)
    last, listing = gr.State(0), gr.State(Listing())
    indexing = Indexing(lambda tell: library.index(limits=library.uploads.limits, on_progress=tell))
    with gr.Column(elem_id="qa-library"):
        given = gr.HTML(
            render.uploading(library.uploads), elem_id="qa-given", **plain("uploads.js")
        )
        tools = gr.HTML(render.filtering(), elem_id="qa-look", **plain("wish.js", "filter.js"))
        news = gr.HTML(elem_id="qa-news", **plain())
        table = gr.HTML(elem_id="qa-documents", **plain("documents.js"))

    def browse(listing: Listing, event: gr.EventData) -> tuple[Listing, str]:
        turned = listing.turned(event._data)
        return turned, _listed(library, turned)

    def keep(last: int, listing: Listing, event: gr.EventData) -> Any:
        turn = turn_of(event._data, last)
        return gr.skip() if turn is None else (turn, *browse(listing, event))

    def discard(listing: Listing, changed: int, event: gr.EventData) -> tuple[str, str, int]:
        return _remove(library, event._data), _listed(library, listing), changed + 1

    async def bring_up_to_date(listing: Listing, changed: int) -> AsyncIterator[tuple[Any, ...]]:
        async for news in indexing.run():
            if isinstance(news, Waiting | Running):
                yield _said(news), gr.skip(), gr.skip()
            else:
                yield _said(news), await asyncio.to_thread(_listed, library, listing), changed + 1

    table.browse(browse, [listing], [listing, table], **LOOKING)
    tools.filter(keep, [last, listing], [last, listing, table], **LOOKING)
    table.discard(discard, [listing, changed], [news, table, changed], **RUNNING)
    for source in (given.given, tools.refresh):
        source(bring_up_to_date, [listing, changed], [news, table, changed], **RUNNING)
    return changed


def _sorted_by(order: Order, column: Column) -> Order:
    if column == order.column:
        return replace(order, descending=not order.descending)
    return replace(order, column=column, descending=column in _LARGEST_FIRST)


def _listed(library: PageLibrary, listing: Listing) -> str:
    try:
        files, roots = library.files(), library.roots()
    except DocumentQAError as error:
        return alert(str(error))
    return render.documents(files, listing.order, listing.page) + render.folders(
        roots, library.uploads
    )


def _remove(library: PageLibrary, data: Any) -> str:
    """Remove the file that the browser names by its path, and return what came of it."""
    path = data.get("document") if isinstance(data, dict) else None
    try:
        info = find_file(library.files(), str(path))
        return render.removed(info.document, len(library.forget(info.path)))
    except DocumentQAError as error:
        return alert(str(error))
    except Exception:
        logger.exception("removing %r failed", path)
        return alert("Removing failed: the terminal that runs qa says why.")


def _said(news: Waiting | Running | Receipt | Failed) -> str:
    if isinstance(news, Receipt):
        return render.receipt(news)
    if isinstance(news, Failed):
        return alert(news.error)
    return render.running(news.stages, is_waiting=isinstance(news, Waiting))
