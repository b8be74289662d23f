"""Answers and documents as HTML.

Documents are hostile: all that comes from one, or from a person, goes through ``_escape``, and
stands in an element of its own direction (``bdi`` or ``dir``), so that it can neither become markup
nor reorder what is around it. No text is read as Markdown or as a template.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from corpus.types import FileReport
from qa.types import Answer, Citation, DocumentInfo, Span, StatedValue

EXCERPT = 420  # characters of a passage that a card shows before it is unfolded
WORD = 20  # characters by which an excerpt may shrink to end at a whole word
MOST_UNREAD = 200  # files without text that are named
WINDOW = 4_000  # characters of a document that the source panel shows, and of an unfolded passage


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what came of it: an answer, an error, or neither while it is sought.

    ``asked`` is the question as it was searched, where that differs from how it was written.
    """

    question: str
    answer: Answer | None = None
    error: str = ""
    asked: str = ""

    @property
    def searched(self) -> str:
        """The question as it was searched."""
        return self.asked or self.question


def heading(documents: Sequence[DocumentInfo], unread: Sequence[FileReport] = ()) -> str:
    """Return the page's title and, under it, what is being asked and what could not be read."""
    passages = sum(document.passages for document in documents)
    asked = f"{_count(len(documents), 'document')}, {_count(passages, 'passage')}"
    if len(documents) == 1:
        name = documents[0].title or documents[0].document
        asked = f"{_isolated(name)}, {_count(passages, 'passage')}"
    return f'<h1>Ask your documents</h1><p class="qa-asked">{asked}</p>{_unread(unread)}'


def _unread(reports: Sequence[FileReport]) -> str:
    """Return the files without text, folded, each with the reason; nothing when there are none."""
    if not reports:
        return ""
    items = "".join(
        f"<li>{_isolated(report.path)}: {_isolated(report.reason or report.status)}</li>"
        for report in reports[:MOST_UNREAD]
    )
    if len(reports) > MOST_UNREAD:
        items += f"<li>and {_count(len(reports) - MOST_UNREAD, 'other')}</li>"
    summary = f"{_count(len(reports), 'file')} without text"
    return f'<details class="qa-unread"><summary>{summary}</summary><ul>{items}</ul></details>'


def examples(questions: Iterable[str]) -> str:
    """Return the example questions as a row of buttons; each carries its place in ``questions``."""
    return "".join(
        f'<button type="button" class="qa-example" data-index="{index}">'
        f"{_isolated(question)}</button>"
        for index, question in enumerate(questions)
    )


def conversation(turns: Sequence[Turn]) -> str:
    """Return every question with its reply, oldest first."""
    if not turns:
        return (
            '<div class="qa-empty"><p><strong>Ask a question in plain language.</strong></p>'
            "<p>You get the passages that answer it, word for word, each with the place it comes "
            "from.</p></div>"
        )
    last = len(turns) - 1
    return "".join(_turn(turn, index, index == last) for index, turn in enumerate(turns))


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
    return f'{_source_header(citation)}<p class="qa-note" role="alert">{_isolated(error)}</p>'


def source_empty() -> str:
    """Return the source panel before anything was cited."""
    return (
        '<div class="qa-empty"><p>The cited document appears here, open at the passage.</p></div>'
    )


def marked(text: str, offset: int, spans: Iterable[Span], words: Iterable[Span] = ()) -> str:
    """Return ``text``, which starts at ``offset`` in its document, with ``spans`` in ``<mark>``.

    What ``words`` there are inside a mark stand in ``<strong>``. Spans count characters of the
    document; what lies outside ``text`` is left out, and spans that overlap or touch become one.
    """
    strong = sorted(words)

    def with_words(part: str, start: int) -> str:
        return _tagged("strong", part, start, strong, lambda word, _: _escape(word))

    return _tagged("mark", text, offset, spans, with_words)


def window(length: int, focus: Span, size: int) -> Span:
    """Return the span of at most ``size`` characters, within ``length``, with ``focus`` inside.

    The focus stands in the middle where there is room on both sides; of a focus longer than
    ``size`` its beginning is kept.
    """
    start, end = focus[0], min(focus[1], focus[0] + size)
    first = max(0, min(start - (size - (end - start)) // 2, length - size))
    return first, min(length, first + size)


def _turn(turn: Turn, index: int, last: bool) -> str:
    question = f'<h2 class="qa-question" dir="auto">{_escape(turn.question)}</h2>'
    asked = _asked_as(turn.asked, index) if turn.asked else ""
    return f'<section class="qa-turn">{question}{asked}{_reply(turn, index, last)}</section>'


def _asked_as(asked: str, turn: int) -> str:
    return (
        f'<p class="qa-asked-as" data-turn="{turn}">Asked as: {_isolated(asked)}'
        '<button type="button" class="qa-edit">Edit</button>'
        '<button type="button" class="qa-verbatim">Ask as I wrote it</button></p>'
    )


def _reply(turn: Turn, index: int, last: bool) -> str:
    if turn.error:
        return f'<p class="qa-reply qa-note" role="alert">{_isolated(turn.error)}</p>'
    if turn.answer is None:
        return '<p class="qa-reply" role="status">Searching …</p>'
    if turn.answer.answered and turn.answer.citations:
        return _answered(turn.answer, index, last)
    return _unanswered(turn.answer, index)


def _answered(answer: Answer, turn: int, last: bool) -> str:
    passages = _count(len(answer.citations), "passage")
    documents = f" from {answer.documents:,} documents" if answer.documents > 1 else ""
    order = ", best match first" if len(answer.citations) > 1 else ""
    cards = "".join(
        _card(citation, turn, last and place == 0)
        for place, citation in enumerate(answer.citations)
    )
    return (
        f'<p class="qa-reply" role="status">{passages}{documents}{order}</p>'
        f"{_differences(answer.disagreement or (), turn)}"
        f'<ol class="qa-cards" aria-label="Passages">{cards}</ol>'
    )


def _unanswered(answer: Answer, turn: int) -> str:
    """Return that nothing answers, and the nearest passages folded away, none of them open."""
    said = '<p class="qa-reply qa-note" role="status"><strong>No passage answers this.</strong></p>'
    if not answer.citations:
        return said
    cards = "".join(_card(citation, turn, current=False) for citation in answer.citations)
    count = len(answer.citations)
    nearest = "The nearest passage" if count == 1 else f"The {count} nearest passages"
    return (
        f'{said}<details class="qa-nearest"><summary>{nearest}</summary>'
        f'<ol class="qa-cards qa-unanswered" aria-label="Nearest passages">{cards}</ol></details>'
    )


def _differences(stated: Sequence[StatedValue], turn: int) -> str:
    """Return the values in which sources differ, each with buttons to what states it."""
    if not stated:
        return ""
    values = "".join(
        f"<li>{_isolated(one.value)}{''.join(_chip(n, turn) for n in one.citations)}</li>"
        for one in stated
    )
    return f'<div class="qa-differ"><strong>Sources differ:</strong><ul>{values}</ul></div>'


def _chip(number: int, turn: int) -> str:
    return (
        f'<button type="button" class="qa-chip qa-number" data-turn="{turn}" '
        f'data-number="{number}" aria-label="Passage {number}">{number}</button>'
    )


def _card(citation: Citation, turn: int, current: bool) -> str:
    here = ' aria-current="true"' if current else ""
    return (
        f'<li class="qa-card" data-turn="{turn}" data-number="{citation.number}">'
        f'<button type="button" class="qa-open" aria-controls="qa-source"{here}>'
        f"{_name(citation)}{_relevance(citation.relevance)}</button>{_quote(citation)}</li>"
    )


def _name(citation: Citation) -> str:
    return (
        f'<span class="qa-number">{citation.number}</span><span class="qa-names">'
        f'<span class="qa-title">{_isolated(citation.title or citation.document)}</span>'
        f'<span class="qa-location">{_isolated(citation.location)}</span></span>'
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
    whole = window(len(citation.text), _focus(citation), WINDOW)
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
    spans = list(_merged(citation.highlights, citation.start, citation.end))
    if not spans:
        return 0, 0
    return spans[0][0] - citation.start, spans[-1][1] - citation.start


def _source_header(citation: Citation) -> str:
    return (
        '<header class="qa-source-head"><button type="button" class="qa-back">'
        f"Back to the passages</button><h2>{_name(citation)}</h2></header>"
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
        f"{before}{_escape(text[first:start])}"
        f'<span class="qa-passage">{passage}</span>{_escape(text[end:last])}{after}</div>'
    )


def _tagged(
    tag: str, text: str, offset: int, spans: Iterable[Span], inside: Callable[[str, int], str]
) -> str:
    """Return escaped text with each span in an element; ``inside`` is given its text and start."""
    parts = []
    done = 0
    for start, end in _merged(spans, offset, offset + len(text)):
        parts.append(_escape(text[done : start - offset]))
        parts.append(f"<{tag}>{inside(text[start - offset : end - offset], start)}</{tag}>")
        done = end - offset
    return "".join(parts) + _escape(text[done:])


def _merged(spans: Iterable[Span], first: int, last: int) -> Iterator[Span]:
    """Yield ``spans`` cut to ``first``..``last``, in order, those that overlap or touch as one."""
    current: Span | None = None
    for start, end in sorted((max(start, first), min(end, last)) for start, end in spans):
        if start >= end:
            continue
        if current and start <= current[1]:
            current = current[0], max(current[1], end)
            continue
        if current:
            yield current
        current = start, end
    if current:
        yield current


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _isolated(text: str) -> str:
    return f"<bdi>{_escape(text)}</bdi>"


def _escape(text: str) -> str:
    """Return ``text`` with nothing in it that HTML reads as markup.

    Lone surrogates (from a file name that is not UTF-8) become U+FFFD: no JSON can carry them.
    """
    return html.escape(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
