"""A citation as a card: where it is from, how relevant it is, its words, and what can be done."""

from __future__ import annotations

from qa.app.render.markup import escape, isolated, marked, merged, tagged, window
from qa.transcript import evidence, reference
from qa.types import Citation, Span

EXCERPT = 420  # characters of a passage that a card shows before it is unfolded
LONGEST = 4_000  # characters of a passage that its card shows when it is unfolded
LONGEST_SAID = 400  # characters of one piece of evidence in the reply
WORD = 20  # characters by which an excerpt may shrink to end at a whole word


def card(citation: Citation, *, answered: bool, named: str) -> str:
    """Return a citation under a question that passages answered, or that none did.

    ``named`` is what a link to it calls its document.
    """
    return (
        f'<li class="qa-card" data-number="{citation.number}">'
        '<button type="button" class="qa-open" aria-controls="qa-source">'
        f"{_name(citation)}{_relevance(citation.relevance)}</button>{_quote(citation)}"
        f"{_actions(citation, answered, named)}</li>"
    )


def chip(number: int) -> str:
    """Return a button that opens the citation of that number."""
    return (
        f'<button type="button" class="qa-chip qa-number" data-number="{number}" '
        f'aria-label="Passage {number}">{number}</button>'
    )


def judge(label: str, *, answers: bool) -> str:
    """Return a button that keeps whether a passage answers, and takes it back."""
    value = "true" if answers else "false"
    return (
        f'<button type="button" class="qa-judge" data-answers="{value}" aria-pressed="false">'
        f"{label}</button>"
    )


def said(citation: Citation) -> str:
    """Return the evidence of a citation as a sentence of the reply, with its chip; or nothing.

    Of each piece of it that is very long the beginning stands there.
    """
    spans = list(merged(citation.highlights, citation.start, citation.end))
    if not spans:
        return ""
    shown = [(start, min(end, start + LONGEST_SAID)) for start, end in spans]
    parts = " … ".join(_said_part(citation, span) for span in shown)
    more = " …" if shown[-1] != spans[-1] else ""
    return f'<p class="qa-says"><q dir="auto">{parts}{more}</q> {chip(citation.number)}</p>'


def _name(citation: Citation) -> str:
    return (
        f'<span class="qa-number">{citation.number}</span><span class="qa-names">'
        f'<span class="qa-title">{isolated(citation.title or citation.document)}</span>'
        f'<span class="qa-location">{isolated(citation.location)}</span></span>'
    )


def _said_part(citation: Citation, span: Span) -> str:
    """Return a piece of evidence, with what carries the match."""
    start, end = span
    text = citation.text[start - citation.start : end - citation.start]
    return tagged("strong", text, start, citation.words, lambda word, _: escape(word))


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


def _actions(citation: Citation, answered: bool, named: str) -> str:
    """Return what can be done with a card: copy it, and say whether it answers."""
    quote = escape(f"“{evidence(citation)[:LONGEST]}”\n{reference(citation)}")
    copies = (
        f'<button type="button" class="qa-copy" data-text="{quote}">Copy quote</button>'
        f'<button type="button" class="qa-copy" data-document="{escape(named)}" '
        f'data-start="{citation.start}" data-end="{citation.end}">Copy link</button>'
    )
    judges = judge("This is the right passage", answers=True)
    if answered:
        judges = judge("This answers", answers=True) + judge("Does not answer", answers=False)
    return (
        f'<div class="qa-actions" role="group" aria-label="Passage {citation.number}">'
        f'{copies}<span class="qa-judges">{judges}</span></div>'
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
