"""Parts of a long text: round a place, before it and after it."""

from __future__ import annotations

from typing import Final

from qa.types import Span

_BREAKS: Final = ("\n", " ")


def window(length: int, focus: Span, size: int) -> Span:
    """Return the span of at most ``size`` characters, within ``length``, with ``focus`` inside.

    The focus stands in the middle where there is room on both sides; of a focus longer than
    ``size`` its beginning is kept.
    """
    start, end = focus[0], min(focus[1], focus[0] + size)
    first = max(0, min(start - (size - (end - start)) // 2, length - size))
    return first, min(length, first + size)


def around(text: str, bounds: Span, focus: Span, size: int) -> Span:
    """Return a `window` within ``bounds`` of a text, cut to whole lines or words where it can be.

    The focus must lie within the bounds.
    """
    low, high = bounds
    first, last = window(high - low, (focus[0] - low, focus[1] - low), size)
    first, last = low + first, low + last
    if first > low:
        first = _cut_after(text, first, max(first, min(focus[0], first + size // 4)))
    if last < high:
        last = _cut_before(text, min(last, max(focus[1], last - size // 4)), last)
    return first, last


def after(text: str, bounds: Span, first: int, size: int) -> Span:
    """Return the part of at most ``size`` characters that begins at ``first``."""
    last = min(first + size, bounds[1])
    if last < bounds[1]:
        last = _cut_before(text, max(first + 1, last - size // 4), last)
    return first, last


def before(text: str, bounds: Span, last: int, size: int) -> Span:
    """Return the part of at most ``size`` characters that ends at ``last``."""
    first = max(last - size, bounds[0])
    if first > bounds[0]:
        first = _cut_after(text, first, min(last - 1, first + size // 4))
    return first, last


def _cut_after(text: str, low: int, high: int) -> int:
    """Return the place after the first line break, else blank, between two; ``low`` for none."""
    found = (text.find(mark, low, high) for mark in _BREAKS)
    return next((place + 1 for place in found if place >= 0), low)


def _cut_before(text: str, low: int, high: int) -> int:
    """Return the place after the last line break, else blank, between two; ``high`` for none."""
    found = (text.rfind(mark, low, high) for mark in _BREAKS)
    return next((place + 1 for place in found if place >= 0), high)
