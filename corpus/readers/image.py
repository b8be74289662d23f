"""Images: their text, recognised when that is asked for; a TIFF may have pages."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
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


def read(source: Source) -> Document:
    """Return the text in an image, and one page, or a TIFF's own.

    Raises `UnsupportedFormat` unless ``source.ocr`` asks for it, and `ReadError` when the image is
    broken or too large, or its text cannot be recognised.
    """
    if not source.ocr:
        raise UnsupportedFormat("an image; its text is read with --ocr")
    with _decoding():
        image = Image.open(BytesIO(source.data), formats=_FORMATS)
        frames = getattr(image, "n_frames", 1) if image.format == _PAGED_FORMAT else 1
    with image:
        numbers = range(min(frames, _MOST_PAGES))
        texts = [ocr.recognise(_frame(image, number)) for number in numbers]
    text, pages = paged(texts)
    note = "" if text else "nothing was recognised in it"
    if frames > _MOST_PAGES:
        note = f"only the first {_MOST_PAGES:,} of {frames:,} pages are read"
    return Document(text, pages=pages, note=note)


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
    """Return a frame of an image, upright and in grey on white."""
    with _decoding():
        image.seek(number)
        width, height = image.size
        if width * height > _MOST_PIXELS:
            raise ReadError(f"has too many pixels: {width} × {height}; save it smaller")
        upright = ImageOps.exif_transpose(image).convert("RGBA")
        paper = Image.new("RGBA", upright.size, "white")
        return Image.alpha_composite(paper, upright).convert("L")
