"""Answers and documents as HTML; `qa.app.render.markup` keeps what is hostile in them text."""

from __future__ import annotations

from qa.app.render.cards import EXCERPT
from qa.app.render.cited import WINDOW, source, source_empty, source_error
from qa.app.render.markup import marked, window
from qa.app.render.overview import MOST_UNREAD, examples, heading
from qa.app.render.turns import Turn, conversation

__all__ = [
    "EXCERPT",
    "MOST_UNREAD",
    "WINDOW",
    "Turn",
    "conversation",
    "examples",
    "heading",
    "marked",
    "source",
    "source_empty",
    "source_error",
    "window",
]
