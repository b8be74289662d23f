"""Encoding passages in a thread of its own, while others are read, cut and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeAlias

from embeddings.types import Encoder, Vectors
from qa.progress import OnProgress, Progress
from qa.store import Key

_PATIENCE = 0.2  # seconds between looks at how far the encoder is, and at Ctrl-C

ByKey: TypeAlias = dict[Key, Vectors]


class _Stopped(Exception):
    """Nobody waits for the vectors any more."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts under way to their vectors; ``keys`` are those of the texts."""

    keys: frozenset[Key]
    coming: Future[ByKey]


class Embedding:
    """One thread with an encoder, which takes batches of texts one after the other.

    The encoder leaves the interpreter to other threads while it computes. Whoever waits for vectors
    is told how far it is, in his own thread.
    """

    def __init__(self, load_encoder: Callable[[], Encoder], on_progress: OnProgress) -> None:
        """Prepare; the thread is started by the first texts, and so is the encoder loaded."""
        self._load_encoder = load_encoder
        self._on_progress = on_progress
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedding")
        self._is_closed = False
        self._done = self._total = 0

    def begin(self, texts: Mapping[Key, str]) -> Batch:
        """Let texts be encoded, after those of earlier batches."""
        self._total += len(texts)
        return Batch(frozenset(texts), self._thread.submit(self._encode, texts))

    def vectors(self, batch: Batch) -> ByKey:
        """Return the vectors of a batch, once they are there; raises what the encoder does."""
        while not wait([batch.coming], timeout=_PATIENCE).done:
            self._tell()
        self._tell()
        return batch.coming.result()

    def close(self) -> None:
        """Stop at the end of what the encoder has in hand."""
        self._is_closed = True
        self._thread.shutdown(cancel_futures=True)

    def _encode(self, texts: Mapping[Key, str]) -> ByKey:
        if not texts:
            return {}
        keys = sorted(texts)
        matrix = self._load_encoder().encode_documents([texts[key] for key in keys], self._count)
        return dict(zip(keys, matrix, strict=True))

    def _count(self, batch: int) -> None:
        if self._is_closed:
            raise _Stopped
        self._done += batch

    def _tell(self) -> None:
        if self._total:
            self._on_progress(Progress("embedding", self._done, self._total, "passages"))
