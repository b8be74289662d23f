"""BM25, the one lexical score of the project."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from embeddings.types import Scores

K1 = 1.2
B = 0.75


def bm25(
    counts: npt.NDArray[np.float32],
    lengths: npt.NDArray[np.float32],
    document_frequencies: npt.NDArray[np.float32],
    documents: int,
    average_length: float,
    *,
    times: npt.NDArray[np.float32] | None = None,
    k1: float = K1,
    b: float = B,
) -> Scores:
    """Score rows by the terms of one question: 0 for no term in common, no upper end.

    ``counts`` (rows, terms) says how often each term stands in each row, ``lengths`` (rows,) how
    many terms a row has, ``document_frequencies`` (terms,) in how many of all ``documents`` rows a
    term stands, ``times`` (terms,) how often the question says it (once, unless given). Robertson
    and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009,
    https://doi.org/10.1561/1500000019), with the idf of Lucene, which is never negative.
    """
    norm = k1 * (1.0 - b + b * lengths / max(average_length, 1.0))
    saturation = counts * (k1 + 1.0) / (counts + norm[:, None])
    weights = inverse_document_frequencies(document_frequencies, documents)
    return products(saturation, weights if times is None else weights * times)


def products(rows: npt.NDArray[np.floating], vector: npt.NDArray[np.floating]) -> Scores:
    """Return ``rows @ vector``, equal for equal rows: BLAS rounds by where a row stands."""
    return np.asarray(np.einsum("ij,j->i", rows, vector), dtype=np.float32)


def inverse_document_frequencies(
    document_frequencies: npt.NDArray[np.float32], documents: int
) -> npt.NDArray[np.float32]:
    """Return ln(1 + (N - df + .5) / (df + .5)) for each term: high for rare terms, above 0."""
    missing = np.maximum(documents - document_frequencies, 0.0)
    return np.asarray(np.log1p((missing + 0.5) / (document_frequencies + 0.5)), dtype=np.float32)
