"""Drawing one page of a document, and finding where on it words stand."""

from __future__ import annotations

import hashlib
from collections import Counter
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from corpus import readers
from corpus.errors import OverLimit, ReadError, Unavailable, UnsupportedFormat
from corpus.types import SEPARATOR, Member
from corpus.workers.orders import Drawing, Order, Rectangle
from corpus.workers.walk import CRASHED, bytes_of, distinct_name

if TYPE_CHECKING:
    from PIL.Image import Image

_QUALITY: Final = 85  # JPEG; encoded in an eighth of the time of WebP or PNG, as small as PNG
_Key = tuple[str, str, int, int, int, int]


class PageDrawer:
    """Draws pages, and keeps the last document, of which more pages may be asked for."""

    def __init__(self) -> None:
        """Begin with no document."""
        self._key: _Key | None = None
        self._data = b""

    def draw(self, order: Order) -> Drawing:
        """Return what came of an order; nothing is raised."""
        try:
            return _drawn(self._bytes_of(order), order)
        except MemoryError:
            return Drawing(error=_memory_error(order))
        except ReadError as error:
            swelled = isinstance(error.__cause__, MemoryError)
            return Drawing(error=_memory_error(order) if swelled else error)
        except BaseException:  # also what a parser written in Rust panics with
            return Drawing(error=ReadError(CRASHED))

    def _bytes_of(self, order: Order) -> bytes:
        """Return the bytes of the document that is meant, if it is still the one that is meant."""
        try:
            found = Path(order.path).stat()
        except OSError as error:
            raise Unavailable(f"cannot be opened ({error.strerror}); index again") from error
        key = (
            *(order.path, order.name),
            *(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns),
        )
        if key != self._key:
            self._key, self._data = None, b""
            self._data = _inside(bytes_of(order.path, order.limits), order)
            self._key = key
        if hashlib.sha256(self._data).hexdigest() != order.sha256:
            raise Unavailable("has changed since it was indexed; index again")
        return self._data


def _inside(data: bytes, order: Order) -> bytes:
    """Return the bytes of the document that is meant from those of the file it may lie in."""
    name = order.file
    while name != order.name:
        members = readers.read(data, name).members
        name, data = _towards(order.name, name, members)
    return data


def _towards(wanted: str, container: str, members: tuple[Member, ...]) -> tuple[str, bytes]:
    """Return the member that is the one wanted, or holds it."""
    taken: Counter[str] = Counter()
    holding = None
    for member in members:
        name = container + SEPARATOR + distinct_name(member.name, taken)
        if name == wanted:
            return name, member.data
        if wanted.startswith(name + SEPARATOR):
            holding = name, member.data
    if holding is None:
        raise Unavailable("has changed since it was indexed; index again")
    return holding


def _drawn(data: bytes, order: Order) -> Drawing:
    module = readers.module_for(data, PurePosixPath(order.name).suffix.lower())
    if module == "pdf":
        return _drawn_pdf(data, order)
    if module == "image":
        return _drawn_image(data, order)
    raise UnsupportedFormat("has no picture; see its text instead")


def _drawn_pdf(data: bytes, order: Order) -> Drawing:
    from corpus.readers import pdf

    picture = b""
    if order.scale:
        picture = _encoded(pdf.render(data, order.page, order.scale).image)
    found = pdf.page_boxes(data, order.page, order.text, order.spans)
    width, height = found.width or 1.0, found.height or 1.0
    spans = tuple(
        tuple(
            Rectangle(box.left / width, box.top / height, box.right / width, box.bottom / height)
            for box in span
        )
        for span in found.spans
    )
    return Drawing(found.width, found.height, picture, spans)


def _drawn_image(data: bytes, order: Order) -> Drawing:
    """Draw an image; where words stand on it is not known."""
    from corpus.readers import image

    shown, scale = image.render(data, order.page, order.scale or 1.0)
    picture = _encoded(shown) if order.scale else b""
    nowhere = tuple(() for _ in order.spans)
    return Drawing(shown.width / scale, shown.height / scale, picture, nowhere)


def _encoded(image: Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _memory_error(order: Order) -> OverLimit:
    memory = order.limits.memory / 1e6
    return OverLimit(f"needs more than {memory:.0f} MB of memory to be drawn; see its text instead")
