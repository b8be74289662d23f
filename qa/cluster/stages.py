"""What runs on the workers of a cluster: one stage reads and cuts, the next one encodes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from functools import cached_property

import pyarrow as pa

from corpus.workers.pool import Pool
from embeddings import Encoder, find_model, load_encoder
from embeddings.types import Vectors
from qa.cluster.rows import cut_row, cut_table, errands_of, texts_of, with_vectors
from qa.cutting import Cutter
from qa.preparing import sentences_of
from qa.store import Key

_MOST_CHARACTERS = 1_000_000  # of texts that are handed on together


class ReadAndCut:
    """Reads files in a process of its own, which a file may crash, and cuts their texts."""

    def __init__(self, model: str) -> None:
        """Prepare for the model of that name or folder, of which only the tokens are counted."""
        self._model = find_model(model)
        self._cutter = Cutter(lambda: self._encoder, self._model.fingerprint)
        self._pool = Pool(1)

    @cached_property
    def _encoder(self) -> Encoder:
        return load_encoder(self._model)

    def __call__(self, errands: pa.Table) -> Iterator[pa.Table]:
        """Yield what came of errands, in their order."""
        try:
            yield from self._tables(errands)
        except BaseException:
            self.close()  # it holds files of these errands
            self._pool = Pool(1)
            raise

    def close(self) -> None:
        """End the process that reads."""
        self._pool.close()

    def _tables(self, errands: pa.Table) -> Iterator[pa.Table]:
        left = deque(errands_of(errands))
        rows, characters, part = [], 0, 0
        for _, reading in self._pool.read([task for _, task, _ in left]):
            number, task, known = left[0]
            document = reading.document
            passages = self._cutter.cut(document) if document else []
            rows.append(cut_row(number, part, reading, passages, known))
            part += 1
            if reading.name == task.name:
                left.popleft()
                part = 0
            characters += len(document.text) if document else 0
            if not left or characters > _MOST_CHARACTERS:
                yield cut_table(rows)
                rows, characters = [], 0


class Encode:
    """Encodes with one model, on one core or one GPU."""

    def __init__(self, model: str, on_gpu: bool = False) -> None:
        """Load the model of that name or folder."""
        found = find_model(model)
        if on_gpu:
            from embeddings.encoder import SentenceTransformerEncoder

            self._encoder: Encoder = SentenceTransformerEncoder.load(found)
        else:
            self._encoder = load_encoder(found, threads=1)

    def __call__(self, cut: pa.Table) -> pa.Table:
        """Return rows with the vectors of their texts in the place of these."""
        texts = texts_of(cut)
        vectors = self._encoder.encode_documents(list(texts.values())) if texts else ()
        return with_vectors(cut, dict(zip(texts, vectors, strict=True)))

    def sentences(self, passages: Sequence[tuple[Key, str, int]]) -> dict[Key, Vectors]:
        """Return the sentence vectors of passages, given by key, text and body."""
        return sentences_of(self._encoder, passages)
