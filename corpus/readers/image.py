"""Images: their text, recognised when that is asked for; a TIFF may have pages."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from math import sqrt
from typing import Final

from PIL import Image, ImageOps

from corpus.errors import ReadError, UnsupportedFormat
from corpus.readers import ocr
from corpus.readers.paging import paged
from corpus.readers.source import Source
from corpus.types import Document

_FORMATS: Final = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")
_PAGED_FORMAT: Final = "TIFF"  # other formats' frames are a film's
_MOST_PIXELS: Final = 100_000_000
_MOST_PAGES: Final = 1_000
_PIXELS_PER_POINT: Final = 2.0  # of an image shown as large as it is
_MOST_SHOWN: Final = 25_000_000  # pixels of a picture


def read(source: Source) -> Document:
    """Return the text in an image, and one page, or a TIFF's own.

    Raises `UnsupportedFormat` unless ``source.ocr`` asks for it, and `ReadError` when the image is
    broken or too large, or its text cannot be recognised.
    """
    if not source.ocr:
        raise UnsupportedFormat("an image; its text is read with --ocr")
    image, frames = _opened(source.data)
    with image:
        numbers = range(min(frames, _MOST_PAGES))
        texts = [ocr.recognise(_frame(image, number).convert("L")) for number in numbers]
    text, pages = paged(texts)
    note = "" if text else "nothing was recognised in it"
    if frames > _MOST_PAGES:
        note = f"only the first {_MOST_PAGES:,} of {frames:,} pages are read"
    return Document(text, pages=pages, note=note)


def render(data: bytes, number: int, scale: float = 2.0) -> tuple[Image.Image, float]:
    """Return a picture of the page ``number``, counted from 1, and its pixels per point.

    A point is two of the image's own pixels, of which a picture never has more. Raises `ReadError`
    when the image is broken or too large, or has no such page.
    """
    image, frames = _opened(data)
    with image:
        if not 1 <= number <= frames:
            raise ReadError(f"has no page {number}; it has {frames}")
        frame = _frame(image, number - 1)
    width, height = frame.size
    share = min(1.0, scale / _PIXELS_PER_POINT, sqrt(_MOST_SHOWN / (width * height)))
    frame.thumbnail((max(1, round(share * width)), max(1, round(share * height))))
    return frame, frame.width / width * _PIXELS_PER_POINT


def _opened(data: bytes) -> tuple[Image.Image, int]:
    """Return an image and the number of its pages."""
    with _decoding():
        image = Image.open(BytesIO(data), formats=_FORMATS)
        return image, getattr(image, "n_frames", 1) if image.format == _PAGED_FORMAT else 1


@contextmanager
def _decoding() -> Iterator[None]:
    """Turn what Pillow raises on a broken or huge image into `ReadError`, and keep it quiet."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise ReadError("has too many pixels; save it smaller") from error
    except ReadError:
        raise
    except Exception as error:  # decoders raise anything
        raise ReadError("is not a whole image; fetch or save it again") from error


def _frame(image: Image.Image, number: int) -> Image.Image:
    """Return a frame of an image, upright and on white."""
    with _decoding():
        image.seek(number)
        width, height = image.size
        if width * height > _MOST_PIXELS:
            raise ReadError(f"has too many pixels: {width} × {height}; save it smaller")
        upright = ImageOps.exif_transpose(image).convert("RGBA")
        paper = Image.new("RGBA", upright.size, "white")
        return Image.alpha_composite(paper, upright).convert("RGB")
