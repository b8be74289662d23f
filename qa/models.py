"""The models that a library asks: each loaded when it is first needed, once, for all threads."""

from __future__ import annotations

import threading
from pathlib import Path

from corpus.errors import LibraryError
from embeddings import Encoder, find_model, load_encoder
from embeddings.reranker import Reranker, load_reranker


class Models:
    """A library's encoder, and the cross-encoders that questions name."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        """Load nothing yet."""
        self._folder = folder
        self._name, self._fingerprint = settings["model"], settings["fingerprint"]
        self._encoder: Encoder | None = None
        self._rerankers: dict[str, Reranker] = {}
        self._loading = threading.Lock()

    def encoder(self) -> Encoder:
        """Return what embedded the library's passages.

        Raises `LibraryError` where the model of that name is another by now.
        """
        with self._loading:
            if self._encoder is None:
                model = find_model(self._name)
                if model.fingerprint != self._fingerprint:
                    raise LibraryError(
                        f"{self._folder} was made with another version of the model "
                        f"{self._name!r}: its vectors cannot be compared with new ones; "
                        "index into a new folder with --library"
                    )
                self._encoder = load_encoder(model)
            return self._encoder

    def reranker(self, name: str | None) -> Reranker | None:
        """Return a cross-encoder by name or folder; raises `ModelError` for what is none."""
        if name is None:
            return None
        with self._loading:
            if name not in self._rerankers:
                self._rerankers[name] = load_reranker(name)
            return self._rerankers[name]
