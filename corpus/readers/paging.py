"""Texts of pages to one canonical text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from corpus.types import Page

PAGE_BREAK: Final = "\f"
"""Stands between two pages and belongs to neither; it never occurs inside one."""


def paged(texts: Sequence[str]) -> tuple[str, tuple[Page, ...]]:
    """Return the texts of pages as one, and where each of them is in it.

    When no page has text, neither has the whole.
    """
    if not any(map(str.strip, texts)):
        return "", tuple(Page(number, 0, 0) for number in range(1, len(texts) + 1))
    pages: list[Page] = []
    start = 0
    for number, text in enumerate(texts, 1):
        pages.append(Page(number, start, start + len(text)))
        start += len(text) + len(PAGE_BREAK)
    return PAGE_BREAK.join(texts), tuple(pages)
