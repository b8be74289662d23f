"""A PDF's headings: bookmarks, found on their pages, and lines that are set as headings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from corpus.readers.pdf.outline import Bookmark, bookmarked
from corpus.readers.pdf.text import PageText
from corpus.readers.pdf.typeset import set_as_headings
from corpus.types import Heading


def headings(
    bookmarks: Sequence[Bookmark], texts: Sequence[PageText], starts: Sequence[int]
) -> tuple[Heading, ...]:
    """Return the headings of pages whose texts begin at ``starts`` in the document's, in order.

    Those known only by how they are set come below those of the outline.
    """
    marked = bookmarked(bookmarks, texts, starts)
    deepest = max((heading.level for heading in marked), default=0)
    ends = [heading.end for heading in marked]
    found = list(marked)
    for heading in set_as_headings(texts, starts):
        following = bisect_right(ends, heading.start)  # the first that ends after it begins
        if following == len(marked) or marked[following].start >= heading.end:
            level = deepest + heading.level
            found.append(Heading(heading.start, heading.end, level, heading.title))
    return tuple(sorted(found, key=lambda heading: heading.start))
