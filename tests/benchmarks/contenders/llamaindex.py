"""LlamaIndex: its Hugging Face embeddings in its FAISS store."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
from llama_index.core import StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.faiss import FaissVectorStore

from tests.benchmarks.contenders import BATCH, Material, Ways

_DIMENSION = 384


class Contender:
    """LlamaIndex and FAISS, by inner product."""

    def __init__(self, model: str) -> None:
        """Load the model."""
        self._embedding = HuggingFaceEmbedding(
            model_name=model, device="cpu", embed_batch_size=BATCH
        )

    def index(self, material: Material, folder: Path) -> float | None:
        """Index and write to a folder."""
        nodes = [TextNode(text=passage) for passage in material.passages]
        if material.vectors is not None:
            for node, vector in zip(nodes, np.load(material.vectors).tolist(), strict=True):
                node.embedding = vector
        store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(_DIMENSION))
        index = VectorStoreIndex(
            nodes,
            storage_context=StorageContext.from_defaults(vector_store=store),
            embed_model=self._embedding,
        )
        index.storage_context.persist(str(folder))
        return None

    def open(self, folder: Path) -> None:
        """Open what `index` has written."""
        store = FaissVectorStore.from_persist_dir(str(folder))
        storage = StorageContext.from_defaults(vector_store=store, persist_dir=str(folder))
        self._index = load_index_from_storage(storage, embed_model=self._embedding)

    def ways(self, k: int) -> Ways:
        """Return the one way to ask."""
        retriever = self._index.as_retriever(similarity_top_k=k)

        def dense(question: str) -> list[str]:
            return [found.node.get_content() for found in retriever.retrieve(question)]

        return {"dense": dense}
