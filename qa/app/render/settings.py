"""What a question is asked with, and what can be done with the conversation."""

from __future__ import annotations

from collections.abc import Iterable

from qa.app.render.markup import escape, isolated
from qa.history import MOST_CITATIONS
from qa.types import DocumentInfo
from qa.wording import count

PASSAGES = 5  # by default
METHODS = {"hybrid": "Meaning and words", "dense": "Meaning only", "sparse": "Words only"}
MOST_CHOICES = 50  # documents that are offered at once


def controls(least: float) -> str:
    """Return the settings, folded, and the buttons for the conversation.

    ``least`` (0..1) is the default of the least relevance with which a passage is said to answer.
    """
    return (
        '<details class="qa-settings"><summary>Settings<span class="qa-changed"></span></summary>'
        f'<form class="qa-form" aria-label="Settings">{_passages()}{_methods()}{_least(least)}'
        f'{_within()}<button type="reset" class="qa-reset">Back to defaults</button></form>'
        '</details><div class="qa-tools" role="group" aria-label="Conversation">'
        '<button type="button" class="qa-export">Export as Markdown</button>'
        '<button type="button" class="qa-new">New conversation</button></div>'
    )


def document_choices(documents: Iterable[DocumentInfo], wanted: str) -> str:
    """Return the first documents whose title or path holds ``wanted``, each with a box to tick."""
    folded = wanted.casefold().split()
    found = [one for one in documents if _holds(f"{one.title}\n{one.document}", folded)]
    more = len(found) - MOST_CHOICES
    note = f'<li class="qa-hint">and {count(more, "other")}: type more of its name</li>'
    if not found:
        return '<li class="qa-hint">No document of that name</li>'
    return "".join(map(_choice, found[:MOST_CHOICES])) + (note if more > 0 else "")


def _passages() -> str:
    return (
        '<div class="qa-field"><label for="qa-k">Passages</label>'
        f'<input id="qa-k" name="k" type="number" min="1" max="{MOST_CITATIONS}" required '
        f'value="{PASSAGES}" aria-describedby="qa-k-hint">'
        f'<span class="qa-hint" id="qa-k-hint">1 to {MOST_CITATIONS}. Default: {PASSAGES}</span>'
        "</div>"
    )


def _methods() -> str:
    default = next(iter(METHODS))
    choices = "".join(
        f'<label><input type="radio" name="method" value="{value}"'
        f"{' checked' if value == default else ''}> {label}</label>"
        for value, label in METHODS.items()
    )
    return (
        '<fieldset class="qa-field"><legend>Search by</legend>'
        f'<span class="qa-choices">{choices}</span>'
        f'<span class="qa-hint">Default: {METHODS[default].lower()}</span></fieldset>'
    )


def _least(least: float) -> str:
    shown = f"{least:.2f}"
    return (
        '<div class="qa-field"><label for="qa-least">Minimum relevance</label>'
        '<span class="qa-choices"><input id="qa-least" name="least" type="range" min="0" max="1" '
        f'step="0.01" value="{shown}" aria-describedby="qa-least-hint">'
        f'<output for="qa-least">{shown}</output></span><span class="qa-hint" id="qa-least-hint">'
        f"Below this, no passage is said to answer. Default: {shown}</span></div>"
    )


def _within() -> str:
    return (
        '<fieldset class="qa-field"><legend>Ask only these documents</legend>'
        '<input type="search" class="qa-filter" placeholder="Filter by name" '
        'aria-label="Filter documents by name" autocomplete="off">'
        '<ul class="qa-within"></ul>'
        '<span class="qa-hint">Default: none ticked, which asks all documents</span></fieldset>'
    )


def _holds(names: str, wanted: Iterable[str]) -> bool:
    names = names.casefold()
    return all(word in names for word in wanted)


def _choice(info: DocumentInfo) -> str:
    title = isolated(info.title or info.document)
    path = f'<span class="qa-hint">{isolated(info.document)}</span>' if info.title else ""
    return (
        f'<li><label><input type="checkbox" name="within" value="{escape(info.path)}"> '
        f"<span>{title} {path}</span></label></li>"
    )
