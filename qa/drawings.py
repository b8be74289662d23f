"""Pages of a library's documents as pictures, and where on them words stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from corpus.errors import NotThere
from corpus.remote import local_copy
from corpus.workers.drawer import Busy, Drawer
from corpus.workers.orders import DRAWING_LIMITS, Drawing, Order, Rectangle
from qa.citations import source_path
from qa.store import StoredDocument
from qa.types import Span

__all__ = ["MEDIA_TYPE", "MOST_SPANS", "Busy", "Drawings", "PageBoxes", "SpanBoxes", "is_pictured"]

MEDIA_TYPE: Final = "image/jpeg"
MOST_SPANS: Final = 200
"""Of one page; those beyond are nowhere."""

_PICTURED: Final = frozenset(".pdf .png .jpg .jpeg .tif .tiff .bmp .webp .gif".split())


@dataclass(frozen=True, slots=True)
class SpanBoxes:
    """The rectangles, line by line, of a span of a document's text on one of its pages."""

    start: int
    end: int
    boxes: tuple[Rectangle, ...]


@dataclass(frozen=True, slots=True)
class PageBoxes:
    """How wide and high a page is, in points, and where on it the spans asked for stand."""

    width: float
    height: float
    spans: tuple[SpanBoxes, ...] = field(default=())


def is_pictured(stored: StoredDocument) -> bool:
    """Tell whether pages of a document can be shown as pictures."""
    suffix = PurePosixPath(stored.file.path).suffix.lower()
    return suffix in _PICTURED and bool(stored.pages)


class Drawings:
    """Draws pages in processes of its own, while the files are still those that were indexed.

    All methods raise `NotThere` when the document has no such page, `ReadError` when the page
    cannot be drawn or the file has changed, and `Busy` while too many others are drawn.
    """

    def __init__(self) -> None:
        """Prepare to draw; processes are started when they are needed."""
        self._drawer = Drawer()

    def close(self) -> None:
        """End the processes."""
        self._drawer.close()

    def picture(self, stored: StoredDocument, page: int, scale: float) -> bytes:
        """Return a page as a JPEG of ``scale`` pixels a point, or fewer for a huge page."""
        stored.span_of_page(page)
        return self._draw(stored, page, scale=scale).picture

    def boxes(self, stored: StoredDocument, page: int, spans: Sequence[Span]) -> PageBoxes:
        """Return where on a page spans of the document's text stand, the part of each on it.

        A span has no boxes where it is not on the page, or where the words of the page were
        recognised in an image.
        """
        first, last = stored.span_of_page(page)
        asked = spans[:MOST_SPANS]
        inside = tuple(
            (min(max(start, first), last) - first, min(max(end, first), last) - first)
            for start, end in asked
        )
        drawn = self._draw(stored, page, text=stored.text[first:last], spans=inside)
        found = tuple(
            SpanBoxes(start, end, boxes)
            for (start, end), boxes in zip(asked, drawn.spans, strict=True)
        )
        return PageBoxes(drawn.width, drawn.height, found)

    def _draw(
        self,
        stored: StoredDocument,
        page: int,
        *,
        scale: float = 0.0,
        text: str = "",
        spans: tuple[Span, ...] = (),
    ) -> Drawing:
        file = stored.file
        if not is_pictured(stored):
            raise NotThere(f"{file.path} has no pictures of its pages; see its text instead")
        with local_copy(source_path(stored.root, file.on_disk), DRAWING_LIMITS) as path:
            order = Order(
                path=path,
                file=file.on_disk,
                name=file.path,
                sha256=file.sha256,
                page=page,
                scale=scale,
                text=text,
                spans=spans,
            )
            return self._drawer.draw(order)
