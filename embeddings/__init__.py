"""Passages to vectors and terms, and the two indexes that search them."""

from __future__ import annotations

from embeddings.model import DEFAULT_MODEL, Model, find_model
from embeddings.types import Encoder, Index, Ranking

__all__ = ["DEFAULT_MODEL", "Encoder", "Index", "Model", "Ranking", "find_model", "load_encoder"]


def load_encoder(model: Model, *, threads: int | None = None) -> Encoder:
    """Load a model: compiled where OpenVINO can run it, else by sentence-transformers.

    ``threads`` is on how many cores a compiled one runs, all unless given.
    """
    from embeddings.compiled import CompiledEncoder, Uncompilable

    try:
        return CompiledEncoder.load(model, threads=threads)
    except (Uncompilable, ImportError, OSError):
        from embeddings.encoder import SentenceTransformerEncoder

        return SentenceTransformerEncoder.load(model)
