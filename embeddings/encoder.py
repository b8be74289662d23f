"""The plain encoder: a sentence-transformers model, run by torch on whatever device there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from corpus.errors import ModelError
from embeddings.model import Model
from embeddings.types import Progress, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32


class SentenceTransformerEncoder:
    """An `Encoder` for any sentence-transformers model; slow to import, never unfit."""

    def __init__(self, model: Model, transformer: SentenceTransformer) -> None:
        """Store finished parts; `load` builds them."""
        self.name = model.name
        self.fingerprint = model.fingerprint
        self.dimension = model.dimension
        self.max_tokens = model.max_tokens
        self._model = model
        self._transformer = transformer

    @classmethod
    def load(cls, model: Model) -> SentenceTransformerEncoder:
        """Load a model's folder. Raises `ModelError` when sentence-transformers cannot."""
        return cls(model, load_transformer(model))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the length of each text as a document, special tokens included."""
        if not texts:  # the tokenizer fails on none
            return []
        prompt = self._model.document_prompt
        encoded = self._transformer.tokenizer(
            [prompt + text for text in texts], truncation=False, padding=False, verbose=False
        )
        return [len(ids) for ids in encoded["input_ids"]]

    def encode_documents(self, texts: Sequence[str], on_done: Progress | None = None) -> Vectors:
        """Return normalised float32 rows; see `Encoder.encode_documents`."""
        lengths = self.count_tokens(texts)
        refuse_long_texts(texts, lengths, self.max_tokens)
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        order = np.argsort(lengths, kind="stable")
        for first in range(0, len(order), _BATCH):
            rows = order[first : first + _BATCH]
            vectors[rows] = self._encode([texts[row] for row in rows], self._model.document_prompt)
            if on_done is not None:
                on_done(len(rows))
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return normalised float32 rows; see `Encoder.encode_queries`."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return self._encode(list(texts), self._model.query_prompt)

    def _encode(self, texts: list[str], prompt: str) -> Vectors:
        rows = self._transformer.encode(
            texts,
            prompt=prompt,  # an empty one keeps a default prompt of the model's out
            batch_size=_BATCH,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(rows, dtype=np.float32)


def load_transformer(model: Model) -> SentenceTransformer:
    """Import sentence-transformers (seconds) and load the model on the best device there is.

    Raises `ModelError` when the folder holds no usable model.
    """
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        transformer = SentenceTransformer(
            str(model.path), local_files_only=True, model_kwargs={"use_safetensors": True}
        )
    except Exception as error:  # any of the many errors of the libraries below
        reason = str(error).strip().partition("\n")[0]
        raise ModelError(
            f"model {model.name!r} cannot be loaded ({reason}); check the folder {model.path}"
        ) from error
    transformer.max_seq_length = model.max_tokens
    return transformer


def refuse_long_texts(texts: Sequence[str], lengths: Sequence[int], limit: int) -> None:
    """Raise `ModelError` when a text has more tokens than the model reads."""
    longest = max(range(len(lengths)), key=lambda row: lengths[row], default=None)
    if longest is not None and lengths[longest] > limit:
        raise ModelError(
            f"a text of {lengths[longest]} tokens is above the model's limit of {limit} "
            f"(it begins {texts[longest][:40]!r}); cut it into passages first"
        )
