"""The plain encoder: a sentence-transformers model, run by torch on whatever device there is."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from corpus.errors import ModelError
from embeddings.contributions import shares_of_cosine, spans_after
from embeddings.model import Model
from embeddings.types import Contributions, Progress, Vectors

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
        self._tokenizing = threading.Lock()  # each call sets up the one tokenizer for itself

    @classmethod
    def load(cls, model: Model) -> SentenceTransformerEncoder:
        """Load a model's folder. Raises `ModelError` when sentence-transformers cannot."""
        return cls(model, load_transformer(model))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the length of each text as a document, special tokens included."""
        if not texts:  # the tokenizer fails on none
            return []
        prompt = self._model.document_prompt
        with self._tokenizing:
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

    def contributions(self, texts: Sequence[str], vector: Vectors) -> list[Contributions] | None:
        """Return what each token adds to its text's cosine; see `Encoder.contributions`."""
        tokenizer = self._transformer.tokenizer
        if not (self._model.mean_pooled and tokenizer.is_fast):  # only a fast one knows offsets
            return None
        if not texts:
            return []
        prompt = self._model.document_prompt
        refuse_long_texts(texts, self.count_tokens(texts), self.max_tokens)
        with self._tokenizing:
            offsets = tokenizer([prompt + text for text in texts], return_offsets_mapping=True)
            states = self._transformer.encode(
                list(texts),
                prompt=prompt,
                batch_size=_BATCH,
                output_value="token_embeddings",
                show_progress_bar=False,
            )
        return [
            # states are cut after the last token: those of padding can only come first
            Contributions(
                spans_after(prompt, spans),
                shares_of_cosine(rows[-len(spans) :].float().cpu().numpy(), vector),
            )
            for spans, rows in zip(offsets["offset_mapping"], states, strict=True)
        ]

    def _encode(self, texts: list[str], prompt: str) -> Vectors:
        with self._tokenizing:
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

    silence_transformers()
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


def silence_transformers() -> None:
    """Keep progress bars and warnings of loading a model off the user's terminal."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()


def refuse_long_texts(texts: Sequence[str], lengths: Sequence[int], limit: int) -> None:
    """Raise `ModelError` when a text has more tokens than the model reads."""
    longest = max(range(len(lengths)), key=lambda row: lengths[row], default=None)
    if longest is not None and lengths[longest] > limit:
        raise ModelError(
            f"a text of {lengths[longest]} tokens is above the model's limit of {limit} "
            f"(it begins {texts[longest][:40]!r}); cut it into passages first"
        )
