"""What the tabs of the page share: the library they ask, and how their elements are made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import gradio as gr

from corpus.types import FileReport
from qa.relevance import RelevanceModel
from qa.types import Answer, DocumentInfo, Method

Item = TypeVar("Item")

UNSEEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Options of every event: it is no one else's to call, and shows no spinner of Gradio's."""

_SCRIPTS = Path(__file__).with_name("scripts")


class PageLibrary(Protocol):
    """What the page asks of a library. It is called from several threads at once."""

    def ask(
        self,
        question: str,
        *,
        k: int = 5,
        method: Method = "hybrid",
        min_relevance: float | None = None,
    ) -> Answer:
        """Return the ``k`` passages nearest to the question, and whether they answer it."""

    def relevance_model(self) -> RelevanceModel:
        """Return what says from which relevance on an answer counts as one."""

    def text(self, document: str) -> str:
        """Return the canonical text of a document, given its path on disk."""

    def documents(self) -> Sequence[DocumentInfo]:
        """Return all documents."""

    def unread(self) -> Sequence[FileReport]:
        """Return the files that gave no text, each with the reason."""


def plain(script: str | None = None) -> dict[str, Any]:
    """Return what makes a ``gr.HTML`` ours: no default styles, and only our script."""
    return {
        "apply_default_css": False,
        "js_on_load": (_SCRIPTS / script).read_text(encoding="utf-8") if script else None,
    }


def named(event: gr.EventData, key: str, items: Sequence[Item]) -> Item | None:
    """Return the item whose place the browser sent as ``key``; None where it sent no such place."""
    data = event._data if isinstance(event._data, dict) else {}
    return dict(zip(map(str, range(len(items))), items, strict=True)).get(str(data.get(key)))
