"""LangChain: its Hugging Face embeddings in its FAISS store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from langchain_community.vectorstores import FAISS
from langchain_community.vectorstores.utils import DistanceStrategy
from langchain_huggingface import HuggingFaceEmbeddings

from tests.benchmarks.contenders import Material, Ways


class Contender:
    """LangChain and FAISS, by inner product."""

    def __init__(self, model: str) -> None:
        """Load the model."""
        self._embeddings = HuggingFaceEmbeddings(
            model_name=model,
            model_kwargs={"device": "cpu"},
            encode_kwargs={"normalize_embeddings": True},
        )
        self._strategy = {"distance_strategy": DistanceStrategy.MAX_INNER_PRODUCT}

    def index(self, material: Material, folder: Path) -> float | None:
        """Index and write to a folder."""
        passages = list(material.passages)
        if material.vectors is None:
            store = FAISS.from_texts(passages, self._embeddings, **self._strategy)
        else:
            pairs = zip(passages, np.load(material.vectors).tolist(), strict=True)
            store = FAISS.from_embeddings(list(pairs), self._embeddings, **self._strategy)
        store.save_local(str(folder))
        return None

    def open(self, folder: Path) -> None:
        """Open what `index` has written."""
        self._store = FAISS.load_local(
            str(folder), self._embeddings, allow_dangerous_deserialization=True, **self._strategy
        )

    def ways(self, k: int) -> Ways:
        """Return the one way to ask."""

        def dense(question: str) -> list[str]:
            return [found.page_content for found in self._store.similarity_search(question, k)]

        return {"dense": dense}
