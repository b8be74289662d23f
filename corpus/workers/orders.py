"""What is asked of the looks of a page, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import IO, Any, Final, NamedTuple

from corpus.errors import ReadError
from corpus.limits import Limits
from corpus.workers.wire import error_of, of_error, receive_message, send_message

DRAWING_LIMITS: Final = Limits(seconds=15.0)
"""What a page may cost; someone waits for it."""


class Rectangle(NamedTuple):
    """A part of a page: shares (0..1) of its width and height, from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Order:
    """A ``page``, counted from 1, to draw, to find words on, or both.

    ``path`` is a file on disk whose document is called ``file``, ``name`` the document that is
    meant, which may lie inside that one, and ``sha256`` that of its bytes. A picture is wanted at
    ``scale`` pixels a point, none for 0; and the places of ``spans`` of the page's canonical
    ``text``.
    """

    path: str
    file: str
    name: str
    sha256: str
    page: int
    scale: float = 0.0
    text: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    limits: Limits = field(default_factory=lambda: DRAWING_LIMITS)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A page's ``picture``, a JPEG, and the rectangles of each span, line by line; or an error.

    ``width`` and ``height`` are those of the page as it is shown, in points.
    """

    width: float = 0.0
    height: float = 0.0
    picture: bytes = field(default=b"", repr=False)
    spans: tuple[tuple[Rectangle, ...], ...] = ()
    error: ReadError | None = None


def order_to_line(order: Order) -> bytes:
    """Return an order as a line of JSON."""
    return json.dumps({"order": asdict(order)}).encode() + b"\n"


def order_of(fields: Mapping[str, Any]) -> Order:
    """Return the order that a line of JSON holds as ``fields``."""
    spans = tuple((start, end) for start, end in fields["spans"])
    return Order(**{**fields, "spans": spans, "limits": Limits(**fields["limits"])})


def send_drawing(out: IO[bytes], drawing: Drawing, *, begun: bool = False) -> None:
    """Write a drawing; ``begun`` says that it is about to be made."""
    header = {
        "begun": begun,
        "size": [drawing.width, drawing.height],
        "spans": drawing.spans,
        "error": None if drawing.error is None else of_error(drawing.error),
    }
    send_message(out, header, drawing.picture)


def receive_drawing(source: IO[bytes]) -> tuple[Drawing, bool]:
    """Read a drawing, and whether it is only begun.

    Raises `EOFError` where the other side has ended and `ValueError` where it talks nonsense.
    """
    header, picture = receive_message(source)
    try:
        width, height = map(_number, header["size"])
        spans = tuple(tuple(map(_rectangle, span)) for span in header["spans"])
        error = error_of(header["error"])
        return Drawing(width, height, picture, spans, error), bool(header["begun"])
    except (LookupError, TypeError) as fault:
        raise ValueError(f"no message: {fault}") from fault


def _number(given: Any) -> float:
    """Return a number, 0 where it is negative or none at all."""
    return max(0.0, float(given))


def _rectangle(sides: list[Any]) -> Rectangle:
    left, top, right, bottom = (min(1.0, _number(side)) for side in sides)
    return Rectangle(left, top, right, bottom)
