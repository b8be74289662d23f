"""PDF: the text of its pages, without what only furnishes them, and where on them it stands.

``read`` makes the document, ``render`` a picture of a page, and ``boxes`` and ``page_boxes`` the
rectangles on it that pieces of its text take up. Text is a function of the file alone.
"""

from corpus.readers.pdf.boxes import PageBoxes, Picture, boxes, page_boxes, render
from corpus.readers.pdf.glyphs import Box
from corpus.readers.pdf.opening import PDFIUM_LOCK
from corpus.readers.pdf.reader import read

__all__ = ["PDFIUM_LOCK", "Box", "PageBoxes", "Picture", "boxes", "page_boxes", "read", "render"]
