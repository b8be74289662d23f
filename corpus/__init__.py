"""Files to documents to passages. Imports nothing of `embeddings` or `qa`."""

from __future__ import annotations

from corpus.chunking import Chunker
from corpus.errors import DocumentQAError
from corpus.readers import read
from corpus.types import Document, FileReport, Heading, Page, Passage, Receipt

__all__ = [
    "Chunker",
    "Document",
    "DocumentQAError",
    "FileReport",
    "Heading",
    "Page",
    "Passage",
    "Receipt",
    "read",
]
