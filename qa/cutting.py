"""Cutting documents into passages, each with what the indexes need of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from corpus.chunking import Chunker
from corpus.types import Document, Passage
from embeddings import analyzer
from embeddings.types import Encoder
from qa.store import IndexedPassage, Key


class Cutter:
    """Cuts documents as an encoder's tokens allow."""

    def __init__(self, load_encoder: Callable[[], Encoder], fingerprint: str) -> None:
        """Prepare; the encoder, whose ``fingerprint`` it is, is loaded by the first text."""
        self._load_encoder = load_encoder
        self._fingerprint = fingerprint

    def cut(self, document: Document) -> list[IndexedPassage]:
        """Return the passages of a document in order; none where it has no text."""
        if not document.text.strip():
            return []
        encoder = self._load_encoder()
        return [
            IndexedPassage(
                passage, key_of(self._fingerprint, passage), analyzer.passage_terms(passage)
            )
            for passage in Chunker(encoder.count_tokens, encoder.max_tokens).split(document)
        ]


def key_of(fingerprint: str, passage: Passage) -> Key:
    """Return the key (16 bytes) under which a passage's vectors are kept, wherever it stands."""
    shape = f"{len(passage.context)}\0{passage.body}"  # where the sentences begin
    encoded = f"{fingerprint}\0{shape}\0{passage.encoded}"
    return hashlib.blake2b(encoded.encode(), digest_size=16).digest()
