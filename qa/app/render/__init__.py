"""Answers and documents as HTML; `qa.app.render.markup` keeps what is hostile in them text."""

from __future__ import annotations

from qa.app.render.cited import source, source_changed, source_empty, source_error
from qa.app.render.markup import marked, window
from qa.app.render.overview import MOST_UNREAD, examples, heading
from qa.app.render.settings import controls, document_choices
from qa.app.render.turns import conversation_empty, turn

__all__ = [
    "MOST_UNREAD",
    "controls",
    "conversation_empty",
    "document_choices",
    "examples",
    "heading",
    "marked",
    "source",
    "source_changed",
    "source_empty",
    "source_error",
    "turn",
    "window",
]
