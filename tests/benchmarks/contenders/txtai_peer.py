"""txtai: its embeddings database with content, whose index is FAISS by default."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from txtai import Embeddings

from tests.benchmarks.contenders import BATCH, Material, Ways


class Contender:
    """txtai with its defaults, and the texts kept beside the vectors."""

    def __init__(self, model: str) -> None:
        """Load the model."""
        self._settings = {"path": model, "content": True, "gpu": False, "encodebatch": BATCH}
        self._embeddings = Embeddings(self._settings)

    def index(self, material: Material, folder: Path) -> float | None:
        """Index and write to a folder."""
        if material.vectors is None:
            embeddings = self._embeddings
        else:
            known = dict(zip(material.passages, np.load(material.vectors), strict=True))
            embeddings = Embeddings(
                {
                    "method": "external",
                    "transform": lambda texts: np.stack([known[text] for text in texts]),
                    "content": True,
                }
            )
        embeddings.index(list(material.passages))
        if material.vectors is not None:  # questions are encoded by the model
            for name in ("method", "transform"):
                embeddings.config.pop(name)
            embeddings.config.update(self._settings)
        embeddings.save(str(folder))
        return None

    def open(self, folder: Path) -> None:
        """Open what `index` has written."""
        self._embeddings.load(str(folder))

    def ways(self, k: int) -> Ways:
        """Return the one way to ask."""

        def dense(question: str) -> list[str]:
            return [found["text"] for found in self._embeddings.search(question, k)]

        return {"dense": dense}
