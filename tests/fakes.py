"""Predictable stand-ins: an encoder whose vectors can be worked out by hand, and its models.

A vector counts the words of a text, each in the place its CRC-32 gives it, brought to length 1: the
cosine of two texts is the number of words they share over the root of the product of their lengths.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from corpus.errors import ModelError
from corpus.types import Document, Passage
from embeddings.analyzer import count_terms
from embeddings.model import Model
from embeddings.types import Contributions, Progress, Vectors
from qa.cutting import key_of
from qa.store import FileRecord, IndexedPassage, Store

DIMENSION = 256
_WORD = re.compile(r"\w+")
_BATCH = 16
_GAP = "\n\n"


class BagOfWords:
    """An `Encoder` of word counts; a token is a word, and two special tokens stand around a text.

    ``documents`` and ``questions`` keep all that was encoded, in order.
    """

    dimension = DIMENSION

    def __init__(self, model: Model) -> None:
        self.name = model.name
        self.fingerprint = model.fingerprint
        self.max_tokens = model.max_tokens
        self.documents: list[str] = []
        self.questions: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_WORD.findall(text)) + 2 for text in texts]

    def encode_documents(self, texts: Sequence[str], on_done: Progress | None = None) -> Vectors:
        for text, tokens in zip(texts, self.count_tokens(texts), strict=True):
            if tokens > self.max_tokens:
                raise ModelError(f"a text of {tokens} tokens is above the limit: {text[:40]!r}")
        self.documents.extend(texts)
        for first in range(0, len(texts), _BATCH):
            if on_done is not None:
                on_done(len(texts[first : first + _BATCH]))
        return bags(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.questions.extend(texts)
        return bags(texts)

    def contributions(self, texts: Sequence[str], vector: Vectors) -> list[Contributions]:
        return [_contributions(text, vector) for text in texts]


def bags(texts: Sequence[str]) -> Vectors:
    """Return the vectors of texts, shape (len(texts), DIMENSION); no word counts as one word."""
    counts = np.zeros((len(texts), DIMENSION), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in _WORD.findall(text.lower()) or [""]:
            counts[row, _place(word)] += 1
    return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True), dtype=np.float32)


def _place(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "replace")) % DIMENSION


def _contributions(text: str, vector: Vectors) -> Contributions:
    """Return the words of a text with their shares; the special tokens add nothing."""
    words = list(_WORD.finditer(text))
    places = [_place(word[0].lower()) for word in words]
    length = np.linalg.norm(np.bincount(places, minlength=1))
    shares = [0.0, *(vector[place] / length for place in places), 0.0]
    spans = [(0, 0), *(word.span() for word in words), (0, 0)]
    return Contributions(np.array(spans, dtype=np.int64), np.array(shares, dtype=np.float32))


def fake_model(name: str | None = None) -> Model:
    """Stand in for `find_model`: "bag-of-words", also without a name, and "another"."""
    if name not in (None, "bag-of-words", "another"):
        raise ModelError(f"unknown model {name!r}")
    name = name or "bag-of-words"
    return Model(
        name=name,
        path=Path("/nowhere") / name,
        fingerprint=f"{zlib.crc32(name.encode()):016x}",
        dimension=DIMENSION,
        max_tokens=48,
        query_prompt="",
        document_prompt="",
        mean_pooled=True,
    )


@contextmanager
def fake_models(
    load: Callable[[Model], Any] = BagOfWords,
    find: Callable[[str | None], Model] = fake_model,
) -> Iterator[None]:
    """Use fake models for all libraries of this process."""
    with (
        patch("qa.opening.find_model", find),
        patch("qa.models.find_model", find),
        patch("qa.models.load_encoder", load),
    ):
        yield


def record_of(path: str, passages: int = 0, text: str = "") -> FileRecord:
    """Return the record of a file that was read."""
    digest = f"{zlib.crc32(text.encode()):064x}"
    return FileRecord(
        path, len(text), 1, 10, digest, "p", "added", passages=passages, characters=len(text)
    )


def put_texts(
    store: Store, root: str, path: str, texts: Sequence[str], vectors: Vectors | None = None
) -> None:
    """Put a file of one passage a text into a store; the vectors are those of `bags` by default."""
    ends = list(accumulate(len(text) + len(_GAP) for text in texts))
    spans = [
        (end - len(_GAP) - len(t), end - len(_GAP)) for end, t in zip(ends, texts, strict=True)
    ]
    whole = _GAP.join(texts)
    salt = "" if vectors is None else f"{root} {path}"
    passages = [
        IndexedPassage(
            passage := Passage(start, end, text, "context", "section", None, f"line {2 * at + 1}"),
            key_of(salt, passage),
            count_terms(text),
        )
        for at, ((start, end), text) in enumerate(zip(spans, texts, strict=True))
    ]
    matrix = bags(texts) if vectors is None else vectors
    by_key = {p.key: row for p, row in zip(passages, matrix, strict=True)}
    record = record_of(path, len(passages), whole)
    store.put_file(root, record, Document(whole), passages, by_key)
