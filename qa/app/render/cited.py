"""The cited document beside the conversation, at the passage."""

from __future__ import annotations

from qa.app.render.cards import name
from qa.app.render.markup import escape, isolated, marked, window
from qa.types import Citation

WINDOW = 4_000  # characters of a document that are shown


def source(citation: Citation, text: str) -> str:
    """Return the cited document at the passage; ``text`` is the document's canonical text.

    At most ``WINDOW`` characters are shown, the passage among them. When the document no longer
    says what was cited, the passage is shown as it was.
    """
    if text[citation.start : citation.end] != citation.text:
        note = "The document has changed since it was cited: this is the passage as it was."
        return (
            f'{_source_header(citation)}<p class="qa-note" role="status">{note}</p>'
            f"{_source_text(citation, citation.text, citation.start)}"
        )
    return (
        f"{_source_header(citation)}{_source_text(citation, text, 0)}"
        f'<p class="qa-place">Characters {citation.start:,} to {citation.end:,} '
        f"of {len(text):,}</p>"
    )


def source_error(citation: Citation, error: str) -> str:
    """Return the source panel for a document that cannot be shown, and why."""
    return f'{_source_header(citation)}<p class="qa-note" role="alert">{isolated(error)}</p>'


def source_empty() -> str:
    """Return the source panel before anything was cited."""
    return (
        '<div class="qa-empty"><p>The cited document appears here, open at the passage.</p></div>'
    )


def _source_header(citation: Citation) -> str:
    return (
        '<header class="qa-source-head"><button type="button" class="qa-back">'
        f"Back to the passages</button><h2>{name(citation)}</h2></header>"
    )


def _source_text(citation: Citation, text: str, base: int) -> str:
    """Return the part of ``text``, which starts at ``base`` in its document, round the passage."""
    start, end = citation.start - base, citation.end - base
    first, last = window(len(text), (start, end), WINDOW)
    end = min(end, last)
    passage = marked(text[start:end], base + start, citation.highlights, citation.words)
    before = '<span class="qa-more">… earlier text</span>' if first else ""
    after = '<span class="qa-more">later text …</span>' if last < len(text) else ""
    return (
        '<div class="qa-text" tabindex="0" role="region" aria-label="Document text">'
        f"{before}{escape(text[first:start])}"
        f'<span class="qa-passage">{passage}</span>{escape(text[end:last])}{after}</div>'
    )
