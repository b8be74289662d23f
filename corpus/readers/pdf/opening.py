"""PDFium's documents and pages, opened under one lock and closed again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Final

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from corpus.errors import Encrypted, ReadError

PDFIUM_LOCK: Final = RLock()
"""PDFium is not thread-safe: every call to it, here and elsewhere, holds this."""

logging.getLogger("pypdfium2").addHandler(logging.NullHandler())  # or it would warn on stderr


@contextmanager
def opened(data: bytes) -> Iterator[pdfium.PdfDocument]:
    """Open a PDF and hold the lock until it is closed.

    Raises `Encrypted` when a password is needed and `ReadError` when the file is broken.
    """
    with PDFIUM_LOCK:
        document = _open(data)
        try:
            yield document
        finally:
            document.close()


def _open(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise Encrypted("needs a password; save a copy without one") from error
        raise ReadError("is not a whole PDF file; fetch or save it again") from error


@contextmanager
def opened_page(document: pdfium.PdfDocument, index: int) -> Iterator[pdfium.PdfPage]:
    """Open the page at ``index``, counted from 0; raises `PdfiumError` when it is broken."""
    page = document[index]
    try:
        yield page
    finally:
        page.close()


@contextmanager
def opened_text(page: pdfium.PdfPage) -> Iterator[pdfium.PdfTextPage]:
    """Open a page's text; raises `PdfiumError` when it is broken."""
    textpage = page.get_textpage()
    try:
        yield textpage
    finally:
        textpage.close()
