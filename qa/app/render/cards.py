"""A citation as a card: where it is from, how relevant it is, and its words."""

from __future__ import annotations

from qa.app.render.markup import isolated, marked, merged, window
from qa.types import Citation, Span

EXCERPT = 420  # characters of a passage that a card shows before it is unfolded
LONGEST = 4_000  # characters of a passage that its card shows when it is unfolded
WORD = 20  # characters by which an excerpt may shrink to end at a whole word


def card(citation: Citation, turn: int, current: bool) -> str:
    """Return a citation of the given turn; ``current`` is the one open beside it."""
    here = ' aria-current="true"' if current else ""
    return (
        f'<li class="qa-card" data-turn="{turn}" data-number="{citation.number}">'
        f'<button type="button" class="qa-open" aria-controls="qa-source"{here}>'
        f"{name(citation)}{_relevance(citation.relevance)}</button>{_quote(citation)}</li>"
    )


def name(citation: Citation) -> str:
    """Return the number, the title and the place of a citation."""
    return (
        f'<span class="qa-number">{citation.number}</span><span class="qa-names">'
        f'<span class="qa-title">{isolated(citation.title or citation.document)}</span>'
        f'<span class="qa-location">{isolated(citation.location)}</span></span>'
    )


def _relevance(relevance: float) -> str:
    percent = f"{relevance:.0%}"
    return (
        f'<span class="qa-relevance" title="How likely this passage answers the question">'
        f'<span class="qa-bar" aria-hidden="true"><span style="width:{percent}"></span></span>'
        f'{percent}<span class="qa-unseen"> relevant</span></span>'
    )


def _quote(citation: Citation) -> str:
    short = _excerpt(citation)
    quote = f'<p class="qa-quote" dir="auto">{_part(citation, short)}</p>'
    if short == (0, len(citation.text)):
        return quote
    whole = window(len(citation.text), _focus(citation), LONGEST)
    return (
        f'{quote}<details class="qa-whole"><summary>Whole passage</summary>'
        f'<p class="qa-quote" dir="auto">{_part(citation, whole)}</p></details>'
    )


def _part(citation: Citation, span: Span) -> str:
    """Return a part of the passage with its evidence marked; ``span`` counts from its beginning."""
    first, last = span
    part = marked(
        citation.text[first:last], citation.start + first, citation.highlights, citation.words
    )
    return f"{'… ' if first else ''}{part}{' …' if last < len(citation.text) else ''}"


def _excerpt(citation: Citation) -> Span:
    """Return the span of the passage's own text that its card shows, at whole words if it can."""
    text = citation.text
    focus = _focus(citation)
    first, last = window(len(text), focus, EXCERPT)
    if first:
        first = text.find(" ", first, min(first + WORD, focus[0])) + 1 or first
    if last < len(text):
        space = text.rfind(" ", max(last - WORD, min(last, focus[1])), last)
        last = space if space > 0 else last
    return first, last


def _focus(citation: Citation) -> Span:
    """Return the span of the passage's own text from its first evidence to its last."""
    spans = list(merged(citation.highlights, citation.start, citation.end))
    if not spans:
        return 0, 0
    return spans[0][0] - citation.start, spans[-1][1] - citation.start
