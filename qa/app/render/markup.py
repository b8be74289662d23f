"""Text as HTML that stays text.

Documents are hostile: all that comes from one, or from a person, goes through ``escape``, and
stands in an element of its own direction (``bdi`` or ``dir``), so that it can neither become markup
nor reorder what is around it. No text is read as Markdown or as a template.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Sequence

from qa.types import Span
from qa.windows import window as window


def escape(text: str) -> str:
    """Return ``text`` with nothing in it that HTML reads as markup.

    Lone surrogates (from a file name that is not UTF-8) become U+FFFD: no JSON can carry them.
    """
    return html.escape(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def isolated(text: str) -> str:
    """Return escaped text that cannot reorder what is around it."""
    return f"<bdi>{escape(text)}</bdi>"


def alert(sentence: str) -> str:
    """Return that something was not done, and why; screen readers say it at once."""
    return f'<p class="qa-note" role="alert">{isolated(sentence)}</p>'


def marked(text: str, offset: int, spans: Iterable[Span], words: Iterable[Span] = ()) -> str:
    """Return ``text``, which starts at ``offset`` in its document, with ``spans`` in ``<mark>``.

    What ``words`` there are inside a mark stand in ``<strong>``. Spans count characters of the
    document; what lies outside ``text`` is left out, and spans that overlap or touch become one.
    """
    strong = sorted(words)

    def with_words(part: str, start: int) -> str:
        return tagged("strong", part, start, strong, lambda word, _: escape(word))

    return tagged("mark", text, offset, spans, with_words)


def tagged(
    tag: str, text: str, offset: int, spans: Iterable[Span], inside: Callable[[str, int], str]
) -> str:
    """Return escaped text with each span in an element; ``inside`` is given its text and start."""
    parts = []
    done = 0
    for start, end in merged(spans, offset, offset + len(text)):
        parts.append(escape(text[done : start - offset]))
        parts.append(f"<{tag}>{inside(text[start - offset : end - offset], start)}</{tag}>")
        done = end - offset
    return "".join(parts) + escape(text[done:])


def layered(text: str, offset: int, layers: Sequence[tuple[str, Iterable[Span]]]) -> str:
    """Return escaped text in elements that may cross: a layer is a tag, attributes too, and spans.

    Those of the first layer stand outside all others, which they cut where they cross.
    """
    if not layers:
        return escape(text)
    (tag, spans), *rest = layers
    parts = []
    done = 0
    for start, end in merged(spans, offset, offset + len(text)):
        parts.append(layered(text[done : start - offset], offset + done, rest))
        inside = layered(text[start - offset : end - offset], start, rest)
        parts.append(f"<{tag}>{inside}</{tag.partition(' ')[0]}>")
        done = end - offset
    return "".join(parts) + layered(text[done:], offset + done, rest)


def merged(spans: Iterable[Span], first: int, last: int) -> Iterator[Span]:
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
