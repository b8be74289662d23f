"""What a tutorial does: sentence-transformers vectors in a flat FAISS index."""

from __future__ import annotations

import json
from pathlib import Path

import faiss
import numpy as np
from sentence_transformers import SentenceTransformer

from tests.benchmarks.contenders import Material, Ways


class Contender:
    """sentence-transformers and FAISS, with the passages in a JSON file beside the index."""

    def __init__(self, model: str) -> None:
        """Load the model."""
        self._model = SentenceTransformer(model, device="cpu")

    def index(self, material: Material, folder: Path) -> float | None:
        """Index and write to a folder."""
        if material.vectors is None:
            vectors = self._model.encode(
                list(material.passages), normalize_embeddings=True, show_progress_bar=False
            )
        else:
            vectors = np.load(material.vectors)
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        faiss.write_index(index, str(folder / "index.faiss"))
        (folder / "passages.json").write_text(json.dumps(material.passages), encoding="utf-8")
        return None

    def open(self, folder: Path) -> None:
        """Open what `index` has written."""
        self._index = faiss.read_index(str(folder / "index.faiss"))
        self._passages = json.loads((folder / "passages.json").read_text(encoding="utf-8"))

    def ways(self, k: int) -> Ways:
        """Return the one way to ask."""

        def dense(question: str) -> list[str]:
            vector = self._model.encode([question], normalize_embeddings=True)
            return [self._passages[at] for at in self._index.search(vector, k)[1][0]]

        return {"dense": dense}
