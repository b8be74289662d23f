"""A cross-encoder reads question and passage together: slower and often better than vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from corpus.errors import ModelError
from embeddings.encoder import silence_transformers
from embeddings.model import local_folder
from embeddings.types import Scores

_BATCH = 16


class Reranker:
    """A sentence-transformers ``CrossEncoder`` that gives one score a pair."""

    def __init__(self, model: Any) -> None:
        """Store a loaded model."""
        self._model = model

    def score(self, question: str, texts: Sequence[str]) -> Scores:
        """Return a score for each text, shape (texts,): the higher, the better it answers."""
        if not texts:
            return np.empty(0, dtype=np.float32)
        pairs = [(question, text) for text in texts]
        scores = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        return np.asarray(scores, dtype=np.float32).reshape(len(texts))


def load_reranker(name: str) -> Reranker:
    """Load a cross-encoder by name or folder.

    Raises `ModelError` for one that is not there or gives more than one score a pair.
    """
    from sentence_transformers import CrossEncoder

    silence_transformers()
    try:
        model = CrossEncoder(
            str(local_folder(name, owner="cross-encoder")),
            local_files_only=True,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:  # the library raises whatever its parts raise
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"the cross-encoder {name!r} cannot be loaded ({reason}); "
            "give a folder, or a name that the model hub knows"
        ) from error
    if model.num_labels != 1:
        raise ModelError(
            f"{name!r} gives {model.num_labels} scores a pair; rerank with a model that gives one"
        )
    return Reranker(model)
